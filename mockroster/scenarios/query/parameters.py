"""Scenarios that ignore or misinterpret query parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from werkzeug.wrappers import Response

from mockroster.caching import cache_short
from mockroster.errors import MalformedFilter, MalformedRequest, RequestError, nearest
from mockroster.query import parameters
from mockroster.query.comparison import as_date, as_metadata, as_text, as_timestamp
from mockroster.query.filter import Clause, Filter, parse
from mockroster.query.members import Member
from mockroster.query.parameters import Query
from mockroster.scenarios.base import Pairs, ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, reason
from mockroster.settings import MOST_RECORDS
from mockroster.standard import fields
from mockroster.standard.conversion import Derivation
from mockroster.standard.model import Resource


def without_parameters(pairs: Pairs, *names: str) -> Pairs:
    """Return the parameters except those of some names."""
    return [(name, value) for name, value in pairs if name not in names]


def _accepts(exchange: Exchange, name: str) -> bool:
    """Return whether the operation supports a parameter. Unsupported parameters are ignored anyway."""
    return exchange.operation is not None and name in exchange.operation.query


def filter_of(exchange: Exchange, pairs: Pairs) -> tuple[str, Resource] | None:
    """Return the filter of a request with the filtered resource, or ``None`` unless there is exactly one."""
    texts = [value for name, value in pairs if name == "filter"]
    if exchange.operation is None or not _accepts(exchange, "filter") or len(texts) != 1:
        return None
    return texts[0], exchange.operation.resource


def _client_filter(exchange: Exchange) -> Filter | None:
    """Return the parsed filter of the client, or ``None`` if it is missing or malformed."""
    original = filter_of(exchange, parameters.split(exchange.request.query_string))
    return original and parse_strictly(*original)


def parse_strictly(text: str, resource: Resource) -> Filter | None:
    """Return the parsed filter, or ``None`` if the server would refuse it."""
    try:
        parsed = parse(text, resource)
        parsed.matching([])
    except RequestError:
        return None
    return parsed


class IgnoresParameter(ReplyScenario):
    """Base of scenarios that ignore query parameters."""

    ignored: ClassVar[tuple[str, ...]]

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Remove the ignored parameters."""
        return without_parameters(pairs, *self.ignored) if _accepts(exchange, self.ignored[0]) else pairs


@dataclass(frozen=True)
class FilterIgnored(IgnoresParameter):
    """The filter is ignored: all records are returned with 200, and X-Total-Count counts them all.

    Source: row 84 of the quirks table.
    """

    name = "filter-ignored"
    ignored = ("filter",)


@dataclass(frozen=True)
class FieldsIgnored(IgnoresParameter):
    """fields is ignored: records have all members.

    Source: row 85 of the quirks table.
    """

    name = "fields-ignored"
    ignored = ("fields",)


@dataclass(frozen=True)
class NestedFilterFails(ReplyScenario):
    """A filter on a reference or a list (class.sourcedId, roles, orgs) is ignored, or fails.

    Source: rows 86 and 87 of the quirks table.
    """

    name = "nested-filter-fails"
    answer: str = parameter("ignored", "result of such a filter", words=("ignored", "400", "500"))

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Fail, unless such a filter is ignored."""
        if self.answer == "ignored":
            return None
        parsed = _client_filter(exchange)
        if parsed is None or exchange.operation is None or not _is_nested(parsed, exchange.operation.resource):
            return None
        status = int(self.answer)
        return exchange.failure(status, f"{reason(status)}: filter: references and lists cannot be filtered by")

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Remove the filter, if it is ignored."""
        original = filter_of(exchange, pairs)
        parsed = original and parse_strictly(*original)
        if original is None or parsed is None or self.answer != "ignored" or not _is_nested(parsed, original[1]):
            return pairs
        return without_parameters(pairs, "filter")


def _is_nested(parsed: Filter, resource: Resource) -> bool:
    """Return whether any clause of a filter is about a reference, a list or an object."""
    heads = (clause.member.path.partition(".")[0] for clause in parsed.clauses)
    nested = (fields.Listed, fields.Ref, fields.Part)
    return any(isinstance(resource.schema.members[head], nested) for head in heads)


@dataclass(frozen=True)
class BadFilterIgnored(ReplyScenario):
    """A malformed filter, or one on an unknown member, is no error: all records are returned, or none.

    Source: row 88 of the quirks table.
    """

    name = "bad-filter-ignored"
    answer: str = parameter("all", "records returned instead of the error", words=("all", "none"))

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Remove a bad filter, or replace it by one that matches nothing."""
        original = filter_of(exchange, pairs)
        if original is None or parse_strictly(*original) is not None:
            return pairs
        replacement = [] if self.answer == "all" else [("filter", "sourcedId=''")]
        return [*without_parameters(pairs, "filter"), *replacement]


@dataclass(frozen=True)
class OrRefused(ReplyScenario):
    """A filter with OR is refused with 400; AND works.

    Source: row 89 of the quirks table.
    """

    name = "or-refused"

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Refuse OR."""
        parsed = _client_filter(exchange)
        if parsed and parsed.logical == "OR":
            raise MalformedFilter("filter: OR is not supported")
        return None


