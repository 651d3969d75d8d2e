"""Scenarios about query parameters that are not obeyed as they should be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from werkzeug.wrappers import Response

from mockroster.caching import cache_short
from mockroster.errors import MalformedFilter, RequestError
from mockroster.query import parameters
from mockroster.query.comparison import as_date, as_metadata, as_text, as_timestamp
from mockroster.query.filter import Clause, Filter, parse
from mockroster.query.members import Member
from mockroster.query.parameters import Query
from mockroster.scenarios.base import Pairs, ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, reason
from mockroster.standard import fields
from mockroster.standard.conversion import Derivation
from mockroster.standard.model import Resource


def without(pairs: Pairs, *names: str) -> Pairs:
    """Return the parameters without those of some names."""
    return [(name, value) for name, value in pairs if name not in names]


def _obeyed(exchange: Exchange, name: str) -> bool:
    """Tell whether the operation has a parameter; what it passes over anyway cannot be ignored."""
    return exchange.operation is not None and name in exchange.operation.query


def filter_of(exchange: Exchange, pairs: Pairs) -> tuple[str, Resource] | None:
    """Return the filter of a request, and what it filters; nothing where there is none, or more than one."""
    texts = [value for name, value in pairs if name == "filter"]
    if exchange.operation is None or not _obeyed(exchange, "filter") or len(texts) != 1:
        return None
    return texts[0], exchange.operation.resource


def _sent(exchange: Exchange) -> Filter | None:
    """Return the filter as the client sent it; nothing where there is none, or none that can be read."""
    found = filter_of(exchange, parameters.split(exchange.request.query_string))
    return found and strictly_read(*found)


def strictly_read(text: str, resource: Resource) -> Filter | None:
    """Return a filter that is good; nothing for one that the server refuses."""
    try:
        read = parse(text, resource)
        read.matching([])
    except RequestError:
        return None
    return read


class _Ignoring(ReplyScenario):
    """Base of those that pass over a parameter, whatever it says."""

    ignored: ClassVar[tuple[str, ...]]

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Drop what is ignored."""
        return without(pairs, *self.ignored) if _obeyed(exchange, self.ignored[0]) else pairs


@dataclass(frozen=True)
class FilterIgnored(_Ignoring):
    """The filter is passed over: every record comes, with 200, and X-Total-Count counts them all.

    Source: row 84 of the quirks table.
    """

    name = "filter-ignored"
    ignored = ("filter",)


@dataclass(frozen=True)
class SortIgnored(_Ignoring):
    """sort and orderBy are passed over: records come in their default order.

    Source: row 85 of the quirks table.
    """

    name = "sort-ignored"
    ignored = ("sort", "orderBy")


@dataclass(frozen=True)
class FieldsIgnored(_Ignoring):
    """fields is passed over: every member comes.

    Source: row 85 of the quirks table.
    """

    name = "fields-ignored"
    ignored = ("fields",)


@dataclass(frozen=True)
class NestedFilterFails(ReplyScenario):
    """A filter on a reference or a list (class.sourcedId, roles, orgs) is passed over whole, or fails.

    Source: rows 86 and 87 of the quirks table.
    """

    name = "nested-filter-fails"
    answer: str = parameter("ignored", "what such a filter meets", words=("ignored", "400", "500"))

    def admitted(self, exchange: Exchange) -> Response | None:
        """Fail, if that is chosen."""
        if self.answer == "ignored":
            return None
        found = _sent(exchange)
        if found is None or exchange.operation is None or not _is_nested(found, exchange.operation.resource):
            return None
        status = int(self.answer)
        return exchange.failure(status, f"{reason(status)}: filter: a reference or a list cannot be filtered by here")

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Drop the filter, if that is chosen."""
        given = filter_of(exchange, pairs)
        found = given and strictly_read(*given)
        if given is None or found is None or self.answer != "ignored" or not _is_nested(found, given[1]):
            return pairs
        return without(pairs, "filter")


def _is_nested(found: Filter, resource: Resource) -> bool:
    """Tell whether any clause of a filter is about a reference, a list or a part."""
    heads = (clause.member.path.partition(".")[0] for clause in found.clauses)
    nested = (fields.Listed, fields.Ref, fields.Part)
    return any(isinstance(resource.schema.members[head], nested) for head in heads)


@dataclass(frozen=True)
class BadFilterIgnored(ReplyScenario):
    """A filter that cannot be read, or names an unknown member, is no error: every record comes, or none.

    Source: row 88 of the quirks table.
    """

    name = "bad-filter-ignored"
    answer: str = parameter("all", "what comes in place of the error", words=("all", "none"))

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Drop a bad filter, or put one in its place that nothing passes."""
        given = filter_of(exchange, pairs)
        if given is None or strictly_read(*given) is not None:
            return pairs
        nothing = [] if self.answer == "all" else [("filter", "sourcedId=''")]
        return [*without(pairs, "filter"), *nothing]


