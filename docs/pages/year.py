"""A picture of a school year by the plan: entries and exits by week, changes of timetables, and days off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from mockroster.roster.overlay import Overlay
from mockroster.roster.store import Roster
from mockroster.timeline.agenda import Agenda
from mockroster.timeline.catalogue import events
from mockroster.timeline.plan import load_plan
from mockroster.timeline.population import Population
from pages.pictures import svg

_YEAR = 2026
_STUDENTS = 1000
_HIGH_SCHOOL = 308
_WEEKS = 52
_WIDTH, _MIDDLE, _UNIT = 13, 130, 9
_UP = {"student-enrolled": "#5b9bd5", "student-returned": "#a9c8e4"}
_DOWN = {"student-left": "#d98c5f"}
_TIMETABLES = ("schedule-changed", "class-balanced", "class-cancelled", "student-transferred")


class _District(Population):
    """A population of which only the size is known."""

    def number_of_students(self) -> int:
        return _STUDENTS

    def number_in(self, grades: object) -> int:  # noqa: ARG002
        return _HIGH_SCHOOL


def picture() -> str:
    """Return the picture of one school year of 1,000 students."""
    weeks = _weeks()
    parts = [*_frame()]
    for number, counts in enumerate(weeks):
        left = 60 + number * _WIDTH
        top = _MIDDLE
        for name, colour in _UP.items():
            top -= counts[name] * _UNIT
            parts.append(_bar(left, top, counts[name], colour))
        parts.append(_bar(left, _MIDDLE, counts["student-left"], _DOWN["student-left"]))
        changed = sum(counts[name] for name in _TIMETABLES)
        if changed:
            size = min(5.0, 1 + changed / 3)
            parts.append(f'<circle cx="{left + 5}" cy="236" r="{size:.1f}" fill="#7a9a5b"/>')
        if not counts["school days"]:
            parts.append(f'<rect x="{left - 1}" y="30" width="{_WIDTH}" height="212" fill="#888" opacity="0.12"/>')
    return svg(60 + _WEEKS * _WIDTH + 30, 290, "A school year of 1,000 students by the plan us-k12", parts)


def _weeks() -> list[Counter[str]]:
    """Return the occurrences of each week from 1 August on."""
    plan = load_plan("us-k12")
    overlay, first = Overlay(Roster.of({})), date(_YEAR, 8, 1)
    weeks: list[Counter[str]] = [Counter() for _ in range(_WEEKS)]
    for offset in range(_WEEKS * 7):
        day = first + timedelta(days=offset)
        if plan.calendar is None or not plan.calendar.school_day(day):
            continue
        counts = weeks[offset // 7]
        counts["school days"] += 1
        agenda = Agenda(_District(overlay, day), 42, day, plan.calendar, plan.rates)
        for name in (*_UP, *_DOWN, *_TIMETABLES):
            counts[name] += len([*events()[name].schedule(agenda)])
    return weeks


def _frame() -> Iterator[str]:
    yield f'<line x1="60" y1="{_MIDDLE}" x2="{60 + _WEEKS * _WIDTH}" y2="{_MIDDLE}" stroke="#666"/>'
    for label, top in (("enter", 90), ("leave", 170), ("classes", 240)):
        yield f'<text x="54" y="{top}" text-anchor="end">{label}</text>'
    for month in range(12):
        day = date(_YEAR + (month + 8 > 12), (month + 7) % 12 + 1, 1)
        left = 60 + (day - date(_YEAR, 8, 1)).days * _WIDTH / 7
        yield f'<text class="n" x="{left:.0f}" y="20">{day:%b}</text>'
    notes = ((257, "year-prepared"), (348, "year-rolled-over"))
    for offset, name in notes:
        left = 60 + offset * _WIDTH / 7
        yield f'<text class="n" x="{left:.0f}" y="275" text-anchor="middle">{name}</text>'
        yield f'<line x1="{left:.0f}" y1="246" x2="{left:.0f}" y2="262" stroke="#666"/>'


def _bar(left: float, top: float, number: int, colour: str) -> str:
    return f'<rect x="{left}" y="{top}" width="{_WIDTH - 3}" height="{number * _UNIT}" fill="{colour}"/>'
