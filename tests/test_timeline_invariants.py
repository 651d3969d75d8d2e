"""A district stays whole: on each day every reference leads somewhere, and every rule of the district holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from timeline_world import World, violations

from mockroster.errors import EventRefused
from mockroster.fixtures.read.assembly import assemble
from mockroster.fixtures.read.load import read
from mockroster.roster.overlay import Overlay
from mockroster.roster.store import Roster
from mockroster.timeline.catalogue import events
from mockroster.timeline.plan import load_plan

FIXTURES = Path(__file__).parents[1] / "fixtures"

SMALL = 170
"""Students of a district with all grades."""

MAY_BE_REFUSED = {"restored", "schedule-changed", "student-returned", "student-transferred", "co-teacher-added"}
"""Events for which so small a district may have nobody."""

OF_TERM = {"term-began"}
"""Events that are refused in the last term."""


@pytest.mark.parametrize(("start", "end"), [("2026-08-14", "2026-09-12"), ("2026-12-18", "2027-01-15")])
def test_a_district_stays_whole(start: str, end: str) -> None:
    """Every rule holds after each day of the first weeks, and of the change of semesters."""
    world = World.of(SMALL, start)

    while world.day.isoformat() < end:
        if world.next_day():
            assert violations(world) == []

    assert world.counts["work-assigned"]


def test_a_district_stays_whole_over_a_summer() -> None:
    """Every rule holds before and after each step from spring to the first day of the next year."""
    world = World.of(SMALL, "2027-04-10", seed=7)

    for day in ("2027-04-16", "2027-05-26", "2027-07-16", "2027-08-17"):
        world.pass_to(day)
        assert violations(world) == []

    assert (world.counts["year-prepared"], world.counts["year-rolled-over"]) == (1, 1)


@pytest.mark.parametrize("students", [1, 13, 40, 90])
def test_a_tiny_district_rolls_over(students: int) -> None:
    """A district without some grades stays one: its students move up within the grades that it has."""
    world = World.of(students, "2026-11-20")
    grades = {student["grades"][0] for student in world.students()}

    world.trigger("year-rolled-over")
    world.pass_to("2026-11-24")

    assert {student["grades"][0] for student in world.students()} <= grades
    assert [each for each in violations(world) if "primary teachers" not in each] == []


@pytest.mark.parametrize("event", sorted(events()))
def test_every_event_keeps_a_district_whole(event: str) -> None:
    """An event on request leaves nothing wrong, in term and in summer; but for an accident, which leaves references."""
    for start in ("2026-11-24", "2027-07-06"):
        world = World.of(SMALL, start)

        happened = triggered(world, event)

        assert happened or event in MAY_BE_REFUSED or (event in OF_TERM and start > "2027-05")
        assert event == "mass-deletion" or violations(world) == []


def triggered(world: World, event: str) -> bool:
    """Let an event happen, and return whether it changed records rather than being refused."""
    try:
        return bool(world.trigger(event))
    except EventRefused:
        return False


@pytest.mark.parametrize("name", ["csv-1.2", "edge-cases.yaml", "faulty", "gradebook.yaml", "tiny-school.json", ""])
@pytest.mark.parametrize("start", ["2025-10-01", "2026-10-01"])
def test_events_in_any_roster(name: str, start: str) -> None:
    """In fixtures, faulty ones or none, an event changes something or is refused, and a year passes."""
    fixtures = [read(str(FIXTURES / name), 10**8)] if name else []
    records = assemble(fixtures, datetime(2026, 10, 1, tzinfo=UTC)).records
    roster, day = Roster.of(records), date.fromisoformat(start)

    for event in events():
        triggered(World(Overlay(roster), 1, day, load_plan("us-k12")), event)
    world = World(Overlay(roster), 1, day, load_plan("us-k12"))
    world.pass_to(f"{day.year + 1}-09-15")

    assert name == "faulty" or [each for each in violations(world) if "leads nowhere" in each] == []


def test_an_invariant_can_fail() -> None:
    """A district without a teacher, with a dangling reference or with a wrong grade is found out."""
    world = World.of(SMALL, "2026-11-24")
    table = world.overlay.tables["enrollments"]
    teacher = next(seat for seat in table if seat["role"] == "teacher" and seat["endDate"] > "2026-11-24")
    student = world.students()[0]
    agent = world.overlay.tables["users"].get(student["agents"][0])
    assert agent is not None

    world.overlay.put("enrollments", type(teacher)({**teacher, "status": "tobedeleted"}))
    world.overlay.put("users", type(agent)({**agent, "status": "tobedeleted"}))
    world.overlay.put("users", type(student)({**student, "grades": ["12"]}))

    found = "\n".join(violations(world))
    assert "0 primary teachers" in found
    assert "leads nowhere" in found
    assert "years old in grade 12" in found
