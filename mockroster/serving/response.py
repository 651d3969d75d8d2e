"""The head of a response, as a WSGI application starts it (PEP 3333) and as it goes out."""

from __future__ import annotations

import re
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mockroster.clock import real_now

if TYPE_CHECKING:
    from _typeshed import OptExcInfo

_STATUS = re.compile(r"[1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?")
_BODILESS = frozenset({204, 304})


class ResponseHead:
    """Status and headers of a response; ``start`` is the application's ``start_response``."""

    __slots__ = ("_headers", "_status", "content_length", "is_chunked", "is_sent", "keeps_alive", "written")

    def __init__(self) -> None:
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self.content_length: int | None = None
        """As the application gives it."""

        self.is_chunked = False
        self.is_sent = False
        self.keeps_alive = True
        """Whether the application lets the connection be used again."""

        self.written: list[bytes] = []
        """What the application has passed to ``write``."""

    @property
    def is_started(self) -> bool:
        """Return whether the application has called ``start_response``."""
        return self._status != ""

    @property
    def code(self) -> int:
        """Return the status code."""
        return int(self._status[:3] or 500)

    @property
    def is_bodiless(self) -> bool:
        """Return whether a response of this status never has a body (RFC 9112, section 6.3)."""
        return self.code in _BODILESS

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None) -> Any:
        """Take status and headers, and return ``write``. Raises ``AssertionError`` where PEP 3333 forbids the call."""
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
        self.content_length = None
        for name, value in headers:
            lowered = name.lower()
            if lowered == "content-length":
                self.content_length = int(value)
            elif lowered == "connection":
                self.keeps_alive = value.lower() != "close"
        return self.written.append

    def encode(self, *, chunked: bool, length: int | None, closes: bool, says_keep_alive: bool) -> bytes:
        """Return the head as it goes out.

        ``length`` is the Content-Length to add where the application gave none; ``chunked`` adds Transfer-Encoding.
        Raises ``ValueError`` where a header holds a line break or a character that HTTP cannot carry.
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
            raise ValueError("a response header holds a line break")
        head = (text + "\r\n\r\n").encode("latin-1")
        self.is_sent = True
        self.is_chunked = chunked
        return head


@lru_cache(maxsize=128)
def _status_line(status: str) -> str:
    return f"HTTP/1.1 {status}" if " " in status else f"HTTP/1.1 {status} "


@lru_cache(maxsize=2)
def _date_line(second: int) -> str:
    """Return the Date header of a second, given in seconds since 1970."""
    return f"Date: {formatdate(second, usegmt=True)}"
