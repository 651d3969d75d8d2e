"""Scenarios about the envelope of answers, and which members records have. What values look like: ``values``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import missing

from mockroster.roster.record import Record
from mockroster.scenarios.base import parameter
from mockroster.scenarios.endpoints import path_pattern
from mockroster.scenarios.reads import BodyScenario, Document, MemberScenario, Read, RecordScenario
from mockroster.standard.conversion import Shape
from mockroster.standard.fields import Listed, Member
from mockroster.standard.model import Operation, Resource
from mockroster.standard.versions import VERSIONS


@dataclass(frozen=True)
class WrapperByPath(BodyScenario):
    """Records stand under the name that the path has, not under that of their model: everywhere, or at some paths.

    ``/students`` answers with ``students``, ``/terms/{id}`` with ``term``, ``/demographics/{id}`` with ``demographic``.

    Source: rows 48 and 49 of the quirks table.
    """

    name = "wrapper-by-path"
    paths: tuple[str, ...] = parameter(
        ("**",), "paths below the base path where it is so; * is any one segment, ** any number of them"
    )

    def body(self, read: Read, body: Any) -> Any:
        """Rename the wrapper."""
        path = read.operation.path.format(**read.exchange.path)
        if not any(path_pattern(one).fullmatch(path) for one in self.paths):
            return body
        return _wrapped(body, _wrapper(read.operation), _path_name(read.operation))


@dataclass(frozen=True)
class DataWrapper(BodyScenario):
    """Records stand under ``data``, whatever they are.

    Source: row 52 of the quirks table.
    """

    name = "data-wrapper"

    def body(self, read: Read, body: Any) -> Any:
        """Rename the wrapper."""
        return _wrapped(body, _wrapper(read.operation), "data")


@dataclass(frozen=True)
class BareArray(BodyScenario):
    """A collection is a bare array, without an object round it.

    Source: row 47 of the quirks table.
    """

    name = "bare-array"
    kinds = ("collection",)

    def body(self, read: Read, body: Any) -> Any:
        """Take the envelope off."""
        inside = _inside(body)
        return inside if isinstance(inside, list) else body


@dataclass(frozen=True)
class SingleAsList(BodyScenario):
    """A read of one record answers with a list that has one element, under the same name.

    Source: row 50 of the quirks table.
    """

    name = "single-as-list"
    kinds = ("single",)

    def body(self, read: Read, body: Any) -> Any:
        """Put the record into a list."""
        inside = _inside(body)
        return body | {next(iter(body)): [inside]} if isinstance(inside, dict) else body


@dataclass(frozen=True)
class OneRowAsObject(BodyScenario):
    """A collection with one row on the page has the row itself, not a list.

    Source: row 50 of the quirks table.
    """

    name = "one-row-as-object"
    kinds = ("collection",)

    def body(self, read: Read, body: Any) -> Any:
        """Take the row out of the list."""
        inside = body if isinstance(body, list) else _inside(body)
        if not isinstance(inside, list) or len(inside) != 1:
            return body
        return inside[0] if inside is body else body | {next(iter(body)): inside[0]}


@dataclass(frozen=True)
class Nulls(MemberScenario):
    """Every optional member that a record does not have is there, and null; or only some are.

    Source: row 53 of the quirks table.
    """

    name = "nulls"
    members: tuple[str, ...] = parameter((), "the members of which this is so; every optional one if left out")

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Put null in the place of nothing."""
        is_meant = not self.members or name in self.members
        return None if value is missing and not field.required and is_meant else value


@dataclass(frozen=True)
class OmittedOptionals(MemberScenario):
    """Every optional member is left out; on demand also required ones that clients rely on.

    Source: row 54 of the quirks table.
    """

    name = "omitted-optionals"
    also: tuple[str, ...] = parameter(
        (), "required members that are left out too", words=("class", "terms", "roles", "user")
    )

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Leave out what need not be there."""
        return value if field.required and name not in self.also else missing


@dataclass(frozen=True)
class EmptyStringArrays(MemberScenario):
    """An array without anything in it is an empty string: a teacher has ``"grades": ""``.

    Source: row 55 of the quirks table.
    """

    name = "empty-string-arrays"

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Put an empty string in the place of an array that has nothing."""
        return "" if isinstance(field, Listed) and (value is missing or value == []) else value


