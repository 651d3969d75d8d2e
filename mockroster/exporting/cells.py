"""How a value stands in the cell of a CSV file, and what cannot."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from mockroster.spec.csv import Column, profile_sourced_id, source_cell

Write = Callable[[Any], str]
"""Returns the cell of a value, blank for nothing. Raises ``Unwritable``."""

COMMA = "an item with a comma"
BRACES = "an item with { } or :"
BREAK = "line breaks written as blanks"
ROUNDED = "rounded to whole numbers"
NOT_TEXT = "not a value that a cell can hold"
GONE = "references to records that are left out"


class Unwritable(Exception):
    """CSV cannot hold a value. ``cell`` is what is written all the same."""

    def __init__(self, why: str, cell: str = "") -> None:
        super().__init__(why)
        self.cell = cell


def writer(column: Column, gone: Collection[str]) -> Write:
    """Return how the values of a column are written; ``gone`` are the ids of records that they must not refer to."""
    if column.member == "source":
        return lambda value: source_cell(text(value))
    if column.format == "List of Pairs":
        return _pairs
    if column.format == "Date":
        return lambda value: text(value)[:10]
    if column.format == "Integer":
        return _integer
    if column.name == "userProfileSourcedId":
        return lambda value: profile_sourced_id(text(value))
    if column.format.startswith("List"):
        return _list_without(gone) if gone else _list
    return _without(gone) if gone else text


def text(value: Any) -> str:
    """Return a single value as a cell; a cell that begins with ``=`` is data like any other."""
    if type(value) is str:
        if "\n" in value or "\r" in value:
            raise Unwritable(BREAK, " ".join(value.split("\n")).replace("\r", ""))
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise Unwritable(NOT_TEXT)


def _integer(value: Any) -> str:
    if isinstance(value, float):
        whole = round(value)
        if whole != value:
            raise Unwritable(ROUNDED, str(whole))
        return str(whole)
    return text(value)


def _list(value: Any) -> str:
    if not isinstance(value, list):
        return text(value)
    items = [text(item) for item in value]
    whole = [item for item in items if "," not in item]
    if len(whole) < len(items):
        raise Unwritable(COMMA, ",".join(whole))
    return ",".join(whole)


def _pairs(value: Any) -> str:
    if not isinstance(value, list):
        return text(value)
    pairs = [tuple(map(text, item.values())) if isinstance(item, dict) else () for item in value]
    whole = [pair for pair in pairs if len(pair) == 2 and ":" not in pair[0] and not set("{}") & set("".join(pair))]
    cell = ",".join(f"{{{first}:{second}}}" for first, second in whole)
    if len(whole) < len(pairs):
        raise Unwritable(BRACES, cell)
    return cell


def _without(gone: Collection[str]) -> Write:
    def write(value: Any) -> str:
        if value in gone:
            raise Unwritable(GONE)
        return text(value)

    return write


def _list_without(gone: Collection[str]) -> Write:
    def write(value: Any) -> str:
        if isinstance(value, list) and not gone.isdisjoint(value):
            raise Unwritable(GONE, _list([item for item in value if item not in gone]))
        return _list(value)

    return write
