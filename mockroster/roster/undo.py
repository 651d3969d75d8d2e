"""Undo changes of records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mockroster.roster.record import Record

Key = tuple[str, str]
"""A collection and a sourcedId."""

Tables = Mapping[str, Sequence[Record]]


@dataclass(frozen=True, slots=True)
class UndoLog:
    """The records that were changed after a revision, as they were at it; ``None`` for those that did not exist."""

    records: Mapping[Key, Record | None]

    @classmethod
    def of(cls, changes: Iterable[tuple[Key, Record | None]]) -> UndoLog:
        """Return the undo log of changes, oldest first, each with the record before."""
        records: dict[Key, Record | None] = {}
        for key, before in changes:
            records.setdefault(key, before)
        return cls(records)

    def apply(self, tables: Tables) -> Tables:
        """Return tables as they were at the revision."""
        changed: dict[str, dict[str, Record | None]] = {}
        for (collection, sourced_id), record in self.records.items():
            changed.setdefault(collection, {})[sourced_id] = record
        return {name: _restore(records, changed.get(name, {})) for name, records in tables.items()}


def _restore(records: Sequence[Record], changed: Mapping[str, Record | None]) -> Sequence[Record]:
    if not changed:
        return records
    kept = [changed.get(record["sourcedId"], record) for record in records]
    present = {record["sourcedId"] for record in records}
    removed = [record for sourced_id, record in changed.items() if sourced_id not in present]
    return [record for record in [*kept, *removed] if record is not None]