@dataclass(frozen=True)
class GradesAsString(MemberScenario):
    """``grades`` is a string, with commas where there are several, not an array.

    Source: row 56 of the quirks table.
    """

    name = "grades-as-string"

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Join the grades."""
        return ",".join(map(str, value)) if name == "grades" and isinstance(value, list) else value


@dataclass(frozen=True)
class ExtraMembers(RecordScenario):
    """Every record has members that the standard does not know, beside its own.

    Source: row 70 of the quirks table.
    """

    name = "extra-members"
    names: tuple[str, ...] = parameter(("junk",), "what they are called")

    def record(self, read: Read, record: Document) -> Document:
        """Add them after the others; none replaces a member."""
        return record | {name: "extra" for name in self.names if name not in record}


@dataclass(frozen=True)
class BothRoleStyles(RecordScenario):
    """A user of 1.1 has the ``roles`` of 1.2 too, a user of 1.2 the ``role`` and ``orgs`` of 1.1.

    With ``style=other`` they stand in place of the version's own.

    Source: row 65 of the quirks table.
    """

    name = "both-role-styles"
    style: str = parameter("both", "whether a user's own members stay", words=("both", "other"))

    def record(self, read: Read, record: Document) -> Document:
        """Add the members of the other version."""
        resource = read.operation.resource
        if resource.collection != "users":
            return record
        added = _in_other_shape(resource, record)
        if not added:
            return record
        shape = _shape_of(resource)
        own = shape.members if shape else _SHAPE.stands_for
        return {name: value for name, value in record.items() if self.style == "both" or name not in own} | added


_SHAPE = next(shape for version in VERSIONS if (shape := version.conversion.shapes.get("users")))
"""The shape in which a version writes users with other members than the neutral ones."""


def _shape_of(resource: Resource) -> Shape | None:
    return VERSIONS[resource.version].conversion.shapes.get(resource.collection)


def _in_other_shape(resource: Resource, user: Document) -> Document:
    """Return the members by which other versions say what a user is, references as objects.

    Nothing where other scenarios have left none that can be read.
    """
    shape = _shape_of(resource)
    if shape is None:
        return _with_own_members(_SHAPE, user)
    if not all(user.get(name) for name in shape.members) or not isinstance(user["orgs"], list):
        return {}
    return {name: value for name, value in shape.to_neutral(user).items() if name in shape.stands_for}


def _with_own_members(shape: Shape, user: Document) -> Document:
    """Return the members of a shape, computed from the roles of a user."""
    try:
        orgs = {role["org"]["sourcedId"]: role["org"] for role in user["roles"]}
        neutral = Record(roles=[role | {"org": role["org"]["sourcedId"]} for role in user["roles"]])
        neutral["primaryOrg"] = (user.get("primaryOrg") or {}).get("sourcedId")
        values = {name: derive(neutral) for name, derive in shape.members.items()}
        return {**values, "orgs": [orgs[name] for name in values["orgs"] or ()]} if orgs else {}
    except (KeyError, TypeError, AttributeError):
        return {}


def _inside(body: Any) -> Any:
    """Return the first thing in an envelope."""
    return next(iter(body.values()), None) if isinstance(body, dict) else None


def _wrapper(operation: Operation) -> str:
    """Return what the wrapper of an answer is called by the standard."""
    return operation.resource.collection if operation.kind == "collection" else operation.resource.name


def _path_name(operation: Operation) -> str:
    """Return the last name in a path, for a single record in the singular."""
    segment = operation.path.replace("/{sourcedId}", "").rsplit("/", 1)[1]
    resource = operation.resource
    if operation.kind == "collection":
        return segment
    return resource.name if segment == resource.collection != resource.name else segment.removesuffix("s")


def _wrapped(body: Any, wrapper: str, name: str) -> Any:
    """Return a body with its wrapper renamed, in its place."""
    if not isinstance(body, dict) or wrapper not in body:
        return body
    return {name if key == wrapper else key: value for key, value in body.items()}
