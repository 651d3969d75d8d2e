"""Fixture sets put together: every record in the shape of both versions, every fault with its place.

Each record is judged by itself as it is taken in (``neutral``), and among all the others when they are there
(``settling``, ``check``). One that is faulty stays as a ``SpoiltRecord``, for whoever serves it all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from mockroster.errors import UnprocessableRecord
from mockroster.loading.checks.check import checked
from mockroster.loading.neutral import Shapes, is_dated, written_as
from mockroster.loading.placed import Placed, identified
from mockroster.loading.settling import Settling
from mockroster.loading.spoilt import kept
from mockroster.loading.synonyms import SYNONYMS
from mockroster.loading.written import Amendment, Fault, FixtureSet, Links, Mention, Written
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record, Records, SpoiltRecord
from mockroster.roster.store import COLLECTIONS, Roster
from mockroster.standard.neutral import NEUTRAL


@dataclass(frozen=True, slots=True)
class Assembly:
    """What fixture sets come to."""

    records: Records
    """All of them, with those that they lie over."""

    faults: list[Fault]
    """Everything that is wrong, file by file and line by line."""

    counts: Mapping[str, int]
    """How many records the sets themselves have, by collection, for those that have any."""

    undated: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The sourcedIds of the records of the sets whose ``dateLastModified`` no file says, by collection."""


def assembled(sets: Sequence[FixtureSet], now: datetime, base: Roster | None = None) -> Assembly:
    """Put fixture sets together, over the records of ``base``; later ones replace records of the same id.

    The records are taken out of the sets as they are read, so that a large file is not held twice.
    """
    taking = _Taking(Shapes(now), base or Roster.of({}))
    for fixtures in sets:
        taking.take(fixtures)
    _settle(taking, [mention for fixtures in sets for mention in fixtures.mentions])
    _check(taking, sets)
    faults = sorted(taking.faults, key=taking.order)
    return Assembly(taking.records(), faults, taking.counts(), taking.undated())


