"""The seeded district: a whole school district of people who do not exist, the same for the same seed and day.

Each module makes one kind of thing; ``district`` puts them together.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from mockroster.district.assessment_results import assessment_result_rows, retired_result_rows
from mockroster.district.assessments import assessment_rows, retired_assessment, sittings
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
from mockroster.district.grading import grading_of
from mockroster.district.guardians import adult_rows
from mockroster.district.households import households
from mockroster.district.line_items import cancelled_line_item, category_rows, line_items
from mockroster.district.results import cancelled_result_rows, result_rows
from mockroster.district.schools import org_rows, plan
from mockroster.district.sessions import first_year, school_year, session_rows
from mockroster.district.context import Setting
from mockroster.district.staff import duties, members, staff_rows
from mockroster.district.streams import Seed
from mockroster.district.students import Student, pupils
from mockroster.district.teaching import staff_classes
from mockroster.district.timetable import Section, sections
from mockroster.district.vendors import publishers
from mockroster.errors import ConfigurationError, nearest
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
"""What a district is made in, in order, with how much of the time has passed when each begins, in percent."""

log = logging.getLogger(__name__)
"""Is told of each stage when it begins, at level DEBUG, by its name alone."""


def district(seed: int, students: int, now: datetime, profile: str = "district") -> Records:
    """Return a district of exactly so many active students, as it is on the UTC day of ``now``.

    The same seed, number of students and day give the same records: about twelve for each student, and on top some that
    are ``tobedeleted``. All fourteen collections are there, also those that the profile leaves empty.
    Raises ConfigurationError for an unknown profile and for less than one student.
    """
    if profile not in PROFILES:
        message = f"profile: {profile!r} is not one of {', '.join(PROFILES)}{nearest(profile, PROFILES)}"
        raise ConfigurationError(message)
    if students < 1:
        raise ConfigurationError(f"students: {students} is less than 1")
    with _collector_at_rest():
        setting = _setting(Seed(seed, now.astimezone(UTC).date()), students)
        log.debug("households")
        homes = households(setting.seed, setting.district.grades())
        log.debug("students")
        people = pupils(setting, homes, student_resources(setting.seed))
        log.debug("classes")
        classes = sections(setting, people)
        records = _roster(setting, people, classes)
        records.update(_gradebook(setting, people, classes) if profile == "district" else _no_gradebook())
    return records


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    # Nothing made here is garbage, and looking for some takes a third of the time of a large district.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _setting(seed: Seed, students: int) -> Setting:
    start = first_year(seed.today)
    years = school_year(seed, start - 1), school_year(seed, start)
    return Setting(seed, seed.today, plan(seed, students), *years, publishers(seed))


def _roster(setting: Setting, people: Sequence[Student], classes: Sequence[Section]) -> Records:
    seed = setting.seed
    courses = courses_of(classes)
    teaching = staff_classes(setting, classes)
    others = members(setting)
    gone = departures(setting, people, classes)
    log.debug("users")
    users = staff_rows(setting, others, teaching, staff_resources(seed))
    users += [student.row for student in people]
    users += adult_rows(setting, people)
    log.debug("enrollments")
    enrollments = enrollment_rows(seed, classes, teaching, duties(others, classes))
    log.debug("demographics")
    demographics = [demographics_row(setting, student) for student in people]
    return {
        "orgs": org_rows(seed, setting.district),
        "academicSessions": session_rows(seed, (setting.last_year, setting.this_year)),
        "courses": course_rows(seed, courses),
        "classes": class_rows(setting, classes, teaching),
        "users": users + gone.users,
        "enrollments": enrollments + gone.enrollments,
        "demographics": demographics + gone.demographics,
        "resources": resource_rows(seed, courses),
    }


def _gradebook(setting: Setting, people: Sequence[Student], classes: Sequence[Section]) -> Records:
    log.debug("line items")
    grading = grading_of(setting, classes)
    items = line_items(grading, classes)
    cancelled = cancelled_line_item(setting, grading, classes)
    tests = sittings(setting, grading, classes, people)
    retired = retired_assessment(setting)
    log.debug("results")
    results = result_rows(setting, items, len(people)) + cancelled_result_rows(setting, cancelled)
    log.debug("assessments")
    tested = assessment_result_rows(setting, tests) + retired_result_rows(setting, retired, tests[0].students)
    return {
        "categories": category_rows(setting),
        "lineItems": [*(item.row for item in items), cancelled.row],
        "results": results,
        "scoreScales": [scale.row for scale in grading.scales.values()],
        "assessmentLineItems": [*assessment_rows(tests), retired.row],
        "assessmentResults": tested,
    }


def _no_gradebook() -> Records:
    return {name: [] for name in GRADEBOOK}
