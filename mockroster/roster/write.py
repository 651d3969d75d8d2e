"""Writing through a version of the standard: a body becomes a neutral record, or a 422 that names each member.

The caller holds the overlay's lock over the whole write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from mockroster.clock import timestamp
from mockroster.errors import UnprocessableRecord
from mockroster.roster.fill import FILLERS, filled
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import values_of
from mockroster.spec.fields import Listed, Ref
from mockroster.spec.model import Resource

OWNED: Mapping[str, tuple[str, str]] = {"lineItems": ("results", "lineItem")}
"""What goes with a deleted record: its collection, and the member that refers to the owner."""


def put(overlay: Overlay, resource: Resource, sourced_id: str, body: Mapping[str, Any], now: datetime) -> bool:
    """Create or replace a record, and tell whether it is new.

    Leniencies are those of clients that were seen (``docs/reference/writes.md``). ``dateLastModified`` becomes ``now``;
    members that the version cannot express keep what they held. Raises ``UnprocessableRecord``.
    """
    record = _loaded(resource, sourced_id, body, now)
    _check_references(overlay, resource, record)
    before = overlay.tables[resource.collection].get(sourced_id)
    kept = {name: value for name, value in (before or {}).items() if name not in resource.schema.members}
    record = filled(overlay, resource.collection, Record(record | kept))
    _check_complete(resource, record)
    overlay.put(resource.collection, record)
    return before is None


def delete(overlay: Overlay, resource: Resource, sourced_id: str) -> None:
    """Take out a record, and what it owns. Nothing else keeps a record from being deleted."""
    overlay.delete(resource.collection, sourced_id)
    if resource.collection in OWNED:
        collection, member = OWNED[resource.collection]
        for owned in [one for one in overlay.tables[collection].records if one[member] == sourced_id]:
            overlay.delete(collection, owned["sourcedId"])


def _loaded(resource: Resource, sourced_id: str, body: Mapping[str, Any], now: datetime) -> Record:
    """Return the neutral record that a body stands for; what may be filled in may be missing."""
    document = resource.schema.accept(body)
    if document.setdefault("sourcedId", sourced_id) != sourced_id:
        raise UnprocessableRecord({"sourcedId": f"must be {sourced_id!r}, as in the path, or be left out"})
    document.setdefault("status", "active")
    document["dateLastModified"] = timestamp(now)
    fillable = [name for name in FILLERS.get(resource.collection, {}) if name in resource.schema.fields]
    try:
        return Record(resource.schema.load(document, partial=fillable))
    except ValidationError as error:
        messages: Mapping[Any, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise UnprocessableRecord(dict(_faults(messages))) from None


def _faults(messages: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted name of each faulty member with what is wrong with it."""
    for name, fault in messages.items():
        dotted = f"{prefix}[{name}]" if isinstance(name, int) else f"{prefix}.{name}".lstrip(".")
        if isinstance(fault, Mapping):
            yield from _faults(fault, dotted)
        else:
            yield dotted, ", ".join(fault)


def _check_references(overlay: Overlay, resource: Resource, record: Record) -> None:
    """Refuse a record that refers to nothing."""
    faults = {
        name: f"there is no {target.name} with the sourcedId {value!r}"
        for name, target in references(resource)
        for value in values_of(record.get(name))
        if overlay.tables[target.collection].get(value) is None
    }
    if faults:
        raise UnprocessableRecord(faults)


def references(resource: Resource) -> Iterator[tuple[str, Resource]]:
    """Yield the members of a resource that refer to others, with what they refer to."""
    for name, field in resource.schema.members.items():
        inner = field.inner if isinstance(field, Listed) else field
        if isinstance(inner, Ref):
            yield name, resource.model.referable[inner.type]


def _check_complete(resource: Resource, record: Record) -> None:
    """Refuse a record that still lacks what the standard demands."""
    missing = [name for name, field in resource.schema.members.items() if field.required and name not in record]
    if missing:
        raise UnprocessableRecord(dict.fromkeys(missing, "is missing, and there is no record to fill it from"))
