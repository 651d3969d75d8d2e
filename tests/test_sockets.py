"""Promises of the running server: unusual requests over real sockets to ``mockroster serve``."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import BASE, Served
from patience import PATIENCE

CLOSE = b"Host: localhost\r\nConnection: close\r\n"
ROOT = BASE.encode()
WRITE = b"PUT " + ROOT + b"/categories/%s HTTP/1.1\r\n" + CLOSE + b"Content-Type: application/json\r\n"


def spoken(server: Served, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send raw bytes and return status, headers and body of the answer."""
    with socket.create_connection(server.address, timeout=PATIENCE) as connection:
        connection.sendall(request)
        answer = b""
        try:
            while received := connection.recv(65536):
                answer += received
        except ConnectionResetError:
            pass
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


def failure(answer: tuple[int, dict[str, str], bytes]) -> int:
    """Check that an answer is a failure as JSON, and return its status."""
    status, headers, body = answer
    assert headers["content-type"] == "application/json"
    (said,) = json.loads(body)["statusInfoSet"]
    assert said["imsx_codeMajor"] == "failure"
    return status


@pytest.mark.parametrize("version", [b"HTTP/1.1", b"HTTP/1.0"])
def test_read(server: Served, version: bytes) -> None:
    """A collection over a socket has its headers and its references under the address asked."""
    status, headers, body = spoken(
        server,
        b"GET " + ROOT + b"/enrollments?limit=2 " + version + b"\r\nHost: sis.test:81\r\nConnection: close\r\n\r\n",
    )

    assert status == 200
    assert headers["content-type"] == "application/json"
    assert int(headers["x-total-count"]) > 2
    assert headers["link"].startswith("<http://sis.test:81/ims/oneroster/v1p1/enrollments?")
    document = json.loads(body)
    assert document["enrollments"][0]["user"]["href"].startswith("http://sis.test:81/")


def test_no_host(server: Served) -> None:
    """An old client that sends no Host has references under the address at which it came in."""
    status, _, body = spoken(server, b"GET " + ROOT + b"/enrollments?limit=1 HTTP/1.0\r\n\r\n")

    assert status == 200
    assert json.loads(body)["enrollments"][0]["user"]["href"].startswith("http://127.0.0.1")


@pytest.mark.parametrize(
    "target", [b"/users/?limit=5", b"//users?limit=5", b"/users?limit =5".replace(b" ", b"%20"), b"/users?limit%20=5&"]
)
def test_odd_but_right_addresses(server: Served, target: bytes) -> None:
    """Slashes too many and blanks round a name answer as if they were right."""
    status, _, body = spoken(server, b"GET " + ROOT + target + b" HTTP/1.1\r\n" + CLOSE + b"\r\n")

    assert status == 200
    assert len(json.loads(body)["users"]) == 5


@pytest.mark.parametrize(
    "filter_",
    [
        b"status='active'",
        b"status%3D%27active%27",
        b"familyName~'a'+AND+status='active'",
        b"email='nobody@example.org'",
        "familyName!='Núñez'".encode(),
        b"dateLastModified>'2017-01-01'",
    ],
)
def test_filters_as_clients_send_them(server: Served, filter_: bytes) -> None:
    """Quotes, equals signs, tildes and letters beyond ASCII may be sent raw."""
    status, _, body = spoken(server, b"GET " + ROOT + b"/users?filter=" + filter_ + b" HTTP/1.1\r\n" + CLOSE + b"\r\n")

    assert status == 200
    assert "users" in json.loads(body)


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        (b"GET %s/users/%%00", 404),
        (b"GET %s/users/%%ff%%fe", 404),
        (b"GET %s/users/a%%2Fb", 404),
        (b"GET %s/users/%%zz", 404),
        (b"GET %s/users/%%", 404),
        (b"GET %s/..%%2f..%%2fetc/passwd", 404),
        (b"GET %s/" + b"x" * 16_000, 404),
        (b"GET %s/" + b"x" * 30_000, 414),
        (b"GET %s/users?limit=0", 400),
        (b"GET %s/users?fields=", 400),
        (b"OPTIONS %s/users", 405),
        (b"TRACE %s/users", 405),
        (b"PROPFIND %s/users", 405),
        (b"NONSENSE %s/users", 405),
        (b"POST %s/users", 405),
    ],
)
def test_failures(server: Served, request_line: bytes, expected: int) -> None:
    """Odd methods and paths are JSON status information, as in the process."""
    line = request_line.replace(b"%s", ROOT).replace(b"%%", b"%")

    answer = spoken(server, line + b" HTTP/1.1\r\n" + CLOSE + b"\r\n")

    assert failure(answer) == expected


@pytest.mark.parametrize("header", [b"Host: a b", b"Host: <x>", b"Host: a\r\nHost: b", b"Host: x/y"])
def test_bad_host(server: Served, header: bytes) -> None:
    """A Host that is none is 400."""
    answer = spoken(server, b"GET " + ROOT + b"/users HTTP/1.1\r\nConnection: close\r\n" + header + b"\r\n\r\n")

    assert failure(answer) == 400


