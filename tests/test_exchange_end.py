"""The application learns of the end of an exchange before its client has the last byte of the response."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from patience import PATIENCE
from state_behaviour import eventually
from wire.case import request as raw
from wire.connection import Connection
from wire.running import running, watched_log

from mockroster.delivery import DELIVERY, Close, Delivery, Outcome, Reset, Steps, Wait

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NO_LENGTH: list[tuple[str, str]] = [("Content-Type", "text/plain")]
LENGTH = [*NO_LENGTH, ("Content-Length", "4")]


def generated() -> Iterator[bytes]:
    """Yield a body in two pieces."""
    yield b"ab"
    yield b"cd"


BODIES: dict[str, tuple[Callable[[], Iterable[Any]], list[tuple[str, str]]]] = {
    "list": (lambda: [b"abcd"], LENGTH),
    "pieces": (lambda: [b"ab", b"cd"], LENGTH),
    "generator": (generated, LENGTH),
    "chunks": (generated, NO_LENGTH),
    "steps": (lambda: Steps([b"ab", b"cd"]), LENGTH),
    "steps in chunks": (lambda: Steps([b"ab", b"cd"]), NO_LENGTH),
    "head alone": (lambda: Steps([b"", b"ab", b"", b"cd", b""]), LENGTH),
    "head alone in chunks": (lambda: Steps([b"", b"ab", b"", b"cd", b""]), NO_LENGTH),
    "waiting": (lambda: Steps([b"ab", Wait(0), b"cd"]), LENGTH),
    "waiting in chunks": (lambda: Steps([b"ab", Wait(0), b"cd"]), NO_LENGTH),
    "close": (lambda: Steps([Close()]), LENGTH),
    "reset": (lambda: Steps([Reset()]), LENGTH),
    "close after the body": (lambda: Steps([b"abcd", Close()]), LENGTH),
}

CASES = [(kind, "200 OK", "GET") for kind in BODIES] + [
    (kind, status, method)
    for kind in ("list", "generator", "chunks", "steps", "close")
    for status, method in (("200 OK", "HEAD"), ("204 No Content", "GET"), ("204 No Content", "HEAD"))
]


class OneConnection:
    """An application that notes how its only response ended, and what its client had received by then."""

    def __init__(self, kind: str, status: str, *, is_quick: bool, is_blocking: bool) -> None:
        self._body, self._headers = BODIES[kind]
        self._status = status
        self._is_quick = is_quick
        self._is_blocking = is_blocking
        self.client: socket.socket
        self.ends: list[tuple[Outcome, bytes | None]] = []

    def is_quick(self, environ: WSGIEnvironment) -> bool:
        """Return whether requests are answered on the event loop."""
        del environ
        return self._is_quick

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[Any]:
        """Answer with the body of the kind."""
        environ[DELIVERY].is_blocking = self._is_blocking
        environ[DELIVERY].on_end.append(self._end)
        start_response(self._status, self._headers)
        return self._body()

    def _end(self, outcome: Outcome) -> None:
        self.ends.append((outcome, received(self.client)))


def received(client: socket.socket) -> bytes | None:
    """Return the bytes that wait to be read, or ``None`` if there are none and the connection is open."""
    with client.dup() as peeking:
        peeking.setblocking(False)
        try:
            return peeking.recv(65536, socket.MSG_PEEK)
        except BlockingIOError:
            return None


def rest_of(client: socket.socket) -> bytes:
    """Return all bytes until the connection ends."""
    pieces: list[bytes] = []
    with suppress(ConnectionResetError):
        while piece := client.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize("is_blocking", [False, True], ids=["", "blocking"])
@pytest.mark.parametrize("is_quick", [False, True], ids=["thread", "loop"])
@pytest.mark.parametrize(("kind", "status", "method"), CASES)
def test_end_comes_before_the_last_byte(
    kind: str, status: str, method: str, *, is_quick: bool, is_blocking: bool
) -> None:
    """For every body, the end is reported before the client has its last part."""
    application = OneConnection(kind, status, is_quick=is_quick, is_blocking=is_blocking)

    with running(application) as address, socket.create_connection(address, timeout=PATIENCE) as client:
        application.client = client
        client.sendall(raw("/", "Connection: close", method=method))
        whole = rest_of(client)

    ((outcome, before),) = application.ends
    assert outcome == ("cut" if kind in {"close", "reset", "close after the body"} else "answered")
    if outcome == "answered":
        assert whole.startswith(f"HTTP/1.1 {status}".encode())
        assert before is None or len(before) < len(whole)
        body = b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n" if BODIES[kind][1] is NO_LENGTH else b"abcd"
        assert whole.partition(b"\r\n\r\n")[2] == (body if (status, method) == ("200 OK", "GET") else b"")
    else:
        assert before is None or before == whole != b""


@pytest.mark.parametrize("is_blocking", [False, True], ids=["", "blocking"])
def test_client_that_leaves_while_the_application_works(is_blocking: bool) -> None:
    """A callback that is added after the client has left is called, once."""
    entered, left = Event(), Event()
    ends: SimpleQueue[Outcome] = SimpleQueue()
    deliveries: list[Delivery] = []

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        deliveries.append(environ[DELIVERY])
        entered.set()
        assert left.wait(PATIENCE)
        environ[DELIVERY].is_blocking = is_blocking
        environ[DELIVERY].on_end.append(ends.put)
        start_response("200 OK", LENGTH)
        return [b"abcd"]

    with running(application) as address:
        with Connection(address) as client:
            client.send(raw("/"))
            assert entered.wait(PATIENCE)
            client.reset()
        eventually(lambda: deliveries[0].is_ended)
        left.set()
        outcome = ends.get(timeout=PATIENCE)

    assert outcome == "client-gone"
    assert ends.empty()


def test_ends_are_reported_before_the_server_stops() -> None:
    """A request that is cut because the server stops has ended by then, also where that takes a round trip."""
    ends: list[Outcome] = []

    def report(outcome: Outcome) -> None:
        Event().wait(0.05)  # as a store takes its time
        ends.append(outcome)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[DELIVERY].is_blocking = True
        environ[DELIVERY].on_end.append(report)
        start_response("200 OK", LENGTH)
        steps: Any = Steps([b"ab", Wait(PATIENCE), b"cd"])
        return steps  # type: ignore[no-any-return]

    with ExitStack() as stack:
        with running(application) as address:
            client = stack.enter_context(socket.create_connection(address, PATIENCE))
            client.sendall(raw("/"))
            client.recv(1)

        assert ends == ["cut"]


def test_failed_report() -> None:
    """A callback that fails is logged; the client still gets its response, and other callbacks theirs."""
    ends: list[Outcome] = []

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[DELIVERY].is_blocking = True
        environ[DELIVERY].on_end.extend([lambda _: 1 / 0, ends.append])
        start_response("200 OK", LENGTH)
        return [b"abcd"]

    served: WSGIApplication = application
    with watched_log() as log, running(served) as address, socket.create_connection(address, 60) as client:
        client.sendall(raw("/", "Connection: close"))
        whole = rest_of(client)

    assert whole.endswith(b"abcd")
    assert ends == ["answered"]
    assert log.wait_for("GET /: reporting .*(?s:.*)division by zero")
