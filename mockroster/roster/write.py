"""Writing through a version of the standard: a body becomes a neutral record, or a 422 that names each member.

The caller has the overlay exclusive over the whole write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from marshmallow import ValidationError, fields
from marshmallow.exceptions import SCHEMA

from mockroster.clock import timestamp
from mockroster.errors import FAULTY_RECORDS, UnprocessableRecord
from mockroster.roster.commit import MarkDeleted, Put, Remove, by_clock, commit
from mockroster.roster.convert import derived_members
from mockroster.roster.fill import FILLERS, filled
from mockroster.roster.order import disordered
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.relations import LACKING, disagreements, lacking, must_agree, no_such, unresolved
from mockroster.standard.fields import PartSchema
from mockroster.standard.model import Operation, Resource

Body = Mapping[str, Any]


def put(overlay: Overlay, resource: Resource, sourced_id: str, body: Body, now: datetime) -> bool:
    """Create or replace a record, and tell whether it is new.

    Leniencies are those of clients that were seen (``docs/reference/writes.md``). ``dateLastModified`` becomes ``now``;
    members that the version cannot express keep what they held. Raises ``UnprocessableRecord``.
    """
    overlay.check_room()
    record = _complete(overlay, resource, loaded(resource, sourced_id, body, now))
    before = overlay.tables[resource.collection].get(sourced_id)
    commit(overlay, [Put(resource.collection, record, by_clock)], now)
    return before is None


def post(overlay: Overlay, operation: Operation, bodies: Sequence[Body], given: Body, now: datetime) -> dict[str, str]:
    """Create records in bulk, all or none, and return the allocated sourcedIds by those that were supplied.

    ``given`` are the members that the path says of each of them. The allocated ids are the same whenever the same
    requests are made in the same order. Raises ``UnprocessableRecord``, which names the place of each faulty record.
    """
    overlay.check_room()
    pairs: dict[str, str] = {}
    records: list[Record] = []
    faults: dict[str, str] = {}
    faulty = 0
    for number, body in enumerate(bodies):
        try:
            supplied = _supplied(body, pairs)
            record = _new(overlay, operation, {**given, **body}, now)
            _check_given(record, given)
        except UnprocessableRecord as error:
            where = f"{operation.resource.collection}[{number}]"
            faults |= {f"{where}.{member}": fault for member, fault in error.faults.items()}
            faulty += 1
            if faulty >= FAULTY_RECORDS:
                raise UnprocessableRecord(faults, unchecked=len(bodies) - number - 1) from None
        else:
            pairs[supplied] = record["sourcedId"]
            records.append(record)
    if faults:
        raise UnprocessableRecord(faults)
    commit(overlay, [Put(operation.resource.collection, record, by_clock) for record in records], now)
    return pairs


def _supplied(body: Body, taken: Collection[str]) -> str:
    """Return the sourcedId that a client has given to a new record, by which it finds ours in the answer."""
    supplied = body.get("sourcedId")
    if not isinstance(supplied, str) or not supplied:
        raise UnprocessableRecord({"sourcedId": "is missing; the answer says which one each record has got instead"})
    if supplied in taken:
        raise UnprocessableRecord({"sourcedId": f"{supplied[:80]!r} is given to an earlier record of the same request"})
    return supplied


def _new(overlay: Overlay, operation: Operation, body: Body, now: datetime) -> Record:
    """Return a new record under a sourcedId of our own."""
    names = (f"mockroster/{operation.name}/{body['sourcedId']}/{number}" for number in count(overlay.revision))
    ids = (str(uuid5(NAMESPACE_URL, name)) for name in names)
    allocated = next(name for name in ids if overlay.get(operation.resource.collection, name) is None)
    record = loaded(operation.resource, allocated, {**body, "sourcedId": allocated}, now)
    return _complete(overlay, operation.resource, record)


def _check_given(record: Record, given: Body) -> None:
    """Refuse a record that says otherwise than the path."""
    faults = {
        member: f"must be {value!r}, as in the path" for member, value in given.items() if record[member] != value
    }
    if faults:
        raise UnprocessableRecord(faults)


def delete(overlay: Overlay, resource: Resource, sourced_id: str, now: datetime) -> None:
    """Take out a record, and what it owns; optional references to it are dropped, required ones stay."""
    commit(overlay, [Remove(resource.collection, sourced_id)], now)


def mark_deleted(overlay: Overlay, resource: Resource, sourced_id: str, now: datetime) -> None:
    """Give a record, and what it owns, the status ``tobedeleted``."""
    commit(overlay, [MarkDeleted(resource.collection, sourced_id)], now)


def loaded(resource: Resource, sourced_id: str, body: Body, now: datetime) -> Record:
    """Return the neutral record that a body stands for; what may be filled in may be missing."""
    document = resource.schema.accept(body)
    if document.setdefault("sourcedId", sourced_id) != sourced_id:
        raise UnprocessableRecord({"sourcedId": f"must be {sourced_id[:255]!r}, as in the path, or be left out"})
    document.setdefault("status", "active")
    document["dateLastModified"] = timestamp(now)
    fillable = [name for name in FILLERS.get(resource.collection, {}) if name in resource.schema.fields]
    try:
        return Record(resource.schema.load(document, partial=fillable))
    except ValidationError as error:
        messages: Mapping[Any, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise UnprocessableRecord(dict(_faults(messages, body))) from None


def _complete(overlay: Overlay, resource: Resource, record: Record) -> Record:
    """Return the record with what it lacks filled in, its references checked.

    What the version cannot express is kept from the record that is replaced, but for what can be found anew.
    """
    collection = resource.collection
    _check_references(overlay, resource, record)
    _check_agreement(overlay, collection, record)
    before = overlay.tables[collection].get(record["sourcedId"]) or Record()
    kept = {name: value for name, value in before.items() if name not in record and _is_unseen(resource, name, before)}
    record = filled(overlay, collection, Record(record | kept))
    _check_complete(resource, record)
    _check_order(collection, record)
    return record


def _is_unseen(resource: Resource, name: str, before: Record) -> bool:
    """Tell whether a version does not show a member of a record, so that a client who leaves it out means nothing."""
    if name in FILLERS.get(resource.collection, {}):
        return False
    derive = derived_members(resource.version, resource.collection).get(name)
    return name not in resource.schema.members or (derive is not None and derive(before) is None)


_MARSHMALLOW = fields.Field.default_error_messages
_WORDS = {
    _MARSHMALLOW["null"]: "must not be null",
    fields.List.default_error_messages["invalid"]: "must be an array",
}
"""Ours for marshmallow's."""


