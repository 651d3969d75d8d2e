"""The filter of section 3.4.3: ``familyName='Lee' AND dateLastModified>'2026-01-15'``.

The parser is our own because the grammar is one line long and its error messages are part of the product. A doubled
quote stands for a quote, spaces around a predicate are allowed, and there is at most one ``AND`` or ``OR``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import Any

from mockroster.errors import MalformedFilter, UnknownFilterField
from mockroster.query.comparison import Operator, Predicate
from mockroster.query.members import Member, member, unknown_member
from mockroster.roster.record import Record
from mockroster.roster.store import values_of
from mockroster.standard.model import Resource

Matcher = Callable[[Sequence[Record]], Iterable[bool]]
"""Returns whether each record matches. It takes all records because a call for each would cost more than the test."""

_CLAUSE = re.compile(r"([^\s=!<>~']+)\s*(!=|>=|<=|=|>|<|~)\s*'((?:[^']|'')*)'")
_LOGICAL = re.compile(r"\s+(AND|OR)\s+")
_OPERATORS: dict[str, Operator] = {
    "=": operator.eq,
    "!=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_FORM = "a filter is member, predicate (one of = != > >= < <= ~) and a value in single quotes, such as status='active'"


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison of a filter."""

    member: Member
    predicate: str
    value: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter: one clause, or two joined by ``AND`` or ``OR``."""

    clauses: tuple[Clause, ...]
    logical: str | None = None

    def matching(self, records: Sequence[Record]) -> list[Record]:
        """Return the records that match, in their order.

        Raises ``MalformedFilter`` for a value that the member cannot hold.
        """
        matchers = [_matcher(clause) for clause in self.clauses]
        if self.logical == "OR":
            return list(compress(records, map(operator.or_, *(matcher(records) for matcher in matchers))))
        matches = list(records)
        for matcher in matchers:
            matches = list(compress(matches, matcher(matches)))
        return matches


def parse(text: str, resource: Resource) -> Filter:
    """Parse a filter on the records of a resource.

    Raises ``MalformedFilter`` for bad syntax and ``UnknownFilterField`` for a member that the records do not have.
    """
    text = text.strip()
    first = _CLAUSE.match(text)
    if first is None:
        raise MalformedFilter(_syntax_error(text, 0))
    if first.end() == len(text):
        return Filter((_clause(first, resource),))
    logical = _LOGICAL.match(text, first.end())
    second = _CLAUSE.match(text, logical.end()) if logical else None
    if logical is None or second is None:
        raise MalformedFilter(_syntax_error(text, logical.end() if logical else first.end()))
    if _LOGICAL.match(text, second.end()):
        raise MalformedFilter("filter: more than one AND or OR; the standard allows one at most")
    if second.end() != len(text):
        raise MalformedFilter(_syntax_error(text, second.end()))
    return Filter((_clause(first, resource), _clause(second, resource)), logical[1])


def _syntax_error(text: str, position: int) -> str:
    """Return the error message for a filter that is malformed from a position on."""
    rest = text[position:].strip()
    if not rest:
        return f"filter: it ends too early; {_FORM}"
    if re.match(r"(and|or)\s", rest, re.IGNORECASE) or position:
        return f"filter: {rest[:60]!r} is not AND or OR in capitals, a blank on each side, and a comparison; {_FORM}"
    if re.match(r"[^\s=!<>~']+\s*(!=|>=|<=|=|>|<|~)", rest):
        return f"filter: the value in {rest[:60]!r} is not in single quotes (a quote inside is written twice); {_FORM}"
    return f"filter: {rest[:60]!r} is not a comparison; {_FORM}"


def _clause(match: re.Match[str], resource: Resource) -> Clause:
    name = match[1]
    known = member(resource, name)
    if known is None:
        raise UnknownFilterField(f"filter: {unknown_member(resource, name)}")
    return Clause(known, match[2], match[3].replace("''", "'"))


def _matcher(clause: Clause) -> Matcher:
    """Return the matcher of one clause."""
    if clause.predicate == "~":
        return _contains(clause)
    try:
        test = clause.member.comparison(clause.value, _OPERATORS[clause.predicate])
    except ValueError as problem:
        raise MalformedFilter(f"filter: {clause.member.path[:80]} {problem}, not {clause.value[:80]!r}") from None
    if clause.predicate not in {"=", "!="}:
        return _ordered(clause, test)
    equal = _listed_equal(clause, test) if clause.member.listed else _equal(clause, test)
    return equal if clause.predicate == "=" else lambda records: map(operator.not_, equal(records))


def _equal(clause: Clause, test: Predicate) -> Matcher:
    read = clause.member.read
    return lambda records: [value is not None and test(value) for value in map(read, records)]


def _listed_equal(clause: Clause, test: Predicate) -> Matcher:
    """Match lists that hold the value, or all of its comma-separated values."""
    read = clause.member.read
    wanted = set(clause.value.split(",")) if "," in clause.value else None

    def matches(record: Record) -> bool:
        values = values_of(read(record))
        return (wanted is not None and wanted <= {*map(str, values)}) or any(map(test, values))

    return partial(map, matches)


def _ordered(clause: Clause, test: Predicate) -> Matcher:
    read = clause.member.read
    return lambda records: [
        any(map(test, value)) if isinstance(value, list) else value is not None and test(value)
        for value in map(read, records)
    ]


def _contains(clause: Clause) -> Matcher:
    """Match values that contain the text, ignoring case; in a list, any of its comma-separated texts."""
    read, wanted = clause.member.read, [clause.value.casefold()]
    if clause.member.listed:
        wanted += clause.value.casefold().split(",")

    def matches(record: Record) -> bool:
        return any(text in _casefolded(value) for value in values_of(read(record)) for text in wanted)

    return partial(map, matches)


def _casefolded(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value).casefold()
