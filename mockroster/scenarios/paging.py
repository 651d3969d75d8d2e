"""Scenarios about pages: their size and their counts. Links: ``links``; which rows a page holds: ``order``."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from typing import Any

import orjson
from werkzeug.wrappers import Response

from mockroster.query.parameters import Query
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.links import TOTAL, links_of, placed, relinked
from mockroster.scenarios.reads import BodyScenario, Document, PageScenario, Read, rows_in, with_records


@dataclass(frozen=True)
class NoTotalCount(ReplyScenario):
    """There is no X-Total-Count: the client has to stop at a page that is short or empty.

    Source: row 1 of the quirks table.
    """

    name = "no-total-count"

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Take the header off."""
        if TOTAL not in response.headers:
            return None
        del response.headers[TOTAL]
        return response


@dataclass(frozen=True)
class TotalDrifts(PageScenario):
    """X-Total-Count changes during a walk: each further page counts more rows, or fewer, than the page before it.

    The rows and the links stay as they are.

    Source: row 6 of the quirks table.
    """

    name = "total-drifts"
    by: int = parameter(1, "how many rows more each further page counts; fewer if negative", least=-1000, most=1000)

    def answered(self, read: Read, response: Response) -> Response | None:
        """Add to the count for each page before this one."""
        further = read.query.offset // read.query.limit * self.by
        if TOTAL not in response.headers or not further:
            return None
        response.headers[TOTAL] = str(max(int(response.headers[TOTAL]) + further, 0))
        return response


@dataclass(frozen=True)
class OffsetFromOne(PageScenario):
    """Offsets count from 1: after ``limit=100`` the next link says ``offset=101``.

    A client that goes on at ``offset=100`` gets the last row of the page before once more. No offset, 0 and 1 are all
    the first page.

    Source: row 10 of the quirks table.
    """

    name = "offset-from-one"

    def reread(self, exchange: Exchange, query: Query) -> Query:
        """Count the offset from 1."""
        return replace(query, offset=max(query.offset - 1, 0))

    def answered(self, read: Read, response: Response) -> Response | None:
        """Count the offsets of links from 1."""
        return relinked(response, lambda _, pairs: placed(pairs, offset=int(dict(pairs)["offset"]) + 1))


@dataclass(frozen=True)
class ShortPages(PageScenario):
    """A page has fewer rows than its limit and is not the last one.

    Links lead to every row once; a client that takes a short page for the last, or adds its limit to the offset, misses
    rows.

    Source: row 2 of the quirks table.
    """

    name = "short-pages"
    lacking: int = parameter(1, "rows that a page lacks; one is always left", least=1, most=1_000_000)

    def reread(self, exchange: Exchange, query: Query) -> Query:
        """Take rows off the page."""
        if not _is_collection(exchange):
            return query
        exchange.notes["limit"] = query.limit
        return replace(query, limit=max(query.limit - self.lacking, 1))

    def answered(self, read: Read, response: Response) -> Response | None:
        """Let links ask for as many rows as the client did."""
        asked = read.exchange.notes["limit"]
        return relinked(response, lambda _, pairs: placed(pairs, limit=asked))


@dataclass(frozen=True)
class ClampedLimit(ReplyScenario):
    """A limit over the maximum is silently taken for the maximum: 200, with fewer rows than were asked for.

    Links are those of the smaller page; a client that adds its own limit to the offset skips rows.

    Source: rows 3 and 5 of the quirks table.
    """

    name = "clamped-limit"
    max: int = parameter(100, "rows that a page has at most", least=1, most=1_000_000)

    def reread(self, exchange: Exchange, query: Query) -> Query:
        """Obey no larger limit."""
        return replace(query, limit=min(query.limit, self.max)) if _is_collection(exchange) else query


