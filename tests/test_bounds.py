"""Each bound of the server holds: slow, greedy and silent clients are ended, and others are answered meanwhile."""

from __future__ import annotations

import re
import select
import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event, active_count
from typing import TYPE_CHECKING

import pytest
from conftest import make_app
from flask import Flask
from patience import PATIENCE
from state_behaviour import eventually
from wire.case import CATEGORY, LIVE, get, length, put, request
from wire.connection import Answer, Connection
from wire.running import LogWatch, running, watched_log
from wire.tls import client_context, server_context

from mockroster.delivery import DELIVERY, Delivery
from mockroster.http.lifecycle import Application
from mockroster.serving.connection import Connection as ServerConnection
from mockroster.serving.server import HttpServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SHORT = 0.3
"""Seconds of a bound that a test waits for."""

CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture(scope="module")
def application() -> Flask:
    """Return the application that is served."""
    return make_app(students=5, no_auth=True)


@pytest.fixture
def log() -> Iterator[LogWatch]:
    """Return the log of the servers in this process."""
    with watched_log() as watch:
        yield watch


def ask(address: tuple[str, int], sent: bytes) -> Answer:
    """Return the response to a request over a connection of its own."""
    with Connection(address) as connection:
        connection.send(sent)
        answer = connection.answer()
    assert answer is not None
    return answer


def trickle(connection: Connection, parts: Iterable[bytes]) -> Answer | None:
    """Send parts one after another until the server says something, and return that."""
    for part in parts:
        connection.send(part)
        if select.select([connection.socket], [], [], 0.02)[0]:
            break
    return connection.answer()


def sent_until_it_ends(connection: Connection, most: int) -> int:
    """Send zeros until the server has ended the connection, and return how many bytes it took."""
    sent = 0
    while sent < most:
        try:
            connection.socket.sendall(bytes(1 << 20))
        except (BrokenPipeError, ConnectionResetError):
            break
        sent += 1 << 20
    return sent


# Silence.


@pytest.mark.parametrize("began", [b"G", LIVE[:20], LIVE[:-2]], ids=["a byte", "a request line", "headers"])
def test_head_that_does_not_end(application: Flask, log: LogWatch, began: bytes) -> None:
    """It is 408, and the connection ends."""
    with running(application, head_seconds=SHORT) as address, Connection(address) as connection:
        connection.send(began)
        answer = connection.answer()
        ended = connection.at_end()

    assert answer is not None
    assert (answer.status, answer.closes, ended) == (408, True, True)
    assert answer.json
    assert log.wait_for("408")


def test_head_that_trickles(application: Flask) -> None:
    """A byte now and then does not put off the end of a head."""
    with running(application, head_seconds=SHORT) as address, Connection(address) as connection:
        answer = trickle(connection, (b"x" for _ in range(500)))

    assert answer is not None
    assert answer.status == 408


def test_empty_lines_that_trickle(application: Flask) -> None:
    """Nor do empty lines before a request keep a connection for ever."""
    with running(application, head_seconds=SHORT, idle_seconds=SHORT) as address, Connection(address) as connection:
        answer = trickle(connection, (b"\r\n" for _ in range(500)))

        assert answer is None or answer.status in {400, 408}


def test_second_head_that_does_not_end(application: Flask) -> None:
    """The bound of a head holds for each request of a connection."""
    with running(application, head_seconds=SHORT) as address, Connection(address) as connection:
        connection.send(LIVE + LIVE[:9])
        first, second = connection.answer(), connection.answer()

    assert first is not None
    assert second is not None
    assert (first.status, second.status) == (200, 408)


@pytest.mark.parametrize("sent", [b"", LIVE], ids=["no request", "after a request"])
def test_idle(application: Flask, sent: bytes) -> None:
    """A connection on which nobody asks anything is closed without a response."""
    with running(application, idle_seconds=SHORT) as address, Connection(address) as connection:
        connection.send(sent)
        if sent:
            connection.answer()

        assert connection.at_end()


