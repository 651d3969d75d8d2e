"""Scenarios that act on the token endpoint and on the decision whether a request may pass."""

from __future__ import annotations

from dataclasses import dataclass

from mockroster.auth import challenge
from mockroster.errors import NotAuthenticated
from mockroster.scenarios.base import AccessScenario, parameter
from mockroster.scenarios.exchange import Exchange


@dataclass(frozen=True)
class TokenExpiresAfter(AccessScenario):
    """A token dies in the middle of a walk: after so many requests it is refused with 401, and a new one is good again.

    Source: rows 42 and 31 of the quirks table.
    """

    name = "token-expires-after"
    requests: int = parameter(10, "requests for which each token is good", least=1, most=1_000_000)

    def decide(self, exchange: Exchange) -> bool:
        """Count the requests that bear each token."""
        token = exchange.request.headers.get("Authorization", "")
        with exchange.sandbox.lock:
            used = exchange.memory.values.setdefault("used", {})
            used[token] = used.get(token, 0) + 1
            spent = used[token] > self.requests
        if spent:
            raise NotAuthenticated("the token has expired; ask for a new one", www_authenticate=challenge.INVALID_TOKEN)
        return False
