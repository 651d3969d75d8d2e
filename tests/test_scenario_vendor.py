"""Scenarios that were seen at a single vendor: headers, blank members, code minors, and parts of wider habits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import Api
from worlds import GRADEBOOK, ROSTERING, World, named, new_world, rows

BASES = ("", ROSTERING)


@pytest.fixture
def world(api: Api) -> Iterator[World]:
    """Return a sandbox of the test's own."""
    with new_world(api) as made:
        yield made


@pytest.mark.parametrize("base", BASES)
def test_page_headers(base: str, world: World) -> None:
    """Each page has three headers more, and a token where another page follows; a single record has none."""
    names = {"x-obfuscated", "x-modified", "x-page-generation-time-ms"}
    first, last = (world.get(f"{base}/orgs", "page-headers", limit=limit) for limit in (1, 1000))
    single = world.get(f"{base}/orgs/{rows(first)[0]['sourcedId']}", "page-headers")

    found = [{name.lower() for name, _ in answer.headers} for answer in (first, last, single)]

    assert names | {"x-next-page-token"} <= found[0]
    assert names <= found[1]
    assert "x-next-page-token" not in found[1]
    assert not names & found[2]
    assert last.headers["x-modified"] == max(row["dateLastModified"] for row in rows(last))


@pytest.mark.parametrize("base", BASES)
def test_blank_text(base: str, world: World) -> None:
    """The members named are there and empty; one that is no text is left as it is."""
    (user,) = rows(world.get(f"{base}/users", "blank-text:members=password|email|grades|enabledUser", limit=1))
    (clean,) = rows(world.get(f"{base}/users", limit=1))

    assert (user["password"], user["email"]) == ("", "")
    assert user["enabledUser"] == clean["enabledUser"]
    assert "password" not in clean


def test_booleans_of_some_members(world: World) -> None:
    """Only the members named are spelt as text."""
    spec = "string-booleans:members=enabledUser"

    (user,) = rows(world.get("/users", spec, limit=1))
    enrollments = world.get("/enrollments", spec, limit=5)

    assert isinstance(user["enabledUser"], str)
    assert {type(row["primary"]) for row in rows(enrollments) if "primary" in row} == {bool}
    assert named(enrollments) is None


@pytest.mark.parametrize("base", BASES)
def test_nulls_of_some_members(base: str, world: World) -> None:
    """Only the members named are null where they are missing."""
    for row in rows(world.get(f"{base}/users", "nulls:members=middleName|metadata", limit=50)):
        assert {name for name, value in row.items() if value is None} <= {"middleName", "metadata"}
        assert {"middleName", "metadata"} <= row.keys()


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(("paths", "wrapper"), [("/demographics/*", "users"), ("/students", "students")])
def test_wrappers_of_some_paths(base: str, paths: str, wrapper: str, world: World) -> None:
    """Only answers of the paths named have the other wrapper."""
    answer = world.get(f"{base}/students", f"wrapper-by-path:paths={paths}", limit=1).get_json()

    assert list(answer) == [wrapper]


@pytest.mark.parametrize("share", [0, 0.25, 1])
def test_some_ids_are_hostile(share: float, world: World) -> None:
    """About the share that was ordered is so, and references follow."""
    spec = f"hostile-ids:kinds=edge,share={share}"
    users = [row["sourcedId"] for row in rows(world.get("/users", spec, limit=1000))]
    references = {row["user"]["sourcedId"] for row in rows(world.get("/enrollments", spec, limit=10_000))}

    odd = sum(name.endswith(" ") for name in users)

    assert references <= set(users)
    assert share * 0.6 <= odd / len(users) <= share * 1.4
    assert (odd > 0) == (share > 0)


@pytest.mark.parametrize(
    ("path", "spec"),
    [
        ("/users/nobody", "no-code-minor"),
        (f"{ROSTERING}/users/nobody", "no-code-minor"),
        (f"{GRADEBOOK}/nothing", "no-code-minor"),
        ("/users/nobody", "error-style:style=flat;no-code-minor"),
        ("/users/nobody", "error-style:style=errors;no-code-minor"),
        ("/users?limit=x", "no-code-minor:statuses=400"),
    ],
)
def test_no_code_minor(path: str, spec: str, world: World) -> None:
    """The error says all that it said but for the code minor, in every form."""
    clean = world.get(path)

    response = world.get(path, spec)

    assert response.status_code == clean.status_code
    assert "codeminor" in clean.text.lower()
    assert "codeminor" not in response.text.lower()
    assert "failure" in response.text


def test_code_minors_of_other_statuses_stay(world: World) -> None:
    """A status that is not meant is left as it is."""
    clean, response = (world.get("/users?limit=x", spec) for spec in (None, "no-code-minor"))

    assert (response.data, named(response)) == (clean.data, None)
