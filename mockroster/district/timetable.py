"""The timetable: the classes, their periods, and their students.

Elementary students stay with their group all day. Secondary students go through the core subjects as a team, each team
in another order, and meet other teams of their grade in the electives, which all have at the same period.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from mockroster.district.context import DistrictContext
from mockroster.district.curriculum import (
    CORE,
    ELECTIVES,
    ELEMENTARY,
    GRADES,
    HOMEROOM,
    HOMEROOM_PERIOD,
    PERIODS,
    Subject,
)
from mockroster.district.schools import Cohort, School
from mockroster.district.sessions import SchoolYear, Session
from mockroster.district.streams import Seed
from mockroster.district.students import Student
from mockroster.roster.record import Record

LARGEST_GROUP = 24
"""The maximum size of a group, a team or an elective."""

_SEMESTER_LONG = 0.25
_BYGONE = 0.3


class Course(NamedTuple):
    """A course of a school for one grade in one school year."""

    key: str
    sourced_id: str
    school: School
    grade: int
    subject: Subject
    year: SchoolYear
    title: str


class Section(NamedTuple):
    """A class before it has teachers, and the beginning of its record.

    ``group`` names the students who share a timetable, ``number`` counts within the course, and ``first_period`` is the
    place of the class's first grading period in the year.
    """

    key: str
    sourced_id: str
    course: Course
    number: int
    group: str
    period: str
    terms: tuple[Session, ...]
    first_period: int
    members: Sequence[Student]
    row: Record

    @property
    def when(self) -> tuple[int, str]:
        """Return the school year and the period in which the class meets."""
        return self.course.year.start, self.period

    @property
    def begin(self) -> str:
        """Return the day on which the class begins."""
        return self.terms[0].start.isoformat()

    @property
    def end(self) -> str:
        """Return the day after the class's last."""
        return self.terms[-1].end.isoformat()


def sections(context: DistrictContext, students: Sequence[Student]) -> list[Section]:
    """Return the classes of this school year, school by school and grade by grade, and then those of the last."""
    found: list[Section] = []
    for school in context.district.schools:
        for cohort in school.cohorts:
            members = students[cohort.first : cohort.end]
            make = _secondary if school.level.secondary else _elementary
            found += make(context, school, cohort, members)
    for school in context.district.schools:
        for before, cohort in pairwise(school.cohorts):
            if before.grade == cohort.grade - 1:
                found.append(_last_year(context, school, before, students[cohort.first : cohort.end]))
    return found


def groups(students: Sequence[Student]) -> list[Sequence[Student]]:
    """Return students split into the fewest groups of even size."""
    count = -(-len(students) // LARGEST_GROUP)
    bounds = [place * len(students) // count for place in range(count + 1)]
    return [students[first:end] for first, end in pairwise(bounds)]


def _elementary(
    context: DistrictContext, school: School, cohort: Cohort, students: Sequence[Student]
) -> Iterator[Section]:
    subjects = (HOMEROOM, *ELEMENTARY)
    courses = [course(context.seed, school, cohort.grade, subject, context.this_year) for subject in subjects]
    for number, members in enumerate(groups(students), start=1):
        group = f"{school.key}/{cohort.grade}/{number}"
        shift = number % len(ELEMENTARY)
        periods = (HOMEROOM_PERIOD, PERIODS[shift], PERIODS[1 - shift])
        for taught, period in zip(courses, periods, strict=True):
            yield _section(context.seed, taught, number, group, period, members)


def _secondary(
    context: DistrictContext, school: School, cohort: Cohort, students: Sequence[Student]
) -> Iterator[Section]:
    elective_period = cohort.grade % len(PERIODS)
    periods = [period for place, period in enumerate(PERIODS) if place != elective_period]
    teams = groups(students)
    for place, subject in enumerate(CORE):
        taught = course(context.seed, school, cohort.grade, subject, context.this_year)
        for number, members in enumerate(teams, start=1):
            group = f"{school.key}/{cohort.grade}/{number}"
            period = periods[(place + number) % len(periods)]
            yield _section(context.seed, taught, number, group, period, members)
    yield from _electives(context, school, cohort, students, PERIODS[elective_period])


def _electives(
    context: DistrictContext, school: School, cohort: Cohort, students: Sequence[Student], period: str
) -> Iterator[Section]:
    # The ids look random and never change, so to go by them is to shuffle.
    chosen = groups(sorted(students, key=lambda student: student.sourced_id))
    for place, members in enumerate(chosen):
        subject = ELECTIVES[(place + cohort.grade) % len(ELECTIVES)]
        taught = course(context.seed, school, cohort.grade, subject, context.this_year)
        number = place // len(ELECTIVES) + 1
        group = f"{school.key}/{cohort.grade}/{subject.code}/{number}"
        stream = context.seed.stream(f"elective/{group}")
        semester = context.this_year.semester_at(context.today) if stream.chance(_SEMESTER_LONG) else None
        if semester and stream.chance(_BYGONE):
            semester -= 1
        yield _section(context.seed, taught, number, group, period, members, semester)


def _last_year(context: DistrictContext, school: School, cohort: Cohort, students: Sequence[Student]) -> Section:
    subject = CORE[0] if school.level.secondary else HOMEROOM
    taught = course(context.seed, school, cohort.grade, subject, context.last_year)
    members = groups(students)[0]
    stayed = [student for student in members if student.joined is None] or members
    # One class a grade, each in a period of its own, so that one teacher can have several.
    period = PERIODS[cohort.grade % len(PERIODS)] if school.level.secondary else HOMEROOM_PERIOD
    return _section(context.seed, taught, 1, f"{school.key}/{cohort.grade}/last", period, stayed)


def course(seed: Seed, school: School, grade: int, subject: Subject, year: SchoolYear) -> Course:
    """Return the course of a school in a subject for a grade."""
    key = f"course/{year.start}/{school.key}/{GRADES[grade]}/{subject.code}"
    return Course(key, seed.sourced_id(key), school, grade, subject, year, subject.title(grade))


def _section(
    seed: Seed,
    taught: Course,
    number: int,
    group: str,
    period: str,
    members: Sequence[Student],
    semester: int | None = None,
) -> Section:
    key = f"class/{taught.key}/{number}"
    row = seed.row(key)
    terms = taught.year.terms if semester is None else taught.year.terms[2 * semester : 2 * semester + 2]
    return Section(
        key=key,
        sourced_id=row["sourcedId"],
        course=taught,
        number=number,
        group=group,
        period=period,
        terms=terms,
        first_period=4 * (semester or 0),
        members=members,
        row=row,
    )
