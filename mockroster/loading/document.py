"""A fixture document, already parsed, merged into what a sandbox holds: all of it or nothing.

What a record is, and what is wrong with one, is said where fixture files are read too: ``neutral`` and ``settling``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from mockroster.errors import UnprocessableRecord, nearest
from mockroster.loading.envelope import collection_of, is_beside
from mockroster.loading.neutral import MODELS, Body, Shapes, as_written, is_of_1p1
from mockroster.loading.settling import Settling
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import COLLECTIONS
from mockroster.spec.model import Resource
from mockroster.spec.v1p2.models import VERSION

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
    shapes = Shapes(now)
    taken: list[tuple[str, str, Body, Record]] = []
    places: dict[tuple[str, str], str] = {}
    for collection, number, body in _bodies(document):
        place = f"{collection}[{number}]"
        with _placed(place, faults):
            record = shapes.neutral(collection, _identified(body))
            earlier = places.setdefault((collection, record["sourcedId"]), place)
            if earlier != place:
                raise UnprocessableRecord({"sourcedId": f"{record['sourcedId']!r} is that of {earlier} too"})
            trial.put(collection, record)
            taken.append((collection, place, body, record))
    settling = Settling(trial)
    for position, (collection, place, body, record) in enumerate(taken):
        with _placed(place, faults):
            taken[position] = collection, place, body, _settled(settling, collection, body, record)
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


def resource_of(collection: str) -> Resource:
    """Return the model of a collection. Raises ``UnprocessableRecord`` with the nearest right name."""
    if collection not in MODELS:
        raise UnprocessableRecord({collection: f"is not a collection{nearest(collection, COLLECTIONS)}"})
    return MODELS[collection][VERSION]


@contextmanager
def _placed(place: str, faults: dict[str, str]) -> Iterator[None]:
    """Gather what is wrong with a record, named by its place."""
    try:
        yield
    except UnprocessableRecord as error:
        faults |= {f"{place}.{member}": fault for member, fault in error.faults.items()}


def _identified(body: Body) -> Body:
    """Return a body that says which record it is: whoever writes over a sandbox has to."""
    if not body.get("sourcedId"):
        raise UnprocessableRecord({"sourcedId": "is missing"})
    return body


def _settled(settling: Settling, collection: str, body: Body, record: Record) -> Record:
    complete, faults = settling.settled(collection, record)
    if is_of_1p1(collection, body):
        faults = {written: fault for name, fault in faults.items() if (written := as_written(name))}
    if faults:
        raise UnprocessableRecord(faults)
    return complete


def _bodies(document: Document) -> Iterator[tuple[str, int, Body]]:
    """Yield collection, number and body of each record."""
    for collection, records in document.items():
        if collection == "base":
            if records not in BASES:
                raise UnprocessableRecord({"base": f"{str(records)[:80]!r} is not one of {', '.join(BASES)}"})
            continue
        if is_beside(collection):
            continue
        if (single := collection_of(collection, records)) is not None:
            yield single, 0, records
            continue
        resource_of(collection)
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise UnprocessableRecord({collection: "must be an array of records"})
        yield from ((collection, number, record) for number, record in enumerate(records))
