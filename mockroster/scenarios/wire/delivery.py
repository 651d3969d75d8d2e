"""Scenarios that change the bytes of a response and their timing.

The body is returned as ``Steps``, so that the server waits without blocking a thread, and stops waiting when the client
disconnects. A timed body keeps its complete bytes, so that scenarios that change the bytes can come in any order.
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
"""The query parameter that marks a request as already redirected."""

_TYPES = {"plain": "text/plain; charset=utf-8", "html": "text/html; charset=utf-8"}


class TimedBody(Steps):
    """A body with its delivery and delay in seconds."""

    def __init__(self, body: bytes, play: Play, delay: float = 0.0) -> None:
        super().__init__(_delay(body, play, delay))
        self.body = body
        self.play = play
        self.delay = delay


def full_body(response: Response) -> bytes:
    """Return the complete body of a response, also of a timed one."""
    content = response.response
    return content.body if isinstance(content, TimedBody) else response.get_data()


def with_body(response: Response, body: bytes) -> Response:
    """Replace the body and Content-Length, and keep the delivery."""
    content = response.response
    if isinstance(content, TimedBody):
        response.response = TimedBody(body, content.play, content.delay)
        response.headers["Content-Length"] = str(len(body))
    else:
        response.set_data(body)
    return response


def play_body(response: Response, play: Play) -> Response | None:
    """Deliver the body by ``play``. Return ``None`` for a response without a body."""
    body = full_body(response)
    return with_timed_body(response, body, play) if body else None


def with_timed_body(response: Response, body: bytes, play: Play, delay: float = 0.0) -> Response:
    """Replace the body, deliver it by ``play``, and add ``delay`` seconds to its delay."""
    content = response.response
    earlier = content.delay if isinstance(content, TimedBody) else 0.0
    response.response = TimedBody(body, play, earlier + delay)  # type: ignore[assignment]
    if body or "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(body))
    return response


@dataclass(frozen=True)
class Slow(WireScenario):
    """The response is delayed.

    Source: row 100 of the quirks table.
    """

    name = "slow"
    ms: int = parameter(1000, "milliseconds to wait", least=0, most=600_000)
    jitter: int = parameter(0, "largest random additional delay in milliseconds", least=0, most=600_000)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Add the delay."""
        content = response.response
        play = content.play if isinstance(content, TimedBody) else _at_once
        delay = (self.ms + exchange.rng.between(0, self.jitter)) / 1000
        return with_timed_body(response, full_body(response), play, delay)


@dataclass(frozen=True)
class Drip(WireScenario):
    """The body is sent in small pieces with pauses between them. Content-Length is correct.

    The connection is never idle for long, but the response takes long.

    Source: row 100 of the quirks table.
    """

    name = "drip"
    bytes: int = parameter(512, "size of a piece in bytes", least=1, most=1_000_000)
    ms: int = parameter(50, "pause between two pieces in milliseconds", least=0, most=600_000)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Send the body piece by piece."""
        return play_body(response, partial(_in_pieces, size=self.bytes, pause=self.ms / 1000))


@dataclass(frozen=True)
class StalledBody(WireScenario):
    """Headers and half of the body are sent. After a silence the connection is closed.

    A client without a read timeout hangs until then.

    Source: row 100 of the quirks table.
    """

    name = "stalled-body"
    ms: int = parameter(60_000, "milliseconds of silence before the connection is closed", least=1, most=600_000)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Send half of the body, wait, and close."""
        return play_body(response, partial(_stall, share=0.5, silence=self.ms / 1000))


@dataclass(frozen=True)
class CutBody(WireScenario):
    """The connection is closed in the middle of the body: it is shorter than Content-Length.

    Source: RFC 9112, section 8 (incomplete messages).
    """

    name = "cut-body"
    percent: int = parameter(50, "percentage of the body that is sent", least=0, most=99)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Send a part of the body and close."""
        return play_body(response, partial(_stall, share=self.percent / 100, silence=0.0))


@dataclass(frozen=True)
class EmptyReply(WireScenario):
    """The connection is closed without an answer, not even a status line, after the request was carried out.

    Source: RFC 9110, section 9.2.2 (a connection that is closed before the answer).
    """

    name = "empty-reply"

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Close before the first byte."""
        return with_timed_body(response, full_body(response), _close_at_once)


