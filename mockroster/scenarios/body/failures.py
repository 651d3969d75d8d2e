"""Scenarios that make requests fail."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from flask import current_app
from werkzeug.wrappers import Response

from mockroster.render.answer import JSON
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, InjectedError, reason
from mockroster.settings import Settings

HTML = "text/html; charset=utf-8"


def html_page(status: int) -> Response:
    """Return the HTML error page of a web server or gateway."""
    title = f"{status} {reason(status)}"
    html = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return InjectedError(html, status, content_type=HTML)


def _failure(exchange: Exchange, status: int, name: str) -> Response:
    """Return an injected error in the standard's form."""
    return exchange.failure(status, f"{reason(status)}, injected by the scenario {name}")


@dataclass(frozen=True)
class ServerError(ReplyScenario):
    """All requests, or a random share, fail with a server error.

    Source: row 98 of the quirks table.
    """

    name = "server-error"
    status: int = parameter(500, "HTTP status of the failure", least=400, most=599)
    rate: float = parameter(1.0, "share of failing requests, from 0 to 1", least=0, most=1)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail at random."""
        if not exchange.rng.happens(self.rate):
            return None
        return _failure(exchange, self.status, self.name)


@dataclass(frozen=True)
class Flaky(ReplyScenario):
    """Every n-th request fails, so that a test can predict the failures.

    Source: row 99 of the quirks table.
    """

    name = "flaky"
    every: int = parameter(3, "number n: 3 makes every third request fail", least=1, most=1_000_000)
    status: int = parameter(503, "HTTP status of the failure", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail if the request number is a multiple of ``every``."""
        if exchange.number % self.every:
            return None
        return _failure(exchange, self.status, self.name)


@dataclass(frozen=True)
class RecoversAfter(ReplyScenario):
    """The first requests fail, and all later ones succeed, as with a server that is restarting.

    Source: row 99 of the quirks table.
    """

    name = "recovers-after"
    failures: int = parameter(2, "number of failing requests", least=0, most=1_000_000)
    status: int = parameter(503, "HTTP status of the failures", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail for the first requests."""
        if exchange.number > self.failures:
            return None
        return _failure(exchange, self.status, self.name)


@dataclass(frozen=True)
class GatewayTimeouts(ReplyScenario):
    """A collection read with a large limit fails with the HTML page of a gateway. Smaller pages succeed.

    Source: row 98 of the quirks table.
    """

    name = "gateway-timeouts"
    over: int = parameter(100, "the largest limit that succeeds", least=0, most=2**31 - 1)
    status: int = parameter(504, "HTTP status of the failure: 502 or 504", least=500, most=599)
    rate: float = parameter(1.0, "share of failing reads, from 0 to 1", least=0, most=1)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail if the limit is too large."""
        operation = exchange.operation
        if operation is None or operation.kind != "collection":
            return None
        settings: Settings = current_app.config["SETTINGS"]
        limit = min(exchange.request.args.get("limit", settings.page_limit, type=int), settings.page_limit_max)
        return html_page(self.status) if limit > self.over and exchange.rng.happens(self.rate) else None


@dataclass(frozen=True)
class HtmlError(ReplyScenario):
    """Every request fails with an HTML page instead of JSON.

    Source: row 101 of the quirks table.
    """

    name = "html-error"
    status: int = parameter(500, "HTTP status of the failure", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail."""
        return html_page(self.status)


@dataclass(frozen=True)
class EmptyErrorBody(ReplyScenario):
    """Every request fails with a status only: no body, no Content-Type.

    Source: row 102 of the quirks table.
    """

    name = "empty-error-body"
    status: int = parameter(500, "HTTP status of the failure", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail."""
        response = InjectedError(status=self.status)
        del response.headers["Content-Type"]
        return response


@dataclass(frozen=True)
class PlainError(ReplyScenario):
    """Every request fails with {"error": "…"} instead of status information.

    Source: row 103 of the quirks table.
    """

    name = "plain-error"
    status: int = parameter(500, "HTTP status of the failure", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Fail."""
        return InjectedError(orjson.dumps({"error": reason(self.status)}), self.status, content_type=JSON)


@dataclass(frozen=True)
class SuccessShapedError(ReplyScenario):
    """Every request is answered with 200 and an error in the body.

    Source: row 51 of the quirks table.
    """

    name = "success-shaped-error"

    def before(self, exchange: Exchange) -> Response | None:
        """Fail with status 200."""
        response = exchange.failure(500, "the request failed, although the HTTP status is 200")
        response.status_code = 200
        return response
