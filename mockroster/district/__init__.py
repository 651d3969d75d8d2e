"""The seeded district: a whole fictional school district, the same for the same seed and day.

Each module generates one kind of record; ``district`` combines them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from mockroster.district.assessment_results import assessment_result_rows, retired_result_rows
from mockroster.district.assessments import assessment_rows, retired_assessment, sittings
from mockroster.district.context import DistrictContext, publishers
from mockroster.district.courses import (
    class_rows,
    course_rows,
    courses_of,
    resource_rows,
    staff_resources,
    student_resources,
)
from mockroster.district.demographics import demographics_row
from mockroster.district.departures import departures
from mockroster.district.enrollments import enrollment_rows
from mockroster.district.guardians import adult_rows
from mockroster.district.households import households
from mockroster.district.line_items import cancelled_line_item, category_rows, line_items
from mockroster.district.objectives import Framework
from mockroster.district.results import cancelled_result_rows, result_rows
from mockroster.district.scales import Grading, class_scales
from mockroster.district.schools import org_rows, plan
from mockroster.district.sessions import first_year, school_year, session_rows
from mockroster.district.staff import class_roles, non_teachers, staff_rows
from mockroster.district.streams import Seed
from mockroster.district.students import Student, all_students
from mockroster.district.teaching import staff_classes
from mockroster.district.timetable import Section, sections
from mockroster.errors import ConfigurationError, nearest
from mockroster.garbage import paused_collection
from mockroster.roster.record import Records
from mockroster.roster.store import GRADEBOOK
from mockroster.settings import PROFILES

STAGES = {
    "households": 0,
    "students": 8,
    "classes": 21,
    "users": 25,
    "enrollments": 36,
    "demographics": 51,
    "line items": 60,
    "results": 70,
    "assessments": 90,
}
"""The stages of generation, in order, with the percentage of the total time that has passed when each begins."""

log = logging.getLogger(__name__)
"""Receives the name of each stage as a DEBUG record when the stage begins."""


def district(seed: int, students: int, now: datetime, profile: str = "district") -> Records:
    """Return a district with exactly ``students`` active students, as of the UTC day of ``now``.

    The same seed, number of students and day give the same records: about twelve for each student, and a few more that
    are ``tobedeleted``. All fourteen collections are present, including those that the profile leaves empty.
    Raises ConfigurationError for an unknown profile and for less than one student.
    """
    if profile not in PROFILES:
        message = f"profile: {profile!r} is not one of {', '.join(PROFILES)}{nearest(profile, PROFILES)}"
        raise ConfigurationError(message)
    if students < 1:
        raise ConfigurationError(f"students: {students} is less than 1")
    with paused_collection():
        context = _context(Seed(seed, now.astimezone(UTC).date()), students)
        log.debug("households")
        homes = households(context.seed, context.district.grades())
        log.debug("students")
        people = all_students(context, homes, student_resources(context.seed))
        log.debug("classes")
        classes = sections(context, people)
        records = _roster(context, people, classes)
        records.update(_gradebook(context, people, classes) if profile == "district" else _no_gradebook())
    return records


def _context(seed: Seed, students: int) -> DistrictContext:
    start = first_year(seed.today)
    years = school_year(seed, start - 1), school_year(seed, start)
    return DistrictContext(seed, seed.today, plan(seed, students), *years, publishers(seed))


def _roster(context: DistrictContext, people: Sequence[Student], classes: Sequence[Section]) -> Records:
    seed = context.seed
    courses = courses_of(classes)
    teaching = staff_classes(context, classes)
    others = non_teachers(context)
    gone = departures(context, people, classes)
    log.debug("users")
    users = staff_rows(context, others, teaching, staff_resources(seed))
    users += [student.row for student in people]
    users += adult_rows(context, people)
    log.debug("enrollments")
    enrollments = enrollment_rows(seed, classes, teaching, class_roles(others, classes))
    log.debug("demographics")
    demographics = [demographics_row(context, student) for student in people]
    return {
        "orgs": org_rows(seed, context.district),
        "academicSessions": session_rows(seed, (context.last_year, context.this_year)),
        "courses": course_rows(seed, courses),
        "classes": class_rows(context, classes, teaching),
        "users": users + gone.users,
        "enrollments": enrollments + gone.enrollments,
        "demographics": demographics + gone.demographics,
        "resources": resource_rows(seed, courses),
    }


def _gradebook(context: DistrictContext, people: Sequence[Student], classes: Sequence[Section]) -> Records:
    log.debug("line items")
    seed = context.seed
    grading = Grading(seed, class_scales(seed, classes), Framework(seed, context.district.state))
    items = line_items(grading, classes)
    cancelled = cancelled_line_item(context, grading, classes)
    tests = sittings(context, grading, classes, people)
    retired = retired_assessment(context)
    log.debug("results")
    results = result_rows(context, items, len(people)) + cancelled_result_rows(context, cancelled)
    log.debug("assessments")
    tested = assessment_result_rows(context, tests) + retired_result_rows(context, retired, tests[0].students)
    return {
        "categories": category_rows(context),
        "lineItems": [*(item.row for item in items), cancelled.row],
        "results": results,
        "scoreScales": [scale.row for scale in grading.scales.values()],
        "assessmentLineItems": [*assessment_rows(tests), retired.row],
        "assessmentResults": tested,
    }


def _no_gradebook() -> Records:
    return {name: [] for name in GRADEBOOK}
