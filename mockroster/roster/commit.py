"""Commit changes to the records of a sandbox; there is no other way to change them.

A writer (a client, the switchboard, a reload) states intents: ``Put``, ``Remove``, ``MarkDeleted``. ``commit`` adds
their consequences, dates every changed record, and applies the batch atomically.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mockroster.clock import timestamp
from mockroster.roster.defaults import DEFAULTS, ENFORCED
from mockroster.roster.overlay import Overlay, RecordChange
from mockroster.roster.ownership import OWNED, owned
from mockroster.roster.record import InvalidRecord, Record, is_same, revised
from mockroster.roster.relations import optional_references
from mockroster.roster.store import Named, values_of

DateRule = Callable[[Record | None, Record, str], str]
"""Returns the ``dateLastModified`` of a record from the stored one, the intended one, and the time of the clock."""


class Intent(Protocol):
    """A change that a writer requests."""

    def carry_out(self, batch: Batch) -> None:
        """Apply the change and its consequences."""


def by_clock(_stored: Record | None, _intended: Record, now: str) -> str:
    """Return the time of the clock; a client's own value is ignored."""
    return now


def as_given(_stored: Record | None, intended: Record, _now: str) -> str:
    """Return the date of the intended record: files may date their records."""
    return intended["dateLastModified"]  # type: ignore[no-any-return]


def if_restated(stored: Record | None, intended: Record, now: str) -> str:
    """Return the intended date if it differs from the stored one, else the clock's time if the content differs."""
    if stored is None or stored["dateLastModified"] != intended["dateLastModified"]:
        return as_given(stored, intended, now)
    return by_content(stored, intended, now)


def by_content(stored: Record | None, intended: Record, now: str) -> str:
    """Return the stored date if the content is the same, else the time of the clock."""
    return stored["dateLastModified"] if stored is not None and is_same(stored, intended) else now


