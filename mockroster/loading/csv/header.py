"""The header of a CSV file: which of its cells stand for what.

What leaves the meaning of the cells clear, such as another order of the columns, is a warning; what makes it unclear is
an error. A column whose name is nearly right is taken for the one that is meant, so that one slip is one fault and not
one in each row. Where it stands says nothing: a column of a provider's own may stand in the place of a missing one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from mockroster.loading.csv.names import nearest_column, same_column
from mockroster.loading.csv.sheet import Sheet
from mockroster.standard.csv import METADATA, Binding, Column, File, JoinedFile
from mockroster.standard.versions import BINDINGS


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a row things stand."""

    columns: Mapping[str, int]
    """The position of each column that is there."""

    metadata: Mapping[str, int]
    """The position of each metadata column by its key."""

    missing: frozenset[str]
    """The columns in which the standard demands a value and that are not there."""


MOST_COMPARED = 1000
"""Unknown columns for which the nearest name is looked for at most."""


def read(sheet: Sheet, file: File, number: str, mode: str) -> Places:
    """Return where things stand, and note in the sheet what is wrong with its header."""
    columns: dict[str, int] = {}
    metadata: dict[str, int] = {}
    unknown: dict[str, int] = {}
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
    for name, meant in _meanings(unknown, file, absent).items():
        _unknown(sheet, file, number, name, meant)
        if meant:
            columns[meant] = unknown[name]
            absent.remove(meant)
    for name in absent:
        _missing(sheet, file.by_name[name], number, mode)
    if not absent and not unknown:
        _check_order(sheet, file, number)
    if metadata and isinstance(file, JoinedFile):
        sheet.fault(-1, "", f"rows of {file.name}.csv have no metadata in the models; it is passed over", "warning")
    return Places(columns, metadata, frozenset(name for name in absent if file.by_name[name].need == "Y"))


def _meanings(unknown: Iterable[str], file: File, absent: Iterable[str]) -> dict[str, str | None]:
    """Return the missing column that each unknown one is taken for, if any; each is meant once.

    A name that only differs in capitals and separators comes before one that is merely near.
    """
    left = list(absent)
    found: dict[str, str | None] = dict.fromkeys(unknown)
    for find in (same_column, nearest_column):
        for name in islice(found, MOST_COMPARED):
            meant = find(name, file, left) if left and found[name] is None else None
            if meant:
                left.remove(meant)
                found[name] = meant
    return found


def _unknown(sheet: Sheet, file: File, number: str, name: str, meant: str | None) -> None:
    """Note a column that the file does not have: an error where its cells are read as those of another one."""
    message = f"is not a column of {file.name}.csv in OneRoster {number}"
    if meant:
        sheet.fault(-1, name[:80], f"{message}; did you mean {meant!r}?")
        return
    other = next((one.number for one in BINDINGS.values() if name in _columns(one, file.name)), None)
    hint = f"only {other} has it" if other else f"a column of your own is called {METADATA}{name[:80]}"
    sheet.fault(-1, name[:80], f"{message}, so it is not read; {hint}", "violation")


def _columns(binding: Binding, name: str) -> Collection[str]:
    return binding.by_name[name].by_name if name in binding.by_name else ()


def _missing(sheet: Sheet, column: Column, number: str, mode: str) -> None:
    if column.need == "D" and mode == "delta":
        sheet.fault(-1, column.name, "the column is missing, and each row of a delta file has a value in it")
    elif column.need == "Y":
        sheet.fault(-1, column.name, f"the column is missing, and OneRoster {number} demands a value in it")
    else:
        message = f"the column is missing; OneRoster {number} demands it, even where all its cells are blank"
        sheet.fault(-1, column.name, message, "violation")


def _check_order(sheet: Sheet, file: File, number: str) -> None:
    names = tuple(name for name in sheet.header if name)
    if any(names[: len(header)] == header and _are_metadata(names[len(header) :]) for header in file.headers):
        return
    own = [name for name in names if not name.startswith(METADATA)]
    if tuple(own) in file.headers:
        sheet.fault(-1, "", f"columns of {METADATA}* must stand at the right end, after {own[-1]}", "violation")
        return
    header = next((one for one in file.headers if set(one) == set(own)), file.header)
    found, right = next((pair for pair in zip(own, header, strict=False) if pair[0] != pair[1]), ("", ""))
    if right:
        message = f"the order of the columns is not that of OneRoster {number}: {found} stands where {right} must"
        sheet.fault(-1, "", message, "violation")


def _are_metadata(names: Sequence[str]) -> bool:
    return all(name.startswith(METADATA) for name in names)
