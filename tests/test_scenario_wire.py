"""Scenarios of the wire, as bytes in the process and as real clients see them over real sockets."""

from __future__ import annotations

import gzip
import json
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from conftest import BASE, Served, make_app, served
from flask import Flask
from patience import PATIENCE, at_most
from werkzeug.test import Client, TestResponse

from mockroster.delivery import ConnectionEnded

V1P2 = "/ims/oneroster/rostering/v1p2"
HEADER = "X-Mockroster-Scenario"
USERS = f"{BASE}/users?limit=10"

SPECS = {
    "slow:ms=5": "slow",
    "drip:bytes=100,ms=1": "drip",
    "stalled-body:ms=5": "stalled-body",
    "cut-body:percent=20": "cut-body",
    "empty-reply": "empty-reply",
    "truncated-json:percent=30": "truncated-json",
    "garbage:bytes=40": "garbage",
    "wrong-content-type:style=html": "wrong-content-type",
    "gzip-always": "gzip-always",
    "chunked:bytes=100": "chunked",
    "redirects:status=302": "redirects",
}
"""One text of each scenario, and its name."""

WITHOUT_BODY = sorted(set(SPECS) - {"slow:ms=5", "empty-reply", "redirects:status=302"})
"""Those that have nothing to do where there is no body."""


