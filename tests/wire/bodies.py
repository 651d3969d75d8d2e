"""Raw-socket cases of bodies: lengths, chunks, expectations, cut and oversized bodies (RFC 9112, sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wire.case import CATEGORY, LIVE, ROOT, Case, Step, Then, get, length, put, refused, request, served
from wire.connection import Answer

LIMIT = 16 * 1024 * 1024
"""Bytes of a body, at most."""

CHUNKED = "Transfer-Encoding: chunked"
_GOOD = b"%x\r\n%s\r\n" % (len(CATEGORY), CATEGORY)
_END = b"0\r\n\r\n"


def cases() -> Iterator[Case]:
    """Return every case of this kind."""
    yield from _lengths()
    yield from _encodings()
    yield from _chunks()
    yield from _broken_chunks()
    yield from _cut()
    yield from _large()
    yield from _expectations()
    yield from _unannounced()


def _written(name: str, label: str, *steps: bytes | Step) -> Case:
    return Case(name, steps, (201,), present=f"/categories/{label}")


def _unwritten(name: str, label: str, *steps: bytes | Step, status: int | tuple[int, ...] = 400) -> Case:
    """Return a case of a write that is refused, ends the connection and changes nothing."""
    return Case(name, steps, (status,), Then.CLOSES, absent=f"/categories/{label}")


def _lengths() -> Iterator[Case]:
    size = len(CATEGORY)
    yield _written("length", "l0", put("l0", length()))
    yield _written("length with blanks around", "l1", put("l1", f"Content-Length: \t {size} "))
    yield _written("length with leading zeros", "l2", put("l2", f"Content-Length: 00{size}"))
    yield _written("length in small letters", "l3", put("l3", f"content-length: {size}"))
    for number, value in enumerate(
        (
            "-1",
            f"+{size}",
            "",
            "abc",
            f"0x{size:x}",
            f"{size} {size}",
            f"{size};",
            f"{size}.0",
            "1e3",
            "٣",
            "-0",
            f'"{size}"',
        )
    ):
        yield _unwritten(f"length {value!r}", f"lb{number}", put(f"lb{number}", f"Content-Length: {value}"))
    yield _unwritten("length twice, different", "l4", put("l4", length(), f"Content-Length: {size + 1}"))
    yield _unwritten("length twice, different, in one header", "l5", put("l5", f"Content-Length: {size}, {size + 1}"))
    yield _written("length twice, the same", "l6", put("l6", length(), length()))
    yield _unwritten("length twice, the same, in one header", "l7", put("l7", f"Content-Length: {size}, {size}"))
    yield _unwritten("length and chunks", "l8", put("l8", length(_GOOD + _END), CHUNKED, body=_GOOD + _END))
    yield _unwritten("chunks and length", "l9", put("l9", CHUNKED, length(_GOOD + _END), body=_GOOD + _END))
    yield _unwritten("length 0 and chunks", "l10", put("l10", "Content-Length: 0", CHUNKED, body=_GOOD + _END))
    for value in ("99999999999999999999999", str(2**64), str(2**64 + size), str(2**63), "9" * 5000):
        label = f"lh{len(value)}{value[-1]}"
        yield _unwritten(f"length {value[:24]}", label, put(label, f"Content-Length: {value}"), status=(400, 413))


def _encodings() -> Iterator[Case]:
    chunks = _GOOD + _END
    for number, value in enumerate(("Chunked", "CHUNKED", " chunked\t", "chunked ")):
        label = f"e{number}"
        yield _written(f"encoding {value!r}", label, put(label, f"Transfer-Encoding:{value}", body=chunks))
    for number, value in enumerate(("gzip", "identity", "gzip, chunked", "xchunked", "chunkedx", "chunke", "deflate")):
        label = f"eu{number}"
        yield _unwritten(
            f"encoding {value!r}", label, put(label, f"Transfer-Encoding: {value}", body=chunks), status=501
        )
    for number, value in enumerate(
        (
            "chunked, gzip",
            "chunked, chunked",
            ", chunked",
            '"chunked"',
            "chunked;q=1",
            "",
            "\x0bchunked",
            "chunked, identity",
        )
    ):
        label = f"eb{number}"
        yield _unwritten(
            f"encoding {value!r}", label, put(label, f"Transfer-Encoding: {value}", body=chunks), status=(400, 501)
        )
    twice = put("e9", CHUNKED, CHUNKED, body=chunks)
    yield _unwritten("encoding twice", "e9", twice, status=(400, 501))
    yield _unwritten(
        "encoding with a blank before the colon", "e10", put("e10", "Transfer-Encoding : chunked", body=chunks)
    )
    yield _unwritten("encoding in HTTP/1.0", "e11", put("e11", CHUNKED, version="HTTP/1.0", body=chunks))
    yield _unwritten(
        "length and encoding gzip", "e12", put("e12", length(), "Transfer-Encoding: gzip"), status=(400, 501)
    )


def _chunks() -> Iterator[Case]:
    half = len(CATEGORY) // 2
    first, second = CATEGORY[:half], CATEGORY[half:]
    size, rest = b"%x" % half, b"%x\r\n%s\r\n" % (len(second), second)
    one_by_one = b"".join(b"1\r\n%c\r\n" % byte for byte in CATEGORY)
    for number, (name, body) in enumerate(
        {
            "two": size + b"\r\n" + first + b"\r\n" + rest + _END,
            "of one byte": one_by_one + _END,
            "with a size in capitals": b"%X\r\n%s\r\n" % (len(CATEGORY), CATEGORY) + _END,
            "with leading zeros": b"000" + _GOOD + b"00\r\n\r\n",
            "with an extension": size + b";name=value\r\n" + first + b"\r\n" + rest + _END,
            "with a quoted extension": size + b';name="a;b"\r\n' + first + b"\r\n" + rest + b"0;last\r\n\r\n",
            "with a trailer": _GOOD + b"0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n",
        }.items()
    ):
        label = f"c{number}"
        yield _written(f"chunks {name}", label, put(label, CHUNKED, body=body))
        yield Case(
            f"chunks {name}, one byte at a time",
            (put(label + "b", CHUNKED, body=b""), *(bytes([byte]) for byte in body), LIVE),
            (201, 200),
            present=f"/categories/{label}b",
        )
    yield served("chunks and the next request at once", put("c9", CHUNKED, body=_GOOD + _END) + LIVE, 201, 200)
    yield served("no chunk but the last", put("c10", CHUNKED, body=_END), 422)
    yield served("chunks in a GET", get("/users?limit=1", CHUNKED) + _GOOD + _END + LIVE, 200, 200)
    secret = b"0\r\nAuthorization: x\r\nContent-Length: 9\r\nHost: other.test\r\n\r\n"
    yield served("a trailer does not become a header", put("c11", CHUNKED, body=_GOOD + secret) + LIVE, 201, 200)


def _broken_chunks() -> Iterator[Case]:
    for number, (name, body) in enumerate(
        {
            "size is no number": b"zz\r\n" + CATEGORY + b"\r\n" + _END,
            "size is missing": b"\r\n" + CATEGORY + b"\r\n" + _END,
            "size is negative": b"-" + _GOOD + _END,
            "size has a plus": b"+" + _GOOD + _END,
            "size has 0x": b"0x" + _GOOD + _END,
            "size has a blank before": b" " + _GOOD + _END,
            "size has an underscore": b"0_" + _GOOD + _END,
            "size ends in a bare LF": _GOOD.replace(b"\r\n", b"\n", 1) + _END,
            "size ends in a bare CR": _GOOD.replace(b"\r\n", b"\r", 1) + _END,
            "data end in a bare LF": _GOOD[:-2] + b"\n" + _END,
            "data end in nothing": _GOOD[:-2] + _END,
            "data are longer than their size": b"5\r\n" + CATEGORY + b"\r\n" + _END,
            "after whole JSON a size is no number": _GOOD + b"zz\r\n\r\n",
            "an extension has a bare LF": _GOOD.replace(b"\r\n", b";a\nb\r\n", 1) + _END,
            "an extension has a NUL": _GOOD.replace(b"\r\n", b";a\0b\r\n", 1) + _END,
            "a trailer has no colon": _GOOD + b"0\r\nnonsense\r\n\r\n",
            "a trailer is folded": _GOOD + b"0\r\nX-A: one\r\n two\r\n\r\n",
            "a trailer has a bare LF": _GOOD + b"0\r\nX-A: one\n\r\n",
        }.items()
    ):
        label = f"cb{number}"
        yield _unwritten(f"chunks: {name}", label, put(label, CHUNKED, body=body))
    huge = {"17 digits": b"10000000000000000", "64 bits": b"ffffffffffffffff", "200 zeros": b"0" * 200 + b"1"}
    for name, size in huge.items():
        label = "ch" + name[:2]
        sent = put(label, CHUNKED, body=size + b"\r\n" + CATEGORY)
        yield _unwritten(f"chunks: a size of {name}", label, sent, status=(400, 413))
    extension = _GOOD.replace(b"\r\n", b";" + b"x" * 100_000 + b"\r\n", 1)
    too_long = (400, 413, 431)
    yield _unwritten(
        "chunks: an extension of 100 KB", "cx1", put("cx1", CHUNKED, body=extension + _END), status=too_long
    )
    extensions = b"".join(b"1;%s\r\n%c\r\n" % (b"x" * 5000, byte) for byte in CATEGORY)
    yield _unwritten(
        "chunks: extensions of 135 KB", "cx2", put("cx2", CHUNKED, body=extensions + _END), status=too_long
    )
    trailers = _GOOD + b"0\r\n" + b"X-A: x\r\n" * 20_000 + b"\r\n"
    yield _unwritten("chunks: 20,000 trailers", "cx3", put("cx3", CHUNKED, body=trailers), status=too_long)
    trailer = _GOOD + b"0\r\nX-A: " + b"x" * 100_000
    yield _unwritten("chunks: a trailer that never ends", "cx4", put("cx4", CHUNKED, body=trailer), status=too_long)


def _cut() -> Iterator[Case]:
    """Return cases of bodies that an end of stream cuts off; nothing may have changed then."""
    end = Step.END_STREAM
    yield _unwritten("cut: whole JSON, less than announced", "t0", put("t0", "Content-Length: 100"), end)
    yield _unwritten("cut: part of the JSON", "t1", put("t1", length(), body=CATEGORY[:9]), end)
    yield _unwritten("cut: no byte of it", "t2", put("t2", length(), body=b""), end)
    yield _unwritten("cut: before the last chunk", "t3", put("t3", CHUNKED, body=_GOOD), end)
    yield _unwritten("cut: within the last chunk", "t4", put("t4", CHUNKED, body=_GOOD + b"0\r\n"), end)
    yield _unwritten("cut: within a chunk", "t5", put("t5", CHUNKED, body=_GOOD[:9]), end)
    yield _unwritten("cut: within the size of a chunk", "t6", put("t6", CHUNKED, body=_GOOD + b"1"), end)
    yield _unwritten("cut: within a trailer", "t7", put("t7", CHUNKED, body=_GOOD + b"0\r\nX-A: o"), end)
    sandbox = request("/__admin/sandboxes", "Content-Length: 500", method="POST", host="localhost")
    yield refused("cut: a sandbox announced with 500 bytes and none sent", sandbox, 400, end)
    form = "Content-Type: application/x-www-form-urlencoded"
    grant = b"grant_type=client_credentials&client_id=mockroster&client_secret=mockroster-secret"
    token = request("/oauth2/token", form, "Content-Length: 500", method="POST", body=grant)
    yield refused("cut: a token request", token, 400, end)
    yield Case(
        "cut: the second of two writes",
        (put("t8", length()) + put("t9", "Content-Length: 100"), end),
        (201, 400),
        Then.CLOSES,
        present="/categories/t8",
        absent="/categories/t9",
    )


def _large() -> Iterator[Case]:
    large = f"Content-Length: {LIMIT + 1}"
    yield _unwritten("large: announced and not sent", "g0", put("g0", large, body=b""), status=413)
    yield _unwritten("large: announced and sent", "g1", put("g1", large, body=CATEGORY.ljust(LIMIT + 1)), status=413)
    yield _unwritten("large: 10 GB announced", "g2", put("g2", f"Content-Length: {10**10}"), status=413)
    chunks = _GOOD + (b"100000\r\n" + b" " * 0x100000 + b"\r\n") * 17 + _END
    yield _unwritten("large: chunks", "g3", put("g3", CHUNKED, body=chunks), status=413)
    yield _unwritten("large: a chunk of 4 GB", "g4", put("g4", CHUNKED, body=b"ffffffff\r\n" + CATEGORY), status=413)
    yield _unwritten("large: in HTTP/1.0", "g5", put("g5", large, version="HTTP/1.0", body=b""), status=413)
    users = request(f"{ROOT}/users", "Content-Length: 100000", method="POST", body=bytes(100_000))
    yield Case("large: 100 KB that nobody reads", (users,), (405,), check=_stays_in_step)
    yield served("large: 1 MB of JSON", put("g6", length(_padded(1_000_000)), body=_padded(1_000_000)) + LIVE, 201, 200)


def _padded(size: int) -> bytes:
    return CATEGORY.ljust(size)


def _stays_in_step(answers: Sequence[Answer]) -> bool:
    return not answers[-1].closes


def _expectations() -> Iterator[Case]:
    wait = Step.READ_ANSWER
    expect = "Expect: 100-continue"
    waiting = put("x0", length(), expect, body=b"")
    yield Case("expect: 100, then the body", (waiting, wait, CATEGORY), (100, 201), present="/categories/x0")
    capitals = put("x1", length(), "expect: 100-Continue", body=b"")
    yield Case("expect: in capitals", (capitals, wait, CATEGORY), (100, 201), present="/categories/x1")
    chunked = put("x2", CHUNKED, expect, body=b"")
    yield Case("expect: 100, then chunks", (chunked, wait, _GOOD + _END), (100, 201), present="/categories/x2")
    large = put("x3", f"Content-Length: {LIMIT + 1}", expect, body=b"")
    yield _unwritten("expect: refused instead of 100", "x3", large, status=413)
    both = put("x4", length(), CHUNKED, expect, body=b"")
    yield _unwritten("expect: both lengths", "x4", both)
    yield _unwritten("expect: something else", "x5", put("x5", length(), "Expect: a-pony", body=b""), status=417)
    old = put("x6", length(), expect, version="HTTP/1.0")
    yield Case("expect: nothing of HTTP/1.0", (old,), (201,), Then.CLOSES, present="/categories/x6")
    yield served("expect: without a body", get("/users?limit=1", expect))
    cut = (put("x7", length(), expect, body=b""), wait, Step.END_STREAM)
    yield Case("expect: 100, then an end of stream", cut, (100, 400), Then.CLOSES, absent="/categories/x7")


def _unannounced() -> Iterator[Case]:
    """Return cases of bodies where none is usual, and of none where one is."""
    yield served("no body: a PUT", put("n0", body=b"") + LIVE, 422, 200)
    yield served("no body: a PUT of length 0", put("n1", "Content-Length: 0", body=b"") + LIVE, 422, 200)
    yield Case("no length: a PUT whose body is taken for a request", (put("n2") + b"\r\n",), (422, 400), Then.CLOSES)
    for method, status in {"GET": 200, "OPTIONS": 405, "POST": 405, "DELETE": 405}.items():
        sent = request(f"{ROOT}/users?limit=1", length(), method=method, body=CATEGORY)
        yield served(f"a body: {method}", sent + LIVE, status, 200)
    head = request(f"{ROOT}/users?limit=1", length(), method="HEAD", body=CATEGORY)
    yield Case("a body: HEAD", (head + LIVE,), (200, 200), heads=frozenset({0}))
    smuggled = request("/livez", length(LIVE), body=LIVE) + get("/users?limit=1")
    yield served("a body that looks like a request", smuggled, 200, 200)
