"""Write through a version of the standard: convert a body to a neutral record, or raise a 422 that names each member.

The caller must hold the overlay exclusively during the whole write.
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
from mockroster.roster.defaults import DEFAULTS, with_defaults
from mockroster.roster.order import disordered
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.relations import LACKING, disagreements, lacking, must_agree, no_such, unresolved
from mockroster.standard.fields import PartSchema
from mockroster.standard.model import Operation, Resource

Body = Mapping[str, Any]


def put(overlay: Overlay, resource: Resource, sourced_id: str, body: Body, now: datetime) -> bool:
    """Create or replace a record, and return whether it is new.

    Deviations of known clients are accepted (``docs/reference/writes.md``). ``dateLastModified`` becomes ``now``;
    members that the version cannot express keep their values. Raises ``UnprocessableRecord``.
    """
    overlay.check_room()
    record = _complete(overlay, resource, loaded(resource, sourced_id, body, now))
    before = overlay.tables[resource.collection].get(sourced_id)
    commit(overlay, [Put(resource.collection, record, by_clock)], now)
    return before is None


def post(overlay: Overlay, operation: Operation, bodies: Sequence[Body], given: Body, now: datetime) -> dict[str, str]:
    """Create records in bulk, all or none, and return the allocated sourcedIds by the supplied ones.

    ``given`` are the members of each record that follow from the path. The same requests in the same order allocate
    the same ids. Raises ``UnprocessableRecord``, which names the position of each invalid record.
    """
    overlay.check_room()
    pairs: dict[str, str] = {}
    records: list[Record] = []
    faults: dict[str, str] = {}
    invalid_count = 0
    for number, body in enumerate(bodies):
        try:
            supplied = _supplied(body, pairs)
            record = _new(overlay, operation, {**given, **body}, now)
            _check_given(record, given)
        except UnprocessableRecord as error:
            where = f"{operation.resource.collection}[{number}]"
            faults |= {f"{where}.{member}": fault for member, fault in error.faults.items()}
            invalid_count += 1
            if invalid_count >= FAULTY_RECORDS:
                raise UnprocessableRecord(faults, unchecked=len(bodies) - number - 1) from None
        else:
            pairs[supplied] = record["sourcedId"]
            records.append(record)
    if faults:
        raise UnprocessableRecord(faults)
    commit(overlay, [Put(operation.resource.collection, record, by_clock) for record in records], now)
    return pairs


def _supplied(body: Body, taken: Collection[str]) -> str:
    """Return the sourcedId that a client supplied for a new record; the response maps it to the allocated one."""
    supplied = body.get("sourcedId")
    if not isinstance(supplied, str) or not supplied:
        raise UnprocessableRecord({"sourcedId": "is missing; the answer says which one each record has got instead"})
    if supplied in taken:
        raise UnprocessableRecord({"sourcedId": f"{supplied[:80]!r} is given to an earlier record of the same request"})
    return supplied


def _new(overlay: Overlay, operation: Operation, body: Body, now: datetime) -> Record:
    """Return a new record with an allocated sourcedId."""
    names = (f"mockroster/{operation.name}/{body['sourcedId']}/{number}" for number in count(overlay.batch_number))
    ids = (str(uuid5(NAMESPACE_URL, name)) for name in names)
    allocated = next(name for name in ids if overlay.get(operation.resource.collection, name) is None)
    record = loaded(operation.resource, allocated, {**body, "sourcedId": allocated}, now)
    return _complete(overlay, operation.resource, record)


def _check_given(record: Record, given: Body) -> None:
    """Raise ``UnprocessableRecord`` for a record that contradicts the path."""
    faults = {
        member: f"must be {value!r}, as in the path" for member, value in given.items() if record[member] != value
    }
    if faults:
        raise UnprocessableRecord(faults)


def delete(overlay: Overlay, resource: Resource, sourced_id: str, now: datetime) -> None:
    """Delete a record and the records it owns; optional references to it are removed, required ones stay."""
    commit(overlay, [Remove(resource.collection, sourced_id)], now)


def mark_deleted(overlay: Overlay, resource: Resource, sourced_id: str, now: datetime) -> None:
    """Set the status ``tobedeleted`` on a record and the records it owns."""
    commit(overlay, [MarkDeleted(resource.collection, sourced_id)], now)


def loaded(resource: Resource, sourced_id: str, body: Body, now: datetime) -> Record:
    """Return the neutral record of a body; members that have defaults may be missing."""
    document = resource.schema.accept({name: value for name, value in body.items() if name != "dateLastModified"})
    if document.setdefault("sourcedId", sourced_id) != sourced_id:
        raise UnprocessableRecord({"sourcedId": f"must be {sourced_id[:255]!r}, as in the path, or be left out"})
    document.setdefault("status", "active")
    document["dateLastModified"] = timestamp(now)
    fillable = [name for name in DEFAULTS.get(resource.collection, {}) if name in resource.schema.fields]
    try:
        return Record(resource.schema.load(document, partial=fillable))
    except ValidationError as error:
        messages: Mapping[Any, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise UnprocessableRecord(dict(_faults(messages, body))) from None


def _complete(overlay: Overlay, resource: Resource, record: Record) -> Record:
    """Return the record with defaults for missing members, after checking its references.

    Members that the version cannot express keep the values of the replaced record, unless they have defaults.
    """
    collection = resource.collection
    _check_references(overlay, resource, record)
    _check_agreement(overlay, collection, record)
    before = overlay.tables[collection].get(record["sourcedId"]) or Record()
    kept = {name: value for name, value in before.items() if name not in record and _is_unseen(resource, name, before)}
    record = with_defaults(overlay, collection, Record(record | kept))
    _check_complete(resource, record)
    _check_order(collection, record)
    return record


def _is_unseen(resource: Resource, name: str, before: Record) -> bool:
    """Return whether a version does not show a member, so that a client cannot mean to remove it by leaving it out."""
    if name in DEFAULTS.get(resource.collection, {}):
        return False
    derive = derived_members(resource.version, resource.collection).get(name)
    return name not in resource.schema.members or (derive is not None and derive(before) is None)


_MARSHMALLOW = fields.Field.default_error_messages
_MESSAGES = {
    _MARSHMALLOW["null"]: "must not be null",
    fields.List.default_error_messages["invalid"]: "must be an array",
}
"""Our error messages in place of marshmallow's."""


