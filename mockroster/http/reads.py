"""Build the responses of reads: a page of a collection, or one record.

Used by the views, and by ``direct_reads``, which answers without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mockroster.http.admin.address import root
from mockroster.query import selection
from mockroster.render import page
from mockroster.render.answer import JSON
from mockroster.render.request_path import encoded_path

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from mockroster.query.parameters import Query
    from mockroster.roster.overlay import Overlay
    from mockroster.roster.record import Record
    from mockroster.standard.model import Operation

_PAGE_CACHE = page.PageCache()
"""Shared by all sandboxes, so that one limit applies to all pages."""


class Read(NamedTuple):
    """A successful read."""

    body: bytes
    headers: list[tuple[str, str]]
    rows: int | None = None
    """The rows of the page, for a collection."""

    total: int = 1
    """The rows of all pages."""


def read_page(
    operation: Operation,
    query: Query,
    records: Sequence[Record],
    number: int | None,
    environ: WSGIEnvironment,
    path: str,
) -> Read:
    """Return a page of selected records.

    ``number`` is that of the ``QueryResult`` with these records, or ``None`` for records that must not be cached.
    ``path`` is the decoded path of the request, which links repeat. Raises ``QueryTooLong``.
    """
    root_url = root(environ)

    def build() -> bytes:
        return page.collection(operation, records[query.offset : query.offset + query.limit], query, root_url)

    def weight() -> int:
        return query.weight + len(root_url)

    body = build() if number is None else _PAGE_CACHE.get((number, query, root_url), weight, build)
    total = len(records)
    url = root_url + encoded_path(environ, path)
    headers = [*_headers(body, total), ("Link", page.links(url, query, total))]
    return Read(body, headers, max(0, min(query.limit, total - query.offset)), total)


def read_record(
    operation: Operation, query: Query, overlay: Overlay, arguments: Mapping[str, str], environ: WSGIEnvironment
) -> Read:
    """Return one record. Raises ``UnknownObject``."""
    with overlay.exclusive():
        record = selection.find(overlay, operation.rows, arguments["sourcedId"])
    body = page.single(operation, record, query, root(environ))
    return Read(body, _headers(body, 1))


def _headers(body: bytes, total: int) -> list[tuple[str, str]]:
    return [("Content-Type", JSON), ("Content-Length", str(len(body))), ("X-Total-Count", str(total))]
