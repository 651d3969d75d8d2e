"""Make the fact of a request, which the rules of the verdict judge.

This runs for every request. Equal requests with equal responses differ in their facts by time and sequence only, so the
rest is cached; headers and bodies of responses are read only if a scenario changed them.
"""

from __future__ import annotations

import re
import time
import zlib
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from mockroster.clock import real_now
from mockroster.delivery import Steps
from mockroster.http.request_summary import (
    body_digest,
    page_limit,
    page_position,
    requested_scopes,
    seconds_of,
    summarize_query,
)
from mockroster.http.response_body import complete_body
from mockroster.judge.fact import (
    ANSWERED,
    CUT,
    LOST,
    METHODS,
    MOST_TEXT,
    NONE,
    TOKEN,
    UNKNOWN,
    Flag,
    digest,
    endpoints,
    operations,
    pack_head,
    pack_rest,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import WSGIEnvironment
    from flask import Request, Response

    from mockroster.delivery import Outcome
    from mockroster.state.values import Head

_STARTED = time.time() - time.perf_counter()
"""The real time at zero of the monotonic clock, so that the facts of several servers can be compared."""

_OTHER_METHOD = len(METHODS) - 1
_METHODS = {name: number for number, name in enumerate(METHODS)}

_MOST_CACHED = 1024
"""The most characters of a request whose fact is cached."""

_CACHED = 2000
"""The most reads whose facts are cached."""

_LINK_NEXT = Flag.LINK | Flag.LINK_NEXT
_SPARSE = frozenset({"omitted-optionals", "nulls"})
_DROPPED = frozenset({"empty-reply", "reset"})
_WITH_RETRY_AFTER = frozenset({413, 429, 503})
_SIGNED = frozenset({"OAuth", "oauth", "OAUTH"})
_REVISION = "x-perm-rev"
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP = 31
"""The window bits that make zlib read gzip."""


class Page(NamedTuple):
    """A page of a collection as the server made it."""

    rows: int
    body: bytes
    limit: int
    offset: int
    total: int
    newest: str
    """The newest ``dateLastModified`` of the collection."""


class PlainRead(NamedTuple):
    """A successful read that no scenario has changed."""

    client: str | None
    endpoint: str
    arguments: Iterable[str]
    """The values of the path parameters."""

    page: Page | None
    """The page, or ``None`` for a single record."""


class PartialFact(NamedTuple):
    """The part of a fact that is known before the response is sent."""

    rest: bytes
    """The bytes of the fact after the time and the outcome."""

    is_dropped: bool = False
    """Whether a scenario ends the connection before the response."""


class _RequestPart(NamedTuple):
    method: str
    path: str
    query: str
    authorization: str
    client: str | None
    endpoint: str
    arguments: tuple[Any, ...]
    runs: tuple[str, ...]
    clock: timedelta
    revision: int


class _ResponsePart(NamedTuple):
    status: int
    flags: int
    rows: int
    limit: int
    offset: int
    total: int = NONE
    total_header: int = NONE
    newest: str = ""
    body: int = 0
    """The digest of the body of the request."""

    retry_after: float = -1.0
    mark: int = 0


def fact_bytes(partial_fact: PartialFact, sequence: int, began: float, ended: float, outcome: Outcome) -> bytes:
    """Return the fact of a completed request. ``began`` and ``ended`` are times of ``time.perf_counter``."""
    rest, is_dropped = partial_fact
    if outcome == "answered":
        return pack_head(sequence, _STARTED + began, ended - began, ANSWERED) + rest
    end = LOST if outcome == "client-gone" or is_dropped else CUT
    return pack_head(sequence, _STARTED + began, ended - began, end) + rest


def make_partial_fact(
    request: Request, response: Response, context: Any, head: Head, client: str | None, runs: tuple[str, ...]
) -> PartialFact:
    """Return the part of a fact that is known once the response is made."""
    environ, rule, arguments = request.environ, request.url_rule, request.view_args
    request_part = _RequestPart(
        environ["REQUEST_METHOD"],
        environ["PATH_INFO"],
        environ["QUERY_STRING"],
        environ.get("HTTP_AUTHORIZATION", ""),
        client,
        "" if rule is None else rule.endpoint,
        tuple(arguments.values()) if arguments else (),
        runs,
        head.clock,
        head.revision,
    )
    page: Page | None = context.get("page")
    number, status = _operation(request_part.endpoint), response.status_code
    if page is not None:
        response_part = _page_sent(page, status)
    else:
        limit, offset = page_position(request_part.query) if _reads_collection(number) else (NONE, NONE)
        if number == TOKEN:
            limit = requested_scopes(context, request)
        body = 0 if request_part.method == "GET" else body_digest(context, request)
        response_part = _ResponsePart(status, 0, NONE, limit, offset, body=body)
    is_dropped = False
    if context.pipeline is not None and context.pipeline.touched:
        touched = frozenset(context.pipeline.touched)
        is_dropped = not touched.isdisjoint(_DROPPED)
        response_part = _as_sent(response, response_part, touched, is_read=_reads_collection(number))
    if status in _WITH_RETRY_AFTER:
        response_part = _with_retry_after(response, response_part)
    elif status == 401 and request_part.client is not None and number != TOKEN:
        response_part = response_part._replace(flags=response_part.flags | Flag.EXPIRED)
    return PartialFact(_rest(request_part, response_part), is_dropped)


def _page_sent(page: Page, status: int = 200) -> _ResponsePart:
    flags = _LINK_NEXT if page.offset + page.limit < page.total else Flag.LINK
    return _ResponsePart(status, flags, page.rows, page.limit, page.offset, page.total, page.total, page.newest)


class ReadCache:
    """The parts of facts that equal reads share, for one application.

    As long as the head of a sandbox is the same object, its records, clock and runs are the same. So path, query and
    credentials determine the rest.
    """

    __slots__ = ("_cached",)

    def __init__(self) -> None:
        self._cached: dict[tuple[str, str, str, int], tuple[Head, PartialFact]] = {}

    def find(self, environ: WSGIEnvironment, head: Head) -> PartialFact | None:
        """Return the cached part of a fact for an equal read, or ``None``."""
        key = environ["PATH_INFO"], environ["QUERY_STRING"], environ.get("HTTP_AUTHORIZATION", ""), id(head)
        cached = self._cached.get(key)
        return cached[1] if cached is not None and cached[0] is head else None

    def add(self, environ: WSGIEnvironment, head: Head, runs: tuple[str, ...], read: PlainRead) -> PartialFact:
        """Return the part of a fact for a successful read that no scenario has changed, and cache it."""
        path, query, authorization = (
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            environ.get("HTTP_AUTHORIZATION", ""),
        )
        request_part = _RequestPart(
            "GET",
            path,
            query,
            authorization,
            read.client,
            read.endpoint,
            tuple(read.arguments),
            runs,
            head.clock,
            head.revision,
        )
        response_part = _ResponsePart(200, 0, NONE, NONE, NONE) if read.page is None else _page_sent(read.page)
        partial_fact = PartialFact(_rest(request_part, response_part))
        if runs is head.runs and len(path) + len(query) + len(authorization) <= _MOST_CACHED:
            if len(self._cached) >= _CACHED:
                self._cached.clear()
            self._cached[path, query, authorization, id(head)] = head, partial_fact
        return partial_fact


def _rest(request_part: _RequestPart, response_part: _ResponsePart) -> bytes:
    """Return the part of a fact that does not depend on time."""
    number, method = _operation(request_part.endpoint), _METHODS.get(request_part.method, _OTHER_METHOD)
    target, shape, has_limit = summarize_query(request_part.query)
    flags = response_part.flags | shape.flags | (Flag.LIMIT if has_limit else 0)
    begin = request_part.path if number >= TOKEN else "/".join(map(str, request_part.arguments))
    if has_limit and (limit := page_limit(request_part.query)) != NONE:
        response_part = response_part._replace(limit=limit)
    text = (f"{begin}?{shape.text}" if shape.text else begin)[: MOST_TEXT + 1].encode("utf-8", "replace")
    if len(text) > MOST_TEXT:
        text, flags = text[:MOST_TEXT], flags | Flag.SHORTENED
    path = digest(request_part.path)
    packed = pack_rest(
        digest(request_part.client) if request_part.client else 0,
        request_part.clock.total_seconds(),
        number,
        method,
        response_part.status,
        flags,
        *response_part[2:7],
        (path ^ method) << 32 | target,
        path,
        shape.digest,
        0 if request_part.authorization[:5] in _SIGNED else digest(request_part.authorization),
        response_part.body,
        response_part.retry_after,
        request_part.revision & 0xFFFFFFFF,
        response_part.mark,
        shape.watermark,
        seconds_of(response_part.newest),
        digest("\n".join(sorted(request_part.runs))),
    )
    whole: bytes = packed + text
    return whole


@lru_cache(1024)
def _operation(endpoint: str) -> int:
    return endpoints().get(endpoint, TOKEN if endpoint.endswith("/token") else UNKNOWN)


def _reads_collection(number: int) -> bool:
    return number < TOKEN and operations()[number][1].kind == "collection"


def _with_retry_after(response: Response, response_part: _ResponsePart) -> _ResponsePart:
    """Return the response with the seconds of its ``Retry-After``."""
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", value, re.ASCII):
        return response_part._replace(retry_after=float(value))
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return response_part
    seconds = (until if until.tzinfo else until.replace(tzinfo=UTC)) - real_now()
    return response_part._replace(
        retry_after=max(0.0, seconds.total_seconds()), flags=response_part.flags | Flag.RETRY_DATE
    )


def _as_sent(
    response: Response, response_part: _ResponsePart, touched: frozenset[str], *, is_read: bool
) -> _ResponsePart:
    """Return a response as scenarios changed it."""
    flags, rows = response_part.flags & ~_LINK_NEXT | Flag.TOUCHED, response_part.rows
    if not touched.isdisjoint(_SPARSE):
        flags |= Flag.SPARSE
    if response_part.status == 200 and is_read:
        count = _rows_sent(response)
        flags, rows = (flags | Flag.UNREADABLE, rows) if count is None else (flags, count)
    headers = response.headers
    link, total_header = headers.get("Link", ""), headers.get("X-Total-Count", "")
    if link:
        flags |= _LINK_NEXT if 'rel="next"' in link else Flag.LINK
    is_number = total_header.isascii() and total_header.isdigit() and len(total_header) <= 9
    mark = digest(headers.get(_REVISION, ""))
    return response_part._replace(
        flags=flags, rows=rows, total_header=int(total_header) if is_number else NONE, mark=mark
    )


def _rows_sent(response: Response) -> int | None:
    """Return the number of records in a page in any form, or ``None`` if a client cannot read any."""
    if isinstance(response.response, Steps) and not response.response.body:
        return NONE
    try:
        document = orjson.loads(_decompressed(complete_body(response)))
    except (orjson.JSONDecodeError, zlib.error):
        return None
    if isinstance(document, list):
        return len(document)
    return _rows_in(document) if isinstance(document, dict) else None


def _decompressed(body: bytes) -> bytes:
    return zlib.decompress(body, _GZIP) if body.startswith(_GZIP_MAGIC) else body


def _rows_in(document: dict[str, Any]) -> int | None:
    """Return the number of records in an envelope, or ``None`` if it has no records, as in an error."""
    values = [value for name, value in document.items() if name != "statusInfoSet"]
    lists = [value for value in values if isinstance(value, list) and isinstance(next(iter(value), {}), dict)]
    if lists:
        return len(lists[0])
    return 1 if any(isinstance(value, dict) and "sourcedId" in value for value in values) else None
