"""Scenarios that refuse requests over a limit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from werkzeug.http import http_date
from werkzeug.wrappers import Response

from mockroster.clock import real_now
from mockroster.delivery import DELIVERY, Delivery
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.body.failures import HTML
from mockroster.scenarios.exchange import Exchange, InjectedError
from mockroster.state.values import Json


@dataclass(frozen=True)
class RateLimit(ReplyScenario):
    """Requests over a limit per time window are refused with 429 until the window ends.

    A window starts with its first request and is measured by the sandbox's clock, so that a test can move the clock
    instead of waiting. A date in Retry-After is in real time, which is the clock of the client.

    Source: rows 95, 96 and 97 of the quirks table.
    """

    name = "rate-limit"
    limit: int = parameter(5, "requests accepted in each window", least=0, most=1_000_000)
    per: int = parameter(60, "length of a window in seconds", least=1, most=86_400)
    retry_after: str = parameter("seconds", "value of Retry-After", words=("seconds", "date", "none"))
    style: str = parameter(
        "status",
        "status: 429 with status information; ratelimit: 429 with plain text, and RateLimit-* headers in every "
        "response; x-ratelimit: status information, and X-RateLimit-* headers with a Unix time in every response",
        words=("status", "ratelimit", "x-ratelimit"),
    )

    def before(self, exchange: Exchange) -> Response | None:
        """Refuse a request over the limit."""
        used, seconds = self._window_usage(exchange)
        if used <= self.limit:
            return None
        wait = {"seconds": str(seconds), "date": http_date(real_now() + timedelta(seconds=seconds)), "none": ""}
        headers = {"Retry-After": wait[self.retry_after]} if wait[self.retry_after] else {}
        if self.style == "ratelimit":
            return InjectedError("Too many requests, please try again later.", 429, headers, content_type=HTML)
        return exchange.failure(429, f"more than {self.limit} requests in {self.per} seconds; wait {seconds}", headers)

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Add headers with the remaining requests."""
        if self.style == "status":
            return None
        used, seconds = self._window_usage(exchange)
        remaining = max(self.limit - used, 0)
        if self.style == "ratelimit":
            reset, prefix = seconds, "RateLimit"
            response.headers["RateLimit-Policy"] = f"{self.limit};w={self.per}"
        else:
            reset, prefix = math.ceil(real_now().timestamp()) + seconds, "X-RateLimit"
        for word, number in (("Limit", self.limit), ("Remaining", remaining), ("Reset", reset)):
            response.headers[f"{prefix}-{word}"] = str(number)
        return response

    def _window_usage(self, exchange: Exchange) -> tuple[int, int]:
        """Return the number of requests in the current window, and the seconds until the next window.

        The first call counts the request, in one step with the choice of the window: requests may arrive at once.
        """
        usage: tuple[int, int] | None = exchange.notes.get("window")
        if usage is None:
            usage = exchange.notes["window"] = self._count(exchange)
        return usage

    def _count(self, exchange: Exchange) -> tuple[int, int]:
        now = exchange.sandbox.clock.now()

        def counted(window: Json) -> Json:
            if window is not None:
                start, used = _window(window)
                if -_SKEW <= now - start < timedelta(seconds=self.per):
                    return [start.isoformat(), used + 1]
            return [now.isoformat(), 1]

        start, used = _window(exchange.memory.update("window", counted))
        seconds = self.per - (now - start).total_seconds()
        return used, min(max(math.ceil(seconds), 1), self.per)


_SKEW = timedelta(seconds=2)
"""The time by which a request may seem to arrive before the window of another that was counted first."""


def _window(window: Json) -> tuple[datetime, int]:
    """Return the start of a window, and the number of its requests."""
    match window:
        case [str(start), int(used)]:
            return datetime.fromisoformat(start), used
    raise TypeError(f"{window!r} is not a window")


@dataclass(frozen=True)
class ConcurrencyLimit(ReplyScenario):
    """Requests that arrive while others are in progress are refused with 429, over a number of them.

    A request is in progress until its response is sent, and for a minute at most. Responses are quick, so combine the
    scenario with ``slow`` to keep several in progress: ``concurrency-limit:max=1;slow:ms=500``.

    Source: row 24 of the quirks table.
    """

    name = "concurrency-limit"
    max: int = parameter(5, "largest number of requests in progress; 0 refuses all", least=0, most=100_000)

    def before(self, exchange: Exchange) -> Response | None:
        """Refuse a request over the limit."""
        key, now = f"{exchange.number}", real_now()

        def enter(running: Json) -> Json:
            current = _running(running, now)
            return {**current} if len(current) >= self.max else {**current, key: now.isoformat()}

        if key not in _running(exchange.memory.update("running", enter), now):
            return exchange.failure(429, f"more than {self.max} requests at the same time")

        def leave() -> None:
            exchange.memory.update("running", lambda running: _without(running, key))

        delivery: Delivery | None = exchange.request.environ.get(DELIVERY)
        if delivery is None:
            exchange.notes["leave"] = leave
        else:
            delivery.on_end.append(lambda _: leave())
        return None

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Count the request no more once its response is sent, under a server that does not report that."""
        leave = exchange.notes.get("leave")
        if leave is not None:
            response.call_on_close(leave)
        return None


_LONGEST = timedelta(minutes=1)
"""The time after which a request whose end was never reported is no longer counted."""


def _running(running: Json, now: datetime) -> dict[str, str]:
    """Return the times of arrival of the requests in progress."""
    known = running if isinstance(running, dict) else {}
    return {key: str(at) for key, at in known.items() if now - datetime.fromisoformat(str(at)) < _LONGEST}


def _without(running: Json, key: str) -> Json:
    known = running if isinstance(running, dict) else {}
    return {other: at for other, at in known.items() if other != key} or None
