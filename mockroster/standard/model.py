"""How a version of the standard is written down: services, operations, the rows that a path stands for.

Everything else derives from these: routes, scopes, query rules, the OpenAPI document, the command ``operations``.
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
    """One model of the standard in one version: which table holds it, what it is called, how it looks."""

    name: str
    """``user``: the wrapper of a single read, and the type of a reference to it."""

    collection: str
    """``users``: its table, and the wrapper of a collection."""

    model: type[RecordSchema]

    base: str
    """The base path of the service that reads it."""

    identifies: str | None = None
    """The type of the record whose sourcedId each of its records has: demographics have that of their user."""

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every reference of its records: single ones, then listed ones, then those inside the parts of a list."""
        return references(self.schema.members, self.model.referable, self.identifies)

    @property
    def path(self) -> str:
        """Where its records are read, from the root of the server."""
        return f"{self.base}/{self.collection}"

    @cached_property
    def schema(self) -> RecordSchema:
        """The one instance of the model's schema."""
        return self.model()

    @property
    def version(self) -> str:
        """The version of the standard that the model belongs to."""
        return self.model.version


@dataclass(frozen=True, slots=True)
class Reference:
    """A member by which a record refers to others: ``school``, ``terms``, or ``org`` of each of the ``roles``."""

    member: str
    """``sourcedId`` where the record has the id of what it refers to."""

    target: Resource
    is_required: bool
    """Whether a record cannot be without it."""

    is_listed: bool = False
    inside: str | None = None
    """The member of each part of a list that holds the reference."""

    is_owner: bool = False
    """Whether the record is a part of what it refers to."""

    @property
    def collection(self) -> str:
        """The collection that it leads to."""
        return self.target.collection

    @property
    def is_identity(self) -> bool:
        """Whether the record has the id of what it refers to."""
        return self.member == "sourcedId"


def references(
    members: Mapping[str, Member], referable: Mapping[str, Resource], identifies: str | None
) -> tuple[Reference, ...]:
    """Return the references among the members of a record."""
    found = [*_references(members.items(), referable)]
    if identifies is not None:
        found.append(Reference("sourcedId", referable[identifies], is_required=True, is_owner=True))
    return tuple(sorted(found, key=lambda reference: (reference.inside is not None, reference.is_listed)))


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
    """What a path segment stands for: ``schools`` are the orgs whose type is ``school``."""

    resource: Resource
    where: Mapping[str, str] = field(default_factory=dict)
    """Member (dotted) to the one value that it must have."""


@dataclass(frozen=True, slots=True, eq=False)
class Narrowing:
    """Which rows a nested path selects: those of a table that match, or the records that these refer to."""

    through: Resource
    """Whose rows are matched."""

    match: Mapping[str, str]
    """Member to the value that it must have; ``{class_id}`` is the path parameter, anything else is meant literally.
    A dotted member goes by way of a reference: ``lineItem.class`` is the class of the result's line item."""

    take: str | None = None
    """The reference that leads from there to the wanted records; without it the matched rows are the wanted ones."""

    or_all: bool = False
    """Whether a parent that selects nothing stands for every row."""


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of the standard: a method, a path, and all that a client may rely on."""

    name: str
    kind: Kind
    path: str
    """Under the base of its service, parameters in braces."""

    rows: Rows
    scopes: tuple[str, ...]
    """Any one of them is enough."""

    purpose: str
    narrowing: Narrowing | None = None
    parents: tuple[tuple[str, Rows], ...] = ()
    """Each path parameter before the last segment of a nested path, with the rows among which it must be found."""

    replaced: int = 200
    """The HTTP status of a PUT that replaces a record."""

    preset: Mapping[str, str] = field(default_factory=dict)
    """For a POST: the members of each new record that the path gives."""

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
        """The answers that a client may get, by HTTP status."""
        return answers(self.kind, self.replaced, self.purpose)

    @property
    def query(self) -> tuple[str, ...]:
        """The query parameters that it obeys."""
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
    """What its document is called: ``/openapi/<name>.json``."""

    title: str
    version: str
    """The version of the standard: ``v1p1``."""

    base: str
    operations: tuple[Operation, ...]
    aliases: tuple[Operation, ...] = ()
    """Operations that are not in the standard but that vendors document."""

    documents: tuple[str, ...] = ()
    """The names under which ``{base}/discovery/`` serves the OpenAPI document (1.2)."""

    @property
    def all_operations(self) -> tuple[Operation, ...]:
        """The standard's operations and the vendors'."""
        return self.operations + self.aliases


def parents(path: str, places: Mapping[str, Rows]) -> tuple[tuple[str, Rows], ...]:
    """Return what each parameter of a nested path names: ``/schools/{id}/classes`` names a school by ``id``."""
    return tuple((parameter, places[segment]) for segment, parameter in re.findall(r"(\w+)/{(\w+)}", path))