def test_handshake_that_does_not_end(application: Flask, tmp_path: Path) -> None:
    """A client that connects to a TLS port without a handshake is disconnected, and the next one is served."""
    tls = server_context(tmp_path)

    with (
        running(application, tls=tls, tls_seconds=SHORT, head_seconds=SHORT) as address,
        Connection(address) as silent,
        Connection(address, client_context()) as other,
    ):
        other.send(LIVE)
        answer = other.answer()
        assert silent.at_end()

    assert answer is not None
    assert answer.status == 200


@pytest.mark.parametrize(
    "sent",
    [
        put("silent", "Content-Length: 100", body=b""),
        put("silent", "Content-Length: 100"),
        put("silent", CHUNKED, body=b""),
        put("silent", CHUNKED, body=b"5\r\nhel"),
        put("silent", CHUNKED, body=b"%x\r\n%s\r\n" % (len(CATEGORY), CATEGORY)),
        put("silent", CHUNKED, body=b"%x\r\n%s\r\n0\r\nX-A" % (len(CATEGORY), CATEGORY)),
    ],
    ids=[
        "length, nothing",
        "length, a part",
        "chunks, nothing",
        "a part of a chunk",
        "no last chunk",
        "half a trailer",
    ],
)
def test_body_that_does_not_end(application: Flask, log: LogWatch, sent: bytes) -> None:
    """It is 408, the connection ends, and nothing has changed."""
    with running(application, body_seconds=SHORT) as address:
        with Connection(address) as connection:
            connection.send(sent)
            answer = connection.answer()
            assert connection.at_end()
        after = ask(address, get("/categories/silent"))

    assert answer is not None
    assert (answer.status, answer.closes, after.status) == (408, True, 404)
    assert log.wait_for("408")


@pytest.mark.parametrize("part", [b" ", b"1\r\n \r\n"], ids=["length", "chunks"])
def test_body_that_trickles(application: Flask, part: bytes) -> None:
    """A byte now and then does not put off the end of a body for ever."""
    framing = CHUNKED if b"\r\n" in part else "Content-Length: 1000000"
    bounds = {"body_seconds": SHORT, "body_bytes_per_second": 100_000}
    with running(application, **bounds) as address, Connection(address) as connection:
        connection.send(put("trickle", framing, body=b""))
        answer = trickle(connection, (part for _ in range(500)))

    assert answer is not None
    assert answer.status == 408


# Slow readers.


class Endless:
    """A WSGI application whose answer does not end, and that knows when the server has closed it."""

    def __init__(self) -> None:
        self.pieces = 0
        self.closed = Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        """Answer, or be endless at ``/endless``."""
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self._endless() if environ["PATH_INFO"] == "/endless" else iter([b"short"])

    def _endless(self) -> Iterator[bytes]:
        try:
            while True:
                self.pieces += 1
                yield bytes(65536)
        finally:
            self.closed.set()


def test_reader_that_stops(log: LogWatch) -> None:
    """An answer that nobody takes is ended, and little of it was kept in memory; others are answered meanwhile."""
    application = Endless()

    with running(application, write_seconds=SHORT) as address, Connection(address) as connection:
        connection.send(request("/endless"))
        other = ask(address, request("/short"))
        assert application.closed.wait(PATIENCE)

    assert other.body == b"short"
    assert application.pieces * 65536 < 32 << 20
    assert log.lines


def test_reader_that_stops_while_pages_wait(application: Flask) -> None:
    """Pages that are asked for and never read are not made without end either."""
    with running(application, write_seconds=SHORT) as address:
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(address)
            connection.settimeout(PATIENCE)
            try:
                while True:  # until the server has ended it: then sending fails
                    connection.sendall(get("/users?limit=100") * 100)
            except OSError as error:
                ended = error

        assert not isinstance(ended, TimeoutError)
        assert ask(address, LIVE).status == 200


