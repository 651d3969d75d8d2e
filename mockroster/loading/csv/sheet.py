"""One CSV file (RFC 4180): its header, its rows, and on which lines they stand.

Lines are only worked out once a fault asks for one: by reading the file a second time.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from mockroster.errors import Severity, UnreadableFixtures
from mockroster.loading.csv.margin import Margin, trimmed
from mockroster.loading.csv.quotes import bare_quotes
from mockroster.loading.written import Fault

Row = list[str]

_HINT = re.compile(r'"?sep=(.?)"?[,;\t|]*\s*', re.IGNORECASE)
"""What some programs put before the header, to tell spreadsheets what stands between cells."""


class Sheet:
    """A CSV file. ``faults`` grows while its rows are read."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        """As in messages: ``demo.zip/users.csv``."""

        self.kind = PurePosixPath(name).stem
        """``users``."""

        self.faults: list[Fault] = []
        self._content = content
        lines = self._text()
        top = next(lines, "")
        hint = _HINT.fullmatch(top)
        self._above = 1 if hint else 0
        self._separator = _separator(next(lines, "") if hint else top)
        first = next(self._numbered(), None)
        raw = first[1] if first else []
        self.header: Row = trimmed(raw)
        """Its cells up to the last one with a name; the empty text for those without."""

        self._margin = Margin(self.header, len(raw))
        if hint:
            self._hinted(hint[0].strip())
        elif self._separator != ",":
            self.fault(-1, "", f"cells are separated by {self._separator!r}, and OneRoster has commas")

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header, each as long as the header; what is wrong with their form goes to faults."""
        width, number = len(self.header), -1
        is_nameless = "" in self.header
        blank: list[int] = []
        reader = self._reader()
        try:
            for row in reader:
                if not any(row):
                    if row:
                        blank.append(reader.line_num + self._above)
                    continue
                if number >= 0:
                    if (len(row) != width or is_nameless) and not self._margin.takes(row):
                        self._ragged(number, row)
                    yield (row + [""] * width)[:width] if len(row) != width else row
                number += 1
        except csv.Error as error:
            self._unreadable(number, error)
        if blank:
            self._blank(blank)
        for message, severity in self._margin.faults():
            self.fault(-1, "", message, severity)
        if reader.line_num > number + 1:
            self._broken_lines()
        self._bare_quotes()

    def line(self, number: int) -> int | None:
        """Return the line on which a row begins; rows count from 0, the header is -1."""
        lines = self._line_numbers
        return lines[number + 1] if number + 1 < len(lines) else None

    def fault(self, number: int | None, column: str, message: str, severity: Severity = "error") -> None:
        """Note what is wrong with a cell, with a column (row -1), or with the file (no row)."""
        line = None if number is None else self.line(number)
        where = column if number is None or number < 0 else f"{self.kind}[{number}]" + (f".{column}" if column else "")
        self.faults.append(Fault(self.name, line, where, message, severity))

    @cached_property
    def _line_numbers(self) -> list[int]:
        return [line for line, _ in self._numbered()]

    def _text(self) -> Iterator[str]:
        try:
            return io.StringIO(self._content.decode("utf-8-sig"), newline="")
        except UnicodeDecodeError as error:
            raise UnreadableFixtures(f"{self.name}: byte {error.start} is not UTF-8; save the file as UTF-8") from None

    def _lines(self) -> Iterator[str]:
        """Return the lines from the header on."""
        return islice(self._text(), self._above, None)

    def _reader(self) -> Any:
        return csv.reader(self._lines(), strict=True, delimiter=self._separator)

    def _numbered(self) -> Iterator[tuple[int, Row]]:
        """Yield every row that is not blank, the header too, with the line on which it begins."""
        reader = self._reader()
        before = self._above
        try:
            for row in reader:
                if any(row):
                    yield before + 1, row
                before = reader.line_num + self._above
        except csv.Error:
            yield before + 1, []

    def _hinted(self, line: str) -> None:
        commas = "" if self._separator == "," else ", and separate cells by commas"
        message = f"{line[:20]!r} is for spreadsheets, and no header; remove the line{commas}"
        self.faults.append(Fault(self.name, 1, "", message))

    def _blank(self, lines: list[int]) -> None:
        """Warn once of rows in which no cell is filled: spreadsheets leave many of them, and nothing is lost."""
        said = "the row is blank" if len(lines) == 1 else f"{len(lines):,} rows are blank, this is the first of them"
        self.faults.append(Fault(self.name, lines[0], "", f"{said}; passed over", "violation"))

    def _ragged(self, number: int, row: Row) -> None:
        width = self._margin.width
        said = f"has {len(row)} cell{'s' * (len(row) != 1)} where the header has {width}"
        hint = "; a cell that holds a comma must stand in double quotes" if len(row) > width else ""
        self.fault(number, "", said + hint)

    def _unreadable(self, number: int, error: csv.Error) -> None:
        said = str(error)
        if said == "unexpected end of data":
            said = "a double quote is opened here and never closed"
        elif "field larger" in said:
            said = f"a cell has more than {csv.field_size_limit():,} characters; is a double quote never closed?"
        else:
            said = f"cannot be read as CSV ({said}); a double quote inside of a cell is written twice"
        self.fault(number, "", f"{said}; the rest of the file is not read")

    def _broken_lines(self) -> None:
        """Warn of cells that go over several lines: RFC 4180 has them, OneRoster does not."""
        for number, row in enumerate(self.rows_again()):
            for column, cell in zip(self.header, row, strict=False):
                if "\n" in cell or "\r" in cell:
                    self.fault(number, column, "has a line break, which OneRoster has no place for in CSV", "violation")

    def _bare_quotes(self) -> None:
        """Warn of double quotes in cells that do not begin with one: RFC 4180 has a cell with a quote quoted."""
        line, before = 1, 0
        for place in bare_quotes(self._content, self._separator):
            breaks = self._content.count(b"\n", before, place)
            if breaks or not before:
                message = "a double quote stands in a cell that is not in double quotes; quote the cell, and double it"
                self.faults.append(Fault(self.name, line + breaks, "", message, "violation"))
            line, before = line + breaks, place

    def rows_again(self) -> Iterator[Row]:
        """Yield the rows below the header once more, as they are, without a word about faults."""
        rows = self._numbered()
        next(rows, None)
        return (row for _, row in rows)


def _separator(header: str) -> str:
    """Return what stands between cells: a comma, or where there is none what some spreadsheets write instead."""
    return "," if "," in header else next((mark for mark in ";\t|" if mark in header), ",")
