"""Scenarios that change what a write does to the records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from werkzeug.wrappers import Response

from mockroster.errors import UnknownObject
from mockroster.roster import write
from mockroster.roster.commit import Put, Remove, by_clock, commit
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.sandbox.records import SWITCHBOARD
from mockroster.sandbox.sandbox import Sandbox
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, InjectedError
from mockroster.scenarios.memory import Memory
from mockroster.standard.model import Resource
from mockroster.state.values import Json


@dataclass(frozen=True)
class TitlesCut(ReplyScenario):
    """The title of a line item is truncated when it is written. The write succeeds.

    Source: row 112 of the quirks table.
    """

    name = "titles-cut"
    max: int = parameter(50, "largest length in characters", least=1, most=1_000_000)

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Truncate the titles of the written line items."""
        operation = exchange.operation
        if operation is None or operation.resource.collection != "lineItems" or response.status_code not in {200, 201}:
            return None
        names = [*_written_ids(exchange, response)]

        def truncate(overlay: Overlay, now: datetime) -> bool:
            records = [overlay.tables["lineItems"].get(name) for name in names]
            long = [record for record in records if record and len(record["title"]) > self.max]
            short = [Record(record | {"title": record["title"][: self.max]}) for record in long]
            commit(overlay, [Put("lineItems", record, by_clock) for record in short], now)
            return bool(long)

        return response if exchange.sandbox.run(exchange.author, truncate) else None


def _written_ids(exchange: Exchange, response: Response) -> Iterator[str]:
    """Yield the sourcedIds of the written records."""
    kind = exchange.operation.kind if exchange.operation else None
    if kind == "put":
        yield exchange.path["sourcedId"]
    elif kind == "post":
        for pair in orjson.loads(response.get_data())["sourcedIdPairs"]:
            yield pair["allocatedSourcedId"]


@dataclass(frozen=True)
class SoftDelete(ReplyScenario):
    """A deleted record is returned with the status tobedeleted for some time, and then removed.

    Dependent records, such as the results of a line item, are treated the same. Time is that of the sandbox's clock. If
    active in the whole sandbox, the scenario applies to deletions by the switchboard too.

    Source: row 122 of the quirks table.
    """

    name = "soft-delete"
    seconds: int = parameter(3600, "seconds until a deleted record is removed", least=0, most=315_360_000)

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Remove records whose time is over."""
        self.refresh(exchange.sandbox, exchange.memory)
        return None

    def delete(self, sandbox: Sandbox, memory: Memory, resource: Resource, sourced_id: str) -> bool:
        """Mark the record as deleted."""
        now = sandbox.clock.now()
        key = f"{resource.collection} {sourced_id}"
        memory.update("deleted", lambda deleted: {**_dates(deleted), key: now.isoformat()})
        write.mark_deleted(sandbox.overlay, resource, sourced_id, now)
        return True

    def refresh(self, sandbox: Sandbox, memory: Memory) -> None:
        """Remove records whose time is over, except those that were written again."""
        due = self._due(memory.get("deleted"), sandbox.clock.now())
        if not due:
            return

        def remove(overlay: Overlay, now: datetime) -> None:
            marked = [key for key in due if (record := overlay.tables[key[0]].get(key[1])) and _is_marked(record)]
            commit(overlay, [Remove(*key) for key in marked], now)

        sandbox.run(SWITCHBOARD, remove)
        removed = {" ".join(key) for key in due}
        memory.update(
            "deleted", lambda deleted: {key: at for key, at in _dates(deleted).items() if key not in removed} or None
        )

    def _due(self, deleted: Json, now: datetime) -> list[tuple[str, str]]:
        """Return collection and sourcedId of the records whose time is over."""
        age = timedelta(seconds=self.seconds)
        due = [key for key, at in _dates(deleted).items() if now - datetime.fromisoformat(at) >= age]
        return [(collection, name) for collection, _, name in (key.partition(" ") for key in due)]


def _dates(deleted: Json) -> dict[str, str]:
    """Return the times of deletion by collection and sourcedId."""
    return {key: str(at) for key, at in deleted.items()} if isinstance(deleted, dict) else {}


def _is_marked(record: Record) -> bool:
    return record.get("status") == "tobedeleted"


@dataclass(frozen=True)
class EventualWrites(ReplyScenario):
    """A created record cannot be read for some seconds: it is 404, and missing in lists. The write succeeds.

    Time is that of the sandbox's clock. Of the records created last, 10,000 at most are held back.

    Source: row 113 of the quirks table, which lists it as an idea.
    """

    name = "eventual-writes"
    seconds: int = parameter(5, "seconds until a created record can be read", least=0, most=86_400)

    def before_operation(self, exchange: Exchange) -> Response | None:
        """Refuse to read a record that was created just now."""
        operation = exchange.operation
        if operation is None or operation.kind != "single":
            return None
        name = exchange.path["sourcedId"]
        if f"{operation.resource.collection} {name}" not in self._pending(exchange, exchange.memory.get("created")):
            return None
        description = f"no {operation.resource.name} has the sourcedId {name[:255]!r}"
        return exchange.failure(404, description, error=UnknownObject())

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Remove the records that were created just now."""
        collection = exchange.operation.resource.collection if exchange.operation else ""
        pending = self._pending(exchange, exchange.memory.get("created"))
        kept = [record for record in records if f"{collection} {record['sourcedId']}" not in pending]
        return records if len(kept) == len(records) else kept

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Remember the created records."""
        operation = exchange.operation
        if operation is None or operation.kind not in {"put", "post"} or response.status_code != 201:
            return None
        if isinstance(response, InjectedError):
            return None
        now = exchange.sandbox.clock.now().isoformat()
        created = {f"{operation.resource.collection} {name}": now for name in _written_ids(exchange, response)}

        def add(known: Json) -> Json:
            return dict([*(self._pending(exchange, known) | created).items()][-_MOST:])

        exchange.memory.update("created", add)
        return response

    def _pending(self, exchange: Exchange, created: Json) -> dict[str, str]:
        """Return the times of creation of the records that cannot be read yet, by collection and sourcedId."""
        now = exchange.sandbox.clock.now()
        age = timedelta(seconds=self.seconds)
        return {key: at for key, at in _dates(created).items() if now - datetime.fromisoformat(at) < age}


_MOST = 10_000
"""The most records that are held back."""
