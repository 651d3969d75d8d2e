"""Raw-socket cases of request targets: raw characters as clients send them, forms of targets, limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote

from wire.case import LIVE, ROOT, Case, Step, Then, described, get, lists, refused, request, served
from wire.connection import Answer

RAW = '<>"\\^|{}[]`'
LETTERS = ("é", "ünï", "日本", "😀")
_NAMES = {"<": "less", ">": "greater", '"': "quote", "\\": "backslash", "^": "caret", "|": "bar", "`": "backquote"} | {
    "{": "brace",
    "}": "closing brace",
    "[": "bracket",
    "]": "closing bracket",
}
LIMIT = 16 * 1024
"""Bytes of a request target, at most."""


def cases() -> Iterator[Case]:
    """Return every case of this kind."""
    yield from _raw_characters()
    yield from _forms()
    yield from _limits()


def _raw_characters() -> Iterator[Case]:
    """Return cases for characters that RFC 3986 wants encoded and that many clients send as they are."""
    for text in (*RAW, *LETTERS):
        name = _NAMES.get(text, text)
        empty, found = lists("users", some=False), lists("users", some=True)
        yield served(f"raw {name} in a query", get(f"/users?filter=familyName='a{text}b'"), check=empty)
        yield served(
            f"raw {name} in a query is kept", get(f"/users?filter=familyName!='a{text}b'&limit=1"), check=found
        )
        yield served(f"raw {name} in a path", get(f"/users/a{text}b"), 404, check=described(f"a{text}b"))
        yield served(f"encoded {name} in a path", get(f"/users/a{quote(text)}b"), 404, check=described(f"a{text}b"))
    since = "/users?limit=1&filter=dateLastModified>'2017-01-01T00:00:00Z'"
    yield served("the commonest filter, raw", get(since), check=lists("users", some=True))
    yield served("raw characters in a Link", get("/users?limit=1&filter=status='active'&x=<>é"), check=_encoded_link)
    yield served("a byte of Latin-1 in a path", get(b"/users/a\xe9b"), 404)
    yield served("a byte of Latin-1 in a query", get(b"/users?filter=familyName='\xe9'"))
    yield served("a byte that no text has", get(b"/users/\xff\xfe"), 404)
    yield served("a sequence of UTF-8 that is cut", get(b"/users?filter=familyName='\xe2\x82'"))
    yield served("an encoded NUL", get("/users/a%00b"), 404)
    yield served("an escape that is none", get("/users/%zz"), 404, check=described("%zz"))
    yield served("an escape that is cut", get("/users/%"), 404, check=described("%"))
    for mark in ("\\", "'", '"'):
        yield served(
            f"a path that is almost one, with {mark}", get(f"/usersss/a{mark}b"), 404, check=described("/users")
        )
    yield served("a doubled slash", get("//users?limit=1"), check=lists("users", some=True))
    yield served("a slash before the query", get("/users/?limit=1"), check=lists("users", some=True))
    for number in (0x00, 0x01, 0x09, 0x0B, 0x0C, 0x1F, 0x7F):
        yield refused(f"byte {number:#04x} in a path", get(b"/users/a" + bytes([number]) + b"b"))
        yield refused(f"byte {number:#04x} in a query", get(b"/users?x=a" + bytes([number]) + b"b"))
    yield refused("a raw blank in a path", get("/users/a b"))
    yield refused("a raw blank in a query", get("/users?filter=status = 'active'"))


def _encoded_link(answers: Sequence[Answer]) -> bool:
    """Return whether each URL of a Link header can be followed by any client."""
    urls = re.findall(r'<([^<>]*)>; rel="\w+"', answers[0].headers["link"])
    return bool(urls) and all(url.isascii() and not set(url) & set(RAW + " ") for url in urls)


def _forms() -> Iterator[Case]:
    """Return cases for the forms of RFC 9112, section 3.2."""

    def asked(address: str) -> Callable[[Sequence[Answer]], bool]:
        def check(answers: Sequence[Answer]) -> bool:
            href: str = answers[0].json["enrollments"][0]["user"]["href"]
            return href.partition("://")[2].startswith(address)

        return check

    path = f"{ROOT}/enrollments?limit=1"
    here = asked("sis.test/")
    yield served("origin form", request(path), check=here)
    other = asked("other.test:81/")
    yield served("absolute form", request(f"http://other.test:81{path}"), check=other)
    yield served("absolute form in capitals", request(f"HTTP://other.test:81{path}"), check=other)
    yield served("absolute form without a path", request("http://sis.test"))
    yield served("absolute form with nothing but a query", request("http://sis.test?x=1"))
    yield served("absolute form with raw characters", request(f"http://sis.test{ROOT}/users?filter=familyName>'é'"))
    yield refused("absolute form without Host", request("http://sis.test/livez", host=None))
    yield refused("absolute form of no authority", request("http:///livez"))
    yield refused("absolute form of another scheme", request("ftp://sis.test/livez"))
    yield Case("OPTIONS of the server", (request("*", method="OPTIONS"),), ((200, 204),))
    yield refused("the asterisk with GET", request("*"))
    yield refused("a target without a slash", request("livez"))
    yield refused("an authority for GET", request("sis.test:80"), (400, 404))
    yield Case("CONNECT", (request("sis.test:80", method="CONNECT"),), ((400, 405, 501),), Then.CLOSES)
    yield refused("no target", b"GET HTTP/1.1\r\nHost: sis.test\r\n\r\n")
    yield refused("an empty target", b"GET  HTTP/1.1\r\nHost: sis.test\r\n\r\n")
    yield served("dots in a path", request("/livez/../livez"), 404)


def _limits() -> Iterator[Case]:
    """Return cases around the bound of a target, which counts its bytes as they are sent."""
    fitting = f"{ROOT}/users/nobody?x=".ljust(LIMIT, "x")
    yield served("a target of 16 KiB", request(fitting), 404)
    yield refused("a target over 16 KiB", request(fitting + "x"), 414)
    yield refused("a path over 16 KiB", get("/" + "x" * 30_000), 414)
    yield refused("a target of 32 KiB of raw letters", get("/users?x=" + "é" * LIMIT), 414)
    yield refused("a target that never ends", b"GET /" + b"x" * 40_000, 414)
    yield refused("a target that never ends, and an end of stream", b"GET /" + b"x" * 40_000, 414, Step.END_STREAM)
    yield Case("a request after a long target", (request(fitting)[:-2], b"\r\n" + LIVE), (404, 200))
