"""``make soak-timeline``: districts over 400 days and ten years, the numbers of the plan, and the speed of days.

Every rule of ``timeline_world.violations`` is checked on each day on which something happens. ``ARGS="--students 200
--days 60 --years 2"`` checks a slice.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from timeline_world import World, collection_reads, violations

from mockroster.district.curriculum import GRADES
from mockroster.http.app import create_app
from mockroster.standard.versions import VERSIONS
from mockroster.timeline.agenda import Agenda
from mockroster.timeline.days import pass_days
from mockroster.timeline.plan import load_plan

START = "2026-09-01"
SEEDS = (1, 2, 3)


@dataclass
class Report:
    """The measurements and the violations."""

    faults: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Print a line at once."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def expect(self, fact: str, *, holds: bool) -> None:
        """Print a fact, and note it if it does not hold."""
        self.say(f"{'ok   ' if holds else 'WRONG'} {fact}")
        if not holds:
            self.faults.append(fact)


def invariants(report: Report, students: int, days: int) -> None:
    """Check each day of districts of several seeds."""
    for seed in SEEDS:
        world, wrong = World.of(students, START, seed), Counter[str]()
        for _ in range(days):
            if world.next_day():
                wrong.update(violations(world))
        fact = (
            f"seed {seed}: {students} students, {days} days, {sum(world.counts.values())} events: {len(wrong)} faults"
        )
        report.expect(f"{fact} {list(wrong)[:3]}", holds=not wrong)


def years(report: Report, students: int, number: int) -> None:
    """Check the distribution of grades, and that no enrollment of last year is active, over several rollovers."""
    world = World.of(students, START, plan="us-k12")
    for year in range(2027, 2027 + number):
        world.pass_to(f"{year}-08-20")
        grades = Counter(student["grades"][0] for student in world.students())
        old = {each["sourcedId"] for each in world.active("classes") if not world.population.is_current(each)}
        stale = sum(seat["class"] in old for seat in world.active("enrollments"))
        mean = len(world.students()) / len(GRADES)
        spread = {grade: round(grades[grade] / mean, 2) for grade in GRADES}
        holds = all(0.5 <= share <= 1.6 for share in spread.values()) and not stale and violations(world) == []
        report.expect(f"{year}: {len(world.students())} students, {stale} stale enrollments, {spread}", holds=holds)


def rates(report: Report, students: int) -> None:
    """Compare entries and exits of 180 school days with the plan."""
    world = World.of(students, "2026-08-16", profile="roster-only")
    plan = world.plan.rates
    balance = 2 * _first_days(world) - 1
    expected = Counter({"student-enrolled": 0.0, "student-left": 0.0})
    calendar = world.plan.calendar
    assert calendar is not None
    while world.day < calendar.year(2026).last:
        size = len(world.students()) / 1000
        world.next_day()
        number = calendar.school_day(world.day)
        if number:
            late = plan["first-days"] * max(0, 1 - (number - 1) / 20) * size
            expected["student-enrolled"] += plan["student-enrolled"] * size + max(0.0, balance) * late
            expected["student-left"] += plan["student-left"] * size + max(0.0, -balance) * late
    found = {
        "student-enrolled": world.counts["student-enrolled"] + world.counts["student-returned"],
        "student-left": world.counts["student-left"],
    }
    for name, number in found.items():
        share = number / expected[name]
        report.expect(f"{name}: {number}, by the plan {expected[name]:.0f}: {share:.3f}", holds=0.9 <= share <= 1.1)


def _first_days(world: World) -> float:
    """Return the draw that makes a year one of late registrations or of no-shows."""
    assert world.plan.calendar is not None
    agenda = Agenda(world.population, world.seed, world.plan.calendar.year(2026).first, world.plan.calendar, {})
    return agenda.stream_of_year("first-days").random()


def filters(report: Report, students: int) -> None:
    """Compare a filter by date with the log, for 100 random times in both versions."""
    app = create_app(students=students, now=f"{START}T12:00:00Z", no_auth=True)
    client, random, wrong = app.test_client(), Random(7), 0
    client.post("/__admin/days", json={"days": 60})
    for _ in range(100):
        since = datetime(2026, 9, 1, 18, tzinfo=UTC) + timedelta(seconds=random.randrange(60 * 86_400))
        text = since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        logs = {
            version: client.get(f"/__admin/changes?since={text}&limit=10000&version={version}").get_json()["changes"]
            for version in VERSIONS.numbers
        }
        for version, name, path in collection_reads():
            url = f"{path}?limit=100000&filter=dateLastModified>'{text}'"
            rows = next(iter(client.get(url).get_json().values()))
            latest = {row["sourcedId"]: row["after"] for row in logs[version] if row["collection"] == name}
            wrong += {row["sourcedId"] for row in rows} != {key for key, after in latest.items() if after is not None}
    report.expect(
        f"filter=dateLastModified>'T' and /changes?since=T for 100 times: {wrong} differences", holds=not wrong
    )


def speed(report: Report, students: int) -> None:
    """Measure a year of a district in a sandbox."""
    sandbox = create_app(students=students, now=f"{START}T12:00:00Z").extensions["mockroster"].default
    began = time.process_time()
    passed = pass_days(sandbox, load_plan("us-k12"), datetime(2027, 9, 1, tzinfo=UTC).date())
    seconds = time.process_time() - began
    report.expect(
        f"365 days of {students} students: {seconds:.1f} s of CPU time, revision {passed.revision}", holds=seconds < 20
    )


def main() -> int:
    """Run all checks and return the exit code."""
    parser = argparse.ArgumentParser(prog="make soak-timeline")
    parser.add_argument("--students", type=int, default=600)
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--large", type=int, default=10_000, help="students of the district whose rates are counted")
    options = parser.parse_args()
    report = Report()
    speed(report, 1000)
    filters(report, min(options.students, 200))
    rates(report, options.large)
    years(report, options.students, options.years)
    invariants(report, options.students, options.days)
    report.say(f"{len(report.faults)} faults")
    return int(bool(report.faults))


if __name__ == "__main__":
    sys.exit(main())
