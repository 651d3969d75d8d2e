"""A fixture document, already parsed, merged into what a sandbox holds: all of it or nothing.

What a record is, and what is wrong with one, is said where fixture files are read too: ``neutral`` and ``settling``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from mockroster.errors import FAULTY_RECORDS, UnprocessableRecord, nearest
from mockroster.loading.checks.check import errors_of
from mockroster.loading.envelope import collection_of, is_beside
from mockroster.loading.neutral import MODELS, Body, Shapes, as_written, is_dated, is_of_1p1
from mockroster.loading.settling import Settling
from mockroster.roster.commit import Put, by_content, commit, if_restated
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

    A date is kept where it differs from the stored one, and is the time of the change elsewhere. Raises
    ``UnprocessableRecord``, which names each fault by collection, number and member, and ``SandboxFull``.
    """
    with overlay.exclusive():
        overlay.check_room()
        commit(overlay, _intents(overlay, document, now), now)


def _intents(overlay: Overlay, document: Document, now: datetime) -> list[Put]:
    """Return what taking in a document would change. Raises ``UnprocessableRecord``."""
    faults = _Faults()
    trial = overlay.replaced({})
    shapes = Shapes(now)
    taken: list[tuple[str, str, Body, Record]] = []
    places: dict[tuple[str, str], str] = {}
    bodies = [*_bodies(document)]
    for position, (collection, number, body) in enumerate(bodies):
        place = f"{collection}[{number}]"
        with faults.of(place, len(bodies) - position - 1):
            record = shapes.neutral(collection, _identified(body))
            earlier = places.setdefault((collection, record["sourcedId"]), place)
            if earlier != place:
                raise UnprocessableRecord({"sourcedId": f"{record['sourcedId']!r} is that of {earlier} too"})
            trial.put(collection, record)
            taken.append((collection, place, body, record))
    settling = Settling(trial)
    intents: list[Put] = []
    completed: list[tuple[str, str, Record]] = []
    for position, (collection, place, body, record) in enumerate(taken):
        with faults.of(place, len(taken) - position - 1):
            complete = settled(settling, collection, body, record)
            intents.append(Put(collection, complete, if_restated if is_dated(body) else by_content))
            completed.append((collection, place, complete))
    faults.check()
    if contradictions := _contradictions(trial, completed):
        raise UnprocessableRecord(contradictions)
    return intents


def _contradictions(trial: Overlay, completed: Iterable[tuple[str, str, Record]]) -> dict[str, str]:
    """Return what makes no sense in records that are right by themselves: what ``validate`` calls an error.

    Each comes as its collection, its place in the document and the record.
    """
    for collection, _, record in completed:
        trial.put(collection, record)
    return {
        f"{place}.{member}".rstrip("."): message
        for collection, place, record in completed
        for member, message in errors_of(trial, collection, record)
    }


def put(overlay: Overlay, collection: str, sourced_id: str, body: Document, now: datetime) -> bool:
    """Take one record in, and tell whether it is new. As ``merge``, but faults are named by member only."""
    check_id(body, sourced_id)
    with overlay.exclusive(), _unplaced(collection):
        is_new = overlay.tables[collection].get(sourced_id) is None
        merge(overlay, {collection: [{**body, "sourcedId": sourced_id}]}, now)
    return is_new


def resource_of(collection: str) -> Resource:
    """Return the model of a collection. Raises ``UnprocessableRecord`` with the nearest right name."""
    if collection not in MODELS:
        raise UnprocessableRecord({collection: f"is not a collection{nearest(collection, COLLECTIONS)}"})
    return MODELS[collection][VERSION]


class _Faults:
    """What is wrong with the records of a document, each named by its place."""

    def __init__(self) -> None:
        self._faults: dict[str, str] = {}
        self._records = 0

    @contextmanager
    def of(self, place: str, left: int) -> Iterator[None]:
        """Gather what is wrong with a record, after which ``left`` others come.

        Raises ``UnprocessableRecord`` where so many are faulty that the others need not be checked.
        """
        try:
            yield
        except UnprocessableRecord as error:
            self._faults |= {f"{place}.{member}": fault for member, fault in error.faults.items()}
            self._records += 1
        if self._records >= FAULTY_RECORDS:
            raise UnprocessableRecord(self._faults, unchecked=left)

    def check(self) -> None:
        """Raise ``UnprocessableRecord`` where anything is wrong."""
        if self._faults:
            raise UnprocessableRecord(self._faults)


@contextmanager
def _unplaced(collection: str) -> Iterator[None]:
    """Name what is wrong with the only record of a document by its member alone."""
    try:
        yield
    except UnprocessableRecord as error:
        prefix = f"{collection}[0]."
        raise UnprocessableRecord({name.removeprefix(prefix): fault for name, fault in error.faults.items()}) from None


def check_id(body: Body, sourced_id: str) -> None:
    """Raise ``UnprocessableRecord`` for a body that names another record than the path does."""
    if body.get("sourcedId", sourced_id) != sourced_id:
        raise UnprocessableRecord({"sourcedId": f"must be {sourced_id!r}, as in the path, or be left out"})


def _identified(body: Body) -> Body:
    """Return a body that says which record it is: whoever writes over a sandbox has to."""
    if not body.get("sourcedId"):
        raise UnprocessableRecord({"sourcedId": "is missing"})
    return body


def settled(settling: Settling, collection: str, body: Body, record: Record) -> Record:
    """Return a record with what it lacks filled in from the others. Raises ``UnprocessableRecord``."""
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
