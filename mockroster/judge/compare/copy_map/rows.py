"""Bring truth and copy into rows that can be compared: a value of each mapped member, by sourcedId."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from mockroster.errors import ConfigurationError, nearest
from mockroster.judge.compare.copy_map.model import ColumnRule, Deletion, TableMap
from mockroster.judge.compare.copy_map.tables import Row, Tables
from mockroster.judge.compare.copy_map.values import copy_value, truth_value, value_at
from mockroster.judge.compare.rows import DELETED, Pair, Rows
from mockroster.roster.record import Record
from mockroster.standard.versions import VERSIONS

_STATUS = "status"
_ACTIVE = "active"

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is shown, and the form in which it is compared."""

    shown: Any = field(compare=False)
    comparable: Any


@dataclass(frozen=True, slots=True)
class CopyRow:
    """A row of the client."""

    key: Key
    values: Mapping[str, Value]
    is_deleted: bool


class TruthRows:
    """The rows of the truth for a table of a client."""

    def __init__(self, table: TableMap, ignored: Set[str]) -> None:
        self._table = table
        self._rules = [rule for rule in table.columns if not {rule.member, rule.member.partition(".")[0]} & ignored]
        shapes = (version.conversion.shapes.get(table.collection) for version in VERSIONS)
        self._own = {name: derive for shape in shapes if shape for name, derive in shape.members.items()}

    def row(self, record: Record) -> dict[str, Value]:
        """Return the values of the mapped members."""
        members = self._members(record)
        pairs = ((rule, value_at(members, rule.member)) for rule in self._rules)
        values = {rule.member: Value(value, truth_value(rule, value)) for rule, value in pairs}
        return {name: value for name, value in values.items() if value.comparable is not None}

    def key(self, record: Record) -> Key:
        """Return the values of the key."""
        members = self._members(record)
        return tuple(_key_text(truth_value(rule, value_at(members, rule.member))) for rule in self._table.key)

    def _members(self, record: Record) -> Mapping[str, Any]:
        """Return a record with the members that older versions have in place of its own."""
        if not self._own:
            return record
        return {**{name: derive(record) for name, derive in self._own.items()}, **record}


class CopyRows:
    """The rows of a table of a client. Raises ``ConfigurationError`` if a column of the map is missing."""

    def __init__(self, table: TableMap, tables: Tables, ignored: Set[str]) -> None:
        self._table = table
        name, rows = tables.rows(table.table, table.at)
        self._rules = [rule for rule in table.columns if not {rule.member, rule.member.partition(".")[0]} & ignored]
        columns = {column for row in rows for column in row}
        if rows:
            _check_columns(table, name, columns)
        lookups = (rule for rule in (*table.key, *table.columns) if rule.lookup)
        self._lookups = {rule.column: _lookup(rule, tables) for rule in lookups}
        self._rows = rows

    def __iter__(self) -> Iterator[CopyRow]:
        """Yield the rows that belong to the collection."""
        for number, row in enumerate(self._rows, 1):
            if all(_text(value_at(row, column)) == value for column, value in self._table.where.items()):
                key = tuple(_key_text(copy_value(rule, self._cell(rule, row))) for rule in self._table.key)
                is_blank = not any(key)
                values = {rule.member: self._value(rule, row) for rule in self._rules}
                yield CopyRow(
                    (f"(row {number:,} has no key)",) if is_blank else key,
                    {name: value for name, value in values.items() if value.comparable is not None},
                    _is_deleted(self._table.deletion, row),
                )

    def _value(self, rule: ColumnRule, row: Row) -> Value:
        cell = self._cell(rule, row)
        return Value(cell, copy_value(rule, cell))

    def _cell(self, rule: ColumnRule, row: Row) -> Any:
        cell = value_at(row, rule.column)
        known = self._lookups.get(rule.column) if rule.lookup else None
        if known is None:
            return cell
        items = cell.split(rule.separator) if isinstance(cell, str) and rule.separator else cell
        if isinstance(items, list):
            return [known.get(_text(item), item) for item in items]
        return known.get(_text(items), items)


