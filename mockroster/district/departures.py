"""The ``tobedeleted`` records: students who left, their families and enrollments, and dropped classes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from mockroster.district.context import DistrictContext
from mockroster.district.demographics import demographics_row
from mockroster.district.enrollments import dropped_row
from mockroster.district.guardians import family_rows
from mockroster.district.households import departed_household
from mockroster.district.streams import Stream
from mockroster.district.students import Student, departed_student, grade_group
from mockroster.district.timetable import Section
from mockroster.roster.record import Record

_STAYING = 100
_KEEPING = 150


class Departures(NamedTuple):
    """The rows that are ``tobedeleted``, by collection."""

    users: list[Record]
    demographics: list[Record]
    enrollments: list[Record]


def departures(context: DistrictContext, students: Sequence[Student], sections: Sequence[Section]) -> Departures:
    """Return the rows of students who left, one per hundred active students, and of dropped classes.

    Classes that were dropped are classes of this year; a student leaves all classes of a group.
    """
    current = [section for section in sections if section.course.year is context.this_year]
    by_group: dict[str, list[Section]] = {}
    for section in current:
        by_group.setdefault(section.group, []).append(section)
    groups = [group for group in by_group.values() if len(group) > 1]
    gone = Departures([], [], _dropped_rows(context, students, current))
    for number in range(max(1, len(students) // _STAYING)):
        _leave(context, f"departure/{number}", groups, len(students) + number, gone)
    return gone


def _dropped_rows(context: DistrictContext, students: Sequence[Student], sections: Sequence[Section]) -> list[Record]:
    rows = {}
    for number in range(len(students) // _KEEPING):
        stream = context.seed.stream(f"drop/{number}")
        section = stream.pick(sections)
        others = _others(section, students)
        if others:
            student = stream.pick(others)
            row = dropped_row(context.seed, section, student, _until(context, stream, section))
            # By id, because two draws may hit upon the same seat.
            rows[row["sourcedId"]] = row
    return list(rows.values())


def _leave(context: DistrictContext, key: str, groups: Sequence[list[Section]], number: int, gone: Departures) -> None:
    seed = context.seed
    stream = seed.stream(key)
    group = stream.pick(groups)
    course = group[0].course
    left = _until(context, stream, group[0])
    grade = grade_group(course.school, course.grade, ())
    student = departed_student(context, grade, number, departed_household(seed, number), left)
    gone.users.append(student.row)
    gone.users.extend(family_rows(context, [student]))
    gone.demographics.append(demographics_row(context, student))
    gone.enrollments.extend(dropped_row(seed, section, student, left) for section in group)


def _others(section: Section, students: Sequence[Student]) -> list[Student]:
    inside = {student.number for student in section.members}
    for cohort in section.course.school.cohorts:
        if cohort.grade == section.course.grade:
            return [students[number] for number in range(cohort.first, cohort.end) if number not in inside]
    return []


def _until(context: DistrictContext, stream: Stream, section: Section) -> date:
    begin = section.terms[0].start
    latest = min(context.today, section.terms[-1].end)
    return begin + timedelta(days=1 + stream.below(max(1, (latest - begin).days - 1)))
