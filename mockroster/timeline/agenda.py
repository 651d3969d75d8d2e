"""The agenda of a day: the calendar, the rates of the plan, and draws for the number of occurrences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import exp
from typing import Any

from mockroster.district.streams import Seed, Stream
from mockroster.timeline.calendar import Calendar
from mockroster.timeline.population import Population

_CHUNK = 30.0
"""The largest expectation of one draw; a larger one is divided, because its probabilities are too small for a float."""


class Agenda:
    """The input of ``Event.schedule``. The caller must hold the overlay exclusively."""

    __slots__ = ("_rates", "_seed", "calendar", "day", "memory", "number_of_students", "population")

    def __init__(
        self, population: Population, seed: int, day: date, calendar: Calendar, rates: Mapping[str, float]
    ) -> None:
        self.population = population
        self.day = day
        self.calendar = calendar
        self.number_of_students = population.number_of_students()
        self.memory: dict[str, Any] = {}
        """Values that the schedules of several events share."""

        self._seed = Seed(seed, day)
        self._rates = rates

    def rate(self, name: str) -> float:
        """Return a number of the plan."""
        return self._rates[name]

    def stream(self, key: str) -> Stream:
        """Return the stream of a key, the name of an event or of one of its rates, on this day."""
        return self._seed.stream(f"timeline/{self.day}/agenda/{key}")

    def stream_of_year(self, key: str) -> Stream:
        """Return the stream of a key in this school year."""
        return self._seed.stream(f"timeline/{self.calendar.year_of(self.day)}/agenda/{key}")

    @property
    def school_day(self) -> int:
        """The number of the day among those of the school year, from 1; 0 if it is not a school day."""
        return self.calendar.school_day(self.day)

    @property
    def school_week(self) -> int:
        """The number of the week of the school year, from 1; 0 out of the year."""
        return self.calendar.school_week(self.day)

    def draw(self, name: str, expected: float) -> int:
        """Return a number of occurrences, by a Poisson distribution."""
        stream, total = self.stream(name), 0
        while expected > 0:
            part = min(expected, _CHUNK)
            total += _poisson(stream, part)
            expected -= part
        return total

    def per_day(self, name: str, share: float = 1.0) -> int:
        """Return the number of occurrences for a rate per 1,000 students and school day."""
        return self.draw(name, share * self.rate(name) * self.number_of_students / 1000) if self.school_day else 0

    def per_week(self, name: str) -> int:
        """Return the number of occurrences for a rate per 1,000 students and school week."""
        return self.per_day(name, 1 / 5)

    def per_year(self, name: str) -> int:
        """Return the number of occurrences for a rate per 1,000 students and school year."""
        return self.per_day(name, 1 / self.calendar.length(self.day))


def _poisson(stream: Stream, expected: float) -> int:
    limit, product, number = exp(-expected), 1.0, -1
    while product > limit:
        product *= stream.random() + 2**-17
        number += 1
    return number
