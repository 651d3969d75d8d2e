"""A set of OneRoster CSV files, bulk or delta, 1.1 or 1.2, as records of the shape that its version has.

Rows of files that are parts of other records (``roles.csv``, ``classResources.csv``, …) are joined into these, so that
what comes after sees the same as from JSON.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from mockroster.errors import nearest
from mockroster.loading.csv import delta, header, joins, manifest
from mockroster.loading.csv.links import LinkedRows
from mockroster.loading.csv.manifest import Manifest
from mockroster.loading.csv.names import other_file
from mockroster.loading.csv.sheet import Sheet
from mockroster.loading.csv.table import JoinedTable, Table, Values
from mockroster.loading.written import Amendment, Fault, FixtureSet, Mention, Written
from mockroster.standard.csv import Binding, JoinedFile, is_objective_cell, objective_cell
from mockroster.standard.versions import BINDINGS

_MANIFEST = "manifest"

_FAMILIES = ("orgs", "academicSessions")
"""Collections whose records name their children, which CSV has no column for: they follow from the parents."""

_NAMES = {
    name.lower(): name for name in (_MANIFEST, *(name for binding in BINDINGS.values() for name in binding.by_name))
}
"""What files are called in either version, by these names in small letters."""

_Rows = dict[str, list[tuple[int, Values]]]
"""The rows of a joined file, each with its number, by the id of the record that they belong to."""


def read(name: str, files: Sequence[tuple[str, bytes]]) -> FixtureSet:
    """Return what the CSV files of one path say. ``files`` are named as in messages: ``demo.zip/users.csv``.

    Raises ``UnreadableFixtures`` for a file that is not UTF-8.
    """
    result = FixtureSet(name)
    sheets = _sheets(files, result)
    said = sheets.pop(_MANIFEST, None)
    found = manifest.read(said, sheets) if said else _no_manifest(name, result)
    result.faults += said.faults if said else ()
    binding = found.binding or _likeliest(sheets)
    _check_known(sheets, binding, result)
    tables = _tables(sheets, binding, found.modes)
    _Reading(tables, binding, result).run()
    for table in tables.values():
        result.mentions += _mentions(table)
    for sheet in sheets.values():
        result.faults += sheet.faults
    return result


def _mentions(table: Table) -> Iterator[Mention]:
    """Yield what the rows of a file refer to and no model has a reference to."""
    for (column, sourced_id), numbers in table.mentioned.items():
        yield Mention(table.file.unmodelled[column], sourced_id, column, table.file.name, numbers, table)


def _sheets(files: Sequence[tuple[str, bytes]], result: FixtureSet) -> dict[str, Sheet]:
    """Return the files by name; a second one of the same name is passed over, be its capitals right or wrong."""
    sheets: dict[str, Sheet] = {}
    for name, content in sorted(files, key=_has_wrong_capitals):
        sheet = Sheet(name, content)
        kind = _NAMES.get(sheet.kind.lower(), sheet.kind)
        first = sheets.setdefault(kind, sheet)
        if first is not sheet:
            message = f"{first.name} has the same name; only that one is read"
            result.faults.append(Fault(name, None, "", message))
        elif kind != sheet.kind:
            sheet.kind = kind
            sheet.fault(None, "", f"the name must be {kind}.csv: capitals count")
    return sheets


def _has_wrong_capitals(file: tuple[str, bytes]) -> bool:
    stem = PurePosixPath(file[0]).stem
    return _NAMES.get(stem.lower(), stem) != stem


def _no_manifest(name: str, result: FixtureSet) -> Manifest:
    message = (
        "there is no manifest.csv: without it the set is one of OneRoster 1.0; "
        f"add one with the version ({' or '.join(BINDINGS)}) and a row for each file"
    )
    result.faults.append(Fault(name, None, "", message))
    return Manifest(None, {})


def _likeliest(sheets: Mapping[str, Sheet]) -> Binding:
    """Return the version whose files and columns are most like those that are there."""

    def differences(binding: Binding) -> int:
        return sum(
            min(len(set(sheet.header) ^ set(one)) for one in file.headers)
            if (file := binding.by_name.get(kind))
            else len(sheet.header)
            for kind, sheet in sheets.items()
        )

    return min(BINDINGS.values(), key=differences)


def _check_known(sheets: Mapping[str, Sheet], binding: Binding, result: FixtureSet) -> None:
    for kind, sheet in sheets.items():
        if kind not in binding.by_name:
            other = next((one.number for one in BINDINGS.values() if kind in one.by_name), None)
            hint = f"; only {other} has" if other else nearest(kind, binding.by_name)
            message = f"OneRoster {binding.number} has no file {kind}.csv, so it is not read{hint}"
            result.faults.append(Fault(sheet.name, None, "", message))


def _tables(sheets: Mapping[str, Sheet], binding: Binding, modes: Mapping[str, str]) -> dict[str, Table]:
    """Return the files that can be read, in the order of the manifest."""
    tables: dict[str, Table] = {}
    for file in binding.files:
        sheet = sheets.get(file.name)
        if sheet is not None and not sheet.header:
            sheet.fault(None, "", "is empty; leave the file out and call it absent")
        elif sheet is not None and (other := other_file(sheet.header, file, binding)):
            sheet.fault(
                -1, "", f"the columns are those of {other.name}.csv, so it is not read; call it by its own name"
            )
        elif sheet is not None:
            mode = modes.get(file.name, "absent")
            mode = _likely_mode(sheet) if mode == "absent" else mode
            places = header.read(sheet, file, binding.number, mode)
            kind = JoinedTable if isinstance(file, JoinedFile) else Table
            tables[file.name] = kind(sheet, file, places, mode, binding.number)
    return tables


def _likely_mode(sheet: Sheet) -> str:
    """Return what a file is of which the manifest does not say it: its first row has a status only in a delta."""
    first = dict(zip(sheet.header, next(sheet.rows_again(), []), strict=False))
    return "delta" if first.get("status") else "bulk"


class _Reading:
    """What is read of one set."""

    def __init__(self, tables: Mapping[str, Table], binding: Binding, result: FixtureSet) -> None:
        self._tables = tables
        self._binding = binding
        self._result = result
        self._joined = {name: table for name, table in tables.items() if isinstance(table, JoinedTable)}
        self._rows = {name: _by_owner(table) for name, table in self._joined.items()}
        self._links = LinkedRows([*self._joined.values()])
        result.links = self._links if self._joined else None

    def run(self) -> None:
        """Take all files in: records, the rows that are parts of them, and what is left of these."""
        for name, table in self._tables.items():
            if name not in self._joined:
                self._link(table)
                self._take(table)
        for name, rows in self._rows.items():
            self._take_parts(self._joined[name], rows)

    def _link(self, table: Table) -> None:
        """Tell a table whose rows are parts of its records."""
        for file in self._binding.joined(table.file.name):
            table.sources[file.join.member] = file.name
            if file.name in self._joined:
                table.joined.setdefault(file.join.member, []).append(self._joined[file.name])

    def _take(self, table: Table) -> None:
        """Take the records of a file in, those of a delta as what they change."""
        collection = table.file.name
        if table.mode == "delta" and not delta.is_whole(table.file):
            self._take_changes(table)
            return
        start = len(self._result.records)
        joined = [self._joined[file.name] for file in self._binding.joined(collection) if self._is_folded(file.name)]
        for number, values in enumerate(table.rows()):
            for other in joined:
                _fold(other, self._rows[other.file.name].pop(values.get("sourcedId", ""), []), values)
            self._result.records.append(Written(collection, number, values, table))
        if collection in _FAMILIES:
            _name_children([written.body for written in self._result.records[start:]])

    def _is_folded(self, name: str) -> bool:
        """Tell whether the rows of a joined file are found with their records: both are there, and both are bulk."""
        table = self._joined.get(name)
        owner = table and self._tables.get(table.file.resource.collection)
        return table is not None and owner is not None and table.mode == owner.mode == "bulk"

    def _take_changes(self, table: Table) -> None:
        collection = table.file.name
        seen: dict[str, int] = {}
        for number, values in enumerate(table.rows()):
            sourced_id = values.get("sourcedId", "")
            if not sourced_id or not _is_first(table, number, sourced_id, seen):
                continue
            written = Written(collection, number, values, table)
            change = delta.replaced(table.file, values)
            self._result.amendments.append(Amendment(collection, sourced_id, change, written))

    def _take_parts(self, table: JoinedTable, rows: _Rows) -> None:
        """Take in the rows of a joined file that were not found with their records."""
        rows.pop("", None)
        for owner, of_owner in rows.items():
            if self._is_folded(table.file.name):
                self._strangers(table, owner, of_owner)
            elif table.mode == "delta":
                for number, values in of_owner:
                    self._links.send(table, number, values)
            else:
                number, values = of_owner[0]
                change = delta.remade(table.file, [one for _, one in of_owner])
                self._amend(table, owner, number, values, change)

    def _amend(self, table: JoinedTable, owner: str, number: int, values: Values, change: delta.Change) -> None:
        written = Written(table.file.name, number, values, table)
        self._result.amendments.append(Amendment(table.file.resource.collection, owner, change, written))

    def _strangers(self, table: JoinedTable, owner: str, rows: Collection[tuple[int, Values]]) -> None:
        resource = table.file.resource
        for number, _ in rows:
            message = f"there is no {resource.name} with the sourcedId {owner[:80]!r} in {resource.collection}.csv"
            table.sheet.fault(number, table.file.join.by, message)


def _by_owner(table: JoinedTable) -> _Rows:
    """Return the rows of a joined file by what they belong to; a ``tobedeleted`` row of bulk counts for nothing."""
    rows: _Rows = {}
    seen: dict[str, int] = {}
    for number, values in enumerate(table.rows()):
        sourced_id = values.get("sourcedId", "")
        if sourced_id:
            _is_first(table, number, sourced_id, seen)
        if table.file.join.kind == "sets":
            _check_objective(table, number, values)
        if table.mode == "delta" or values.get("status") != "tobedeleted":
            rows.setdefault(values.get(table.file.join.by, ""), []).append((number, values))
    return rows


def _check_objective(table: JoinedTable, number: int, values: Values) -> None:
    source, objective = values.get("source", ""), values.get("learningObjectiveId", "")
    if objective and not is_objective_cell(source, objective):
        urn = objective_cell(source, objective)
        right = repr(urn) if urn != objective else "the URN of a UUID, urn:uuid:…,"
        message = f"{objective[:80]!r} should be {right} as CSV has the objectives of CASE"
        table.sheet.fault(number, "learningObjectiveId", message, "warning")


def _is_first(table: Table, number: int, sourced_id: str, seen: dict[str, int]) -> bool:
    """Tell whether an id is new in a file, and note it where it is not."""
    first = seen.setdefault(sourced_id, number)
    if first != number:
        message = f"{sourced_id[:80]!r} is that of {table.file.name}[{first}] too"
        table.sheet.fault(number, "sourcedId", message)
    return first == number


def _fold(table: JoinedTable, rows: Sequence[tuple[int, Values]], values: Values) -> None:
    """Put the member that the rows of a joined file make up into a record."""
    if rows:
        member = table.file.join.member
        whole = joins.folded(table.file, [one for _, one in rows])
        values[member] = [*dict.fromkeys([*values[member], *whole])] if member in values else whole


def _name_children(bodies: Sequence[dict[str, Any]]) -> None:
    by_id = {body["sourcedId"]: body for body in bodies if "sourcedId" in body}
    for sourced_id, body in by_id.items():
        parent = by_id.get(body.get("parent", ""))
        if parent is not None:
            parent.setdefault("children", []).append(sourced_id)
