"""The walk of a grade-passback consumer (interoperability.md) in its 1.1 form, for every teacher of the district."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import BASE, Api
from werkzeug.test import Client

from mockroster.standard.v1p1.scopes import GRADEBOOK, GRADEBOOK_DELETE, GRADEBOOK_PUT, ROSTER, ROSTER_CORE

Json = dict[str, Any]

SCOPES = (ROSTER_CORE, ROSTER, GRADEBOOK, GRADEBOOK_PUT, GRADEBOOK_DELETE)


def consumer(api: Api, *scopes: str) -> Api:
    """Return a client whose token has just the scopes that it asked for, by HTTP Basic with a form."""
    form = {"grant_type": "client_credentials", "scope": " ".join(scopes)}
    response = Client(api.app).post("/oauth2/token", data=form, auth=("mockroster", "mockroster-secret"))
    granted = response.get_json()
    assert response.status_code == 200
    assert granted["token_type"].lower() == "bearer"
    assert isinstance(granted["expires_in"], int)
    assert set(scopes) <= set(granted["scope"].split())
    return Api(api.app, granted["access_token"])


def to_the_gradebook(client: Api, teacher: Json) -> tuple[Json, list[Json], list[Json], list[Json]]:
    """Walk from an e-mail address to a class, its students, its categories and the periods of its term."""
    listed = client.send("GET", f"/teachers?filter=email='{teacher['email']}'&limit=10000").get_json()["users"]
    assert listed == [teacher]
    classes = client.rows(f"/teachers/{teacher['sourcedId']}/classes", filter="status='active'")
    assert classes, f"{teacher['username']} teaches nothing"
    class_ = classes[0]
    assert class_["school"]["sourcedId"]
    assert class_["terms"]
    by_id = client.send("GET", f"/classes?filter=sourcedId='{class_['sourcedId']}'").get_json()["classes"]
    assert by_id == [class_]
    students = client.rows(f"/classes/{class_['sourcedId']}/students")
    assert students
    assert all("@" in student["email"] for student in students)
    categories = client.rows(f"/classes/{class_['sourcedId']}/categories")
    assert categories
    assert all(category["sourcedId"] and category["title"] for category in categories)
    periods = client.rows(f"/terms/{class_['terms'][0]['sourcedId']}/gradingPeriods")
    assert periods
    assert {period["type"] for period in periods} == {"gradingPeriod"}
    return class_, students, categories, periods


@pytest.mark.parametrize("students", ["many", "few"])
def test_every_active_teacher_can_make_the_walk(students: str, api: Api, fresh: Api) -> None:
    """From each teacher's e-mail the reads of the walk lead to a class, students, categories and grading periods."""
    client = consumer(api if students == "many" else fresh, *SCOPES)
    teachers = client.rows("/teachers", filter="status='active'")

    walks = [to_the_gradebook(client, teacher) for teacher in teachers]

    assert len(walks) > 2
    assert len({teacher["email"] for teacher in teachers}) == len(teachers)


def test_line_item_and_result_there_and_back(fresh: Api) -> None:
    """PUT, list, edit and list a line item; PUT a result as 80, 300 and exempt, reading each back; DELETE both."""
    client = consumer(fresh, *SCOPES)
    class_, students, categories, periods = to_the_gradebook(client, client.rows("/teachers")[0])
    class_path = f"/classes/{class_['sourcedId']}"
    item = {
        "title": "Passback",
        "description": "",
        "assignDate": "2026-01-05T00:00:00Z",
        "dueDate": "2026-01-12T23:59:59.999Z",
        "class": {"sourcedId": class_["sourcedId"]},
        "category": {"sourcedId": categories[0]["sourcedId"]},
        "gradingPeriod": {"sourcedId": periods[0]["sourcedId"]},
        "resultValueMin": 0.0,
        "resultValueMax": 100.0,
    }

    def titles() -> list[str]:
        return [one["title"] for one in client.rows(f"{class_path}/lineItems") if one["sourcedId"] == "passback"]

    assert client.put("/lineItems/passback", {"lineItem": item}).status_code == 201
    assert titles() == ["Passback"]
    assert client.put("/lineItems/passback", {"lineItem": {**item, "title": "Edited"}}).status_code == 200
    assert titles() == ["Edited"]

    result = {
        "lineItem": {"sourcedId": "passback"},
        "student": {"sourcedId": students[0]["sourcedId"]},
        "scoreDate": "2026-01-13T09:00:00.000Z",
        "comment": "",
    }
    steps: list[Json] = [
        {"score": 80, "scoreStatus": "fully graded"},
        {"score": 300, "scoreStatus": "fully graded"},
        {"score": "0", "scoreStatus": "exempt"},
    ]
    for number, step in enumerate(steps):
        written = client.put("/results/passed", {"result": {**result, **step}})
        assert written.status_code == (200 if number else 201)
        read = client.one("/results/passed")
        assert read["score"] == float(step["score"])
        assert read["scoreStatus"] == step["scoreStatus"]
        assert read["scoreDate"] == "2026-01-13"
        in_list = client.rows(f"{class_path}/lineItems/passback/results")
        assert in_list == [read]

    assert client.delete("/results/passed").status_code == 204
    assert client.rows(f"{class_path}/lineItems/passback/results") == []
    assert client.delete("/lineItems/passback").status_code == 204
    assert titles() == []
    assert client.get("/results/passed").status_code == 404
    assert client.get("/lineItems/passback").status_code == 404


def test_line_item_without_category_and_period(fresh: Api) -> None:
    """The older clients of the walk send a line item without category or grading period."""
    client = consumer(fresh, *SCOPES)
    class_, *_ = to_the_gradebook(client, client.rows("/teachers")[0])
    item = {"title": "x", "assignDate": "2026-01-05", "dueDate": "2026-01-12", "class": class_["sourcedId"]}

    response = client.put("/lineItems/old", {"lineItem": item})

    assert response.status_code == 201
    assert client.one("/lineItems/old")["gradingPeriod"]["type"] == "academicSession"


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (ROSTER_CORE, "GET", "/lineItems"),
        (ROSTER, "GET", "/lineItems"),
        (GRADEBOOK, "GET", "/teachers"),
        (GRADEBOOK, "PUT", "/lineItems/x"),
        (GRADEBOOK, "DELETE", "/lineItems/x"),
        (GRADEBOOK_PUT, "DELETE", "/lineItems/x"),
        (GRADEBOOK_DELETE, "PUT", "/lineItems/x"),
        (GRADEBOOK_PUT, "GET", "/lineItems"),
        (ROSTER, "GET", "/demographics"),
        (ROSTER_CORE, "GET", "/schools/x/classes"),
    ],
)
def test_a_token_for_less(scope: str, method: str, path: str, api: Api) -> None:
    """A token is good for what it was asked for and no more."""
    response = consumer(api, scope).send(method, BASE + path)

    assert response.status_code == 403
