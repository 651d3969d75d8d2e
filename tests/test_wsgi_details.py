"""Details of PEP 3333 that other servers and applications rely on, beside those of ``test_serving_wsgi.py``."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from threading import Event, Timer
from typing import TYPE_CHECKING, Any
from wsgiref.validate import validator

import pytest
from flask import Flask, Response, request
from patience import PATIENCE
from wire.case import LIVE
from wire.case import request as raw
from wire.connection import Answer, Connection
from wire.running import running, watched_log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TEXT = [("Content-Type", "text/plain")]
BODY = b"one\ntwo\nthree"


def asked(application: WSGIApplication, sent: bytes = LIVE, *, number: int = 1, to_head: bool = False) -> list[Answer]:
    """Serve an application, send bytes, and return the responses."""
    with running(application) as address, Connection(address) as connection:
        connection.send(sent)
        answers = [connection.answer(to_head=to_head) for _ in range(number)]
        assert all(answers)
    return [answer for answer in answers if answer]


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with the body of the request."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [*TEXT, ("Content-Length", str(len(body)))])
    return [body]


@pytest.mark.parametrize(
    "sent",
    [
        raw("/a%20b/%C3%BC?x=%20&y=<>"),
        raw("/", "Content-Length: 3", method="POST", body=b"abc"),
        raw("/", "Transfer-Encoding: chunked", method="POST", body=b"3\r\nabc\r\n0\r\n\r\n"),
        raw("/", method="HEAD"),
        raw("/", version="HTTP/1.0", host=None),
        raw("http://sis.test:81/x"),
        raw("/", "X-A: one", "X-A: two", "Cookie: a=1", "Cookie: b=2", b"X-B: \xff\xe9"),
    ],
)
def test_validated(sent: bytes) -> None:
    """``wsgiref.validate`` has nothing to say against the environment or the order of calls."""
    with watched_log() as log:
        (answer,) = asked(validator(echo), sent, to_head=sent.startswith(b"HEAD"))

    assert answer.status == 200
    assert log.lines == []


def test_environment() -> None:
    """The environment has the request, each byte as a character, and the client's address."""
    seen: dict[str, Any] = {}

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.update(environ)
        start_response("204 No Content", [])
        return []

    asked(application, raw(b"/a%2Fb/\xc3\xbc//?x=%20&y=<\xc3\xbc>", "X-Thing: ü", "Content-Type: a/b", method="PUT"))

    assert seen["REQUEST_METHOD"] == "PUT"
    assert seen["PATH_INFO"] == "/a/b/\xc3\xbc//"
    assert seen["QUERY_STRING"] == "x=%20&y=<\xc3\xbc>"
    assert seen["RAW_URI"] == "/a%2Fb/\xc3\xbc//?x=%20&y=<\xc3\xbc>"
    assert (seen["HTTP_X_THING"], seen["CONTENT_TYPE"]) == ("\xc3\xbc", "a/b")
    assert "HTTP_CONTENT_TYPE" not in seen
    assert seen["SCRIPT_NAME"] == ""
    assert seen["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert (seen["HTTP_HOST"], seen["REMOTE_ADDR"]) == ("sis.test", "127.0.0.1")
    assert all(type(value) is str for name, value in seen.items() if name.isupper())


@pytest.mark.parametrize(
    "read",
    [
        lambda body: body.read(),
        lambda body: body.read(1000),
        lambda body: b"".join(iter(lambda: body.read(2), b"")),
        b"".join,
        lambda body: b"".join(body.readlines()),
        lambda body: b"".join(iter(body.readline, b"")),
        lambda body: io.BufferedReader(body).read(),
    ],
    ids=["read()", "read(n)", "read(2)", "iteration", "readlines", "readline", "buffered"],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_input(read: Callable[[Any], bytes], chunked: bool) -> None:
    """The body is read in every way that PEP 3333 has, and ends where it ends."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = read(environ["wsgi.input"])
        start_response("200 OK", TEXT)
        return [body]

    framing, sent = f"Content-Length: {len(BODY)}", BODY
    if chunked:
        framing, sent = "Transfer-Encoding: chunked", b"4\r\none\n\r\n9\r\ntwo\nthree\r\n0\r\n\r\n"
    first, second = asked(application, raw("/", framing, method="POST", body=sent) + LIVE, number=2)

    assert (first.body, second.body) == (BODY, b"")


def test_pieces_are_sent_as_they_come() -> None:
    """A piece reaches the client before the next one is made, in chunks where the length is not known."""
    received = Event()

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        yield b"first"
        yield b""
        assert received.wait(PATIENCE)
        yield b"second"

    with running(application) as address, socket.create_connection(address, timeout=PATIENCE) as connection:
        connection.sendall(raw("/", "Connection: close"))
        beginning = b""
        while b"first\r\n" not in beginning:
            beginning += connection.recv(4096)
        received.set()
        rest = b"".join(iter(lambda: connection.recv(4096), b""))

    assert beginning.endswith(b"5\r\nfirst\r\n")
    assert rest == b"6\r\nsecond\r\n0\r\n\r\n"


def test_started_late() -> None:
    """An iterable may call ``start_response`` with its first piece."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("202 Accepted", TEXT)
        yield b"late"

    (answer,) = asked(application)

    assert (answer.status, answer.body) == (202, b"late")


@pytest.mark.parametrize("kind", ["list", "tuple", "iterator", "empty list", "two pieces", "class"])
def test_iterables(kind: str) -> None:
    """Any iterable of bytes is a body, with a length where it is known."""

    class AnyIterable:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"ab"])

    bodies: dict[str, Any] = {"list": [b"ab"], "tuple": (b"ab",), "iterator": iter([b"ab"]), "empty list": []}
    bodies |= {"two pieces": [b"a", b"b"], "class": AnyIterable()}

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        result: Iterable[bytes] = bodies[kind]
        return result

    (answer,) = asked(application)

    assert answer.body == (b"" if kind == "empty list" else b"ab")
    assert ("content-length" in answer.headers) == (kind in {"list", "tuple", "empty list"})


