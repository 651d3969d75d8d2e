"""Scenarios in which requests fail."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from flask import current_app
from werkzeug.http import http_date
from werkzeug.wrappers import Response

from mockroster.clock import real_now
from mockroster.render.answer import JSON
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, Ordered, reason
from mockroster.settings import Settings
from mockroster.state.values import Json

_HTML = "text/html; charset=utf-8"


def page(status: int) -> Response:
    """Return the page of HTML that a web server or gateway has for a status."""
    title = f"{status} {reason(status)}"
    html = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Ordered(html, status, content_type=_HTML)


def _failure(exchange: Exchange, status: int, name: str) -> Response:
    """Return the failure that a scenario has ordered, in the form of the standard."""
    return exchange.failure(status, f"{reason(status)}, ordered by the scenario {name}")


@dataclass(frozen=True)
class ServerError(ReplyScenario):
    """Requests fail with a server error: all of them, or a share that is drawn.

    Source: row 98 of the quirks table.
    """

    name = "server-error"
    status: int = parameter(500, "HTTP status of the failure", least=400, most=599)
    rate: float = parameter(1.0, "share of the requests that fail, from 0 to 1", least=0, most=1)

    def before(self, exchange: Exchange) -> Response | None:
        """Draw, and fail."""
        if not exchange.chance.happens(self.rate):
            return None
        return _failure(exchange, self.status, self.name)


@dataclass(frozen=True)
class Flaky(ReplyScenario):
    """Every n-th request fails, counted, so that a test can rely on it.

    Source: row 99 of the quirks table.
    """

    name = "flaky"
    every: int = parameter(3, "which request fails: each third, each fifth", least=1, most=1_000_000)
    status: int = parameter(503, "HTTP status of the failure", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail when it is time."""
        if exchange.number % self.every:
            return None
        return _failure(exchange, self.status, self.name)


@dataclass(frozen=True)
class RecoversAfter(ReplyScenario):
    """The first requests fail, and all that follow are answered: a server that is just coming up again.

    Source: row 99 of the quirks table.
    """

    name = "recovers-after"
    failures: int = parameter(2, "how many requests fail", least=0, most=1_000_000)
    status: int = parameter(503, "HTTP status of the failures", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail at first."""
        if exchange.number > self.failures:
            return None
        return _failure(exchange, self.status, self.name)


@dataclass(frozen=True)
class GatewayTimeouts(ReplyScenario):
    """A read that asks for many records at once fails with the HTML page of a gateway; smaller pages come through.

    Source: row 98 of the quirks table.
    """

    name = "gateway-timeouts"
    over: int = parameter(100, "the largest limit that still comes through", least=0, most=2**31 - 1)
    status: int = parameter(504, "HTTP status of the failure: 502 or 504", least=500, most=599)
    rate: float = parameter(1.0, "share of those reads that fail, from 0 to 1", least=0, most=1)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail where the page is large."""
        operation = exchange.operation
        if operation is None or operation.kind != "collection":
            return None
        settings: Settings = current_app.config["SETTINGS"]
        limit = min(exchange.request.args.get("limit", settings.page_limit, type=int), settings.page_limit_max)
        return page(self.status) if limit > self.over and exchange.chance.happens(self.rate) else None


@dataclass(frozen=True)
class HtmlError(ReplyScenario):
    """Every request fails with a page of HTML where JSON is due.

    Source: row 101 of the quirks table.
    """

    name = "html-error"
    status: int = parameter(500, "HTTP status of the failure", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail."""
        return page(self.status)


@dataclass(frozen=True)
class EmptyErrorBody(ReplyScenario):
    """Every request fails with a status and nothing else: no body, no Content-Type.

    Source: row 102 of the quirks table.
    """

    name = "empty-error-body"
    status: int = parameter(500, "HTTP status of the failure", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail."""
        response = Ordered(status=self.status)
        del response.headers["Content-Type"]
        return response


@dataclass(frozen=True)
class PlainError(ReplyScenario):
    """Every request fails with {"error": "…"} in place of status information.

    Source: row 103 of the quirks table.
    """

    name = "plain-error"
    status: int = parameter(500, "HTTP status of the failure", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail."""
        return Ordered(orjson.dumps({"error": reason(self.status)}), self.status, content_type=JSON)


@dataclass(frozen=True)
class SuccessShapedError(ReplyScenario):
    """Every request is answered with 200, but the body is an error and has no collection.

    Source: row 51 of the quirks table.
    """

    name = "success-shaped-error"

    def before(self, exchange: Exchange) -> Response | None:
        """Fail, and call it a success."""
        response = exchange.failure(500, "the request failed, though the HTTP status is 200")
        response.status_code = 200
        return response


@dataclass(frozen=True)
class RateLimit(ReplyScenario):
    """More requests than the limit in a window of time are refused with 429 until the window is over.

    A window begins with its first request and is judged by the sandbox's clock, so a test can move on without
    waiting; a date in Retry-After is in real time, because that is the clock of the client that waits for it.

    Source: rows 95, 96 and 97 of the quirks table.
    """

    name = "rate-limit"
    limit: int = parameter(5, "requests in each window that are answered", least=0, most=1_000_000)
    per: int = parameter(60, "seconds that a window lasts", least=1, most=86_400)
    retry_after: str = parameter("seconds", "what Retry-After says", words=("seconds", "date", "none"))
    style: str = parameter(
        "status",
        "status: a 429 with status information; ratelimit: one with a line of text, and RateLimit-* headers on every "
        "answer; x-ratelimit: status information, and X-RateLimit-* headers with a Unix time on every answer",
        words=("status", "ratelimit", "x-ratelimit"),
    )

    def before(self, exchange: Exchange) -> Response | None:
        """Refuse what is too much."""
        used, left = self._standing(exchange)
        if used <= self.limit:
            return None
        wait = {"seconds": str(left), "date": http_date(real_now() + timedelta(seconds=left)), "none": ""}
        headers = {"Retry-After": wait[self.retry_after]} if wait[self.retry_after] else {}
        if self.style == "ratelimit":
            return Ordered("Too many requests, please try again later.", 429, headers, content_type=_HTML)
        return exchange.failure(429, f"more than {self.limit} requests in {self.per} seconds; wait {left}", headers)

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Say in headers how many requests are left."""
        if self.style == "status":
            return None
        used, left = self._standing(exchange)
        remaining = max(self.limit - used, 0)
        if self.style == "ratelimit":
            reset, prefix = left, "RateLimit"
            response.headers["RateLimit-Policy"] = f"{self.limit};w={self.per}"
        else:
            reset, prefix = math.ceil(real_now().timestamp()) + left, "X-RateLimit"
        for word, number in (("Limit", self.limit), ("Remaining", remaining), ("Reset", reset)):
            response.headers[f"{prefix}-{word}"] = str(number)
        return response

    def _standing(self, exchange: Exchange) -> tuple[int, int]:
        """Return which request of its window this is, and the whole seconds until the next window."""
        now = exchange.sandbox.clock.now()

        def current(window: Json) -> Json:
            is_open = window is not None and timedelta() <= now - _window(window)[0] < timedelta(seconds=self.per)
            return window if is_open else [now.isoformat(), exchange.number]

        began, first = _window(exchange.memory.update("window", current))
        left = self.per - (now - began).total_seconds()
        return max(exchange.number - first + 1, 1), max(math.ceil(left), 1)


def _window(window: Json) -> tuple[datetime, int]:
    """Return when a window began, and the number of its first request."""
    match window:
        case [str(began), int(first)]:
            return datetime.fromisoformat(began), first
    raise TypeError(f"{window!r} is not a window")
