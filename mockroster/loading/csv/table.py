"""One file of a CSV set, read by the columns that its version has; and where in the set a member of a record stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mockroster.loading.csv import joins
from mockroster.loading.csv.cells import Habit, Read, Unfit, bulk_reader, checked, reader
from mockroster.loading.csv.header import Places
from mockroster.loading.csv.sheet import Row, Sheet
from mockroster.loading.wording import MISSING
from mockroster.spec.csv import METADATA, REFERENCE, Column, File, Format, JoinedFile, source_member
from mockroster.spec.fields import RecordSchema

Values = dict[str, Any]
"""What a row says: by member for a file of records, by column for one that is joined; blank cells are left out."""

_SHARED: frozenset[Format] = frozenset({"Enumeration", "GUID Reference", "Date", "Year"})
"""Formats whose texts come again and again; equal ones are kept once."""

_OF_ROWS = RecordSchema().members
"""The fields that every row has of its own, in files too whose rows are parts of records."""


@dataclass(frozen=True, slots=True)
class _Step:
    """How one column of a row is read."""

    position: int
    column: Column
    key: str
    """Under which name its value is kept; nothing where the models have no place for it."""

    read: Read | None
    is_needed: bool


def _value(step: _Step, cell: str) -> Any:
    """Return what a cell says, nothing where it is passed over; without a word about faults: they have been told."""
    try:
        return step.read(cell) if step.read else cell
    except (Habit, Unfit) as unfit:
        return unfit.value


class Table:
    """A file of a set. It is the source of the records that come from it."""

    def __init__(self, sheet: Sheet, file: File, places: Places, mode: str, number: str) -> None:
        self.sheet = sheet
        self.file = file
        self.mode = mode
        """``bulk`` or ``delta``."""

        self.joined: dict[str, list[JoinedTable]] = {}
        """The tables whose rows are joined into its records, by the member that they make up."""

        self.sources: dict[str, str] = {}
        """The file whose rows make up a member of its records, be it there or not, by the member."""

        self.mentioned: dict[tuple[str, str], list[int]] = {}
        """The rows that refer to something that no model has a reference to, by column and sourcedId."""

        self._habits: dict[tuple[str, str], tuple[int, int]] = {}
        """The first row, and the number of rows, by column and message."""

        self._bulk_cells: Counter[str] = Counter()
        """The filled cells of columns that must be blank in bulk files."""

        self._places = places
        self._number = number

    @property
    def name(self) -> str:
        """What the file is called in messages."""
        return self.sheet.name

    def rows(self) -> Iterator[Values]:
        """Yield what each row says; what is wrong with its cells goes to the faults of the sheet."""
        steps = [(one.position, one.key, one.read, one) for one in self._steps()]
        metadata = [*self._metadata.items()]
        columns = self._places.columns
        unmodelled = [(name, columns[name]) for name in self.file.unmodelled if name in columns]
        number = -1
        for number, row in enumerate(self.sheet.rows()):
            values = self._values(number, row, steps)
            if metadata and (own := {key: row[position] for key, position in metadata if row[position]}):
                values["metadata"] = own
            for name, position in unmodelled if values.get("status") != "tobedeleted" else ():
                if row[position]:
                    self.mentioned.setdefault((name, row[position]), []).append(number)
            yield values
        if number < 0:
            message = "there are no rows below the header; leave the file out and call it absent"
            self.sheet.fault(-1, "", message, "violation")
        for (column, message), (first, count) in self._habits.items():
            rows = f" ({count:,} rows)" if count > 1 else ""
            self.sheet.fault(first, column, f"{message}{rows}", "violation")
        self._filled()

    def _values(self, number: int, row: Row, steps: Iterable[tuple[int, str, Read | None, _Step]]) -> Values:
        """Return what the cells of a row say; the steps are taken apart, because there are many cells."""
        values: Values = {}
        for position, key, read, step in steps:
            cell = row[position]
            if not cell:
                if step.is_needed:
                    self._blank(number, step.column)
            elif read is None and key:
                values[key] = cell
            elif read is not None and key:
                try:
                    value = read(cell)
                except Habit as habit:
                    value = habit.value
                    self._habit(number, step.column.name, str(habit))
                except Unfit as unfit:
                    value = unfit.value
                    self.sheet.fault(number, step.column.name, str(unfit), unfit.severity)
                if value is not None:
                    values[key] = value
        return values

    def _habit(self, number: int, column: str, message: str) -> None:
        """Count a cell that is written in another form."""
        first, count = self._habits.get((column, message), (number, 0))
        self._habits[column, message] = first, count + 1

    def line(self, _collection: str, number: int, _member: str = "") -> int | None:
        """Return the line of a row."""
        return self.sheet.line(number)

    def place(self, _collection: str, number: int, member: str) -> tuple[str, int | None, str]:
        """Return file, line and name of a member; one that rows of another file make up stands there."""
        head = re.match(r"\w*", member)
        steps = [int(step) for step in re.findall(r"\[(\d+)\]", member)]
        for other in self.joined.get(head[0] if head else "", ()):
            rows = other.rows_of(self._ids[number]) if number < len(self._ids) else ()
            if (rows and steps) or len(rows) == 1:
                nth = joins.place(other.file, [values for _, values in rows], steps)
                return other.place_of(rows[nth][0], member)
        return self.place_of(number, member)

    def explained(self, member: str, message: str) -> str:
        """Return what is said of a member, and in which file its rows are looked for."""
        is_source = member in self.sources and message == MISSING
        return f"{message}: {self.sources[member]}.csv has no row for it" if is_source else message

    def place_of(self, number: int, member: str) -> tuple[str, int | None, str]:
        """Return file, line and column of a member that this file has; where the column is missing, the header."""
        record = f"{self.file.name}[{number}]"
        column = self._column_of(member)
        if column in self._places.missing:
            return self.name, self.sheet.line(-1), column
        return self.name, self.sheet.line(number), f"{record}.{column}" if column else record

    @property
    def _metadata(self) -> Mapping[str, int]:
        """The position of each metadata column that is read, by its key."""
        return self._places.metadata

    def _key(self, column: Column) -> str:
        """Return under which name the value of a column is kept, nothing where it is not."""
        return column.member

    def _reader(self, column: Column) -> Read | None:
        """Return how the cells of a column are read; nothing where they are taken as they are."""
        return reader(column)

    def _steps(self) -> Iterator[_Step]:
        share: dict[str, str] = {}

        def shared(cell: str) -> str:
            return share.setdefault(cell, cell)

        for name, position in self._places.columns.items():
            column = self.file.by_name[name]
            read = self._reader(column) or (shared if column.format in _SHARED else None)
            needed = column.need == "Y" or (column.need == "D" and self.mode == "delta")
            if column.need == "D" and self.mode == "bulk":
                read = self._counted(column, bulk_reader(column))
            key = self._key(column)
            if key or needed:
                yield _Step(position, column, key, read, needed)

    def _blank(self, number: int, column: Column) -> None:
        why = f"OneRoster {self._number} demands it" if column.need == "Y" else "each row of a delta file has it"
        self.sheet.fault(number, column.name, f"is blank, and {why}")

    def _counted(self, column: Column, read: Read) -> Read:
        def counted(cell: str) -> Any:
            self._bulk_cells[column.name] += 1
            return read(cell)

        return counted

    def _filled(self) -> None:
        """Warn once of columns that are filled in a bulk file."""
        if self._bulk_cells:
            names = [name for name in self._places.columns if name in self._bulk_cells]
            count = max(self._bulk_cells.values())
            verb, they = ("is", "it") if len(names) == 1 else ("are", "they")
            rows = f"{count:,} row{'s' * (count != 1)}"
            message = f"{verb} filled in {rows}; in a bulk file {they} must be blank"
            self.sheet.fault(-1, " and ".join(names), message, "violation")

    def _column_of(self, member: str) -> str:
        """Return the column of a member, the member itself where there is no column."""
        bare = re.sub(r"\[\d+\]", "", member)
        if bare.startswith(METADATA):
            return bare
        whole = {column.member: column.name for column in self.file.columns if column.member}
        return whole.get(bare) or whole.get(bare.partition(".")[0]) or bare

    @cached_property
    def _ids(self) -> list[str]:
        return [self._cell(row, "sourcedId") for row in self.sheet.rows_again()]

    def _cell(self, row: Row, name: str) -> str:
        position = self._places.columns.get(name, len(row))
        return row[position] if position < len(row) else ""


class JoinedTable(Table):
    """A file whose rows are parts of the records of another one; the models have no metadata for such a part."""

    file: JoinedFile

    def explained(self, member: str, message: str) -> str:
        """Return what is said of a member; of one that a row has made empty, that the row has done so."""
        if member != self.file.join.member or message != MISSING:
            return message
        return f"leaves a {self.file.resource.name} without {member}, and OneRoster {self._number} demands them"

    @cached_property
    def by_id(self) -> Mapping[str, Values]:
        """What each row says, by its sourcedId; deleted ones are not there."""
        found: dict[str, Values] = {}
        steps, width = [*self._steps()], len(self.sheet.header)
        for row in self.sheet.rows_again():
            cells = row + [""] * width
            said = {step.key: _value(step, cell) for step in steps if (cell := cells[step.position])}
            values = {key: value for key, value in said.items() if value is not None}
            if values.get("status") != "tobedeleted":
                found.setdefault(values.get("sourcedId", ""), values)
        found.pop("", None)
        return found

    def number_of(self, sourced_id: str) -> int:
        """Return the number of the row with that sourcedId."""
        return self._ids.index(sourced_id)

    def ids_of(self, owner: str) -> Sequence[str]:
        """Return the sourcedIds of the rows that belong to a record."""
        return self._ids_of.get(owner, ())

    @cached_property
    def _ids_of(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for sourced_id, values in self.by_id.items():
            found.setdefault(values.get(self.file.join.by, ""), []).append(sourced_id)
        return found

    def rows_of(self, sourced_id: str) -> list[tuple[int, Values]]:
        """Return the rows that belong to a record of another file, each with its number, as they were read."""
        return self._by_owner.get(sourced_id, [])

    @property
    def _metadata(self) -> Mapping[str, int]:
        return {}

    def _key(self, column: Column) -> str:
        return column.name

    def _reader(self, column: Column) -> Read | None:
        read, field = reader(column), _OF_ROWS.get(column.name)
        return checked(field, read) if field else read

    def _column_of(self, member: str) -> str:
        join = self.file.join
        bare = re.sub(r"\[\d+\]", "", member)
        if bare == join.member:
            return REFERENCE.get(bare, "")
        if bare == f"{join.member}.profileId":
            return "sourcedId"
        return super()._column_of(bare.removeprefix(f"{join.member}."))

    @cached_property
    def _by_owner(self) -> dict[str, list[tuple[int, Values]]]:
        found: dict[str, list[tuple[int, Values]]] = {}
        reference = REFERENCE.get(self.file.join.member, "")
        for number, row in enumerate(self.sheet.rows_again()):
            if self._cell(row, "status") != "tobedeleted":
                owner = self._cell(row, self.file.join.by)
                said = {"source": source_member(self._cell(row, "source")), reference: self._cell(row, reference)}
                found.setdefault(owner, []).append((number, said))
        return found