class Closing:
    """A body that counts how often it was closed."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.closed = 0
        self.is_closed = Event()
        self._pieces = iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """Count."""
        self.closed += 1
        self.is_closed.set()


def _failing() -> Iterator[bytes]:
    yield b"a"
    raise ValueError("within the body")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("kind", ["whole", "failing", "endless"])
def test_close(kind: str, method: str) -> None:
    """The iterable of the application is closed once, also if it fails, is not sent, or its client disconnects."""
    pieces = {"whole": [b"a", b"b"], "failing": _failing(), "endless": iter(lambda: bytes(65536), None)}
    body = Closing(pieces[kind])

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        return body

    with running(application) as address:
        with Connection(address) as connection:
            connection.send(raw("/", method=method))
            connection.answer_head()
        assert body.is_closed.wait(PATIENCE)

    assert body.closed == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_statuses_without_a_body(status: str, method: str) -> None:
    """They are sent without a body, whatever the application returns."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, [])
        return [b"not to be sent"]

    first, second = asked(application, raw("/", method=method) * 2, number=2, to_head=method == "HEAD")

    assert (first.status, second.status) == (int(status[:3]),) * 2
    assert "transfer-encoding" not in first.headers
    assert "content-length" not in first.headers or status.startswith("304")


def test_fault_before_the_head() -> None:
    """It is a 500, the log has the traceback, and the connection goes on."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise ValueError("on purpose")

    with watched_log() as log:
        first, second = asked(application, LIVE * 2, number=2)

    assert (first.status, second.status) == (500, 500)
    assert first.headers["content-type"] == "application/json"
    assert b"on purpose" not in first.body
    assert sum("on purpose" in line for line in log.lines) == 2


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("200 OK", [("X-A", "a\r\nX-B: b")]),
        ("200 OK", [("X-A\r\nX-B", "b")]),
        ("200 OK\r\nX-B: b", []),
        ("200 OK", [("X-A", "日本")]),
        ("nonsense", []),
    ],
)
def test_heads_that_cannot_be_sent(status: str, headers: list[tuple[str, Any]]) -> None:
    """A head that would break HTTP is a fault of the application, not a split response."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, headers)
        return [b"body"]

    with watched_log():
        (answer,) = asked(application)

    assert answer.status == 500
    assert "x-b" not in answer.headers


def test_no_head_at_all() -> None:
    """An application that never calls ``start_response`` is a 500."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return [b"body"]

    with watched_log():
        (answer,) = asked(application)

    assert answer.status == 500


def test_pieces_that_are_no_bytes() -> None:
    """Text in a body is a fault that the log names."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[Any]:
        start_response("200 OK", TEXT)
        return ["text"]

    with watched_log() as log:
        (answer,) = asked(application)

    assert answer.status == 500
    assert any("str" in line for line in log.lines)


def test_flask() -> None:
    """An ordinary Flask application is served, its streams and teardowns too."""
    app = Flask("anything")
    torn: list[str] = []

    @app.post("/echo")
    def echoed() -> Response:
        pieces = (piece for piece in (request.get_data(), b"!"))
        return Response(pieces, headers={"X-Thread": threading.current_thread().name})

    @app.teardown_request
    def tear(error: BaseException | None) -> None:
        torn.append(request.path)

    sent = raw("/echo", "Content-Length: 2", method="POST", body=b"hi")
    first, second = asked(app, sent + raw("/nothing"), number=2)

    assert (first.status, first.body, second.status) == (200, b"hi!", 404)
    assert first.headers["x-thread"] != threading.main_thread().name
    assert torn == ["/echo", "/nothing"]


def test_stop_finishes_what_is_under_way() -> None:
    """A request that is being answered when the server stops is answered; its connection ends then."""
    entered, leave = Event(), Event()

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        entered.set()
        leave.wait(PATIENCE)
        start_response("200 OK", TEXT)
        return [b"done"]

    with running(application) as address:
        connection = Connection(address)
        connection.send(LIVE)
        assert entered.wait(PATIENCE)
        Timer(0.1, leave.set).start()
    with connection:
        answer = connection.answer()

        assert answer is not None
        assert (answer.status, answer.body, answer.closes) == (200, b"done", True)
        assert connection.at_end()


def test_stop_does_not_wait_for_ever() -> None:
    """Requests that take longer than the bound are cut off."""
    entered, leave = Event(), Event()

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        entered.set()
        leave.wait(PATIENCE)
        start_response("200 OK", TEXT)
        return [b"too late"]

    try:
        with running(application, stop_seconds=0.1) as address:
            connection = Connection(address)
            connection.send(LIVE)
            assert entered.wait(PATIENCE)
        with connection:
            assert connection.at_end()
    finally:
        leave.set()
