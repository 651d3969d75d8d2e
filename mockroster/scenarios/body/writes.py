"""Scenarios that change the answer to a write."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.wrappers import Response

from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, reason


@dataclass(frozen=True)
class PutStatus(ReplyScenario):
    """Every successful PUT has the same status, for created and replaced records.

    Source: row 111 of the quirks table.
    """

    name = "put-status"
    status: int = parameter(204, "HTTP status: 200, 201 or 204", least=200, most=204)

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Replace the status."""
        operation = exchange.operation
        if operation is None or operation.kind != "put" or response.status_code not in {200, 201}:
            return None
        if response.status_code == self.status:
            return None
        response.status = f"{self.status} {reason(self.status)}"
        return response
