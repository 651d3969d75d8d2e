"""One record as the bytes that a version of the standard shows.

A record is validated by its version's schema before it is rendered, and never changes afterwards. So every response
conforms to the schema, except records that a scenario has made invalid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockroster.errors import BrokenRecord
from mockroster.roster.convert import shaped
from mockroster.roster.record import InvalidRecord, Record
from mockroster.standard.fields import ROOT
from mockroster.standard.model import Resource

_HREF = b'"href":"'
_ADDRESS = b"\0"
"""Placeholder for the server's address in cached bytes: JSON has no such byte, and a single one is found quickest."""

SELECTIONS_KEPT = 2
"""Selections of fields that are cached on a record; a client selects the same fields on all its pages."""


def form(version: str, selection: tuple[str, ...] | None) -> str:
    """Return the cache key of a record's bytes in a version, whole or with the selected members only."""
    return version if selection is None else f"{version}?{','.join(selection)}"


def rendered(resource: Resource, record: Record, selection: tuple[str, ...] | None = None) -> bytes:
    """Return a record as JSON, with a placeholder for the server's address in references; see ``rooted``.

    Raises ``BrokenRecord``, which names collection, record and member.
    """
    name = form(resource.version, selection)
    cached: dict[str, bytes] = getattr(record, "rendered", {})
    if name in cached:
        return cached[name]
    document = _whole(resource, record) if selection is None else _selected(rendered(resource, record), selection)
    if selection is not None and sum(_is_selection(other) for other in tuple(cached)) >= SELECTIONS_KEPT:
        record.rendered = {other: value for other, value in tuple(cached.items()) if not _is_selection(other)}
    record.keep(name, document)
    return document


def _is_selection(name: str) -> bool:
    return "?" in name


def _whole(resource: Resource, record: Record) -> bytes:
    document = resource.schema.dump(shaped(resource.version, resource.collection, record))
    faults = {} if isinstance(record, InvalidRecord) else resource.schema.validate(document)
    if faults:
        name = record.get("sourcedId")
        raise BrokenRecord(f"{resource.collection} {name!r} breaks the schema of {resource.version}: {faults}")
    return written(document)


def _selected(document: bytes, selection: tuple[str, ...]) -> bytes:
    """Return a rendered record with the selected members only, in the standard's order."""
    members = orjson.loads(rooted(document, ROOT))
    return written({name: value for name, value in members.items() if name in selection})


def written(document: Mapping[str, Any]) -> bytes:
    """Return a dumped document as JSON, with a placeholder for the server's address in references; see ``rooted``."""
    return orjson.dumps(document).replace(_HREF + ROOT.encode(), _HREF + _ADDRESS)


def rooted(documents: bytes, root: str) -> bytes:
    """Return rendered records with the address that the client used at the beginning of each reference."""
    return documents.replace(_ADDRESS, root.encode())
