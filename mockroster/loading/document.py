"""A fixture document, already parsed: collections of records in the shape of 1.1 or 1.2, made neutral.

The two shapes are told apart by what a record holds: a user with ``role`` is one of 1.1. References may be bare
sourcedIds, and ``status``, ``dateLastModified``, ``enabledUser`` and ``href`` may be left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mockroster.clock import timestamp
from mockroster.errors import UnprocessableRecord, nearest
from mockroster.roster.fill import filled
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import COLLECTIONS
from mockroster.roster.write import check_references, loaded
from mockroster.spec.model import Resource
from mockroster.spec.v1p2.models import RESOURCES

_BY_COLLECTION: Mapping[str, Resource] = {resource.collection: resource for resource in RESOURCES}

Document = Mapping[str, Any]


def merge(overlay: Overlay, document: Document, now: datetime) -> None:
    """Take every record of a document in, all or none; a record of the same id is replaced.

    The caller holds the overlay's lock. Raises ``UnprocessableRecord``, which names each fault by collection, number
    and member.
    """
    faults: dict[str, str] = {}
    trial = overlay.replaced({})
    taken: list[tuple[str, Record]] = []
    for collection, number, body in _bodies(document):
        try:
            record = neutral(collection, body, now)
        except UnprocessableRecord as error:
            faults |= {f"{collection}[{number}].{member}": fault for member, fault in error.faults.items()}
        else:
            trial.put(collection, record)
            taken.append((f"{collection}[{number}]", record))
    for place, record in taken:
        collection = place.partition("[")[0]
        try:
            check_references(trial, _BY_COLLECTION[collection], record)
        except UnprocessableRecord as error:
            faults |= {f"{place}.{member}": fault for member, fault in error.faults.items()}
    if faults:
        raise UnprocessableRecord(faults)
    for place, record in taken:
        collection = place.partition("[")[0]
        overlay.put(collection, filled(trial, collection, record))


def _bodies(document: Document) -> Iterator[tuple[str, int, Document]]:
    """Yield collection, number and body of each record."""
    for collection, records in document.items():
        if collection == "base":
            continue
        if collection not in _BY_COLLECTION:
            raise UnprocessableRecord({collection: f"is not a collection{nearest(collection, COLLECTIONS)}"})
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise UnprocessableRecord({collection: "must be an array of records"})
        yield from ((collection, number, record) for number, record in enumerate(records))


def resource_of(collection: str) -> Resource:
    """Return the model of a collection. Raises ``UnprocessableRecord`` with the nearest right name."""
    if collection not in _BY_COLLECTION:
        raise UnprocessableRecord({collection: f"is not a collection{nearest(collection, COLLECTIONS)}"})
    return _BY_COLLECTION[collection]


def neutral(collection: str, body: Document, now: datetime) -> Record:
    """Return the neutral record that a body of either version stands for."""
    body = dict(body)
    modified = body.pop("dateLastModified", timestamp(now))
    if collection == "users":
        body = _user(body)
    sourced_id = body.get("sourcedId")
    if not isinstance(sourced_id, str) or not sourced_id:
        raise UnprocessableRecord({"sourcedId": "is missing"})
    record = loaded(_BY_COLLECTION[collection], sourced_id, body, now)
    accepted = _BY_COLLECTION[collection].schema.members["dateLastModified"].accept(modified)
    return Record(record | {"dateLastModified": accepted})


def _user(body: dict[str, Any]) -> dict[str, Any]:
    """Return a user in the shape of 1.2: each org of one in 1.1 has the role as its primary one."""
    body.setdefault("enabledUser", True)
    if "role" not in body:
        return body
    role, orgs = body.pop("role"), body.pop("orgs", [])
    if not isinstance(orgs, list) or not orgs:
        raise UnprocessableRecord({"orgs": "must be an array with an org in it"})
    role = "siteAdministrator" if role == "administrator" else role
    roles = [{"roleType": "primary", "role": role, "org": org} for org in orgs]
    return {**body, "roles": roles, "primaryOrg": body.get("primaryOrg", orgs[0])}
