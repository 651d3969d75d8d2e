"""The walk of a grade-passback consumer over 1.2, as Google Classroom publishes it, for every teacher there is."""

from __future__ import annotations

import pytest
from conftest import Api
from flask import Flask
from v1p2 import GRADEBOOK, ROSTERING, Json, active, with_scopes

ROLES = ("roster.readonly", "gradebook.readonly", "gradebook.createput", "gradebook.delete")


@pytest.fixture
def consumer(app: Flask) -> Api:
    """Return a consumer with its four scopes, over the district that nobody writes to."""
    return with_scopes(app, *ROLES)


@pytest.fixture
def writer(fresh: Api) -> Api:
    """Return a consumer with its four scopes, over a district of its own."""
    return with_scopes(fresh.app, *ROLES)


def walk(api: Api, teacher: Json) -> Json:
    """Return the first active class of a teacher, having read all that the consumer needs of it."""
    found = api.rows(f"{ROSTERING}/users", filter=f"email='{teacher['email']}'")
    assert [row["sourcedId"] for row in found] == [teacher["sourcedId"]]
    classes = api.rows(f"{ROSTERING}/teachers/{teacher['sourcedId']}/classes", filter="status='active'")
    class_ = classes[0]
    assert class_["school"]["type"] == "org"
    assert class_["terms"][0]["type"] == "academicSession"
    students = api.rows(f"{ROSTERING}/classes/{class_['sourcedId']}/students", filter="status='active'")
    assert students
    assert all("@" in student["email"] for student in students)
    categories = api.rows(f"{GRADEBOOK}/classes/{class_['sourcedId']}/categories")
    assert categories
    periods = api.rows(f"{ROSTERING}/terms/{class_['terms'][0]['sourcedId']}/gradingPeriods")
    assert {period["type"] for period in periods} == {"gradingPeriod"}
    return {"class": class_, "student": students[0], "category": categories[0], "period": periods[-1]}


def test_every_teacher_can_be_walked_to(api: Api, consumer: Api) -> None:
    """A teacher by e-mail, their classes, its students, categories and grading periods: nothing is missing anywhere."""
    teachers = [teacher for teacher in active(api.rows(f"{ROSTERING}/teachers")) if teacher["enabledUser"] == "true"]
    teaching = {
        row["user"]["sourcedId"] for row in active(api.rows(f"{ROSTERING}/enrollments", filter="role='teacher'"))
    }

    walked = [walk(consumer, teacher) for teacher in teachers if teacher["sourcedId"] in teaching]

    assert walked
    assert {teacher["sourcedId"] for teacher in teachers if teacher["roles"][0]["role"] == "teacher"} <= teaching


@pytest.mark.parametrize("which", [0, -1])
def test_a_grade_is_passed_back(writer: Api, which: int) -> None:
    """A line item is made, edited, graded with 80, 300 and ``exempt``, read back each time, and taken away."""
    enrolled = active(writer.rows(f"{ROSTERING}/enrollments", filter="role='teacher'"))
    teacher = writer.one(f"{ROSTERING}/teachers/{enrolled[which]['user']['sourcedId']}")
    here = walk(writer, teacher)
    class_ = here["class"]["sourcedId"]
    item = {
        "title": "Essay",
        "assignDate": "2026-01-10T08:00:00.000Z",
        "dueDate": "2026-01-14T23:59:00.000Z",
        "class": {"sourcedId": class_, "type": "class", "href": here["class"]["sourcedId"]},
        "school": {"sourcedId": here["class"]["school"]["sourcedId"], "type": "org"},
        "category": {"sourcedId": here["category"]["sourcedId"], "type": "category"},
        "gradingPeriod": {"sourcedId": here["period"]["sourcedId"], "type": "academicSession"},
        "resultValueMin": 0,
        "resultValueMax": 100,
    }
    listed = f"{GRADEBOOK}/classes/{class_}/lineItems"
    before = writer.rows(listed)

    assert writer.put(f"{GRADEBOOK}/lineItems/essay", {"lineItem": item}).status_code == 201
    assert writer.rows(listed)[-1]["title"] == "Essay"
    assert writer.put(f"{GRADEBOOK}/lineItems/essay", {"lineItem": {**item, "title": "Long essay"}}).status_code == 201
    assert [row["title"] for row in writer.rows(listed) if row not in before] == ["Long essay"]
    result = {
        "lineItem": {"sourcedId": "essay", "type": "lineItem"},
        "student": {"sourcedId": here["student"]["sourcedId"], "type": "user"},
        "scoreStatus": "fully graded",
        "scoreDate": "2026-01-15T09:30:00.000Z",
        "comment": "",
    }
    for change in ({"score": 80}, {"score": 300}, {"score": 300, "scoreStatus": "exempt"}):
        assert writer.put(f"{GRADEBOOK}/results/grade", {"result": {**result, **change}}).status_code == 201
        back = writer.one(f"{GRADEBOOK}/results/grade")
        assert back["score"] == change["score"]
        assert back["scoreStatus"] == change.get("scoreStatus", "fully graded")
        assert back["scoreDate"] == "2026-01-15"
        assert back["class"]["sourcedId"] == class_
        assert back in writer.rows(f"{GRADEBOOK}/classes/{class_}/lineItems/essay/results")
    assert writer.delete(f"{GRADEBOOK}/results/grade").status_code == 204
    assert writer.delete(f"{GRADEBOOK}/lineItems/essay").status_code == 204

    assert writer.rows(listed) == before
    assert writer.get(f"{GRADEBOOK}/results/grade").status_code == 404


def test_without_the_scope_to_write_nothing_is_passed_back(app: Flask) -> None:
    """A consumer that may only read is told so before anything is looked at."""
    reader = with_scopes(app, *ROLES[:2])

    assert reader.put(f"{GRADEBOOK}/lineItems/essay", {}).status_code == 403
    assert reader.delete(f"{GRADEBOOK}/lineItems/essay").status_code == 403
