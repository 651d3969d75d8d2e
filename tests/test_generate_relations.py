"""The relations that clients and provider test suites walk through a generated district."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from functools import cache

import pytest

from mockroster.district import district
from mockroster.roster.record import Record, Records


@pytest.fixture(
    params=[
        (1, "2026-02-10"),
        (2, "2025-08-01"),
        (11, "2026-07-31"),
        (12, "2025-08-02"),
        (100, "2026-01-01"),
        (1000, "2025-08-01"),
        (1000, "2025-11-24"),
        (1000, "2026-07-30"),
    ],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def records(request: pytest.FixtureRequest) -> Records:
    """Return districts of several sizes on several days, active records only."""
    return made(*request.param)


@cache
def made(students: int, day: str) -> Records:
    """Return the active records of a district; kept, because the tests run in random order."""
    found = district(42, students, datetime.fromisoformat(f"{day}T00:00:00+00:00"))
    return {name: [row for row in rows if row["status"] == "active"] for name, rows in found.items()}


def related(rows: list[Record], member: str) -> dict[str, list[Record]]:
    """Return rows by what their ``member`` refers to."""
    found = defaultdict(list)
    for row in rows:
        value = row.get(member, [])
        for reference in value if isinstance(value, list) else [value]:
            found[reference].append(row)
    return found


def test_every_class_has_all_that_suites_ask_for(records: Records) -> None:
    """A class has students, one primary teacher, a resource, line items with categories, and results for the first."""
    enrollments, items = related(records["enrollments"], "class"), related(records["lineItems"], "class")
    results = related(records["results"], "lineItem")
    for row in records["classes"]:
        members = enrollments[row["sourcedId"]]
        of_class = items[row["sourcedId"]]

        assert [member["role"] for member in members if member.get("primary")] == ["teacher"]
        assert any(member["role"] == "student" for member in members)
        assert row["resources"]
        assert len(of_class) >= 2
        assert results[of_class[0]["sourcedId"]]


def test_the_first_term_of_a_class_has_grading_periods(records: Records) -> None:
    """``terms[0]`` has type term, and its children have type gradingPeriod."""
    sessions = {row["sourcedId"]: row for row in records["academicSessions"]}
    for row in records["classes"]:
        first = sessions[row["terms"][0]]

        assert first["type"] == "term"
        assert {sessions[child]["type"] for child in first["children"]} == {"gradingPeriod"}


def test_every_course_has_classes_and_a_resource(records: Records) -> None:
    """A course is taught in at least one class, of its own school."""
    classes = related(records["classes"], "course")
    for course in records["courses"]:
        assert course["resources"]
        assert {row["school"] for row in classes[course["sourcedId"]]} == {course["org"]}


def test_every_school_has_terms_courses_classes_students_and_teachers(records: Records) -> None:
    """No school is empty, and each has categories of its own."""
    courses, classes = related(records["courses"], "org"), related(records["classes"], "school")
    roles = {(role["org"], role["role"]) for user in records["users"] for role in user["roles"]}
    schools = [org["sourcedId"] for org in records["orgs"] if org["type"] == "school"]
    for school in schools:
        assert courses[school]
        assert any(row["terms"] for row in classes[school])
        assert {(school, "student"), (school, "teacher")} <= roles
    assert len(records["categories"]) == 5 * len(schools)


def test_every_teacher_can_pass_grades_back(records: Records) -> None:
    """Each teacher, found by e-mail, has a class of this year with students who have e-mail, and with categories."""
    taught, members = related(records["enrollments"], "user"), related(records["enrollments"], "class")
    classes = {row["sourcedId"]: row for row in records["classes"]}
    items = related(records["lineItems"], "class")
    users = {row["sourcedId"]: row for row in records["users"]}
    courses = {row["sourcedId"]: row for row in records["courses"]}
    years = sorted(
        (row for row in records["academicSessions"] if row["type"] == "schoolYear"), key=lambda row: row["startDate"]
    )
    this_year = years[-1]["sourcedId"]
    teachers = [user for user in records["users"] if user["roles"][0]["role"] == "teacher"]
    for teacher in teachers:
        own = [classes[row["class"]] for row in taught[teacher["sourcedId"]]]
        current = [row for row in own if courses[row["course"]]["schoolYear"] == this_year]

        assert current
        for row in current:
            students = [users[member["user"]] for member in members[row["sourcedId"]] if member["role"] == "student"]
            assert all(student["email"] for student in students)
            assert all(item["category"] for item in items[row["sourcedId"]])
    assert teachers


def test_every_enrolled_user_has_a_resource(records: Records) -> None:
    """Every enrolled user has a resource."""
    users = {row["sourcedId"]: row for row in records["users"]}

    assert all(users[row["user"]]["resources"] for row in records["enrollments"])


def test_resources_are_for_whoever_has_one_of_their_roles(records: Records) -> None:
    """Each resource is for a role of its user: a principal has the gradebook as a proctor."""
    roles = {row["sourcedId"]: {*row["roles"]} for row in records["resources"]}

    for user in records["users"]:
        held = {role["role"] for role in user["roles"]}
        assert all(held & roles[name] for name in user.get("resources", ())), user


def test_no_item_of_a_list_needs_quoting(records: Records) -> None:
    """In CSV an item of a list can hold neither comma nor quote, nor a pair a colon or a brace."""
    for rows in records.values():
        for row in rows:
            items = [one for value in row.values() if isinstance(value, list) for one in value]
            assert not [one for one in items if isinstance(one, str) and set(one) & set(',"')]
            assert not [one for one in row.get("userIds", ()) if set("".join(one.values())) & set(',":{}')]


def test_every_role_is_there(records: Records) -> None:
    """However small the district, it has administrators, a proctor, an aide, a parent, a guardian and a relative."""
    roles = {role["role"] for user in records["users"] for role in user["roles"]}

    assert {"districtAdministrator", "principal", "counselor", "proctor", "aide", "teacher"} <= roles
    assert {"student", "parent", "guardian", "relative"} <= roles
    assert any(row["role"] == "proctor" for row in records["enrollments"])


def test_both_roles_stand_in_the_first_hundred_enrollments(records: Records) -> None:
    """Enrollments come class by class, teachers first."""
    rows = records["enrollments"]
    order = list(dict.fromkeys(row["class"] for row in rows))
    by_class = related(rows, "class")

    assert {"teacher", "student"} <= {row["role"] for row in rows[:100]}
    assert [row for key in order for row in by_class[key]] == rows
    assert all(by_class[key][0]["role"] == "teacher" for key in order)
    assert order == [row["sourcedId"] for row in records["classes"]]
