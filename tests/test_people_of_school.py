"""Students and teachers of a school: by what they are there, each of them once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Api, connected, make_app
from v1p2 import ROSTERING

from mockroster.roster.record import Record
from mockroster.roster.store import Named, Table

ADMIN = "http://localhost/__admin/records"
V1P1 = "http://localhost/ims/oneroster/v1p1"


def people(api: Api, base: str, school: str, segment: str) -> tuple[list[str], str]:
    """Return the ids that a nested read of a school lists, and how many it says there are."""
    response = api.get(f"{base}/schools/{school}/{segment}", limit=10_000)
    assert response.status_code == 200, response.text
    (records,) = response.get_json().values()
    return [record["sourcedId"] for record in records], response.headers["X-Total-Count"]


@pytest.fixture
def schools(fresh: Api) -> tuple[str, str]:
    """Return two new schools, A and B, in which nobody is."""
    for name in ("A", "B"):
        body = {"name": f"School {name}", "type": "school", "identifier": name}
        assert fresh.put(f"{ADMIN}/orgs/{name}", body).status_code == 201
    return "A", "B"


def employ(api: Api, name: str, *roles: tuple[str, str, str]) -> None:
    """Make a user with roles: type, role and org of each."""
    listed = [{"roleType": type_, "role": role, "org": org} for type_, role, org in roles]
    user: dict[str, Any] = {"username": name, "givenName": name, "familyName": "Hale", "roles": listed}
    assert api.put(f"{ADMIN}/users/{name}", user).status_code == 201


def test_two_roles_in_a_school_are_one_teacher(fresh: Api, schools: tuple[str, str]) -> None:
    """Somebody with two roles in a school is listed and counted once."""
    employ(fresh, "both", ("primary", "teacher", "A"), ("secondary", "counselor", "A"))

    assert people(fresh, ROSTERING, "A", "teachers") == (["both"], "1")
    assert people(fresh, V1P1, "A", "teachers") == (["both"], "1")


def test_a_teacher_elsewhere_is_no_teacher_here(fresh: Api, schools: tuple[str, str]) -> None:
    """A teacher of A who is a parent in B is listed only among the teachers of A, a student of B among its students."""
    employ(fresh, "parent", ("primary", "teacher", "A"), ("primary", "parent", "B"))
    employ(fresh, "trainee", ("primary", "student", "B"), ("secondary", "teacher", "A"))

    assert people(fresh, ROSTERING, "A", "teachers")[0] == ["parent", "trainee"]
    assert people(fresh, ROSTERING, "B", "teachers") == ([], "0")
    assert people(fresh, ROSTERING, "B", "students") == (["trainee"], "1")
    assert people(fresh, ROSTERING, "A", "students") == ([], "0")


@pytest.mark.parametrize("segment", ["students", "teachers"])
def test_people_of_every_school(api: Api, segment: str) -> None:
    """In the district each school lists whoever has the role in one of the entries for that school, in order."""
    users = api.rows(f"{ROSTERING}/users")
    role = segment.removesuffix("s")

    for school in api.rows(f"{ROSTERING}/schools"):
        here = {"role": role, "org": school["sourcedId"]}
        expected = [
            user["sourcedId"]
            for user in users
            if any({"role": one["role"], "org": one["org"]["sourcedId"]} == here for one in user["roles"])
        ]
        assert people(api, ROSTERING, school["sourcedId"], segment) == (expected, str(len(expected)))
        assert expected


def test_a_list_that_holds_an_id_twice_is_found_once() -> None:
    """A class whose terms name the same term twice is one class of that term."""
    record = Record(sourcedId="x", terms=["t", "t"])

    index = Table([record]).index(Named("terms"))

    assert index == {"t": [record]}


def test_people_of_a_fixture_set() -> None:
    """In the sample of edge cases a principal who teaches is one teacher, a student who moved is in both schools."""
    edge_cases = Path(__file__).parents[1] / "fixtures" / "edge-cases.yaml"
    api = connected(make_app(fixtures=(str(edge_cases),)))

    assert people(api, ROSTERING, "hill", "teachers") == (["teacher-two-schools", "principal-who-teaches"], "2")
    assert "transferred" in people(api, ROSTERING, "hill", "students")[0]
    assert people(api, ROSTERING, "lake", "students")[0].count("transferred") == 1
