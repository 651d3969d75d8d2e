"""One connection: requests are read, answered in order, and sent as fast as the client takes them.

All of it runs on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, cast

from mockroster.delivery import Close, Outcome, Reset
from mockroster.errors import Rejected
from mockroster.serving.body import Body, body_of
from mockroster.serving.environ import request_environ
from mockroster.serving.exchange import Exchange, answer_options
from mockroster.serving.head import (
    Head,
    HeaderLines,
    check_incomplete,
    head_of,
    parse_header_lines,
    parse_request_line,
)
from mockroster.serving.response import ResponseHead
from mockroster.serving.sockets import reset_on_close, unacknowledged_bytes

if TYPE_CHECKING:
    from mockroster.serving.server import HttpServer

log = logging.getLogger("mockroster.serving")

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_PREFACE = b"PRI * HTTP/2.0"
_FLUSH_SECONDS = 0.05
"""Pause between the last bytes and an abrupt end, so that the client sees them first."""


class _State(Enum):
    HEAD = auto()
    BODY = auto()
    ANSWERING = auto()
    DRAINING = auto()
    CLOSED = auto()


class Connection(asyncio.Protocol):
    """The protocol of one client; the server makes one for each connection it accepts."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._limits = server.limits
        self._loop = server.loop
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._state = _State.HEAD
        self._arrived = bytearray()
        self._searched = 0
        self._block = b""
        self._lines: HeaderLines | None = None
        self._target = ""
        """The target of the request that is being read, once its request line is known."""

        self._head = cast("Head", None)
        self._body: Body | None = None
        self._body_began = 0.0
        self._buffered = 0
        self._drained = 0
        self._exchange: Exchange | None = None
        self._base: dict[str, Any] = {}
        self._reading = True
        self._writing = True
        self._is_due = False
        """Whether ``_go_on`` is scheduled."""

        self._at_end = False
        self._unsent = 0
        self._peer = ""
        self.deadline = self._loop.time() + self._limits.idle_seconds
        """When ``expire`` is due, by the clock of the event loop; infinite while there is nothing to wait for."""

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or answer 503 where there are too many connections."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=self._limits.write_bytes)
        peer = self._transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self._peer, port = str(peer[0]), str(peer[1])
        else:
            port = ""
        self._base = self._server.environ | {"REMOTE_ADDR": self._peer, "REMOTE_PORT": port}
        if not self._server.admit(self):
            self._refuse(Rejected(503, f"there are more than {self._limits.connections} connections; try again later"))

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        if self._state is _State.DRAINING:
            self._drained += len(data)
            if self._drained > self._limits.drain_bytes:
                self._close()
            return
        self._arrived += data
        if self._state is _State.ANSWERING or self._is_due or not self._writing:
            if len(self._arrived) > self._limits.pipelined_bytes and self._reading:
                self._reading = False
                self._transport.pause_reading()
            return
        self._advance()

    def eof_received(self) -> bool:
        """Answer what was asked, when the client sends no more; an incomplete request is refused."""
        self._at_end = True
        if self._state is _State.ANSWERING:
            exchange = self._exchange
            if exchange is not None and exchange.is_waiting:
                self._abort("client-gone")
            return self._is_half_open()
        if self._is_due or not self._writing:
            return self._is_half_open()  # ``_go_on`` looks at what is left first
        if self._state is _State.BODY:
            self._refuse(Rejected(400, "the body ends before its announced length"))
        elif self._arrived and self._state is _State.HEAD:
            self._refuse(Rejected(400, "the request ends within its headers"))
        else:
            self._close()
        return self._is_half_open()

    def connection_lost(self, exc: Exception | None) -> None:
        """End what waits for this client."""
        del exc
        self._state = _State.CLOSED
        self._release_body()
        self._server.forget(self)
        if self._exchange is not None:
            self._exchange.end("client-gone")
            self._exchange = None

    def pause_writing(self) -> None:
        """Make no more of a response while the client is slow to take it."""
        self._writing = False
        self._unsent = self._unsent_bytes()
        self.deadline = self._loop.time() + self._limits.write_seconds

    def resume_writing(self) -> None:
        """Go on with the response."""
        self._writing = True
        self.deadline = float("inf")
        if self._exchange is not None:
            self._exchange.resume()
        elif self._state is _State.HEAD:
            self._await_request()
        elif self._state is _State.BODY:
            self.deadline = self._loop.time() + self._limits.body_seconds

    # Deadlines

    def expire(self, now: float) -> None:
        """End what has taken too long; the server calls it once ``deadline`` is over."""
        self.deadline = float("inf")
        if self._state is _State.DRAINING:
            self._abort("client-gone")
        elif not self._writing:
            unsent = self._unsent_bytes()
            if unsent >= self._unsent:
                log.warning("closed the connection of %s: it takes no more of the response", self._peer)
                self._abort("client-gone")
            self._unsent = unsent
            self.deadline = now + self._limits.write_seconds
        elif self._state is _State.HEAD:
            if self._arrived:
                self._refuse(Rejected(408, f"the headers took longer than {self._limits.head_seconds:g} s"))
            else:
                self._close()
        elif self._state is _State.BODY:
            self._refuse(Rejected(408, "the body came too slowly"))

    def _unsent_bytes(self) -> int:
        """Return the bytes of responses that the client has not taken yet."""
        return self._transport.get_write_buffer_size() + unacknowledged_bytes(self._transport.get_extra_info("socket"))

    @property
    def is_idle(self) -> bool:
        """Return whether nothing is asked or answered."""
        return self._state is _State.HEAD and not self._arrived

    @property
    def is_answering(self) -> bool:
        """Return whether a request is being answered and does not merely wait."""
        return self._state is _State.ANSWERING and not (self._exchange is not None and self._exchange.is_waiting)

    def stop(self) -> None:
        """Accept no further request; what is being answered is finished."""
        if self._exchange is not None:
            self._exchange.keeps_alive = False
        else:
            self._close()

    def abort(self) -> None:
        """End now."""
        self._abort("cut")

    # Reading

    def _advance(self) -> bool:
        """Read on as far as the bytes go, and return whether a request was complete and is answered."""
        try:
            if self._state is _State.HEAD:
                head = self._read_head()
                if head is None:
                    return False
                self._begin_body(head)
            if self._body is not None and not self._read_body(self._body):
                return False
        except Rejected as refusal:
            self._refuse(refusal)
            return False
        self._answer(self._head)
        return True

    def _read_head(self) -> Head | None:
        """Return the head once it is complete. Raises ``Rejected``."""
        arrived = self._arrived
        while arrived[:2] == b"\r\n":  # tolerated before a request line (RFC 9112, section 2.2)
            del arrived[:2]
        if arrived.startswith(_PREFACE):
            log.warning("closed the connection of %s: it speaks HTTP/2; HTTP/1.1 is spoken here", self._peer)
            self._close()
            return None
        end = arrived.find(b"\r\n\r\n", self._searched)
        if end < 0:
            self._check_incomplete(arrived)
            return None
        line_end = arrived.find(b"\r\n")
        block = bytes(arrived[line_end + 2 : end + 2])
        line = bytes(arrived[:line_end])
        del arrived[: end + 4]
        self._searched = 0
        self._target = ""
        method, target, protocol = parse_request_line(line, self._limits)
        self._target = target.decode("latin-1")
        if block != self._block or self._lines is None:
            if len(block) > self._limits.header_bytes:
                raise Rejected(431, f"the header lines are longer than {self._limits.header_bytes:,} bytes")
            self._lines = parse_header_lines(block, self._limits)
            self._block = block
        return head_of(method, target, protocol, self._lines)

    def _begin_body(self, head: Head) -> None:
        """Make ready for the body, where there is one. Raises ``Rejected``."""
        self._head = head
        self._body = body_of(head, self._limits)
        if self._body is not None:
            self._state = _State.BODY
            now = self._body_began = self._loop.time()
            self.deadline = now + self._limits.body_seconds
            if head.headers.expects_continue and head.protocol == "HTTP/1.1" and not self._arrived:
                self._transport.write(_CONTINUE)

    def _check_incomplete(self, arrived: bytearray) -> None:
        """Refuse what cannot become a head any more. Raises ``Rejected``."""
        if not arrived:
            return
        if self._searched == 0:
            self.deadline = self._loop.time() + self._limits.head_seconds
        check_incomplete(arrived, self._searched, self._limits)
        self._searched = max(1, len(arrived) - 3)

    def _read_body(self, body: Body) -> bool:
        """Return whether the body is complete. Raises ``Rejected``."""
        now = self._loop.time()
        is_complete = body.feed(self._arrived)
        grown = len(body.data) - self._buffered
        self._buffered += grown
        if not self._server.reserve(grown):
            raise Rejected(503, "too many request bodies are being read; try again later")
        if is_complete:
            return True
        slowest = self._body_began + self._limits.body_seconds + self._buffered / self._limits.body_bytes_per_second
        if now > slowest:
            raise Rejected(408, "the body came too slowly")
        self.deadline = min(now + self._limits.body_seconds, slowest)
        return False

    def _release_body(self) -> None:
        self._server.reserve(-self._buffered)
        self._buffered = 0
        self._body = None

    # Answering

    def _answer(self, head: Head) -> None:
        """Have the application answer the request that was read."""
        self._state = _State.ANSWERING
        self.deadline = float("inf")
        body, self._body = self._body, None
        environ = request_environ(self._base, head, None if body is None else bytes(body.data))
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

    @property
    def can_write(self) -> bool:
        """Return whether the client takes what is sent to it."""
        return self._writing

    def finish(self, *, keeps_alive: bool) -> None:
        """Go on to the next request, or close; called when a response was sent."""
        self._exchange = None
        self._release_body()
        if not keeps_alive or self._server.is_stopping or (self._at_end and not self._arrived):
            self._close()
            return
        self._state = _State.HEAD
        if self._writing:
            self._await_request()

    def _await_request(self) -> None:
        """Read the next request; only once its client takes what it was sent before."""
        if not self._reading:
            self._reading = True
            self._transport.resume_reading()
        self.deadline = self._loop.time() + self._limits.idle_seconds
        if self._arrived or self._at_end:
            self._is_due = True
            self._loop.call_soon(self._go_on)  # other connections come first

    def _go_on(self) -> None:
        self._is_due = False
        if self._state is _State.HEAD and not self._advance() and self._at_end:
            self.eof_received()

    def began_to_wait(self) -> None:
        """Give the exchange up if its client has sent its last byte: nothing else tells that it has gone."""
        if self._at_end:
            self._abort("client-gone")

    def end_abruptly(self, step: Close | Reset) -> None:
        """Close or reset the connection once what was sent has left."""
        self._loop.call_later(_FLUSH_SECONDS, self._reset if isinstance(step, Reset) else self._close)

    def close(self) -> None:
        """Close the connection once what was sent has left."""
        self._close()

    # Ending

    def _refuse(self, refusal: Rejected) -> None:
        """Answer a request that the application does not see, and close."""
        log.warning("%d for %s: %s", refusal.status, self._peer, refusal.description)
        body = self._server.refusal_body(refusal.status, refusal.description, self._target)
        response = ResponseHead()
        headers = [("Content-Type", "application/json")]
        if refusal.status == 503:
            headers.append(("Retry-After", "1"))
        response.start(self._server.status_line(refusal.status), headers)
        self._release_body()
        self._transport.write(
            response.encode(chunked=False, length=len(body), closes=True, says_keep_alive=False) + body
        )
        self._arrived.clear()
        if self._at_end:
            self._close()
            return
        self._state = _State.DRAINING
        self.deadline = self._loop.time() + self._limits.drain_seconds
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def _close(self) -> None:
        """Close once what was sent has left, or when its reader makes no progress any more."""
        if not self._transport.is_closing():
            self._state = _State.DRAINING
            self.deadline = self._loop.time() + self._limits.write_seconds
            self._transport.close()

    def _abort(self, outcome: Outcome) -> None:
        if self._exchange is not None:
            self._exchange.end(outcome)
            self._exchange = None
        self._transport.abort()

    def _reset(self) -> None:
        """Close with a TCP reset in place of an orderly end."""
        connected = self._transport.get_extra_info("socket")
        if connected is not None and not self._transport.is_closing():
            reset_on_close(connected)
        self._abort("cut")

    def _is_half_open(self) -> bool:
        """Return whether the transport shall stay open after the client has sent its last byte; TLS cannot."""
        return self._transport.can_write_eof()
