"""One record as the bytes that a version of the standard shows.

A record is validated by its version's schema before its bytes exist, and never changes after; so nothing that breaks
the schema can leave, but for what a scenario has spoilt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockroster.errors import BrokenRecord
from mockroster.roster.convert import shaped
from mockroster.roster.record import Record, SpoiltRecord
from mockroster.standard.fields import ROOT
from mockroster.standard.model import Resource

_HREF = b'"href":"'
_ADDRESS = b"\0"
"""Stands for the server's address in bytes that are kept: JSON has no such byte, and a single one is found quickest."""

SELECTIONS_KEPT = 2
"""Selections that are kept on a record; clients that select ask all their pages for the same."""


def form(version: str, selection: tuple[str, ...] | None) -> str:
    """Return under which name the bytes of a record are kept: those of a version, all or with these members only."""
    return version if selection is None else f"{version}?{','.join(selection)}"


def rendered(resource: Resource, record: Record, selection: tuple[str, ...] | None = None) -> bytes:
    """Return a record as JSON, with a stand-in for the server's address in references; see ``rooted``.

    Raises ``BrokenRecord``, which names collection, record and member.
    """
    name = form(resource.version, selection)
    kept: dict[str, bytes] = getattr(record, "rendered", {})
    if name in kept:
        return kept[name]
    made = _whole(resource, record) if selection is None else _selected(rendered(resource, record), selection)
    if selection is not None and sum(_is_selection(other) for other in tuple(kept)) >= SELECTIONS_KEPT:
        record.rendered = {other: its for other, its in tuple(kept.items()) if not _is_selection(other)}
    record.keep(name, made)
    return made


def _is_selection(name: str) -> bool:
    return "?" in name


def _whole(resource: Resource, record: Record) -> bytes:
    document = resource.schema.dump(shaped(resource.version, resource.collection, record))
    faults = {} if isinstance(record, SpoiltRecord) else resource.schema.validate(document)
    if faults:
        name = record.get("sourcedId")
        raise BrokenRecord(f"{resource.collection} {name!r} breaks the schema of {resource.version}: {faults}")
    return written(document)


def _selected(document: bytes, selection: tuple[str, ...]) -> bytes:
    """Return those members of a rendered record, in the standard's order."""
    members = orjson.loads(rooted(document, ROOT))
    return written({name: value for name, value in members.items() if name in selection})


def written(document: Mapping[str, Any]) -> bytes:
    """Return what a schema has dumped as JSON, a stand-in for the server's address in references; see ``rooted``."""
    return orjson.dumps(document).replace(_HREF + ROOT.encode(), _HREF + _ADDRESS)


def rooted(documents: bytes, root: str) -> bytes:
    """Return rendered records with references that begin with the address under which the server was asked."""
    return documents.replace(_ADDRESS, root.encode())
