"""A faulty user is served with the members that are right, each by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Api, connected, make_app
from csv_sets import bundle
from v1p2 import ROSTERING

from mockroster.roster.record import Record
from mockroster.scenarios.data.people import has_role

NAMED = "username: x, givenName: X, familyName: Hale"

Serve = Callable[..., Api]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Return a function that serves users with these members leniently."""

    def served(**users: str) -> Api:
        rows = "".join(f"- {{sourcedId: {name}, {NAMED}, {members}}}\n" for name, members in users.items())
        path = tmp_path / "demo.yaml"
        path.write_text(f"orgs: [{{sourcedId: o1, name: North, type: school}}]\nusers:\n{rows}")
        return connected(make_app(fixtures=(str(path),), lenient=True))

    return served


def ids(api: Api, path: str, **parameters: str) -> list[str]:
    """Return the sourcedIds that a collection read shows."""
    return [row["sourcedId"] for row in api.rows(path, **parameters)]


@pytest.mark.parametrize(
    "members",
    [
        "role: student, orgs: []",
        "role: student",
        "role: student, orgs: [{type: org}]",
        'role: student, orgs: ""',
        "role: student, orgs: [{sourcedId: 5}]",
        "roles: [{roleType: primary, role: student}]",
        "roles: [{role: student}]",
    ],
)
def test_a_role_without_a_good_org(serve: Serve, members: str) -> None:
    """A student without an org is a student all the same, in either version."""
    api = serve(c=members)

    user = api.one("/users/c")
    newer = api.one(f"{ROSTERING}/users/c")

    assert user["role"] == "student"
    assert [role["role"] for role in newer["roles"]] == ["student"]
    assert ids(api, "/students") == ids(api, f"{ROSTERING}/students") == ["c"]
    assert ids(api, "/users", filter="role='student'") == ["c"]
    assert ids(api, f"{ROSTERING}/users", filter="roles.role='student'") == ["c"]
    assert ids(api, "/schools/o1/students") == []


@pytest.mark.parametrize("members", ["orgs: [o1]", "role: '', orgs: [o1]", "role: 5, orgs: [o1, {}]"])
def test_orgs_without_a_good_role(serve: Serve, members: str) -> None:
    """The orgs of somebody without a role are as written, and the first is the primary one."""
    api = serve(i=members)

    user = api.one("/users/i")
    newer = api.one(f"{ROSTERING}/users/i")

    assert user["orgs"][0]["sourcedId"] == "o1"
    assert newer["roles"][0]["org"]["sourcedId"] == newer["primaryOrg"]["sourcedId"] == "o1"
    assert ids(api, "/students") == []
    assert ids(api, f"{ROSTERING}/users", filter="roles.org.sourcedId='o1'") == ["i"]


def test_roles_of_which_some_are_right(serve: Serve) -> None:
    """Every item of a list keeps its right members, beside items of another kind."""
    api = serve(m="roles: [{org: o1}, {role: student, org: o1}, 7]")

    user = api.one("/users/m")

    assert (user["role"], [org["sourcedId"] for org in user["orgs"]]) == ("student", ["o1"])
    assert ids(api, "/students") == ["m"]


def test_a_blank_org_in_csv(tmp_path: Path) -> None:
    """A row of users.csv without orgs keeps its role."""
    users = "c,,,true,,student,cee,,Cee,Hale,,,,,,,,"
    path = bundle(tmp_path / "set", "1.1", "bulk", {"orgs": "o1,,,North,school,,", "users": users})

    api = connected(make_app(fixtures=(str(path),), lenient=True))

    assert api.one("/users/c")["role"] == "student"
    assert ids(api, "/students") == ["c"]


def test_scenarios_take_such_users(serve: Serve) -> None:
    """Scenarios that look at roles pass over what a role lacks."""
    api = serve(c="role: student", i="orgs: [o1]", t="role: teacher, orgs: [o1]")

    for scenario in ("empty-school", "teachers-only", "relative-guardians", "no-roles"):
        shown = api.send("GET", "/users", headers={"X-Mockroster-Scenario": scenario})

        assert shown.status_code == 200, scenario


def test_a_role_is_asked_for() -> None:
    """A user with an org and without a role has none of the roles."""
    user = Record(roles=[{"org": "o1"}])

    assert not has_role(user, "student")
    assert has_role(user, "any")
