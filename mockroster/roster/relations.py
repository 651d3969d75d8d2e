"""What records are to each other: what they refer to, what they must agree with, what they must not lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from mockroster.roster.convert import derived_members
from mockroster.roster.fill import AGREED, FILLERS
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.standard.conversion import Derivation
from mockroster.standard.model import Reference, Resource
from mockroster.standard.neutral import NEUTRAL

LACKING = "is missing, and there is no record to fill it from"
"""What is said of a member that the standard demands and that cannot be found."""


def referred(references: Iterable[Reference], record: Record) -> Iterator[tuple[str, Resource, str]]:
    """Yield what a record refers to, with the dotted name of the member: ``class``, ``terms[1]``, ``roles[0].org``.

    The record that it shares its sourcedId with is not among it.
    """
    for reference in references:
        if reference.is_identity or reference.member not in record:
            continue
        name, value, target = reference.member, record[reference.member], reference.target
        if not reference.is_listed:
            yield name, target, value
        elif reference.inside is None:
            yield from ((f"{name}[{number}]", target, one) for number, one in enumerate(value))
        else:
            inside = reference.inside
            yield from (
                (f"{name}[{number}].{inside}", target, part[inside])
                for number, part in enumerate(value)
                if inside in part
            )


def unresolved(
    overlay: Overlay, references: Iterable[Reference], record: Record
) -> Iterator[tuple[str, Resource, str]]:
    """Yield what a record refers to and is not there."""
    tables = overlay.tables
    for name, target, value in referred(references, record):
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
    waiting = [(collection, record) for collection in NEUTRAL for record in records[collection]]
    while waiting:
        collection, record = waiting.pop()
        for target, name in _leading_to(NEUTRAL[collection].references, record):
            table, beside = overlay.tables[target], found[target]
            if name in table.deleted and name not in beside and table.get(name) is None:
                beside[name] = Record(table.deleted[name] | {"status": "tobedeleted"})
                waiting.append((target, beside[name]))
    return {name: [*rows, *(found[name][one] for one in sorted(found[name]))] for name, rows in records.items()}


def _leading_to(references: Iterable[Reference], record: Record) -> Iterator[tuple[str, str]]:
    """Yield collection and sourcedId of what a record refers to, the record that it shares its sourcedId with too."""
    yield from ((target.collection, name) for _, target, name in referred(references, record))
    yield from ((one.collection, record["sourcedId"]) for one in references if one.is_identity)


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


@cache
def optional_references(collection: str) -> tuple[tuple[str, str], ...]:
    """Return the collections and members that may refer to records of a collection, and may do without in any version.

    Those inside a part of a list are not among them.
    """
    return tuple(
        (model.collection, reference.member)
        for model in NEUTRAL.values()
        for reference in model.references
        if reference.collection == collection and reference.inside is None and not reference.is_required
    )


@cache
def _needed(resource: Resource) -> tuple[list[str], list[tuple[str, Derivation]]]:
    """Return the required members of a version: those that are stored, and those that are computed from others."""
    computed = derived_members(resource.version, resource.collection)
    required = [name for name, field in resource.schema.members.items() if field.required]
    stored = [name for name in required if name not in computed]
    return stored, [(name, computed[name]) for name in required if name in computed]
