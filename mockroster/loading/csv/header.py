"""The header of a CSV file: which of its cells stand for what.

What leaves the meaning of the cells clear, such as another order of the columns, is a warning; what makes it unclear or
loses data is an error. A column whose name is nearly right, or that stands where one is missing, is taken for the one
that is meant, so that one slip is one fault and not one in each row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from mockroster.loading.csv.sheet import Sheet
from mockroster.spec.csv import METADATA, Column, File, JoinedFile


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a row things stand."""

    columns: Mapping[str, int]
    """The position of each column that is there."""

    metadata: Mapping[str, int]
    """The position of each metadata column by its key."""

    missing: frozenset[str]
    """The columns in which the standard demands a value and that are not there."""


def read(sheet: Sheet, file: File, number: str, mode: str) -> Places:
    """Return where things stand, and note in the sheet what is wrong with its header."""
    columns: dict[str, int] = {}
    metadata: dict[str, int] = {}
    unknown: dict[str, int] = {}
    nameless = sum(not name for name in sheet.header)
    if nameless:
        sheet.fault(-1, "", f"columns without a name ({nameless}) are not read; leave them out")
    for position, name in enumerate(sheet.header):
        if not name:
            continue
        key = name.removeprefix(METADATA)
        is_metadata = name.startswith(METADATA) and key != ""
        target = metadata if is_metadata else columns if name in file.by_name else unknown
        if (key if is_metadata else name) in target:
            sheet.fault(-1, name[:80], "the column is there twice; only the first one is read")
        else:
            target[key if is_metadata else name] = position
    absent = [name for name in file.header if name not in columns]
    for name, position in unknown.items():
        meant = _meant(name, position, file, absent)
        _unknown(sheet, file, number, name, meant)
        if meant:
            columns[meant] = position
            absent.remove(meant)
    for name in absent:
        _missing(sheet, file.by_name[name], number, mode)
    if not absent and not unknown:
        _check_order(sheet, file, number)
    if metadata and isinstance(file, JoinedFile):
        sheet.fault(-1, "", f"rows of {file.name}.csv have no metadata in the models; it is passed over", "warning")
    return Places(columns, metadata, frozenset(name for name in absent if file.by_name[name].need == "Y"))


def _meant(name: str, position: int, file: File, absent: Sequence[str]) -> str | None:
    """Return the missing column that an unknown one is taken for: that of the nearest name, or of the same place."""
    close = get_close_matches(name[:100], absent, n=1)
    return next((one for one in (*close, *file.header[position : position + 1]) if one in absent), None)


def _unknown(sheet: Sheet, file: File, number: str, name: str, meant: str | None) -> None:
    hint = f"did you mean {meant!r}?" if meant else f"a column of your own is called {METADATA}{name[:80]}"
    sheet.fault(-1, name[:80], f"is not a column of {file.name}.csv in OneRoster {number}; {hint}")


def _missing(sheet: Sheet, column: Column, number: str, mode: str) -> None:
    if column.need == "D" and mode == "delta":
        sheet.fault(-1, column.name, "the column is missing, and each row of a delta file has a value in it")
    elif column.need == "Y":
        sheet.fault(-1, column.name, f"the column is missing, and OneRoster {number} demands a value in it")
    else:
        message = f"the column is missing; OneRoster {number} demands it, even where all its cells are blank"
        sheet.fault(-1, column.name, message, "warning")


def _check_order(sheet: Sheet, file: File, number: str) -> None:
    names = tuple(sheet.header)
    if any(names[: len(header)] == header and _are_metadata(names[len(header) :]) for header in file.headers):
        return
    own = [name for name in names if not name.startswith(METADATA)]
    if tuple(own) in file.headers:
        sheet.fault(-1, "", f"columns of {METADATA}* must stand at the right end, after {own[-1]}", "warning")
        return
    header = next((one for one in file.headers if set(one) == set(own)), file.header)
    found, right = next((pair for pair in zip(own, header, strict=False) if pair[0] != pair[1]), ("", ""))
    if right:
        message = f"the order of the columns is not that of OneRoster {number}: {found} stands where {right} must"
        sheet.fault(-1, "", message, "warning")


def _are_metadata(names: Sequence[str]) -> bool:
    return all(name.startswith(METADATA) for name in names)
