"""Scenarios that act on the answer: status, headers, envelope, members."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.wrappers import Response

from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, reason


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
        return exchange.failure(self.status, f"{reason(self.status)}, ordered by the scenario flaky")


@dataclass(frozen=True)
class NoTotalCount(ReplyScenario):
    """There is no X-Total-Count: the client has to stop at a page that is short or empty.

    Source: row 1 of the quirks table.
    """

    name = "no-total-count"

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Take the header off."""
        if "X-Total-Count" not in response.headers:
            return None
        del response.headers["X-Total-Count"]
        return response