@dataclass(frozen=True)
class ConnectionReset(WireScenario):
    """The connection is reset (TCP RST) after the request was carried out, before the response or in its body.

    Source: RFC 9293, section 3.5.2 (reset generation).
    """

    name = "reset"
    after: int = parameter(0, "bytes of the body sent before the reset; 0: no headers either", least=0, most=10**9)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Send the bytes and reset the connection."""
        return with_timed_body(response, full_body(response), partial(_reset_after, size=self.after))


@dataclass(frozen=True)
class TruncatedJson(WireScenario):
    """The body is cut, and Content-Length matches: valid HTTP, invalid JSON.

    Source: RFC 8259, section 2.
    """

    name = "truncated-json"
    percent: int = parameter(50, "percentage of the body that is sent", least=1, most=99)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Cut the body."""
        body = full_body(response)
        return with_body(response, body[: max(1, len(body) * self.percent // 100)]) if len(body) > 1 else None


@dataclass(frozen=True)
class Garbage(WireScenario):
    """The body is random bytes that are neither JSON nor text. Content-Type is still JSON.

    Source: RFC 8259, section 8.1 (JSON must be UTF-8).
    """

    name = "garbage"
    bytes: int = parameter(256, "length of the body in bytes", least=1, most=1_000_000)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Replace the body. Its first byte is invalid in UTF-8."""
        if not full_body(response):
            return None
        return with_body(response, b"\xff" + _random_bytes(self.bytes - 1, exchange))


@dataclass(frozen=True)
class WrongContentType(WireScenario):
    """The JSON is correct, but Content-Type is text, HTML or missing.

    Source: row 109 of the quirks table.
    """

    name = "wrong-content-type"
    style: str = parameter("plain", "text/plain, text/html, or no Content-Type", words=("plain", "html", "none"))

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Replace or remove the header of a response with a body."""
        if "Content-Type" not in response.headers:
            return None
        if self.style == "none":
            del response.headers["Content-Type"]
        else:
            response.headers["Content-Type"] = _TYPES[self.style]
        return response


@dataclass(frozen=True)
class GzipAlways(WireScenario):
    """The body is compressed with gzip, regardless of Accept-Encoding.

    Source: row 109 of the quirks table, where it is an idea that no known server implements.
    """

    name = "gzip-always"

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Compress the body."""
        body = full_body(response)
        if not body or "Content-Encoding" in response.headers:
            return None
        response.headers["Content-Encoding"] = "gzip"
        return with_body(response, gzip.compress(body, compresslevel=6, mtime=0))


@dataclass(frozen=True)
class Chunked(WireScenario):
    """The body is sent in chunks without Content-Length.

    Source: RFC 9112, section 7.1.
    """

    name = "chunked"
    bytes: int = parameter(4096, "size of a chunk in bytes", least=1, most=1_000_000)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Remove Content-Length. HTTP/1.1 then sends the pieces as chunks."""
        content = play_body(response, partial(_in_pieces, size=self.bytes, pause=0.0))
        if content is not None:
            del content.headers["Content-Length"]
        return content


@dataclass(frozen=True)
class Redirects(ReplyScenario):
    """Every request is first redirected to the same path with an additional query parameter.

    A client that does not follow redirects, or loses method, body or Authorization, fails.

    Source: rows 83 and 108 of the quirks table.
    """

    name = "redirects"
    status: str = parameter("307", "HTTP status of the redirect", words=("301", "302", "307", "308"))

    def before(self, exchange: Exchange) -> Response | None:
        """Redirect requests without the marker, before anything else."""
        request = exchange.request
        pairs = parameters.split(request.query_string)
        if any(name == MARKER for name, _ in pairs):
            return None
        path = quote(request.root_path) + encoded_path(request.environ, request.path)
        target = f"{path}?{urlencode([*pairs, (MARKER, '1')])}"
        return Response("", int(self.status), {"Location": target})

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Remove the marker from links, so that the next page is redirected too."""
        links = response.headers.get("Link")
        if links is None:
            return None
        response.headers["Link"] = links.replace(f"{MARKER}=1&", "").replace(f"&{MARKER}=1", "")
        return response


def _delay(body: bytes, play: Play, delay: float) -> Iterator[Step]:
    if delay:
        yield Wait(delay)
    yield from play(body)


def _at_once(body: bytes) -> Iterator[Step]:
    yield body


def _close_at_once(body: bytes) -> Iterator[Step]:
    del body
    yield Close()


def _reset_after(body: bytes, size: int) -> Iterator[Step]:
    if size:
        yield body[:size]
    yield Reset()


def _in_pieces(body: bytes, size: int, pause: float) -> Iterator[Step]:
    for start in range(0, len(body), size):
        if start and pause:
            yield Wait(pause)
        yield body[start : start + size]


def _stall(body: bytes, share: float, silence: float) -> Iterator[Step]:
    """Yield a part of the body, wait, and close the connection."""
    yield body[: int(len(body) * share)]
    if silence:
        yield Wait(silence)
    yield Close()


def _random_bytes(number: int, exchange: Exchange) -> bytes:
    return bytes(exchange.rng.below(256) for _ in range(number))
