"""The bodies of reads, and the links to other pages."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlencode

import orjson

from mockroster.caching import cache_short
from mockroster.errors import QueryTooLong
from mockroster.query.parameters import Query
from mockroster.render.record import form, rendered, rooted
from mockroster.roster.record import Record
from mockroster.standard.model import Operation
from mockroster.standard.status import notices_beside_data

MOST_LINK = 16_000
"""Bytes of one link. A page has four at most, and Python's ``http.client`` refuses a line of more than 65,536."""


def collection(operation: Operation, records: Iterable[Record], query: Query, root: str) -> bytes:
    """Return the body of a page: the wrapper first, warnings after it."""
    resource = operation.resource
    name = form(resource.version, query.fields)
    try:
        # A call for each record would cost more than the rest of the page.
        documents = [record.rendered[name] for record in records]
    except (AttributeError, KeyError):
        documents = [rendered(resource, record, query.fields) for record in records]
    return _body(operation, (b'{"%b":[' % resource.collection.encode(), b",".join(documents), b"]"), query, root)


def single(operation: Operation, record: Record, query: Query, root: str) -> bytes:
    """Return the body of a single read."""
    resource = operation.resource
    document = rendered(resource, record, query.fields)
    return _body(operation, (b'{"%b":' % resource.name.encode(), document), query, root)


def _body(operation: Operation, pieces: Iterable[bytes], query: Query, root: str) -> bytes:
    """Join the pieces of a body, and append the warnings."""
    warnings = b""
    if query.notices:
        warnings = b"," + orjson.dumps(notices_beside_data(query.notices, operation.name))[1:-1]
    return rooted(b"".join((*pieces, warnings, b"}")), root)


def links(url: str, query: Query, total: int) -> str:
    """Return the ``Link`` header of a page: next, last, first and prev, each with the rest of the query (3.4.1).

    The last page's ``limit`` is what is left, as in the example of the standard: 503 records by 10 end with
    ``limit=3&offset=500``. ``next`` is left out on the last page and ``prev`` on the first. ``url`` is absolute,
    without a query. Raises ``QueryTooLong`` for a header that clients could not read.
    """
    limit, offset = query.limit, query.offset
    last = max(total - 1, 0) // limit * limit
    pages = {}
    if offset + limit < total:
        pages["next"] = (limit, offset + limit)
    pages["last"] = (min(limit, total - last) or limit, last)
    pages["first"] = (limit, 0)
    if offset > 0:
        before = min(offset, last + limit)
        pages["prev"] = (min(limit, before), max(before - limit, 0))
    rest = _without_position(query.pairs)
    begin = f"<{url}?{rest}&" if rest else f"<{url}?"
    if len(begin) > MOST_LINK:
        raise QueryTooLong(
            f"the query is {len(rest):,} bytes long once it is encoded, and a link to another page would repeat it: "
            f"that makes {len(begin):,}, and {MOST_LINK:,} are the most, because clients refuse longer headers"
        )
    return ", ".join(f'{begin}limit={size}&offset={start}>; rel="{rel}"' for rel, (size, start) in pages.items())


@cache_short(lambda pairs: sum(len(name) + len(value) for name, value in pairs), entries=512)
def _without_position(pairs: tuple[tuple[str, str], ...]) -> str:
    """Return the query that all links of a page repeat: every parameter but ``limit`` and ``offset``."""
    return urlencode([pair for pair in pairs if pair[0] not in {"limit", "offset"}], quote_via=quote)