@dataclass(frozen=True)
class LimitRefused(PageScenario):
    """A limit over the maximum is refused with 413 or 400. Without a limit the page has its usual size.

    Source: row 4 of the quirks table.
    """

    name = "limit-refused"
    max: int = parameter(10_000, "the largest limit that is granted", least=1, most=1_000_000)
    status: str = parameter("413", "HTTP status of the refusal", words=("413", "400"))

    def answered(self, read: Read, response: Response) -> Response | None:
        """Refuse."""
        if read.query.limit <= self.max or not any(name == "limit" for name, _ in read.query.pairs):
            return None
        return read.exchange.failure(int(self.status), f"limit may not be over {self.max}")


@dataclass(frozen=True)
class TotalsInBody(BodyScenario):
    """Count and place of the page stand in the body beside the rows; there is no X-Total-Count and no Link.

    ``counts``: totalCount, pageCount, pageNumber, offset, limit; ``next-offset``: the same, but offset is that of the
    next page; ``total``: total alone; ``pagination``: an object of that name with total, offset, limit, hasMore;
    ``links``: ``_meta`` with the counts, ``_links`` with the URLs.

    Source: rows 13, 14 and 137 of the quirks table.
    """

    name = "totals-in-body"
    kinds = ("collection",)
    style: str = parameter(
        "counts", "what stands in the body", words=("counts", "next-offset", "total", "pagination", "links")
    )

    def answered(self, read: Read, response: Response) -> Response | None:
        """Move what the headers say into the body."""
        if TOTAL not in response.headers:
            return None
        read.exchange.notes["links"] = links_of(response)
        read.exchange.notes["total"] = int(response.headers[TOTAL])
        changed = super().answered(read, response)
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
    """In place of X-Total-Count and Link there are Next, Previous, Result-Count, Limit and Offset.

    Next and Previous are bare URLs; Result-Count counts the rows of this page only.

    Source: row 12 of the quirks table.
    """

    name = "other-paging-headers"

    def answered(self, read: Read, response: Response) -> Response | None:
        """Say it by other headers."""
        links, headers = links_of(response), response.headers
        for ours, theirs in {"next": "Next", "prev": "Previous"}.items():
            if ours in links:
                headers[theirs] = links[ours]
        headers["Result-Count"] = str(rows_in(response))
        headers["Limit"], headers["Offset"] = str(read.query.limit), str(read.query.offset)
        headers.pop("Link", None)
        headers.pop(TOTAL, None)
        return response


@dataclass(frozen=True)
class RevisionHeader(PageScenario):
    """Each page has the headers ``x-perm-rev``, the revision of the data, and ``x-count``, how many rows it has.

    The revision goes up every so many requests: all pages read before are then stale.

    Source: row 7 of the quirks table.
    """

    name = "revision-header"
    every: int = parameter(2, "requests for which a revision lasts", least=1, most=1_000_000)

    def answered(self, read: Read, response: Response) -> Response | None:
        """Add the headers."""
        response.headers["x-perm-rev"] = str(1 + (read.exchange.number - 1) // self.every)
        response.headers["x-count"] = str(rows_in(response))
        return response


@dataclass(frozen=True)
class PageHeaders(PageScenario):
    """Each page has the headers ``x-obfuscated``, ``x-modified`` and ``x-page-generation-time-ms``.

    Where another page follows there is ``x-next-page-token`` too; it is opaque, and no parameter takes it. Only the
    names of these headers are known, so that their values are made up.

    Source: row 151 of the quirks table.
    """

    name = "page-headers"

    def answered(self, read: Read, response: Response) -> Response | None:
        """Add the headers."""
        modified: list[str] = []

        def note(record: Document) -> Document:
            modified.append(str(record.get("dateLastModified", "")))
            return record

        with_records(orjson.loads(response.get_data()), note)
        response.headers["x-obfuscated"] = "false"
        response.headers["x-modified"] = max(modified, default="")
        response.headers["x-page-generation-time-ms"] = str(1 + len(modified))
        if "next" in links_of(response):
            place = f"{read.query.offset + read.query.limit}".encode()
            response.headers["x-next-page-token"] = urlsafe_b64encode(place).decode()
        return response


def _is_collection(exchange: Exchange) -> bool:
    return exchange.operation is not None and exchange.operation.kind == "collection"
