"""The calendar of a school year: first and last school day, holidays and breaks, for any year.

It is not derived from the academicSessions of a roster, which have no summer between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

SCHOOL_DAYS = 180
"""The school days of a year; most states of the US require that many."""

_FIRST_MONTH = 8
_MONDAY, _THURSDAY = 0, 3
MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SchoolYearDates:
    """The dates of one school year; ``start`` is the calendar year in which it begins."""

    start: int
    days: tuple[date, ...]
    """All school days, in order."""

    prepared: date
    """The day on which the sessions of the next year are entered, and its new students."""

    rollover: date
    """The first day of the summer before this school year on which the records move to it."""

    @property
    def first(self) -> date:
        """The first school day."""
        return self.days[0]

    @property
    def last(self) -> date:
        """The last school day."""
        return self.days[-1]


@dataclass(frozen=True, slots=True)
class Calendar:
    """School days by rules; ``None`` means the rule of ``us-k12``. Days off are added to the holidays."""

    first_day: MonthDay | None = None
    last_day: MonthDay | None = None
    year_prepared: MonthDay = (4, 15)
    year_rolled_over: MonthDay = (7, 15)
    days_off: frozenset[date] = frozenset()
    _years: dict[int, SchoolYearDates] = field(default_factory=dict, compare=False, repr=False, init=False)
    _numbers: dict[int, dict[date, int]] = field(default_factory=dict, compare=False, repr=False, init=False)

    def year(self, start: int) -> SchoolYearDates:
        """Return the dates of the school year that begins in the calendar year ``start``."""
        if start not in self._years:
            prepared, rollover = date(start + 1, *self.year_prepared), date(start, *self.year_rolled_over)
            self._years[start] = SchoolYearDates(
                start, tuple(self._school_days(start)), _workday(prepared), _workday(rollover)
            )
        return self._years[start]

    def year_of(self, day: date) -> int:
        """Return the calendar year in which the school year of a day begins; it ends with the rollover."""
        return day.year if day >= self.year(day.year).rollover else day.year - 1

    def school_day(self, day: date) -> int:
        """Return the number of a day among those of its school year, from 1; 0 if it is not a school day."""
        start = self.year_of(day)
        if start not in self._numbers:
            self._numbers[start] = {each: number for number, each in enumerate(self.year(start).days, start=1)}
        return self._numbers[start].get(day, 0)

    def school_week(self, day: date) -> int:
        """Return the number of a week of the school year, from 1; 0 before its first and after its last day."""
        year = self.year(self.year_of(day))
        if not year.first <= day <= year.last:
            return 0
        return ((day - year.first).days + year.first.weekday()) // 7 + 1

    def length(self, day: date) -> int:
        """Return the number of school days of the year of a day."""
        return len(self.year(self.year_of(day)).days)

    def next_school_day(self, day: date) -> date:
        """Return the first school day after a day."""
        start = self.year_of(day)
        following = (
            school_day for year in (start, start + 1) for school_day in self.year(year).days if school_day > day
        )
        return next(following)

    def previous_school_day(self, day: date) -> date:
        """Return the last school day before a day."""
        start = self.year_of(day)
        return max(earlier for year in (start - 1, start) for earlier in self.year(year).days if earlier < day)

    def _school_days(self, start: int) -> Iterator[date]:
        """Yield the school days: those up to the last day, or else ``SCHOOL_DAYS`` of them."""
        first = date(start, *self.first_day) if self.first_day else nth(start, _FIRST_MONTH, _MONDAY, 3)
        last = None
        if self.last_day:
            last = date(start + (self.last_day < (_FIRST_MONTH, 1)), *self.last_day)
        off = self.days_off | holidays(start)
        day, number = first, 0
        while (day <= last) if last else (number < SCHOOL_DAYS):
            if day.weekday() < 5 and day not in off:
                number += 1
                yield day
            day += timedelta(days=1)


def nth(year: int, month: int, weekday: int, number: int) -> date:
    """Return the n-th weekday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def holidays(start: int) -> frozenset[date]:
    """Return the days off between September and May: federal holidays, and the breaks of most districts."""
    thanksgiving = nth(start, 11, _THURSDAY, 4)
    memorial = nth(start + 1, 5, _MONDAY, 4)
    memorial += timedelta(days=7 if (memorial + timedelta(days=7)).month == 5 else 0)
    spring = nth(start + 1, 4, _MONDAY, 1)
    return frozenset(
        {
            nth(start, 9, _MONDAY, 1),
            nth(start, 10, _MONDAY, 2),
            date(start, 11, 11),
            *(thanksgiving + timedelta(days=offset) for offset in range(-1, 2)),
            *(date(start, 12, 20) + timedelta(days=offset) for offset in range(14)),
            nth(start + 1, 1, _MONDAY, 3),
            nth(start + 1, 2, _MONDAY, 3),
            *(spring + timedelta(days=offset) for offset in range(5)),
            memorial,
        }
    )


def _workday(day: date) -> date:
    """Return a day, or the Monday after it if it is on a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
