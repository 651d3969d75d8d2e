"""One request and its response, from the call of the application to the last byte.

Everything runs on the event loop except long work of the application: that runs in a thread, one call at a time, and
returns through ``HttpServer.post``.
"""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from mockroster.delivery import DELIVERY, Close, Delivery, Outcome, Reset, Steps, Wait
from mockroster.errors import RequestError
from mockroster.serving.head import Head
from mockroster.serving.response import ResponseHead, slices

if TYPE_CHECKING:
    import asyncio

    from _typeshed.wsgi import WSGIEnvironment

    from mockroster.serving.connection import Connection
    from mockroster.serving.server import HttpServer

log = logging.getLogger("mockroster.serving")

_UNSENT_BYTES = 64 * 1024
"""The most bytes of a body that a thread produces before it waits for the client to read."""

_NO_CONTEXT = contextvars.Context()

_END = object()
"""Marks the end of a body in place of a step."""


class Exchange:
    """One request and its response, from the call of the application to the last byte."""

    __slots__ = (
        "_cancel_wait",
        "_connection",
        "_context",
        "_delivery",
        "_environ",
        "_head",
        "_held",
        "_is_ended",
        "_is_threaded",
        "_iterator",
        "_outcome",
        "_remaining",
        "_response",
        "_result",
        "_server",
        "_timer",
        "is_busy",
        "keeps_alive",
    )

    def __init__(self, connection: Connection, server: HttpServer, head: Head, environ: WSGIEnvironment) -> None:
        self._connection = connection
        self._server = server
        self._head = head
        self._environ = environ
        self._delivery = environ[DELIVERY] = Delivery()
        self._response = ResponseHead()
        self._result: Any = None
        self._iterator: Iterator[Any] = iter(())
        self._is_threaded = False
        self._context = _NO_CONTEXT
        """The context variables of an application that runs in threads, passed from thread to thread."""

        self._timer: asyncio.TimerHandle | None = None
        self._cancel_wait: Callable[[], None] | None = None
        self.is_busy = False
        """Whether a thread works for the exchange; it calls ``Connection.on_idle`` if the exchange ends meanwhile."""

        self._is_ended = False
        self._outcome: Outcome = "client-gone"
        self._remaining: int | None = None
        """The bytes of the body that remain to be sent; none for a response without a body. Unknown if ``None``."""

        self._held = b""
        """Bytes to be sent with those that follow: the head, or the end of a body that further ``Steps`` may follow."""

        self.keeps_alive = head.keeps_alive

    @property
    def is_waiting(self) -> bool:
        """Return whether the exchange waits for a timer or a notification."""
        return self._timer is not None

    def run_in_loop(self, application: Callable[..., Iterable[Any]]) -> None:
        """Call the application on the event loop."""
        try:
            result = application(self._environ, self._response.start)
        except Exception as error:
            self._fail(error)
            return
        self._deliver(result)

    def run_in_thread(self) -> None:
        """Call the application in a thread."""
        self._is_threaded, self._context = True, contextvars.copy_context()
        self.is_busy = True
        self._server.threads.submit(self._call)

    def _call(self) -> None:
        """Call the application; runs in a thread."""
        try:
            result = self._context.run(self._server.application, self._environ, self._response.start)
        except Exception as error:
            self._post_to_loop(self._fail, error)
        else:
            self._post_to_loop(self._deliver, result)

    def _post_to_loop(self, continuation: Callable[[Any], object], value: Any) -> None:
        """Continue on the event loop; runs in a thread."""
        self._server.post(self._continue, continuation, value)

    def _continue(self, continuation: Callable[[Any], object], value: Any) -> None:
        self.is_busy = False
        if not self._is_ended:
            continuation(value)
            return
        if self._result is None:  # the application has returned
            self._result = value if continuation == self._deliver else None
            self._report_end(self._outcome, None)
        self._close_result()
        self._connection.on_idle()

    def _deliver(self, result: Iterable[Any]) -> None:
        """Send the result of the application."""
        self._result = result
        written = self._response.written
        try:
            length = len(result) if isinstance(result, (list, tuple)) else -1
            if 0 <= length <= 1 and not written:
                self._send_whole(result[0] if length else b"")  # type: ignore[index]
                return
            self._iterator = iter(result)
        except Exception as error:
            self._fail(error)
            return
        if written:
            self._iterator = chain(list(written), self._iterator)
        self._advance()

    def _send_whole(self, body: bytes) -> None:
        """Send a response with a complete body."""
        if not isinstance(body, bytes):
            self._fail(TypeError(f"a response body has {type(body).__name__}, not bytes"))
            return
        response = self._response
        try:
            head = self._encode_head(len(body))
        except (ValueError, AssertionError) as error:
            self._fail(error)
            return
        limit, length = self._server.limits.write_bytes, response.content_length
        if self._has_no_body():
            self._finish(head)
        elif len(body) <= limit and length in {None, len(body)}:
            self._finish(head + body)
        else:
            self._held, self._remaining = head, len(body) if length is None else length
            self._iterator, self._is_threaded = slices(body, limit), False
            self._advance()

    def _encode_head(self, length: int | None) -> bytes:
        """Return the head of the response; ``length`` is that of the whole body, if it is known."""
        response = self._response
        if not response.is_started:
            raise AssertionError("the application did not call start_response")
        is_http_1_0 = self._head.protocol == "HTTP/1.0"
        is_framed = response.content_length is not None or length is not None or response.is_bodiless
        chunked = not is_framed and not is_http_1_0 and self._head.method != "HEAD"
        if not response.keeps_alive or self._server.is_stopping or (is_http_1_0 and not is_framed):
            self.keeps_alive = False
        return response.encode(
            chunked=chunked,
            length=None if response.is_bodiless else length,
            closes=not self.keeps_alive,
            says_keep_alive=is_http_1_0,
        )

    def _has_no_body(self) -> bool:
        return self._head.method == "HEAD" or self._response.is_bodiless

    def _advance(self) -> None:
        """Execute steps until one of them, or the client, blocks."""
        while not self._is_ended:
            if not self._connection.can_write:
                return
            if self._delivery.is_blocking or (self._is_threaded and not isinstance(self._result, Steps)):
                self.is_busy = True
                self._server.threads.submit(self._iterate)
                return
            try:
                step = next(self._iterator, _END)
            except Exception as error:
                self._fail(error)
                return
            if not self._execute(step):
                return

    def resume(self) -> None:
        """Continue after the client has read the bytes sent so far."""
        if not (self.is_busy or self.is_waiting):
            self._advance()

    def _iterate(self) -> None:
        """Produce pieces of the body and post each to the event loop; runs in a thread."""
        size = 0
        try:
            while size < _UNSENT_BYTES and not self._is_ended:
                piece = self._context.run(next, self._iterator, _END)
                if not isinstance(piece, bytes):
                    self._post_to_loop(self._execute, piece)
                    return
                size += len(piece)
                self._server.post(self._execute, piece)
        except Exception as error:
            self._post_to_loop(self._fail, error)
            return
        self._post_to_loop(lambda _: self._advance(), None)

    def _execute(self, step: Any) -> bool:
        """Execute a step, and return whether the next one may follow at once."""
        if self._is_ended:
            return False
        if isinstance(step, bytes):
            return self._send(step)
        if step is _END:
            self._end_body()
        elif isinstance(step, Wait):
            self._send_held()
            self._wait(step)
        elif isinstance(step, (Close, Reset)):
            self._send_held()
            self.end("cut", partial(self._connection.end_abruptly, step))
        else:
            self._fail(TypeError(f"a response body has {type(step).__name__}, not bytes"))
        return False

    def _begin(self) -> bool:
        """Encode the head before a body in pieces, and return whether that succeeded."""
        try:
            self._held = self._encode_head(None)
        except (ValueError, AssertionError) as error:
            self._fail(error)
            return False
        self._remaining = 0 if self._has_no_body() else self._response.content_length
        return True

    def _send(self, piece: bytes) -> bool:
        """Send bytes of the body, the head before the first; return whether the next step may follow at once.

        An empty piece sends the head alone in ``Steps``; otherwise it is ignored (PEP 3333).
        """
        if not piece and (self._response.is_sent or not isinstance(self._result, Steps)):
            return True
        if not self._response.is_sent and not self._begin():
            return False
        if self._has_no_body():
            piece = b""
        elif self._remaining is not None:
            if len(piece) > self._remaining:
                log.error("%s %s: the body is longer than its Content-Length", self._head.method, self._head.path)
                piece, self.keeps_alive = piece[: self._remaining], False
            self._remaining -= len(piece)
        elif piece and self._response.is_chunked:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)
        if self._remaining != 0:
            self._send_held(piece)
            return True
        if isinstance(self._result, Steps):
            self._held += piece  # the next step decides whether the response ends here
            return True
        self._finish(self._held + piece)  # PEP 3333: stop iterating when enough data has been sent
        return False

    def _send_held(self, piece: bytes = b"") -> None:
        """Send the bytes that were kept, and a piece of the body."""
        data, self._held = self._held + piece, b""
        self._connection.write(data)

    def _end_body(self) -> None:
        """Send the end of the body."""
        if not self._response.is_sent and not self._begin():
            return
        if self._remaining and not self._has_no_body():
            self.keeps_alive = False  # shorter than its Content-Length: only the end of the connection shows it
        self._finish(self._held + (b"0\r\n\r\n" if self._response.is_chunked else b""))

    def _wait(self, step: Wait) -> None:
        loop = self._server.loop
        self._timer = loop.call_later(step.seconds, self._wake)
        if step.subscribe is not None:
            self._cancel_wait = step.subscribe(lambda: self._server.post(self._wake))
        self._connection.on_wait()

    def _wake(self) -> None:
        """Continue after a wait."""
        if self._timer is None:
            return
        self._stop_waiting()
        self._advance()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._cancel_wait is not None:
            self._cancel_wait()
            self._cancel_wait = None

    def _finish(self, last: bytes) -> None:
        """End the exchange, and then send the last bytes: a client that has the whole response finds it ended."""
        self.end("answered", partial(self._send_last, last))

    def _send_last(self, last: bytes) -> None:
        """Send the last bytes, unless the client has left meanwhile."""
        if self._connection.is_delivering(self):
            if last:
                self._connection.write(last)
            self._connection.finish(keeps_alive=self.keeps_alive)

    def _fail(self, error: BaseException) -> None:
        """Log the error, and answer 500 if nothing was sent yet, otherwise close the connection.

        A ``RequestError``, which is no fault of the application, is answered with its own status.
        """
        status, description = 500, "the server failed; its log says where"
        if isinstance(error, RequestError) and error.code:
            status, description = error.code, str(error.description)
        log.error("%s %s failed: %s", self._head.method, self._head.path, error, exc_info=error)
        if self._response.is_sent:
            self._send_held()
            self.end("cut", self._connection.close)
            return
        body = self._server.refusal_body(status, description, self._head.target)
        self._close_result()
        self._response = ResponseHead()
        self._response.start(self._server.status_line(status), [("Content-Type", "application/json")])
        self._send_whole(body)

    def end(self, outcome: Outcome, then: Callable[[], None] | None = None) -> None:
        """End the exchange, once: report the outcome to the application, and then call ``then`` on the event loop."""
        if self._is_ended:
            return
        self._is_ended = self._delivery.is_ended = True
        self._outcome = outcome
        self._stop_waiting()
        if not self.is_busy:
            self._close_result()
        if not self.is_busy or self._result is not None:  # else it may still add callbacks: ``_continue`` reports
            self._report_end(outcome, then)

    def _report_end(self, outcome: Outcome, then: Callable[[], None] | None) -> None:
        """Report the outcome, in a thread if that may take its time, and then call ``then`` on the event loop."""
        if self._delivery.is_blocking and self._delivery.on_end:
            post = None if then is None else partial(self._server.post, then)
            self._server.threads.submit(partial(self._report, outcome, post))
        else:
            self._report(outcome, then)

    def _report(self, outcome: Outcome, then: Callable[[], None] | None) -> None:
        """Report the outcome to the application, and then call ``then``."""
        for callback in self._delivery.on_end:
            try:
                callback(outcome)
            except RequestError as error:
                log.warning("%s %s: its end is not recorded: %s", self._head.method, self._head.path, error)
            except Exception:
                log.exception("%s %s: reporting its end failed", self._head.method, self._head.path)
        if then is not None:
            then()

    def _close_result(self) -> None:
        """Close the result of the application (PEP 3333)."""
        result, self._result = self._result, None
        close = getattr(result, "close", None)
        if close is None:
            return
        if self._delivery.is_blocking:
            self._server.threads.submit(partial(self._call_close, close))
        else:
            self._call_close(close)

    def _call_close(self, close: Callable[[], object]) -> None:
        try:
            close()
        except Exception:
            log.exception("%s %s: closing the response failed", self._head.method, self._head.path)
