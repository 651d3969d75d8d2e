"""The classes that describe a version of the standard: resources, services, operations and their rows.

Everything else is derived from these: routes, scopes, query rules, the OpenAPI document, the command ``operations``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from mockroster.standard.answers import Answers, answers
from mockroster.standard.fields import Listed, Member, Part, RecordSchema, Ref

Kind = Literal["collection", "single", "put", "delete", "post"]


@dataclass(frozen=True, eq=False)
class Resource:
    """One model of the standard in one version: its names, its table and its schema."""

    name: str
    """``user``: the wrapper of a single read, and the type of a reference to it."""

    collection: str
    """``users``: its table, and the wrapper of a collection."""

    model: type[RecordSchema]

    base: str
    """The base path of the service that reads it."""

    identifies: str | None = None
    """The type of the record that shares its sourcedId: demographics have that of their user."""

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """The references of its records: single ones, then lists, then those inside the parts of a list."""
        return references(self.schema.members, self.model.referable, self.identifies)

    @property
    def path(self) -> str:
        """The path of its records from the root of the server."""
        return f"{self.base}/{self.collection}"

    @cached_property
    def schema(self) -> RecordSchema:
        """The instance of the model's schema."""
        return self.model()

    @property
    def version(self) -> str:
        """The version of the standard."""
        return self.model.version


@dataclass(frozen=True, slots=True)
class Reference:
    """A member that refers to other records: ``school``, ``terms``, or ``org`` in each of the ``roles``."""

    member: str
    """The name of the member; ``sourcedId`` if the record shares the id of its target."""

    target: Resource
    is_required: bool
    """Whether the member is required."""

    is_listed: bool = False
    inside: str | None = None
    """The member of each part of a list that holds the reference."""

    is_owner: bool = False
    """Whether the target owns the record."""

    @property
    def collection(self) -> str:
        """The collection of the target."""
        return self.target.collection

    @property
    def is_identity(self) -> bool:
        """Whether the record shares the id of its target."""
        return self.member == "sourcedId"


def references(
    members: Mapping[str, Member], referable: Mapping[str, Resource], identifies: str | None
) -> tuple[Reference, ...]:
    """Return the references among the members of a record."""
    own = [*_references(members.items(), referable)]
    if identifies is not None:
        own.append(Reference("sourcedId", referable[identifies], is_required=True, is_owner=True))
    return tuple(sorted(own, key=lambda reference: (reference.inside is not None, reference.is_listed)))


def _references(members: Iterable[tuple[str, Member]], referable: Mapping[str, Resource]) -> Iterator[Reference]:
    for name, field_ in members:
        is_listed = isinstance(field_, Listed)
        inner = field_.inner if isinstance(field_, Listed) else field_
        if isinstance(inner, Ref):
            target, required = referable[inner.type], bool(field_.required)
            yield Reference(name, target, required, is_listed, is_owner=inner.is_owner)
        elif isinstance(inner, Part):
            for part, reference in inner.schema.members.items():
                if isinstance(reference, Ref):
                    required = bool(field_.required and reference.required)
                    yield Reference(name, referable[reference.type], required, is_listed, part)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a path segment: ``schools`` are the orgs whose type is ``school``."""

    resource: Resource
    where: Mapping[str, str] = field(default_factory=dict)
    """The required values by (dotted) member."""


@dataclass(frozen=True, slots=True, eq=False)
class Narrowing:
    """The rows of a nested path: the rows of a table that match, or the records that these refer to."""

    through: Resource
    """The model whose rows are matched."""

    match: Mapping[str, str]
    """The required values by member; ``{class_id}`` is a path parameter, anything else a literal value.
    A dotted member leads through a reference: ``lineItem.class`` is the class of the result's line item."""

    take: str | None = None
    """The reference from the matched rows to the selected records; ``None`` selects the matched rows."""

    or_all: bool = False
    """Whether all rows are selected if no other would be."""


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of the standard: method, path, scopes, parameters and answers."""

    name: str
    kind: Kind
    path: str
    """The path below the base of its service, with parameters in braces."""

    rows: Rows
    scopes: tuple[str, ...]
    """The scopes, any one of which is enough."""

    purpose: str
    narrowing: Narrowing | None = None
    parents: tuple[tuple[str, Rows], ...] = ()
    """The path parameters before the last segment of a nested path, each with the rows that must contain it."""

    replaced: int = 200
    """The HTTP status of a PUT that replaces a record."""

    preset: Mapping[str, str] = field(default_factory=dict)
    """For a POST, the members of each new record that come from the path."""

    @property
    def resource(self) -> Resource:
        """The model that is read or written."""
        return self.rows.resource

    @property
    def method(self) -> str:
        """The HTTP method."""
        return {"put": "PUT", "delete": "DELETE", "post": "POST"}.get(self.kind, "GET")

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the path parameters, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def answers(self) -> Answers:
        """The possible answers by HTTP status."""
        return answers(self.kind, self.replaced, self.purpose)

    @property
    def query(self) -> tuple[str, ...]:
        """The query parameters of the operation."""
        return QUERY[self.kind]


QUERY: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "collection": ("limit", "offset", "sort", "orderBy", "filter", "fields"),
        "single": ("fields",),
        "put": (),
        "delete": (),
        "post": (),
    }
)
"""The query parameters of each kind of operation (section 3.4)."""


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """The operations that share a base path and an OpenAPI document."""

    name: str
    """The name of its document: ``/openapi/<name>.json``."""

    title: str
    version: str
    """The version of the standard: ``v1p1``."""

    base: str
    operations: tuple[Operation, ...]
    aliases: tuple[Operation, ...] = ()
    """Operations that vendors document in addition to the standard."""

    documents: tuple[str, ...] = ()
    """The names under which ``{base}/discovery/`` serves the OpenAPI document (1.2)."""

    @property
    def all_operations(self) -> tuple[Operation, ...]:
        """The standard's operations and the vendors'."""
        return self.operations + self.aliases


def parents(path: str, places: Mapping[str, Rows]) -> tuple[tuple[str, Rows], ...]:
    """Return the rows of each parameter of a nested path: ``id`` of ``/schools/{id}/classes`` is that of a school."""
    return tuple((parameter, places[segment]) for segment, parameter in re.findall(r"(\w+)/{(\w+)}", path))
