"""Bodies read member by member, by the fields of a model, without marshmallow's bookkeeping round each of them.

A district of 50,000 students has 600,000 records, nearly all of them plainly right. Every value is judged by its own
field; whatever one of them refuses is left to the whole schema, which says all that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from marshmallow import missing

from mockroster.errors import Doubtful
from mockroster.standard.fields import Listed, Member, Part, PartSchema
from mockroster.standard.model import Resource

MOST_REMEMBERED = 200_000
"""Strings that are remembered of one member at most."""

Read = Callable[[Any], Any]
"""Returns the neutral form of a value, ``missing`` where it says nothing.

Raises ``Doubtful``, or what the field raises: ``marshmallow.ValidationError``.
"""


class Reader:
    """Reads bodies that are written in one model. Equal strings of a member are one and the same string after it."""

    __slots__ = ("_known", "_members", "_needed", "resource")

    def __init__(self, resource: Resource, defaults: Mapping[str, Any], fillable: Collection[str]) -> None:
        members = resource.schema.members
        self.resource = resource
        self._members = [(name, _read(field), defaults.get(name)) for name, field in members.items()]
        self._known = frozenset(members)
        self._needed = frozenset(name for name, field in members.items() if field.required and name not in fillable)

    def read(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the members in the order of the standard, with those that may be left out.

        Raises ``Doubtful`` and ``marshmallow.ValidationError``.
        """
        if not body.keys() <= self._known:
            raise Doubtful
        record = {}
        for name, read, default in self._members:
            value = body.get(name)
            value = missing if value is None else read(value)
            if value is not missing:
                record[name] = value
            elif default is not None:
                record[name] = default
        if not self._needed <= record.keys():
            raise Doubtful
        return record


def _read(field: Member) -> Read:
    """Return how values of a member are read."""
    if isinstance(field, Listed):
        return _items(_read(field.inner))
    if isinstance(field, Part):
        return _part(field.schema, _judged(field))
    return _remembered(_judged(field))


def _judged(field: Member) -> Read:
    def read(value: Any) -> Any:
        accepted = field.accept(value)
        return missing if accepted is missing else field.deserialize(accepted)

    return read


def _remembered(read: Read) -> Read:
    """Return what reads each string once."""
    known: dict[str, Any] = {}

    def look(value: Any) -> Any:
        if type(value) is not str:
            return read(value)
        found = known.get(value)
        if found is None:
            found = read(value)
            if len(known) < MOST_REMEMBERED:
                known[value] = found
        return found

    return look


def _items(read: Read) -> Read:
    def items(value: Any) -> Any:
        if type(value) is not list:
            raise Doubtful
        found = [read(item) for item in value]
        if missing in found:
            raise Doubtful
        return found or missing

    return items


def _part(schema: PartSchema, judge: Read) -> Read:
    """Return how an object inside a record is read; one with members of its own, or without some, by its schema."""
    members = [(name, _read(field)) for name, field in schema.members.items()]
    known = frozenset(schema.members)
    needed = frozenset(name for name, field in schema.members.items() if field.required)

    def part(value: Any) -> Any:
        if type(value) is not dict or not needed <= value.keys() <= known:
            return judge(value)
        found = {name: inner for name, read in members if name in value and (inner := read(value[name])) is not missing}
        return found if needed <= found.keys() else judge(value)

    return part