def pair_rows(table: TableMap, truth: TruthRows, records: Mapping[str, Record], copy: Iterable[CopyRow]) -> Pair:
    """Return the rows of both sides under the sourcedIds of the truth; rows that it lacks have their key as id."""
    by_key: dict[Key, list[str]] = {}
    for name, record in records.items():
        by_key.setdefault(truth.key(record), []).append(name)
    left_deleted = {name for name, record in records.items() if record.get(_STATUS) == DELETED}
    right: dict[str, CopyRow] = {}
    duplicated: dict[str, None] = {}
    count = 0
    for row in copy:
        count += not row.is_deleted
        names = by_key.get(row.key) or [" / ".join(row.key)]
        matched = _match_row(row, names, right, left_deleted)
        if matched is not None:
            right[matched] = row
        elif not row.is_deleted:
            duplicated[names[0]] = None
    left_rows: Rows = {name: truth.row(record) for name, record in records.items() if name not in left_deleted}
    right_rows: Rows = {name: row.values for name, row in right.items()}
    right_deleted = {name for name, row in right.items() if row.is_deleted}
    left_count = len(left_rows)
    if table.deletion is not None:
        _compare_status(left_rows, right_rows, left_deleted, right_deleted)
    return Pair(table.collection, left_rows, right_rows, left_count, count, [*duplicated], left_deleted, right_deleted)


def _match_row(row: CopyRow, names: Sequence[str], right: Mapping[str, CopyRow], left_deleted: Set[str]) -> str | None:
    """Return the record of the truth that a row stands for, or ``None`` if others stand for all with its key.

    A deleted row stands for a deleted record and an active one for an active record, if possible.
    """
    free = [name for name in names if name not in right]
    alike = (name for name in free if (name in left_deleted) == row.is_deleted)
    replaceable = (name for name in names if name in right and right[name].is_deleted and not row.is_deleted)
    return next(chain(alike, free, replaceable), None)


def _compare_status(left: Rows, right: Rows, left_deleted: Set[str], right_deleted: Set[str]) -> None:
    """Replace the rows that a side shows as deleted by their status, which alone is compared."""
    for name in left_deleted | right_deleted:
        for rows, deleted in ((left, left_deleted), (right, right_deleted)):
            if name in rows or name in deleted:
                status = DELETED if name in deleted else _ACTIVE
                rows[name] = {_STATUS: Value(status, status)}


def _is_deleted(deletion: Deletion | None, row: Row) -> bool:
    if deletion is None:
        return False
    text = _text(value_at(row, deletion.column)).strip().casefold()
    return bool(text) if deletion.values is None else text in deletion.values


def _lookup(rule: ColumnRule, tables: Tables) -> Mapping[str, Any]:
    lookup = rule.lookup
    if lookup is None:
        return {}
    name, rows = tables.rows(lookup.table, lookup.at)
    columns = {column for row in rows for column in row}
    for column in (lookup.match, lookup.take) if rows else ():
        _check_column(column, name, columns, lookup.at)
    return {_text(value_at(row, lookup.match)): value_at(row, lookup.take) for row in rows}


def _check_columns(table: TableMap, name: str, columns: Set[str]) -> None:
    for rule in (*table.key, *table.columns):
        _check_column(rule.column, name, columns, rule.at)
    if table.deletion is not None:
        _check_column(table.deletion.column, name, columns, table.deletion.at)
    for column in table.where:
        _check_column(column, name, columns, f"{table.at}.where")


def _check_column(column: str, name: str, columns: Set[str], at: str) -> None:
    if column not in columns and column.partition(".")[0] not in columns:
        raise ConfigurationError(f"{at}: {name} has no column {column!r}{nearest(column, columns)}")


def _key_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return _text(value)


def _text(value: Any) -> str:
    """Return a cell as text: booleans in lower case, an empty text for none."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def shown_members(members: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """Return differing members with the values to show."""
    return {name: (_shown(left), _shown(right)) for name, (left, right) in members.items()}


def comparable_rows(rows: Rows) -> Rows:
    """Return rows with the forms of their values that are compared."""
    return {key: {name: value.comparable for name, value in row.items()} for key, row in rows.items()}


def _shown(value: Any) -> Any:
    return value.shown if isinstance(value, Value) else value
