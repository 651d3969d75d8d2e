"""The head of a response, started by a WSGI application (PEP 3333) and encoded for the connection; small responses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from mockroster.clock import real_now
from mockroster.errors import RequestRejected

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import WSGIEnvironment

_STATUS = re.compile(r"[1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?")
_BODILESS = frozenset({"204", "304"})


class ResponseHead:
    """Status and headers of a response; ``start`` is the application's ``start_response``."""

    __slots__ = (
        "_headers",
        "_status",
        "content_length",
        "is_bodiless",
        "is_chunked",
        "is_sent",
        "keeps_alive",
        "written",
    )

    def __init__(self) -> None:
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self.content_length: int | None = None
        """The Content-Length that the application set."""

        self.is_bodiless = False
        """Whether a response of this status never has a body (RFC 9112, section 6.3)."""

        self.is_chunked = False
        self.is_sent = False
        self.keeps_alive = True
        """Whether the application allows the connection to be reused."""

        self.written: list[bytes] = []
        """The pieces of the body that the application passed to ``write``."""

    @property
    def is_started(self) -> bool:
        """Return whether the application has called ``start_response``."""
        return self._status != ""

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None) -> Any:
        """Set status and headers, and return ``write``. Raises ``AssertionError`` for a call that PEP 3333 forbids."""
        if exc_info is not None:
            try:
                if self.is_sent and exc_info[1] is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self._status:
            raise AssertionError("start_response was called twice without exc_info")
        if not _STATUS.fullmatch(status):
            raise AssertionError(f"{status!r} is not a status such as '200 OK'")
        self._status, self._headers = status, headers
        self.is_bodiless = status[:3] in _BODILESS
        self.content_length = None
        for name, value in headers:
            lowered = name.lower()
            if lowered == "content-length":
                self.content_length = int(value)
            elif lowered == "connection":
                self.keeps_alive = value.lower() != "close"
        return self.written.append

    def encode(self, *, chunked: bool, length: int | None, closes: bool, says_keep_alive: bool) -> bytes:
        """Return the encoded head.

        ``length`` is the Content-Length to add if the application set none; ``chunked`` adds Transfer-Encoding.
        Raises ``ValueError`` for a header with a line break or a character that HTTP does not allow.
        """
        lines = [_status_line(self._status)]
        names = set()
        for name, value in self._headers:
            names.add(name.lower())
            lines.append(f"{name}: {value}")
        if length is not None and "content-length" not in names:
            lines.append(f"Content-Length: {length}")
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        if "date" not in names:
            lines.append(_date_line(int(real_now().timestamp())))
        if "server" not in names:
            lines.append("Server: mockroster")
        if closes and "connection" not in names:
            lines.append("Connection: close")
        elif says_keep_alive and "connection" not in names:
            lines.append("Connection: keep-alive")
        text = "\r\n".join(lines)
        if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1 or "\0" in text:
            raise ValueError("a response header contains a line break")
        head = (text + "\r\n\r\n").encode("latin-1")
        self.is_sent = True
        self.is_chunked = chunked
        return head


def encode_refusal(refusal: RequestRejected, body: bytes, *, is_head: bool) -> bytes:
    """Return the whole response to a request that the application does not see; it closes the connection.

    The response to a HEAD has the length of the body, but not the body (RFC 9110, section 9.3.2).
    """
    response = ResponseHead()
    headers = [("Content-Type", "application/json")]
    if refusal.status == 503:
        headers.append(("Retry-After", "1"))
    response.start(f"{refusal.status} {HTTPStatus(refusal.status).phrase}", headers)
    head = response.encode(chunked=False, length=len(body), closes=True, says_keep_alive=False)
    return head if is_head else head + body


def answer_options(environ: WSGIEnvironment, start_response: Callable[..., Any]) -> list[bytes]:
    """Answer ``OPTIONS *``, which asks about the server as a whole (RFC 9110, section 9.3.7)."""
    del environ
    start_response("204 No Content", [("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")])
    return []


def slices(body: bytes, size: int) -> Iterator[bytes]:
    """Yield a large body in pieces, so that only one of them is buffered for a slow client."""
    for start in range(0, len(body), size):
        yield body[start : start + size]


@lru_cache(maxsize=128)
def _status_line(status: str) -> str:
    return f"HTTP/1.1 {status}" if " " in status else f"HTTP/1.1 {status} "


@lru_cache(maxsize=2)
def _date_line(second: int) -> str:
    """Return the Date header of a second, given in seconds since 1970."""
    return f"Date: {formatdate(second, usegmt=True)}"
