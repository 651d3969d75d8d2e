"""Enrollments, class by class: teachers, other staff, then students."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from mockroster.district.staff import StaffMember
from mockroster.district.streams import Seed
from mockroster.district.students import Student
from mockroster.district.teaching import Teaching
from mockroster.district.timetable import Section
from mockroster.roster.record import Record

_POSTS = {True: {"position": "teacher of record"}, False: {"position": "co-teacher"}}


def enrollment_rows(
    seed: Seed, sections: Sequence[Section], teaching: Teaching, duties: Mapping[str, Sequence[tuple[StaffMember, str]]]
) -> list[Record]:
    """Return the active enrollments of all classes."""
    rows = []
    for section in sections:
        seats = f"enrollment/{section.key}/"
        class_id, school = section.sourced_id, section.course.school.sourced_id
        begin, end = section.begin, section.end
        for place, post in enumerate(teaching.of_class[class_id]):
            row = seed.row(seats + post.key)
            row["metadata"] = _POSTS[place == 0]
            _fill(row, post.sourced_id, class_id, school, "teacher", primary=place == 0)
            row["beginDate"] = begin
            row["endDate"] = end
            rows.append(row)
        for member, role in duties.get(class_id, ()):
            row = seed.row(seats + member.key)
            _fill(row, member.sourced_id, class_id, school, role)
            row["beginDate"] = begin
            row["endDate"] = end
            rows.append(row)
        for student in section.members:
            row = seed.row(seats + student.key)
            _fill(row, student.sourced_id, class_id, school, "student")
            row["beginDate"], row["endDate"] = (begin, end) if student.is_full_year else attendance(section, student)
            rows.append(row)
    return rows


def attendance(section: Section, student: Student) -> tuple[str, str]:
    """Return the first day of a student in a class and the day after the last, both within the class's terms."""
    begin, end = section.begin, section.end
    joined = student.joined.isoformat() if student.joined else begin
    leaves = student.leaves.isoformat() if student.leaves else end
    return (joined if begin < joined < end else begin), (leaves if begin < leaves < end else end)


def dropped_row(seed: Seed, section: Section, student: Student, until: date) -> Record:
    """Return a ``tobedeleted`` enrollment of a student who left a class on the day ``until``."""
    row = seed.deleted_row(f"enrollment/dropped/{section.key}/{student.key}")
    _fill(row, student.sourced_id, section.sourced_id, section.course.school.sourced_id, "student")
    row["beginDate"] = section.begin
    row["endDate"] = until.isoformat()
    return row


def _fill(row: Record, user: str, section: str, school: str, role: str, *, primary: bool = False) -> None:
    row["user"] = user
    row["class"] = section
    row["school"] = school
    row["role"] = role
    row["primary"] = primary
