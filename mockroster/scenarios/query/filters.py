"""Scenarios with another filter grammar, or a restricted list of filter members."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from werkzeug.wrappers import Response

from mockroster.errors import MalformedRequest, UnknownFilterField
from mockroster.query import parameters
from mockroster.query.filter import Clause, Filter
from mockroster.query.members import member, unknown_member
from mockroster.query.parameters import Query
from mockroster.roster.record import Record
from mockroster.scenarios.base import Pairs, ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, reason
from mockroster.scenarios.query.parameters import filter_of, parse_strictly, without_parameters
from mockroster.standard.model import Resource

_CLAUSE = re.compile(r"""([^\s=!<>~'"]+)\s*(!=|>=|<=|=|>|<|~)\s*('(?:[^']|'')*'|"[^"]*"|[^\s'"]+)""")
_LOGICAL = re.compile(r"\s+(AND|OR)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ChainedFilter(Filter):
    """Clauses joined by any number of ``AND`` and ``OR``; ``AND`` binds more tightly, as in SQL."""

    sizes: tuple[int, ...] = ()
    """The number of clauses of each group. Groups are joined by ``OR``, clauses of a group by ``AND``."""

    def matching(self, records: Sequence[Record]) -> list[Record]:
        """Return the records that match any group, in their order."""
        matches: set[int] = set()
        rest = self.clauses
        for size in self.sizes:
            matches.update(map(id, Filter(rest[:size]).matching(records)))
            rest = rest[size:]
        return [record for record in records if id(record) in matches]


@dataclass(frozen=True)
class LenientFilter(ReplyScenario):
    """A filter may have unquoted or double-quoted values, and any number of AND and OR; AND binds first.

    Filters that the standard allows are unaffected.

    Source: row 155 of the quirks table.
    """

    name = "lenient-filter"

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Remove a filter that the standard does not allow, and parse it by the other grammar."""
        original = filter_of(exchange, pairs)
        if original is None or parse_strictly(*original) is not None:
            return pairs
        exchange.notes["filter"] = _parse_leniently(*original)
        return without_parameters(pairs, "filter")

    def transform_query(self, exchange: Exchange, query: Query) -> Query:
        """Add the parsed filter."""
        parsed = exchange.notes.get("filter")
        return query if parsed is None else replace(query, filter=parsed)


def _parse_leniently(text: str, resource: Resource) -> ChainedFilter:
    """Parse a filter. Raise ``MalformedRequest`` if it is malformed, ``UnknownFilterField`` for an unknown member."""
    text = text.strip()
    clauses: list[Clause] = []
    sizes = [0]
    position = 0
    while True:
        match = _CLAUSE.match(text, position)
        if match is None:
            raise MalformedRequest(f"filter: {text[position:][:60]!r} is not a comparison such as status=active")
        clauses.append(_clause(match[1], match[2], match[3], resource))
        sizes[-1] += 1
        if match.end() == len(text):
            return ChainedFilter(tuple(clauses), None, tuple(sizes))
        logical = _LOGICAL.match(text, match.end())
        if logical is None:
            raise MalformedRequest(f"filter: {text[match.end() :].strip()[:60]!r} does not begin with AND or OR")
        if logical[1].upper() == "OR":
            sizes.append(0)
        position = logical.end()


def _clause(name: str, predicate: str, value: str, resource: Resource) -> Clause:
    known = member(resource, name)
    if known is None:
        raise UnknownFilterField(f"filter: {unknown_member(resource, name)}")
    if value[0] in "'\"":
        value = value[1:-1].replace("''", "'")
    return Clause(known, predicate, value)


@dataclass(frozen=True)
class FilterMembers(ReplyScenario):
    """Only some members can be filtered by; a filter on another is refused with 400.

    Collections without a listed member can be filtered by all members.

    Source: row 155 of the quirks table.
    """

    name = "filter-members"
    members: tuple[str, ...] = parameter(
        ("users.sourcedId", "users.status", "users.username", "users.email"),
        "members that can be filtered by, with their collection: users.email",
    )
    failing: tuple[str, ...] = parameter((), "members among them that fail with 500")

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Refuse a filter on another member."""
        original = filter_of(exchange, parameters.split(exchange.request.query_string))
        if original is None:
            return None
        text, resource = original
        prefix = f"{resource.collection}."
        allowed = [name.removeprefix(prefix) for name in self.members if name.startswith(prefix)]
        named = [match[1] for match in _CLAUSE.finditer(text)]
        refused = next((name for name in named if name not in allowed), None)
        if allowed and refused is not None:
            raise MalformedRequest(f"filter: {refused[:80]!r} cannot be filtered by, only {', '.join(allowed)}")
        if any(prefix + name in self.failing for name in named):
            return exchange.failure(500, f"{reason(500)}, injected by the scenario {self.name}")
        return None


@dataclass(frozen=True)
class BlankParameters(ReplyScenario):
    """A query parameter without a value, such as ``limit=``, is ignored instead of refused with 400.

    Source: row 155 of the quirks table.
    """

    name = "blank-parameters"

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Remove parameters without a value."""
        known = exchange.operation.query if exchange.operation else ()
        return [(name, value) for name, value in pairs if value.strip() or name not in known]


@dataclass(frozen=True)
class RsqlFilter(ReplyScenario):
    """A filter has another grammar: ``familyName==Lee,status!=tobedeleted``. A comma means AND; quotes are optional.

    ``==``, ``!=``, ``>``, ``>=``, ``<``, ``<=`` are known. A filter in the grammar of the standard is 400.

    Source: row 138 of the quirks table.
    """

    name = "rsql-filter"

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Parse the filter, and refuse it if it is malformed."""
        original = filter_of(exchange, parameters.split(exchange.request.query_string))
        if original is not None:
            exchange.notes["filter"] = Filter(tuple(_parse_rsql(*original)), "AND")
        return None

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Remove the parsed filter, which the server could not parse."""
        return without_parameters(pairs, "filter") if "filter" in exchange.notes else pairs

    def transform_query(self, exchange: Exchange, query: Query) -> Query:
        """Add the parsed filter."""
        parsed = exchange.notes.get("filter")
        return query if parsed is None else replace(query, filter=parsed)


_RSQL = re.compile(r"""([^\s=!<>,'"]+)(==|!=|>=|<=|>|<)('[^']*'|"[^"]*"|[^'",=!<>]+)(?:,|$)""")


def _parse_rsql(text: str, resource: Resource) -> Iterator[Clause]:
    position, text = 0, text.strip()
    while position < len(text):
        match = _RSQL.match(text, position)
        if match is None:
            raise MalformedRequest(f"filter: {text[position:][:60]!r} is not a comparison such as status==active")
        name, predicate, value = match.groups()
        yield _clause(name, "=" if predicate == "==" else predicate, value, resource)
        position = match.end()


@dataclass(frozen=True)
class FilterLimits(ReplyScenario):
    """A filter with too many clauses, or with a value that is too long, is refused with 400.

    Source: row 94 of the quirks table.
    """

    name = "filter-limits"
    clauses: int = parameter(20, "largest number of clauses", least=1, most=1000)
    length: int = parameter(250, "largest length of a value in characters", least=1, most=100_000)

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Refuse a filter over a limit."""
        original = filter_of(exchange, parameters.split(exchange.request.query_string))
        values = [match[3].strip("'\"") for match in _CLAUSE.finditer(original[0])] if original else []
        if len(values) > self.clauses:
            raise MalformedRequest(f"filter: {len(values)} clauses are more than {self.clauses}")
        if any(len(value) > self.length for value in values):
            raise MalformedRequest(f"filter: a value is longer than {self.length} characters")
        return None
