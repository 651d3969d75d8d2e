"""The protocol of one connection: read requests, answer them in order, apply flow control.

Everything runs on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, cast

from mockroster.delivery import Close, Outcome, Reset
from mockroster.errors import RequestRejected
from mockroster.serving.body import BodyReader, create_body
from mockroster.serving.environ import request_environ
from mockroster.serving.exchange import Exchange
from mockroster.serving.head import (
    Head,
    HeaderLines,
    build_head,
    check_incomplete,
    parse_header_lines,
    parse_request_line,
)
from mockroster.serving.response import answer_options, encode_refusal
from mockroster.serving.sockets import reset_on_close, unacknowledged_bytes

if TYPE_CHECKING:
    from mockroster.serving.server import HttpServer

log = logging.getLogger("mockroster.serving")

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_PREFACE = b"PRI * HTTP/2.0"
_FLUSH_SECONDS = 0.05
"""Pause between the last bytes and an abrupt end, so that the client receives them first."""


class _State(Enum):
    HEAD = auto()
    BODY = auto()
    ANSWERING = auto()
    DRAINING = auto()
    """A request was refused: discard what the client still sends, so that it reads the response."""

    CLOSING = auto()
    """The last bytes are being sent."""

    CLOSED = auto()


class Connection(asyncio.Protocol):
    """The protocol of one client connection."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._limits = server.limits
        self._loop = server.loop
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._state = _State.HEAD
        self._buffer = bytearray()
        self._searched = 0
        self._block = b""
        self._lines: HeaderLines | None = None
        self._method, self._target = b"", ""
        """Those of the current request, once its request line is parsed."""

        self._head = cast("Head", None)
        self._body: BodyReader | None = None
        self._drained = 0
        self._exchange: Exchange | None = None
        self._base: dict[str, Any] = {}
        self._reading = True
        self.can_write = True
        """Whether the write buffer has room."""

        self._is_due = False
        """Whether ``_advance_later`` is scheduled."""

        self._at_end = False
        self._unsent = 0
        self._peer = ""
        self.deadline = self._loop.time() + self._limits.idle_seconds
        """The time to call ``expire``, by the clock of the event loop; infinite without a deadline."""

    # Called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start, or answer 503 if there are too many connections."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=self._limits.write_bytes)
        peer = self._transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self._peer, port = str(peer[0]), str(peer[1])
        else:
            port = ""
        self._base = self._server.environ | {"REMOTE_ADDR": self._peer, "REMOTE_PORT": port}
        if self._server.is_stopping:
            self._transport.abort()  # it was accepted just before
        elif not self._server.admit(self):
            self._refuse(
                RequestRejected(503, f"there are more than {self._limits.connections} connections; try again later")
            )

    def data_received(self, data: bytes) -> None:
        """Buffer received bytes and read requests from them."""
        if self._state is _State.DRAINING:
            self._drained += len(data)
            if self._drained > self._limits.drain_bytes:
                self.close()
            return
        if self._state is _State.CLOSING:
            return
        self._buffer += data
        if self._state is _State.ANSWERING or self._is_due or not self.can_write:
            if len(self._buffer) > self._limits.pipelined_bytes and self._reading:
                self._reading = False
                self._transport.pause_reading()
            return
        self._advance()

    def eof_received(self) -> bool:
        """Answer the requests received before the end of input; reject an incomplete request."""
        self._at_end = True
        if self._state is _State.ANSWERING:
            exchange = self._exchange
            if exchange is not None and exchange.is_waiting:
                self.abort("client-gone")
            return self._is_half_open()
        if self._is_due or not self.can_write:
            return self._is_half_open()  # ``_advance_later`` reads the rest first
        if self._state is _State.BODY:
            self._refuse(RequestRejected(400, "the body ends before its announced length"))
        elif self._buffer and self._state is _State.HEAD:
            self._refuse(RequestRejected(400, "the request ends within its headers"))
        else:
            self.close()
        return self._is_half_open()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the exchange and release the resources of the connection, once no thread works for it any more."""
        del exc
        self._state = _State.CLOSED
        self.deadline = float("inf")
        if self._exchange is not None:
            self._exchange.end("client-gone")
        if self._exchange is None or not self._exchange.is_busy:
            self.on_idle()

    def on_idle(self) -> None:
        """Release the resources of a connection that was lost; called when a thread has ended its work for it.

        Until then it counts, and so does its body: clients that leave at once cannot fill the queue of the threads.
        """
        if self._state is _State.CLOSED:
            self._exchange = None
            self._release_body()
            self._server.forget(self)

    def pause_writing(self) -> None:
        """Pause the response until the client has read more of it."""
        self.can_write = False
        self._await_progress(self._loop.time())

    def resume_writing(self) -> None:
        """Continue the response."""
        self.can_write = True
        if self._exchange is not None:
            self.deadline = float("inf")
            self._exchange.resume()
        elif self._state is _State.HEAD:
            self._await_request()
        elif self._state is _State.BODY:
            self.deadline = self._loop.time() + self._limits.body_seconds

    # Deadlines

    def expire(self, now: float) -> None:
        """Apply the deadline that has passed; called by the server after ``deadline``."""
        self.deadline = float("inf")
        if self._state is _State.DRAINING:
            self.abort("client-gone")
        elif self._state is _State.CLOSING or not self.can_write:
            if self._unsent_bytes() >= self._unsent:
                log.warning("closed the connection of %s: it stopped reading the response", self._peer)
                self.abort("client-gone")
            else:
                self._await_progress(now)
        elif self._state is _State.HEAD:
            if self._buffer:
                self._refuse(RequestRejected(408, f"the headers took longer than {self._limits.head_seconds:g} s"))
            else:
                self.close()
        elif self._state is _State.BODY:
            self._refuse(RequestRejected(408, "the body came too slowly"))

    def _await_progress(self, now: float) -> None:
        """Set the deadline by which the client must have received more of the responses."""
        self._unsent = self._unsent_bytes()
        self.deadline = now + self._limits.write_seconds

    def _unsent_bytes(self) -> int:
        """Return the bytes of responses that the client has not received yet."""
        connected = self._transport.get_extra_info("socket")  # none once TLS has lost its connection
        in_system = 0 if connected is None else unacknowledged_bytes(connected)
        return self._transport.get_write_buffer_size() + in_system

    @property
    def is_answering(self) -> bool:
        """Return whether a response is being made or sent; not one that waits."""
        if self._state is _State.ANSWERING:
            return not (self._exchange is not None and self._exchange.is_waiting)
        return self._transport.get_write_buffer_size() > 0

    def stop(self) -> None:
        """Accept no further request, and close after the current response."""
        if self._exchange is not None:
            self._exchange.keeps_alive = False
        else:
            self.close()

    # Reading

    def _advance(self) -> bool:
        """Read buffered bytes, and return whether a request was complete and is being answered."""
        try:
            if self._state is _State.HEAD:
                head = self._read_head()
                if head is None:
                    return False
                self._begin_body(head)
            if self._body is not None and not self._read_body(self._body):
                return False
        except RequestRejected as refusal:
            self._refuse(refusal)
            return False
        self._answer(self._head)
        return True

    def _read_head(self) -> Head | None:
        """Return the head once it is complete. Raises ``RequestRejected``."""
        buffer = self._buffer
        while buffer[:2] == b"\r\n":  # tolerated before a request line (RFC 9112, section 2.2)
            del buffer[:2]
        if buffer.startswith(_PREFACE):
            log.warning("closed the connection of %s: it uses HTTP/2; only HTTP/1.1 is supported", self._peer)
            self.close()
            return None
        end = buffer.find(b"\r\n\r\n", self._searched)
        if end < 0:
            self._check_incomplete(buffer)
            return None
        line_end = buffer.find(b"\r\n")
        block = bytes(buffer[line_end + 2 : end + 2])
        line = bytes(buffer[:line_end])
        del buffer[: end + 4]
        self._searched = 0
        self._method, self._target = b"", ""
        method, target, protocol = parse_request_line(line, self._limits)
        self._method, self._target = method, target.decode("latin-1")
        if block != self._block or self._lines is None:
            if len(block) > self._limits.header_bytes:
                raise RequestRejected(431, f"the header lines are longer than {self._limits.header_bytes:,} bytes")
            self._lines = parse_header_lines(block, self._limits)
            self._block = block
        return build_head(method, target, protocol, self._lines)

    def _begin_body(self, head: Head) -> None:
        """Prepare to read the body, if there is one. Raises ``RequestRejected``."""
        self._head = head
        body = create_body(head, self._limits)
        if body is not None:
            self._body = BodyReader(body, self._limits, self._server.reserve, self._loop.time())
            self._state = _State.BODY
            self.deadline = self._body.deadline
            if head.headers.expects_continue and head.protocol == "HTTP/1.1" and not self._buffer:
                self._transport.write(_CONTINUE)

    def _check_incomplete(self, buffer: bytearray) -> None:
        """Reject bytes that cannot become a valid head. Raises ``RequestRejected``."""
        if not buffer:
            return
        if self._searched == 0:
            self.deadline = self._loop.time() + self._limits.head_seconds
        check_incomplete(buffer, self._searched, self._limits)
        self._searched = max(1, len(buffer) - 3)

    def _read_body(self, reader: BodyReader) -> bool:
        """Return whether the body is complete. Raises ``RequestRejected``."""
        is_complete = reader.feed(self._buffer, self._loop.time())
        self.deadline = reader.deadline
        return is_complete

    def _release_body(self) -> None:
        if self._body is not None:
            self._body.release()
            self._body = None

    # Answering

    def _answer(self, head: Head) -> None:
        """Call the application with the request."""
        self._state = _State.ANSWERING
        self.deadline = float("inf")
        environ = request_environ(self._base, head, None if self._body is None else self._body.take())
        self._exchange = exchange = Exchange(self, self._server, head, environ)
        if head.target == "*":
            exchange.run_in_loop(answer_options)
        elif self._server.is_quick(environ):
            exchange.run_in_loop(self._server.application)
        else:
            exchange.run_in_thread()

    def write(self, data: bytes) -> None:
        """Send bytes of a response."""
        self._transport.write(data)

    def is_delivering(self, exchange: Exchange) -> bool:
        """Return whether the response of an exchange may still be sent."""
        return self._exchange is exchange and not self._transport.is_closing()

    def finish(self, *, keeps_alive: bool) -> None:
        """Continue with the next request, or close; called after the response."""
        self._exchange = None
        self._release_body()
        if not keeps_alive or self._server.is_stopping or (self._at_end and not self._buffer):
            self.close()
            return
        self._state = _State.HEAD
        if self.can_write:
            self._await_request()

    def _await_request(self) -> None:
        """Read the next request, once the write buffer has room."""
        if not self._reading:
            self._reading = True
            self._transport.resume_reading()
        self.deadline = self._loop.time() + self._limits.idle_seconds
        if self._buffer or self._at_end:
            self._is_due = True
            self._loop.call_soon(self._advance_later)  # other connections come first

    def _advance_later(self) -> None:
        self._is_due = False
        if self._state is _State.HEAD and not self._advance() and self._at_end:
            self.eof_received()

    def on_wait(self) -> None:
        """Abandon the exchange if the client has closed its side: a wait would not notice its departure."""
        if self._at_end:
            self.abort("client-gone")

    def end_abruptly(self, step: Close | Reset) -> None:
        """Close or reset the connection after the sent bytes have left."""
        self._loop.call_later(_FLUSH_SECONDS, self._reset if isinstance(step, Reset) else self.close)

    # Ending

    def _refuse(self, refusal: RequestRejected) -> None:
        """Answer an invalid request without the application, and close."""
        log.warning("%d for %s: %s", refusal.status, self._peer, refusal.description)
        body = self._server.refusal_body(refusal.status, refusal.description, self._target)
        self._release_body()
        self._transport.write(encode_refusal(refusal, body, is_head=self._method == b"HEAD"))
        self._buffer.clear()
        if self._at_end:
            self.close()
            return
        self._state = _State.DRAINING
        self.deadline = self._loop.time() + self._limits.drain_seconds
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def close(self) -> None:
        """Close after the sent bytes have left, or when the client stops reading them."""
        if not self._transport.is_closing():
            self._state = _State.CLOSING
            self._await_progress(self._loop.time())
            # Not at once: asyncio ends a transport twice if it is closed within ``resume_writing``.
            self._loop.call_soon(self._transport.close)

    def abort(self, outcome: Outcome) -> None:
        """Close at once, unless the connection is lost already."""
        if self._exchange is not None:
            self._exchange.end(outcome)
        if self._state is not _State.CLOSED:
            self._transport.abort()

    def _reset(self) -> None:
        """Close with a TCP reset in place of an orderly end."""
        connected = self._transport.get_extra_info("socket")
        if connected is not None and not self._transport.is_closing():
            reset_on_close(connected)
        self.abort("cut")

    def _is_half_open(self) -> bool:
        """Return whether the transport stays open after the client's end of input; TLS does not support it."""
        return self._transport.can_write_eof()
