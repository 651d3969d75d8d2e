"""``dateLastModified``: every change has the time of the sandbox's clock, unless who may say otherwise does."""

from __future__ import annotations

from typing import Any

import pytest
from fixture_sets import good
from flask import Flask
from tenants import GRADEBOOK, V1P1, Tenant, create_sandbox

LATER = "2026-03-01T10:00"
GIVEN = "2020-05-06T07:08:09.000Z"


@pytest.fixture
def school(app: Flask) -> Tenant:
    """Return a sandbox with a little of everything, whose clock has moved on since it was made."""
    sandbox = create_sandbox(app, fixtures=good())
    sandbox.admin("PUT", "/clock", {"now": f"{LATER}:00Z"})
    return sandbox.enter()


def date_of(sandbox: Tenant, path: str) -> str:
    """Return the date of a record."""
    date: str = sandbox.admin("GET", f"/records/{path}").get_json()["dateLastModified"]
    return date


def delta(sandbox: Tenant, collection: str) -> list[str]:
    """Return what a client finds that asks for what has changed since the sandbox was made."""
    rows = sandbox.rows(f"{V1P1}/{collection}?filter=dateLastModified>'2026-02-01T00:00:00Z'")
    return [row["sourcedId"] for row in rows]


# By the switchboard, one record.


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("change", [{"title": "Algebra"}, {"status": "tobedeleted"}])
def test_a_record_that_is_read_changed_and_put(school: Tenant, version: str, change: dict[str, str]) -> None:
    """A class that is read, changed and put back is in the next delta: its old date is not taken as meant."""
    record = school.admin("GET", f"/records/classes/k1?version={version}").get_json()

    response = school.admin("PUT", "/records/classes/k1", record | change)

    assert response.status_code == 200
    assert date_of(school, "classes/k1").startswith(LATER)
    assert delta(school, "classes") == ["k1"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_date_that_differs_is_kept(school: Tenant, method: str) -> None:
    """A test may date its records as it likes."""
    record = school.admin("GET", "/records/classes/k1").get_json()

    school.admin(method, "/records/classes/k1", record | {"title": "Algebra", "dateLastModified": GIVEN})

    assert date_of(school, "classes/k1") == GIVEN


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_date_that_is_not_said_is_the_clock_s(school: Tenant, method: str) -> None:
    """A change without a date has the time of the clock."""
    record = school.admin("GET", "/records/classes/k1").get_json()

    school.admin(method, "/records/classes/k1", record | {"title": "Algebra", "dateLastModified": None})

    assert date_of(school, "classes/k1").startswith(LATER)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_changes_nothing_stamps_nothing(school: Tenant, method: str) -> None:
    """A record that is written as it is was not modified."""
    before = date_of(school, "classes/k1")
    record = school.admin("GET", "/records/classes/k1").get_json()

    response = school.admin(method, "/records/classes/k1", record)

    assert response.status_code == 200
    assert date_of(school, "classes/k1") == before


def test_a_new_record(school: Tenant) -> None:
    """A record that is new has the date that it says, or else the time of the clock."""
    school.admin("PUT", "/records/categories/h2", {"title": "Tests", "dateLastModified": GIVEN})
    school.admin("PUT", "/records/categories/h3", {"title": "Tests"})

    assert date_of(school, "categories/h2") == GIVEN
    assert date_of(school, "categories/h3").startswith(LATER)


# By the switchboard, many.


def test_a_document_stamps_what_differs(school: Tenant) -> None:
    """If an export is edited and merged in again, only the edited records are stamped."""
    document = school.admin("GET", "/export").get_json()
    document["users"][0]["givenName"] = "Anna"
    document["orgs"][1] |= {"name": "North", "dateLastModified": GIVEN}

    response = school.admin("POST", "/records", document)

    assert response.status_code == 200
    assert date_of(school, "users/u1").startswith(LATER)
    assert date_of(school, "orgs/o1") == GIVEN
    changed = {name: delta(school, name) for name in ("orgs", "users", "classes", "enrollments", "results")}
    assert changed == {"orgs": [], "users": ["u1"], "classes": [], "enrollments": [], "results": []}


def test_a_line_item_that_moves_in_a_document(school: Tenant) -> None:
    """A result that comes along with its line item is stamped, also where the document has it with its old date."""
    document = school.admin("GET", "/export").get_json()
    document["classes"].append(document["classes"][0] | {"sourcedId": "k2"})
    document["lineItems"][0]["class"] = "k2"
    document["results"][0]["class"] = "k2"

    response = school.admin("POST", "/records", document)

    assert response.status_code == 200
    assert (date_of(school, "lineItems/l1")[:16], date_of(school, "results/x1")[:16]) == (LATER, LATER)


# By clients.


@pytest.mark.parametrize("change", [{}, {"title": "Essays"}])
def test_the_date_of_a_client_is_passed_over(school: Tenant, change: dict[str, Any]) -> None:
    """A write of a client is always a change, of now."""
    record = school.get(f"{GRADEBOOK}/categories/h1").get_json()["category"]
    body = {"category": record | {"dateLastModified": GIVEN} | change}

    school.send("PUT", f"{GRADEBOOK}/categories/h1", json=body)

    assert date_of(school, "categories/h1").startswith(LATER)


def test_results_that_move_with_a_clients_line_item_are_stamped(school: Tenant) -> None:
    """Other records that a write changes are stamped with it."""
    second = good()["classes"][0] | {"sourcedId": "k2"}
    school.admin("PUT", "/records/classes/k2", second)
    line_item = school.get(f"{GRADEBOOK}/lineItems/l1").get_json()["lineItem"]

    response = school.send("PUT", f"{GRADEBOOK}/lineItems/l1", json={"lineItem": line_item | {"class": "k2"}})

    assert response.status_code == 201, response.text
    assert date_of(school, "results/x1").startswith(LATER)


def test_titles_that_are_cut_are_stamped(school: Tenant) -> None:
    """A record that a scenario makes of a write has the time of the write."""
    line_item = school.get(f"{GRADEBOOK}/lineItems/l1").get_json()["lineItem"]
    school.spec = "titles-cut:max=3"

    school.send("PUT", f"{GRADEBOOK}/lineItems/l1", json={"lineItem": line_item})

    assert date_of(school, "lineItems/l1").startswith(LATER)
