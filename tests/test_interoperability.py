"""Paths that clients and provider suites follow in generated data, over HTTP."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import Api, connected, make_app

Json = dict[str, Any]

INDEXED = {
    "classes": ["location", "periods", "subjects", "grades", "terms", "school", "course"],
    "courses": ["courseCode", "grades", "subjects", "org"],
    "enrollments": ["beginDate", "endDate", "school"],
    "users": ["email", "identifier", "username", "orgs"],
    "demographics": ["birthDate"],
}
"""Members that clients index without looking."""


def active(rows: list[Json]) -> list[Json]:
    """Return the rows that are active."""
    return [row for row in rows if row["status"] == "active"]


@pytest.mark.parametrize("collection", INDEXED)
def test_never_missing(collection: str, api: Api) -> None:
    """Members that clients index without looking are in every record, with something in them."""
    for record in api.all(collection):
        for member in INDEXED[collection]:
            assert record.get(member), (member, record)


def test_usernames_and_emails(api: Api) -> None:
    """Usernames hold no @ and are nobody else's; e-mail addresses hold one and stay in a domain kept for examples."""
    users = api.all("users")

    assert not [user["username"] for user in users if "@" in user["username"]]
    assert len({user["username"] for user in users}) == len(users)
    assert len({user["email"] for user in users}) == len(users)
    assert all(re.fullmatch(r"[^@\s]+@[^@\s]+", user["email"]) for user in users)


def test_both_roles_in_the_first_hundred_enrollments(api: Api) -> None:
    """A default page of enrollments shows students and teachers."""
    first = api.get("/enrollments").get_json()["enrollments"]

    assert len(first) == 100
    assert {"student", "teacher"} <= {one["role"] for one in first}


def test_every_role_is_there(api: Api) -> None:
    """There are an administrator, a proctor, an aide, a parent, a guardian and a relative besides the usual two."""
    roles = {user["role"] for user in active(api.all("users"))}

    assert roles == {"administrator", "aide", "guardian", "parent", "proctor", "relative", "student", "teacher"}


def test_exactly_as_many_students_as_asked(api: Api) -> None:
    """--students 100 gives a hundred active students, and rows to be deleted on top."""
    students = api.rows("/students")

    assert len(active(students)) == 100
    assert len(students) > 100


def test_every_class_can_be_walked(api: Api) -> None:
    """Every class has a teacher, students, categories, line items with results and a resource."""
    for class_ in active(api.all("classes")):
        path = f"/classes/{class_['sourcedId']}"

        assert api.rows(f"{path}/teachers"), path
        assert api.rows(f"{path}/students"), path
        assert api.rows(f"{path}/categories"), path
        assert api.rows(f"{path}/resources"), path
        assert api.rows(f"{path}/lineItems"), path
        assert api.rows(f"{path}/results"), path


def test_first_term_of_every_class(api: Api) -> None:
    """``terms[0]`` has type term and grading periods as children."""
    sessions = {one["sourcedId"]: one for one in api.all("academicSessions")}

    for class_ in api.all("classes"):
        term = sessions[class_["terms"][0]["sourcedId"]]
        children = [sessions[child["sourcedId"]]["type"] for child in term["children"]]

        assert term["type"] == "term"
        assert "gradingPeriod" in children
        assert api.rows(f"/terms/{term['sourcedId']}/gradingPeriods")


def test_every_school_can_be_walked(api: Api) -> None:
    """Every school has terms, courses, classes, students, teachers and enrollments."""
    for school in active(api.rows("/schools")):
        for child in ("terms", "courses", "classes", "students", "teachers", "enrollments"):
            assert api.rows(f"/schools/{school['sourcedId']}/{child}"), (school["name"], child)


def test_every_course_can_be_walked(api: Api) -> None:
    """Every course has classes and a resource."""
    for course in active(api.all("courses")):
        assert api.rows(f"/courses/{course['sourcedId']}/classes"), course
        assert api.rows(f"/courses/{course['sourcedId']}/resources"), course


def test_every_enrolled_user_has_a_class(api: Api) -> None:
    """Every enrolled user has a class, by the path of users and by that of the role."""
    users = {user["sourcedId"]: user for user in api.all("users")}
    for one in active(api.all("enrollments")):
        user = one["user"]["sourcedId"]

        assert api.rows(f"/users/{user}/classes"), user
        assert user in users
        if one["role"] == users[user]["role"] in {"student", "teacher"}:
            assert api.rows(f"/{one['role']}s/{user}/classes"), user


