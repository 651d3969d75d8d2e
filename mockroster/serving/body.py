"""Read request bodies of a known length or in chunks (RFC 9112, sections 6 and 7), within the limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from mockroster.errors import RequestRejected
from mockroster.serving.head import Head
from mockroster.serving.limits import Limits

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*")


class Body(Protocol):
    """A body that is being read."""

    data: bytearray
    """The bytes received so far, without their framing."""

    def feed(self, buffer: bytearray) -> bool:
        """Consume the bytes of the body, and return whether it is complete. Raises ``RequestRejected``."""


def create_body(head: Head, limits: Limits) -> Body | None:
    """Return the body to read after a head, or ``None``. Raises ``RequestRejected`` if it is too large."""
    if head.headers.is_chunked:
        return ChunkedBody(limits)
    if head.headers.length == 0:
        return None
    if head.headers.length > limits.body_bytes:
        raise body_too_large(limits)
    return FixedBody(head.headers.length)


def body_too_large(limits: Limits) -> RequestRejected:
    """Return the error for a body that is larger than ``Limits.body_bytes``."""
    return RequestRejected(413, f"the body is larger than {limits.body_bytes >> 20} MB")


class FixedBody:
    """A body with a Content-Length."""

    def __init__(self, length: int) -> None:
        self.data = bytearray()
        self._length = length

    def feed(self, buffer: bytearray) -> bool:
        """Consume bytes up to the announced length."""
        remaining = self._length - len(self.data)
        self.data += buffer[:remaining]
        del buffer[:remaining]
        return len(self.data) == self._length


class ChunkedBody:
    """A body in chunks; extensions and trailers are bounded and ignored."""

    def __init__(self, limits: Limits) -> None:
        self.data = bytearray()
        self._limits = limits
        self._remaining = 0
        self._trailer_bytes = 0
        self._read = self._read_size

    def feed(self, buffer: bytearray) -> bool:
        """Consume complete elements of the framing."""
        while True:
            progress = self._read(buffer)
            if progress is None:
                return False
            if not progress:
                return True

    def _read_size(self, buffer: bytearray) -> bool | None:
        """Read the size line of a chunk; ``None`` means more bytes are needed, ``False`` that the body has ended."""
        line = self._line(buffer, self._limits.chunk_line_bytes, "the size line of a chunk")
        if line is None:
            return None
        size = _SIZE.fullmatch(line)
        if size is None:
            raise RequestRejected(400, "a chunk does not begin with its size in hexadecimal digits")
        self._remaining = int(size[1], 16)
        if len(self.data) + self._remaining > self._limits.body_bytes:
            raise body_too_large(self._limits)
        self._read = self._read_data if self._remaining else self._read_trailer
        return True

    def _read_data(self, buffer: bytearray) -> bool | None:
        piece = buffer[: self._remaining]
        self.data += piece
        self._remaining -= len(piece)
        del buffer[: len(piece)]
        if self._remaining or len(buffer) < 2:
            return None
        if buffer[:2] != b"\r\n":
            raise RequestRejected(400, "a chunk is longer than its size says")
        del buffer[:2]
        self._read = self._read_size
        return True

    def _read_trailer(self, buffer: bytearray) -> bool | None:
        line = self._line(buffer, self._limits.trailer_bytes - self._trailer_bytes, "the trailers of the body")
        if line is None:
            return None
        if not line:
            return False
        if not _TRAILER.fullmatch(line):
            raise RequestRejected(400, "a trailer is not a header line such as 'Name: value'")
        self._trailer_bytes += len(line) + 2
        return True

    def _line(self, buffer: bytearray, most: int, what: str) -> bytes | None:
        """Consume a line of at most ``most`` bytes, or return ``None`` if it is incomplete."""
        end = buffer.find(b"\n", 0, most + 2)
        if end < 0:
            if len(buffer) >= most + 2:
                raise RequestRejected(400, f"{what} is longer than {most} bytes")
            return None
        line = bytes(buffer[: end + 1])
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise RequestRejected(400, f"{what} does not end with CRLF")
        del buffer[: end + 1]
        return line[:-2]


class BodyReader:
    """Reads the body of one request within the limits of time, rate and memory."""

    __slots__ = ("_body", "_limits", "_reserve", "_reserved", "_started", "deadline")

    def __init__(self, body: Body, limits: Limits, reserve: Callable[[int], bool], now: float) -> None:
        """``reserve`` accounts for bytes in memory and returns whether they are within the server's limit."""
        self._body: Body | None = body
        self._limits = limits
        self._reserve = reserve
        self._reserved = 0
        self._started = now
        self.deadline = now + limits.body_seconds
        """The time by which more of the body must arrive, by the clock of the event loop."""

    def feed(self, buffer: bytearray, now: float) -> bool:
        """Consume the bytes of the body, and return whether it is complete. Raises ``RequestRejected``."""
        body = self._body
        if body is None:
            return True
        is_complete = body.feed(buffer)
        growth = len(body.data) - self._reserved
        self._reserved += growth
        if not self._reserve(growth):
            raise RequestRejected(503, "too many request bodies are being read; try again later")
        if is_complete:
            return True
        latest = self._started + self._limits.body_seconds + self._reserved / self._limits.body_bytes_per_second
        if now > latest:
            raise RequestRejected(408, "the body came too slowly")
        self.deadline = min(now + self._limits.body_seconds, latest)
        return False

    def take(self) -> bytes:
        """Return the bytes of the body and drop the buffer. They stay reserved until ``release``."""
        body, self._body = self._body, None
        return b"" if body is None else bytes(body.data)

    def release(self) -> None:
        """Release the reserved memory."""
        self._body = None
        self._reserve(-self._reserved)
        self._reserved = 0
