"""Scenarios in which requests fail, or failures look otherwise."""

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
