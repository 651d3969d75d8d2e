"""Scenarios about pages: their size, their order, their counts and links."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.wrappers import Response

from mockroster.scenarios.base import ReplyScenario
from mockroster.scenarios.exchange import Exchange


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
