"""Scenarios about people, as a client sees them: presence, ids, addresses and roles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from conftest import Api
from seen import EITHER, V1P1, V1P2, Seen, by_base_path
from worlds import ROSTERING, named, rows

SPECS = {
    "orphan-enrollments": "enrollments",
    "orphan-enrollments:share=0.5,role=teacher": "enrollments",
    "duplicate-people": "users",
    "shared-email": "users",
    "no-email": "users",
    "bad-grades": "users",
    "no-primary-teacher": "enrollments",
    "no-primary-teacher:primary=missing": "enrollments",
    "many-primary-teachers": "enrollments",
    "mixed-roles": "enrollments",
    "extension-roles": "users",
    "no-roles": "users",
    "relative-guardians": "users",
    "teachers-only": "users",
}
"""By text: a collection that the scenario changes."""

VERSIONS = pytest.mark.parametrize("paths", EITHER, ids=["v1p1", "v1p2"])

Through = Callable[[str], Seen]


@pytest.fixture(scope="module")
def through(api: Api) -> Through:
    """Return a function that returns a client by scenario."""
    return cache(lambda spec: Seen(api, spec))


@pytest.fixture(scope="module")
def plain(through: Through) -> Seen:
    """Return a client without a scenario."""
    return through("")


def role(user: dict[str, Any]) -> str:
    """Return the first role of a user of either version, ``none`` where there is none."""
    return str(user.get("role") or next((one["role"] for one in user.get("roles", ())), "none"))


@VERSIONS
@pytest.mark.parametrize(("spec", "collection"), SPECS.items(), ids=str)
def test_answers_and_is_named(through: Through, plain: Seen, spec: str, collection: str, paths: dict[str, str]) -> None:
    """Every collection answers, the one that changes says so, and without the scenario nothing says anything."""
    touched = {name: named(through(spec).get(path)) for name, path in paths.items()}

    assert touched[collection] == spec.partition(":")[0]
    assert touched["orgs"] is None
    assert all(through(spec).rows(path) for path in paths.values())
    assert named(plain.get(paths[collection])) is None


@pytest.mark.parametrize(("spec", "collection"), SPECS.items(), ids=str)
def test_base_path_shows_the_same(api: Api, through: Through, spec: str, collection: str) -> None:
    """A client that can change nothing but its base URL sees the same rows."""
    response = by_base_path(api, spec, f"{V1P2[collection]}?limit=100000")

    assert named(response) == spec.partition(":")[0]
    assert len(rows(response)) == len(through(spec).rows(V1P2[collection]))


@VERSIONS
@pytest.mark.parametrize("spec", [spec for spec in SPECS if not spec.startswith("orphan")])
def test_references_do_not_dangle(through: Through, spec: str, paths: dict[str, str]) -> None:
    """References of the remaining people lead to remaining people."""
    lost = through(spec).dangling(paths)

    assert lost == {}


@VERSIONS
@pytest.mark.parametrize(
    ("spec", "share", "roles"),
    [
        ("orphan-enrollments", 0.1, {"student", "teacher", "proctor", "administrator"}),
        ("orphan-enrollments:share=0.5,role=teacher", 0.5, {"teacher"}),
        ("orphan-enrollments:share=0.001,role=student", 0, {"student"}),
        ("orphan-enrollments:share=1,role=student", 1, {"student"}),
    ],
)
def test_orphan_enrollments(through: Through, spec: str, share: float, roles: set[str], paths: dict[str, str]) -> None:
    """A share of the enrollments of those roles refers to a missing user, and no other reference dangles."""
    seen = through(spec)
    enrollments, users = seen.rows(paths["enrollments"]), seen.ids(paths["users"])

    orphans = [row for row in enrollments if row["user"]["sourcedId"] not in users]

    able = [row for row in enrollments if row["role"] in roles]
    assert len(orphans) == max(round(share * len(able)), 1)
    assert {row["role"] for row in orphans} <= roles
    assert seen.dangling(paths) == {("enrollments", "user"): len(orphans)}
    assert seen.get(orphans[0]["user"]["href"]).status_code == 404
    assert seen.one(f"{paths['enrollments']}/{orphans[0]['sourcedId']}") == orphans[0]


@VERSIONS
def test_orphan_enrollments_leave_nested_reads_in_order(through: Through, paths: dict[str, str]) -> None:
    """A missing user is not among the teachers of a class."""
    seen = through("orphan-enrollments:share=1,role=teacher")
    class_ = seen.rows(paths["classes"])[0]["sourcedId"]

    assert seen.rows(f"{paths['classes']}/{class_}/teachers") == []
    assert seen.rows(f"{paths['classes']}/{class_}/students")


@VERSIONS
@pytest.mark.parametrize("share", [0.05, 0.5])
def test_duplicate_people(through: Through, plain: Seen, share: float, paths: dict[str, str]) -> None:
    """A share of the students is there again, under other ids, with the same name and e-mail."""
    seen = through(f"duplicate-people:share={share}")
    students = [row for row in plain.rows(paths["users"]) if role(row) == "student"]

    again = [row for row in seen.rows(paths["users"]) if row["sourcedId"] not in plain.ids(paths["users"])]

    assert len(again) == round(share * len(students))
    first = {row["email"]: row for row in students}
    for row in again:
        other = first[row["email"]]
        assert {row[name] for name in ("sourcedId", "username", "identifier")}.isdisjoint(
            {other[name] for name in ("sourcedId", "username", "identifier")}
        )
        assert (row["givenName"], row["familyName"]) == (other["givenName"], other["familyName"])
    assert seen.one(f"{paths['users']}/{again[0]['sourcedId']}") == again[0]
    assert len(seen.rows(paths["users"])) == len(plain.rows(paths["users"])) + len(again)


@VERSIONS
@pytest.mark.parametrize(("spec", "share"), [("shared-email", 0.1), ("shared-email:share=1", 1)])
def test_shared_email(through: Through, plain: Seen, spec: str, share: float, paths: dict[str, str]) -> None:
    """A share of the people has the address of another, and both are found by it."""
    seen = through(spec)
    before, after = plain.rows(paths["users"]), seen.rows(paths["users"])

    changed = [row for old, row in zip(before, after, strict=True) if row["email"] != old["email"]]

    counts = Counter(row["email"] for row in after)
    assert len(changed) == round(share * (len(before) - 1))
    assert all(counts[row["email"]] > 1 for row in changed)
    email = changed[0]["email"]
    assert len(seen.rows(f"{paths['users']}?filter=email='{email}'")) == counts[email]
    assert len(plain.rows(f"{paths['users']}?filter=email='{email}'")) == 1


@VERSIONS
@pytest.mark.parametrize(
    ("spec", "share", "of"),
    [("no-email", 0.2, ""), ("no-email:role=student,share=1", 1, "student"), ("no-email:role=teacher", 0.2, "teacher")],
)
def test_no_email(through: Through, plain: Seen, spec: str, share: float, of: str, paths: dict[str, str]) -> None:
    """A share of those people has no address."""
    able = [row for row in plain.rows(paths["users"]) if not of or role(row) == of]

    without = [row for row in through(spec).rows(paths["users"]) if "email" not in row]

    assert len(without) == round(share * len(able))
    assert not of or {role(row) for row in without} == {of}
    assert all("email" in row for row in plain.rows(paths["users"]))


@VERSIONS
@pytest.mark.parametrize(
    ("spec", "share", "kinds"),
    [
        ("bad-grades", 0.2, {"unknown", "several", "missing"}),
        ("bad-grades:share=1,kinds=several", 1, {"several"}),
        ("bad-grades:share=0.3,kinds=unknown|missing", 0.3, {"unknown", "missing"}),
    ],
)
def test_bad_grades(
    through: Through, plain: Seen, spec: str, share: float, kinds: set[str], paths: dict[str, str]
) -> None:
    """A share of the students has grades of those kinds; other people are unchanged."""
    known = {grade for row in plain.rows(paths["users"]) for grade in row.get("grades", ())}
    before, after = plain.rows(paths["users"]), through(spec).rows(paths["users"])

    changed = [row for old, row in zip(before, after, strict=True) if row != old]

    students = [row for row in before if role(row) == "student"]
    assert len(changed) == round(share * len(students))
    assert {role(row) for row in changed} == {"student"}
    found = {tuple(row.get("grades", ["missing"])) for row in changed}
    assert found.isdisjoint({(grade,) for grade in known})
    named_ = {{("missing",): "missing", ("09,10,11",): "several"}.get(grades, "unknown") for grades in found}
    assert named_ == kinds


@VERSIONS
@pytest.mark.parametrize(
    ("spec", "values"),
    [
        ("no-primary-teacher", {"false"}),
        ("no-primary-teacher:primary=missing", {"none"}),
        ("many-primary-teachers", {"true"}),
    ],
)
def test_primary_teachers(through: Through, plain: Seen, spec: str, values: set[str], paths: dict[str, str]) -> None:
    """All enrollments of teachers say the same; those of others are as ever."""
    after = through(spec).rows(paths["enrollments"])

    assert {str(row.get("primary")).lower() for row in after if row["role"] == "teacher"} == values
    others = [row for row in plain.rows(paths["enrollments"]) if row["role"] != "teacher"]
    assert [row for row in after if row["role"] != "teacher"] == others


def test_many_primary_teachers_are_several(through: Through) -> None:
    """There are classes with more than one primary teacher."""
    enrollments = through("many-primary-teachers").rows(V1P1["enrollments"])

    counts = Counter(row["class"]["sourcedId"] for row in enrollments if row.get("primary"))
    assert max(counts.values()) > 1


@VERSIONS
@pytest.mark.parametrize("people", [3, 1])
def test_mixed_roles(through: Through, plain: Seen, people: int, paths: dict[str, str]) -> None:
    """So many people are teacher in one class and student in another of their school, and nobody is without it."""
    seen = through(f"mixed-roles:people={people}")

    roles: dict[str, dict[str, set[str]]] = {}
    for row in seen.rows(paths["enrollments"]):
        user = roles.setdefault(row["user"]["sourcedId"], {"teacher": set(), "student": set()})
        user.setdefault(row["role"], set()).add(row["class"]["sourcedId"])

    mixed = {name: found for name, found in roles.items() if found["teacher"] and found["student"]}
    assert len(mixed) == people
    assert all(found["teacher"].isdisjoint(found["student"]) for found in mixed.values())
    assert len(seen.rows(paths["enrollments"])) == len(plain.rows(paths["enrollments"])) + people


def test_mixed_roles_are_students_and_teachers_in_1p2(through: Through) -> None:
    """In 1.2 the same person is among the students and the teachers, of the classes and of the district."""
    seen = through("mixed-roles:people=1")

    (both,) = seen.ids(f"{ROSTERING}/students") & seen.ids(f"{ROSTERING}/teachers")

    (class_,) = seen.ids(f"{ROSTERING}/students/{both}/classes")
    assert both in seen.ids(f"{ROSTERING}/classes/{class_}/students")
    assert both not in seen.ids(f"{ROSTERING}/classes/{class_}/teachers")
    assert seen.rows(f"{ROSTERING}/teachers/{both}/classes")


@pytest.mark.parametrize("share", [0.05, 0.5, 1])
def test_extension_roles(through: Through, plain: Seen, share: float) -> None:
    """A share of the teachers has a second role with a word of the provider; 1.1 is unchanged."""
    seen = through(f"extension-roles:share={share}")

    teachers = len(plain.ids(f"{ROSTERING}/teachers"))
    extended = [
        user
        for user in seen.rows(f"{ROSTERING}/users")
        for one in user["roles"]
        if (one["role"], one["roleType"]) == ("ext:bilingualSpecialist", "secondary")
    ]

    assert len(extended) == max(round(share * teachers), 1)
    assert {user["sourcedId"] for user in extended} <= plain.ids(f"{ROSTERING}/teachers")
    assert not [user for user in plain.rows(f"{ROSTERING}/users") if "ext:" in str(user["roles"])]
    assert seen.rows(V1P1["users"]) == plain.rows(V1P1["users"])


@VERSIONS
@pytest.mark.parametrize(("spec", "share"), [("no-roles", 0.05), ("no-roles:share=1", 1)])
def test_no_roles(through: Through, spec: str, share: float, paths: dict[str, str]) -> None:
    """A share of the people has neither role nor org, and is neither student nor teacher."""
    seen = through(spec)
    users = seen.rows(paths["users"])

    without = [row for row in users if role(row) == "none"]

    assert len(without) == round(share * len(users))
    assert all(row.keys().isdisjoint({"role", "orgs", "roles", "primaryOrg"}) for row in without)
    names = {row["sourcedId"] for row in without}
    for below in ("students", "teachers"):
        assert not names & seen.ids(paths["users"].replace("users", below))
    assert seen.one(f"{paths['users']}/{without[0]['sourcedId']}") == without[0]


@VERSIONS
def test_relative_guardians(through: Through, plain: Seen, paths: dict[str, str]) -> None:
    """Parents and guardians become relatives, and other people are unchanged."""
    before = Counter(map(role, plain.rows(paths["users"])))

    after = Counter(map(role, through("relative-guardians").rows(paths["users"])))

    assert (after["parent"], after["guardian"]) == (0, 0)
    assert after["relative"] == before["relative"] + before["parent"] + before["guardian"]
    assert after["teacher"] == before["teacher"]


@VERSIONS
def test_teachers_only(through: Through, plain: Seen, paths: dict[str, str]) -> None:
    """Of the staff there are only teachers, all of them; students and families are as they were."""
    kept = {"teacher", "student", "parent", "guardian", "relative"}
    before = Counter(map(role, plain.rows(paths["users"])))

    after = Counter(map(role, through("teachers-only").rows(paths["users"])))

    assert before.keys() > after.keys()
    assert after == {name: number for name, number in before.items() if name in kept}
    enrollments = through("teachers-only").rows(paths["enrollments"])
    assert {row["role"] for row in enrollments} == {"teacher", "student"}


@VERSIONS
def test_teachers_only_takes_second_roles(through: Through, paths: dict[str, str]) -> None:
    """A parent who is also an aide is only a parent."""
    users = through("teachers-only").rows(paths["users"])

    assert "aide" not in {one["role"] for row in users for one in row.get("roles", [row])}


CLASS_PATHS = {"v1p1": V1P1["classes"], "v1p2": V1P2["classes"]}


@pytest.mark.parametrize("path", CLASS_PATHS.values(), ids=CLASS_PATHS)
@pytest.mark.parametrize("in_school", [False, True])
def test_students_include_teachers(through: Through, plain: Seen, path: str, in_school: bool) -> None:
    """The students of a class come with its teachers, counted, paged and filtered alike."""
    seen = through("students-include-teachers")
    class_ = plain.rows(path)[0]
    below = f"{path}/{class_['sourcedId']}"
    if in_school:
        below = f"{path.removesuffix('/classes')}/schools/{class_['school']['sourcedId']}/classes/{class_['sourcedId']}"

    response = seen.get(f"{below}/students?limit=2")

    everyone = plain.ids(f"{below}/students") | plain.ids(f"{below}/teachers")
    assert seen.ids(f"{below}/students") >= everyone > plain.ids(f"{below}/students")
    assert named(response) == "students-include-teachers"
    assert int(response.headers["X-Total-Count"]) == len(seen.rows(f"{below}/students"))
    assert len(rows(response)) == 2
    teacher = plain.rows(f"{below}/teachers")[0]
    filtered = f"{below}/students?filter=username='{teacher['username']}'"
    assert seen.rows(filtered) == [teacher]
    assert plain.rows(filtered) == []


@VERSIONS
def test_students_include_teachers_nowhere_else(through: Through, plain: Seen, paths: dict[str, str]) -> None:
    """Enrollments, teachers and all students are as ever, and the scenario is not named."""
    seen = through("students-include-teachers")
    class_ = plain.rows(paths["classes"])[0]["sourcedId"]

    for path in (paths["enrollments"], f"{paths['classes']}/{class_}/teachers", paths["users"]):
        assert seen.rows(path) == plain.rows(path)
        assert named(seen.get(path)) is None


@VERSIONS
def test_students_include_teachers_by_base_path(api: Api, plain: Seen, paths: dict[str, str]) -> None:
    """It can be chosen by base path, and sees the records as data scenarios show them."""
    class_ = plain.rows(paths["classes"])[0]["sourcedId"]

    response = by_base_path(api, "students-include-teachers;no-email:share=1", f"{paths['classes']}/{class_}/students")

    assert named(response) == "students-include-teachers, no-email"
    assert not [row for row in rows(response) if "email" in row]
    assert {role(row) for row in rows(response)} >= {"teacher", "student"}


def test_students_of_an_unknown_class(through: Through) -> None:
    """A class that is not there is 404 as ever."""
    response = through("students-include-teachers").get(f"{V1P1['classes']}/nowhere/students")

    assert response.status_code == 404
