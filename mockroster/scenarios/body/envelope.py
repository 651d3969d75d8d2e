"""Scenarios about the envelope of responses and the members of records. See ``values`` for their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import missing

from mockroster.roster.record import Record
from mockroster.scenarios.access.endpoints import path_pattern
from mockroster.scenarios.base import parameter
from mockroster.scenarios.reads import BodyScenario, Document, MemberScenario, Read, RecordScenario
from mockroster.standard.conversion import Shape
from mockroster.standard.fields import Listed, Member
from mockroster.standard.model import Operation, Resource
from mockroster.standard.versions import VERSIONS


@dataclass(frozen=True)
class WrapperByPath(BodyScenario):
    """The wrapper is named after the path, not the model, for all paths or some.

    ``/students`` answers with ``students``, ``/terms/{id}`` with ``term``, ``/demographics/{id}`` with ``demographic``.

    Source: rows 48 and 49 of the quirks table.
    """

    name = "wrapper-by-path"
    paths: tuple[str, ...] = parameter(
        ("**",), "paths below the base path to change; * matches one segment, ** any number"
    )

    def body(self, read: Read, body: Any) -> Any:
        """Rename the wrapper."""
        path = read.operation.path.format(**read.exchange.path)
        if not any(path_pattern(pattern).fullmatch(path) for pattern in self.paths):
            return body
        return _rename_wrapper(body, _standard_wrapper(read.operation), _path_wrapper(read.operation))


@dataclass(frozen=True)
class DataWrapper(BodyScenario):
    """The wrapper is always named ``data``.

    Source: row 52 of the quirks table.
    """

    name = "data-wrapper"

    def body(self, read: Read, body: Any) -> Any:
        """Rename the wrapper."""
        return _rename_wrapper(body, _standard_wrapper(read.operation), "data")


@dataclass(frozen=True)
class BareArray(BodyScenario):
    """A collection is a JSON array without a wrapper.

    Source: row 47 of the quirks table.
    """

    name = "bare-array"
    kinds = ("collection",)

    def body(self, read: Read, body: Any) -> Any:
        """Remove the wrapper."""
        inside = _contents(body)
        return inside if isinstance(inside, list) else body


@dataclass(frozen=True)
class SingleAsList(BodyScenario):
    """A single record is returned as a list of one record, in the same wrapper.

    Source: row 50 of the quirks table.
    """

    name = "single-as-list"
    kinds = ("single",)

    def body(self, read: Read, body: Any) -> Any:
        """Wrap the record in a list."""
        inside = _contents(body)
        return body | {next(iter(body)): [inside]} if isinstance(inside, dict) else body


@dataclass(frozen=True)
class OneRowAsObject(BodyScenario):
    """A page with one row has the record itself, not a list.

    Source: row 50 of the quirks table.
    """

    name = "one-row-as-object"
    kinds = ("collection",)

    def body(self, read: Read, body: Any) -> Any:
        """Replace the list by its only row."""
        inside = body if isinstance(body, list) else _contents(body)
        if not isinstance(inside, list) or len(inside) != 1:
            return body
        return inside[0] if inside is body else body | {next(iter(body)): inside[0]}


@dataclass(frozen=True)
class Nulls(MemberScenario):
    """Absent optional members are null: all of them, or some.

    Source: row 53 of the quirks table.
    """

    name = "nulls"
    members: tuple[str, ...] = parameter((), "the members to change; all optional ones by default")

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Replace an absent member by null."""
        is_selected = not self.members or name in self.members
        return None if value is missing and not field.required and is_selected else value


