"""Which records go into a CSV bundle: those that its version can hold, and whose required references go along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockroster.roster.convert import hidden, shaped
from mockroster.roster.record import Record
from mockroster.roster.store import COLLECTIONS, values_of
from mockroster.standard.csv import Binding, File

DELETED = "tobedeleted"
"""Why a record is left out: the status of a bulk file is blank, so that all of its rows are active."""

HIDDEN = "not in this version"
"""Why a record is left out: ``convert.HIDDEN``, or a letter where the files of the version have only a score."""

ORPHANED = "they need one of those"
"""Why a record is left out: a record that it cannot be without is left out."""

BROKEN = "broken"
"""Why a record is left out: it was loaded leniently, and its version cannot be told from it."""

Shaped = Mapping[str, Any]
"""A record as a version sees it."""


class Selection:
    """The records that are kept, each beside what the version sees of it, and the ids of those that are not."""

    def __init__(self, tables: Mapping[str, Sequence[Record]], binding: Binding, lost: Counter[str]) -> None:
        self.kept: dict[str, list[tuple[Record, Shaped]]] = {}
        self.gone: dict[str, set[str]] = {collection: set() for collection in COLLECTIONS}
        self._lost = lost
        for collection in COLLECTIONS:
            file = binding.by_name.get(collection)
            records = tables.get(collection, ())
            if file is not None:
                self.kept[collection] = [*self._of(file, records)]
            elif records:
                lost[collection] += len(records)

    def _of(self, file: File, records: Sequence[Record]) -> Iterator[tuple[Record, Shaped]]:
        collection, version = file.name, file.resource.version
        is_hidden = hidden(version, collection)
        needed = [*_needed(file)]
        # A column that must be filled has no other one in its place.
        instead = file.resource.schema.instead.keys()
        gone = self.gone[collection]
        for record in records:
            shape = _seen(version, collection, record)
            if shape is None:
                why = BROKEN
            elif shape.get("status") == DELETED:
                why = DELETED
            elif (is_hidden is not None and is_hidden(record)) or not instead <= shape.keys():
                why = HIDDEN
            elif any(self._is_gone(shape, *one) for one in needed):
                why = ORPHANED
            else:
                yield record, shape
                continue
            self._lost[f"{collection} ({why})"] += 1
            gone.add(str(record.get("sourcedId")))

    def _is_gone(self, shape: Shaped, member: str, inner: str, target: str) -> bool:
        """Tell whether all that a required member refers to is left out."""
        gone = self.gone[target]
        if not gone:
            return False
        values = values_of(shape.get(member))
        return bool(values) and all(referred(value, inner) in gone for value in values)


def referred(value: Any, inner: str) -> str:
    """Return the id in a reference, or in a part that holds one in a member."""
    found = value.get(inner) if inner and isinstance(value, dict) else value
    return found if isinstance(found, str) else ""


def _seen(version: str, collection: str, record: Record) -> Shaped | None:
    try:
        return shaped(version, collection, record)
    except (KeyError, TypeError, AttributeError):
        return None


def _needed(file: File) -> Iterator[tuple[str, str, str]]:
    """Yield the members without which a record cannot be: member, member of its parts, collection referred to."""
    for reference in file.resource.references:
        if reference.is_required:
            yield reference.member, reference.inside or "", reference.collection