def _faults(messages: Mapping[Any, Any], document: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted name of each invalid member of a document, with its error message."""
    for name, fault in in_order(messages):
        dotted = dotted_name(prefix, name)
        value = _value(document, name)
        if isinstance(fault, Mapping):
            yield from _faults(fault, value, dotted)
        else:
            sentences = (
                _missing(value) if message == _MARSHMALLOW["required"] else _MESSAGES.get(message, message)
                for message in fault
            )
            yield dotted, ", ".join(sentences)


def _value(document: Any, name: str | int) -> Any:
    """Return the member or item of that name, or ``...`` if there is none."""
    if isinstance(document, Mapping):
        return document.get(str(name), ...)
    is_item = isinstance(document, list) and isinstance(name, int) and name < len(document)
    return document[name] if is_item else ...


def _missing(value: Any) -> str:
    """Return the error message for a required member that is missing, null or empty."""
    if value is None:
        return "must not be null"
    return "must not be empty" if value in ("", []) else "is missing"


def in_order(messages: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    """Return marshmallow's errors in a deterministic order: it collects unknown members in a set."""
    unknown = [PartSchema.error_messages["unknown"]]
    return sorted(messages.items(), key=lambda item: str(item[0]) if item[1] == unknown else "")


def dotted_name(prefix: str, name: str | int) -> str:
    """Return the dotted name of an item or member inside another: ``roles[0]``, ``roles[0].org``."""
    if name == SCHEMA:
        return prefix
    return f"{prefix}[{name}]" if isinstance(name, int) else f"{prefix}.{name}".lstrip(".")


def _check_references(overlay: Overlay, resource: Resource, record: Record) -> None:
    """Raise ``UnprocessableRecord`` for references to records that do not exist."""
    faults = {name: no_such(target, value) for name, target, value in unresolved(overlay, resource.references, record)}
    if faults:
        raise UnprocessableRecord(faults)


def _check_agreement(overlay: Overlay, collection: str, record: Record) -> None:
    """Raise ``UnprocessableRecord`` for a record that contradicts a referenced record."""
    faults = {member: must_agree(expected) for member, expected in disagreements(overlay, collection, record)}
    if faults:
        raise UnprocessableRecord(faults)


def _check_order(collection: str, record: Record) -> None:
    """Raise ``UnprocessableRecord`` for two members that are out of order."""
    faults = dict(disordered(collection, record))
    if faults:
        raise UnprocessableRecord(faults)


def _check_complete(resource: Resource, record: Record) -> None:
    """Raise ``UnprocessableRecord`` for a record without a required member."""
    missing = lacking(resource, record)
    if missing:
        raise UnprocessableRecord(dict.fromkeys(missing, LACKING))
