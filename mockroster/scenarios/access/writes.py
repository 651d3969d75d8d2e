"""Scenarios that refuse writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from werkzeug.wrappers import Response

from mockroster.errors import DeleteRefused
from mockroster.roster.record import Record
from mockroster.roster.store import GRADEBOOK
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.standard.model import Resource


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

    With ``scores=fractions`` only records with a score that is not a whole number are refused: of several in one
    request, one is enough. Reads and deletions work.

    Source: row 143 of the quirks table.
    """

    name = "write-refused"
    collections: tuple[str, ...] = parameter(
        ("lineItems", "results"), "collections of the refused records", words=GRADEBOOK
    )
    status: int = parameter(403, "HTTP status of the refusal: 403, 409, 422", least=400, most=599)
    scores: str = parameter("all", "refused records: all, or those with a fraction", words=("all", "fractions"))

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Refuse the request."""
        operation = exchange.operation
        if operation is None or operation.kind not in {"put", "post"}:
            return None
        resource = operation.resource
        if resource.collection not in self.collections:
            return None
        if self.scores == "all":
            return exchange.failure(self.status, f"a {resource.name} cannot be written now: grading is closed")
        fraction = next(_fractions(exchange.read_body(), resource), None)
        if fraction is None:
            return None
        return exchange.failure(self.status, f"score: {fraction} is not a whole number; fractions are not allowed here")


def _fractions(body: bytes, resource: Resource) -> Iterator[str]:
    """Yield the scores of a request body that are not whole numbers. A body that is not right has none."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return
    if not isinstance(document, dict):
        return
    records = document.get(resource.collection, [document.get(resource.name)])
    for record in records if isinstance(records, list) else []:
        score = record.get("score") if isinstance(record, dict) else None
        if isinstance(score, float) and not score.is_integer():
            yield str(score)
