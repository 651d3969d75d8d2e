"""Scenarios that refuse writes."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.wrappers import Response

from mockroster.errors import DeleteRefused
from mockroster.roster.record import Record
from mockroster.roster.store import GRADEBOOK
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange


def _target_record(exchange: Exchange) -> Record | None:
    """Return the record that a PUT or DELETE addresses, before the write."""
    if exchange.operation is None:
        return None
    return exchange.sandbox.overlay.get(exchange.operation.resource.collection, exchange.path["sourcedId"])


@dataclass(frozen=True)
class RefusedDelete(ReplyScenario):
    """Existing records cannot be deleted. In 1.2 the code minor is deletefailure.

    Source: rows 79 and 80 of the quirks table.
    """

    name = "delete-refused"
    collections: tuple[str, ...] = parameter(GRADEBOOK, "collections of these records", words=GRADEBOOK)
    status: int = parameter(422, "HTTP status of the refusal: 422, 409, 403", least=400, most=599)

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Refuse the request."""
        operation = exchange.operation
        if operation is None or operation.kind != "delete" or operation.resource.collection not in self.collections:
            return None
        if _target_record(exchange) is None:
            return None
        description = f"a {operation.resource.name} cannot be deleted here"
        return exchange.failure(self.status, description, error=DeleteRefused())


@dataclass(frozen=True)
class ReadOnlyCategories(ReplyScenario):
    """Categories can be read, but not created, replaced or deleted.

    Source: row 79 of the quirks table.
    """

    name = "read-only-categories"
    status: int = parameter(403, "HTTP status of the refusal", least=400, most=599)

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Refuse the request."""
        operation = exchange.operation
        if operation is None or operation.method == "GET" or operation.resource.collection != "categories":
            return None
        error = DeleteRefused() if operation.kind == "delete" else None
        return exchange.failure(self.status, "categories can only be read here", error=error)


@dataclass(frozen=True)
class PutReplacesOnly(ReplyScenario):
    """A PUT cannot create a record: an unknown sourcedId is 404.

    Source: row 111 of the quirks table.
    """

    name = "put-replaces-only"

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Refuse a PUT that would create a record."""
        operation = exchange.operation
        if operation is None or operation.kind != "put" or _target_record(exchange) is not None:
            return None
        return exchange.failure(404, f"no {operation.resource.name} has this sourcedId, and PUT does not create one")


@dataclass(frozen=True)
class WriteRefused(ReplyScenario):
    """Creating and replacing records is refused although the request is right, as after the end of a grading window.

    Reads and deletions work.

    Source: row 143 of the quirks table.
    """

    name = "write-refused"
    collections: tuple[str, ...] = parameter(
        ("lineItems", "results"), "collections of the refused records", words=GRADEBOOK
    )
    status: int = parameter(403, "HTTP status of the refusal: 403, 409, 422", least=400, most=599)

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Refuse the request."""
        operation = exchange.operation
        if operation is None or operation.kind not in {"put", "post"}:
            return None
        if operation.resource.collection not in self.collections:
            return None
        return exchange.failure(self.status, f"a {operation.resource.name} cannot be written now: grading is closed")
