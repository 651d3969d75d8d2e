"""A sandbox's copy-on-write view of a shared, frozen roster: only changes are stored, so a reset is free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from threading import RLock
from typing import Any

from mockroster.caching import Share, Total
from mockroster.errors import SandboxFull
from mockroster.roster.codec import encode
from mockroster.roster.record import InvalidRecord, Record
from mockroster.roster.store import Reader, Roster, Table, TableRows, modified, values_of

MOST_WRITTEN = 256 * 1024 * 1024
"""Maximum estimated bytes of the changes in one sandbox; after that it has to be reset."""

MOST_TOGETHER = 1024 * 1024 * 1024
"""Maximum estimated bytes of the changes in all sandboxes together."""

_TOGETHER = Total()
"""The changes of all sandboxes. They cannot be evicted, so writes are refused at the limit."""

_VALUE = 64
"""Bytes of a value in memory in addition to its JSON: even ``[]`` is an object."""

_DELETED = 64
"""Bytes of the mark of a deleted record."""


_Index = dict[Any, dict[str, Record]]
"""Records by the value of a member and by sourcedId."""


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One record before and after a commit; ``None`` where there is no such record."""

    collection: str
    sourced_id: str
    before: Record | None
    after: Record | None


class OverlayTable(TableRows):
    """One collection of a sandbox: the base's records with the changes over them."""

    __slots__ = (
        "_base",
        "_changes",
        "_deleted",
        "_indexes",
        "_newest_change",
        "_next_ordinal",
        "_ordinals",
        "_records",
        "_written",
        "revision",
    )

    def __init__(self, base: Table) -> None:
        self._base = base
        self._changes: dict[str, Record | None] = {}
        self._ordinals: dict[str, int] = {}
        self._next_ordinal = count()
        self._indexes: dict[Reader, _Index] = {}
        self._deleted: dict[str, Record] = {}
        self._written: set[str] = set()
        self._records: list[Record] | None = base.records
        self._newest_change = ""
        self.revision = 0
        """The number of changes so far."""

    @property
    def records(self) -> list[Record]:
        """The records in natural order, new ones last. The list is replaced by a write, never changed."""
        if self._records is None:
            current: list[Record | None] = [*self._base.records]
            for name, record in self._changes.items():
                position = self._base.position(name)
                if position is None:
                    current.append(record)
                else:
                    current[position] = record
            self._records = [record for record in current if record is not None]
        return self._records

    @property
    def newest(self) -> str:
        """The newest ``dateLastModified`` that the table has had, deleted records included."""
        return max(self._base.newest, self._newest_change)

    @property
    def written(self) -> dict[str, Record]:
        """The records whose last change was a client's or the switchboard's, by sourcedId."""
        changes = self._changes
        return {name: record for name in self._written if (record := changes.get(name)) is not None}

    @property
    def deleted(self) -> Mapping[str, Record]:
        """The deleted records by sourcedId, in their last state."""
        return self._deleted

    def frozen(self) -> Table:
        """Return the records as a frozen table; without changes it is the base's."""
        return Table(self.records) if self._changes else self._base

    def get(self, sourced_id: str) -> Record | None:
        """Return one record, or ``None``."""
        if sourced_id in self._changes:
            return self._changes[sourced_id]
        position = self._base.position(sourced_id)
        return None if position is None else self._base.records[position]

    def having(self, reader: Reader, value: Any) -> list[Record]:
        """Return the records whose member equals or contains a value, in natural order."""
        found = self.matching(reader, value)
        return sorted(found, key=self._position) if self._changes else found

    def matching(self, reader: Reader, value: Any) -> list[Record]:
        """Return the records whose member equals or contains a value, in any order; the list must not be changed."""
        found = self._base.index(reader).get(value, [])
        if not self._changes:
            return found
        untouched = [record for record in found if record["sourcedId"] not in self._changes]
        return [*untouched, *self._index(reader).get(value, {}).values()]

    def put(self, record: Record) -> None:
        """Store a record in the position of the one with its sourcedId, or else as the last."""
        self._deleted.pop(record["sourcedId"], None)
        self._set(record["sourcedId"], record)

    def delete(self, sourced_id: str) -> None:
        """Delete a record."""
        record = self.get(sourced_id)
        if record is not None:
            self._deleted[sourced_id] = record
        self._set(sourced_id, None)
        if self._base.position(sourced_id) is None:
            del self._changes[sourced_id], self._ordinals[sourced_id]

    def forget(self, sourced_id: str) -> None:
        """Remove a record without a trace, so that it does not count as deleted."""
        self.delete(sourced_id)
        self._deleted.pop(sourced_id, None)

    def mark(self, sourced_id: str, *, is_written: bool) -> None:
        """Record whether the last change of a record came from a client or the switchboard."""
        (self._written.add if is_written else self._written.discard)(sourced_id)

    def _set(self, sourced_id: str, record: Record | None) -> None:
        before = self._changes.get(sourced_id)
        for reader, index in self._indexes.items():
            _unindex(index, reader, before)
            _enter(index, reader, record)
        if sourced_id not in self._changes:
            self._ordinals[sourced_id] = next(self._next_ordinal)
        self._changes[sourced_id] = record
        if record is not None:
            self._newest_change = max(self._newest_change, modified(record))
        self._changed()

    def _index(self, reader: Reader) -> _Index:
        """Return the changed records by the value that a member has, made on first use."""
        index = self._indexes.get(reader)
        if index is None:
            index = self._indexes[reader] = {}
            for record in self._changes.values():
                _enter(index, reader, record)
        return index

    def rebase(self, base: Table) -> list[str]:
        """Apply the changes to another base, and return the sourcedIds of those dropped because the base has them."""
        dropped = [name for name, record in self._changes.items() if _is_in(base, name, record)]
        for name in dropped:
            del self._changes[name], self._ordinals[name]
            self._deleted.pop(name, None)
            self._written.discard(name)
        self._indexes.clear()
        self._base = base
        self._changed()
        return dropped

    def _changed(self) -> None:
        self._records = None
        self.revision += 1

    def _position(self, record: Record) -> tuple[int, int]:
        """Return the sort key of a record: its position in the base, or else its ordinal after the base."""
        name = record["sourcedId"]
        position = self._base.position(name)
        return (len(self._base.records), self._ordinals[name]) if position is None else (position, 0)


