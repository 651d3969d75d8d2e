"""Answers of a server as fixtures: what stands beside the records, and the wrapper of a single one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockroster.roster.counts import SINGULAR

BESIDE = frozenset(
    {
        "statusInfoSet",
        "totalCount",
        "total",
        "count",
        "limit",
        "offset",
        "page",
        "pageSize",
        "hasMore",
        "next",
        "previous",
        "links",
        "warnings",
    }
)
"""Members that stand beside the records in an answer; they are no records."""

_STATUS = "imsx_"
"""The prefix of the members of status information."""

_COLLECTION = {single: collection for collection, single in SINGULAR.items()}


def collection_of(name: str, value: Any) -> str | None:
    """Return the collection of the one record that a member of an answer wraps, or nothing where it wraps none."""
    return _COLLECTION.get(name) if isinstance(value, Mapping) else None


def is_beside(name: str) -> bool:
    """Return whether a member of a document stands beside the records of an answer."""
    return name in BESIDE or name.startswith(_STATUS)
