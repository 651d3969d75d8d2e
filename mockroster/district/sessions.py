"""The school years of a district: last year and this one, from 1 August to 1 August, without a gap.

A school year has two semesters, a semester two terms, a term two grading periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from mockroster.district.streams import Seed
from mockroster.roster.record import Record

_FIRST_MONTH = 8
_STARTS = ((8, 1), (9, 8), (10, 16), (11, 22), (1, 1), (2, 6), (3, 16), (5, 1))
_SUMMER = ((6, 13), (8, 1))
_WINTER = ((12, 20), (1, 3))
_MONDAYS_OFF = ((1, 15), (5, 25), (9, 1))


class Session(NamedTuple):
    """An academic session: ``start`` is its first day, ``end`` the day after its last."""

    key: str
    sourced_id: str
    title: str
    type: str
    start: date
    end: date


class SchoolYear(NamedTuple):
    """The fifteen sessions of a school year; ``days`` are the school days of each grading period, as in a record."""

    start: int
    whole: Session
    semesters: tuple[Session, ...]
    terms: tuple[Session, ...]
    grading_periods: tuple[Session, ...]
    days: tuple[tuple[str, ...], ...]

    def semester_at(self, day: date) -> int:
        """Return the number, 0 or 1, of the semester that contains a day of this year."""
        return int(day >= self.semesters[1].start)


def first_year(day: date) -> int:
    """Return the calendar year in which the school year of ``day`` begins."""
    return day.year if day.month >= _FIRST_MONTH else day.year - 1


def school_year(seed: Seed, start: int) -> SchoolYear:
    """Return the school year that begins on 1 August of the year ``start``."""
    starts = [date(start if month >= _FIRST_MONTH else start + 1, month, day) for month, day in _STARTS]
    bounds = [*starts, date(start + 1, _FIRST_MONTH, 1)]
    name = f"{start}-{start + 1}"

    def sessions(kind: str, title: str, length: int) -> tuple[Session, ...]:
        made = []
        for number, first in enumerate(range(0, 8, length), start=1):
            key = f"session/{start}/{kind}/{number}"
            label = title.format(number=number, year=name)
            made.append(Session(key, seed.sourced_id(key), label, kind, bounds[first], bounds[first + length]))
        return tuple(made)

    periods = sessions("gradingPeriod", "Grading Period {number}, {year}", 1)
    return SchoolYear(
        start=start,
        whole=sessions("schoolYear", "School Year {year}", 8)[0],
        semesters=sessions("semester", "Semester {number}, {year}", 4),
        terms=sessions("term", "Term {number}, {year}", 2),
        grading_periods=periods,
        days=tuple(_school_days(period) for period in periods),
    )


def session_rows(seed: Seed, years: Sequence[SchoolYear]) -> list[Record]:
    """Return the academicSessions of these years, each year from the top down."""
    rows = []
    for year in years:
        levels = ((year.whole,), year.semesters, year.terms, year.grading_periods)
        for depth, sessions in enumerate(levels):
            parents = levels[depth - 1] if depth else ()
            children = levels[depth + 1] if depth < len(levels) - 1 else ()
            rows += [_row(seed, session, parents, children, str(year.start + 1)) for session in sessions]
    return rows


def _row(
    seed: Seed, session: Session, parents: Sequence[Session], children: Sequence[Session], school_year: str
) -> Record:
    row = seed.row(session.key)
    row["metadata"] = {"instructionalDays": len(_school_days(session))}
    row["title"] = session.title
    row["startDate"] = session.start.isoformat()
    row["endDate"] = session.end.isoformat()
    row["type"] = session.type
    for parent in parents:
        if parent.start <= session.start < parent.end:
            row["parent"] = parent.sourced_id
    inside = [child.sourced_id for child in children if session.start <= child.start < session.end]
    if inside:
        row["children"] = inside
    row["schoolYear"] = school_year
    return row


def _school_days(session: Session) -> tuple[str, ...]:
    days = map(date.fromordinal, range(session.start.toordinal(), session.end.toordinal()))
    return tuple(day.isoformat() for day in days if day.weekday() < 5 and not _is_holiday(day))


def _is_holiday(day: date) -> bool:
    place = (day.month, day.day)
    if _SUMMER[0] <= place < _SUMMER[1] or place >= _WINTER[0] or place < _WINTER[1]:
        return True
    if day.weekday() == 0 and any(month == day.month and first <= day.day < first + 7 for month, first in _MONDAYS_OFF):
        return True
    thursday = day - timedelta(days=day.weekday() - 3)
    return day.month == 11 and day.weekday() in {3, 4} and 22 <= thursday.day <= 28
