"""The changes of one event before they are committed: new and changed records, and records to delete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mockroster.roster.commit import Intent, MarkDeleted, Put, Remove, by_clock
from mockroster.roster.overlay import Overlay
from mockroster.roster.ownership import owned
from mockroster.roster.record import Record, revised
from mockroster.roster.relations import optional_references
from mockroster.roster.store import Named, values_of
from mockroster.timeline.population import is_active

Key = tuple[str, str]
"""A collection and a sourcedId."""


class Draft:
    """The changes of one event. They become one batch, dated by its time."""

    __slots__ = ("_gone", "_moved", "_overlay", "_purged", "_puts", "_roots")

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay
        self._puts: dict[Key, Record] = {}
        self._roots: dict[Key, None] = {}
        self._purged: dict[Key, None] = {}
        self._gone: set[Key] = set()
        self._moved: set[Key] = set()

    def intents(self) -> list[Intent]:
        """Return the changes as the intents of a commit."""
        puts: list[Intent] = [Put(collection, record, by_clock) for (collection, _), record in self._puts.items()]
        marks = (MarkDeleted(*root) for root in self._roots)
        return [*puts, *marks, *(Remove(*key) for key in self._purged)]

    def get(self, collection: str, sourced_id: str) -> Record | None:
        """Return a record as the event leaves it; one that it deletes is returned unmarked."""
        found = self._puts.get((collection, sourced_id))
        return self._overlay.tables[collection].get(sourced_id) if found is None else found

    def is_gone(self, collection: str, sourced_id: str) -> bool:
        """Return whether the event deletes a record."""
        return (collection, sourced_id) in self._gone

    def put(self, collection: str, record: Record) -> Record:
        """Create or replace a record, and return it."""
        self._puts[collection, record["sourcedId"]] = record
        return record

    def change(self, collection: str, sourced_id: str, **members: Any) -> None:
        """Change some members of a record; ``None``, an empty string and an empty list remove a member."""
        record = self.get(collection, sourced_id)
        if record is None:
            return
        changed = revised(record, members)
        for name, value in members.items():
            if value in (None, "", []):
                del changed[name]
        self.put(collection, changed)

    def move(self, collection: str, sourced_id: str, **members: Any) -> None:
        """Change members by which a record belongs to another one, so that it is not deleted with the former owner."""
        self.change(collection, sourced_id, **members)
        self._moved.add((collection, sourced_id))

    def retire(self, collection: str, *sourced_ids: str) -> None:
        """Mark records as deleted, with what they own, and drop the optional references of others to them.

        So no active record refers to a deleted one by a reference that it can do without.
        """
        for target, sourced_id in self.mark(collection, *sourced_ids):
            for other, member in optional_references(target):
                self._drop_references(other, member, sourced_id)

    def purge(self, collection: str, sourced_id: str) -> None:
        """Remove a record that was marked as deleted long ago."""
        self._purged[collection, sourced_id] = None

    def mark(self, collection: str, *sourced_ids: str) -> list[Key]:
        """Mark records as deleted, with what they own, and return the keys of all; references to them stay."""
        gone: dict[Key, None] = {}
        for sourced_id in sourced_ids:
            self._roots[collection, sourced_id] = None
            gone |= dict.fromkeys(self._with_owned(collection, sourced_id))
        self._gone |= gone.keys()
        return [*gone]

    def _drop_references(self, collection: str, member: str, target: str) -> None:
        for stored in self._overlay.tables[collection].matching(Named(member), target):
            key = collection, stored["sourcedId"]
            record = self._puts.get(key, stored)
            if key not in self._gone and is_active(record) and member in record:
                self.change(collection, stored["sourcedId"], **{member: _without(record[member], target)})

    def _with_owned(self, collection: str, sourced_id: str) -> Iterator[Key]:
        yield collection, sourced_id
        for part, record in owned(self._overlay, collection, sourced_id):
            if record.get("status") != "tobedeleted" and (part, record["sourcedId"]) not in self._moved:
                yield from self._with_owned(part, record["sourcedId"])


def _without(value: Any, target: str) -> Any:
    left = [name for name in values_of(value) if name != target]
    return left if isinstance(value, list) else None


def with_item(values: Iterable[str], item: str) -> list[str]:
    """Return a list with an item that it holds once."""
    return list(dict.fromkeys([*values, item]))
