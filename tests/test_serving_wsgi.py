"""The HTTP server as PEP 3333 wants it: any WSGI application runs on it, ours and others."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPResponse, IncompleteRead, RemoteDisconnected
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection
from typing import Any
from wsgiref.validate import validator

import pytest
from patience import PATIENCE

from mockroster.delivery import DELIVERY, Close, Outcome, Reset, Step, Steps, Wait, blocking
from mockroster.serving.connection import Connection
from mockroster.serving.environ import server_environ
from mockroster.serving.limits import Limits
from mockroster.serving.listen import listen
from mockroster.serving.server import HttpServer

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[Any]]
Serve = Callable[..., HTTPConnection]


@contextmanager
def running(application: Application, limits: Limits | None = None) -> Iterator[int]:
    """Serve an application in a thread of its own, and yield the port."""
    started, stopped = threading.Event(), threading.Event()
    sockets = listen("127.0.0.1", 0)

    async def serve() -> None:
        server = HttpServer(application, sockets, limits=limits)  # type: ignore[arg-type]
        await server.start()
        started.set()
        await asyncio.get_running_loop().run_in_executor(None, stopped.wait)
        await server.stop()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    started.wait(PATIENCE)
    try:
        yield sockets[0].getsockname()[1]
    finally:
        stopped.set()
        thread.join(PATIENCE)


def exchange(port: int, method: str = "GET", path: str = "/", **more: Any) -> tuple[HTTPResponse, bytes]:
    """Send one request, and return the response and its body."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request(method, path, **more)
        with connection.getresponse() as response:
            return response, response.read()


class OnLoop:
    """An application whose requests are all answered on the event loop."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[Any]:
        """Answer."""
        return self._application(environ, start_response)

    def is_quick(self, environ: Environ) -> bool:
        """Answer everything on the event loop."""
        del environ
        return True


PLACES = [pytest.param(lambda application: application, id="thread"), pytest.param(OnLoop, id="loop")]


def test_no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A response in two pieces does not wait for the client to acknowledge the first one (TCP_NODELAY)."""
    made, options = Connection.connection_made, []

    def note(self: Connection, transport: Any) -> None:
        options.append(transport.get_extra_info("socket").getsockopt(IPPROTO_TCP, TCP_NODELAY))
        made(self, transport)

    def application(_: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "2")])
        return [b"o", b"k"]

    monkeypatch.setattr(Connection, "connection_made", note)
    with running(application) as port:
        _, body = exchange(port)

    assert body == b"ok"
    assert [bool(option) for option in options] == [True]


