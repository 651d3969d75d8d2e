"""Scenarios that act on the bytes of an answer and their timing.

They return the body as ``Steps``, so that our server waits without holding a thread and ends the wait when the client
goes. What sends a body in its own time keeps the body whole beside it, so that those that change the bytes act in any
order with it.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, urlencode

from werkzeug.wrappers import Response

from mockroster.delivery import Close, Reset, Step, Steps, Wait
from mockroster.query import parameters
from mockroster.render.request_path import encoded_path
from mockroster.scenarios.base import ReplyScenario, WireScenario, parameter
from mockroster.scenarios.exchange import Exchange

Play = Callable[[bytes], Iterator[Step]]

MARKER = "redirected"
"""The query parameter by which ``redirects`` knows a request that it has sent on."""

_TYPES = {"plain": "text/plain; charset=utf-8", "html": "text/html; charset=utf-8"}


class TimedBody(Steps):
    """A body, how it goes out, and how many seconds it is late."""

    def __init__(self, body: bytes, play: Play, delay: float = 0.0) -> None:
        super().__init__(_delayed(body, play, delay))
        self.body = body
        self.play = play
        self.delay = delay


def body_of(response: Response) -> bytes:
    """Return the whole body of an answer, also where it goes out in its own time."""
    sent = response.response
    return sent.body if isinstance(sent, TimedBody) else response.get_data()


def with_body(response: Response, body: bytes) -> Response:
    """Return the answer with another body and the length of it; how it goes out stays."""
    sent = response.response
    if isinstance(sent, TimedBody):
        response.response = TimedBody(body, sent.play, sent.delay)
        response.headers["Content-Length"] = str(len(body))
    else:
        response.set_data(body)
    return response


def played(response: Response, play: Play) -> Response | None:
    """Return the answer with its body going out as ``play`` has it; nothing for an answer without a body."""
    body = body_of(response)
    return timed(response, body, play) if body else None


def timed(response: Response, body: bytes, play: Play, delay: float = 0.0) -> Response:
    """Return the answer with a body that goes out as ``play`` has it, later by ``delay`` seconds."""
    sent = response.response
    earlier = sent.delay if isinstance(sent, TimedBody) else 0.0
    response.response = TimedBody(body, play, earlier + delay)  # type: ignore[assignment]
    if body or "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(body))
    return response


@dataclass(frozen=True)
class Slow(WireScenario):
    """The answer comes late.

    Source: row 100 of the quirks table.
    """

    name = "slow"
    ms: int = parameter(1000, "milliseconds to wait", least=0, most=600_000)
    jitter: int = parameter(0, "milliseconds to wait in addition at most, drawn", least=0, most=600_000)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Have the answer wait."""
        sent = response.response
        play = sent.play if isinstance(sent, TimedBody) else _at_once
        delay = (self.ms + exchange.chance.between(0, self.jitter)) / 1000
        return timed(response, body_of(response), play, delay)


@dataclass(frozen=True)
class Drip(WireScenario):
    """The body comes in small pieces with a pause between them; Content-Length is right.

    The connection is never silent for long, and the answer takes its time all the same.

    Source: row 100 of the quirks table.
    """

    name = "drip"
    bytes: int = parameter(512, "bytes in a piece", least=1, most=1_000_000)
    ms: int = parameter(50, "milliseconds between two pieces", least=0, most=600_000)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Send the body piece by piece."""
        return played(response, partial(_pieces, size=self.bytes, pause=self.ms / 1000))


@dataclass(frozen=True)
class StalledBody(WireScenario):
    """Headers and half of the body come, and then nothing; after a while the connection is closed.

    A client without a read timeout hangs until then.

    Source: row 100 of the quirks table.
    """

    name = "stalled-body"
    ms: int = parameter(60_000, "milliseconds of silence before the connection is closed", least=1, most=600_000)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Send half of the body and fall silent."""
        return played(response, partial(_beginning, share=0.5, silence=self.ms / 1000))


@dataclass(frozen=True)
class CutBody(WireScenario):
    """The connection is closed in the middle of the body: less comes than Content-Length says.

    Source: RFC 9112, section 8 (incomplete messages).
    """

    name = "cut-body"
    percent: int = parameter(50, "how much of the body comes", least=0, most=99)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Send a part of the body and close."""
        return played(response, partial(_beginning, share=self.percent / 100, silence=0.0))


@dataclass(frozen=True)
class EmptyReply(WireScenario):
    """The connection is closed without an answer, not even a status line, after the request was carried out.

    Source: RFC 9110, section 9.2.2 (a connection that is closed before the answer).
    """

    name = "empty-reply"

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Close before the first byte."""
        return timed(response, body_of(response), _nothing)


