"""Classes and enrollments: nobody is in two rooms at once, and no class is too large."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from functools import cache

import pytest

from mockroster.district import district
from mockroster.roster.record import Record, Records

NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)


@pytest.fixture(params=[50, 1000, 2500])
def records(request: pytest.FixtureRequest) -> Records:
    """Return districts of several sizes, active records only."""
    return made(request.param)


@cache
def made(students: int) -> Records:
    """Return the active records of a district; kept, because the tests run in random order."""
    found = district(5, students, NOW)
    return {name: [row for row in rows if row["status"] == "active"] for name, rows in found.items()}


def classes_of(records: Records) -> dict[str, Record]:
    """Return the classes by sourcedId."""
    return {row["sourcedId"]: row for row in records["classes"]}


def test_nobody_has_two_classes_in_one_period(records: Records) -> None:
    """No student and no teacher has two classes in the same period of the same term."""
    classes = classes_of(records)

    held = Counter(
        (row["user"], term, classes[row["class"]]["periods"][0])
        for row in records["enrollments"]
        if row["role"] in {"student", "teacher"}
        for term in classes[row["class"]]["terms"]
    )

    assert set(held.values()) == {1}


def test_no_two_classes_share_a_room_in_one_period(records: Records) -> None:
    """In a school a room holds one class at a time."""
    held = Counter(
        (row["school"], row["location"], term, row["periods"][0]) for row in records["classes"] for term in row["terms"]
    )

    assert set(held.values()) == {1}


def test_class_sizes(records: Records) -> None:
    """A class of this year has 12 to 30 students, one of last year those of them who were here."""
    sizes = Counter(row["class"] for row in records["enrollments"] if row["role"] == "student")
    last_year = {
        row["sourcedId"]
        for row in records["courses"]
        if row["schoolYear"] == records["academicSessions"][0]["sourcedId"]
    }

    for key, row in classes_of(records).items():
        assert (8 if row["course"] in last_year else 12) <= sizes[key] <= 30


def test_students_have_a_full_day(records: Records) -> None:
    """An elementary student has a homeroom and two classes this year, a secondary student six periods."""
    classes = classes_of(records)
    first_day = records["academicSessions"][15]["startDate"]
    grades = {row["sourcedId"]: row["grades"][0] for row in records["users"] if "grades" in row}
    days = defaultdict(list)
    for row in records["enrollments"]:
        if row["role"] == "student" and row["beginDate"] >= first_day:
            days[row["user"]].append(classes[row["class"]])

    for student, grade in grades.items():
        kinds = Counter(row["classType"] for row in days[student])
        is_elementary = grade in {"KG", "01", "02", "03", "04", "05"}
        assert kinds == ({"homeroom": 1, "scheduled": 2} if is_elementary else {"scheduled": 6})


def test_students_sit_in_classes_of_their_school_and_grade(records: Records) -> None:
    """Enrollments of this year agree with the school and the grade of the student."""
    classes, first_day = classes_of(records), records["academicSessions"][15]["startDate"]
    users = {row["sourcedId"]: row for row in records["users"]}
    for row in records["enrollments"]:
        if row["role"] == "student" and row["beginDate"] >= first_day:
            assert users[row["user"]]["grades"] == classes[row["class"]]["grades"]
            assert users[row["user"]]["primaryOrg"] == row["school"] == classes[row["class"]]["school"]


def test_enrollments_lie_within_the_terms_of_their_class(records: Records) -> None:
    """An enrollment begins and ends within its class's terms, and nearly always with them."""
    sessions, classes = {row["sourcedId"]: row for row in records["academicSessions"]}, classes_of(records)
    whole = 0
    for row in records["enrollments"]:
        terms = [sessions[term] for term in classes[row["class"]]["terms"]]
        begin, end = terms[0]["startDate"], terms[-1]["endDate"]
        assert begin <= row["beginDate"] < row["endDate"] <= end
        whole += (row["beginDate"], row["endDate"]) == (begin, end)

    assert 0.9 < whole / len(records["enrollments"]) < 1


def test_some_classes_have_a_second_teacher() -> None:
    """About one class in twelve has a co-teacher, who is a teacher and not the primary one."""
    records = made(2500)

    teachers = Counter(row["class"] for row in records["enrollments"] if row["role"] == "teacher")
    shared = sum(count == 2 for count in teachers.values())

    assert set(teachers.values()) == {1, 2}
    assert 0.04 < shared / len(records["classes"]) < 0.14
    primary = Counter(row["class"] for row in records["enrollments"] if row["primary"] and row["role"] == "teacher")
    assert primary == dict.fromkeys(teachers, 1)
    assert not [row for row in records["enrollments"] if row["primary"] and row["role"] != "teacher"]


@pytest.mark.parametrize("students", [1, 12, 24, 60])
def test_small_districts_have_a_class_with_two_teachers(students: int) -> None:
    """However small a secondary school is, one of its classes has a second teacher."""
    posts = [row["primary"] for row in made(students)["enrollments"] if row["role"] == "teacher"]

    assert False in posts


def test_a_few_teachers_work_in_two_schools() -> None:
    """At least one teacher has a role, and classes, at two schools."""
    records = made(1000)
    schools = {org["sourcedId"] for org in records["orgs"] if org["type"] == "school"}

    travelling = [
        user
        for user in records["users"]
        if user["roles"][0]["role"] == "teacher" and len(schools & {role["org"] for role in user["roles"]}) == 2
    ]
    taught_at = {
        row["school"] for row in records["enrollments"] if row["user"] in {user["sourcedId"] for user in travelling}
    }

    assert travelling
    assert len(taught_at) >= 2


@pytest.mark.parametrize(("day", "latest"), [("2025-10-01", 0), ("2026-03-01", 1)])
def test_semester_classes_are_never_in_the_future(day: str, latest: int) -> None:
    """A class of two terms is in this semester or in one that is over."""
    records = district(5, 1000, datetime.fromisoformat(f"{day}T00:00:00+00:00"))
    terms = [row["sourcedId"] for row in records["academicSessions"] if row["type"] == "term"][4:]

    semesters = {terms.index(row["terms"][0]) // 2 for row in records["classes"] if len(row["terms"]) == 2}

    assert semesters
    assert max(semesters) == latest


def test_last_year_is_thin() -> None:
    """Last year has one class for a grade of a school, with those who were in that grade then."""
    records = made(1000)
    last = records["academicSessions"][0]["sourcedId"]
    courses = {row["sourcedId"] for row in records["courses"] if row["schoolYear"] == last}
    users = {row["sourcedId"]: row for row in records["users"]}
    grades = ["KG", *(f"{grade:02d}" for grade in range(1, 13))]

    classes = {row["sourcedId"]: row for row in records["classes"] if row["course"] in courses}
    held = Counter((row["school"], row["grades"][0]) for row in classes.values())

    assert set(held.values()) == {1}
    assert len(held) == 5 + 5 + 2 + 3
    for row in records["enrollments"]:
        if row["class"] in classes and row["role"] == "student":
            then, now = classes[row["class"]]["grades"][0], users[row["user"]]["grades"][0]
            assert grades.index(now) == grades.index(then) + 1
