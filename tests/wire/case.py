"""The form of a raw-socket case, and the bytes that most of them are made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from wire.connection import Answer

ROOT = "/ims/oneroster/v1p1"
LIVE = b"GET /livez HTTP/1.1\r\nHost: sis.test\r\n\r\n"
CATEGORY = b'{"category":{"title":"Wire"}}'


class Step(Enum):
    """An action of the client between two pieces of its bytes."""

    READ_ANSWER = "read one response"
    END_STREAM = "end the stream, and go on reading"


class Then(Enum):
    """The state of the connection after the last response."""

    KEEPS = "answers one more request"
    CLOSES = "announces the end of the stream, and ends it"
    DROPS = "ends the stream without an error"


@dataclass(frozen=True, slots=True)
class Case:
    """Bytes that are sent, and the responses that must come.

    A status may be a tuple where HTTP leaves the choice to the server. ``check`` looks at the responses.
    After the conversation ``absent`` must be 404 and ``present`` 200; both are paths below the root of 1.1.
    """

    name: str
    steps: tuple[bytes | Step, ...]
    statuses: tuple[int | tuple[int, ...], ...]
    then: Then = Then.KEEPS
    check: Callable[[Sequence[Answer]], bool] | None = None
    heads: frozenset[int] = frozenset()
    """The positions of the responses to HEAD, which have no body."""

    absent: str = ""
    present: str = ""

    @property
    def half_closes(self) -> bool:
        """Return whether the client ends its stream and reads on, which TLS in asyncio does not have."""
        return Step.END_STREAM in self.steps


def request(
    target: bytes | str,
    *headers: bytes | str,
    method: str = "GET",
    version: str = "HTTP/1.1",
    host: str | None = "sis.test",
    body: bytes = b"",
) -> bytes:
    """Return a request whose lines end as they should; nothing else about it is checked."""
    lines = [_bytes(method) + b" " + _bytes(target) + b" " + _bytes(version)]
    if host is not None:
        lines.append(b"Host: " + _bytes(host))
    lines += [_bytes(header) for header in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def get(path: bytes | str, *headers: bytes | str, version: str = "HTTP/1.1", host: str | None = "sis.test") -> bytes:
    """Return a GET of a path below the root of 1.1."""
    return request(_bytes(ROOT) + _bytes(path), *headers, version=version, host=host)


def put(name: str, *headers: bytes | str, body: bytes = CATEGORY, version: str = "HTTP/1.1") -> bytes:
    """Return a PUT of the category ``name``; the headers must say how its body is framed."""
    target = f"{ROOT}/categories/{name}"
    kind = "Content-Type: application/json"
    return request(target, kind, *headers, method="PUT", version=version, body=body)


def length(body: bytes = CATEGORY) -> str:
    """Return the header that announces a body."""
    return f"Content-Length: {len(body)}"


def refused(name: str, sent: bytes, status: int | tuple[int, ...] = 400, *after: bytes | Step) -> Case:
    """Return a case that is refused by one response, after which the connection ends."""
    return Case(name, (sent, *after), (status,), Then.CLOSES)


def served(name: str, sent: bytes, *statuses: int, check: Callable[[Sequence[Answer]], bool] | None = None) -> Case:
    """Return a case that is answered, 200 if nothing else is said, on a connection that stays."""
    return Case(name, (sent,), statuses or (200,), check=check)


def described(text: str) -> Callable[[Sequence[Answer]], bool]:
    """Return a check that the first response is an error whose description holds a text."""

    def check(answers: Sequence[Answer]) -> bool:
        description = json.loads(answers[0].body)["statusInfoSet"][0]["imsx_description"]
        return text in description or repr(text)[1:-1] in description

    return check


def lists(collection: str, *, some: bool) -> Callable[[Sequence[Answer]], bool]:
    """Return a check that the first response lists some records of a collection, or none."""
    return lambda answers: bool(answers[0].json[collection]) == some


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
