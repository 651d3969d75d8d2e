"""Format counts of records: ``1 org, 2 users``."""

from __future__ import annotations

from collections.abc import Mapping

from mockroster.roster.store import COLLECTIONS

_IRREGULAR = {"classes": "class", "categories": "category", "demographics": "demographics"}

SINGULAR: Mapping[str, str] = {name: _IRREGULAR.get(name, name.removesuffix("s")) for name in COLLECTIONS}
"""The name of one record, by collection."""


def listed(counts: Mapping[str, int]) -> str:
    """Return the counts of collections as a list for people; unknown names are printed unchanged."""
    return ", ".join(f"{count:,} {SINGULAR.get(name, name) if count == 1 else name}" for name, count in counts.items())
