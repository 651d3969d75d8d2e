"""Scenarios about the size of pages and their counts. See ``links`` for links, ``order`` for the rows of pages."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from typing import Any

import orjson
from werkzeug.wrappers import Response

from mockroster.query.parameters import Query
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.paging.links import TOTAL, parse_links, rewrite_links, with_paging
from mockroster.scenarios.reads import BodyScenario, Document, PageScenario, Read, count_rows, map_records


@dataclass(frozen=True)
class NoTotalCount(ReplyScenario):
    """There is no X-Total-Count: the client has to stop at a short or empty page.

    Source: row 1 of the quirks table.
    """

    name = "no-total-count"

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Remove the header."""
        if TOTAL not in response.headers:
            return None
        del response.headers[TOTAL]
        return response


@dataclass(frozen=True)
class TotalDrifts(PageScenario):
    """X-Total-Count changes from page to page: each further page counts more rows, or fewer.

    Rows and links are unchanged.

    Source: row 6 of the quirks table.
    """

    name = "total-drifts"
    by: int = parameter(1, "rows added to the count with each further page; may be negative", least=-1000, most=1000)

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Add to the count for each page before this one."""
        further = read.query.offset // read.query.limit * self.by
        if TOTAL not in response.headers or not further:
            return None
        response.headers[TOTAL] = str(max(int(response.headers[TOTAL]) + further, 0))
        return response


@dataclass(frozen=True)
class OffsetFromOne(PageScenario):
    """Offsets count from 1: after ``limit=100`` the next link says ``offset=101``.

    A client that continues at ``offset=100`` gets the last row of the page before again. No offset, 0 and 1 are all the
    first page.

    Source: row 10 of the quirks table.
    """

    name = "offset-from-one"

    def transform_query(self, exchange: Exchange, query: Query) -> Query:
        """Convert the offset to one from 0."""
        return replace(query, offset=max(query.offset - 1, 0))

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Convert the offsets of links to ones from 1."""
        return rewrite_links(response, lambda _, pairs: with_paging(pairs, offset=int(dict(pairs)["offset"]) + 1))


@dataclass(frozen=True)
class ShortPages(PageScenario):
    """Pages other than the last one have fewer rows than the limit.

    Links lead to every row once. A client that stops at a short page, or adds its limit to the offset, misses rows.

    Source: row 2 of the quirks table.
    """

    name = "short-pages"
    lacking: int = parameter(1, "number of missing rows; a page has at least one row", least=1, most=1_000_000)

    def transform_query(self, exchange: Exchange, query: Query) -> Query:
        """Reduce the limit."""
        if not _is_collection(exchange):
            return query
        exchange.notes["limit"] = query.limit
        return replace(query, limit=max(query.limit - self.lacking, 1))

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Restore the client's limit in links."""
        limit = read.exchange.notes["limit"]
        return rewrite_links(response, lambda _, pairs: with_paging(pairs, limit=limit))


@dataclass(frozen=True)
class ClampedLimit(ReplyScenario):
    """A limit over the maximum is silently reduced to the maximum: 200, with fewer rows than requested.

    Links match the smaller page. A client that adds its own limit to the offset misses rows.

    Source: rows 3 and 5 of the quirks table.
    """

    name = "clamped-limit"
    max: int = parameter(100, "largest number of rows of a page", least=1, most=1_000_000)

    def transform_query(self, exchange: Exchange, query: Query) -> Query:
        """Reduce the limit to the maximum."""
        return replace(query, limit=min(query.limit, self.max)) if _is_collection(exchange) else query