def test_reader_that_is_only_slow(application: Flask) -> None:
    """A slow reader gets all of a large response."""
    size = 24 << 20

    def large(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", str(size))])
        return (bytes(1 << 16) for _ in range(size >> 16))

    with running(large, write_seconds=1.0) as address, Connection(address) as connection:
        connection.send(request("/", "Connection: close"))
        until = time.monotonic() + 2.0
        received = 0
        while time.monotonic() < until:
            received += len(connection.socket.recv(1 << 16))
            Event().wait(0.02)
        while data := connection.socket.recv(1 << 20):
            received += len(data)

    assert received > size


SMALL_BUFFER = 16_384


class Whole:
    """An application that finishes a body of a size before its client has read it."""

    def __init__(self, size: int) -> None:
        self._body = bytes(size)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer."""
        del environ
        start_response("200 OK", [("Content-Length", str(len(self._body)))])
        return [self._body]


@contextmanager
def reader(address: tuple[str, int], buffer: int) -> Iterator[socket.socket]:
    """Yield a connection for which the system receives few bytes in advance."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.settimeout(PATIENCE)
        connection.connect(address)
        yield connection


def rest_of(connection: socket.socket) -> int:
    """Return the number of bytes that arrive until the connection ends."""
    received = 0
    with suppress(ConnectionResetError):
        while data := connection.recv(1 << 20):
            received += len(data)
    return received


def test_reader_that_stops_before_the_last_bytes(log: LogWatch) -> None:
    """A connection that is closed after its response ends, even if the client never reads the last bytes."""
    size = 200_000

    with (
        running(Whole(size), write_seconds=SHORT, send_buffer=SMALL_BUFFER) as address,
        reader(address, 4096) as connection,
    ):
        connection.sendall(request("/") + request("/", "Connection: close"))
        received = 0
        while received < 2 * size - 70_000:  # what the server still buffers is little enough to go on
            received += len(connection.recv(10_000))

        assert log.wait_for("stopped reading")


def test_reader_of_the_last_bytes_that_is_only_slow() -> None:
    """A client that reads the last bytes slowly gets all of them, though the server has finished with them."""
    size, patience = 2 << 20, 1.0

    with (
        running(Whole(size), write_bytes=2 * size, write_seconds=patience, send_buffer=SMALL_BUFFER) as address,
        reader(address, 65_536) as connection,
    ):
        connection.sendall(request("/", "Connection: close"))
        until = time.monotonic() + 2 * patience
        received = 0
        while time.monotonic() < until:
            received += len(connection.recv(2048))
            with Connection(address) as other:  # another round trip is all the pause there is
                other.send(request("/", method="HEAD"))
                other.answer(to_head=True)
        received += rest_of(connection)

    assert received > size


def test_last_bytes_are_sent_before_the_server_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """A response that is finished but not sent is sent when the server stops."""
    size, stops, stop = 200_000, Event(), HttpServer.stop

    async def stop_visibly(server: HttpServer) -> None:
        stops.set()
        await stop(server)

    def received_after_stop(connection: socket.socket) -> int:
        assert stops.wait(PATIENCE)
        return rest_of(connection)

    monkeypatch.setattr(HttpServer, "stop", stop_visibly)

    with ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        with running(Whole(size), send_buffer=SMALL_BUFFER, stop_seconds=PATIENCE / 2) as address:
            connection = stack.enter_context(reader(address, 4096))
            connection.sendall(request("/"))
            connection.recv(1)
            received = pool.submit(received_after_stop, connection)

        assert received.result() > size


def test_close_after_a_large_response(log: LogWatch) -> None:
    """A connection that is closed after a large response ends without an error in the log."""
    size = 6_000_000

    with running(Whole(size)) as address:
        sizes = {len(ask(address, request("/", "Connection: close")).body) for _ in range(20)}

    assert sizes == {size}
    assert log.lines == []


def test_fault_at_a_deadline(application: Flask, log: LogWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error at the deadline of one connection is logged, and the others keep their deadlines."""
    expire = ServerConnection.expire
    faults = iter([RuntimeError("out of order")])

    def fail_once(connection: ServerConnection, now: float) -> None:
        for fault in faults:
            raise fault
        expire(connection, now)

    monkeypatch.setattr(ServerConnection, "expire", fail_once)

    with (
        running(application, idle_seconds=SHORT) as address,
        Connection(address) as first,
        Connection(address) as second,
    ):
        assert first.at_end()
        assert second.at_end()

    assert log.wait_for("out of order")


def test_client_that_goes_during_an_endless_answer() -> None:
    """The server closes what it was sending."""
    application = Endless()

    with running(application) as address:
        with Connection(address) as connection:
            connection.send(request("/endless"))
            connection.answer_head()
            connection.reset()

        assert application.closed.wait(PATIENCE)


# Numbers.


def test_too_many_connections(application: Flask, log: LogWatch) -> None:
    """One more than the bound is 503 with a sentence; when one has gone there is room again."""
    with running(application, connections=4) as address, ExitStack() as stack:
        kept = [stack.enter_context(Connection(address)) for _ in range(4)]
        for connection in kept:
            connection.send(LIVE)
        answers = [connection.answer() for connection in kept]
        refusal = ask(address, LIVE)
        kept[0].send(request("/livez", "Connection: close"))
        kept[0].answer()
        assert kept[0].at_end()
        after = ask(address, LIVE)

    assert [answer.status for answer in answers if answer] == [200] * 4
    assert (refusal.status, refusal.closes, after.status) == (503, True, 200)
    assert refusal.json
    assert log.wait_for("503|connections")


def test_bodies_of_all_together(application: Flask) -> None:
    """Bodies beyond the shared buffer are 503; a body that ends, or whose client disconnects, makes room."""
    size = 700_000
    body = CATEGORY.ljust(size)
    whole = partial(put, body=body)

    with running(application, buffered_bytes=1_000_000) as address:
        with Connection(address) as first, Connection(address) as second:
            first.send(put("first", length(body), "Expect: 100-continue", body=b""))
            assert first.answer() is not None
            first.send(body[:-1])
            second.send(put("second", CHUNKED, body=b"%x\r\n%s" % (size, body[:-1])))
            rest = {"first": (first, body[-1:]), "second": (second, body[-1:] + b"\r\n0\r\n\r\n")}
            ready, _, _ = select.select([first.socket, second.socket], [], [], 10)
            refused, kept = ("first", "second") if first.socket in ready else ("second", "first")
            refusal = rest[refused][0].answer()
            connection, last = rest[kept]
            connection.send(last)
            written = connection.answer()
        third = ask(address, whole("third", length(body)))
        with Connection(address) as gone:
            gone.send(put("gone", length(body), body=body[:-1]))
            gone.reset()
        fourth = ask(address, whole("fourth", length(body)))
        listed = [row["sourcedId"] for row in ask(address, get("/categories?limit=1000")).json["categories"]]

    assert refusal is not None
    assert (refusal.status, refusal.closes) == (503, True)
    assert written is not None
    assert (written.status, third.status, fourth.status) == (201, 201, 201)
    assert {kept, "third", "fourth"} <= set(listed)
    assert not {refused, "gone"} & set(listed)


def test_bodies_of_clients_that_have_left() -> None:
    """A body counts as long as a thread works for its request, so that clients that leave at once fill no memory."""
    entered, leave = Event(), Event()
    deliveries: list[Delivery] = []

    def blocking(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        deliveries.append(environ[DELIVERY])
        entered.set()
        leave.wait(PATIENCE)
        start_response("204 No Content", [])
        return []

    body = bytes(700_000)
    with running(blocking, buffered_bytes=1_000_000, connections=3) as address:
        with Connection(address) as gone:
            gone.send(put("gone", length(body), body=body))
            assert entered.wait(PATIENCE)
            gone.reset()
        eventually(lambda: deliveries[0].is_ended)
        early = ask(address, put("early", length(body), body=body)).status
        leave.set()
        statuses = iter(lambda: ask(address, put("late", length(body), body=body)).status, 204)
        refused = {*statuses}

    assert early == 503
    assert refused <= {503}


@pytest.mark.parametrize(
    ("limits", "sent", "status"),
    [
        ({"target_bytes": 60}, get("/users?x=" + "x" * 60), 414),
        ({"header_bytes": 200}, request("/livez", "X-A: " + "x" * 200), 431),
        ({"header_count": 3}, request("/livez", "A: 1", "B: 2", "C: 3"), 431),
        ({"body_bytes": 100}, put("bound", "Content-Length: 101", body=b""), 413),
        ({"body_bytes": 100}, put("bound", CHUNKED, body=b"65\r\n"), 413),
    ],
)
def test_sizes_can_be_set(application: Flask, limits: dict[str, int], sent: bytes, status: int) -> None:
    """Each bound of a size is the one that was set."""
    with running(application, **limits) as address:
        assert ask(address, sent).status == status
        assert ask(address, LIVE).status == 200


def test_refused_body_is_drained_within_bounds(application: Flask) -> None:
    """A client that sends on after its refusal can read it, and cannot send for ever."""
    with running(application, body_bytes=1000, drain_bytes=4 << 20, drain_seconds=5.0) as address:
        with Connection(address) as moderate:
            moderate.send(put("drained", "Content-Length: 2000000", body=bytes(2_000_000)))
            answer = moderate.answer()
            assert moderate.at_end()
        with Connection(address) as endless:
            endless.send(put("drained", "Content-Length: 10000000000", body=b""))
            sent = sent_until_it_ends(endless, most=100 << 20)

    assert answer is not None
    assert (answer.status, answer.closes) == (413, True)
    assert sent < 100 << 20


def test_drain_ends_in_time(application: Flask) -> None:
    """A client that neither sends nor closes after its refusal is let go."""
    with running(application, drain_seconds=SHORT) as address, Connection(address) as connection:
        connection.send(b"nonsense\r\n\r\n")
        answer = connection.answer()

        assert answer is not None
        assert answer.status == 400
        assert connection.at_end()


def test_threads_are_bounded() -> None:
    """An application that knows nothing of us runs in threads, as many as were set, and the rest waits its turn."""
    entered, leave = Event(), Event()
    before = active_count()

    def blocking(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        entered.set()
        leave.wait(PATIENCE)
        start_response("204 No Content", [])
        return []

    with running(blocking, threads=3) as address, ExitStack() as stack:
        connections = [stack.enter_context(Connection(address)) for _ in range(12)]
        for connection in connections:
            connection.send(LIVE)
        assert entered.wait(PATIENCE)
        threads = active_count() - before
        leave.set()
        statuses = [answer.status for connection in connections if (answer := connection.answer())]

    assert statuses == [204] * 12
    assert threads <= 3 + 2


@pytest.mark.parametrize("path", ["/users?limit=1", "/readyz"])
def test_records_that_are_in_use(application: Flask, path: str) -> None:
    """Whoever must wait for a long write in a sandbox keeps nobody else waiting."""
    assert isinstance(application, Application)

    with running(application) as address, Connection(address) as waiting:
        with application.sandboxes.default.overlay.exclusive():
            waiting.send(get(path) if path.startswith("/users") else request(path))
            statuses = {ask(address, LIVE).status for _ in range(20)}
        answer = waiting.answer()

    assert statuses == {200}
    assert answer is not None
    assert answer.status == 200


def test_log_says_who_was_ended(application: Flask, log: LogWatch) -> None:
    """A refusal is one line with the address of its client and no traceback."""
    with running(application) as address, Connection(address) as connection:
        connection.send(b"nonsense\r\n\r\n")
        connection.answer()
        port = connection.socket.getsockname()[1]
        assert log.wait_for("400")

    (line,) = [line for line in log.lines if "400" in line]
    assert re.search(rf"127\.0\.0\.1(:{port})?", line)
