"""The bodies of reads, and the headers that say how many records there are and where the others stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote, urlencode

import orjson

from mockroster.query.parameters import Query
from mockroster.render.record import rendered, rooted, selected
from mockroster.render.status import notice_information
from mockroster.roster.record import Record
from mockroster.spec.model import Operation, Resource


def collection(operation: Operation, records: Iterable[Record], query: Query, root: str) -> bytes:
    """Return the body of a page: the wrapper first, warnings after it."""
    documents = b",".join(_documents(operation.resource, records, query))
    return _wrapped(operation, operation.resource.collection, b"[" + documents + b"]", query, root)


def single(operation: Operation, record: Record, query: Query, root: str) -> bytes:
    """Return the body of a single read."""
    (document,) = _documents(operation.resource, [record], query)
    return _wrapped(operation, operation.resource.name, document, query, root)


def _documents(resource: Resource, records: Iterable[Record], query: Query) -> Iterator[bytes]:
    version, fields = resource.version, query.fields
    # What is kept is looked up here: a call for each record would cost more than the rest of the page.
    documents = (record.rendered.get(version) or rendered(resource, record) for record in records)
    return documents if fields is None else (selected(document, fields) for document in documents)


def _wrapped(operation: Operation, wrapper: str, data: bytes, query: Query, root: str) -> bytes:
    beside = b""
    if query.notices:
        beside = b"," + orjson.dumps(notice_information(query.notices, operation.name))[1:-1]
    return rooted(b'{"' + wrapper.encode() + b'":' + data + beside + b"}", root)


def links(url: str, query: Query, total: int) -> str:
    """Return the ``Link`` header of a page: next, last, first and prev, each with the rest of the query (3.4.1).

    The last page's ``limit`` is what is left, as in the example of the standard: 503 records by 10 end with
    ``limit=3&offset=500``. ``next`` is left out on the last page and ``prev`` on the first. ``url`` is absolute,
    without a query.
    """
    limit, offset = query.limit, query.offset
    last = max(total - 1, 0) // limit * limit
    places = {}
    if offset + limit < total:
        places["next"] = (limit, offset + limit)
    places["last"] = (min(limit, total - last) or limit, last)
    places["first"] = (limit, 0)
    if offset > 0:
        before = min(offset, last + limit)
        places["prev"] = (min(limit, before), max(before - limit, 0))
    kept = _encoded([(name, value) for name, value in query.pairs if name not in {"limit", "offset"}])
    begin = f"<{url}?{kept}&" if kept else f"<{url}?"
    return ", ".join(f'{begin}limit={size}&offset={start}>; rel="{rel}"' for rel, (size, start) in places.items())


def _encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, quote_via=quote)
