"""A fixture document, already parsed: collections of records in the shape of 1.1 or 1.2, made neutral.

The two shapes are told apart by what a record holds: a user with ``role`` is one of 1.1. References may be bare
sourcedIds, and ``status``, ``dateLastModified``, ``enabledUser`` and ``href`` may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from mockroster.clock import timestamp
from mockroster.errors import UnprocessableRecord, nearest
from mockroster.roster.convert import hidden, shaped
from mockroster.roster.fill import filled
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import COLLECTIONS
from mockroster.roster.write import check, check_references, loaded
from mockroster.spec.model import Resource
from mockroster.spec.v1p1 import models as before
from mockroster.spec.v1p2.models import RESOURCES

_BY_COLLECTION: Mapping[str, Resource] = {resource.collection: resource for resource in RESOURCES}

_SHOWN: Mapping[str, tuple[Resource, ...]] = {
    collection: tuple(one for one in (*before.RESOURCES, *RESOURCES) if one.collection == collection)
    for collection in COLLECTIONS
}
"""The models of both versions by collection."""

BASES = ("none", "generated")
"""What the records of a document lie over."""

Document = Mapping[str, Any]


def merge(overlay: Overlay, document: Document, now: datetime) -> None:
    """Take every record of a document in, all or none; a record of the same id is replaced.

    The caller holds the overlay's lock. Raises ``UnprocessableRecord``, which names each fault by collection, number
    and member, and ``SandboxFull``.
    """
    overlay.check_room()
    faults: dict[str, str] = {}
    trial = overlay.replaced({})
    taken: list[tuple[str, str, Document, Record]] = []
    places: dict[tuple[str, str], str] = {}
    for collection, number, body in _bodies(document):
        place = f"{collection}[{number}]"
        with _placed(place, body, faults):
            record = neutral(collection, body, now)
            earlier = places.setdefault((collection, record["sourcedId"]), place)
            if earlier != place:
                raise UnprocessableRecord({"sourcedId": f"{record['sourcedId']!r} is that of {earlier} too"})
            trial.put(collection, record)
            taken.append((collection, place, body, record))
    for position, (collection, place, body, record) in enumerate(taken):
        with _placed(place, body, faults):
            check_references(trial, _BY_COLLECTION[collection], record)
            complete = filled(trial, collection, record)
            _check_shown(collection, complete)
            taken[position] = (collection, place, body, complete)
    if faults:
        raise UnprocessableRecord(faults)
    for collection, _, _, record in taken:
        overlay.put(collection, record)


def put(overlay: Overlay, collection: str, sourced_id: str, body: Document, now: datetime) -> bool:
    """Take one record in, and tell whether it is new. As ``merge``, but faults are named by member only."""
    if body.get("sourcedId", sourced_id) != sourced_id:
        raise UnprocessableRecord({"sourcedId": f"must be {sourced_id!r}, as in the path, or be left out"})
    is_new = overlay.tables[collection].get(sourced_id) is None
    try:
        merge(overlay, {collection: [{**body, "sourcedId": sourced_id}]}, now)
    except UnprocessableRecord as error:
        prefix = f"{collection}[0]."
        raise UnprocessableRecord({name.removeprefix(prefix): fault for name, fault in error.faults.items()}) from None
    return is_new


@contextmanager
def _placed(place: str, body: Document, faults: dict[str, str]) -> Iterator[None]:
    """Gather what is wrong with a record, named by its place and by its members as they were written."""
    try:
        yield
    except UnprocessableRecord as error:
        faults |= {f"{place}.{_as_written(member, body)}": fault for member, fault in error.faults.items()}


def _check_shown(collection: str, record: Record) -> None:
    """Refuse a record that a version could not show: nothing unvalidated may leave."""
    for resource in _SHOWN[collection]:
        test = hidden(resource.version, collection)
        if test is not None and test(record):
            continue
        check(resource, resource.schema.dump(shaped(resource.version, collection, record)))


def _bodies(document: Document) -> Iterator[tuple[str, int, Document]]:
    """Yield collection, number and body of each record."""
    for collection, records in document.items():
        if collection == "base":
            if records not in BASES:
                raise UnprocessableRecord({"base": f"{str(records)[:80]!r} is not one of {', '.join(BASES)}"})
            continue
        resource_of(collection)
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise UnprocessableRecord({collection: "must be an array of records"})
        yield from ((collection, number, record) for number, record in enumerate(records))


def resource_of(collection: str) -> Resource:
    """Return the model of a collection. Raises ``UnprocessableRecord`` with the nearest right name."""
    if collection not in _BY_COLLECTION:
        raise UnprocessableRecord({collection: f"is not a collection{nearest(collection, COLLECTIONS)}"})
    return _BY_COLLECTION[collection]


def neutral(collection: str, body: Document, now: datetime) -> Record:
    """Return the neutral record that a body of either version stands for. Raises ``UnprocessableRecord``."""
    members = dict(body)
    modified = members.pop("dateLastModified", None) or timestamp(now)
    if collection == "users":
        members = _user(members)
    sourced_id = members.get("sourcedId")
    if not isinstance(sourced_id, str) or not sourced_id:
        raise UnprocessableRecord({"sourcedId": "is missing"})
    record = loaded(_BY_COLLECTION[collection], sourced_id, members, now)
    accepted = _BY_COLLECTION[collection].schema.members["dateLastModified"].accept(modified)
    return Record(record | {"dateLastModified": accepted})


def _user(body: dict[str, Any]) -> dict[str, Any]:
    """Return a user in the shape of 1.2: each org of one in 1.1 has the role as its primary one."""
    body.setdefault("enabledUser", True)
    if not _is_of_1p1(body):
        return body
    role, orgs = body.pop("role"), body.pop("orgs", [])
    if not isinstance(orgs, list) or not orgs:
        raise UnprocessableRecord({"orgs": "must be an array with an org in it"})
    role = "siteAdministrator" if role == "administrator" else role
    roles = [{"roleType": "primary", "role": role, "org": org} for org in orgs]
    return {**body, "roles": roles, "primaryOrg": body.get("primaryOrg", orgs[0])}


def _is_of_1p1(user: Document) -> bool:
    return "role" in user and "roles" not in user


def _as_written(member: str, body: Document) -> str:
    """Return the name that a member had before a user of 1.1 was made one of 1.2."""
    if not _is_of_1p1(body):
        return member
    org = re.fullmatch(r"roles(\[\d+\])\.org", member)
    return f"orgs{org[1]}" if org else re.sub(r"^roles\[\d+\]\.role$", "role", member)
