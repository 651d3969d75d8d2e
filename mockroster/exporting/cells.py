"""How a value stands in the cell of a CSV file, and what cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from itertools import chain
from typing import Any

from mockroster.errors import Unwritable
from mockroster.standard.csv import Column, Format, profile_sourced_id, profile_uri, source_cell
from mockroster.standard.fields import read_number

Cells = Sequence[str]
"""The cells of a row."""

Write = Callable[[Any], str]
"""Returns the cell of a value, blank for nothing. Raises ``Unwritable``."""

COMMA = "an item with a comma"
QUOTE = "an item with a double quote"
BRACES = "an item with { } or :"
BREAK = "line breaks written as blanks"
ROUNDED = "rounded"
TRIMMED = "blanks around an item"
TIMELESS = "only the date"
AS_TEXT = "written as text"
NOT_TEXT = "not a value that a cell can hold"
OTHER_URI = "under another URI"
GONE = "references to records that are left out"


_SEPARATORS = frozenset(',"')
"""What OneRoster has no place for in an item of a list, in braces or not."""


def writer(column: Column, gone: Set[str]) -> Write:
    """Return how the values of a column are written; ``gone`` are the ids of records that they must not refer to."""
    if column.member == "source":
        return lambda value: source_cell(text(value))
    if column.name == "userProfileSourcedId":
        return profile
    if column.format == "List of GUID References":
        return lambda value: _list(value, gone)
    return _WRITERS.get(column.format) or (_without(gone) if gone else text)


def text(value: Any) -> str:
    """Return a single value as a cell; a cell that begins with ``=`` is data like any other."""
    if type(value) is str:
        if "\n" in value or "\r" in value:
            raise Unwritable(BREAK, " ".join(value.split("\n")).replace("\r", ""))
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise Unwritable(NOT_TEXT)


def metadata(value: Any) -> str:
    """Return what stands in a column of metadata, where everything is text once it is read again."""
    if isinstance(value, str) and value:
        return text(value)
    raise Unwritable(AS_TEXT if isinstance(value, str | int | float) else NOT_TEXT, _scalar(value))


def _scalar(value: Any) -> str:
    return text(value) if isinstance(value, str | int | float) else ""


def profile(uri: Any) -> str:
    """Return the id of a user profile as CSV has it. Raises ``Unwritable`` where it comes back as another URI."""
    cell = profile_sourced_id(text(uri))
    if profile_uri(cell) != uri:
        raise Unwritable(OTHER_URI, cell)
    return cell


def _integer(value: Any) -> str:
    whole = round(value) if isinstance(value, float) else value
    if whole != value:
        raise Unwritable(ROUNDED, str(whole))
    return text(whole)


def _float(value: Any) -> str:
    cell = text(value)
    if isinstance(value, float) and read_number(cell) != value:
        raise Unwritable(ROUNDED, f"{value:.14g}")
    return cell


def _date(value: Any) -> str:
    cell = text(value)
    if cell[10:] not in {"", "T00:00:00.000Z"}:
        raise Unwritable(TIMELESS, cell[:10])
    return cell[:10]


def _list(value: Any, gone: Set[str] = frozenset()) -> str:
    if not isinstance(value, list):
        return text(value)
    items = [text(item) for item in value]
    whole = [item.strip() for item in items if not _SEPARATORS & set(item) and item not in gone]
    cell = ",".join(whole)
    if whole != items:
        raise Unwritable(_why(items, gone), cell)
    return cell


def _why(items: Sequence[str], gone: Set[str]) -> str:
    """Return why the items of a list are not all written as they are."""
    if any("," in item for item in items):
        return COMMA
    if any('"' in item for item in items):
        return QUOTE
    return TRIMMED if gone.isdisjoint(items) else GONE


def _pairs(value: Any) -> str:
    if not isinstance(value, list):
        return text(value)
    pairs = [tuple(map(text, item.values())) if isinstance(item, dict) else () for item in value]
    whole = [pair for pair in pairs if _is_pair(pair)]
    cell = ",".join(f"{{{first}:{second}}}" for first, second in whole)
    if len(whole) < len(pairs):
        marks = set("".join(chain.from_iterable(pairs)))
        raise Unwritable(COMMA if "," in marks else QUOTE if '"' in marks else BRACES, cell)
    return cell


def _is_pair(pair: Sequence[str]) -> bool:
    """Tell whether a pair comes back from a cell as it was."""
    return len(pair) == 2 and ":" not in pair[0] and not (_SEPARATORS | {"{", "}"}) & set("".join(pair))


def _without(gone: Set[str]) -> Write:
    def write(value: Any) -> str:
        if value in gone:
            raise Unwritable(GONE)
        return text(value)

    return write


_WRITERS: Mapping[Format, Write] = {
    "List of Pairs": _pairs,
    "List of Strings": _list,
    "List of Enumerations": _list,
    "Date": _date,
    "Integer": _integer,
    "Float": _float,
}
