"""Assessments: a state test for each grade that ends a school, last spring, and a benchmark in each school this year.

A test has two sections, and a section two items; scores of items add up to those of sections, these to those of tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mockroster.district.context import DistrictContext
from mockroster.district.curriculum import CORE, ELEMENTARY, GRADES, Subject, grade_name
from mockroster.district.objectives import Objectives
from mockroster.district.scales import ClassScale, Grading
from mockroster.district.streams import Stream
from mockroster.district.students import Student
from mockroster.district.timetable import Section
from mockroster.roster.record import Record

_SUBJECT = "MATH"
_LAST_ELEMENTARY = 5
_SECTIONS = ("Multiple Choice", "Constructed Response")
_ITEMS = 2
_POINTS = 20
_LAST_PERIOD = 7
_FIRST_DAY = 5
_OF_A_GRADE = 6
_OF_A_CLASS = 8


class Assessment(NamedTuple):
    """An assessment line item: a test, a section of a test, or an item of a section."""

    key: str
    sourced_id: str
    points: int
    parts: tuple[Assessment, ...]
    scale: ClassScale | None
    objectives: Objectives | None
    row: Record

    def all(self) -> Iterator[Assessment]:
        """Yield this item and all items below it, from the top down."""
        yield self
        for part in self.parts:
            yield from part.all()


class Sitting(NamedTuple):
    """A test on a day with its students; a state test compares all of them and gives ``percentiles``."""

    test: Assessment
    day: str
    students: Sequence[Student]
    percentiles: bool


class _Plan(NamedTuple):
    # Shared by the parts of a test.
    grading: Grading
    subject: Subject
    grade: int
    section: Section | None
    topics: tuple[str, ...]

    @property
    def scale(self) -> ClassScale | None:
        return self.grading.scales[self.section.sourced_id] if self.section else None


def sittings(
    context: DistrictContext, grading: Grading, sections: Sequence[Section], students: Sequence[Student]
) -> list[Sitting]:
    """Return the sittings of all tests, state tests first; a sample of each school's oldest students takes them."""
    state: dict[str, Assessment] = {}
    found = []
    for school in context.district.schools:
        cohort = school.cohorts[-1]
        # They took it in the grade that they were in last year.
        grade = max(cohort.grade - 1, 0)
        key = f"assessment/state/{context.last_year.start}/{GRADES[grade]}"
        if key not in state:
            state[key] = _state_test(context, grading, key, grade)
        settled = _settled(students[cohort.first : cohort.end])
        sample = settled[:: max(1, min(_OF_A_GRADE, len(settled) // _OF_A_GRADE))]
        day = context.last_year.days[_LAST_PERIOD][_day(context.seed.stream(key))]
        found.append(Sitting(state[key], day, sample, percentiles=True))
    for section in _benchmarked(context, sections):
        key = f"assessment/benchmark/{section.key}"
        test = _benchmark(grading, key, section)
        day = context.this_year.days[0][_day(context.seed.stream(key))]
        found.append(Sitting(test, day, _settled(section.members)[:_OF_A_CLASS], percentiles=False))
    return found


def retired_assessment(context: DistrictContext) -> Assessment:
    """Return a test that is ``tobedeleted``."""
    key = "assessment/retired"
    row = context.seed.deleted_row(key)
    row["title"] = "Spring Fluency Check"
    row["resultValueMin"] = 0
    row["resultValueMax"] = _POINTS
    return Assessment(key, row["sourcedId"], _POINTS, (), None, None, row)


def assessment_rows(tests: Sequence[Sitting]) -> list[Record]:
    """Return the assessment line items of all tests, each test before its sections, each section before its items."""
    once = {sitting.test.sourced_id: sitting.test for sitting in tests}
    return [part.row for test in once.values() for part in test.all()]


def _settled(students: Sequence[Student]) -> Sequence[Student]:
    return [student for student in students if student.is_full_year] or students


def _day(stream: Stream) -> int:
    return _FIRST_DAY + stream.below(5)


def _benchmarked(context: DistrictContext, sections: Sequence[Section]) -> list[Section]:
    # The first class in mathematics of the highest grade of each school.
    found: dict[str, Section] = {}
    for section in sections:
        course = section.course
        is_highest = course.grade == course.school.cohorts[-1].grade
        if course.year is context.this_year and course.subject.code == _SUBJECT and is_highest:
            found.setdefault(course.school.key, section)
    return list(found.values())


def _state_test(context: DistrictContext, grading: Grading, key: str, grade: int) -> Assessment:
    subjects = ELEMENTARY if grade <= _LAST_ELEMENTARY else CORE
    subject = next(subject for subject in subjects if subject.code == _SUBJECT)
    year = f"{context.last_year.start}-{context.last_year.start + 1}"
    title = f"State Assessment {year}: {subject.name}, {grade_name(grade)}"
    return _test(_Plan(grading, subject, grade, None, subject.topics[:4]), key, title)


def _benchmark(grading: Grading, key: str, section: Section) -> Assessment:
    subject, grade = section.course.subject, section.course.grade
    title = f"Fall Benchmark: {subject.title(grade)} - Section {section.number}"
    return _test(_Plan(grading, subject, grade, section, subject.topics[-4:]), key, title)


def _test(plan: _Plan, key: str, title: str) -> Assessment:
    row = plan.grading.seed.row(key)
    parts = []
    for place, name in enumerate(_SECTIONS):
        topics = plan.topics[place * _ITEMS : (place + 1) * _ITEMS]
        parts.append(_section(plan, f"{key}/{place}", f"Section {place + 1}: {name}", topics, row))
    row["title"] = title
    row["description"] = f"{plan.subject.name} in two sections, of the standards of {grade_name(plan.grade).lower()}."
    return _filled(plan, key, row, tuple(parts))


def _section(plan: _Plan, key: str, title: str, topics: Sequence[str], parent: Record) -> Assessment:
    row = plan.grading.seed.row(key)
    items = tuple(_item(plan, f"{key}/{place}", place, topic, row) for place, topic in enumerate(topics))
    row["title"] = title
    return _filled(plan, key, row, items, parent)


def _item(plan: _Plan, key: str, place: int, topic: str, parent: Record) -> Assessment:
    row = plan.grading.seed.row(key)
    row["title"] = f"Item {place + 1}: {topic}"
    objectives = plan.grading.framework.objectives(plan.subject, plan.grade, topic)
    return _filled(plan, key, row, (), parent, objectives)


def _filled(
    plan: _Plan,
    key: str,
    row: Record,
    parts: tuple[Assessment, ...],
    parent: Record | None = None,
    objectives: Objectives | None = None,
) -> Assessment:
    # An item is graded in points only.
    scale = plan.scale if parts else None
    points = sum(part.points for part in parts) or _POINTS
    if plan.section:
        row["class"] = plan.section.sourced_id
    if parent:
        row["parentAssessmentLineItem"] = parent["sourcedId"]
    if scale:
        row["scoreScale"] = scale.sourced_id
    row["resultValueMin"] = 0
    row["resultValueMax"] = points
    if objectives:
        row["learningObjectiveSet"] = objectives.sets
    return Assessment(key, row["sourcedId"], points, parts, scale, objectives, row)
