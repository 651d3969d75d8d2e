"""Scenarios about the rows that pages hold: their order, and what happens to them between two pages."""

from __future__ import annotations

from dataclasses import dataclass, replace

from werkzeug.wrappers import Response

from mockroster.query.filter import Filter
from mockroster.query.parameters import Query
from mockroster.query.selection import ordered
from mockroster.roster.record import Record
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.links import TOTAL
from mockroster.scenarios.reads import PageScenario, Read


@dataclass(frozen=True)
class UnstableOrder(ReplyScenario):
    """Without ``sort`` the order differs from request to request, so that rows repeat and vanish between pages.

    With ``sort`` it is stable.

    Source: row 8 of the quirks table.
    """

    name = "unstable-order"

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Shuffle."""
        if len(records) < 2 or exchange.query is None or exchange.query.sort is not None:
            return records
        return exchange.chance.shuffled(records)


@dataclass(frozen=True)
class CurrentClassesOnly(ReplyScenario):
    """The classes of a teacher are those of a term that runs today, not those that are over or still to come.

    Today is the day of the sandbox's clock. Every other list has them all.

    Source: row 151 of the quirks table.
    """

    name = "current-classes-only"

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Leave out the others."""
        if exchange.operation is None or exchange.operation.name != "getClassesForTeacher":
            return records
        today = exchange.sandbox.clock.now().date().isoformat()
        terms = exchange.sandbox.overlay.tables["academicSessions"]
        current = [one for one in records if any(_runs(terms.get(name), today) for name in one.get("terms", ()))]
        return records if len(current) == len(records) else current


def _runs(term: Record | None, day: str) -> bool:
    """Return whether a day lies in a term; the end date is the first day after it."""
    return term is not None and term["startDate"] <= day < term["endDate"]


@dataclass(frozen=True)
class ShiftingPages(ReplyScenario):
    """Rows come and go before each further page of a walk.

    ``inserted``: rows of the page before come again, and the count grows; ``removed``: rows are skipped, and the count
    shrinks; ``both``: in turn. A walk that begins anew at offset 0 finds everything as it was.

    Source: row 9 of the quirks table.
    """

    name = "shifting-pages"
    change: str = parameter("both", "what happens between two pages", words=("inserted", "removed", "both"))
    rows: int = parameter(1, "rows that come or go between two pages", least=1, most=1_000_000)

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Move the rows along; those inserted stand before the page, so it does not matter which they are."""
        if exchange.query is None:
            return records
        page = exchange.query.offset // exchange.query.limit
        shift = min(self.rows, exchange.query.limit - 1) * (page % 2 if self.change == "both" else page)
        if not shift:
            return records
        return records[shift:] if self.change == "removed" else records[:shift] + records


@dataclass(frozen=True)
class SortWithinPage(ReplyScenario):
    """Sort is applied after paging: each page holds the rows of the default order, sorted by themselves.

    Source: row 18 of the quirks table.
    """

    name = "sort-within-page"

    def reread(self, exchange: Exchange, query: Query) -> Query:
        """Page in the default order."""
        if query.sort is None:
            return query
        exchange.notes["asked"] = query
        return replace(query, sort=None, descending=False)

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Sort the rows of the page."""
        asked, query = exchange.notes.get("asked"), exchange.query
        if asked is None or query is None:
            return records
        start, end = query.offset, query.offset + query.limit
        return [*records[:start], *ordered(records[start:end], replace(asked, filter=None)), *records[end:]]


@dataclass(frozen=True)
class DescendingByDefault(ReplyScenario):
    """``sort`` without ``orderBy`` sorts in descending order.

    Source: row 19 of the quirks table.
    """

    name = "descending-by-default"

    def reread(self, exchange: Exchange, query: Query) -> Query:
        """Turn the order round."""
        if query.sort is None or any(name == "orderBy" for name, _ in query.pairs):
            return query
        return replace(query, descending=True)


@dataclass(frozen=True)
class TotalBeforeFilter(PageScenario):
    """X-Total-Count counts the rows before the filter, not those that pass it.

    Source: row 136 of the quirks table.
    """

    name = "total-before-filter"

    def reread(self, exchange: Exchange, query: Query) -> Query:
        """Let everything be selected, to be counted."""
        if query.filter is None:
            return query
        exchange.notes["filter"] = query.filter
        return replace(query, filter=None)

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Count, then filter."""
        asked: Filter | None = exchange.notes.get("filter")
        if asked is None:
            return records
        exchange.notes["total"] = len(records)
        return asked.matching(records)

    def answered(self, read: Read, response: Response) -> Response | None:
        """Tell that count."""
        total = read.exchange.notes.get("total")
        if total is None or TOTAL not in response.headers:
            return None
        response.headers[TOTAL] = str(total)
        return response
