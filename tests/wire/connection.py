"""A strict HTTP/1.1 client that sends exactly the bytes it is given."""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import orjson
from patience import PATIENCE

_BODILESS = {204, 304}
_DEADLINE = PATIENCE
"""Seconds without a byte after which a test fails."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, read to its end; header names are in lower case."""

    version: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body, parsed."""
        return orjson.loads(self.body)

    @property
    def closes(self) -> bool:
        """Return whether the response announces the end of its connection."""
        return "close" in self.headers.get("connection", "").lower()


class Connection:
    """A connection, in the clear or over TLS, and the bytes that arrived on it."""

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext | None = None) -> None:
        self.socket = socket.create_connection(address, timeout=_DEADLINE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self._received = b""
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes; a server that has closed already must have answered before, so its reset is no failure."""
        with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            self.socket.sendall(data)

    def end_stream(self) -> None:
        """Send the end of the stream, and go on reading."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """End the connection by a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def answer(self, *, to_head: bool = False) -> Answer | None:
        """Return the next response, or None at the end of the stream. Raises ``TimeoutError`` if neither comes."""
        head = self._until(b"\r\n\r\n")
        if head is None:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, *_ = first.split(" ")
        assert version in {"HTTP/1.1", "HTTP/1.0"}, first
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            assert name.lower() not in headers or name.lower() == "link", f"{name} is there twice"
            headers[name.lower()] = value.strip()
        return Answer(version, int(status), headers, self._body(int(status), headers, to_head=to_head))

    def answer_head(self) -> None:
        """Read the head of a response and leave its body where it is."""
        assert self._until(b"\r\n\r\n") is not None

    def at_end(self) -> bool:
        """Return whether the server ended the stream without another byte."""
        return not self._received and not self._receive()

    def _body(self, status: int, headers: dict[str, str], *, to_head: bool) -> bytes:
        if to_head or status < 200 or status in _BODILESS:
            return b""
        if headers.get("transfer-encoding") == "chunked":
            return self._chunked()
        if "content-length" in headers:
            return self._exactly(int(headers["content-length"]))
        assert headers.get("connection") == "close", "a body without a length on a connection that stays"
        while self._receive():
            pass
        body, self._received = self._received, b""
        return body

    def _chunked(self) -> bytes:
        body = b""
        while True:
            line = self._until(b"\r\n")
            assert line is not None, "the stream ended within a chunked body"
            size = int(line, 16)
            body += self._exactly(size)
            assert self._exactly(2) == b"\r\n"
            if size == 0:
                return body

    def _exactly(self, length: int) -> bytes:
        while len(self._received) < length:
            assert self._receive(), f"the stream ended {length - len(self._received)} bytes before the body did"
        found, self._received = self._received[:length], self._received[length:]
        return found

    def _until(self, mark: bytes) -> bytes | None:
        while mark not in self._received:
            if not self._receive():
                assert not self._received, f"the stream ended within a head: {self._received!r}"
                return None
        found, _, self._received = self._received.partition(mark)
        return found

    def _receive(self) -> bool:
        if self._ended:
            return False
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            data = b""
        self._ended = not data
        self._received += data
        return bool(data)
