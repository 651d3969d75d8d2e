"""Scenarios that change the bytes of a body, its type and its coding."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import partial

from werkzeug.wrappers import Response

from mockroster.scenarios.base import WireScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.wire.delivery import full_body, in_pieces, play_body, with_body


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
        content = play_body(response, partial(in_pieces, size=self.bytes, pause=0.0))
        if content is not None:
            del content.headers["Content-Length"]
        return content


_TYPES = {"plain": "text/plain; charset=utf-8", "html": "text/html; charset=utf-8"}


def _random_bytes(number: int, exchange: Exchange) -> bytes:
    return bytes(exchange.rng.below(256) for _ in range(number))