@dataclass(frozen=True)
class ConnectionReset(WireScenario):
    """The connection is reset (TCP RST) after the request was carried out, before the answer or within its body.

    Source: RFC 9293, section 3.5.2 (reset generation).
    """

    name = "reset"
    after: int = parameter(0, "bytes of the body that come before the reset; 0: not even headers", least=0, most=10**9)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Send so many bytes and reset."""
        return timed(response, body_of(response), partial(_until_reset, size=self.after))


@dataclass(frozen=True)
class TruncatedJson(WireScenario):
    """The body ends in the middle, and Content-Length fits what is left: good HTTP, bad JSON.

    Source: RFC 8259, section 2.
    """

    name = "truncated-json"
    percent: int = parameter(50, "how much of the body is left", least=1, most=99)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Cut the body."""
        body = body_of(response)
        return with_body(response, body[: max(1, len(body) * self.percent // 100)]) if len(body) > 1 else None


@dataclass(frozen=True)
class Garbage(WireScenario):
    """The body is bytes that are neither JSON nor text, and Content-Type still says JSON.

    Source: RFC 8259, section 8.1 (what is sent must be UTF-8).
    """

    name = "garbage"
    bytes: int = parameter(256, "bytes of the body", least=1, most=1_000_000)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Replace the body; its first byte is never that of a text."""
        if not body_of(response):
            return None
        return with_body(response, b"\xff" + _drawn(self.bytes - 1, exchange))


@dataclass(frozen=True)
class WrongContentType(WireScenario):
    """The JSON is right, and its Content-Type is another: text, HTML or none at all.

    Source: row 109 of the quirks table.
    """

    name = "wrong-content-type"
    style: str = parameter("plain", "text/plain, text/html, or no Content-Type", words=("plain", "html", "none"))

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Change the header of an answer that has a body."""
        if "Content-Type" not in response.headers:
            return None
        if self.style == "none":
            del response.headers["Content-Type"]
        else:
            response.headers["Content-Type"] = _TYPES[self.style]
        return response


@dataclass(frozen=True)
class GzipAlways(WireScenario):
    """The body is compressed with gzip, whatever Accept-Encoding says.

    Source: row 109 of the quirks table, where it is an idea: no server was found that does it.
    """

    name = "gzip-always"

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Compress the body."""
        body = body_of(response)
        if not body or "Content-Encoding" in response.headers:
            return None
        response.headers["Content-Encoding"] = "gzip"
        return with_body(response, gzip.compress(body, compresslevel=6, mtime=0))


@dataclass(frozen=True)
class Chunked(WireScenario):
    """The body comes in chunks without a Content-Length, so that its length is not known before its end.

    Source: RFC 9112, section 7.1.
    """

    name = "chunked"
    bytes: int = parameter(4096, "bytes in a chunk", least=1, most=1_000_000)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Take the length off; HTTP/1.1 then sends the pieces as chunks."""
        sent = played(response, partial(_pieces, size=self.bytes, pause=0.0))
        if sent is not None:
            del sent.headers["Content-Length"]
        return sent


@dataclass(frozen=True)
class Redirects(ReplyScenario):
    """Every request is first sent on to the same path with one more query parameter, and answered there.

    A client that does not follow, or that loses method, body or Authorization on the way, gets no further.

    Source: rows 83 and 108 of the quirks table.
    """

    name = "redirects"
    status: str = parameter("307", "HTTP status of the redirect", words=("301", "302", "307", "308"))

    def before(self, exchange: Exchange) -> Response | None:
        """Send on what does not bear the marker; nothing is carried out before."""
        request = exchange.request
        pairs = parameters.split(request.query_string)
        if any(name == MARKER for name, _ in pairs):
            return None
        path = quote(request.root_path) + encoded_path(request.environ, request.path)
        target = f"{path}?{urlencode([*pairs, (MARKER, '1')])}"
        return Response("", int(self.status), {"Location": target})

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Take the marker out of links, so that the next page is redirected too."""
        links = response.headers.get("Link")
        if links is None:
            return None
        response.headers["Link"] = links.replace(f"{MARKER}=1&", "").replace(f"&{MARKER}=1", "")
        return response


def _delayed(body: bytes, play: Play, delay: float) -> Iterator[Step]:
    if delay:
        yield Wait(delay)
    yield from play(body)


def _at_once(body: bytes) -> Iterator[Step]:
    yield body


def _nothing(body: bytes) -> Iterator[Step]:
    del body
    yield Close()


def _until_reset(body: bytes, size: int) -> Iterator[Step]:
    if size:
        yield body[:size]
    yield Reset()


def _pieces(body: bytes, size: int, pause: float) -> Iterator[Step]:
    for start in range(0, len(body), size):
        if start and pause:
            yield Wait(pause)
        yield body[start : start + size]


def _beginning(body: bytes, share: float, silence: float) -> Iterator[Step]:
    """Yield a part of a body, then nothing for a while; then the connection is closed."""
    yield body[: int(len(body) * share)]
    if silence:
        yield Wait(silence)
    yield Close()


def _drawn(number: int, exchange: Exchange) -> bytes:
    return bytes(exchange.chance.below(256) for _ in range(number))
