"""Teachers who leave and teachers who join a class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from mockroster.errors import EventRefused
from mockroster.roster.record import Record
from mockroster.timeline.agenda import Agenda
from mockroster.timeline.base import Event, Rate, parameter
from mockroster.timeline.classes import CO_TEACHER, candidate_classes, free_staff
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.people import new_staff
from mockroster.timeline.population import TEACHER, is_active, role_of
from mockroster.timeline.seats import enroll, enroll_within


@dataclass(frozen=True)
class TeacherLeft(Event):
    """A teacher leaves, and a substitute takes over: user, enrollments, the new user, who has the same classes.

    Source: Redding and Henry, 4.6 % of teachers leave in mid-year.
    """

    name = "teacher-left"
    rates = (
        Rate(
            "teacher-left",
            0.016,
            "per 1,000 students and school day",
            "Redding and Henry: 4.6 % of teachers leave in mid-year, at 63 teachers per 1,000 students",
        ),
    )
    sourcedId: str = parameter("", "sourcedId of the teacher")

    def happen(self, occasion: Occasion) -> None:
        """Replace a teacher."""
        for teacher in self._teachers(occasion):
            if self.sourcedId or occasion.population.enrollments(teacher["sourcedId"]):
                self._replace(occasion, teacher)
                return
        raise EventRefused("there is no teacher with a current class")

    def _teachers(self, occasion: Occasion) -> Iterator[Record]:
        if self.sourcedId:
            yield occasion.find_user(self.sourcedId, TEACHER)
            return
        for class_ in candidate_classes(occasion, ""):
            for seat in occasion.population.members(class_["sourcedId"], TEACHER):
                teacher = occasion.population.get("users", seat["user"]) or Record()
                if seat.get("primary") is not False and is_active(teacher) and role_of(teacher) == TEACHER:
                    yield teacher

    def _replace(self, occasion: Occasion, teacher: Record) -> None:
        """Give the classes to a new teacher, also those that are over, so that each keeps a teacher."""
        population = occasion.population
        substitute = new_staff(occasion, teacher, "substitute")
        occasion.draft.retire("users", teacher["sourcedId"])
        for seat in population.active("enrollments", "user", teacher["sourcedId"]):
            class_ = population.get("classes", seat["class"])
            if class_ is None:
                continue
            begin, end = seat.get("beginDate", ""), seat.get("endDate", "")
            if population.is_current(class_):
                begin = max(begin, occasion.today)
            enroll_within(occasion, (begin, end), substitute["sourcedId"], class_, seat)

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the teachers who leave on the day."""
        return [cls()] * agenda.per_day(cls.name)


@dataclass(frozen=True)
class CoTeacherAdded(Event):
    """A teacher of the school, or an aide, joins a class in a period in which they have none: one enrollment.

    Source: assumption.
    """

    name = "co-teacher-added"
    rates = (Rate("co-teacher-added", 0.5, "per 1,000 students and school week", "assumption"),)
    sourcedId: str = parameter("", "sourcedId of the class")
    role: str = parameter("teacher", "role in the class", words=("teacher", "aide"))

    def happen(self, occasion: Occasion) -> None:
        """Add an enrollment."""
        population = occasion.population
        for class_ in candidate_classes(occasion, self.sourcedId):
            periods = frozenset(class_.get("periods", ()))
            member = free_staff(occasion, class_["school"], self.role, periods)
            inside = {seat["user"] for seat in population.members(class_["sourcedId"])}
            if member is not None and member["sourcedId"] not in inside:
                position = CO_TEACHER if self.role == TEACHER else ""
                enroll(occasion, member["sourcedId"], class_, self.role, position=position)
                return
        raise EventRefused(f"no school has a {self.role} who is free when a class meets")

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the teachers who join a class on the day."""
        return [cls()] * agenda.per_week(cls.name)
