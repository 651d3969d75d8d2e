"""Raw-socket cases of connections: keep-alive, pipelining, HEAD, half-closed streams, faults on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from wire.case import CATEGORY, LIVE, ROOT, Case, Step, Then, get, length, put, request, served
from wire.connection import Answer

_ORGS = f"{ROOT}/orgs?limit=1"


def cases() -> Iterator[Case]:
    """Return every case of this kind."""
    yield from _keep_alive()
    yield from _pipelining()
    yield from _heads()
    yield from _half_closed()
    yield from _faults()


def _keep_alive() -> Iterator[Case]:
    def case(name: str, then: Then, version: str, *headers: str) -> Case:
        return Case(f"keep-alive: {name}", (request("/livez", *headers, version=version),), (200,), then)

    yield case("HTTP/1.1", Then.KEEPS, "HTTP/1.1")
    yield case("HTTP/1.1, Connection: keep-alive", Then.KEEPS, "HTTP/1.1", "Connection: keep-alive")
    yield case("HTTP/1.1, Connection: close", Then.CLOSES, "HTTP/1.1", "Connection: close")
    yield case("HTTP/1.1, connection: CLOSE", Then.CLOSES, "HTTP/1.1", "connection: CLOSE")
    yield case("HTTP/1.1, Connection: X-A, close", Then.CLOSES, "HTTP/1.1", "Connection: X-A, close")
    yield case("HTTP/1.1, two Connection", Then.CLOSES, "HTTP/1.1", "Connection: keep-alive", "Connection: close")
    yield case("HTTP/1.0", Then.CLOSES, "HTTP/1.0")
    yield case("HTTP/1.0, Connection: close", Then.CLOSES, "HTTP/1.0", "Connection: close")
    kept = request("/livez", "Connection: Keep-Alive", version="HTTP/1.0")
    yield Case("keep-alive: HTTP/1.0 that asks for it", (kept, kept), (200, 200), check=_says_keep_alive)
    chunked = f"/scenarios/chunked:bytes=10{_ORGS}"
    yield Case("chunked answer", (request(chunked),), (200,), check=_is_chunked)
    old = request(chunked, "Connection: keep-alive", version="HTTP/1.0")
    yield Case("chunked answer in HTTP/1.0", (old,), (200,), Then.CLOSES, check=_is_not_chunked)
    error = get("/users/nobody")
    yield served("keep-alive: after errors of the application", error * 3, 404, 404, 404)
    yield Case(
        "Connection: close is the last word", (request("/livez", "Connection: close") + LIVE,), (200,), Then.CLOSES
    )


def _says_keep_alive(answers: Sequence[Answer]) -> bool:
    return all(answer.headers.get("connection", "").lower() == "keep-alive" for answer in answers)


def _is_chunked(answers: Sequence[Answer]) -> bool:
    return answers[0].headers["transfer-encoding"] == "chunked" and bool(answers[0].json["orgs"])


def _is_not_chunked(answers: Sequence[Answer]) -> bool:
    return "transfer-encoding" not in answers[0].headers and bool(answers[0].json["orgs"])


def _pipelining() -> Iterator[Case]:
    names = ("orgs", "users", "courses", "classes", "terms")
    many = b"".join(get(f"/{name}?limit=1") for name in names * 10)
    yield served("pipelining: 50 in order", many, *[200] * 50, check=_in_order(names * 10))
    slow = request(f"/scenarios/slow:ms=150{_ORGS}")
    in_order = _in_order(("orgs", "users"))
    yield served("pipelining: a slow one first", slow + get("/users?limit=1"), 200, 200, check=in_order)
    write = put("p0", length())
    yield served("pipelining: a write and its read", write + get("/categories/p0"), 201, 200)
    both = write.replace(b"p0", b"p1") + request(f"{ROOT}/categories/p1", method="DELETE")
    yield served("pipelining: a write, its end and a read", both + get("/categories/p1"), 201, 204, 404)
    broken = LIVE + get("/users/nobody") + b"nonsense\r\n\r\n" + LIVE
    yield Case("pipelining: what is broken ends it", (broken,), (200, 404, 400), Then.CLOSES)
    cut = get("/users?limit=1") + LIVE
    yield Case("pipelining: cut anywhere", tuple(cut[at : at + 7] for at in range(0, len(cut), 7)), (200, 200))
    chunked = request(f"/scenarios/chunked:bytes=10{_ORGS}")
    yield served("pipelining: behind a chunked answer", chunked + get("/users?limit=1"), 200, 200, check=in_order)


def _in_order(names: Sequence[str]) -> Callable[[Sequence[Answer]], bool]:
    keys = {"courses": "courses", "terms": "academicSessions"}

    def check(answers: Sequence[Answer]) -> bool:
        return [next(iter(json.loads(answer.body))) for answer in answers] == [keys.get(name, name) for name in names]

    return check


def _heads() -> Iterator[Case]:
    def case(name: str, target: str, status: int) -> Case:
        sent = request(target, method="HEAD") + request(target)
        return Case(f"HEAD: {name}", (sent,), (status, status), heads=frozenset({0}), check=_same_length)

    yield case("of a collection", f"{ROOT}/users?limit=2", 200)
    yield case("of nobody", f"{ROOT}/users/nobody", 404)
    yield case("of nothing", "/nothing", 404)
    yield case("of a health check", "/livez", 200)
    chunked = request(f"/scenarios/chunked:bytes=10{_ORGS}", method="HEAD")
    yield Case("HEAD: of a chunked answer", (chunked + LIVE,), (200, 200), heads=frozenset({0}))
    old = request(_ORGS, method="HEAD", version="HTTP/1.0")
    yield Case("HEAD: in HTTP/1.0", (old,), (200,), Then.CLOSES, heads=frozenset({0}))


def _same_length(answers: Sequence[Answer]) -> bool:
    """Return whether HEAD has the length of GET; the description of a failure names its method."""
    head, whole = (int(answer.headers["content-length"]) for answer in answers)
    names_method = answers[1].status == 404 and b"GET /nothing" in answers[1].body
    return whole == len(answers[1].body) and head - whole == (len("HEAD") - len("GET") if names_method else 0)


def _half_closed() -> Iterator[Case]:
    """Return cases of clients that end their stream when they have asked, and read on."""
    end = Step.END_STREAM
    yield Case("half-close: after a request", (get("/users?limit=1"), end), (200,), Then.CLOSES)
    yield Case("half-close: in HTTP/1.0", (get("/users?limit=1", version="HTTP/1.0"), end), (200,), Then.CLOSES)
    yield Case("half-close: after a write", (put("h0", length()), end), (201,), Then.CLOSES, present="/categories/h0")
    yield Case("half-close: after three requests", (LIVE * 3, end), (200, 200, 200), Then.CLOSES)
    slow = request(f"/scenarios/slow:ms=5000{_ORGS}")
    yield Case(
        "half-close: after a request that waits, which looks like a client that has gone", (slow, end), (), Then.DROPS
    )
    large = get("/users?limit=100") * 20
    yield Case("half-close: after requests with large answers", (large, end), (200,) * 20, Then.CLOSES)
    yield Case("half-close: after an answer", (LIVE, Step.READ_ANSWER, end), (200,), Then.CLOSES)
    yield Case("half-close: after a broken request", (b"nonsense\r\n\r\n", end), (400,), Then.CLOSES)
    cut = get("/users?limit=1") + LIVE[:9]
    yield Case("half-close: within the second request", (cut, end), (200, 400), Then.CLOSES)


def _faults() -> Iterator[Case]:
    """Return cases of scenarios that end a connection."""
    reply = request(f"/scenarios/empty-reply{_ORGS}")
    yield Case("empty-reply", (reply,), (), Then.DROPS)
    yield Case("empty-reply and a request behind it", (reply + LIVE,), (), Then.DROPS)
    yield Case("a request before empty-reply", (LIVE + reply,), (200,), Then.DROPS)
    body = len(CATEGORY)
    yield served("slow and a body", put("f0", f"Content-Length: {body}", "X-Mockroster-Scenario: slow:ms=20"), 201)
