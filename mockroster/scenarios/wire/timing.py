"""Scenarios that delay a response."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from werkzeug.wrappers import Response

from mockroster.scenarios.base import WireScenario, parameter
from mockroster.scenarios.exchange import Exchange, reason
from mockroster.scenarios.wire.delivery import (
    TimedBody,
    at_once,
    full_body,
    in_pieces,
    play_body,
    stall,
    with_timed_body,
)
from mockroster.state.values import Json


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
        play = content.play if isinstance(content, TimedBody) else at_once
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
        return play_body(response, partial(in_pieces, size=self.bytes, pause=self.ms / 1000))


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
        return play_body(response, partial(stall, share=0.5, silence=self.ms / 1000))


@dataclass(frozen=True)
class SlowUnderLoad(WireScenario):
    """Responses slow down as the load rises, and some fail with 500; no request is refused with 429.

    Requests are counted by the second, of the sandbox's clock. Each one over the limit waits longer than the one
    before, for a minute at most.

    Source: rows 147 and 156 of the quirks table.
    """

    name = "slow-under-load"
    limit: int = parameter(40, "requests in a second that are answered without delay", least=0, most=1_000_000)
    ms: int = parameter(350, "additional milliseconds for each request over the limit", least=0, most=600_000)
    failing: float = parameter(0.02, "share of the requests over the limit that fail, from 0 to 1", least=0, most=1)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Delay the response, or replace it by a failure."""
        second = int(exchange.sandbox.clock.now().timestamp())
        window = exchange.memory.update("window", lambda window: [second, _used(window, second) + 1])
        over = _used(window, second) - self.limit
        if over <= 0:
            return None
        if exchange.rng.happens(self.failing):
            response = exchange.failure(500, f"{reason(500)}: too many requests in this second")
        content = response.response
        play = content.play if isinstance(content, TimedBody) else at_once
        return with_timed_body(response, full_body(response), play, min(over * self.ms, _LONGEST) / 1000)


_LONGEST = 60_000
"""The longest delay in milliseconds."""


def _used(window: Json, second: int) -> int:
    """Return the number of requests that were counted in a second."""
    match window:
        case [int(counted), int(used)] if counted == second:
            return used
    return 0