@dataclass(frozen=True)
class OrRefused(ReplyScenario):
    """A filter with OR is refused with 400; AND works.

    Source: row 89 of the quirks table.
    """

    name = "or-refused"

    def admitted(self, exchange: Exchange) -> Response | None:
        """Refuse OR."""
        found = _sent(exchange)
        if found and found.logical == "OR":
            raise MalformedFilter("filter: OR is not supported here")
        return None


@dataclass(frozen=True)
class CurlyQuotesAccepted(ReplyScenario):
    """A filter whose quotes are curly, as word processors make them, is as good as one with straight ones.

    Source: row 93 of the quirks table.
    """

    name = "curly-quotes-accepted"

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Straighten the quotes, where no straight one shows that the curly ones are part of a value."""
        given = filter_of(exchange, pairs)
        if given is None or "'" in given[0]:
            return pairs
        straight = (
            given[0].replace("\N{LEFT SINGLE QUOTATION MARK}", "'").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        )
        return [(name, straight if name == "filter" else value) for name, value in pairs]


class _Comparing(ReplyScenario):
    """Base of those that compare otherwise."""

    def compared(self, clause: Clause) -> Clause:
        """Return the clause as it is understood."""
        raise NotImplementedError

    def reread(self, exchange: Exchange, query: Query) -> Query:
        """Return the query with its filter understood otherwise."""
        if query.filter is None:
            return query
        clauses = tuple(map(self.compared, query.filter.clauses))
        return (
            query if clauses == query.filter.clauses else replace(query, filter=replace(query.filter, clauses=clauses))
        )


@dataclass(frozen=True)
class CaseInsensitiveFilter(_Comparing):
    """Strings are compared without regard to case: familyName='LEE' finds Lee.

    Source: row 92 of the quirks table.
    """

    name = "case-insensitive-filter"

    def compared(self, clause: Clause) -> Clause:
        """Fold both sides."""
        if clause.member.comparison not in {as_text, as_metadata} or clause.predicate == "~":
            return clause
        return replace(clause, member=_folded(clause.member), value=clause.value.casefold())


@dataclass(frozen=True)
class DateStringsCompared(_Comparing):
    """Dates in a filter are compared as strings: '2026-01-15' is less than '2026-01-15T00:00:00.000Z'.

    So > with a date alone finds the first moment of that day too, and = with one finds no timestamp.

    Source: row 90 of the quirks table.
    """

    name = "date-strings-compared"

    def compared(self, clause: Clause) -> Clause:
        """Take the text as it is."""
        if clause.member.comparison not in {as_timestamp, as_date} or clause.predicate == "~":
            return clause
        return replace(clause, member=_as_string(clause.member))


@cache_short(lambda member: len(member.path), longest=128)
def _folded(member: Member) -> Member:
    """Return a member that is read without regard to case; it has a name of its own, because that is part of keys."""
    name = f"{member.path} (case aside)"
    return Member(member.resource, name, _folding(member.read), member.comparison, listed=member.listed)


def _folding(read: Derivation) -> Derivation:
    def fold(value: Any) -> Any:
        if isinstance(value, list):
            return [fold(item) for item in value]
        return value.casefold() if isinstance(value, str) else value

    return lambda record: fold(read(record))


@cache_short(lambda member: len(member.path), longest=128)
def _as_string(member: Member) -> Member:
    """Return a member whose values are compared as strings, with a name of its own."""
    name = f"{member.path} (as a string)"
    return Member(member.resource, name, member.read, as_text, listed=member.listed)
