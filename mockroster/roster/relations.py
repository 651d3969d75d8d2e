"""What records are to each other: what they refer to, what they must agree with, what they must not lack.

The models of 1.2 say which neutral members refer to what, because theirs is the neutral shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from mockroster.roster.convert import DERIVED, Derivation
from mockroster.roster.fill import AGREED, FILLERS
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.spec.fields import Listed, Member, Part, Ref
from mockroster.spec.model import Resource
from mockroster.spec.v1p2.models import RESOURCES

LACKING = "is missing, and there is no record to fill it from"
"""What is said of a member that the standard demands and that cannot be found."""


def references(resource: Resource) -> Iterator[tuple[str, Resource]]:
    """Yield the members of a resource that refer to others, with what they refer to."""
    for name, field in resource.schema.members.items():
        inner = _inner(field)
        if isinstance(inner, Ref):
            yield name, resource.model.referable[inner.type]


def referred(resource: Resource, record: Record) -> Iterator[tuple[str, Resource, str]]:
    """Yield what a record refers to, with the dotted name of the member: ``class``, ``terms[1]``, ``roles[0].org``."""
    single, listed, parts = _references(resource)
    for name, target in single:
        if name in record:
            yield name, target, record[name]
    for name, target in listed:
        for number, value in enumerate(record.get(name, ())):
            yield f"{name}[{number}]", target, value
    for name, member, target in parts:
        for number, part in enumerate(record.get(name, ())):
            if member in part:
                yield f"{name}[{number}].{member}", target, part[member]


def unresolved(overlay: Overlay, resource: Resource, record: Record) -> Iterator[tuple[str, Resource, str]]:
    """Yield what a record refers to and is not there."""
    tables = overlay.tables
    for name, target, value in referred(resource, record):
        if tables[target.collection].get(value) is None:
            yield name, target, value


def with_tombstones(overlay: Overlay) -> dict[str, list[Record]]:
    """Return all records, and as ``tobedeleted`` those deleted ones to which a record that is there still refers.

    A reference that the standard demands stays when what it leads to is deleted. So that whoever reads the records
    elsewhere finds it, a category of a line item goes along when it was deleted. The caller has the overlay exclusive.
    """
    records = {name: table.records for name, table in overlay.tables.items()}
    if not any(table.deleted for table in overlay.tables.values()):
        return records
    found: dict[str, dict[str, Record]] = {name: {} for name in records}
    waiting = [(resource, record) for resource in RESOURCES for record in records[resource.collection]]
    while waiting:
        resource, record = waiting.pop()
        for target, name in _leading_to(resource, record):
            table, beside = overlay.tables[target.collection], found[target.collection]
            if name in table.deleted and name not in beside and table.get(name) is None:
                beside[name] = Record(table.deleted[name] | {"status": "tobedeleted"})
                waiting.append((target, beside[name]))
    return {name: [*rows, *(found[name][one] for one in sorted(found[name]))] for name, rows in records.items()}


def _leading_to(resource: Resource, record: Record) -> Iterator[tuple[Resource, str]]:
    """Yield what a record refers to; demographics refer to a user by their own id."""
    yield from ((target, name) for _, target, name in referred(resource, record))
    if resource.collection == "demographics":
        yield resource.model.referable["user"], record["sourcedId"]


def no_such(target: Resource, sourced_id: str) -> str:
    """Return what is said of a reference to nothing."""
    return f"there is no {target.name} with the sourcedId {sourced_id[:255]!r}"


def disagreements(overlay: Overlay, collection: str, record: Record) -> Iterator[tuple[str, Any]]:
    """Yield the members in which a record contradicts what it refers to, with what would be right.

    A line item in another school than its class is one.
    """
    for member in AGREED.get(collection, ()):
        if member in record:
            right = FILLERS[collection][member](overlay, record)
            if right is not None and right != record[member]:
                yield member, right


def must_agree(right: Any) -> str:
    """Return what is said of a member that contradicts what its record refers to."""
    return f"must be {right!r}, as in what the record refers to, or be left out"


def lacking(resource: Resource, record: Record) -> list[str]:
    """Return the members that a version demands and that a record does not have, nor what they are computed from."""
    stored, computed = _needed(resource)
    instead = resource.schema.instead
    absent = [name for name in stored if name not in record and instead.get(name) not in record]
    return absent + [name for name, derive in computed if derive(record) is None]


_Target = tuple[str, Resource]


@cache
def _references(resource: Resource) -> tuple[list[_Target], list[_Target], list[tuple[str, str, Resource]]]:
    """Return the references of a model: single ones, listed ones, and those in each part of a list."""
    members = resource.schema.members
    found = [*references(resource)]
    parts = [
        (name, member, resource.model.referable[one.type])
        for name, field in members.items()
        if isinstance(inner := _inner(field), Part)
        for member, one in inner.schema.members.items()
        if isinstance(one, Ref)
    ]
    single = [(name, target) for name, target in found if not isinstance(members[name], Listed)]
    return single, [pair for pair in found if pair not in single], parts


@cache
def _needed(resource: Resource) -> tuple[list[str], list[tuple[str, Derivation]]]:
    """Return the required members of a version: those that are stored, and those that are computed from others."""
    computed = DERIVED[resource.version].get(resource.collection, {})
    required = [name for name, field in resource.schema.members.items() if field.required]
    stored = [name for name in required if name not in computed]
    return stored, [(name, computed[name]) for name in required if name in computed]


def _inner(field: Member) -> Member:
    return field.inner if isinstance(field, Listed) else field
