"""The move of a roster to the next school year: classes, seats, students, teachers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from zlib import crc32

from mockroster.clock import timestamp
from mockroster.district.curriculum import GRADES
from mockroster.errors import EventRefused
from mockroster.roster.record import InvalidRecord, Record
from mockroster.roster.store import Named
from mockroster.timeline.classes import copy_class
from mockroster.timeline.draft import Key
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.people import new_student, update_guardians
from mockroster.timeline.population import STUDENT, Population, grade_of, is_student, school_of
from mockroster.timeline.seats import enroll_within
from mockroster.timeline.sessions import copy_sessions, year_of_terms
from mockroster.timeline.turnover import turn_over

KEPT_DAYS = 300
"""The days for which records marked as deleted are kept, at least: then a rollover removes them."""

_PURGED = ("classes", "courses", "users", "enrollments", "demographics", "lineItems", "results", "scoreScales")

Place = tuple[str, str]
"""A school and a grade."""


def ending_classes(population: Population) -> list[Record]:
    """Return the active classes of the last school year that has any."""
    windows = {}
    for class_ in population.active("classes", "status", "active"):
        window = population.window(class_)
        if window is not None:
            windows[class_["sourcedId"]] = (window[1], class_)
    if not windows:
        return []
    end = date.fromisoformat(max(last for last, _ in windows.values()))
    begin = (end - timedelta(days=330)).isoformat()
    return [class_ for last, class_ in windows.values() if last > begin]


def ladders(grades: Iterable[str]) -> list[list[str]]:
    """Return the grades in runs without a gap; a student moves up within one."""
    places = sorted({GRADES.index(grade) for grade in grades if grade in GRADES})
    runs: list[list[str]] = [[GRADES[places[0]]]] if places else []
    for first, second in pairwise(places):
        if second == first + 1:
            runs[-1].append(GRADES[second])
        else:
            runs.append([GRADES[second]])
    return runs


def enroll_beginners(occasion: Occasion, per_thousand: float, begins: date) -> list[Record]:
    """Add the students who begin the lowest grades in the next school year, and return them.

    ``per_thousand`` is the number for a district of 13 grades; one with fewer has larger ones. A district with gaps
    between its grades has beginners above each of them.
    """
    population = occasion.population
    peers: dict[str, list[Record]] = {}
    for student in sorted(population.students(occasion.stream), key=lambda one: (school_of(one), one["sourcedId"])):
        peers.setdefault(grade_of(student), []).append(student)
    runs = ladders(peers)
    number = sum(map(len, peers.values()))
    grades = sum(map(len, runs)) or 1
    wanted = round(number * per_thousand / 1000 * len(GRADES) / grades)
    beginners = []
    for run in runs:
        of_grade = peers[run[0]]
        for place in range(wanted):
            peer = of_grade[place * len(of_grade) // wanted]
            part = f"beginner/{run[0]}/{place}"
            beginners.append(new_student(occasion, peer, school_of(peer), run[0], part, begins=begins))
    return beginners


@dataclass(slots=True)
class Rollover:
    """One move to the next school year."""

    occasion: Occasion
    templates: list[Record]
    """The classes of the ending year, of which the new ones are copies."""

    copies: dict[str, Record] = field(default_factory=dict)
    dates: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The first day of the enrollments in each new class, and the day after the last."""

    begins: str = ""
    """The first day of the new year."""

    def run(self, per_thousand: float, leaving: float, moving: float) -> None:
        """Put all changes into the draft."""
        population = self.occasion.population
        sessions = year_of_terms(
            population, dict.fromkeys(term for template in self.templates for term in template["terms"])
        )
        following = copy_sessions(self.occasion, sessions)
        self.begins = min(following[session["sourcedId"]]["startDate"] for session in sessions)
        courses = self._copy_courses(following)
        self._copy_classes(sessions, following, courses)
        self._fill(per_thousand)
        self._staff(leaving, moving)
        self._retire_old(courses)
        for collection, sourced_id in self._expired():
            self.occasion.draft.purge(collection, sourced_id)

    def _copy_courses(self, following: dict[str, Record]) -> dict[str, str]:
        """Return the new course of each old one; a course without a school year goes on."""
        copies: dict[str, str] = {}
        for sourced_id in dict.fromkeys(template["course"] for template in self.templates):
            course = self.occasion.population.get("courses", sourced_id)
            if course is None or course.get("schoolYear") not in following:
                copies[sourced_id] = sourced_id
                continue
            members = {name: value for name, value in course.items() if name not in _HEAD}
            members["schoolYear"] = following[course["schoolYear"]]["sourcedId"]
            copy = self.occasion.draft.put("courses", self.occasion.new("courses", members))
            copies[sourced_id] = copy["sourcedId"]
        return copies

    def _copy_classes(self, sessions: Sequence[Record], following: dict[str, Record], courses: dict[str, str]) -> None:
        for class_ in self.templates:
            terms = [following[term] for term in self._first_terms(class_, sessions)]
            members = {"terms": [term["sourcedId"] for term in terms], "course": courses[class_["course"]]}
            copy = copy_class(self.occasion, class_, {**members})
            self.copies[class_["sourcedId"]] = copy
            begin, end = min(term["startDate"] for term in terms), max(term["endDate"] for term in terms)
            self.dates[copy["sourcedId"]] = max(begin, self.occasion.today), end

    def _first_terms(self, class_: Record, sessions: Sequence[Record]) -> list[str]:
        """Return the terms of a class; those of a class that began in mid-year are moved to the beginning."""
        own = [session for session in sessions if session["sourcedId"] in class_["terms"]]
        kinds = {session["type"] for session in own}
        if len(kinds) != 1:
            return [session["sourcedId"] for session in own]
        of_kind = [session["sourcedId"] for session in sessions if session["type"] in kinds]
        return of_kind[: len(own)]

    def _fill(self, per_thousand: float) -> None:
        """Promote the students, add the beginners, and give all of them the seats of those before them."""
        seats = self._seats()
        population = self.occasion.population
        students = [*population.students(self.occasion.stream)]
        begins = date.fromisoformat(self.begins)
        beginning = [student for student in students if is_beginner(student, begins)]
        present = [student for student in students if not is_beginner(student, begins)]
        if not beginning:
            beginning = enroll_beginners(self.occasion, per_thousand, begins)
        cohorts: dict[Place, list[str]] = {}
        for student in beginning:
            cohorts.setdefault((school_of(student), grade_of(student)), []).append(student["sourcedId"])
        leaving = self._promote(present, seats, cohorts)
        self._leave(leaving)
        for place, names in cohorts.items():
            self._take_seats(seats.get(place, []), sorted(names, key=_shuffled))

    def _seats(self) -> dict[Place, list[list[tuple[Record, Record]]]]:
        """Return the timetables of the students of each place: pairs of new class and old enrollment."""
        timetables: dict[str, list[tuple[Record, Record]]] = {}
        for class_ in self.templates:
            copy = self.copies[class_["sourcedId"]]
            for seat in self.occasion.population.members(class_["sourcedId"], STUDENT):
                timetables.setdefault(seat["user"], []).append((copy, seat))
        seats: dict[Place, list[list[tuple[Record, Record]]]] = {}
        for student in sorted(timetables):
            user = self.occasion.population.get("users", student)
            if user is not None and is_student(user):
                seats.setdefault((school_of(user), grade_of(user)), []).append(timetables[student])
        return {
            place: sorted(found, key=lambda pairs: [copy["sourcedId"] for copy, _ in pairs])
            for place, found in seats.items()
        }

    def _promote(
        self,
        students: Sequence[Record],
        seats: dict[Place, list[list[tuple[Record, Record]]]],
        cohorts: dict[Place, list[str]],
    ) -> list[Record]:
        """Move the students up, put them into the cohorts, and return those who leave."""
        offered = {grade for _, grade in seats}
        leaving: list[Record] = []
        movers: dict[str, list[Record]] = {}
        for student in sorted(students, key=lambda one: (school_of(one), one["sourcedId"])):
            grade = _next_grade(grade_of(student))
            place = school_of(student), grade
            if _ends(student) <= self.begins or grade not in offered:
                leaving.append(student)
            elif place in seats:
                self._move(student, place, cohorts)
            else:
                movers.setdefault(grade, []).append(student)
        for grade, found in movers.items():
            schools = [school for school, other in sorted(seats) if other == grade for _ in seats[school, other]]
            for number, student in enumerate(found):
                self._move(student, (schools[number * len(schools) // len(found)], grade), cohorts)
        return leaving

    def _move(self, student: Record, place: Place, cohorts: dict[Place, list[str]]) -> None:
        school, grade = place
        old = school_of(student)
        moved = [role | {"org": school} if role["org"] == old else role for role in student["roles"]]
        home = school if student.get("primaryOrg") == old else student.get("primaryOrg")
        self.occasion.draft.change("users", student["sourcedId"], grades=[grade], roles=moved, primaryOrg=home)
        cohorts.setdefault(place, []).append(student["sourcedId"])

    def _leave(self, leaving: Sequence[Record]) -> None:
        self.occasion.draft.retire("users", *(student["sourcedId"] for student in leaving))
        for student in self.occasion.population.students(self.occasion.stream):
            update_guardians(self.occasion, student)

    def _take_seats(self, seats: Sequence[list[tuple[Record, Record]]], students: Sequence[str]) -> None:
        for number, student in enumerate(students):
            for copy, old in seats[number * len(seats) // len(students)] if seats else ():
                enroll_within(self.occasion, self.dates[copy["sourcedId"]], student, copy, {"role": old["role"]})

    def _staff(self, leaving: float, moving: float) -> None:
        successors = turn_over(self.occasion, self.templates, leaving, moving)
        for class_ in self.templates:
            copy = self.copies[class_["sourcedId"]]
            for seat in self.occasion.population.members(class_["sourcedId"]):
                if seat["role"] != STUDENT:
                    user = successors.get(seat["user"], seat["user"])
                    enroll_within(self.occasion, self.dates[copy["sourcedId"]], user, copy, seat)

    def _retire_old(self, courses: dict[str, str]) -> None:
        """Delete all classes up to the ending year, and the courses that are theirs alone."""
        population = self.occasion.population
        old = [class_["sourcedId"] for class_ in population.active("classes", "status", "active")]
        self.occasion.draft.retire("classes", *(name for name in old if self._is_over(name)))
        gone = [name for name, copy in courses.items() if name != copy]
        for course in population.active("courses", "status", "active"):
            classes = population.active("classes", "course", course["sourcedId"])
            if course["sourcedId"] not in gone and classes and all(self._is_over(c["sourcedId"]) for c in classes):
                gone += [course["sourcedId"]] if course["sourcedId"] not in courses else []
        self.occasion.draft.retire("courses", *gone)

    def _is_over(self, class_: str) -> bool:
        window = self.occasion.population.window(self.occasion.population.get("classes", class_) or Record(terms=[]))
        return window is None or window[1] <= self.begins or class_ in self.copies

    def _expired(self) -> Iterator[Key]:
        """Yield the records that were marked as deleted long ago."""
        limit = timestamp(self.occasion.moment - timedelta(days=KEPT_DAYS))
        for collection in _PURGED:
            for record in self.occasion.population.overlay.tables[collection].matching(Named("status"), "tobedeleted"):
                if record["dateLastModified"] < limit and not isinstance(record, InvalidRecord):
                    yield collection, record["sourcedId"]


_HEAD = frozenset({"sourcedId", "status", "dateLastModified"})


def start_rollover(occasion: Occasion) -> Rollover:
    """Return the rollover of the classes of the last school year. Raises ``EventRefused`` if there are none."""
    templates = ending_classes(occasion.population)
    if not templates:
        raise EventRefused("there is no active class whose terms are known")
    return Rollover(occasion, templates)


def is_beginner(student: Record, begins: date) -> bool:
    """Return whether a student is enrolled in advance, for a school year that begins on a day."""
    return str(student["roles"][0].get("beginDate", "")) >= begins.isoformat()


def _ends(student: Record) -> str:
    return str(student["roles"][0].get("endDate", "~"))


def _next_grade(grade: str) -> str:
    """Return the grade above; one that is not of the list stays."""
    if grade not in GRADES:
        return grade
    place = GRADES.index(grade) + 1
    return GRADES[place] if place < len(GRADES) else ""


def _shuffled(sourced_id: str) -> tuple[int, str]:
    return crc32(sourced_id.encode()), sourced_id
