"""Scenarios in which a provider's filter has a grammar, or a list of members, of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from werkzeug.wrappers import Response

from mockroster.errors import MalformedRequest, UnknownFilterField, nearest
from mockroster.query import parameters
from mockroster.query.filter import Clause, Filter
from mockroster.query.members import member, member_names
from mockroster.query.parameters import Query
from mockroster.roster.record import Record
from mockroster.scenarios.base import Pairs, ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, reason
from mockroster.scenarios.queries import filter_of, strictly_read, without
from mockroster.standard.model import Resource

_CLAUSE = re.compile(r"""([^\s=!<>~'"]+)\s*(!=|>=|<=|=|>|<|~)\s*('(?:[^']|'')*'|"[^"]*"|[^\s'"]+)""")
_LOGICAL = re.compile(r"\s+(AND|OR)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ChainedFilter(Filter):
    """Clauses joined by any number of ``AND`` and ``OR``; ``AND`` binds more tightly, as in SQL."""

    sizes: tuple[int, ...] = ()
    """How many clauses each group has; the groups are joined by ``OR``, the clauses of a group by ``AND``."""

    def passing(self, records: Sequence[Record]) -> list[Record]:
        """Return the records that pass any of the groups, in their order."""
        passed: set[int] = set()
        rest = self.clauses
        for size in self.sizes:
            passed.update(map(id, Filter(rest[:size]).matching(records)))
            rest = rest[size:]
        return [record for record in records if id(record) in passed]


@dataclass(frozen=True)
class LenientFilter(ReplyScenario):
    """A filter may have values without quotes or in double ones, and any number of AND and OR, AND first.

    What the standard allows means what it means there.

    Source: row 155 of the quirks table.
    """

    name = "lenient-filter"

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Take out a filter that the standard does not allow, and read it by the other grammar."""
        given = filter_of(exchange, pairs)
        if given is None or strictly_read(*given) is not None:
            return pairs
        exchange.notes["filter"] = _leniently_read(*given)
        return without(pairs, "filter")

    def reread(self, exchange: Exchange, query: Query) -> Query:
        """Put the filter in."""
        found = exchange.notes.get("filter")
        return query if found is None else replace(query, filter=found)


def _leniently_read(text: str, resource: Resource) -> ChainedFilter:
    """Read a filter. Raises ``MalformedRequest`` for one that is none, ``UnknownFilterField`` for an unknown member."""
    text = text.strip()
    clauses: list[Clause] = []
    sizes = [0]
    position = 0
    while True:
        found = _CLAUSE.match(text, position)
        if found is None:
            raise MalformedRequest(f"filter: {text[position:][:60]!r} is not a comparison such as status=active")
        clauses.append(_clause(found, resource))
        sizes[-1] += 1
        if found.end() == len(text):
            return ChainedFilter(tuple(clauses), None, tuple(sizes))
        logical = _LOGICAL.match(text, found.end())
        if logical is None:
            raise MalformedRequest(f"filter: {text[found.end() :].strip()[:60]!r} does not begin with AND or OR")
        if logical[1].upper() == "OR":
            sizes.append(0)
        position = logical.end()


def _clause(found: re.Match[str], resource: Resource) -> Clause:
    name, predicate, value = found.groups()
    known = member(resource, name)
    if known is None:
        suggestion = nearest(name, member_names(resource))
        raise UnknownFilterField(f"filter: {resource.collection} have no member {name[:80]!r}{suggestion}")
    if value[0] in "'\"":
        value = value[1:-1].replace("''", "'")
    return Clause(known, predicate, value)


@dataclass(frozen=True)
class FilterMembers(ReplyScenario):
    """A filter may name some members only, and another is refused with 400, whether the standard has it or not.

    Collections of which no member is listed may be filtered by any.

    Source: row 155 of the quirks table.
    """

    name = "filter-members"
    members: tuple[str, ...] = parameter(
        ("users.sourcedId", "users.status", "users.username", "users.email"),
        "members that a filter may name, each after its collection: users.email",
    )
    failing: tuple[str, ...] = parameter((), "those of them by which the server breaks: 500")

    def admitted(self, exchange: Exchange) -> Response | None:
        """Refuse a filter that names another member."""
        given = filter_of(exchange, parameters.split(exchange.request.query_string))
        if given is None:
            return None
        text, resource = given
        prefix = f"{resource.collection}."
        allowed = [name.removeprefix(prefix) for name in self.members if name.startswith(prefix)]
        named = [found[1] for found in _CLAUSE.finditer(text)]
        refused = next((name for name in named if name not in allowed), None)
        if allowed and refused is not None:
            raise MalformedRequest(f"filter: {refused[:80]!r} cannot be filtered by here, only {', '.join(allowed)}")
        if any(prefix + name in self.failing for name in named):
            return exchange.failure(500, f"{reason(500)}, ordered by the scenario {self.name}")
        return None


@dataclass(frozen=True)
class BlankParameters(ReplyScenario):
    """A query parameter without a value, such as ``limit=``, counts as left out; it is 400 otherwise.

    Source: row 155 of the quirks table.
    """

    name = "blank-parameters"

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Drop what has no value."""
        known = exchange.operation.query if exchange.operation else ()
        return [(name, value) for name, value in pairs if value.strip() or name not in known]
