"""Scenarios in which writes are refused, or end otherwise than the client may think."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from werkzeug.wrappers import Response

from mockroster.errors import DeleteRefused
from mockroster.roster import write
from mockroster.roster.commit import Put, Remove, by_clock, commit
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import GRADEBOOK
from mockroster.sandbox.records import SWITCHBOARD
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, reason
from mockroster.scenarios.memory import Memory
from mockroster.standard.model import Resource
from mockroster.state.values import Json


def _addressed(exchange: Exchange) -> Record | None:
    """Return the record that a PUT or DELETE is about, as it is before the write."""
    if exchange.operation is None:
        return None
    return exchange.sandbox.overlay.get(exchange.operation.resource.collection, exchange.path["sourcedId"])


@dataclass(frozen=True)
class RefusedDelete(ReplyScenario):
    """A record that exists cannot be deleted; in 1.2 the code minor is deletefailure.

    Source: rows 79 and 80 of the quirks table.
    """

    name = "delete-refused"
    collections: tuple[str, ...] = parameter(GRADEBOOK, "whose records cannot be deleted", words=GRADEBOOK)
    status: int = parameter(422, "HTTP status of the refusal: 422, 409, 403", least=400, most=599)

    def admitted(self, exchange: Exchange) -> Response | None:
        """Refuse."""
        operation = exchange.operation
        if operation is None or operation.kind != "delete" or operation.resource.collection not in self.collections:
            return None
        if _addressed(exchange) is None:
            return None
        description = f"a {operation.resource.name} cannot be deleted here"
        return exchange.failure(self.status, description, error=DeleteRefused())


@dataclass(frozen=True)
class ReadOnlyCategories(ReplyScenario):
    """Categories can be read, but neither created, replaced nor deleted.

    Source: row 79 of the quirks table.
    """

    name = "read-only-categories"
    status: int = parameter(403, "HTTP status of the refusal", least=400, most=599)

    def admitted(self, exchange: Exchange) -> Response | None:
        """Refuse."""
        operation = exchange.operation
        if operation is None or operation.method == "GET" or operation.resource.collection != "categories":
            return None
        error = DeleteRefused() if operation.kind == "delete" else None
        return exchange.failure(self.status, "categories can only be read here", error=error)


@dataclass(frozen=True)
class PutReplacesOnly(ReplyScenario):
    """A PUT cannot create: one under a sourcedId that is not there yet is 404.

    Source: row 111 of the quirks table.
    """

    name = "put-replaces-only"

    def admitted(self, exchange: Exchange) -> Response | None:
        """Refuse what would be new."""
        operation = exchange.operation
        if operation is None or operation.kind != "put" or _addressed(exchange) is not None:
            return None
        return exchange.failure(404, f"no {operation.resource.name} has this sourcedId, and PUT does not create one")


@dataclass(frozen=True)
class PutStatus(ReplyScenario):
    """Every PUT that succeeds has the same status, whether it creates or replaces.

    Source: row 111 of the quirks table.
    """

    name = "put-status"
    status: int = parameter(204, "HTTP status: 200, 201 or 204", least=200, most=204)

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Change the status."""
        operation = exchange.operation
        if operation is None or operation.kind != "put" or response.status_code not in {200, 201}:
            return None
        if response.status_code == self.status:
            return None
        response.status = f"{self.status} {reason(self.status)}"
        return response


@dataclass(frozen=True)
class TitlesCut(ReplyScenario):
    """The title of a line item is cut when it is written; the write succeeds, and reading shows what is left.

    Source: row 112 of the quirks table.
    """

    name = "titles-cut"
    max: int = parameter(50, "characters that are kept", least=1, most=1_000_000)

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Cut the titles that were just written."""
        operation = exchange.operation
        if operation is None or operation.resource.collection != "lineItems" or response.status_code not in {200, 201}:
            return None
        written = [*_written(exchange, response)]

        def cut(overlay: Overlay, now: datetime) -> bool:
            found = [overlay.tables["lineItems"].get(name) for name in written]
            long = [record for record in found if record and len(record["title"]) > self.max]
            short = [Record(record | {"title": record["title"][: self.max]}) for record in long]
            commit(overlay, [Put("lineItems", record, by_clock) for record in short], now)
            return bool(long)

        return response if exchange.sandbox.run(exchange.author, cut) else None


def _written(exchange: Exchange, response: Response) -> Iterator[str]:
    """Yield the sourcedIds of the records that a request has written."""
    kind = exchange.operation.kind if exchange.operation else None
    if kind == "put":
        yield exchange.path["sourcedId"]
    elif kind == "post":
        for pair in orjson.loads(response.get_data())["sourcedIdPairs"]:
            yield pair["allocatedSourcedId"]


@dataclass(frozen=True)
class SoftDelete(ReplyScenario):
    """A deleted record stays for a while, alone and in its collection, with the status tobedeleted; then it is gone.

    What goes with it, such as the results of a line item, does the same. The time is that of the sandbox's clock.
    Active in a whole sandbox, it also marks what the switchboard deletes.

    Source: row 122 of the quirks table.
    """

    name = "soft-delete"
    seconds: int = parameter(3600, "how long it stays", least=0, most=315_360_000)

    def admitted(self, exchange: Exchange) -> Response | None:
        """Delete what has stayed long enough."""
        self.refresh(exchange.sandbox, exchange.memory)
        return None

    def delete(self, sandbox: Sandbox, memory: Memory, resource: Resource, sourced_id: str) -> bool:
        """Mark the record in place of deleting it."""
        now = sandbox.clock.now()
        key = f"{resource.collection} {sourced_id}"
        memory.update("deleted", lambda deleted: {**_dates(deleted), key: now.isoformat()})
        write.mark_deleted(sandbox.overlay, resource, sourced_id, now)
        return True

    def refresh(self, sandbox: Sandbox, memory: Memory) -> None:
        """Delete what has stayed long enough, unless somebody has written it anew."""
        due = self._due(memory.get("deleted"), sandbox.clock.now())
        if not due:
            return

        def remove(overlay: Overlay, now: datetime) -> None:
            marked = [key for key in due if (found := overlay.tables[key[0]].get(key[1])) and _is_marked(found)]
            commit(overlay, [Remove(*key) for key in marked], now)

        sandbox.run(SWITCHBOARD, remove)
        gone = {" ".join(key) for key in due}
        memory.update(
            "deleted", lambda deleted: {key: at for key, at in _dates(deleted).items() if key not in gone} or None
        )

    def _due(self, deleted: Json, now: datetime) -> list[tuple[str, str]]:
        """Return collection and sourcedId of the records that have stayed long enough."""
        age = timedelta(seconds=self.seconds)
        due = [key for key, at in _dates(deleted).items() if now - datetime.fromisoformat(at) >= age]
        return [(collection, name) for collection, _, name in (key.partition(" ") for key in due)]


def _dates(deleted: Json) -> dict[str, str]:
    """Return when each record was deleted, by collection and sourcedId."""
    return {key: str(at) for key, at in deleted.items()} if isinstance(deleted, dict) else {}


def _is_marked(record: Record) -> bool:
    return record.get("status") == "tobedeleted"