def test_every_reference_leads_somewhere(api: Api) -> None:
    """Every href of every collection is absolute, of the generic path, and names a record that is there."""
    known: dict[str, set[str]] = {}
    plural = {"category": "categories", "class": "classes", "demographics": "demographics"}
    for collection in (
        "orgs",
        "academicSessions",
        "courses",
        "classes",
        "users",
        "enrollments",
        "lineItems",
        "results",
    ):
        for record in api.all(collection):
            for value in record.values():
                for one in value if isinstance(value, list) else [value]:
                    if not (isinstance(one, dict) and "href" in one):
                        continue
                    target = plural.get(one["type"], one["type"] + "s")
                    if target not in known:
                        known[target] = {row["sourcedId"] for row in api.all(target)}
                    assert one["sourcedId"] in known[target]
                    assert one["href"] == f"http://localhost/ims/oneroster/v1p1/{target}/{one['sourcedId']}"
                    assert list(one) == ["href", "sourcedId", "type"]


def test_a_reference_can_be_followed(api: Api) -> None:
    """Asking for an href as it stands gives the record."""
    enrollment = api.all("enrollments")[0]

    for member in ("user", "class", "school"):
        response = api.send("GET", enrollment[member]["href"])

        (record,) = response.get_json().values()
        assert record["sourcedId"] == enrollment[member]["sourcedId"]


@pytest.mark.parametrize("collection", ["users", "orgs", "classes", "enrollments", "results", "lineItems"])
def test_times_have_three_digits_of_milliseconds(collection: str, api: Api) -> None:
    """A dateLastModified is always YYYY-MM-DDTHH:mm:ss.SSSZ, and not in the future."""
    for record in api.all(collection):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["dateLastModified"])
        assert record["dateLastModified"] <= "2026-01-15T23:59:59.999Z"


def test_nothing_is_null_or_empty(api: Api) -> None:
    """Absent values are omitted: no null, no empty string, no empty list."""
    for collection in (
        "orgs",
        "academicSessions",
        "courses",
        "classes",
        "users",
        "enrollments",
        "demographics",
        "resources",
    ):
        for record in api.all(collection):
            assert not [name for name, value in record.items() if value in (None, "", [])]


SDS = [
    "/schools?filter=status='active'",
    "/orgs?filter=status%3D%27active%27&limit=1000&offset=0",
    "/users?filter=status='active'&limit=5000&offset=0",
    "/users?filter=dateLastModified>'2017-01-01T00:00:00.000Z'",
    "/users?filter=dateLastModified>'2017-01-01T00:00:00Z'",
    "/students?filter=role='student' AND dateLastModified>'2017-01-01T00:00:00.000Z'",
    "/students?filter=status='active'&orderBy=asc",
    "/academicSessions?filter=schoolYear='2026' AND status='active'",
    "/terms?filter=status='active'",
    "/courses?limit=10000",
    "/classes?filter=dateLastModified>'2017-01-01'&sort=dateLastModified&orderBy=desc",
    "/enrollments?filter=status='active'&limit=100&offset=100",
    "/demographics?limit=10000",
]


@pytest.mark.parametrize("path", SDS)
def test_queries_of_school_data_sync(path: str, api: Api) -> None:
    """The queries that School Data Sync sends, blanks and angles raw, find rows."""
    response = api.send("GET", path.replace(" ", "%20"))

    (rows,) = response.get_json().values()
    assert response.status_code == 200
    assert rows
    if "'active'" in path:
        assert {row["status"] for row in rows} == {"active"}


def test_rows_to_be_deleted_are_shown_and_can_be_left_out(api: Api) -> None:
    """Top-level collections show rows to be deleted, a delta sees them, and ``status='active'`` leaves them out."""
    for collection in ("users", "enrollments"):
        everything = api.all(collection)

        gone = api.rows(f"/{collection}", filter="status='tobedeleted'")

        assert gone
        assert len(api.rows(f"/{collection}", filter="status='active'")) + len(gone) == len(everything)


def test_delta_of_the_future_is_empty(api: Api) -> None:
    """Nothing was changed after now."""
    assert api.rows("/users", filter="dateLastModified>'2099-01-01'") == []


@pytest.mark.parametrize("spelt", ["limit%20=3", "%20limit=3", "limit+=3", "+limit+=+3", "limit=3%20"])
def test_blanks_round_parameter_names(spelt: str, api: Api) -> None:
    """A blank that slipped into a parameter's name does not count."""
    response = api.send("GET", f"/users?{spelt}")

    assert response.status_code == 200
    assert len(response.get_json()["users"]) == 3


def test_roster_only_has_no_gradebook() -> None:
    """The profile roster-only serves empty gradebook collections, 200 and not 404."""
    client = connected(make_app(students=5, profile="roster-only"))

    for collection in ("categories", "lineItems", "results"):
        assert client.rows(f"/{collection}") == []
    assert client.rows("/students")
