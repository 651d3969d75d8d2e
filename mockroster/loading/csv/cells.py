"""What stands in a cell: a text, a list, pairs in braces.

A value that its member's own field can judge (a boolean, a number, a word of an enumeration) stays the text that it is;
only what CSV writes in a way of its own is read here, and only what CSV forbids and the models allow is a fault here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mockroster.errors import Habit, Unfit
from mockroster.standard.csv import Column, Format, source_member
from mockroster.standard.fields import read_moment, read_number
from mockroster.standard.vocabularies import STATUS

_PAIR = re.compile(r"\s*\{([^{}:]*):([^{}]*)\}\s*(?:,|$)")
_GUID = re.compile(r"[0-9A-Za-z._/@-]+")
_INTEGER = re.compile(r"-?[0-9]+")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_TRUTH = {"true": "true", "false": "false"}

Read = Callable[[str], Any]
"""Returns the value of a cell that is not blank, or nothing where it is passed over. Raises ``Unfit``, ``Habit``."""


def reader(column: Column) -> Read | None:
    """Return how the cells of a column are read; nothing where they are taken as they are."""
    if column.format == "List of Pairs":
        return _pairs(*_names(column))
    if column.member == "source":
        return source_member
    return _READERS.get(column.format)


def bulk_reader(column: Column) -> Read:
    """Return how cells that must be blank in bulk files are read: those that mean nothing are passed over."""

    def word(cell: str) -> str | None:
        return cell if cell in STATUS else None

    def moment(cell: str) -> str | None:
        return None if len(cell) == 10 or read_moment(cell) is None else cell

    return moment if column.format == "DateTime" else word


def _list(cell: str) -> list[str]:
    items = cell.split(",")
    if " " in cell:
        bare = [item.strip() for item in items]
        if bare != items:
            raise Unfit(f"{cell[:80]!r} has blanks around its items; they are left off", bare, "violation")
    return items


def _date(cell: str) -> str:
    if len(cell) != 10 and read_moment(cell) is not None:
        raise Unfit(f"{cell[:80]!r} is not a date such as 2026-01-15: CSV has it without a time", cell)
    return cell


def _moment(cell: str) -> str:
    if len(cell) == 10 and read_moment(cell) is not None:
        raise Unfit(f"{cell!r} is not a date and time such as 2026-01-15T08:00:00.000Z", cell)
    if not _UTC.fullmatch(cell) and read_moment(cell) is not None:
        raise Habit("is not written as 2026-01-15T08:00:00.000Z; a time without a zone is taken for UTC", cell)
    return cell


def _boolean(cell: str) -> str:
    plain = _TRUTH.get(cell.lower(), cell)
    if plain != cell:
        raise Unfit(f"{cell!r} is taken for {plain}: OneRoster writes it small", plain, "violation")
    return plain


def _integer(cell: str) -> str:
    if not _INTEGER.fullmatch(cell) and read_number(cell) is not None:
        raise Unfit(f"{cell[:80]!r} is not a whole number, as CSV has it here", cell)
    return cell


def _guid(cell: str) -> str:
    if not _GUID.fullmatch(cell):
        odd = next(mark for mark in cell if not _GUID.fullmatch(mark))
        message = f"{cell[:80]!r} holds {odd!r}; an id of OneRoster has letters, digits and . - _ / @ only"
        raise Unfit(message, cell, "violation")
    return cell


def _names(column: Column) -> tuple[str, str]:
    first, second = column.field.inner.schema.members  # type: ignore[union-attr]
    return first, second


def _pairs(first: str, second: str) -> Read:
    def pairs(cell: str) -> Any:
        found, at = [], 0
        while at < len(cell):
            match = _PAIR.match(cell, at)
            if match is None:
                raise Unfit(f"{cell[at : at + 80]!r} is not a list such as {{{first}:{second}}},{{…:…}}", cell)
            found.append({first: match[1], second: match[2]})
            at = match.end()
        return found

    return pairs


_READERS: dict[Format, Read] = {
    "GUID": _guid,
    "List of GUID References": _list,
    "List of Strings": _list,
    "List of Enumerations": _list,
    "Boolean": _boolean,
    "Date": _date,
    "DateTime": _moment,
    "Integer": _integer,
}