@dataclass(frozen=True)
class CurlyQuotesAccepted(ReplyScenario):
    """Curly quotes, as word processors write them, are accepted in a filter like straight ones.

    Source: row 93 of the quirks table.
    """

    name = "curly-quotes-accepted"

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Replace curly quotes, unless a straight one shows that they are part of a value."""
        original = filter_of(exchange, pairs)
        if original is None or "'" in original[0]:
            return pairs
        straight = (
            original[0].replace("\N{LEFT SINGLE QUOTATION MARK}", "'").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        )
        return [(name, straight if name == "filter" else value) for name, value in pairs]


class _ChangesComparison(ReplyScenario):
    """Base of scenarios that change the comparison of filter clauses."""

    def transform_clause(self, clause: Clause) -> Clause:
        """Return the clause with another comparison."""
        raise NotImplementedError

    def transform_query(self, exchange: Exchange, query: Query) -> Query:
        """Return the query with every clause transformed."""
        if query.filter is None:
            return query
        clauses = tuple(map(self.transform_clause, query.filter.clauses))
        return (
            query if clauses == query.filter.clauses else replace(query, filter=replace(query.filter, clauses=clauses))
        )


@dataclass(frozen=True)
class CaseInsensitiveFilter(_ChangesComparison):
    """Strings are compared case-insensitively: familyName='LEE' matches Lee.

    Source: row 92 of the quirks table.
    """

    name = "case-insensitive-filter"

    def transform_clause(self, clause: Clause) -> Clause:
        """Fold the case of both sides."""
        if clause.member.comparison not in {as_text, as_metadata} or clause.predicate == "~":
            return clause
        return replace(clause, member=_case_insensitive(clause.member), value=clause.value.casefold())


@dataclass(frozen=True)
class DateStringsCompared(_ChangesComparison):
    """Dates in a filter are compared as strings: '2026-01-15' is less than '2026-01-15T00:00:00.000Z'.

    With a plain date, > also matches midnight of that day, and = matches no timestamp.

    Source: row 90 of the quirks table.
    """

    name = "date-strings-compared"

    def transform_clause(self, clause: Clause) -> Clause:
        """Compare the values as text."""
        if clause.member.comparison not in {as_timestamp, as_date} or clause.predicate == "~":
            return clause
        return replace(clause, member=_compared_as_string(clause.member))


@cache_short(lambda member: len(member.path), longest=128)
def _case_insensitive(member: Member) -> Member:
    """Return the member with case-folded values. Its name differs, because it is part of cache keys."""
    name = f"{member.path} (case aside)"
    return Member(member.resource, name, _fold_values(member.read), member.comparison, listed=member.listed)


def _fold_values(read: Derivation) -> Derivation:
    def fold(value: Any) -> Any:
        if isinstance(value, list):
            return [fold(item) for item in value]
        return value.casefold() if isinstance(value, str) else value

    return lambda record: fold(read(record))


@cache_short(lambda member: len(member.path), longest=128)
def _compared_as_string(member: Member) -> Member:
    """Return the member with values compared as strings, and with another name."""
    name = f"{member.path} (as a string)"
    return Member(member.resource, name, member.read, as_text, listed=member.listed)


@dataclass(frozen=True)
class StrictParameters(ReplyScenario):
    """A query parameter that the operation does not have is refused with 400, also one with a blank in its name.

    The server ignores such parameters otherwise, and blanks around a name: ``limit =100``.

    Source: row 21 of the quirks table.
    """

    name = "strict-parameters"

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Refuse an unknown parameter."""
        known = exchange.operation.query if exchange.operation else ()
        for name in exchange.request.args:
            if name not in known and not name.startswith("oauth_"):
                raise MalformedRequest(f"{name[:80]!r} is not a parameter of this operation{nearest(name, known)}")
        return None


@dataclass(frozen=True)
class ParameterCase(ReplyScenario):
    """Query parameters have names in another case, ``Limit`` or ``orderby``; those of the standard are ignored.

    Source: row 20 of the quirks table.
    """

    name = "parameter-case"
    style: str = parameter("pascal", "case of the accepted names", words=("pascal", "lower"))

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Rename the accepted parameters, and remove the standard's."""
        known = exchange.operation.query if exchange.operation else ()
        accepted = {name[:1].upper() + name[1:] if self.style == "pascal" else name.lower(): name for name in known}
        return [(accepted.get(name, name), value) for name, value in pairs if name in accepted or name not in known]


@dataclass(frozen=True)
class BadLimitIgnored(ReplyScenario):
    """A limit or offset that is no number, or too small, is ignored instead of refused with 400.

    Source: row 22 of the quirks table.
    """

    name = "bad-limit-ignored"

    def rewrite(self, exchange: Exchange, pairs: Pairs) -> Pairs:
        """Remove bad values."""
        if not _accepts(exchange, "limit"):
            return pairs
        return [(name, value) for name, value in pairs if name not in _LEAST or _is_number(value, _LEAST[name])]


_LEAST = {"limit": 1, "offset": 0}


def _is_number(text: str, least: int) -> bool:
    text = text.strip()
    return text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= MOST_RECORDS