@dataclass(frozen=True)
class OmittedOptionals(MemberScenario):
    """All optional members are missing, and selected required ones that clients rely on.

    Source: row 54 of the quirks table.
    """

    name = "omitted-optionals"
    also: tuple[str, ...] = parameter((), "required members to remove too", words=("class", "terms", "roles", "user"))

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Remove optional members and those of ``also``."""
        return value if field.required and name not in self.also else missing


@dataclass(frozen=True)
class EmptyStringArrays(MemberScenario):
    """An empty or absent array is an empty string: a teacher has ``"grades": ""``.

    Source: row 55 of the quirks table.
    """

    name = "empty-string-arrays"

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Replace an empty or absent array by an empty string."""
        return "" if isinstance(field, Listed) and (value is missing or value == []) else value


@dataclass(frozen=True)
class GradesAsString(MemberScenario):
    """``grades`` is a string, comma-separated if there are several, not an array.

    Source: row 56 of the quirks table.
    """

    name = "grades-as-string"

    def member(self, name: str, field: Member, value: Any) -> Any:
        """Join the grades."""
        return ",".join(map(str, value)) if name == "grades" and isinstance(value, list) else value


@dataclass(frozen=True)
class ExtraMembers(RecordScenario):
    """Every record has additional members that the standard does not define.

    Source: row 70 of the quirks table.
    """

    name = "extra-members"
    names: tuple[str, ...] = parameter(("junk",), "names of the members")

    def record(self, read: Read, record: Document) -> Document:
        """Append the members that the record does not have."""
        return record | {name: "extra" for name in self.names if name not in record}


@dataclass(frozen=True)
class BothRoleStyles(RecordScenario):
    """A user in 1.1 also has the ``roles`` of 1.2, a user in 1.2 also ``role`` and ``orgs`` of 1.1.

    With ``style=other`` they replace the members of the requested version.

    Source: row 65 of the quirks table.
    """

    name = "both-role-styles"
    style: str = parameter("both", "both versions, or the other one only", words=("both", "other"))

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
"""The shape of users in the version whose members differ from the neutral model."""


def _shape_of(resource: Resource) -> Shape | None:
    return VERSIONS[resource.version].conversion.shapes.get(resource.collection)


def _in_other_shape(resource: Resource, user: Document) -> Document:
    """Return the role members of the other versions, with references as objects.

    Return nothing if other scenarios have made the user's own members unreadable.
    """
    shape = _shape_of(resource)
    if shape is None:
        return _with_own_members(_SHAPE, user)
    if not all(user.get(name) for name in shape.members) or not isinstance(user["orgs"], list):
        return {}
    return {name: value for name, value in shape.to_neutral(user).items() if name in shape.stands_for}


def _with_own_members(shape: Shape, user: Document) -> Document:
    """Return the members of a shape, derived from the roles of a user."""
    try:
        orgs = {role["org"]["sourcedId"]: role["org"] for role in user["roles"]}
        neutral = Record(roles=[role | {"org": role["org"]["sourcedId"]} for role in user["roles"]])
        neutral["primaryOrg"] = (user.get("primaryOrg") or {}).get("sourcedId")
        values = {name: derive(neutral) for name, derive in shape.members.items()}
        return {**values, "orgs": [orgs[name] for name in values["orgs"] or ()]} if orgs else {}
    except (KeyError, TypeError, AttributeError):
        return {}


def _contents(body: Any) -> Any:
    """Return the first value in an envelope."""
    return next(iter(body.values()), None) if isinstance(body, dict) else None


def _standard_wrapper(operation: Operation) -> str:
    """Return the standard's name of the wrapper."""
    return operation.resource.collection if operation.kind == "collection" else operation.resource.name


def _path_wrapper(operation: Operation) -> str:
    """Return the last name in the path, in the singular for a single record."""
    segment = operation.path.replace("/{sourcedId}", "").rsplit("/", 1)[1]
    resource = operation.resource
    if operation.kind == "collection":
        return segment
    return resource.name if segment == resource.collection != resource.name else segment.removesuffix("s")


def _rename_wrapper(body: Any, wrapper: str, name: str) -> Any:
    """Return the body with its wrapper renamed, in the same position."""
    if not isinstance(body, dict) or wrapper not in body:
        return body
    return {name if key == wrapper else key: value for key, value in body.items()}