class _Taking:
    """The records as they are taken in."""

    def __init__(self, shapes: Shapes, base: Roster) -> None:
        self.faults: list[Fault] = []
        self.placed: dict[str, dict[str, Placed]] = {collection: {} for collection in COLLECTIONS}
        self._base = base
        self._doubles: dict[tuple[str, str], list[Placed]] = {}
        self._files: dict[str, int] = {}
        self._links: list[Links] = []
        self._moved: list[tuple[Placed, str | None]] = []
        """Records that amendments have given another parent, each with the old one."""

        self._origin = 0
        self._said: set[tuple[str, int | None, str]] = set()
        self._shapes = shapes

    def take(self, fixtures: FixtureSet) -> None:
        """Take every record of a set out of it, one by one."""
        self._origin += 1
        self._take_faults(fixtures.faults)
        pending = _by_record(self._amendments(fixtures))
        fixtures.records.reverse()
        while fixtures.records:
            written = fixtures.records.pop()
            self._files.setdefault(written.source.name, len(self._files))
            body = identified(written.collection, written.body)
            if pending and isinstance(name := body.get("sourcedId"), str):
                body = _amended(body, pending.pop((written.collection, name), ()))
            placed = self._judged(written.collection, body, written)
            if placed:
                self._place(placed, written.body)
        for (collection, sourced_id), amendments in pending.items():
            self._amend(collection, sourced_id, amendments)
        while self._moved:
            self._rehome(*self._moved.pop(0))

    def _amendments(self, fixtures: FixtureSet) -> Iterator[Amendment]:
        """Yield what a set changes of records, and remember which rows it has."""
        yield from fixtures.amendments
        if fixtures.links is not None:
            yield from fixtures.links.amendments(self._links)
            self._links.append(fixtures.links)

    def note(self, faults: Iterable[Fault | None]) -> None:
        """Take faults in, those that there are; what reading has said of a member already is not said again."""
        for fault in faults:
            if fault is not None and (fault.file, fault.line, fault.where) not in self._said:
                self.faults.append(fault)
                self._files.setdefault(fault.file, len(self._files))

    def _take_faults(self, faults: Sequence[Fault]) -> None:
        self.note(faults)
        errors = (fault for fault in faults if fault.where and fault.severity == "error")
        self._said |= {(fault.file, fault.line, fault.where) for fault in errors}

    def order(self, fault: Fault) -> tuple[int, int]:
        """Return where a fault stands among the others: file by file, line by line."""
        return self._files[fault.file], fault.line or 0

    def all(self) -> Iterator[Placed]:
        """Yield every record of the sets."""
        for placed in self.placed.values():
            yield from placed.values()
        for doubles in self._doubles.values():
            yield from doubles

    def records(self) -> Records:
        """Return the records of the sets over those of the base."""
        return {collection: [*self._records(collection)] for collection in COLLECTIONS}

    def counts(self) -> dict[str, int]:
        """Return how many records the sets have, by collection."""
        counts = {collection: len(placed) for collection, placed in self.placed.items()}
        for (collection, _), doubles in self._doubles.items():
            counts[collection] += len(doubles)
        return {collection: count for collection, count in counts.items() if count}

    def undated(self) -> dict[str, frozenset[str]]:
        """Return the records that no file dates, by collection."""
        return {
            collection: frozenset(name for name, placed in its.items() if not placed.is_dated)
            for collection, its in self.placed.items()
            if its
        }

    def _records(self, collection: str) -> Iterator[Record]:
        placed, under = self.placed[collection], self._base.tables[collection]
        for record in under:
            over = placed.get(record["sourcedId"])
            yield over.record if over else record
        for name, one in placed.items():
            if under.position(name) is None:
                yield one.record
        for (of, _), doubles in self._doubles.items():
            if of == collection:
                yield from (double.record for double in doubles)

    def _judged(self, collection: str, body: Mapping[str, Any], written: Written) -> Placed | None:
        """Return a record, or what can be kept of it."""
        record: Record | None
        try:
            record = self._shapes.neutral(collection, body)
        except UnprocessableRecord as error:
            self.note(written.fault(member, message) for member, message in error.faults.items())
            record = kept(self._shapes, collection, body, error.faults)
        if record is None:
            return None
        place = written.source, written.collection, written.number
        # A row of a joined file dates the part that it is, not the record.
        has_date = written.collection == collection and is_dated(written.body)
        _, shape = written_as(collection, body)
        return Placed(record, collection, *place, self._origin, shape, has_date)

    def _place(self, placed: Placed, body: Mapping[str, Any]) -> None:
        """Put a record in the place of one of an earlier set, or beside one of its own set, which is a fault."""
        name = placed.record["sourcedId"]
        has_own_id = bool(body.get("sourcedId"))
        there, key = self.placed[placed.collection], (placed.collection, name)
        earlier = there.get(name)
        if earlier is None or earlier.origin != placed.origin:
            self._doubles.pop(key, None)
            there[name] = placed
            if not has_own_id and not any(SYNONYMS.get(member) == "sourcedId" for member in body):
                made = f"is missing: {name!r} is made of the content, and changes with it"
                self.note([placed.fault("sourcedId", made, "violation")])
            return
        said = f"{name!r} is that of {earlier.called} too"
        made = f"is missing, and all else is as in {earlier.called}: leave one of them out, or name both"
        self.note([placed.fault("sourcedId", said if has_own_id else made)])
        placed.spoil()
        self._doubles.setdefault(key, []).append(placed)

    def _amend(self, collection: str, sourced_id: str, amendments: Sequence[Amendment]) -> None:
        """Change a record of an earlier set, or of the base."""
        record = self._known(collection, sourced_id)
        body = _amended(record, amendments)
        row = amendments[0].written
        if not body.get("sourcedId"):
            name = NEUTRAL[collection].name
            self.note([row.fault("", f"there is no {name} with the sourcedId {sourced_id!r} to which it belongs")])
            return
        placed = self._judged(collection, body, row)
        if placed:
            self.placed[collection][sourced_id] = placed
            if record.get("parent") != placed.record.get("parent"):
                self._moved.append((placed, record.get("parent")))

    def _rehome(self, child: Placed, old: str | None) -> None:
        """Take a record out of the children of its old parent, and put it among those of the new one."""
        name, new = child.record["sourcedId"], child.record.get("parent")
        for parent in filter(None, (old, new)):
            family = self._known(child.collection, parent)
            others = [one for one in family.get("children", ()) if one != name]
            if family:
                change = partial(_with_children, [*others, name] if parent == new else others)
                self._amend(child.collection, parent, [Amendment(child.collection, parent, change, child.place)])

    def _known(self, collection: str, sourced_id: str) -> Record:
        """Return a record as it is up to now, an empty one where there is none."""
        known = self.placed[collection].get(sourced_id)
        return known.record if known else self._base.tables[collection].get(sourced_id) or Record()


def _by_record(amendments: Iterable[Amendment]) -> dict[tuple[str, str], list[Amendment]]:
    """Return what is to be changed of each record, in order."""
    found: dict[tuple[str, str], list[Amendment]] = {}
    for amendment in amendments:
        found.setdefault((amendment.collection, amendment.sourced_id), []).append(amendment)
    return found


def _amended(body: Mapping[str, Any], amendments: Iterable[Amendment]) -> Mapping[str, Any]:
    for amendment in amendments:
        body = amendment.change(body)
    return body


def _with_children(children: list[str], body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, "children": children or None}


def _settle(taking: _Taking, mentions: Iterable[Mention]) -> None:
    """Complete every record from the others, and note what does not fit together."""
    settling = Settling(Overlay(Roster.of(taking.records())))
    for placed in taking.all():
        if isinstance(placed.record, SpoiltRecord):
            faults = dict(settling.faults(placed.collection, placed.record))
        else:
            placed.record, faults = settling.settled(placed.collection, placed.record)
        if faults:
            taking.note(placed.fault(member, message) for member, message in faults.items())
            placed.spoil()
    for mention in mentions:
        message = settling.unresolved_mention(mention)
        if message:
            taking.note(mention.faults(message))


def _check(taking: _Taking, sets: Sequence[FixtureSet]) -> None:
    """Note what is suspicious though every record is right by itself."""
    for found in checked(Overlay(Roster.of(taking.records()))):
        placed = taking.placed[found.collection].get(found.sourced_id)
        if placed is not None:
            taking.note([placed.fault(found.member, found.message, found.severity)])
    if not any(taking.counts()) and not taking.faults:
        taking.note(Fault(one.name, None, "", "there is no record in it", "warning") for one in sets)
