"""Base classes of scenarios that change successful reads: the page, the body, its records or their members.

The schema of the version tells which members are optional, arrays, booleans or dates. Records are found in every
envelope that another scenario may have chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
from marshmallow import missing
from werkzeug.wrappers import Response

from mockroster.query.parameters import Query
from mockroster.scenarios.base import ReplyScenario
from mockroster.scenarios.exchange import Exchange
from mockroster.standard.fields import Listed, Member, Part, PartSchema
from mockroster.standard.model import Kind, Operation

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """A successful read."""

    exchange: Exchange
    operation: Operation
    query: Query
    """The query as it was carried out."""


class ReadScenario(ReplyScenario):
    """Changes the responses of successful reads."""

    renamed_hooks: ClassVar[Mapping[str, str]] = {**ReplyScenario.renamed_hooks, "answered": "after_read"}

    kinds: ClassVar[tuple[Kind, ...]] = ("collection", "single")

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Call ``after_read`` if the request is a successful read of one of the ``kinds``."""
        operation, query = exchange.operation, exchange.query
        if operation is None or operation.kind not in self.kinds or query is None or response.status_code != 200:
            return None
        return self.after_read(Read(exchange, operation, query), response)

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Return the changed response, or ``None`` to leave it unchanged."""
        raise NotImplementedError


class PageScenario(ReadScenario):
    """Changes pages of collections."""

    kinds = ("collection",)


class BodyScenario(ReadScenario):
    """Changes the JSON of the body."""

    def after_read(self, read: Read, response: Response) -> Response | None:
        """Replace the body and Content-Length if ``body`` changes it."""
        data = response.get_data()
        try:
            body = orjson.loads(data)
        except orjson.JSONDecodeError:
            return None
        changed = orjson.dumps(self.body(read, body))
        if changed == data:
            return None
        response.set_data(changed)
        return response

    def body(self, read: Read, body: Any) -> Any:
        """Return the changed body."""
        raise NotImplementedError


class RecordScenario(BodyScenario):
    """Changes each record."""

    def body(self, read: Read, body: Any) -> Any:
        """Call ``record`` for each record of the body."""
        return map_records(body, lambda record: self.record(read, record))

    def record(self, read: Read, record: Document) -> Document:
        """Return the changed record."""
        raise NotImplementedError


class MemberScenario(RecordScenario):
    """Changes members that the schema defines, also inside nested objects."""

    def record(self, read: Read, record: Document) -> Document:
        """Call ``member`` and ``value`` for each member that the client has selected."""
        return self._map_members(read.operation.resource.schema, record, read.query.fields)

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Return the changed member. ``missing`` represents an absent member."""
        return value

    def value(self, field: Member, value: Any) -> Any:
        """Return the changed value of a member, or of an item of an array."""
        return value

    def _map_members(self, schema: PartSchema, part: Document, wanted: tuple[str, ...] | None) -> Document:
        """Return an object with its members changed: those of the standard in its order, then additional ones."""
        known = {name: field for name, field in schema.members.items() if wanted is None or name in wanted}
        changed = {name: self.member(name, field, self._map_member(field, part)) for name, field in known.items()}
        present = {name: value for name, value in changed.items() if value is not missing}
        return present | {name: value for name, value in part.items() if name not in known}

    def _map_member(self, field: Member, part: Document) -> Any:
        name = field.data_key or field.name
        return self._map_value(field, part[name]) if name in part else missing

    def _map_value(self, field: Member, value: Any) -> Any:
        if isinstance(field, Listed) and isinstance(value, list):
            return [self._map_value(field.inner, item) for item in value]
        if isinstance(field, Part) and isinstance(value, dict):
            return self._map_members(field.schema, value, None)
        return self.value(field, value)


def map_records(body: Any, change: Callable[[Document], Document]) -> Any:
    """Return a body with each record changed. The records are the body itself, or its first member."""
    if isinstance(body, list):
        return [change(item) if isinstance(item, dict) else item for item in body]
    wrapper = next(iter(body), None) if isinstance(body, dict) else None
    if wrapper is None or wrapper == "statusInfoSet" or wrapper.startswith("imsx_"):
        return body
    contents = body[wrapper]
    if isinstance(contents, dict):
        return body | {wrapper: change(contents)}
    return body | {wrapper: map_records(contents, change)} if isinstance(contents, list) else body


def count_rows(response: Response) -> int:
    """Return the number of records in the body of a page."""
    records: list[Document] = []

    def collect(record: Document) -> Document:
        records.append(record)
        return record

    try:
        map_records(orjson.loads(response.get_data()), collect)
    except orjson.JSONDecodeError:
        return 0
    return len(records)
