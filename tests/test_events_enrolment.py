"""Events of enrolment: each is one whole batch of what a student information system changes together."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import make_app
from flask import Flask
from tenants import Tenant, tenant

Json = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Flask:
    """Return a server whose district has two elementary schools."""
    return make_app(students=1000, now="2026-09-01T12:00:00Z")


@pytest.fixture
def sandbox(server: Flask) -> Tenant:
    """Return a sandbox of its own."""
    return tenant(server)


def trigger(sandbox: Tenant, event: str, **members: Any) -> Json:
    """Let an event happen and return what the switchboard says."""
    response = sandbox.admin("POST", "/events", {"event": event, **members})
    assert response.status_code == 200, response.text
    found: Json = response.get_json()
    return found


def changes(sandbox: Tenant, since: int = 0) -> list[Json]:
    """Return the changes after a revision."""
    found: list[Json] = sandbox.admin("GET", f"/changes?since={since}&limit=10000").get_json()["changes"]
    return found


def keys(rows: list[Json]) -> list[tuple[str, str]]:
    """Return collection and sourcedId of rows."""
    return [(row["collection"], row["sourcedId"]) for row in rows]


def active(sandbox: Tenant, collection: str, **members: str) -> list[Json]:
    """Return the active records of a collection, by the ids of references."""
    page = sandbox.admin("GET", f"/records/{collection}?limit=10000").get_json()[collection]
    return [
        row
        for row in page
        if row["status"] == "active"
        and all(row[name]["sourcedId"] == value for name, value in members.items() if name in row)
    ]


@pytest.mark.parametrize("event", ["student-enrolled", "student-left", "student-transferred"])
def test_records_are_the_changes_of_one_batch(sandbox: Tenant, event: str) -> None:
    """The answer names all changed records, the batch has the cause of the event and the time of the clock."""
    answer = trigger(sandbox, event)

    rows = changes(sandbox)
    assert keys(answer["events"][0]["records"]) == keys(rows)
    assert {row["cause"] for row in rows} == {f"event:{event}"}
    assert {(row["revision"], row["at"]) for row in rows} == {(answer["revision"], answer["events"][0]["at"])}
    assert {row["after"]["dateLastModified"] for row in rows} == {answer["events"][0]["at"]}


def test_a_new_student_has_classes_guardians_and_demographics(sandbox: Tenant) -> None:
    """A newcomer is enrolled where a classmate is, and every reference leads to an active record."""
    rows = changes(sandbox, trigger(sandbox, "student-enrolled")["revision"] - 1)

    student = next(row["after"] for row in rows if row["collection"] == "users" and "grades" in row["after"])
    enrollments = [row["after"] for row in rows if row["collection"] == "enrollments"]
    guardians = [row["after"] for row in rows if row["collection"] == "users" and row["after"] is not student]
    assert {enrollment["user"]["sourcedId"] for enrollment in enrollments} == {student["sourcedId"]}
    assert len(enrollments) in {3, 5, 6}
    assert {agent["sourcedId"] for agent in student["agents"]} == {one["sourcedId"] for one in guardians}
    assert all(one["agents"][0]["sourcedId"] == student["sourcedId"] for one in guardians)
    assert ("demographics", student["sourcedId"]) in keys(rows)


def test_a_leaver_leaves_nothing_active(sandbox: Tenant) -> None:
    """Enrollments, results and demographics go with the student, and no active user names the student."""
    rows = changes(sandbox, trigger(sandbox, "student-left")["revision"] - 1)

    student = next(row["sourcedId"] for row in rows if row["collection"] == "demographics")
    assert active(sandbox, "enrollments", user=student) == []
    assert active(sandbox, "results", student=student) == []
    users = active(sandbox, "users")
    assert student not in {user["sourcedId"] for user in users}
    assert student not in {agent["sourcedId"] for user in users for agent in user.get("agents", [])}


def test_a_student_who_returns_is_as_before(sandbox: Tenant) -> None:
    """A student who leaves and returns has the same records as before, apart from their dates."""
    left = changes(sandbox, trigger(sandbox, "student-left")["revision"] - 1)

    back = changes(sandbox, trigger(sandbox, "student-returned")["revision"] - 1)

    def contents(rows: list[Json], side: str) -> dict[tuple[str, str], Json]:
        return {
            (row["collection"], row["sourcedId"]): {**row[side], "dateLastModified": ""}
            for row in rows
            if row["collection"] != "enrollments"
        }

    assert contents(back, "after") == contents(left, "before")
    assert {key for key in keys(left) if key[0] == "enrollments"} >= {
        key for key in keys(back) if key[0] == "enrollments"
    }


def test_a_transfer_changes_school_and_all_classes(sandbox: Tenant) -> None:
    """A student who transfers has classes of the new school alone, in the same grade."""
    rows = changes(sandbox, trigger(sandbox, "student-transferred")["revision"] - 1)

    student = next(row["after"] for row in rows if row["collection"] == "users" and "grades" in row["after"])
    school = student["roles"][0]["org"]["sourcedId"]
    seats = [row for row in active(sandbox, "enrollments", user=student["sourcedId"]) if row["endDate"] > "2026-09-01"]
    assert seats
    assert {seat["school"]["sourcedId"] for seat in seats} == {school}


def test_a_deleted_student_does_not_transfer(sandbox: Tenant) -> None:
    """A record that a client deleted is respected: the event is refused with a sentence, and nothing changes."""
    student = next(user for user in active(sandbox, "users") if "grades" in user)["sourcedId"]
    sandbox.admin("DELETE", f"/records/users/{student}?as=tobedeleted")
    before = len(changes(sandbox))

    response = sandbox.admin("POST", "/events", {"event": "student-transferred", "sourcedId": student})

    assert response.status_code == 409
    assert f"the record '{student}' of users is tobedeleted" in response.text
    assert len(changes(sandbox)) == before


def test_enrollments_that_end(sandbox: Tenant) -> None:
    """With ``enrollments=ended`` all records stay active, and the enrollments end today."""
    rows = changes(sandbox, trigger(sandbox, "student-left", enrollments="ended")["revision"] - 1)

    assert {row["after"]["status"] for row in rows} == {"active"}
    assert {row["after"]["endDate"] for row in rows if row["collection"] == "enrollments"} == {"2026-09-01"}


def test_count_makes_one_batch(sandbox: Tenant) -> None:
    """Several occurrences are one batch, each with other records, which together are the changes of the batch."""
    answer = trigger(sandbox, "student-enrolled", count=3)

    assert answer["revision"] == 1
    assert len({keys(event["records"])[0] for event in answer["events"]}) == 3
    rows = changes(sandbox)
    assert {row["revision"] for row in rows} == {1}
    assert set(keys(rows)) == {key for event in answer["events"] for key in keys(event["records"])}


def test_count_happens_as_often_as_alone(sandbox: Tenant) -> None:
    """Each occurrence sees what those before it have done: nobody leaves twice."""
    answer = trigger(sandbox, "student-left", count=3)

    left = [keys(event["records"])[0] for event in answer["events"]]
    assert len({*left}) == 3
    assert {collection for collection, _ in left} == {"users"}


def test_records_that_two_occurrences_change(sandbox: Tenant) -> None:
    """A record that each occurrence changes is among the records of each, and once among the changes."""
    enrolled = trigger(sandbox, "student-enrolled")
    _, student = keys(enrolled["events"][0]["records"])[0]

    answer = trigger(sandbox, "guardian-changed", count=2, sourcedId=student, how="add")

    assert [("users", student) in keys(event["records"]) for event in answer["events"]] == [True, True]
    [change] = [row for row in changes(sandbox, enrolled["revision"]) if row["sourcedId"] == student]
    assert len(change["after"]["agents"]) == len(change["before"].get("agents", [])) + 2


def test_count_is_all_or_nothing() -> None:
    """An event that cannot happen as often as asked does not happen at all; the sentence says how often it could."""
    sandbox = tenant(make_app(students=3, now="2026-09-01T12:00:00Z"))
    before = sandbox.admin("GET", "/export?format=json").data

    refused = sandbox.admin("POST", "/events", {"event": "student-left", "count": 4})

    assert refused.status_code == 409
    sentence = refused.get_json()["statusInfoSet"][0]["imsx_description"]
    assert sentence.startswith("student-left: there is no active student")
    assert sentence.endswith("(3 of 4 could happen, so none did)")
    assert changes(sandbox) == []
    assert sandbox.admin("GET", "/export?format=json").data == before
    assert len(trigger(sandbox, "student-left", count=3)["events"]) == 3


@pytest.mark.parametrize("event", ["usernames-changed", "year-prepared"])
def test_a_large_event_leaves_nothing_behind(sandbox: Tenant, event: str) -> None:
    """An event that changes hundreds of records once, and cannot a second time, is undone; alone it happens."""
    before = sandbox.admin("GET", "/export?format=json").data

    refused = sandbox.admin("POST", "/events", {"event": event, "count": 2})

    assert refused.status_code == 409
    assert "(1 of 2 could happen, so none did)" in refused.get_json()["statusInfoSet"][0]["imsx_description"]
    assert sandbox.admin("GET", "/export?format=json").data == before
    assert trigger(sandbox, event)["revision"] == 1


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"event": "x"}, "there is no event 'x'; `mockroster events` lists all"),
        ({"event": "student-enroled"}, "there is no event 'student-enroled'; did you mean 'student-enrolled'?"),
        ({"event": "student-left", "skool": "x"}, "student-left has no parameter 'skool'; did you mean 'school'?"),
        ({"event": "student-left", "enrollments": "gone"}, "'gone' is not one of tobedeleted, ended"),
        ({"event": "student-left", "count": 0}, "count: 0 is not a whole number from 1 to 1000"),
        ({"event": "student-left", "sourcedId": 5}, "student-left: sourcedId: 5 is not a text"),
        ({"event": "student-left", "sourcedId": None}, "student-left: sourcedId: null is not a text"),
        ({"event": "class-renamed", "title": "x" * 1001}, "title: it has 1001 characters; 1000 are the most"),
        ({"event": "usernames-changed", "domain": "a b"}, "domain: 'a b' is not a value such as example.org"),
        ({"event": "usernames-changed", "domain": "a@b.org"}, "domain: 'a@b.org' is not a value such as example.org"),
        ({}, "event must be a string"),
    ],
)
def test_a_wrong_request(sandbox: Tenant, body: Json, sentence: str) -> None:
    """A wrong event, parameter or value is refused with the nearest right one."""
    response = sandbox.admin("POST", "/events", body)

    assert response.status_code == 400
    assert sentence in response.get_json()["statusInfoSet"][0]["imsx_description"]


EVENTS_OF_STUDENTS = ("guardian-changed", "people-merged", "schedule-changed", "student-left", "student-transferred")


@pytest.mark.parametrize("event", EVENTS_OF_STUDENTS)
def test_an_event_of_students_names_a_user_who_is_none(sandbox: Tenant, event: str) -> None:
    """An event that is aimed at a user of another role says which role that is, and changes nothing."""
    teacher = next(user for user in active(sandbox, "users") if user["roles"][0]["role"] == "teacher")["sourcedId"]

    response = sandbox.admin("POST", "/events", {"event": event, "sourcedId": teacher})

    assert response.status_code == 409
    assert f"{event}: sourcedId: '{teacher}' is a teacher, not a student" in response.text
    assert changes(sandbox) == []


@pytest.mark.parametrize("event", EVENTS_OF_STUDENTS)
def test_an_event_of_students_names_an_account_that_is_disabled(sandbox: Tenant, event: str) -> None:
    """A student whose enrollments ended has a disabled account, and the refusal says so."""
    student = next(user for user in active(sandbox, "users") if "grades" in user)["sourcedId"]
    trigger(sandbox, "student-left", sourcedId=student, enrollments="ended")

    response = sandbox.admin("POST", "/events", {"event": event, "sourcedId": student})

    assert response.status_code == 409
    assert f"the account of the student '{student}' is disabled" in response.text


@pytest.mark.parametrize("event", ["mass-deletion", "student-enrolled", "student-left", "student-transferred"])
def test_a_school_that_does_not_exist(sandbox: Tenant, event: str) -> None:
    """An event says that the school it is aimed at does not exist, under the name of that parameter."""
    response = sandbox.admin("POST", "/events", {"event": event, "school": "nope"})

    assert response.status_code == 409
    assert f"{event}: school: there is no record 'nope' of orgs" in response.text


def test_another_id_for_a_teacher(sandbox: Tenant) -> None:
    """``id-changed`` takes any user."""
    teacher = next(user for user in active(sandbox, "users") if user["roles"][0]["role"] == "teacher")["sourcedId"]

    trigger(sandbox, "id-changed", sourcedId=teacher)

    assert teacher not in {user["sourcedId"] for user in active(sandbox, "users")}