@dataclass(frozen=True)
class LimitRefused(PageScenario):
    """A limit over the maximum is refused with 413 or 400. Without a limit the page has the default size.

    Source: row 4 of the quirks table.
    """

    name = "limit-refused"
    max: int = parameter(10_000, "the largest accepted limit", least=1, most=1_000_000)
    status: str = parameter("413", "HTTP status of the refusal", words=("413", "400"))

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Refuse a limit over the maximum."""
        if read.query.limit <= self.max or not any(name == "limit" for name, _ in read.query.pairs):
            return None
        return read.exchange.failure(int(self.status), f"limit must be at most {self.max}")


@dataclass(frozen=True)
class TotalsInBody(BodyScenario):
    """The body has the total count and the position of the page; there is no X-Total-Count and no Link.

    ``counts``: totalCount, pageCount, pageNumber, offset, limit; ``next-offset``: the same, but offset is that of the
    next page; ``total``: only total; ``pagination``: an object of that name with total, offset, limit, hasMore;
    ``links``: ``_meta`` with the counts, ``_links`` with the URLs.

    Source: rows 13, 14 and 137 of the quirks table.
    """

    name = "totals-in-body"
    kinds = ("collection",)
    style: str = parameter(
        "counts", "members added to the body", words=("counts", "next-offset", "total", "pagination", "links")
    )

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Move the values of the headers to the body."""
        if TOTAL not in response.headers:
            return None
        read.exchange.notes["links"] = parse_links(response)
        read.exchange.notes["total"] = int(response.headers[TOTAL])
        changed = super().after_read(read, response)
        if changed is not None:
            del changed.headers[TOTAL]
            changed.headers.pop("Link", None)
        return changed

    def body(self, read: Read, body: Any) -> Any:
        """Add the members."""
        if not isinstance(body, dict):
            return body
        total, limit, offset = read.exchange.notes["total"], read.query.limit, read.query.offset
        page, pages = offset // limit + 1, -(-total // limit)
        if self.style == "total":
            return body | {"total": total}
        if self.style == "pagination":
            more = offset + limit < total
            return body | {"pagination": {"total": total, "offset": offset, "limit": limit, "hasMore": more}}
        if self.style == "links":
            meta = {"totalCount": total, "limit": limit, "offset": offset, "totalPages": pages, "currentPage": page}
            return body | {"_meta": meta, "_links": read.exchange.notes["links"]}
        shown = offset + limit if self.style == "next-offset" else offset
        return body | {"totalCount": total, "pageCount": pages, "pageNumber": page, "offset": shown, "limit": limit}


@dataclass(frozen=True)
class OtherPagingHeaders(PageScenario):
    """X-Total-Count and Link are replaced by Next, Previous, Result-Count, Limit and Offset.

    Next and Previous are plain URLs; Result-Count is the number of rows of the page.

    Source: row 12 of the quirks table.
    """

    name = "other-paging-headers"

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Replace the headers."""
        links, headers = parse_links(response), response.headers
        for ours, theirs in {"next": "Next", "prev": "Previous"}.items():
            if ours in links:
                headers[theirs] = links[ours]
        headers["Result-Count"] = str(count_rows(response))
        headers["Limit"], headers["Offset"] = str(read.query.limit), str(read.query.offset)
        headers.pop("Link", None)
        headers.pop(TOTAL, None)
        return response


@dataclass(frozen=True)
class RevisionHeader(PageScenario):
    """Each page has the headers ``x-perm-rev``, the revision of the data, and ``x-count``, its number of rows.

    The revision increases after a number of requests, which makes all pages read before stale.

    Source: row 7 of the quirks table.
    """

    name = "revision-header"
    every: int = parameter(2, "requests per revision", least=1, most=1_000_000)

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Add the headers."""
        response.headers["x-perm-rev"] = str(1 + (read.exchange.number - 1) // self.every)
        response.headers["x-count"] = str(count_rows(response))
        return response


@dataclass(frozen=True)
class PageHeaders(PageScenario):
    """Each page has the headers ``x-obfuscated``, ``x-modified`` and ``x-page-generation-time-ms``.

    If another page follows, there is also ``x-next-page-token``, which is opaque and not accepted by any parameter.
    Only the names of these headers are known; the values are invented.

    Source: row 151 of the quirks table.
    """

    name = "page-headers"

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Add the headers."""
        modified: list[str] = []

        def collect(record: Document) -> Document:
            modified.append(str(record.get("dateLastModified", "")))
            return record

        map_records(orjson.loads(response.get_data()), collect)
        response.headers["x-obfuscated"] = "false"
        response.headers["x-modified"] = max(modified, default="")
        response.headers["x-page-generation-time-ms"] = str(1 + len(modified))
        if "next" in parse_links(response):
            next_offset = f"{read.query.offset + read.query.limit}".encode()
            response.headers["x-next-page-token"] = urlsafe_b64encode(next_offset).decode()
        return response


def _is_collection(exchange: Exchange) -> bool:
    return exchange.operation is not None and exchange.operation.kind == "collection"