@pytest.mark.parametrize("accept", [b"text/html", b"image/png", b";;;", b"\xff"])
def test_any_accept(server: Served, accept: bytes) -> None:
    """Accept is not looked at."""
    status, headers, _ = spoken(
        server, b"GET " + ROOT + b"/orgs HTTP/1.1\r\n" + CLOSE + b"Accept: " + accept + b"\r\n\r\n"
    )

    assert status == 200
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "request_", [b"nonsense\r\n\r\n", b"GET  HTTP/1.1\r\n\r\n", b"\0\0\0\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
)
def test_what_is_not_http(server: Served, request_: bytes) -> None:
    """A request that is not HTTP is refused by the server itself, and the next client is served."""
    status, _, _ = spoken(server, request_)

    assert status in {400, 505}
    assert server.ask("GET", "/livez")[0] == 200


def test_refused_head(server: Served) -> None:
    """A HEAD that is refused has the headers of the refusal, and no body."""
    status, headers, body = spoken(server, b"HEAD / HTTP/1.1\r\n\r\n")

    assert (status, body) == (400, b"")
    assert int(headers["content-length"]) > 0


def test_get_with_a_body(server: Served) -> None:
    """A GET may have a body; the connection stays in step."""
    with socket.create_connection(server.address, timeout=PATIENCE) as connection:
        one = (
            b"GET "
            + ROOT
            + b'/orgs?limit=1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}'
        )
        connection.sendall(one + b"GET " + ROOT + b"/orgs?limit=1 HTTP/1.1\r\n" + CLOSE + b"\r\n")
        answer = b""
        while received := connection.recv(65536):
            answer += received

    assert answer.count(b"HTTP/1.1 200") == 2


def test_chunked_body(server: Served) -> None:
    """A body of which no length is told is read to its end."""
    body = b'{"category":{"title":"chunky"}}'
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:])) + b"0\r\n\r\n"

    status, _, _ = spoken(server, WRITE % b"chunky" + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)

    assert status in {200, 201}
    assert b"chunky" in server.ask("GET", f"{BASE}/categories/chunky")[2]


def test_large_body_is_refused_unread(server: Served) -> None:
    """A body that is said to be over 16 MB is 413 before any of it is sent."""
    answer = spoken(server, WRITE % b"large" + b"Content-Length: %d\r\n\r\n" % (16 * 1024 * 1024 + 1))

    assert failure(answer) == 413


def test_large_chunked_body_is_refused(server: Served) -> None:
    """A chunked body over 16 MB is 413 too, even where its first 16 MB are good JSON."""
    good = b'{"category":{"title":"x"}}'
    chunks = b"%x\r\n%s\r\n" % (len(good), good) + (b"100000\r\n" + b" " * 0x100000 + b"\r\n") * 17 + b"0\r\n\r\n"

    answer = spoken(server, WRITE % b"large" + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)

    assert failure(answer) == 413
    assert server.ask("GET", f"{BASE}/categories/large")[0] == 404


def test_body_that_is_cut_off(server: Served) -> None:
    """A client that goes away in the middle of its body hurts nobody."""
    with socket.create_connection(server.address, timeout=PATIENCE) as connection:
        connection.sendall(WRITE % b"cut" + b"Content-Length: 1000\r\n\r\n{")

    assert server.ask("GET", f"{BASE}/categories/cut")[0] == 404


def test_empty_answers(server: Served) -> None:
    """The responses to writes, 201, 200 and 204, have no body."""
    body = b'{"category":{"title":"brief"}}'
    path = f"{BASE}/categories/brief"

    statuses = [
        server.ask("PUT", path, body, Content_Type="application/json")[::2],
        server.ask("PUT", path, body, Content_Type="application/json")[::2],
        server.ask("DELETE", path)[::2],
        server.ask("GET", path)[0],
    ]

    assert statuses == [(201, b""), (200, b""), (204, b""), 404]


def test_many_at_once(server: Served) -> None:
    """Fifty readers and writers at once are all answered, and nothing is lost."""

    def write_and_read(number: int) -> tuple[int, int]:
        body = json.dumps({"category": {"title": f"n{number}"}}).encode()
        written = server.ask("PUT", f"{BASE}/categories/many{number}", body, Content_Type="application/json")
        return written[0], server.ask("GET", f"{BASE}/categories?limit=1000")[0]

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(write_and_read, range(50)))

    assert {read for _, read in outcomes} == {200}
    assert {written for written, _ in outcomes} <= {200, 201}
    listed = json.loads(server.ask("GET", f"{BASE}/categories?limit=1000")[2])["categories"]
    assert {f"many{number}" for number in range(50)} <= {one["sourcedId"] for one in listed}
    for number in range(50):
        server.ask("DELETE", f"{BASE}/categories/many{number}")


def test_a_slash_in_an_id(server: Served) -> None:
    """``%2F`` in a target is part of an id, also of an absolute target and below a sandbox; a slash is none."""
    base = b"/sandboxes/slashes" + ROOT + b"/categories/"
    body = b'{"category": {"title": "Odd"}}'

    def answered(method: bytes, target: bytes, body: bytes = b"") -> tuple[int, str]:
        length = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        status, _, text = spoken(server, method + b" " + target + b" HTTP/1.1\r\n" + CLOSE + length + body)
        return status, text.decode()

    assert answered(b"PUT", base + b"a%2Fb", body)[0] == 201
    assert answered(b"PUT", base + b"c/d", body)[0] == 404
    assert '"sourcedId":"a/b"' in answered(b"GET", b"http://localhost" + base + b"a%2fb")[1]
    assert "there is no path" in answered(b"GET", base + b"a/b")[1]