@pytest.mark.parametrize("place", PLACES)
def test_validator_is_content(place: Callable[[Any], Any]) -> None:
    """The reference checker of WSGI finds no fault with environment, input or iteration."""

    def echo(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter([environ["QUERY_STRING"].encode(), b"|", body])

    def unhooked(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        return validator(echo)(environ, start_response)  # type: ignore[arg-type, return-value]

    with running(place(unhooked)) as port:
        read, got = exchange(port, path="/a%2Fb?x=%C3%A9")
        written, posted = exchange(port, "POST", "/?q", body=b"abc")
        chunked, pieces = exchange(port, "POST", "/", body=iter([b"ab", b"c"]), encode_chunked=True)
        bodiless, nothing = exchange(port, "HEAD", "/?q")

    assert (read.status, got) == (200, b"x=%C3%A9|")
    assert (written.status, posted) == (200, b"q|abc")
    assert (chunked.status, pieces) == (200, b"|abc")
    assert (bodiless.status, nothing) == (200, b"")


@pytest.mark.parametrize("place", PLACES)
def test_environment(place: Callable[[Any], Any]) -> None:
    """The target is there decoded and as it was sent; a chunked body has the length of what it holds."""
    seen: list[Environ] = []

    def look(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        seen.append(environ)
        start_response("204 No Content", [])
        return []

    with running(place(look)) as port:
        exchange(port, "PUT", "/a%2fb/%7E?c=%2F", body=iter([b"12", b"345"]), encode_chunked=True)

    (environ,) = seen
    assert environ["PATH_INFO"] == "/a/b/~"
    assert environ["RAW_URI"] == "/a%2fb/%7E?c=%2F"
    assert environ["QUERY_STRING"] == "c=%2F"
    assert environ["CONTENT_LENGTH"] == "5"
    assert "HTTP_TRANSFER_ENCODING" not in environ
    assert environ["REMOTE_ADDR"] == "127.0.0.1"


@pytest.mark.parametrize("is_shared", [True, False])
def test_environment_tells_of_other_processes(is_shared: bool) -> None:
    """An application can know whether others of its kind serve at the same time."""
    (listening,) = listen("127.0.0.1", 0)

    with listening:
        environ = server_environ(listening, None, is_shared=is_shared)

    assert environ["wsgi.multiprocess"] is is_shared


@pytest.mark.parametrize("place", PLACES)
def test_write_comes_first(place: Callable[[Any], Any]) -> None:
    """Data passed to write() is sent before the returned body."""

    def old(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        del environ
        write = start_response("200 OK", [("Content-Length", "6")])
        write(b"abc")
        return [b"def"]

    with running(place(old)) as port:
        _, body = exchange(port)

    assert body == b"abcdef"


@pytest.mark.parametrize("place", PLACES)
def test_start_again_after_an_error(place: Callable[[Any], Any]) -> None:
    """With exc_info an application may begin anew as long as nothing was sent."""

    def repentant(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "100")])
        try:
            environ["nothing"]
        except KeyError as error:
            start_response("503 Service Unavailable", [], (KeyError, error, error.__traceback__))
        return [b"sorry"]

    with running(place(repentant)) as port:
        response, body = exchange(port)

    assert (response.status, body) == (503, b"sorry")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", ["call", "no start", "twice", "status", "header", "first piece", "text"])
def test_faulty_application_is_500(fault: str, place: Callable[[Any], Any], caplog: pytest.LogCaptureFixture) -> None:
    """Any fault of an application before the first byte is a 500 in JSON and a line in the log."""

    def faulty(environ: Environ, start_response: Callable[..., Any]) -> Iterable[Any]:
        del environ
        if fault == "call":
            raise LookupError("no")
        if fault != "no start":
            start_response("fine" if fault == "status" else "200 OK", [("X-A", "a\nb" if fault == "header" else "a")])
        if fault == "twice":
            start_response("200 OK", [])
        if fault == "first piece":
            return iter(lambda: 1 / 0, None)
        return iter(["text"]) if fault == "text" else [b"x"]

    with caplog.at_level(logging.ERROR, "mockroster.serving"), running(place(faulty)) as port:
        response, body = exchange(port)
        again, _ = exchange(port)

    assert (response.status, response.headers["Content-Type"]) == (500, "application/json")
    assert b"the server failed" in body
    assert again.status == 500
    assert "GET / failed" in caplog.text


@pytest.mark.parametrize("place", PLACES)
def test_fault_within_a_body_closes(place: Callable[[Any], Any]) -> None:
    """A fault after the first byte cannot be a 500 any more: the connection is closed, and the client notices."""

    def breaking(environ: Environ, start_response: Callable[..., Any]) -> Iterator[bytes]:
        del environ
        start_response("200 OK", [("Content-Length", "9")])
        yield b"abc"
        raise LookupError("no")

    with running(place(breaking)) as port, pytest.raises(IncompleteRead) as caught:
        exchange(port)

    assert caught.value.partial == b"abc"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("length", "pieces"), [(2, [b"abc"]), (2, [b"a", b"bc"]), (9, [b"abc"]), (9, [b"a", b"bc"])])
def test_length_that_is_wrong(length: int, pieces: list[bytes], place: Callable[[Any], Any]) -> None:
    """A longer body is cut at its length, a shorter one ends with the connection."""

    def wrong(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        del environ
        start_response("200 OK", [("Content-Length", str(length))])
        return pieces

    with running(place(wrong)) as port:
        if length > 3:
            with pytest.raises(IncompleteRead):
                exchange(port)
        else:
            assert exchange(port)[1] == b"ab"


@pytest.mark.parametrize("place", PLACES)
def test_result_is_closed(place: Callable[[Any], Any]) -> None:
    """close() is called once: at the end of the body, after a fault, and when the client disconnects."""
    closed: list[str] = []
    gone = threading.Event()

    class Body:
        def __init__(self, path: str) -> None:
            self._path = path
            self._left = 10_000 if path == "/gone" else 3

        def __iter__(self) -> Iterator[bytes]:
            return self

        def __next__(self) -> bytes:
            if self._path == "/fault":
                raise LookupError("no")
            self._left -= 1
            if self._left < 0:
                raise StopIteration
            return b"x" * 100_000

        def close(self) -> None:
            closed.append(self._path)
            if self._path == "/gone":
                gone.set()

    def application(environ: Environ, start_response: Callable[..., Any]) -> Body:
        start_response("200 OK", [])
        return Body(environ["PATH_INFO"])

    with running(place(application)) as port:
        exchange(port, path="/whole")
        exchange(port, path="/fault")
        with create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            client.sendall(b"GET /gone HTTP/1.1\r\nHost: a\r\n\r\n")
            client.recv(10)
        assert gone.wait(PATIENCE)

    assert closed == ["/whole", "/fault", "/gone"]


@pytest.mark.parametrize("place", PLACES)
def test_large_bodies_arrive_whole(place: Callable[[Any], Any]) -> None:
    """A body that is larger than what may wait for its reader arrives as it was, in one piece or in many."""
    whole = bytes(range(256)) * 8192

    def large(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        if environ["PATH_INFO"] == "/pieces":
            return (whole[start : start + 1000] for start in range(0, len(whole), 1000))
        return [whole]

    with running(place(large), Limits(write_bytes=10_000)) as port:
        one, many = exchange(port)[1], exchange(port, path="/pieces")[1]

    assert one == whole
    assert many == whole


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([b"abc", Wait(0.01), b"def"], b"abcdef"),
        ([Wait(0.01), b"", Wait(0.01), b"abcdef"], b"abcdef"),
        ([b"abc", Close()], IncompleteRead),
        ([b"", Close()], IncompleteRead),
        ([Close()], RemoteDisconnected),
        ([Wait(0.01), Reset()], ConnectionResetError),
        ([b"abc", Reset()], ConnectionResetError),
    ],
)
def test_steps(steps: list[Step], expected: bytes | type[Exception], place: Callable[[Any], Any]) -> None:
    """Steps are carried out one after the other; the end of the connection looks to the client as it should."""
    outcomes: list[Outcome] = []

    def stepping(environ: Environ, start_response: Callable[..., Any]) -> Steps:
        environ[DELIVERY].on_end.append(outcomes.append)
        start_response("200 OK", [("Content-Length", "6")])
        return Steps(steps)

    with running(place(stepping)) as port:
        if isinstance(expected, bytes):
            assert exchange(port)[1] == expected
        else:
            with pytest.raises(expected):
                exchange(port)

    assert outcomes == ["answered" if isinstance(expected, bytes) else "cut"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (list, []),
        (partial(list, [b"abcdef"]), []),
        (partial(Steps, [Wait(0.01), b"abcdef"]), [("Content-Length", "6")]),
        (partial(Steps, [b"abc", Wait(0.01), b"def"]), [("Content-Length", "6")]),
        (partial(Steps, [b"abc", Wait(0.01), b"def"]), []),
    ],
    ids=["empty", "whole", "delayed", "pieces", "chunked"],
)
def test_ends_before_last_byte(
    body: Callable[[], Any],
    headers: list[tuple[str, str]],
    place: Callable[[Any], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The application learns of the end before the client has the whole response, so its records are complete then."""
    events: list[str] = []
    write = Connection.write

    def observed(connection: Connection, data: bytes) -> None:
        events.append("write")
        write(connection, data)

    def application(environ: Environ, start_response: Callable[..., Any]) -> Any:
        environ[DELIVERY].on_end.append(events.append)
        start_response("200 OK", headers)
        return body()

    monkeypatch.setattr(Connection, "write", observed)
    with running(place(application)) as port:
        exchange(port)

    assert events[-2:] == ["answered", "write"]


def test_wait_ends_by_notice() -> None:
    """A wait with a subscription ends when somebody calls, from any thread, and unsubscribes."""
    waiting: list[Callable[[], None]] = []
    cancelled = threading.Event()
    subscribed = threading.Event()

    def subscribe(notify: Callable[[], None]) -> Callable[[], None]:
        waiting.append(notify)
        subscribed.set()
        return cancelled.set

    def application(environ: Environ, start_response: Callable[..., Any]) -> Steps:
        del environ
        start_response("200 OK", [])
        return Steps([b"a", Wait(60, subscribe), b"b"])

    with running(application) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", "/")
        assert subscribed.wait(PATIENCE)
        waiting[0]()
        body = connection.getresponse().read()
        connection.close()

    assert body == b"ab"
    assert cancelled.is_set()


def test_wait_ends_with_its_client() -> None:
    """A client that goes ends the wait, and the application learns of it."""
    ended: list[Outcome] = []
    done = threading.Event()

    def application(environ: Environ, start_response: Callable[..., Any]) -> Steps:
        environ[DELIVERY].on_end += [ended.append, lambda _: done.set()]
        start_response("200 OK", [])
        return Steps([b"a", Wait(600), b"b"])

    with running(application) as port:
        with create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            client.recv(10)
        assert done.wait(PATIENCE)

    assert ended == ["client-gone"]


def test_waiting_takes_no_thread() -> None:
    """Two hundred requests that wait leave the two threads of the server to others."""

    def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[Any]:
        start_response("200 OK", [])
        return Steps([b"a", Wait(600)]) if environ["PATH_INFO"] == "/wait" else [b"now"]

    before = set(threading.enumerate())  # servers of other tests have threads too
    with running(application, Limits(threads=2)) as port:
        clients = [create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(200)]
        for client in clients:
            client.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        for client in clients:
            client.recv(1)
        _, body = exchange(port)
        threads = {thread for thread in threading.enumerate() if thread.name == "mockroster-worker"} - before
        for client in clients:
            client.close()

    assert body == b"now"
    assert len(threads) <= 2


def test_servers_without_steps() -> None:
    """Under another server the same steps wait in its thread, and end a body early or by an exception."""
    assert list(blocking(Steps([b"a", Wait(0.001), b"b"]))) == [b"a", b"b"]
    assert list(blocking(Steps([b"a", Close(), b"b"]))) == [b"a"]
    with pytest.raises(ConnectionAbortedError):
        list(blocking(Steps([Close()])))
    with pytest.raises(ConnectionAbortedError):
        list(blocking(Steps([b"a", Reset()])))


def test_threads_keep_context() -> None:
    """The pieces of a body see the context variables of the call that made it, in whichever thread they are made."""
    from contextvars import ContextVar

    request: ContextVar[str] = ContextVar("request")

    def application(environ: Environ, start_response: Callable[..., Any]) -> Iterator[bytes]:
        token = request.set(environ["PATH_INFO"])
        start_response("200 OK", [])
        for _ in range(3):
            yield request.get().encode() * 70_000
        request.reset(token)

    with running(application) as port:
        _, body = exchange(port, path="/a")

    assert body == b"/a" * 210_000


def test_application_that_cannot_say_what_is_quick(caplog: pytest.LogCaptureFixture) -> None:
    """If `is_quick` fails, the request is answered in a thread, and the log has the error."""

    class Undecided(OnLoop):
        def is_quick(self, environ: Environ) -> bool:
            return bool(environ["no such member"])

    def names_its_thread(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [threading.current_thread().name.encode()]

    with caplog.at_level(logging.ERROR), running(Undecided(names_its_thread)) as port:
        response, body = exchange(port)

    assert (response.status, body) == (200, b"mockroster-worker")
    assert "is_quick failed" in caplog.text
