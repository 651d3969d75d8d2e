"""Raw-socket cases of request lines, methods, Host and other header fields (RFC 9112, sections 2, 3 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from wire.case import LIVE, ROOT, Case, Step, Then, get, refused, request, served
from wire.connection import Answer

_LINE = b"GET /livez HTTP/1.1\r\n"
_HOST = b"Host: sis.test\r\n"
HEADERS = 100
"""Header fields of a request, at most."""

HEADER_BYTES = 64 * 1024


def cases() -> Iterator[Case]:
    """Return every case of this kind."""
    yield from _request_lines()
    yield from _methods()
    yield from _hosts()
    yield from _fields()
    yield from _many_fields()
    yield from _other_protocols()


def _request_lines() -> Iterator[Case]:
    rest = b"\r\n" + _HOST + b"\r\n"
    for name, line in {
        "two blanks before the target": b"GET  /livez HTTP/1.1",
        "two blanks after the target": b"GET /livez  HTTP/1.1",
        "a blank before the method": b" GET /livez HTTP/1.1",
        "a blank after the version": b"GET /livez HTTP/1.1 ",
        "tabs for blanks": b"GET\t/livez\tHTTP/1.1",
        "a fourth word": b"GET /livez HTTP/1.1 now",
        "no version": b"GET /livez",
        "no method": b"/livez HTTP/1.1",
        "one word": b"nonsense",
        "NUL bytes": b"\0\0\0\0",
        "a bare CR": b"GET /livez\rHTTP/1.1",
        "a version without a name": b"GET /livez 1.1",
        "a version in small letters": b"GET /livez http/1.1",
        "a version of one digit": b"GET /livez HTTP/1",
        "a version with a blank": b"GET /livez HTTP /1.1",
        "a version that has letters": b"GET /livez HTTP/1.x",
        "a minor version of two digits": b"GET /livez HTTP/1.10",
        "a major version of two digits": b"GET /livez HTTP/01.1",
        "a negative version": b"GET /livez HTTP/-1.1",
        "another protocol": b"GET /livez ICY/1.1",
        "a colon after the method": b"GET: /livez HTTP/1.1",
        "a bracket in the method": b"GE(T /livez HTTP/1.1",
        "a byte outside ASCII in the method": b"G\xc3\x89T /livez HTTP/1.1",
        "a NUL in the method": b"G\0T /livez HTTP/1.1",
    }.items():
        yield refused(f"request line: {name}", line + rest, (400, 505) if "version" in name else 400)
    for version in ("HTTP/0.9", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"):
        yield refused(f"request line: {version}", request("/livez", version=version), (400, 505))
    yield Case("request line: HTTP/1.2 is read as HTTP/1.1", (request("/livez", version="HTTP/1.2"),), (200,))
    yield refused("request line: a bare LF at its end", b"GET /livez HTTP/1.1\n" + _HOST + b"\r\n")
    yield refused("request line: bare LFs everywhere", b"GET /livez HTTP/1.1\nHost: sis.test\n\n")
    yield served("request line: an empty line before it", b"\r\n" + LIVE)
    yield served("request line: 40,000 empty lines before it", b"\r\n" * 40_000 + LIVE)
    yield refused("request line: a bare LF before it", b"\n" + LIVE)
    yield Case("request line: one byte at a time", tuple(bytes([byte]) for byte in LIVE), (200,))
    yield Case("request line: cut within CRLF", (LIVE[:20], LIVE[20:-3], LIVE[-3:-1], LIVE[-1:]), (200,))
    yield Case("request line: none, and an end of stream", (Step.END_STREAM,), (), Then.CLOSES)
    yield Case("request line: cut by an end of stream", (LIVE[:9], Step.END_STREAM), (400,), Then.CLOSES)
    yield Case("headers: cut by an end of stream", (LIVE[:-4], Step.END_STREAM), (400,), Then.CLOSES)


def _methods() -> Iterator[Case]:
    users = f"{ROOT}/users?limit=1"
    for method in ("get", "Get"):
        yield refused(f"method {method}", request(users, method=method), 501)
    for method in ("NONSENSE", "PROPFIND", "TRACE", "POST", "PATCH", "M-SEARCH", "!#$%&'*+-.^_`|~"):
        yield served(f"method {method}", request(users, method=method), 405)
    yield served("method OPTIONS of a collection", request(users, method="OPTIONS"), 405, check=_allows("GET"))
    yield Case("method of 20 KB", (request(users, method="M" * 20_000),), ((400, 405, 414, 501),), Then.CLOSES)


def _allows(method: str) -> Callable[[Sequence[Answer]], bool]:
    def check(answers: Sequence[Answer]) -> bool:
        return method in answers[0].headers["allow"].split(", ")

    return check


def _hosts() -> Iterator[Case]:
    users = "/users?limit=1"
    yield refused("Host: none in HTTP/1.1", get(users, host=None))
    yield Case("Host: none in HTTP/1.0", (get(users, host=None, version="HTTP/1.0"),), (200,), Then.CLOSES)
    yield refused("Host: two", get(users, "Host: other.test"))
    yield refused("Host: the same twice", get(users, "Host: sis.test"))
    for host in ("a b", "<x>", "x/y", "a,b", "a\tb", 'a"b', "a?b", "a#b", "a\\b", "ünï.test"):
        yield served(f"Host: {host}", get(users, host=host), 400)
    for host in ("SIS.test:8080", "127.0.0.1", "[::1]:80", "a-b_c.test", "sis.test."):
        yield served(f"Host: {host}", get(users, host=host))
    yield served("Host: empty", get(users, host=""))


def _fields() -> Iterator[Case]:
    for name, field in {
        "a fold": b"X-A: one\r\n two",
        "a fold by a tab": b"X-A: one\r\n\ttwo",
        "a fold that is empty": b"X-A: one\r\n ",
        "a blank before the colon": b"X-A : one",
        "a tab before the colon": b"X-A\t: one",
        "a blank within the name": b"X A: one",
        "no colon": b"X-A",
        "no name": b": one",
        "a bracket in the name": b"X(A): one",
        "a quote in the name": b'X"A: one',
        "a slash in the name": b"X/A: one",
        "a letter outside ASCII in the name": "Ä: one".encode(),
        "a NUL in the name": b"X\0A: one",
        "a NUL in the value": b"X-A: o\0ne",
        "a bare CR in the value": b"X-A: o\rne",
        "a bare LF at its end": b"X-A: one\nX-B: two",
        "an escape character in the value": b"X-A: \x1b[31m",
        "a backspace in the value": b"X-A: o\x08ne",
        "a vertical tab in the value": b"X-A: \x0bone",
        "a DEL in the value": b"X-A: o\x7fne",
    }.items():
        yield refused(f"header: {name}", request("/livez", field))
    yield refused("header: a fold before the first", _LINE + b" X-A: one\r\n" + _HOST + b"\r\n")
    yield refused("header: a bare LF at the end of all", _LINE + _HOST + b"\n")
    yield refused("header: a bare CR at the end of all", _LINE + _HOST + b"\r\r\n")
    for name, field in {
        "no value": b"X-A:",
        "blanks around the value": b"X-A:  \t one \t ",
        "no blank before the value": b"X-A:one",
        "a tab within the value": b"X-A: one\ttwo",
        "bytes outside ASCII in the value": b"X-A: \xff\xc3\xa9",
        "every mark in the name": b"!#$%&'*+-.^_`|~: one",
        "the same twice": b"X-A: one\r\nX-A: two",
        "an underscore for a dash": b"Content_Length: 5",
        "Trailer, TE and Keep-Alive": b"Trailer: X\r\nTE: trailers\r\nKeep-Alive: timeout=5",
        "Accept that cannot be read": b"Accept: ;;;\xff",
        "Connection that names others": b"Connection: keep-alive, X-A\r\nX-A: one",
    }.items():
        yield served(f"header: {name}", request("/livez", field))


def _many_fields() -> Iterator[Case]:
    few = [f"X-{number}: x" for number in range(HEADERS - 1)]
    yield served("100 headers", request("/livez", *few))
    yield refused("101 headers", request("/livez", *few, "X-More: x"), 431)
    yield refused("headers that never end", _LINE + _HOST + b"X-A: x\r\n" * 20_000, 431)
    yield refused("a header that never ends", _LINE + _HOST + b"X-A: " + b"x" * 100_000, 431)
    yield refused("a header name that never ends", _LINE + _HOST + b"X" * 100_000, 431)
    yield served("headers of 60 KB", request("/livez", *(f"X-{n}: {'x' * 1000}" for n in range(60))))
    yield served("one header of 60 KB", request("/livez", "X-A: " + "x" * 60_000))
    yield refused("one header over 64 KiB", request("/livez", "X-A: " + "x" * HEADER_BYTES), 431)
    yield refused("headers over 64 KiB", request("/livez", *(f"X-{n}: {'x' * 1000}" for n in range(66))), 431)


def _other_protocols() -> Iterator[Case]:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)
    yield Case("HTTP/2 with prior knowledge", (preface,), (), Then.CLOSES)
    yield served(
        "Upgrade: h2c as Java sends it",
        get(
            "/users?limit=1",
            "Connection: Upgrade, HTTP2-Settings",
            "Content-Length: 0",
            "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
            "Upgrade: h2c",
        ),
    )
    websocket = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA==")
    yield served("Upgrade: websocket", get("/users?limit=1", *websocket))
    hello = bytes.fromhex("16030100c8010000c40303") + bytes(range(32))
    yield Case("TLS or SSH where HTTP is spoken", (hello, Step.END_STREAM), (400,), Then.CLOSES)
    yield refused("SSH", b"SSH-2.0-OpenSSH_9.6\r\n")
    yield refused("a response", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    yield refused("SMTP", b"EHLO sis.test\r\n")
