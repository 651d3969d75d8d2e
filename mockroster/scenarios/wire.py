"""Scenarios that act on the bytes of an answer and their timing."""

from __future__ import annotations

import time
from dataclasses import dataclass

from werkzeug.wrappers import Response

from mockroster.scenarios.base import WireScenario, parameter
from mockroster.scenarios.exchange import Exchange


@dataclass(frozen=True)
class Slow(WireScenario):
    """The answer comes late.

    Source: row 100 of the quirks table.
    """

    name = "slow"
    ms: int = parameter(1000, "milliseconds to wait", least=0, most=600_000)
    jitter: int = parameter(0, "milliseconds to wait in addition at most, drawn", least=0, most=600_000)

    def send(self, exchange: Exchange, response: Response) -> Response | None:
        """Wait."""
        time.sleep((self.ms + exchange.chance.between(0, self.jitter)) / 1000)
        return response
