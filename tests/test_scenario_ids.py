"""Scenarios about ids and the members of records that most imports rely on, as a client sees them in both versions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from conftest import Api
from seen import EITHER, V1P1, V1P2, Seen
from worlds import BASE, ROSTERING, World, named, new_world, rows

Through = Callable[[str], Seen]

both = pytest.mark.parametrize("paths", EITHER, ids=["v1p1", "v1p2"])


@pytest.fixture(scope="module")
def through(api: Api) -> Through:
    """Return a function that returns a client by scenario."""
    return cache(lambda spec: Seen(api, spec))


@pytest.fixture(scope="module")
def plain(through: Through) -> Seen:
    """Return a client without a scenario."""
    return through("")


IDS = {
    "odd-ids": r"\d{1,15}",
    "odd-ids:style=md5": r"[0-9a-f]{32}",
    "odd-ids:style=prefixed": r"[A-Z]{3}_\d{1,15}",
    "reissued-ids": r"[0-9a-f-]{36}",
}


@both
@pytest.mark.parametrize(("spec", "form"), IDS.items())
def test_every_id_is_another(through: Through, plain: Seen, spec: str, form: str, paths: dict[str, str]) -> None:
    """Every record has an id of that form and no record keeps its own; references match, and nothing else changes."""
    for name, path in paths.items():
        ids = [row["sourcedId"] for row in through(spec).rows(path)]

        assert all(re.fullmatch(form, found) for found in ids), name
        assert len({*ids}) == len(ids) == len(plain.rows(path))
        assert not plain.ids(path) & {*ids}
    assert through(spec).dangling(paths) == plain.dangling(paths)
    assert named(through(spec).get(paths["orgs"])) == spec.partition(":")[0]


@pytest.mark.parametrize("spec", IDS)
def test_new_ids_can_be_read(through: Through, spec: str) -> None:
    """A record is found by its new id and by its href, and demographics have the id of their user."""
    client = through(spec)
    class_ = client.rows(V1P1["classes"])[0]

    assert client.one(f"{V1P1['classes']}/{class_['sourcedId']}")["title"] == class_["title"]
    assert client.one(class_["school"]["href"])["sourcedId"] == class_["school"]["sourcedId"]
    assert client.ids(V1P1["demographics"]) <= client.ids(V1P1["users"])


def test_prefixes_tell_people_apart(through: Through) -> None:
    """Teachers and students have prefixes of their own."""
    client = through("odd-ids:style=prefixed")

    assert {name[:4] for name in client.ids(f"{BASE}/teachers")} == {"TCH_"}
    assert {name[:4] for name in client.ids(f"{BASE}/students")} == {"STU_"}


def test_each_issue_has_ids_of_its_own(through: Through) -> None:
    """Another issue has other ids, and the same issue the same."""
    first, third = (through(f"reissued-ids:issue={number}").ids(V1P1["orgs"]) for number in (2, 3))

    assert not first & third
    assert first == through("reissued-ids").ids(V1P1["orgs"])


def test_written_records_keep_their_ids(fresh: Api) -> None:
    """A record that a client has written is read by the id that it was written with."""
    with new_world(fresh) as world:
        world.send("PUT", "/categories/mine", body={"category": {"title": "Mine"}})

        for spec in ("odd-ids", "reissued-ids"):
            assert world.get("/categories/mine", spec).status_code == 200


def district(world: World, spec: str) -> str:
    """Return the id of the district."""
    return next(row["sourcedId"] for row in rows(world.get("/orgs", spec)) if row["type"] == "district")


def test_district_id_changes(fresh: Api) -> None:
    """The id of the district lasts for some days of the sandbox's clock; schools keep theirs and refer to it."""
    spec = f"static-bearer:token={fresh.token};district-id-changes:days=2"
    with new_world(fresh) as world:
        plain = rows(world.get("/orgs"))
        seen = []
        for _ in range(4):
            seen.append(district(world, spec))
            schools = [row for row in rows(world.get("/orgs", spec)) if row["type"] == "school"]
            assert {row["parent"]["sourcedId"] for row in schools} == {seen[-1]}
            assert {row["sourcedId"] for row in schools} == {r["sourcedId"] for r in plain if r["type"] == "school"}
            world.advance(days=1)

        assert sorted(Counter(seen).values()) in ([2, 2], [1, 1, 2])
        assert next(row["sourcedId"] for row in plain if row["type"] == "district") not in seen


@both
@pytest.mark.parametrize(("spec", "share"), [("colliding-ids", 0.1), ("colliding-ids:share=0.6", 0.6)])
def test_colliding_ids(through: Through, plain: Seen, spec: str, share: float, paths: dict[str, str]) -> None:
    """A share of the teachers has the id of a student, in their enrollments too; nobody is lost."""
    client = through(spec)
    users = client.rows(paths["users"])
    counts = Counter(row["sourcedId"] for row in users)
    twice = {name for name, number in counts.items() if number > 1}
    roles = {name: {_role(row) for row in users if row["sourcedId"] == name} for name in twice}

    teachers = sum(_role(row) == "teacher" and row["status"] == "active" for row in plain.rows(paths["users"]))
    assert len(users) == len(plain.rows(paths["users"]))
    assert len(twice) == pytest.approx(share * teachers, abs=1)
    assert all(found == {"teacher", "student"} for found in roles.values())
    taught = [row for row in client.rows(paths["enrollments"]) if row["role"] == "teacher"]
    assert twice & {row["user"]["sourcedId"] for row in taught}
    assert named(client.get(paths["users"])) == "colliding-ids"


def _role(user: dict[str, Any]) -> str:
    found: str = user["role"] if "role" in user else user["roles"][0]["role"]
    return found


# Members.