def _faults(messages: Mapping[Any, Any], sent: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted name of each faulty member of what was sent, with what is wrong with it."""
    for name, fault in in_order(messages):
        dotted = dotted_name(prefix, name)
        value = _inside(sent, name)
        if isinstance(fault, Mapping):
            yield from _faults(fault, value, dotted)
        else:
            yield (
                dotted,
                ", ".join(
                    _missing(value) if one == _MARSHMALLOW["required"] else _WORDS.get(one, one) for one in fault
                ),
            )


def _inside(sent: Any, name: str | int) -> Any:
    """Return the member or item of that name, nothing where there is none."""
    if isinstance(sent, Mapping):
        return sent.get(str(name), ...)
    return sent[name] if isinstance(sent, list) and isinstance(name, int) and name < len(sent) else ...


def _missing(sent: Any) -> str:
    """Return what is said of a member that must be there: left out, or there and as good as left out."""
    if sent is None:
        return "must not be null"
    return "must not be empty" if sent in ("", []) else "is missing"


def in_order(messages: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    """Return what marshmallow found, always in the same order: it has a set of the members that a schema lacks."""
    unknown = [PartSchema.error_messages["unknown"]]
    return sorted(messages.items(), key=lambda item: str(item[0]) if item[1] == unknown else "")


def dotted_name(prefix: str, name: str | int) -> str:
    """Return the name of what stands within a member: ``roles[0]``, ``roles[0].org``."""
    if name == SCHEMA:
        return prefix
    return f"{prefix}[{name}]" if isinstance(name, int) else f"{prefix}.{name}".lstrip(".")


def _check_references(overlay: Overlay, resource: Resource, record: Record) -> None:
    """Refuse a record that refers to nothing."""
    faults = {name: no_such(target, value) for name, target, value in unresolved(overlay, resource.references, record)}
    if faults:
        raise UnprocessableRecord(faults)


def _check_agreement(overlay: Overlay, collection: str, record: Record) -> None:
    """Refuse a record that contradicts what it refers to."""
    faults = {member: must_agree(right) for member, right in disagreements(overlay, collection, record)}
    if faults:
        raise UnprocessableRecord(faults)


def _check_order(collection: str, record: Record) -> None:
    """Refuse a record that has two members the wrong way round."""
    faults = dict(disordered(collection, record))
    if faults:
        raise UnprocessableRecord(faults)


def _check_complete(resource: Resource, record: Record) -> None:
    """Refuse a record that still lacks what the standard demands."""
    missing = lacking(resource, record)
    if missing:
        raise UnprocessableRecord(dict.fromkeys(missing, LACKING))
