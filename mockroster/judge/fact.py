"""A fact: the data of a request that the rules need, in at most 200 bytes.

The journal keeps the last 1,000 requests; a run keeps a fact of each of 200,000. A fact begins with the sequence of its
request, so sorted facts are in the order of arrival. It contains no secrets: credentials and bodies are digests.
"""

from __future__ import annotations

from functools import cache
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from mockroster.standard.versions import SERVICES
from mockroster.state.values import MAX_FACT

if TYPE_CHECKING:
    from mockroster.standard.model import Operation, Service

METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "?")
ANSWERED, CUT, LOST = range(3)
"""The ends of a request: complete; cut, so that a careless client takes it for complete; without a usable response."""

UNKNOWN = 0xFFFF
"""The operation of a request for a path that nothing serves."""

TOKEN = 0xFFFE
"""The operation of a token request."""

COPY = 0xFFFD
"""The operation of a comparison of the client's copy with the records, which is no request of the client."""

NONE = -1
"""A number that the request or the response does not have."""


class Flag:
    """The bits that describe a request and its response. Plain numbers: an ``IntFlag`` is ten times as slow."""

    LIMIT = 1
    """The request has a ``limit``."""

    LINK = 2
    """The response has a ``Link`` header."""

    LINK_NEXT = 4
    """It has a link to a next page."""

    UNREADABLE = 8
    """The body of a 200 is cut, is no JSON, or has no records."""

    EXPIRED = 16
    """The response is 401, and the token in the request was issued here."""

    TOUCHED = 32
    """A scenario changed the response."""

    SPARSE = 64
    """A scenario removed optional members, or made them null."""

    RETRY_DATE = 128
    """``Retry-After`` is a date."""

    SHORTENED = 256
    """The text of the request did not fit."""

    SORTED = 512
    """The rows are sorted by ``sourcedId``, which is a total order."""

    ACTIVE_ONLY = 1024
    """The filter excludes records that are to be deleted."""

    SELECTIVE = 2048
    """The request has a filter, fields or sort."""

    NARROWED = 4096
    """The request has a filter."""


class Fact(NamedTuple):
    """One completed request."""

    sequence: int
    began: float
    """The real time of arrival in seconds; the differences are those of a monotonic clock."""

    seconds: float
    """The duration."""

    outcome: int
    """``ANSWERED``, ``CUT`` or ``LOST``."""

    client: int
    """The digest of the client id, 0 without one."""

    offset: float
    """The seconds by which the clock of the sandbox was ahead of real time."""

    operation: int
    method: int
    status: int
    flags: int
    rows: int
    """The rows of the page that was sent."""

    limit: int
    """The limit of the request, or the default; for a token request its scopes."""

    start: int
    """The offset of the page."""

    total: int
    """The rows of all pages."""

    total_header: int
    """The value of X-Total-Count."""

    target: int
    """The digest of method, path and query."""

    path: int
    """The digest of the path."""

    shape: int
    """The digest of the query without ``limit`` and ``offset``."""

    token: int
    """The digest of the credentials."""

    body: int
    """The digest of the body of the request."""

    retry_after: float
    """The seconds in ``Retry-After``."""

    revision: int
    mark: int
    """The digest of a revision that the response shows."""

    watermark: float
    """The time after which the filter asks for changes, in seconds; 0 without one."""

    newest: float
    """The newest ``dateLastModified`` of the collection, in seconds."""

    bracket: int
    """The digest of the names of the runs that the request belongs to."""

    text: str = ""
    """The path parameters and the query without ``limit`` and ``offset``: ``c1?sort=sourcedId``; a whole path if
    nothing serves it."""

    @property
    def ended(self) -> float:
        """The real time of the end."""
        return self.began + self.seconds

    @property
    def at(self) -> float:
        """The time of arrival by the clock of the sandbox."""
        return self.began + self.offset

    @property
    def is_token(self) -> bool:
        """Whether the request asks for a token."""
        return self.operation == TOKEN

    @property
    def scopes(self) -> int:
        """The scopes that a token request names, as bits by their places in ``SCOPES``."""
        return max(self.limit, 0)

    @property
    def is_unreadable(self) -> bool:
        """Whether the status is 200, and the body is cut or has no records."""
        return self.status == 200 and (self.outcome == CUT or bool(self.flags & Flag.UNREADABLE))

    @property
    def is_page(self) -> bool:
        """Whether the response is a page of a collection, complete and readable."""
        return self.rows >= 0 and self.status == 200 and self.outcome == ANSWERED and not self.flags & Flag.UNREADABLE

    @property
    def is_read(self) -> bool:
        """Whether the request reads records."""
        return self.method == 0 and self.operation < COPY

    @property
    def is_failure(self) -> bool:
        """Whether the request should be repeated: the server failed, or the response did not arrive."""
        return self.status >= 500 or self.outcome == LOST


_HEAD = Struct(">IdfB")
_REST = Struct(">IdHBHHiiiiiQIIIIfIIddI")
MOST_TEXT = MAX_FACT - _HEAD.size - _REST.size
"""The most bytes of the text of a fact."""

pack_head = _HEAD.pack
"""Return the first four members of a fact as bytes."""

pack_rest = _REST.pack
"""Return the other members except the text as bytes."""


def pack(fact: Fact) -> bytes:
    """Return a fact as bytes. The text must fit."""
    return _HEAD.pack(*fact[:4]) + _REST.pack(*fact[4:-1]) + fact.text.encode("utf-8", "replace")


def unpack(data: bytes) -> Fact:
    """Return the fact that ``pack`` made bytes of."""
    rest = _HEAD.size
    text = data[rest + _REST.size :].decode("utf-8", "replace")
    return Fact._make((*_HEAD.unpack_from(data), *_REST.unpack_from(data, rest), text))


def digest(text: str) -> int:
    """Return the digest of a name, 0 for an empty one."""
    return crc32(text.encode("utf-8", "surrogatepass"))


@cache
def operations() -> tuple[tuple[Service, Operation], ...]:
    """Return every operation with its service; its index is its number in facts."""
    return tuple((service, operation) for service in SERVICES for operation in service.all_operations)


@cache
def endpoints() -> dict[str, int]:
    """Return the number of each operation by ``service.operation``."""
    return {f"{service.name}.{operation.name}": number for number, (service, operation) in enumerate(operations())}


def operation_of(fact: Fact) -> Operation | None:
    """Return the operation of a request, or ``None`` if nothing serves its path or it is a token request."""
    return operations()[fact.operation][1] if fact.operation < COPY else None


def list_name(fact: Fact) -> str:
    """Return the path of the operation of a request without the leading slash, or of a path that nothing serves."""
    operation = operation_of(fact)
    return operation.path.lstrip("/") if operation else fact.text


def is_collection(fact: Fact) -> bool:
    """Return whether a request reads a collection."""
    operation = operation_of(fact)
    return operation is not None and operation.kind == "collection"
