"""Bases of scenarios that act on a read that succeeded: on its page, its body, its records, their members.

Which members are optional, arrays, booleans or dates is asked of the version's schema. Records are found in whatever
envelope another scenario has put them.
"""

from __future__ import annotations

from collections.abc import Callable
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
    """A read that succeeded."""

    exchange: Exchange
    operation: Operation
    query: Query
    """What it was asked, as it was obeyed."""


class ReadScenario(ReplyScenario):
    """Acts on reads that succeeded."""

    kinds: ClassVar[tuple[Kind, ...]] = ("collection", "single")

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Act where there is a read that succeeded."""
        operation, query = exchange.operation, exchange.query
        if operation is None or operation.kind not in self.kinds or query is None or response.status_code != 200:
            return None
        return self.answered(Read(exchange, operation, query), response)

    def answered(self, read: Read, response: Response) -> Response | None:
        """Return what becomes of the answer; nothing to leave it."""
        raise NotImplementedError


class PageScenario(ReadScenario):
    """Acts on pages of collections."""

    kinds = ("collection",)


class BodyScenario(ReadScenario):
    """Acts on the JSON of the body."""

    def answered(self, read: Read, response: Response) -> Response | None:
        """Write the body anew, with its length, if it is another."""
        sent = response.get_data()
        try:
            body = orjson.loads(sent)
        except orjson.JSONDecodeError:
            return None
        changed = orjson.dumps(self.body(read, body))
        if changed == sent:
            return None
        response.set_data(changed)
        return response

    def body(self, read: Read, body: Any) -> Any:
        """Return what becomes of the body."""
        raise NotImplementedError


class RecordScenario(BodyScenario):
    """Acts on each record."""

    def body(self, read: Read, body: Any) -> Any:
        """Put what becomes of the records in their places."""
        return with_records(body, lambda record: self.record(read, record))

    def record(self, read: Read, record: Document) -> Document:
        """Return what becomes of a record."""
        raise NotImplementedError


class MemberScenario(RecordScenario):
    """Acts on the members that the schema names, also on those of the objects inside a record."""

    def record(self, read: Read, record: Document) -> Document:
        """Ask for each member of a record that the client has not deselected."""
        return self._changed(read.operation.resource.schema, record, read.query.fields)

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Return what becomes of a member; ``missing`` stands for one that is not there."""
        return value

    def value(self, field: Member, value: Any) -> Any:
        """Return what becomes of a value: that of a member, or one of those of a member that is an array."""
        return value

    def _changed(self, schema: PartSchema, part: Document, wanted: tuple[str, ...] | None) -> Document:
        """Return an object with its members changed, in the standard's order, the provider's own after them."""
        known = {name: field for name, field in schema.members.items() if wanted is None or name in wanted}
        asked = {name: self.member(name, field, self._inside(field, part)) for name, field in known.items()}
        there = {name: value for name, value in asked.items() if value is not missing}
        return there | {name: value for name, value in part.items() if name not in known}

    def _inside(self, field: Member, part: Document) -> Any:
        name = field.data_key or field.name
        return self._valued(field, part[name]) if name in part else missing

    def _valued(self, field: Member, value: Any) -> Any:
        if isinstance(field, Listed) and isinstance(value, list):
            return [self._valued(field.inner, item) for item in value]
        if isinstance(field, Part) and isinstance(value, dict):
            return self._changed(field.schema, value, None)
        return self.value(field, value)


def with_records(body: Any, change: Callable[[Document], Document]) -> Any:
    """Return a body with each of its records changed; they are all of it, or the first thing in it."""
    if isinstance(body, list):
        return [change(item) if isinstance(item, dict) else item for item in body]
    wrapper = next(iter(body), None) if isinstance(body, dict) else None
    if wrapper is None or wrapper == "statusInfoSet" or wrapper.startswith("imsx_"):
        return body
    inside = body[wrapper]
    if isinstance(inside, dict):
        return body | {wrapper: change(inside)}
    return body | {wrapper: with_records(inside, change)} if isinstance(inside, list) else body


def rows_in(response: Response) -> int:
    """Return how many records there are in the body of a page."""
    seen: list[Document] = []

    def look(record: Document) -> Document:
        seen.append(record)
        return record

    try:
        with_records(orjson.loads(response.get_data()), look)
    except orjson.JSONDecodeError:
        return 0
    return len(seen)