@dataclass(frozen=True, slots=True)
class Put:
    """Create a record, or replace the one with its sourcedId."""

    collection: str
    record: Record
    date: DateRule

    def carry_out(self, batch: Batch) -> None:
        """Store the record and update the parts that must agree with it."""
        stored = batch.original(self.collection, self.record["sourcedId"])
        batch.put(self.collection, self.record, self.date(stored, self.record, batch.now))
        if stored is not None:
            self._correct_parts(batch)

    def _correct_parts(self, batch: Batch) -> None:
        """Update the records that it owns: the results of a line item move with it to another class."""
        for part in OWNED.get(self.collection, ()):
            for member in ENFORCED.get(part.collection, ()):
                for record in batch.having(part.collection, part.member, self.record["sourcedId"]):
                    value = DEFAULTS[part.collection][member](batch.overlay, record)
                    if value is not None and record.get(member) != value:
                        Put(part.collection, revised(record, {member: value}), by_clock).carry_out(batch)


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete a record and the records it owns; optional references to it are removed, required ones stay."""

    collection: str
    sourced_id: str

    def carry_out(self, batch: Batch) -> None:
        """Delete the records."""
        if batch.overlay.tables[self.collection].get(self.sourced_id) is None:
            return
        parts = [*owned(batch.overlay, self.collection, self.sourced_id)]
        batch.remove(self.collection, self.sourced_id)
        for collection, record in parts:
            Remove(collection, record["sourcedId"]).carry_out(batch)
        for collection, member in optional_references(self.collection):
            for record in batch.having(collection, member, self.sourced_id):
                self._drop_reference(batch, collection, record, member)

    def _drop_reference(self, batch: Batch, collection: str, record: Record, member: str) -> None:
        if isinstance(record, InvalidRecord):
            return  # invalid on purpose, it is served as it was written
        remaining = [value for value in values_of(record[member]) if value != self.sourced_id]
        rest = {name: value for name, value in record.items() if name != member}
        changed = Record(rest | {member: remaining} if remaining else rest)
        Put(collection, changed, by_clock).carry_out(batch)


@dataclass(frozen=True, slots=True)
class MarkDeleted:
    """Set the status ``tobedeleted`` on a record and the records it owns, unless they have it already."""

    collection: str
    sourced_id: str

    def carry_out(self, batch: Batch) -> None:
        """Mark the records."""
        record = batch.overlay.tables[self.collection].get(self.sourced_id)
        if record is None:
            return
        is_marked = record.get("status") == "tobedeleted"
        date = record["dateLastModified"] if is_marked else batch.now
        batch.put(self.collection, revised(record, {"status": "tobedeleted"}), date)
        for collection, part in [*owned(batch.overlay, self.collection, self.sourced_id)]:
            if part.get("status") != "tobedeleted":
                MarkDeleted(collection, part["sourcedId"]).carry_out(batch)


class Batch:
    """The changes of a commit in progress, or of a part of one."""

    __slots__ = ("_originals", "_whole", "now", "overlay")

    def __init__(self, overlay: Overlay, now: str, whole: Batch | None = None) -> None:
        self.overlay = overlay
        self.now = now
        self._whole = whole
        self._originals: dict[tuple[str, str], Record | None] = {}

    def part(self, intents: Iterable[Intent]) -> tuple[RecordChange, ...]:
        """Carry out intents as a part of this batch, and return the changes since the parts before it."""
        part = Batch(self.overlay, self.now, self)
        for intent in intents:
            intent.carry_out(part)
        return part.changes()

    def original(self, collection: str, sourced_id: str) -> Record | None:
        """Return a record as it was before the batch."""
        if (collection, sourced_id) in self._originals:
            return self._originals[collection, sourced_id]
        return self.overlay.tables[collection].get(sourced_id)

    def having(self, collection: str, member: str, value: str) -> list[Record]:
        """Return the current records whose member equals or contains a value."""
        return [*self.overlay.tables[collection].having(Named(member), value)]

    def put(self, collection: str, record: Record, date: str) -> None:
        """Store a record with a date."""
        self._remember(collection, record["sourcedId"])
        dated = record if record["dateLastModified"] == date else revised(record, {"dateLastModified": date})
        self.overlay.put(collection, dated)

    def remove(self, collection: str, sourced_id: str) -> None:
        """Delete a record."""
        self._remember(collection, sourced_id)
        self.overlay.delete(collection, sourced_id)

    def undo(self) -> None:
        """Restore every record to its state before the batch."""
        for (collection, sourced_id), record in self._originals.items():
            if record is None:
                self.overlay.forget(collection, sourced_id)
            else:
                self.overlay.put(collection, record)

    def changes(self) -> tuple[RecordChange, ...]:
        """Return the change of each record that differs, in the order in which they were first touched."""
        changes = []
        for (collection, sourced_id), before in self._originals.items():
            after = self.overlay.tables[collection].get(sourced_id)
            if not _is_unchanged(before, after):
                changes.append(RecordChange(collection, sourced_id, before, after))
        return tuple(changes)

    def _remember(self, collection: str, sourced_id: str) -> None:
        if self._whole is not None:
            self._whole._remember(collection, sourced_id)
        if (collection, sourced_id) not in self._originals:
            self._originals[collection, sourced_id] = self.overlay.tables[collection].get(sourced_id)


def commit(overlay: Overlay, intents: Iterable[Intent], now: datetime) -> tuple[RecordChange, ...]:
    """Carry out intents in order as one atomic batch, and return its changes.

    A caller that reads records to choose its intents must hold the overlay exclusively from then on.
    """
    with overlay.exclusive():
        batch = Batch(overlay, timestamp(now))
        try:
            for intent in intents:
                intent.carry_out(batch)
            changes = batch.changes()
            overlay.committed(changes, now)
        except BaseException:
            batch.undo()
            raise
        return changes


def _is_unchanged(before: Record | None, after: Record | None) -> bool:
    if before is None or after is None:
        return before is after
    return before["dateLastModified"] == after["dateLastModified"] and is_same(before, after)
