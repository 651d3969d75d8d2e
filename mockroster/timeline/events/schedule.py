"""Changes of timetables and classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from mockroster.errors import EventRefused
from mockroster.roster.record import Record
from mockroster.timeline.agenda import Agenda
from mockroster.timeline.base import Event, Rate, parameter
from mockroster.timeline.classes import (
    alternatives,
    assign_teacher,
    candidate_classes,
    copy_class,
    is_homeroom,
    next_section,
    primary_teacher,
)
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.population import STUDENT, grade_of, rotated
from mockroster.timeline.seats import enroll, withdraw

HIGH = ("09", "10", "11", "12")
_DROP_ADD_DAYS = 10
_DROP_ADD_WEEKS = 5
_RARELY = 0.1
_PER_WEEK = "per 1,000 students and school week"
_SPLIT = 12
_LARGEST = 30
_SUFFIXES = ("Honors", "Team Blue", "Team Gold", "Morning", "Afternoon", "Lab")


@dataclass(frozen=True)
class ScheduleChanged(Event):
    """A student drops a class and adds another one in the same period: one enrollment out, one in.

    The student is one of grades 9 to 12, if the district has such, unless you aim at another.
    Source: a high school in which 23 % of the students changed a class in the first weeks.
    """

    name = "schedule-changed"
    rates = (
        Rate(
            "schedule-changed",
            7,
            "per 1,000 students of grades 9 to 12 and school day, in the first 10 school days",
            "a high school in which 23 % changed a class in the first weeks",
        ),
        Rate(
            "schedule-changed-later",
            0.3,
            "per 1,000 students of grades 9 to 12 and school day to week 5, then a tenth of it",
            "assumption",
        ),
    )
    sourcedId: str = parameter("", "sourcedId of the student")

    def happen(self, occasion: Occasion) -> None:
        """Exchange one class of a student."""
        for student in self._students(occasion):
            timetable = occasion.population.timetable(student["sourcedId"])
            for class_ in rotated(timetable, occasion.stream):
                others = [] if is_homeroom(class_) and not self.sourcedId else alternatives(occasion, class_, timetable)
                if others:
                    self._exchange(occasion, student, class_, occasion.stream.pick(others))
                    return
        raise EventRefused("no student has a class with another one in the same grade, school and period")

    def _students(self, occasion: Occasion) -> Iterator[Record]:
        if self.sourcedId:
            yield from occasion.student(self.sourcedId)
            return
        for is_high in (True, False):
            for student in occasion.population.students(occasion.stream):
                if (grade_of(student) in HIGH) is is_high:
                    yield student

    def _exchange(self, occasion: Occasion, student: Record, old: Record, new: Record) -> None:
        for enrollment in occasion.population.enrollments(student["sourcedId"]):
            if enrollment["class"] == old["sourcedId"]:
                withdraw(occasion, enrollment)
        enroll(occasion, student["sourcedId"], new)

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the changes of the day: many in the first days, then few."""
        if not agenda.school_day:
            return []
        if agenda.school_day <= _DROP_ADD_DAYS:
            rate = agenda.rate(cls.name)
        else:
            rate = agenda.rate("schedule-changed-later") * (1 if agenda.school_week <= _DROP_ADD_WEEKS else _RARELY)
        return [cls()] * agenda.draw(cls.name, rate * agenda.population.number_in(HIGH) / 1000)


