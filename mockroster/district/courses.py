"""The records of courses and classes, and of the resources that they use."""

from __future__ import annotations

from collections.abc import Sequence

from mockroster.district.context import DistrictContext, Vendor, publishers
from mockroster.district.curriculum import GRADES, HOMEROOM
from mockroster.district.streams import Seed
from mockroster.district.teaching import Teaching
from mockroster.district.timetable import Course, Section
from mockroster.roster.record import Record

_MODES = ("in-person", "in-person", "blended")
_FOR_ALL = (
    ("library", "Digital Library", ("student", "teacher", "aide", "parent", "guardian", "relative")),
    ("portal", "Student Portal", ("student", "parent", "guardian", "relative")),
    ("gradebook", "Teacher Gradebook", ("administrator", "teacher", "proctor")),
)


def student_resources(seed: Seed) -> list[str]:
    """Return the sourcedIds of the resources for every student."""
    return _resources_for(seed, "student")


def staff_resources(seed: Seed) -> dict[str, list[str]]:
    """Return the sourcedIds of the resources for staff in a class, by role; a principal has those of a proctor."""
    return {role: _resources_for(seed, as_) for role, as_ in _ENROLLED.items()}


_ENROLLED = {"teacher": "teacher", "principal": "proctor", "proctor": "proctor"}


def _resources_for(seed: Seed, role: str) -> list[str]:
    return [seed.sourced_id(f"resource/{name}") for name, _, roles in _FOR_ALL if role in roles]


def courses_of(sections: Sequence[Section]) -> list[Course]:
    """Return each course that has a class, once."""
    return list({section.course.key: section.course for section in sections}.values())


_GRADES_WITH_CREDITS = ("09", "10", "11", "12")
_CREDITS = {"credits": 0.5}


def course_rows(seed: Seed, courses: Sequence[Course]) -> list[Record]:
    """Return the records of courses."""
    rows = []
    for course in courses:
        row = seed.row(course.key)
        if GRADES[course.grade] in _GRADES_WITH_CREDITS:
            row["metadata"] = _CREDITS
        row["title"] = course.title
        row["schoolYear"] = course.year.whole.sourced_id
        row["courseCode"] = course.subject.course_code(course.grade)
        row["grades"] = [GRADES[course.grade]]
        row["subjects"] = [course.subject.name]
        row["org"] = course.school.sourced_id
        row["subjectCodes"] = [course.subject.area]
        row["resources"] = [_book_id(seed, course), seed.sourced_id("resource/library")]
        rows.append(row)
    return rows


def class_rows(context: DistrictContext, sections: Sequence[Section], teaching: Teaching) -> list[Record]:
    """Return the records of classes; a class meets in the room of its primary teacher."""
    seed = context.seed
    books = {course.key: [_book_id(seed, course)] for course in courses_of(sections)}
    return [_class_row(seed, section, teaching, books[section.course.key]) for section in sections]


def _class_row(seed: Seed, section: Section, teaching: Teaching, books: list[str]) -> Record:
    course, row = section.course, section.row
    stream = seed.stream(section.key)
    if stream.chance(0.1):
        row["metadata"] = {"instructionMode": stream.pick(_MODES)}
    row["title"] = f"{course.title} - Section {section.number}"
    row["classCode"] = f"{course.subject.course_code(course.grade)}-{section.number:02d}"
    row["classType"] = "homeroom" if course.subject is HOMEROOM else "scheduled"
    row["location"] = f"Room {101 + teaching.of_class[section.sourced_id][0].number % 300}"
    row["grades"] = [GRADES[course.grade]]
    row["subjects"] = [course.subject.name]
    row["course"] = course.sourced_id
    row["school"] = course.school.sourced_id
    row["terms"] = [term.sourced_id for term in section.terms]
    row["subjectCodes"] = [course.subject.area]
    row["periods"] = [section.period]
    row["resources"] = books
    return row


def resource_rows(seed: Seed, courses: Sequence[Course]) -> list[Record]:
    """Return the resources: those for everybody, a textbook for each subject and grade, and one that was retired."""
    vendors = publishers(seed)
    rows = []
    for name, title, roles in _FOR_ALL:
        rows.append(_row(seed.row(f"resource/{name}"), title, roles, f"app-{name}", vendors[0]))
    taught = {_book(course): course for course in courses}
    for key, course in taught.items():
        publisher = seed.stream(key).pick(vendors)
        title = f"{course.title} Textbook"
        code = course.subject.course_code(course.grade).lower()
        rows.append(_row(seed.row(key), title, ("student", "teacher"), f"book-{code}", publisher))
    retired = _row(seed.deleted_row("resource/retired"), "Typing Tutor", ("student",), "app-typing", vendors[-1])
    return [*rows, retired]


def _book_id(seed: Seed, course: Course) -> str:
    return seed.sourced_id(_book(course))


def _book(course: Course) -> str:
    return f"resource/book/{course.subject.code}/{GRADES[course.grade]}"


def _row(row: Record, title: str, roles: Sequence[str], code: str, publisher: Vendor) -> Record:
    row["title"] = title
    row["roles"] = list(roles)
    row["importance"] = "primary" if code.startswith("book") else "secondary"
    row["vendorResourceId"] = code
    row["vendorId"] = publisher.vendor_id
    row["applicationId"] = publisher.application_id
    return row
