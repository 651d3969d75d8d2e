"""What stands in a cell: a text, a list, pairs in braces.

A value that its member's own field can judge (a boolean, a number, a word of an enumeration) stays the text that it is;
only what CSV writes in a way of its own is read here, and only what CSV forbids and the models allow is a fault here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError

from mockroster.errors import Habit, Unfit
from mockroster.standard.csv import SOURCE, Column, Format, source_cell, source_member
from mockroster.standard.fields import Listed, Member, OpenVocabulary, Vocabulary, read_moment, read_number
from mockroster.standard.vocabularies import STATUS

_PAIR = re.compile(r"\s*\{([^{}:]*):([^{}]*)\}\s*(?:,|$)")
_GUID = re.compile(r"[0-9A-Za-z._/@-]+")
_INTEGER = re.compile(r"-?[0-9]+")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_SEPARATORS = frozenset(',"')
"""What no item of a list may hold, though braces keep the items apart: not every reader looks at braces."""

_TRUTH = {"true": "true", "false": "false"}

Read = Callable[[str], Any]
"""Returns the value of a cell that is not blank, or nothing where it is passed over. Raises ``Unfit``, ``Habit``."""


def reader(column: Column) -> Read | None:
    """Return how the cells of a column are read; nothing where they are taken as they are."""
    if column.format == "List of Pairs":
        return _pairs(*_names(column))
    if column.member == "source":
        return _source
    inner = column.field.inner if isinstance(column.field, Listed) else column.field
    if isinstance(inner, Vocabulary) and not isinstance(inner, OpenVocabulary):
        return _words(inner) if isinstance(column.field, Listed) else _word(inner)
    return _READERS.get(column.format)


def checked(field: Member, read: Read | None) -> Read:
    """Return a reader that also refuses what a field refuses, for columns that no model has a member for."""

    def look(cell: str) -> Any:
        try:
            field.deserialize(field.accept(cell))
        except ValidationError as error:
            raise Unfit("; ".join(map(str, error.messages)), cell) from None
        return read(cell) if read else cell

    return look


def _word(field: Vocabulary) -> Read:
    """Return a reader of words of a closed enumeration: the models are those of 1.2, which has more, and ``ext:``."""
    known = {word: word for word in field.words}

    def word(cell: str) -> str:
        return known.get(cell) or str(checked(field, None)(cell))

    return word


def _words(field: Vocabulary) -> Read:
    word = _word(field)

    def words(cell: str) -> list[str]:
        items = _list(cell)
        try:
            return [word(item) for item in items]
        except Unfit as unfit:
            raise Unfit(str(unfit), items) from None

    return words


def _source(cell: str) -> str:
    """Return the source of a learning objective as the models have it; both have extensions, spelt differently."""
    try:
        SOURCE.deserialize(cell)
    except ValidationError as error:
        hint = f"; CSV writes {source_cell(cell)!r}" if source_cell(cell) != cell else ""
        raise Unfit(f"{error.messages[0]}{hint}", cell) from None
    return source_member(cell)


def bulk_reader(column: Column) -> Read:
    """Return how cells that must be blank in bulk files are read: those that mean nothing are passed over."""

    def word(cell: str) -> str | None:
        return cell if cell in STATUS else None

    def moment(cell: str) -> str | None:
        return None if len(cell) == 10 or read_moment(cell) is None else cell

    return moment if column.format == "DateTime" else word


def _list(cell: str) -> list[str]:
    items = cell.split(",")
    if '"' in cell:
        odd = next(item for item in items if '"' in item)
        message = f"{odd.strip()[:80]!r} holds a double quote, which OneRoster has no place for in an item of a list"
        raise Unfit(message, [item.strip() for item in items], "violation")
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
        odd = next((item for item in found if _SEPARATORS & set("".join(item.values()))), None)
        if odd is not None:
            shown = f"{{{odd[first]}:{odd[second]}}}"
            mark = "comma" if "," in shown else "double quote"
            message = f"{shown[:80]!r} holds a {mark}, which OneRoster has no place for in an item of a list"
            raise Unfit(f"{message}: strict readers split it there", found, "violation")
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
