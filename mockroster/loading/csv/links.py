"""Rows of linking files (``roles.csv``, ``classResources.csv``, …) over several sets, known by their sourcedIds.

The models have no place for these ids, so a set remembers which rows it has; a later one that names such a row changes
or deletes that one, whatever else stands in it and whatever the order of the rows. A part that no row is known for,
because it comes from JSON or from the generated district, is found by what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockroster.loading.csv import delta
from mockroster.loading.csv.delta import Row
from mockroster.loading.csv.table import JoinedTable, Values
from mockroster.loading.written import Amendment, Links, Written

_Rows = Mapping[str, Row]
"""The rows of a linking file that belong to one record, by their sourcedIds."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A row of a delta file."""

    table: JoinedTable
    number: int
    values: Values

    @property
    def sourced_id(self) -> str:
        found: str = self.values.get("sourcedId", "")
        return found

    @property
    def owner(self) -> str:
        """The record that the row belongs to."""
        found: str = self.values.get(self.table.file.join.by, "")
        return found

    @property
    def is_gone(self) -> bool:
        return self.values.get("status") == "tobedeleted"


class LinkedRows(Links):
    """The rows of linking files of one set."""

    def __init__(self, tables: Sequence[JoinedTable]) -> None:
        self._bulk = {table.file.name: table for table in tables if table.mode == "bulk"}
        self._sent: list[_Sent] = []
        self._changed: dict[tuple[str, str], _Rows] = {}
        self._owners: dict[tuple[str, str], str] = {}

    def send(self, table: JoinedTable, number: int, values: Values) -> None:
        """Take in a row of a delta file."""
        self._sent.append(_Sent(table, number, values))

    def amendments(self, earlier: Sequence[Links]) -> Iterator[Amendment]:
        """Yield what the rows change of records, those first that move or go: after them, the order is all the same."""
        before = [links for links in earlier if isinstance(links, LinkedRows)][::-1]
        for table in self._bulk.values():
            yield from self._moved(table, before)
        for sent in sorted(self._sent, key=lambda one: not one.is_gone):
            yield from self._amendments(sent, [self, *before])

    def changed(self) -> Iterator[tuple[str, str]]:
        """Yield collection and sourcedId of the records to which rows of delta files belong."""
        return ((sent.table.file.resource.collection, sent.owner) for sent in self._sent)

    def _moved(self, table: JoinedTable, before: Sequence[LinkedRows]) -> Iterator[Amendment]:
        """Yield the rows of earlier sets that a bulk file gives to other records, as deleted there."""
        name = table.file.name
        for sourced_id, values in table.by_id.items() if any(name in links._bulk for links in before) else ():
            owner = _owner(name, sourced_id, before)
            if owner and owner != values.get(table.file.join.by) and not table.ids_of(owner):
                number = table.number_of(sourced_id)
                yield self._change(_Sent(table, number, {**values, "status": "tobedeleted"}), owner, before)

    def _amendments(self, sent: _Sent, known: Sequence[LinkedRows]) -> Iterator[Amendment]:
        owner = _owner(sent.table.file.name, sent.sourced_id, known)
        if owner and owner != sent.owner:
            yield self._change(replace(sent, values={**sent.values, "status": "tobedeleted"}), owner, known)
        if not (owner and owner != sent.owner and sent.is_gone):
            yield self._change(sent, sent.owner, known)

    def _change(self, sent: _Sent, owner: str, known: Sequence[LinkedRows]) -> Amendment:
        """Return the change that a row makes of a record, and remember the row."""
        file = sent.table.file
        before = _rows(file.name, owner, known)
        row = Row(sent.values, sent.is_gone)
        kept = before.get(sent.sourced_id, row).values if sent.is_gone else sent.values
        self._changed[file.name, owner] = {**before, sent.sourced_id: Row(kept, sent.is_gone)}
        self._owners[file.name, sent.sourced_id] = "" if sent.is_gone else owner
        written = Written(file.name, sent.number, sent.values, sent.table)
        change = delta.relinked(file, before, sent.sourced_id, row)
        return Amendment(file.resource.collection, owner, change, written)


def _owner(file: str, sourced_id: str, known: Sequence[LinkedRows]) -> str:
    """Return the record that a row belongs to by the newest set that has it; nothing where none has, or it is gone."""
    for links in known:
        if (file, sourced_id) in links._owners:
            return links._owners[file, sourced_id]
        table = links._bulk.get(file)
        values: Mapping[str, Any] | None = table.by_id.get(sourced_id) if table else None
        if table and values:
            found: str = values.get(table.file.join.by, "")
            return found
    return ""


def _rows(file: str, owner: str, known: Sequence[LinkedRows]) -> _Rows:
    """Return the rows of a record by the newest set that has any."""
    for links in known:
        if (file, owner) in links._changed:
            return links._changed[file, owner]
        table = links._bulk.get(file)
        ids = table.ids_of(owner) if table else ()
        if table and ids:
            return {sourced_id: Row(table.by_id[sourced_id], is_gone=False) for sourced_id in ids}
    return {}
