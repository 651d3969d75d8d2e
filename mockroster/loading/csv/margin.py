"""The right margin of a CSV file: cells below a header cell without a name, and beyond the header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockroster.errors import Severity

Row = list[str]


def trimmed(header: Row) -> Row:
    """Return a header without the cells after the last name; one of blanks only has no name."""
    names = [name if name.strip() else "" for name in header]
    while names and not names[-1]:
        names.pop()
    return names


class Margin:
    """Counts the cells of a file that are in no column: blank ones are one fault, and filled ones another."""

    def __init__(self, header: Sequence[str], width: int) -> None:
        self.width = width
        """Cells of the header, those without a name too."""

        self._named = len(header)
        self._nameless = [position for position, name in enumerate(header) if not name]
        self._blank_rows = 0
        self._filled_rows = 0

    def takes(self, row: Row) -> bool:
        """Count a row, and return whether its form is right but for cells in no column."""
        if len(row) < self._named or any(row[self.width :]):
            return False
        self._blank_rows += len(row) > self.width
        self._filled_rows += any(row[self._named :]) or any(row[position] for position in self._nameless)
        return True

    def faults(self) -> Iterator[tuple[str, Severity]]:
        """Yield the message and the severity of each fault of the margin."""
        count = self.width - self._named + len(self._nameless)
        if self._filled_rows:
            rows = _rows(self._filled_rows)
            yield f"columns without a name ({count}) are filled in {rows}, and are not read; name them", "error"
        elif count:
            yield f"columns without a name ({count}) are blank; leave them out", "violation"
        elif self._blank_rows:
            rows = _rows(self._blank_rows)
            yield (
                f"blank cells stand beyond the header in {rows}; leave them out (or quote a cell with a comma)",
                "violation",
            )


def _rows(count: int) -> str:
    return f"{count:,} row{'s' * (count != 1)}"