@pytest.mark.parametrize(("spec", "share"), [("users-without-org", 0.05), ("users-without-org:share=1", 1.0)])
def test_users_without_org(through: Through, plain: Seen, spec: str, share: float) -> None:
    """So many users have a role and no org, in both versions."""
    users = through(spec).rows(V1P1["users"])
    newer = through(spec).rows(V1P2["users"])

    without = [row for row in users if not row.get("orgs")]
    assert len(users) == len(plain.rows(V1P1["users"]))
    assert len(without) == max(round(share * len(users)), 1)
    assert all(row["role"] for row in without)
    for row in newer:
        if row["sourcedId"] in {user["sourcedId"] for user in without}:
            assert all("role" in role and "org" not in role for role in row["roles"])
            assert "primaryOrg" not in row
    assert named(through(spec).get(V1P1["users"])) == "users-without-org"


@both
def test_private_data(through: Through, plain: Seen, paths: dict[str, str]) -> None:
    """Every user has a password and numbers that nobody has; without the scenario most have none."""
    for user in through("private-data").rows(paths["users"]):
        assert re.fullmatch(r"pass-\d{6}", user["password"])
        assert re.fullmatch(r"\+1-202-555-01\d\d", user["phone"])
        assert user["sms"] == user["phone"]
    assert not all("password" in user for user in plain.rows(paths["users"]))


@both
@pytest.mark.parametrize("style", ["several", "repeated", "merged"])
def test_odd_periods(through: Through, style: str, paths: dict[str, str]) -> None:
    """The periods of every class have that form."""
    for class_ in through(f"odd-periods:style={style}").rows(paths["classes"]):
        periods = class_["periods"]
        distinct = {*periods}

        if style == "merged":
            assert len(periods) == 1
            assert re.fullmatch(r"[^,]+,[^,]+", periods[0])
        else:
            assert (len(periods), len(distinct)) == (2, 2 if style == "several" else 1)


@both
def test_odd_org_type(through: Through, plain: Seen, paths: dict[str, str]) -> None:
    """Schools have the type in lists and alone, other orgs their own; /schools lists the schools."""
    client = through("odd-org-type:word=units")
    base = paths["orgs"].removesuffix("/orgs")

    types = Counter(row["type"] for row in client.rows(paths["orgs"]))
    expected = Counter(row["type"] for row in plain.rows(paths["orgs"]))
    schools = client.rows(f"{base}/schools")
    assert types == Counter({"units" if word == "school" else word: n for word, n in expected.items()})
    assert len(schools) == expected["school"]
    assert client.one(f"{base}/schools/{schools[0]['sourcedId']}")["type"] == "units"
    assert through("odd-org-type").rows(f"{base}/schools")[0]["type"] == "departments"


def test_all_categories(through: Through, plain: Seen) -> None:
    """The categories of one class are those of all; without the scenario they are fewer."""
    every = plain.ids(V1P1["categories"])
    classes = plain.ids(V1P1["classes"])

    sizes = [len(plain.ids(f"{V1P1['classes']}/{name}/categories")) for name in classes]
    seen = through("all-categories").ids(f"{V1P1['classes']}/{next(iter(classes))}/categories")
    assert min(sizes) < len(every)
    assert seen == every
    assert through("all-categories").get(f"{V1P1['classes']}/nobody/categories").status_code == 404


@pytest.mark.parametrize(("spec", "share"), [("accounts-only", 0.1), ("accounts-only:share=0.5", 0.5)])
def test_accounts_only(through: Through, plain: Seen, spec: str, share: float) -> None:
    """About so many users are missing in every list of 1.1 and by id, and nobody is in 1.2."""
    client = through(spec)

    missing = plain.ids(V1P1["users"]) - client.ids(V1P1["users"])
    assert len(missing) == pytest.approx(share * len(plain.ids(V1P1["users"])), rel=0.4)
    assert client.ids(V1P2["users"]) == plain.ids(V1P2["users"])
    assert not missing & client.ids(f"{BASE}/students")
    name = sorted(missing)[0]
    assert client.get(f"{BASE}/users/{name}").status_code == 404
    assert client.get(f"{ROSTERING}/users/{name}").status_code == 200
    assert missing & {row["user"]["sourcedId"] for row in client.rows(V1P1["enrollments"])}
    assert named(client.get(V1P1["users"])) == "accounts-only"


def test_current_classes_only(api: Api, through: Through, plain: Seen) -> None:
    """The classes of a teacher are those of a term that runs on the day of the clock; other lists have all."""
    client, day = through("current-classes-only"), "2026-01-15"
    running = {row["sourcedId"] for row in plain.rows(f"{BASE}/terms") if row["startDate"] <= day < row["endDate"]}

    lost = 0
    for teacher in plain.rows(f"{BASE}/teachers"):
        every = plain.rows(f"{BASE}/teachers/{teacher['sourcedId']}/classes")
        current = client.rows(f"{BASE}/teachers/{teacher['sourcedId']}/classes")
        assert current == [row for row in every if {term["sourcedId"] for term in row["terms"]} & running]
        lost += len(every) - len(current)
    assert lost
    assert client.rows(V1P1["classes"]) == plain.rows(V1P1["classes"])


def test_current_classes_follow_the_clock(fresh: Api) -> None:
    """Two years later no class is current."""
    spec = f"static-bearer:token={fresh.token};current-classes-only"
    with new_world(fresh) as world:
        teachers = [row["sourcedId"] for row in rows(world.get("/teachers"))]
        before = sum(len(rows(world.get(f"/teachers/{name}/classes", spec))) for name in teachers)
        world.advance(days=800)
        after = sum(len(rows(world.get(f"/teachers/{name}/classes", spec))) for name in teachers)

    assert before > after == 0