@dataclass(frozen=True)
class ClassBalanced(Event):
    """A class is split into two, or merged into another of its course: the class, and about twelve enrollments.

    A new class has the same terms and period, a score scale, and a teacher who is free then, or a new one.
    Source: assumption.
    """

    name = "class-balanced"
    rates = (Rate("class-balanced", 2, f"{_PER_WEEK}, in weeks 2 to 4", "assumption"),)
    sourcedId: str = parameter("", "sourcedId of the class")
    how: str = parameter("either", "what is done", words=("either", "split", "merge"))

    def happen(self, occasion: Occasion) -> None:
        """Split or merge a class."""
        split_first = self.how == "split" or (self.how == "either" and occasion.stream.chance(0.5))
        ways = [self._split, self._merge] if split_first else [self._merge, self._split]
        candidates = candidate_classes(occasion, self.sourcedId)
        for way in ways if self.how == "either" else ways[:1]:
            for class_ in candidates:
                if way(occasion, class_):
                    return
        raise EventRefused(f"there is no current class to {'balance' if self.how == 'either' else self.how}")

    def _split(self, occasion: Occasion, class_: Record) -> bool:
        seats = occasion.population.members(class_["sourcedId"], STUDENT)
        if len(seats) < _SPLIT or not occasion.population.is_current(class_):
            return False
        new = copy_class(occasion, class_, next_section(occasion, class_))
        assign_teacher(occasion, new, primary_teacher(occasion, class_["sourcedId"]))
        for seat in [*rotated(seats, occasion.stream)][: len(seats) // 2]:
            withdraw(occasion, seat)
            enroll(occasion, seat["user"], new)
        return True

    def _merge(self, occasion: Occasion, class_: Record) -> bool:
        population = occasion.population
        seats = population.members(class_["sourcedId"], STUDENT)
        if not population.is_current(class_):
            return False
        for other in alternatives(occasion, class_, [class_]):
            members = {seat["user"] for seat in population.members(other["sourcedId"], STUDENT)}
            moving = [seat for seat in seats if seat["user"] not in members]
            if other["course"] == class_["course"] and members and len(members) + len(moving) <= _LARGEST:
                occasion.draft.retire("classes", class_["sourcedId"])
                for seat in moving:
                    enroll(occasion, seat["user"], other)
                return True
        return False

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the classes that are balanced on the day."""
        return [cls()] * agenda.per_week(cls.name) if 2 <= agenda.school_week <= 4 else []


@dataclass(frozen=True)
class ClassCancelled(Event):
    """A class is cancelled: the class, its enrollments, line items with results, and score scale.

    A homeroom is cancelled only if you aim at it; then the event moves its students to another one, if there is one.
    Source: assumption.
    """

    name = "class-cancelled"
    rates = (Rate("class-cancelled", 0.5, f"{_PER_WEEK}, in weeks 1 to 4", "assumption"),)
    sourcedId: str = parameter("", "sourcedId of the class")

    def happen(self, occasion: Occasion) -> None:
        """Delete a class."""
        for class_ in candidate_classes(occasion, self.sourcedId):
            if self.sourcedId or not is_homeroom(class_):
                self._cancel(occasion, class_)
                return
        raise EventRefused("there is no current class but homerooms")

    def _cancel(self, occasion: Occasion, class_: Record) -> None:
        homerooms = [other for other in alternatives(occasion, class_, [class_]) if is_homeroom(other)]
        moving = occasion.population.members(class_["sourcedId"], STUDENT) if is_homeroom(class_) and homerooms else []
        occasion.draft.retire("classes", class_["sourcedId"])
        for seat in moving:
            enroll(occasion, seat["user"], homerooms[0])

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the cancellations of the day."""
        return [cls()] * agenda.per_week(cls.name) if 1 <= agenda.school_week <= 4 else []


@dataclass(frozen=True)
class ClassRenamed(Event):
    """A class has another title.

    Source: assumption.
    """

    name = "class-renamed"
    rates = (Rate("class-renamed", 0.2, _PER_WEEK, "assumption"),)
    sourcedId: str = parameter("", "sourcedId of the class")
    title: str = parameter("", "the new title")

    def happen(self, occasion: Occasion) -> None:
        """Rename a class."""
        classes = candidate_classes(occasion, self.sourcedId)
        if not classes:
            raise EventRefused("there is no current class with students")
        class_ = classes[0]
        suffixes = [suffix for suffix in _SUFFIXES if not class_["title"].endswith(f"({suffix})")]
        plain = class_["title"].rpartition(" (")[0] if class_["title"].endswith(")") else class_["title"]
        title = self.title or f"{plain} ({occasion.stream.pick(suffixes)})"
        if title == class_["title"]:
            raise EventRefused(f"title: the class {class_['sourcedId']!r} has it already")
        occasion.draft.change("classes", class_["sourcedId"], title=title)

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the classes that are renamed on the day."""
        return [cls()] * agenda.per_week(cls.name)
