"""Students who enter, leave, return and change schools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from mockroster.errors import EventRefused
from mockroster.roster.record import Record
from mockroster.timeline.agenda import Agenda
from mockroster.timeline.base import Event, Rate, parameter
from mockroster.timeline.draft import with_item
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.people import new_student, update_guardians
from mockroster.timeline.population import first_fitting, grade_of, is_active, is_student, rotated, school_of
from mockroster.timeline.seats import take_seats, withdraw

_RETURN_DAYS = 30
_FIRST_DAYS = 20
_GOSA = "Georgia GOSA 2012-13, churn of districts: median 14.8 % in about 135 days, halved"
_PER_DAY = "per 1,000 students and school day"


def _late(agenda: Agenda, direction: int) -> float:
    """Return the expected late registrations (1) or no-shows (-1) of one of the first days, falling to none.

    Each school year has more of either, by a draw.
    """
    day = agenda.school_day
    if not 1 <= day <= _FIRST_DAYS:
        return 0.0
    balance = 2 * agenda.stream_of_year("first-days").random() - 1
    share = max(0.0, direction * balance) * (1 - (day - 1) / _FIRST_DAYS)
    return share * agenda.rate("first-days") * agenda.number_of_students / 1000


@dataclass(frozen=True)
class StudentEnrolled(Event):
    """A student enters: user, guardians, demographics, and the classes of a classmate in the same grade.

    Source: Georgia GOSA 2012-13, churn of districts.
    """

    name = "student-enrolled"
    rates = (
        Rate("student-enrolled", 0.55, _PER_DAY, _GOSA),
        Rate(
            "first-days",
            1.5,
            "most late registrations or no-shows per 1,000 students and school day, falling to 0 over 20 days",
            "assumption, within first-month changes of enrolment of -2.5 to +3 %",
        ),
    )
    school: str = parameter("", "sourcedId of the school")
    grade: str = parameter("", "grade, such as 09")

    def happen(self, occasion: Occasion) -> None:
        """Add the student."""
        occasion.check_school(self.school)
        peer = self._peer(occasion)
        student = new_student(occasion, peer, school_of(peer), grade_of(peer), "student")
        take_seats(occasion, student["sourcedId"], occasion.population.timetable(peer["sourcedId"]))

    def _peer(self, occasion: Occasion) -> Record:
        """Return the classmate of the new student, one with classes if there is one."""
        population = occasion.population
        if self.school and self.grade:
            of_grade = rotated(population.students_at(self.school, self.grade), occasion.stream)
            found = [student for student in of_grade if _attends(student, occasion)]
        else:
            found = []
            for student in population.students(occasion.stream):
                if not _attends(student, occasion):
                    continue
                if self.school in {"", school_of(student)} and self.grade in {"", grade_of(student)}:
                    found.append(student)
                    if population.timetable(student["sourcedId"]):
                        return student
        if not found:
            raise EventRefused("there is no student with that school and grade whose classes a new one could join")
        return first_fitting(found, lambda one: bool(population.timetable(one["sourcedId"]))) or found[0]

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the entries of the day, without those that are returns."""
        late = agenda.draw("late-registrations", _late(agenda, 1))
        return [cls()] * (agenda.per_day(cls.name, 1 - agenda.rate("student-returned")) + late)


def _attends(student: Record, occasion: Occasion) -> bool:
    """Return whether a student is not enrolled in advance."""
    return bool(student["roles"][0].get("beginDate", "") <= occasion.today)


