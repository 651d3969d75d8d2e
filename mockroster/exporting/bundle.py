"""A roster as a bundle of OneRoster CSV files of any version: a bulk export, in which status and time are blank.

What the files have no place for is counted. ``docs/how-to/use-fixture-files.md`` says what that can be.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from mockroster.errors import Unwritable
from mockroster.exporting.cells import Cells, Write, metadata, text, writer
from mockroster.exporting.joined import JoinedRows
from mockroster.exporting.packing import File as Packed
from mockroster.exporting.selection import Selection, Shaped
from mockroster.exporting.shape import Lost, missed
from mockroster.roster.record import Record
from mockroster.standard.csv import MANIFEST, MANIFEST_VERSION, METADATA, Binding, Column, File, JoinedFile
from mockroster.standard.fields import Listed, Ref
from mockroster.standard.versions import BINDINGS, VERSIONS

_MANIFEST = "manifest.csv"

FILE_NAMES = frozenset({_MANIFEST, *(f"{name}.csv" for binding in BINDINGS.values() for name in binding.by_name)})
"""The names that files of a bundle may have."""

_PIECE = 500
"""Rows in a piece of a file."""

_Find = Callable[[Shaped], Any]
"""Returns a value for a record that has none."""


def files(tables: Mapping[str, Sequence[Record]], version: str, lost: Lost) -> Iterator[Packed]:
    """Yield the files of a bundle, those with rows in them, and at last the manifest that names these."""
    binding = BINDINGS[version]
    selection = Selection(tables, binding, lost)
    present: list[str] = []
    for file in binding.files:
        rows = (
            JoinedRows(file, selection, lost) if isinstance(file, JoinedFile) else _Rows(file, binding, selection, lost)
        )
        left = iter(rows)
        first = next(left, None)
        if first is not None:
            present.append(file.name)
            yield f"{file.name}.csv", _pieces(chain((rows.header, first), left))
    yield _MANIFEST, _pieces(_manifest(binding, present))


def _manifest(binding: Binding, present: Collection[str]) -> Iterator[Cells]:
    yield MANIFEST
    yield "manifest.version", MANIFEST_VERSION
    yield "oneroster.version", binding.number
    for file in binding.files:
        yield f"file.{file.name}", "bulk" if file.name in present else "absent"
    yield "source.systemName", "mockroster"


def _pieces(rows: Iterable[Cells]) -> Iterator[bytes]:
    """Yield rows as text (RFC 4180)."""
    left = iter(rows)
    while piece := [*islice(left, _PIECE)]:
        written = io.StringIO(newline="")
        csv.writer(written).writerows(piece)
        yield written.getvalue().encode()


class _Rows:
    """The rows of a file of records."""

    def __init__(self, file: File, binding: Binding, selection: Selection, lost: Lost) -> None:
        self._file = file
        self._version = VERSIONS[file.resource.version]
        self._kept = selection.kept.get(file.name, ())
        self._lost = lost
        self._metadata = _metadata_keys(shape for _, shape in self._kept)
        self.header: Cells = [*file.header, *(METADATA + key for key in self._metadata)]
        columns = (column for column in file.columns if not column.is_withdrawn)
        self._steps = [self._step(column, selection) for column in columns]
        self._held = _held(file, binding)

    def __iter__(self) -> Iterator[Cells]:
        for record, shape in self._kept:
            yield [*self._cells(shape), *self._own(shape)]
            if shape is record and record.keys() <= self._held:
                continue
            told = {member: value for member, value in shape.items() if member in self._held}
            gone = missed(self._version, self._file.name, record, told)
            self._lost.update(f"{self._file.name}.{member}" for member in gone)

    def _step(self, column: Column, selection: Selection) -> tuple[str, Write, _Find | None]:
        """Return the member that a column is for, how its values are written, and what is found where there is none."""
        if column.need == "D":
            return "", text, None
        field = column.field.inner if isinstance(column.field, Listed) else column.field
        targets = self._file.resource.model.referable
        gone = selection.gone[targets[field.type].collection] if isinstance(field, Ref) else set()
        return column.member, writer(column, gone), self._instead(column, selection)

    def _instead(self, column: Column, selection: Selection) -> _Find | None:
        if (self._file.name, column.name) == ("scoreScales", "orgSourcedId"):
            schools = {shape["sourcedId"]: shape.get("school") for _, shape in selection.kept.get("classes", ())}
            return lambda shape: schools.get(shape.get("class"))
        find = column.instead
        if find is None:
            return None

        def counted(shape: Shaped) -> Any:
            self._lost[f"{self._file.name}.{column.member} (filled in, because CSV demands it)"] += 1
            return find(shape)

        return counted

    def _cells(self, shape: Shaped) -> list[str]:
        """Return the cells of the columns; all in one loop, because there are very many."""
        cells = []
        for member, write, instead in self._steps:
            value = shape.get(member)
            if value is None and instead is not None:
                value = instead(shape)
            try:
                cells.append("" if value is None else write(value))
            except Unwritable as why:
                self._lost[f"{self._file.name}.{member} ({why})"] += 1
                cells.append(why.cell)
        return cells

    def _own(self, shape: Shaped) -> Iterator[str]:
        """Yield the cells of the metadata columns."""
        found = shape.get("metadata", {})
        for key in self._metadata:
            try:
                yield metadata(found[key]) if key in found else ""
            except Unwritable as why:
                self._lost[f"{self._file.name}.{METADATA}{key} ({why})"] += 1
                yield why.cell


def _metadata_keys(shapes: Iterable[Shaped]) -> list[str]:
    """Return every key of metadata that a column can be called after, in the order in which they come."""
    found = (shape.get("metadata") for shape in shapes)
    return [key for key in dict.fromkeys(key for one in found if isinstance(one, dict) for key in one) if key]


def _held(file: File, binding: Binding) -> set[str]:
    """Return the members that stand in the cells of a bundle, or follow from these."""
    own = {column.member for column in file.columns if not column.is_withdrawn}
    joined = {one.join.member for one in binding.joined(file.name)}
    return own | joined | {"metadata"} | ({"children"} if "parent" in own else set())
