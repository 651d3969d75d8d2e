"""A district whose days pass without a server, and the rules that must hold on each, for the tests of events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from mockroster.district import district
from mockroster.district.curriculum import GRADES
from mockroster.district.sessions import first_year
from mockroster.errors import EventRefused
from mockroster.fixtures.check import run_checks
from mockroster.roster.overlay import Overlay, RecordChange
from mockroster.roster.record import Record
from mockroster.roster.relations import referred
from mockroster.roster.store import Roster
from mockroster.standard.neutral import NEUTRAL
from mockroster.standard.versions import VERSIONS
from mockroster.timeline.catalogue import parse_event
from mockroster.timeline.occurrences import Occurrence, occurrences
from mockroster.timeline.plan import Plan, load_plan
from mockroster.timeline.population import Population, is_active, is_student

ELEMENTARY = GRADES[:6]


@dataclass
class World:
    """A district and the clock of its events."""

    overlay: Overlay
    seed: int
    day: date
    plan: Plan
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, students: int, start: str, seed: int = 42, profile: str = "district", plan: str = "us-k12") -> World:
        """Return a generated district on a day."""
        day = date.fromisoformat(start)
        now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        return cls(Overlay(Roster.of(district(seed, students, now, profile))), seed, day, load_plan(plan))

    def next_day(self) -> list[RecordChange]:
        """Let a day pass and return the changes."""
        self.day += timedelta(days=1)
        found: list[RecordChange] = []
        for occurrence in occurrences(self.overlay, self.seed, self.day, self.plan):
            try:
                changes = occurrence.happen(self.overlay, self.seed)
            except EventRefused:
                continue
            self.counts[occurrence.event.name] += 1
            found += changes
        return found

    def pass_to(self, day: str) -> None:
        """Let all days up to a day pass."""
        while self.day.isoformat() < day:
            self.next_day()

    def trigger(self, event: str, **parameters: object) -> dict[tuple[str, str], RecordChange]:
        """Let an event happen and return its changes by collection and sourcedId."""
        at = datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)
        self.counts[f"triggered {event}"] += 1
        key = f"{event}/triggered/{self.counts[f'triggered {event}']}"
        changes = Occurrence(parse_event(event, parameters), at, key).happen(self.overlay, self.seed)
        return {(change.collection, change.sourced_id): change for change in changes}

    def active(self, collection: str) -> list[Record]:
        """Return the active records of a collection."""
        return [record for record in self.overlay.tables[collection] if is_active(record)]

    def students(self) -> list[Record]:
        """Return the active students."""
        return [user for user in self.overlay.tables["users"] if is_student(user)]

    @property
    def population(self) -> Population:
        """Return lookups as of the day."""
        return Population(self.overlay, self.day)

    def contents(self) -> dict[tuple[str, str], Record]:
        """Return all records."""
        return {
            (collection, record["sourcedId"]): record
            for collection, table in self.overlay.tables.items()
            for record in table
        }


def collection_reads() -> Iterator[tuple[str, str, str]]:
    """Yield the number of a version, a collection and the path of all its records, for each collection of each."""
    for version in VERSIONS:
        for service in version.services:
            for operation in service.operations:
                name = operation.resource.collection
                if operation.kind == "collection" and operation.path == f"/{name}":
                    yield version.number, name, service.base + operation.path


def violations(world: World) -> list[str]:
    """Return the violations in a district on its day."""
    found = [f"{each.check}: {each.message}" for each in run_checks(world.overlay)]
    return [*found, *_dangling(world), *_classes(world), *_students(world), *_teachers(world)]


def _dangling(world: World) -> Iterator[str]:
    """Yield the references of active records that lead to no active record."""
    tables = world.overlay.tables
    for collection, resource in NEUTRAL.items():
        for record in world.active(collection):
            for member, target, value in referred(resource.references, record):
                other = tables[target.collection].get(value)
                if other is None or not is_active(other):
                    yield f"{collection} {record['sourcedId']}: {member} leads nowhere"


def _classes(world: World) -> Iterator[str]:
    population = world.population
    for class_ in population.current_classes():
        seats = population.members(class_["sourcedId"], "teacher")
        primary = [seat for seat in seats if seat.get("primary") is True]
        if len(primary) != 1:
            yield f"class {class_['sourcedId']}: {len(primary)} primary teachers"


def _students(world: World) -> Iterator[str]:
    population, year = world.population, _school_year(world)
    for student in world.students():
        timetable = population.timetable(student["sourcedId"])
        periods = [period for class_ in timetable for period in class_.get("periods", ())]
        if len(periods) != len(set(periods)):
            yield f"student {student['sourcedId']}: two classes in a period, {sorted(periods)}"
        homerooms = sum(class_["classType"] == "homeroom" for class_ in timetable)
        if timetable and student["grades"][0] in ELEMENTARY and homerooms != 1:
            yield f"student {student['sourcedId']}: {homerooms} homerooms"
        yield from _age(world, student, year)


def _age(world: World, student: Record, year: int) -> Iterator[str]:
    demographics = world.overlay.tables["demographics"].get(student["sourcedId"])
    if demographics is None or not is_active(demographics):
        yield f"student {student['sourcedId']}: no demographics"
        return
    begins = student["roles"][0].get("beginDate", "")
    first = year + (begins > f"{year + 1}-01-01" and begins > world.day.isoformat())
    age = first - int(demographics["birthDate"][:4]) - (demographics["birthDate"][5:] > "09-01")
    if age != 5 + GRADES.index(student["grades"][0]):
        yield f"student {student['sourcedId']}: {age} years old in grade {student['grades'][0]}"


def _school_year(world: World) -> int:
    """Return the year in which the classes of most students began."""
    begins = max(
        (window[0] for each in world.active("classes") if (window := world.population.window(each))), default=""
    )
    if not begins:
        return first_year(world.day)
    return int(begins[:4]) if begins[5:7] >= "08" else int(begins[:4]) - 1


def _teachers(world: World) -> Iterator[str]:
    population = world.population
    for user in world.active("users"):
        if user["roles"][0]["role"] == "teacher":
            classes = [population.get("classes", seat["class"]) for seat in population.enrollments(user["sourcedId"])]
            periods = [period for class_ in classes if class_ for period in class_.get("periods", ())]
            if len(periods) != len(set(periods)):
                yield f"teacher {user['sourcedId']}: two classes in a period, {sorted(periods)}"
