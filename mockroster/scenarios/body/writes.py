"""Scenarios that change the response to a write."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.wrappers import Request, Response

from mockroster.auth.oauth1 import BASE_URL
from mockroster.query.parameters import Query
from mockroster.render import page
from mockroster.render.answer import JSON
from mockroster.render.request_path import quote_prefix
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, InjectedError, reason


@dataclass(frozen=True)
class PutStatus(ReplyScenario):
    """Every successful PUT has the same status, for created and replaced records.

    Source: row 111 of the quirks table.
    """

    name = "put-status"
    status: int = parameter(204, "HTTP status: 200, 201 or 204", least=200, most=204)

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Replace the status."""
        if not _is_successful_put(exchange, response) or response.status_code == self.status:
            return None
        response.status = f"{self.status} {reason(self.status)}"
        return response


@dataclass(frozen=True)
class PutEchoes(ReplyScenario):
    """A successful PUT answers with the record as it was stored, in the envelope of a read, not with an empty body.

    Source: row 149 of the quirks table.
    """

    name = "put-echoes"

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Add the record."""
        operation = exchange.operation
        if operation is None or not _is_successful_put(exchange, response):
            return None
        record = exchange.sandbox.overlay.get(operation.resource.collection, exchange.path["sourcedId"])
        if record is None or isinstance(response, InjectedError):
            return None
        response.set_data(page.single(operation, record, Query(()), _root(exchange.request)))
        response.content_type = JSON
        return response


def _is_successful_put(exchange: Exchange, response: Response) -> bool:
    operation = exchange.operation
    return operation is not None and operation.kind == "put" and response.status_code in {200, 201}


def _root(request: Request) -> str:
    """Return the URL with which the references of a read begin."""
    prefix = request.environ.get("SCRIPT_NAME", "")
    origin = request.environ.get(BASE_URL) or request.host_url.rstrip("/")
    return f"{origin}{quote_prefix(prefix)}"
