"""Scenarios about the rows of pages: their order, and changes between two pages."""

from __future__ import annotations

from dataclasses import dataclass, replace

from werkzeug.wrappers import Response

from mockroster.query.filter import Filter
from mockroster.query.parameters import Query
from mockroster.query.selection import ordered
from mockroster.roster.record import Record
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.paging.links import TOTAL
from mockroster.scenarios.reads import PageScenario, Read


@dataclass(frozen=True)
class UnstableOrder(ReplyScenario):
    """Without ``sort`` the order differs in each request, so that pages repeat and miss rows.

    With ``sort`` it is stable.

    Source: row 8 of the quirks table.
    """

    name = "unstable-order"

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Shuffle the records, unless the query sorts them."""
        if len(records) < 2 or exchange.query is None or exchange.query.sort is not None:
            return records
        return exchange.rng.shuffled(records)


@dataclass(frozen=True)
class ShiftingPages(ReplyScenario):
    """Rows are inserted or removed between the pages of a sync.

    ``inserted``: rows of the page before repeat, and the count grows; ``removed``: rows are skipped, and the count
    shrinks; ``both``: alternating. A sync that starts again at offset 0 finds the original rows.

    Source: row 9 of the quirks table.
    """

    name = "shifting-pages"
    change: str = parameter("both", "the change between two pages", words=("inserted", "removed", "both"))
    rows: int = parameter(1, "rows inserted or removed between two pages", least=1, most=1_000_000)

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Shift the rows. Inserted rows are before the page, so that it does not matter which they are."""
        if exchange.query is None:
            return records
        page = exchange.query.offset // exchange.query.limit
        shift = min(self.rows, exchange.query.limit - 1) * (page % 2 if self.change == "both" else page)
        if not shift:
            return records
        return records[shift:] if self.change == "removed" else records[:shift] + records


@dataclass(frozen=True)
class SortWithinPage(ReplyScenario):
    """Sort is applied after paging: each page has the rows of the default order, sorted within the page.

    Source: row 18 of the quirks table.
    """

    name = "sort-within-page"

    def transform_query(self, exchange: Exchange, query: Query) -> Query:
        """Remove the sort order."""
        if query.sort is None:
            return query
        exchange.notes["query"] = query
        return replace(query, sort=None, descending=False)

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Sort the rows of the page."""
        requested, query = exchange.notes.get("query"), exchange.query
        if requested is None or query is None:
            return records
        start, end = query.offset, query.offset + query.limit
        return [*records[:start], *ordered(records[start:end], replace(requested, filter=None)), *records[end:]]


@dataclass(frozen=True)
class TotalBeforeFilter(PageScenario):
    """X-Total-Count counts all rows, not only those that match the filter.

    Source: row 136 of the quirks table.
    """

    name = "total-before-filter"

    def transform_query(self, exchange: Exchange, query: Query) -> Query:
        """Remove the filter."""
        if query.filter is None:
            return query
        exchange.notes["filter"] = query.filter
        return replace(query, filter=None)

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Count the records, then filter them."""
        filter_: Filter | None = exchange.notes.get("filter")
        if filter_ is None:
            return records
        exchange.notes["total"] = len(records)
        return filter_.matching(records)

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Replace the count."""
        total = read.exchange.notes.get("total")
        if total is None or TOTAL not in response.headers:
            return None
        response.headers[TOTAL] = str(total)
        return response
