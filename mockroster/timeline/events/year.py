"""The turn of a term and of a school year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from mockroster.errors import EventRefused
from mockroster.roster.record import Record
from mockroster.timeline.agenda import Agenda
from mockroster.timeline.base import Event, Rate, parameter
from mockroster.timeline.classes import copy_class
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.population import Population
from mockroster.timeline.rollover import ending_classes, enroll_beginners, is_beginner, start_rollover
from mockroster.timeline.seats import enroll_within
from mockroster.timeline.sessions import copy_sessions, year_of_terms

_BEGINNERS = 80.0


@dataclass(frozen=True)
class TermBegan(Event):
    """Classes that last a part of the year are replaced by new ones in the following terms, with the same people.

    The old classes, their enrollments and their gradebook are deleted.
    Source: the academicSessions of the roster.
    """

    name = "term-began"

    def happen(self, occasion: Occasion) -> None:
        """Replace the classes that have ended, or else those that end within the year."""
        found = [
            (class_, terms) for class_ in ending_classes(occasion.population) if (terms := _following(occasion, class_))
        ]
        over = [pair for pair in found if _end(occasion.population, pair[0]) <= occasion.today]
        if not found:
            raise EventRefused("no class ends before its school year does")
        for class_, terms in over or found:
            self._replace(occasion, class_, terms)

    def _replace(self, occasion: Occasion, class_: Record, terms: list[Record]) -> None:
        copy = copy_class(occasion, class_, {"terms": [term["sourcedId"] for term in terms]})
        begin, end = min(term["startDate"] for term in terms), max(term["endDate"] for term in terms)
        dates = max(begin, occasion.today), end
        for seat in occasion.population.members(class_["sourcedId"]):
            enroll_within(occasion, dates, seat["user"], copy, seat)
        occasion.draft.retire("classes", class_["sourcedId"])

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return one occurrence on the first school day after classes have ended in mid-year."""
        if agenda.school_day < 2:
            return []
        previous, today = agenda.calendar.previous_school_day(agenda.day).isoformat(), agenda.day.isoformat()
        sessions = agenda.population.overlay.tables["academicSessions"]
        over = [session["sourcedId"] for session in sessions if previous < session.get("endDate", "") <= today]
        classes = (class_ for name in over for class_ in agenda.population.active("classes", "terms", name))
        return [cls()] if any(_end(agenda.population, class_) <= today for class_ in classes) else []


def _end(population: Population, class_: Record) -> str:
    window = population.window(class_)
    return window[1] if window else "~"


def _following(occasion: Occasion, class_: Record) -> list[Record]:
    """Return as many terms as a class has, from its end on, within its school year; or none if they do not fit."""
    sessions = year_of_terms(occasion.population, class_["terms"])
    own = [session for session in sessions if session["sourcedId"] in class_["terms"]]
    kinds = {session["type"] for session in own}
    end = max(session["endDate"] for session in own)
    found = [session for session in sessions if session["type"] in kinds and session["startDate"] >= end][: len(own)]
    return found if len(found) == len(own) else []


@dataclass(frozen=True)
class YearPrepared(Event):
    """The academicSessions of the next school year are entered, and the students who will begin the lowest grade.

    The roles of these students begin with the next school year; they have no classes until the rollover.
    Source: assumption.
    """

    name = "year-prepared"
    rates = (Rate("year-prepared", _BEGINNERS, "new kindergartners per 1,000 students", "assumption"),)
    beginners: float = parameter(_BEGINNERS, "new students per 1,000", least=0.0, most=1000.0)

    def happen(self, occasion: Occasion) -> None:
        """Add sessions and students."""
        templates = ending_classes(occasion.population)
        if not templates:
            raise EventRefused("there is no active class whose terms are known")
        terms = dict.fromkeys(term for class_ in templates for term in class_["terms"])
        following = copy_sessions(occasion, year_of_terms(occasion.population, terms))
        begins = date.fromisoformat(min(session["startDate"] for session in following.values()))
        if any(is_beginner(student, begins) for student in occasion.population.students(occasion.stream)):
            raise EventRefused(f"students who begin on {begins} are enrolled already")
        enroll_beginners(occasion, self.beginners, begins)

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return one occurrence on the day of the calendar."""
        year = agenda.calendar.year(agenda.calendar.year_of(agenda.day))
        return [cls(beginners=min(1000.0, agenda.rate(cls.name)))] if agenda.day == year.prepared else []


@dataclass(frozen=True)
class YearRolledOver(Event):
    """The roster moves to the next school year: new classes, courses and enrollments; students move up a grade.

    The oldest students leave, new ones begin, and teachers leave or change schools. Last year's classes, with their
    enrollments and gradebook, are deleted, and records that were deleted more than 300 days ago are removed.
    Source: NCES, teachers of 2021-22: 84 % stay, 8 % move, 8 % leave.
    """

    name = "year-rolled-over"
    rates = (
        Rate("teachers-leaving", 0.08, "share of the teachers who leave in summer", "NCES, teachers of 2021-22"),
        Rate(
            "teachers-moving", 0.08, "share of the teachers who change schools in summer", "NCES, teachers of 2021-22"
        ),
    )
    leaving: float = parameter(0.08, "share of the teachers who leave", least=0.0, most=1.0)
    moving: float = parameter(0.08, "share of the teachers who change schools", least=0.0, most=1.0)
    beginners: float = parameter(_BEGINNERS, "new students per 1,000, if none is enrolled yet", least=0.0, most=1000.0)

    def happen(self, occasion: Occasion) -> None:
        """Move to the next year."""
        start_rollover(occasion).run(self.beginners, self.leaving, self.moving)

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return one occurrence on the first weekday of summer on which no class lasts into the next year."""
        year = agenda.calendar.year(agenda.calendar.year_of(agenda.day))
        if not year.rollover <= agenda.day < year.first or agenda.day.weekday() > 4:
            return []
        population = agenda.population
        ends = [_end(population, class_) for class_ in population.active("classes", "status", "active")]
        if not ends or max(ends) > year.first.isoformat():
            return []
        leaving, moving = (min(1.0, agenda.rate(name)) for name in ("teachers-leaving", "teachers-moving"))
        return [cls(leaving=leaving, moving=moving, beginners=min(1000.0, agenda.rate("year-prepared")))]