def _enter(index: _Index, reader: Reader, record: Record | None) -> None:
    if record is None:
        return
    for value in values_of(reader.read(record)):
        index.setdefault(value, {})[record["sourcedId"]] = record


def _unindex(index: _Index, reader: Reader, record: Record | None) -> None:
    if record is None:
        return
    for value in values_of(reader.read(record)):
        records = index.get(value, {})
        records.pop(record["sourcedId"], None)
        if not records:
            index.pop(value, None)


def _is_in(base: Table, sourced_id: str, record: Record | None) -> bool:
    """Return whether a base alone shows the same record as with a change."""
    position = base.position(sourced_id)
    if position is None or record is None:
        return position is None and record is None
    below = base.records[position]
    return type(below) is type(record) and below == record and not isinstance(record, InvalidRecord)


class Overlay:
    """All collections of a sandbox.

    Hold it ``exclusive`` while looking up records and during a whole write. Records never change, so they can be
    rendered afterwards.
    """

    __slots__ = ("__weakref__", "_share", "_sizes", "base", "lock", "revision", "tables", "written")

    def __init__(self, base: Roster) -> None:
        self.base = base
        self.lock = RLock()
        self.revision = 0
        self.written = 0
        """Estimated bytes of the changes."""

        self._sizes: dict[tuple[str, str], int] = {}
        self._share: Share | None = None
        self.tables: Mapping[str, OverlayTable] = {
            collection: OverlayTable(table) for collection, table in base.tables.items()
        }

    @property
    def has_deleted(self) -> bool:
        """Whether records may have been deleted."""
        return any(table.deleted for table in self.tables.values())

    def deleted(self, collection: str, sourced_id: str) -> Record | None:
        """Return a deleted record in its last state, or ``None``."""
        return self.tables[collection].deleted.get(sourced_id)

    @property
    def batch_number(self) -> int:
        """The number of changes so far, from which ids are allocated."""
        return self.revision

    def exclusive(self) -> AbstractContextManager[bool]:
        """Return a reentrant context in which no other thread changes the records or sees a partial change."""
        return self.lock

    def is_in_use(self) -> bool:
        """Return whether another thread uses the records exclusively."""
        is_free = self.lock.acquire(blocking=False)
        if is_free:
            self.lock.release()
        return not is_free

    def committed(self, changes: Sequence[RecordChange], now: datetime) -> None:
        """Handle the changes of a commit; an exception raised here undoes them."""

    def get(self, collection: str, sourced_id: str) -> Record | None:
        """Return one record, or ``None``."""
        with self.lock:
            return self.tables[collection].get(sourced_id)

    def records(self, collection: str) -> list[Record]:
        """Return the records of a collection in natural order. The list is replaced by a write, never changed."""
        with self.lock:
            return self.tables[collection].records

    def put(self, collection: str, record: Record) -> None:
        """Store a record."""
        self.tables[collection].put(record)
        self._count(collection, record["sourcedId"], _weight(record))

    def delete(self, collection: str, sourced_id: str) -> None:
        """Delete a record."""
        self.tables[collection].delete(sourced_id)
        # A deleted record that was written stays in memory.
        self._count(collection, sourced_id, self._sizes.get((collection, sourced_id), _DELETED))

    def forget(self, collection: str, sourced_id: str) -> None:
        """Remove a record without a trace, so that it does not count as deleted."""
        self.tables[collection].forget(sourced_id)
        self._count(collection, sourced_id, 0)

    def check_room(self) -> None:
        """Raise ``SandboxFull`` if no more may be written; call it before a write, which is atomic."""
        if self.written >= MOST_WRITTEN:
            raise SandboxFull(
                f"this sandbox has taken in {self.written:,} bytes; POST /__admin/reset makes it as at start"
            )
        if _TOGETHER.weight >= MOST_TOGETHER:
            raise SandboxFull(
                f"all sandboxes together have taken in {_TOGETHER.weight:,} bytes; DELETE /__admin/sandboxes/<name> "
                "drops one that is no longer needed"
            )

    def rebase(self, base: Roster) -> None:
        """Apply the changes to another base; tables that are the same in both are unchanged."""
        for collection, table in self.tables.items():
            if base.tables[collection] is not self.base.tables[collection]:
                for sourced_id in table.rebase(base.tables[collection]):
                    self.written -= self._sizes.pop((collection, sourced_id), 0)
        self.base = base
        self.revision += 1

    def _count(self, collection: str, sourced_id: str, size: int) -> None:
        """Record the size of a change in place of the previous change of the same record."""
        self.revision += 1
        self.written += size - self._sizes.get((collection, sourced_id), 0)
        self._sizes[collection, sourced_id] = size
        self._share = self._share or _TOGETHER.share(self)
        _TOGETHER.note(self._share, self.written)

    def replaced(self, collections: Mapping[str, list[Record]]) -> Overlay:
        """Return a new overlay of the current records, with some collections replaced."""
        tables = {name: table.frozen() for name, table in self.tables.items()}
        return Overlay(Roster(tables | {name: Table(records) for name, records in collections.items()}))

    def counts(self) -> dict[str, int]:
        """Return the number of records of each collection that is not empty."""
        with self.lock:
            return {name: len(table.records) for name, table in self.tables.items() if table.records}


def _weight(record: Record) -> int:
    """Return the estimated bytes of a record: its JSON and its values, counting separators inside strings too."""
    document = encode(record) or b""
    return len(document) + _VALUE * (document.count(b",") + document.count(b"[") + document.count(b"{"))
