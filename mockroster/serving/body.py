"""Request bodies as they arrive: of a known length, or in chunks (RFC 9112, sections 6 and 7)."""

from __future__ import annotations

import re
from typing import Protocol

from mockroster.errors import Rejected
from mockroster.serving.head import Head
from mockroster.serving.limits import Limits

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*")


class Body(Protocol):
    """A body that is being read."""

    data: bytearray
    """The bytes that have come, without what frames them."""

    def feed(self, arrived: bytearray) -> bool:
        """Take from ``arrived`` what belongs to the body, and return whether it is complete. Raises ``Rejected``."""


def body_of(head: Head, limits: Limits) -> Body | None:
    """Return the body to read after a head, or ``None``. Raises ``Rejected`` for one that is announced too large."""
    if head.headers.is_chunked:
        return ChunkedBody(limits)
    if head.headers.length == 0:
        return None
    if head.headers.length > limits.body_bytes:
        raise too_large(limits)
    return FixedBody(head.headers.length)


def too_large(limits: Limits) -> Rejected:
    """Return the refusal of a body that is larger than ``Limits.body_bytes``."""
    return Rejected(413, f"the body is larger than {limits.body_bytes >> 20} MB")


class FixedBody:
    """A body whose length was announced."""

    def __init__(self, length: int) -> None:
        self.data = bytearray()
        self._length = length

    def feed(self, arrived: bytearray) -> bool:
        """Take bytes up to the announced length."""
        missing = self._length - len(self.data)
        self.data += arrived[:missing]
        del arrived[:missing]
        return len(self.data) == self._length


class ChunkedBody:
    """A body in chunks; extensions and trailers are bounded and passed over."""

    def __init__(self, limits: Limits) -> None:
        self.data = bytearray()
        self._limits = limits
        self._missing = 0
        self._trailer_bytes = 0
        self._read = self._read_size

    def feed(self, arrived: bytearray) -> bool:
        """Take whole pieces of the framing as long as there are any."""
        while True:
            progress = self._read(arrived)
            if progress is None:
                return False
            if not progress:
                return True

    def _read_size(self, arrived: bytearray) -> bool | None:
        """Read the size line of a chunk; ``None`` asks for more bytes, ``False`` ends the body."""
        line = self._line(arrived, self._limits.chunk_line_bytes, "the size line of a chunk")
        if line is None:
            return None
        size = _SIZE.fullmatch(line)
        if size is None:
            raise Rejected(400, "a chunk does not begin with its size in hexadecimal digits")
        self._missing = int(size[1], 16)
        if len(self.data) + self._missing > self._limits.body_bytes:
            raise too_large(self._limits)
        self._read = self._read_data if self._missing else self._read_trailer
        return True

    def _read_data(self, arrived: bytearray) -> bool | None:
        piece = arrived[: self._missing]
        self.data += piece
        self._missing -= len(piece)
        del arrived[: len(piece)]
        if self._missing or len(arrived) < 2:
            return None
        if arrived[:2] != b"\r\n":
            raise Rejected(400, "a chunk is longer than its size says")
        del arrived[:2]
        self._read = self._read_size
        return True

    def _read_trailer(self, arrived: bytearray) -> bool | None:
        line = self._line(arrived, self._limits.trailer_bytes - self._trailer_bytes, "the trailers of the body")
        if line is None:
            return None
        if not line:
            return False
        if not _TRAILER.fullmatch(line):
            raise Rejected(400, "a trailer is not a header line such as 'Name: value'")
        self._trailer_bytes += len(line) + 2
        return True

    def _line(self, arrived: bytearray, most: int, what: str) -> bytes | None:
        """Take a line of at most ``most`` bytes, or return ``None`` as long as it is incomplete."""
        end = arrived.find(b"\n", 0, most + 2)
        if end < 0:
            if len(arrived) >= most + 2:
                raise Rejected(400, f"{what} is longer than {most} bytes")
            return None
        line = bytes(arrived[: end + 1])
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise Rejected(400, f"{what} does not end with CRLF")
        del arrived[: end + 1]
        return line[:-2]