@dataclass(frozen=True)
class StudentLeft(Event):
    """A student leaves: user, demographics, enrollments, results, and guardians without another student.

    All are marked ``tobedeleted``; with ``enrollments=ended`` the account is disabled and enrollments and role end.
    Source: Georgia GOSA 2012-13, churn of districts.
    """

    name = "student-left"
    rates = (Rate("student-left", 0.55, _PER_DAY, _GOSA),)
    sourcedId: str = parameter("", "sourcedId of the student")
    school: str = parameter("", "sourcedId of the school")
    enrollments: str = parameter("tobedeleted", "what becomes of the enrollments", words=("tobedeleted", "ended"))

    def happen(self, occasion: Occasion) -> None:
        """Delete the student, or end the enrollments."""
        occasion.check_school(self.school)
        found = occasion.student(self.sourcedId, self.school)
        student = first_fitting(found, is_student)
        if student is None:
            raise EventRefused("there is no active student who could leave")
        if self.enrollments == "ended":
            self._end(occasion, student)
            return
        occasion.draft.retire("users", student["sourcedId"])
        update_guardians(occasion, student)

    def _end(self, occasion: Occasion, student: Record) -> None:
        ended = [role | {"endDate": max(occasion.today, role.get("beginDate", ""))} for role in student["roles"]]
        occasion.draft.change("users", student["sourcedId"], roles=ended, enabledUser=False)
        for enrollment in occasion.population.enrollments(student["sourcedId"]):
            end = max(occasion.today, enrollment.get("beginDate", ""))
            occasion.draft.change("enrollments", enrollment["sourcedId"], endDate=end)

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the exits of the day."""
        return [cls()] * (agenda.per_day(cls.name) + agenda.draw("no-shows", _late(agenda, -1)))


@dataclass(frozen=True)
class StudentReturned(Event):
    """A student who left in the last 30 days comes back under the same sourcedId, with guardians and classes.

    Source: assumption; providers keep ids for months, Clever for 300 days.
    """

    name = "student-returned"
    rates = (Rate("student-returned", 0.1, "share of the entries", "assumption; Clever keeps ids for 300 days"),)
    sourcedId: str = parameter("", "sourcedId of the student")

    def happen(self, occasion: Occasion) -> None:
        """Restore the student."""
        student = first_fitting(self._departed(occasion), lambda one: bool(_lost(occasion, "enrollments", one)))
        if student is None:
            raise EventRefused(f"no student left in the last {_RETURN_DAYS} days whose classes are still there")
        name, left = student["sourcedId"], student["dateLastModified"]
        occasion.draft.change("users", name, status="active")
        occasion.draft.change("demographics", name, status="active")
        for enrollment in _lost(occasion, "enrollments", student):
            class_ = occasion.population.get("classes", enrollment["class"]) or Record()
            window = occasion.population.window(class_)
            end = window[1] if window and "endDate" in enrollment else enrollment.get("endDate")
            occasion.draft.change("enrollments", enrollment["sourcedId"], status="active", endDate=end)
            for result in _lost(occasion, "results", student):
                if result["dateLastModified"] == left and result.get("class") == enrollment["class"]:
                    occasion.draft.change("results", result["sourcedId"], status="active")
        self._restore_guardians(occasion, student, left)

    def _departed(self, occasion: Occasion) -> Iterator[Record]:
        if self.sourcedId:
            record = occasion.population.get("users", self.sourcedId)
            if record is None or is_active(record):
                raise EventRefused(f"sourcedId: {self.sourcedId[:255]!r} is not a student who left")
            yield record
            return
        days = [(occasion.day - timedelta(days=back)).isoformat() for back in range(_RETURN_DAYS)]
        yield from rotated(
            [student for day in days for student in occasion.population.departed_on(day)], occasion.stream
        )

    def _restore_guardians(self, occasion: Occasion, student: Record, left: str) -> None:
        kept = []
        for agent in student.get("agents", ()):
            guardian = occasion.population.get("users", agent)
            if guardian is None:
                continue
            is_back = is_active(guardian) or guardian["dateLastModified"] == left
            if is_back:
                kept.append(agent)
                agents = with_item(guardian.get("agents", ()), student["sourcedId"])
                agents = [agent for agent in agents if self._is_here(occasion, agent, student["sourcedId"])]
                occasion.draft.change("users", agent, status="active", agents=agents)
        occasion.draft.change("users", student["sourcedId"], agents=kept)
        update_guardians(occasion, Record({**student, "agents": kept}))

    def _is_here(self, occasion: Occasion, child: str, student: str) -> bool:
        record = occasion.population.get("users", child)
        return child == student or (record is not None and is_active(record))

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the returns of the day, which are a share of the entries."""
        expected = agenda.rate("student-enrolled") * agenda.rate(cls.name) * agenda.number_of_students / 1000
        return [cls()] * (agenda.draw(cls.name, expected) if agenda.school_day else 0)


def _lost(occasion: Occasion, collection: str, student: Record) -> list[Record]:
    """Return the records in current classes that a student lost on leaving."""
    population = occasion.population
    member = "user" if collection == "enrollments" else "student"
    found = population.deleted(collection, member, student["sourcedId"])
    if collection == "results":
        return found
    return [
        each
        for each in found
        if each["dateLastModified"] == student["dateLastModified"]
        and population.is_current(population.get("classes", each["class"]))
    ]


@dataclass(frozen=True)
class StudentTransferred(Event):
    """A student changes to another school of the district: user, guardians, all enrollments out and in.

    Source: Colorado 2023-24, mobility of students and of districts.
    """

    name = "student-transferred"
    rates = (Rate("student-transferred", 0.1, _PER_DAY, "Colorado 2023-24: half of 14.3 - 10.6 %"),)
    sourcedId: str = parameter("", "sourcedId of the student")
    school: str = parameter("", "sourcedId of the new school")

    def happen(self, occasion: Occasion) -> None:
        """Move the student."""
        occasion.check_school(self.school)
        schools = [self.school] if self.school else [org["sourcedId"] for org in occasion.population.schools()]
        for student in occasion.student(self.sourcedId):
            peer = is_student(student) and self._peer(occasion, student, schools)
            if peer:
                self._move(occasion, student, peer)
                return
        raise EventRefused("there is no student with classes whose grade another school has, too")

    def _peer(self, occasion: Occasion, student: Record, schools: list[str]) -> Record | None:
        population = occasion.population
        if not population.timetable(student["sourcedId"]):
            return None
        others = [school for school in schools if school != school_of(student)]
        for school in others[occasion.stream.below(len(others)) :] + others if others else ():
            peers = rotated(population.students_at(school, grade_of(student)), occasion.stream)
            peer = first_fitting(peers, lambda one: bool(population.timetable(one["sourcedId"])))
            if peer is not None:
                return peer
        return None

    def _move(self, occasion: Occasion, student: Record, peer: Record) -> None:
        old, new = school_of(student), school_of(peer)
        moved = [role | {"org": new} if role["org"] == old else role for role in student["roles"]]
        home = new if "primaryOrg" in student else None
        occasion.draft.change("users", student["sourcedId"], roles=moved, primaryOrg=home)
        for enrollment in occasion.population.enrollments(student["sourcedId"]):
            withdraw(occasion, enrollment)
        take_seats(occasion, student["sourcedId"], occasion.population.timetable(peer["sourcedId"]))
        update_guardians(occasion, student)

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the transfers of the day."""
        return [cls()] * agenda.per_day(cls.name)