@pytest.fixture(scope="module")
def open_app() -> Flask:
    """Return an application that asks for no token; a test that writes takes a sandbox of its own."""
    return make_app(students=24, no_auth=True)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds for which scenarios sleep; nobody really does."""
    taken: list[float] = []
    monkeypatch.setattr("mockroster.delivery._wait", lambda step: taken.append(step.seconds))
    return taken


@pytest.fixture
def get(open_app: Flask) -> Callable[..., TestResponse]:
    """Return a function that reads under a scenario, chosen by header."""

    def read(spec: str = "", path: str = USERS, **more: Any) -> TestResponse:
        response = Client(open_app).open(path, headers={HEADER: spec} if spec else {}, **more)
        pieces = [*response.iter_encoded()]  # a body that goes out in its own time does so when it is read
        response.response = pieces
        return response

    return read


@pytest.mark.parametrize("base", [BASE, V1P2])
@pytest.mark.parametrize("spec", sorted(set(SPECS) - {"empty-reply"}))
def test_chosen_by_header_or_path(spec: str, base: str, get: Callable[..., TestResponse], naps: list[float]) -> None:
    """Either door opens it in both versions, and the answer names it."""
    path = f"{base}/users?limit=10"

    by_header, by_path = get(spec, path), get("", f"/scenarios/{spec}{path}")

    assert by_header.headers[HEADER] == by_path.headers[HEADER] == SPECS[spec]
    assert by_header.status_code == by_path.status_code == (302 if "redirects" in spec else 200)


@pytest.mark.parametrize("spec", ["empty-reply", "reset", "reset:after=10"])
def test_no_answer_within_the_process(spec: str, open_app: Flask) -> None:
    """Without a socket to close, the end of the connection is an exception."""
    with pytest.raises(ConnectionEnded):
        Client(open_app).get(USERS, headers={HEADER: spec}, buffered=True)


@pytest.mark.parametrize("size", [1, 10, 300])
def test_reset_after_some_bytes(size: int, open_app: Flask) -> None:
    """The connection ends after that many bytes of the body."""
    body = iter(Client(open_app).get(USERS, headers={HEADER: f"reset:after={size}"}).response)

    assert len(next(body)) == size
    with pytest.raises(ConnectionEnded):
        next(body)


def test_clean_without(get: Callable[..., TestResponse]) -> None:
    """Without a scenario the answer is JSON of the right length, and names none."""
    response = get()

    assert HEADER not in response.headers
    assert response.content_type == "application/json"
    assert int(response.headers["Content-Length"]) == len(response.data)
    assert len(response.get_json()["users"]) == 10


@pytest.mark.parametrize("spec", WITHOUT_BODY)
def test_nothing_to_do_without_a_body(spec: str, open_app: Flask) -> None:
    """An answer without a body is left as it is, and does not name the scenario."""
    path = f"/sandboxes/bodiless{BASE}/categories/{quote(spec, safe='')}"
    client = Client(open_app)
    client.put(path, json={"category": {"title": "Homework"}})

    response = client.delete(path, headers={HEADER: spec})

    assert response.status_code == 204
    assert HEADER not in response.headers
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize(
    ("spec", "least", "most"),
    [("slow", 1.0, 1.0), ("slow:ms=2000", 2.0, 2.0), ("slow:ms=0", 0, 0), ("slow:ms=100,jitter=400", 0.1, 0.5)],
)
def test_slow(spec: str, least: float, most: float, get: Callable[..., TestResponse], naps: list[float]) -> None:
    """The answer waits for as long as is asked and is right then."""
    response = get(spec)

    assert least <= sum(naps) <= most
    assert response.get_json() == get().get_json()


def test_jitter_can_be_relied_on(get: Callable[..., TestResponse], naps: list[float]) -> None:
    """Each request draws another wait, and a sandbox of the same seed draws the same ones."""
    for sandbox in ("jitter-a", "jitter-b"):
        for _ in range(3):
            get("slow:ms=0,jitter=1000", f"/sandboxes/{sandbox}{USERS}")

    assert naps[:3] == naps[3:]
    assert len(set(naps)) == 3


@pytest.mark.parametrize(("spec", "size", "pause"), [("drip", 512, 0.05), ("drip:bytes=1000,ms=7", 1000, 0.007)])
def test_drip(spec: str, size: int, pause: float, get: Callable[..., TestResponse], naps: list[float]) -> None:
    """The pieces have the size, the pauses the length, and together it is the right body."""
    response = get(spec)
    pieces = [*response.response]

    assert {len(piece) for piece in pieces[:-1]} == {size}
    assert b"".join(pieces) == get().data
    assert response.content_length == len(get().data)
    assert naps == [pause] * (len(pieces) - 1)


@pytest.mark.parametrize(
    ("spec", "percent", "silence"),
    [
        ("stalled-body", 50, 60),
        ("stalled-body:ms=300", 50, 0.3),
        ("cut-body", 50, 0),
        ("cut-body:percent=0", 0, 0),
    ],
)
def test_body_that_stops(
    spec: str, percent: int, silence: float, get: Callable[..., TestResponse], naps: list[float]
) -> None:
    """A part of the body comes, under the length of the whole, and then it is silent for a while."""
    whole = get().data
    response = get(spec)

    assert response.content_length == len(whole)
    assert response.data == whole[: len(whole) * percent // 100]
    assert sum(naps) == pytest.approx(silence)


@pytest.mark.parametrize(("spec", "percent"), [("truncated-json", 50), ("truncated-json:percent=99", 99)])
def test_truncated_json(spec: str, percent: int, get: Callable[..., TestResponse]) -> None:
    """Content-Length fits the remaining bytes, which are no JSON."""
    whole = get().data
    response = get(spec)

    assert response.data == whole[: len(whole) * percent // 100]
    assert response.content_length == len(response.data)
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.data)


@pytest.mark.parametrize(("spec", "size"), [("garbage", 256), ("garbage:bytes=1", 1)])
def test_garbage(spec: str, size: int, get: Callable[..., TestResponse]) -> None:
    """The bytes are no text, say that they are JSON, and are the same in another sandbox."""
    one, other = (get(spec, f"/sandboxes/{name}{USERS}") for name in ("heap-a", "heap-b"))

    assert one.content_type == "application/json"
    assert one.content_length == len(one.data) == size
    assert one.data == other.data
    with pytest.raises(UnicodeDecodeError):
        one.data.decode()


@pytest.mark.parametrize(
    ("spec", "type_"),
    [
        ("wrong-content-type", "text/plain; charset=utf-8"),
        ("wrong-content-type:style=html", "text/html; charset=utf-8"),
        ("wrong-content-type:style=none", None),
    ],
)
def test_wrong_content_type(spec: str, type_: str | None, get: Callable[..., TestResponse]) -> None:
    """The header is wrong and the JSON right, on errors too."""
    response, error = get(spec), get(spec, f"{BASE}/users/nobody")

    assert response.headers.get("Content-Type") == error.headers.get("Content-Type") == type_
    assert json.loads(response.data) == get().get_json()
    assert "statusInfoSet" in json.loads(error.data)


def test_gzip_always(get: Callable[..., TestResponse]) -> None:
    """The body is compressed although the client did not ask."""
    response = get("gzip-always")

    assert response.headers["Content-Encoding"] == "gzip"
    assert response.content_length == len(response.data)
    assert gzip.decompress(response.data) == get().data
    assert get("gzip-always;gzip-always").data == response.data


@pytest.mark.parametrize(("spec", "size"), [("chunked", 4096), ("chunked:bytes=500", 500)])
def test_chunked(spec: str, size: int, get: Callable[..., TestResponse]) -> None:
    """There is no length, and the pieces make the whole."""
    response = get(spec, f"{BASE}/users")
    pieces = [*response.response]

    assert "Content-Length" not in response.headers
    assert max(map(len, pieces)) == size
    assert b"".join(pieces) == get("", f"{BASE}/users").data


@pytest.mark.parametrize("spec", ["drip:bytes=99,ms=1;truncated-json", "truncated-json;drip:bytes=99,ms=1"])
def test_bytes_and_timing_in_any_order(spec: str, get: Callable[..., TestResponse], naps: list[float]) -> None:
    """Changes of the bytes also apply to a body that is sent with delays."""
    response = get(spec)
    pieces = [*response.response]

    assert b"".join(pieces) == get("truncated-json").data
    assert response.content_length == sum(map(len, pieces))
    assert len(pieces[0]) == 99
    assert set(response.headers[HEADER].split(", ")) == {"drip", "truncated-json"}


@pytest.mark.parametrize("status", ["301", "302", "307", "308"])
def test_redirects(status: str, get: Callable[..., TestResponse]) -> None:
    """One step leads to the answer, with the query as it was and with links that do not show the step."""
    spec = f"redirects:status={status}"
    path = f"/scenarios/{spec}{BASE}/users?limit=3&filter=role%3D%27student%27"

    first, followed = get("", path), get("", path, follow_redirects=True)

    assert (first.status_code, first.data) == (int(status), b"")
    assert first.headers[HEADER] == "redirects"
    assert len(followed.history) == 1
    assert followed.status_code == 200
    assert {user["role"] for user in followed.get_json()["users"]} == {"student"}
    assert "redirected" not in followed.headers["Link"]
    assert followed.headers["Link"].count("filter=") == 3


def test_redirected_write_is_carried_out_once(open_app: Flask) -> None:
    """Nothing is written before the redirect is followed; method and body are repeated."""
    client, path = Client(open_app), f"/sandboxes/moving{BASE}/categories/moved"
    under = path.replace("/moving", "/moving/scenarios/redirects:status=308")

    first = client.put(under, json={"category": {"title": "x"}})
    before = client.get(path)
    second = client.put(first.location, json={"category": {"title": "x"}})

    assert (first.status_code, before.status_code, second.status_code) == (308, 404, 201)


# As clients see it.


def request(server: Served, spec: str, path: str = USERS) -> bytes:
    """Return the bytes of a request under a scenario."""
    host, port = server.address
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Connection: close", f"{HEADER}: {spec}", "", ""]
    return "\r\n".join(lines).encode()


def raw(server: Served, spec: str) -> tuple[bytes, bytes]:
    """Return head and body of an answer, as bytes, up to the end of the connection."""
    with socket.create_connection(server.address, timeout=PATIENCE) as connection:
        connection.sendall(request(server, spec))
        answer = b""
        while received := connection.recv(65536):
            answer += received
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.lower(), body


def curl(server: Served, spec: str, *flags: str) -> tuple[int, bytes]:
    """Return exit code and output of curl."""
    found = shutil.which("curl")
    if found is None:
        pytest.skip("curl is not installed")
    command = [found, "-s", "--noproxy", "*", "--max-time", "10", "-H", f"{HEADER}: {spec}", *flags, server.url + USERS]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603
    return done.returncode, done.stdout


def ask(server: Served, spec: str) -> tuple[int, dict[str, str], bytes]:
    """Return what http.client sees."""
    return server.ask("GET", USERS, X_Mockroster_Scenario=spec)


def test_empty_reply_over_a_socket(server: Served) -> None:
    """Not a byte comes, and each client says so in its way."""
    connection = HTTPConnection(*server.address, timeout=PATIENCE)
    connection.request("GET", USERS, headers={HEADER: "empty-reply"})

    assert raw(server, "empty-reply") == (b"", b"")
    with pytest.raises(RemoteDisconnected):
        connection.getresponse()
    assert curl(server, "empty-reply")[0] == 52
    connection.close()


@pytest.mark.parametrize("spec", ["cut-body", "stalled-body:ms=200"])
def test_body_that_stops_over_a_socket(spec: str, server: Served) -> None:
    """Half of what Content-Length says comes, and the connection ends."""
    whole = server.ask("GET", USERS)[2]

    head, body = raw(server, spec)
    with pytest.raises(IncompleteRead) as seen:
        ask(server, spec)

    assert b"\r\ncontent-length: %d\r\n" % len(whole) in head + b"\r\n"
    assert len(body) == len(whole) // 2
    assert len(seen.value.partial) == len(whole) // 2
    assert curl(server, spec)[0] == 18


def test_stalled_body_over_a_socket(server: Served) -> None:
    """Half of the body is there at once; a client with a read timeout gives up long before the end."""
    connection = HTTPConnection(*server.address, timeout=PATIENCE)
    connection.request("GET", USERS, headers={HEADER: "stalled-body:ms=600000"})

    response = connection.getresponse()
    first = response.read(100)
    connection.sock.settimeout(0.5)

    assert response.status == 200
    assert first.startswith(b'{"users":[')
    with pytest.raises(TimeoutError):
        response.read()
    connection.close()


def test_clients_that_give_up_leave_the_server_free() -> None:
    """Clients that go away from stalled bodies leave the server free, however long the silence was to be."""
    with served("--students", "24", "--no-auth") as server:
        for connection in waiting(server, USERS, 300, "stalled-body:ms=600000"):
            connection.recv(10)
            connection.close()

        status, _, _ = server.ask("GET", "/livez")

    assert status in {200, 204}


def test_drip_over_a_socket(server: Served) -> None:
    """The body is right, and takes its time in many pieces."""
    whole = server.ask("GET", USERS)[2]
    size = len(whole) // 10
    began = time.perf_counter()

    _, headers, body = ask(server, f"drip:bytes={size},ms=20")

    assert body == whole
    assert headers["content-length"] == str(len(whole))
    assert time.perf_counter() - began > 0.18


def test_slow_over_a_socket(server: Served) -> None:
    """The first byte comes late."""
    began = time.perf_counter()

    status, _, body = ask(server, "slow:ms=150")

    assert status == 200
    assert json.loads(body)["users"]
    assert time.perf_counter() - began > 0.15


@pytest.mark.parametrize("spec", ["truncated-json", "garbage"])
def test_bad_json_over_a_socket(spec: str, server: Served) -> None:
    """HTTP has nothing to complain of, and the connection can be used again; the body is no JSON."""
    connection = HTTPConnection(*server.address, timeout=PATIENCE)
    for _ in range(2):
        connection.request("GET", USERS, headers={HEADER: spec})
        response = connection.getresponse()
        body = response.read()

        assert response.headers["Content-Type"] == "application/json"
        assert len(body) == int(response.headers["Content-Length"])
        with pytest.raises(ValueError, match=r"Expecting|Unterminated|codec"):
            json.loads(body)
    connection.close()
    assert curl(server, spec)[0] == 0


def test_chunked_over_a_socket(server: Served) -> None:
    """HTTP/1.1 sends chunks, which clients put together by themselves."""
    whole = server.ask("GET", USERS)[2]

    head, body = raw(server, "chunked:bytes=300")

    assert b"transfer-encoding: chunked" in head
    assert b"content-length" not in head
    assert body.startswith(b"12c\r\n")
    assert body.endswith(b"\r\n0\r\n\r\n")
    assert ask(server, "chunked:bytes=300")[2] == whole


def test_gzip_over_a_socket(server: Served) -> None:
    """A client that did not ask gets bytes that it must unpack; one that unpacks is fine."""
    whole = server.ask("GET", USERS)[2]

    _, headers, body = ask(server, "gzip-always")

    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == whole
    assert curl(server, "gzip-always", "--compressed") == (0, whole)


def test_content_type_over_a_socket(server: Served) -> None:
    """The type is another, or there is none."""
    assert ask(server, "wrong-content-type")[1]["content-type"].startswith("text/plain")
    assert "content-type" not in ask(server, "wrong-content-type:style=none")[1]


def test_redirects_over_a_socket(server: Served) -> None:
    """A client that follows gets the answer by one redirect; one that does not is left with it."""
    path = f"/scenarios/redirects{USERS}"

    with urlopen(server.url + path, timeout=PATIENCE) as answer:  # noqa: S310
        followed = json.load(answer)

    assert len(followed["users"]) == 10
    assert server.ask("GET", path)[0] == 307
    assert curl(server, "redirects", "-L", "--max-redirs", "1", "-o", "/dev/null", "-w", "%{num_redirects}") == (
        0,
        b"1",
    )


def waiting(server: Served, path: str, number: int, spec: str) -> list[socket.socket]:
    """Return connections with as many requests under way."""
    connections = [socket.create_connection(server.address, timeout=PATIENCE) for _ in range(number)]
    for connection in connections:
        connection.sendall(request(server, spec, path))
    return connections


def test_those_that_wait_hold_up_nobody(server: Served) -> None:
    """Health and other sandboxes are answered before a hundred slow requests in one sandbox; these all are later."""
    connections = waiting(server, f"/sandboxes/held{BASE}/orgs?limit=1", 100, "slow:ms=600000")

    for path in ("/livez", f"/sandboxes/free{BASE}/orgs?limit=1", "/livez"):
        assert server.ask("GET", path)[0] in {200, 204}
    early = select.select(connections, [], [], 0)[0]
    for connection in connections:
        connection.close()
    connections = waiting(server, f"/sandboxes/held{BASE}/orgs?limit=1", 100, "slow:ms=100")
    answers = [connection.recv(65536)[:12] for connection in connections]
    for connection in connections:
        connection.close()

    assert early == []
    assert answers == [b"HTTP/1.1 200"] * 100


def test_ends_at_once_while_requests_wait_and_logs_no_ordered_fault() -> None:
    """SIGTERM ends the server though many wait, and faults that were ordered left nothing in its log."""
    with served("--students", "24", "--no-auth") as server:
        for spec in SPECS:
            raw(server, spec)
        connections = waiting(server, USERS, 30, "stalled-body")
        for connection in connections:
            connection.recv(10)
        began = time.perf_counter()

        code, _, err = server.end()

        assert time.perf_counter() - began < at_most(2)
        assert code == 0
        assert "Traceback" not in err
        assert "ERROR" not in err
        for connection in connections:
            connection.close()
