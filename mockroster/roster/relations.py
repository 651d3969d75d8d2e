"""Check a record against others: its references, members that must agree, and required members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from mockroster.roster.convert import derived_members
from mockroster.roster.defaults import DEFAULTS, ENFORCED
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.standard.conversion import Derivation
from mockroster.standard.model import Reference, Resource
from mockroster.standard.neutral import NEUTRAL

LACKING = "is missing, and there is no record to fill it from"
"""The error message for a required member that is missing and has no default."""


def referred(references: Iterable[Reference], record: Record) -> Iterator[tuple[str, Resource, str]]:
    """Yield the references of a record: dotted name (``class``, ``terms[1]``, ``roles[0].org``), target and sourcedId.

    The reference to a record with the same sourcedId is left out.
    """
    for reference in references:
        if reference.is_identity or reference.member not in record:
            continue
        name, value, target = reference.member, record[reference.member], reference.target
        if not reference.is_listed:
            yield name, target, value
        elif reference.inside is None:
            yield from ((f"{name}[{number}]", target, item) for number, item in enumerate(value))
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
    """Yield the references of a record to records that do not exist."""
    tables = overlay.tables
    for name, target, value in referred(references, record):
        if tables[target.collection].get(value) is None:
            yield name, target, value


def with_tombstones(overlay: Overlay) -> dict[str, list[Record]]:
    """Return all records, with the deleted records that others still refer to as ``tobedeleted``.

    A required reference stays when its target is deleted. Readers of an export must find the target: the deleted
    category of a line item, for example. The caller must hold the overlay exclusively.
    """
    records = {name: table.records for name, table in overlay.tables.items()}
    if not overlay.has_deleted:
        return records
    tombstones: dict[str, dict[str, Record]] = {name: {} for name in records}
    pending = [(collection, record) for collection in NEUTRAL for record in records[collection]]
    while pending:
        collection, record = pending.pop()
        for target, name in _targets(NEUTRAL[collection].references, record):
            added = tombstones[target]
            if name in added or overlay.tables[target].get(name) is not None:
                continue
            deleted = overlay.deleted(target, name)
            if deleted is not None:
                added[name] = Record(deleted | {"status": "tobedeleted"})
                pending.append((target, added[name]))
    return {name: [*rows, *dict(sorted(tombstones[name].items())).values()] for name, rows in records.items()}


def _targets(references: Iterable[Reference], record: Record) -> Iterator[tuple[str, str]]:
    """Yield collection and sourcedId of all targets of a record, also of one with the same sourcedId."""
    yield from ((target.collection, name) for _, target, name in referred(references, record))
    yield from ((reference.collection, record["sourcedId"]) for reference in references if reference.is_identity)


def no_such(target: Resource, sourced_id: str) -> str:
    """Return the error message for a reference to a record that does not exist."""
    return f"there is no {target.name} with the sourcedId {sourced_id[:255]!r}"


def disagreements(overlay: Overlay, collection: str, record: Record) -> Iterator[tuple[str, Any]]:
    """Yield the members that contradict a referenced record, each with the valid value.

    An example is a line item in another school than its class.
    """
    for member in ENFORCED.get(collection, ()):
        if member in record:
            expected = DEFAULTS[collection][member](overlay, record)
            if expected is not None and expected != record[member]:
                yield member, expected


def must_agree(expected: Any) -> str:
    """Return the error message for a member that contradicts a referenced record."""
    return f"must be {expected!r}, as in what the record refers to, or be left out"


def lacking(resource: Resource, record: Record) -> list[str]:
    """Return the required members of a version that a record neither has nor can derive."""
    stored, computed = _required(resource)
    instead = resource.schema.instead
    missing = [name for name in stored if name not in record and instead.get(name) not in record]
    return missing + [name for name, derive in computed if derive(record) is None]


@cache
def optional_references(collection: str) -> tuple[tuple[str, str], ...]:
    """Return the members that may refer to a collection and are optional in every version, each with its collection.

    References inside the parts of a list are left out.
    """
    return tuple(
        (model.collection, reference.member)
        for model in NEUTRAL.values()
        for reference in model.references
        if reference.collection == collection and reference.inside is None and not reference.is_required
    )


@cache
def _required(resource: Resource) -> tuple[list[str], list[tuple[str, Derivation]]]:
    """Return the required members of a version: the stored ones, and the computed ones with their derivations."""
    computed = derived_members(resource.version, resource.collection)
    required = [name for name, field in resource.schema.members.items() if field.required]
    stored = [name for name in required if name not in computed]
    return stored, [(name, computed[name]) for name in required if name in computed]
