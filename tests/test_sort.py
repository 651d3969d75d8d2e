"""Sorting: by code point, missing ones last, ties by sourcedId; an unknown member is a warning beside the data."""

from __future__ import annotations

import pytest
from conftest import Api
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import ids, ordered

MEMBERS = [
    ("users", "familyName"),
    ("users", "sms"),
    ("users", "middleName"),
    ("users", "enabledUser"),
    ("users", "dateLastModified"),
    ("users", "sourcedId"),
    ("users", "role"),
    ("academicSessions", "startDate"),
    ("academicSessions", "parent"),
    ("academicSessions", "parent.sourcedId"),
    ("enrollments", "primary"),
    ("enrollments", "class.sourcedId"),
    ("results", "score"),
    ("results", "comment"),
    ("lineItems", "resultValueMax"),
    ("categories", "weight"),
    ("demographics", "birthDate"),
]


@pytest.mark.parametrize("order", [None, "asc", "desc"])
@pytest.mark.parametrize(("collection", "member"), MEMBERS)
def test_order(collection: str, member: str, order: str | None, api: Api) -> None:
    """Rows come by the member, ascending unless told; whoever lacks it comes last either way; ties by sourcedId."""
    parameters = {"sort": member} | ({"orderBy": order} if order else {})

    rows = api.rows(f"/{collection}", **parameters)

    assert ids(rows) == ids(ordered(api.all(collection), member, descending=order == "desc"))


def test_code_point_order(fresh: Api) -> None:
    """Capitals come before small letters, digits as text, accents after z: no locale."""
    titles = ["b", "B", "a", "é", "Z", "10", "9", " ", "🎓", "豈", "aa"]
    for number, title in enumerate(titles):
        fresh.put(f"/categories/s{number}", {"category": {"title": title}})

    rows = fresh.rows("/categories", sort="title", filter="sourcedId~'s'")

    written = [row["title"] for row in rows if row["title"] in titles]
    assert written == sorted(titles)


def test_missing_last_both_ways(fresh: Api) -> None:
    """A category without a weight is the last, ascending and descending; ties stand by sourcedId both ways."""
    for name, weight in [("t3", 7), ("t1", 7), ("t2", None), ("t0", None), ("t4", 6.5), ("t5", 100)]:
        body = {"title": "mine"} | ({"weight": weight} if weight is not None else {})
        fresh.put(f"/categories/{name}", {"category": body})

    up = fresh.rows("/categories", sort="weight", filter="title='mine'")
    down = fresh.rows("/categories", sort="weight", orderBy="desc", filter="title='mine'")

    assert ids(up) == ["t4", "t1", "t3", "t5", "t0", "t2"]
    assert ids(down) == ["t5", "t1", "t3", "t4", "t0", "t2"]


def test_sort_by_metadata_of_any_kind(fresh: Api) -> None:
    """Metadata that holds numbers here and texts there can be sorted by; numbers come by value."""
    for name, value in [("m1", 10), ("m2", 9), ("m3", "x"), ("m4", [1]), ("m5", {"a": 1}), ("m6", True), ("m7", None)]:
        fresh.put(f"/categories/{name}", {"category": {"title": "mine", "metadata": {"k": value}}})

    rows = fresh.rows("/categories", sort="metadata.k", filter="title='mine'")

    assert sorted(ids(rows)) == ["m1", "m2", "m3", "m4", "m5", "m6", "m7"]
    assert ids(rows).index("m2") < ids(rows).index("m1")
    assert ids(rows)[-1] == "m7"


def test_without_sort_the_order_is_the_natural_one(api: Api) -> None:
    """The default order is stable; enrollments come class by class, teachers first."""
    enrollments = api.rows("/enrollments")

    active = [one for one in enrollments if one["status"] == "active"]
    classes = [one["class"]["sourcedId"] for one in active]
    assert classes == sorted(classes, key=classes.index)
    for class_ in dict.fromkeys(classes):
        roles = [one["role"] for one in active if one["class"]["sourcedId"] == class_]
        assert roles == sorted(roles, key=lambda role: role != "teacher")
    assert enrollments == api.rows("/enrollments")


@pytest.mark.parametrize("nested", [False, True], ids=["all", "of a class"])
def test_natural_order_after_writes(fresh: Api, nested: bool) -> None:
    """A record that is replaced, or comes back, keeps its place; new ones are last, in the order in which they came."""
    first = fresh.rows("/lineItems")[0]
    path = f"/classes/{first['class']['sourcedId']}/lineItems" if nested else "/lineItems"
    before = fresh.rows(path)
    assert len(before) > 3
    bodies = {row["sourcedId"]: {**row, "title": "written"} for row in before}
    replaced, gone = ids(before)[1], ids(before)[0]

    for name in (replaced, "z", "a", "m", gone):
        fresh.put(f"/lineItems/{name}", {"lineItem": bodies.get(name, first) | {"sourcedId": name}})
    written = fresh.rows(path)
    fresh.put("/lineItems/z", {"lineItem": first | {"sourcedId": "z", "title": "again"}})
    fresh.delete(f"/lineItems/{gone}")
    without = fresh.rows(path)
    fresh.put(f"/lineItems/{gone}", {"lineItem": bodies[gone]})
    fresh.delete("/lineItems/a")
    fresh.put("/lineItems/a", {"lineItem": first | {"sourcedId": "a"}})

    assert ids(written) == [*ids(before), "z", "a", "m"]
    assert ids(without) == [*ids(before)[1:], "z", "a", "m"]
    assert ids(fresh.rows(path)) == [*ids(before), "z", "m", "a"]


@pytest.mark.parametrize("member", ["nope", "FamilyName", "", "user.sourcedId", "metadata", "x" * 9000, "a\0b", "'"])
def test_unknown_member_is_a_warning(member: str, api: Api) -> None:
    """An unknown member is 200 with all data in the default order, and a warning after the data that names it."""
    response = api.get("/users", sort=member, orderBy="desc", limit=10_000)

    document = response.get_json()
    assert response.status_code == 200
    assert list(document) == ["users", "statusInfoSet"]
    assert document["users"] == api.all("users")
    (warning,) = document["statusInfoSet"]
    assert warning["imsx_codeMajor"] == "success"
    assert warning["imsx_severity"] == "warning"
    assert warning["imsx_codeMinor"] == "invalid_sort_field"
    assert repr(member)[1:20].rstrip("'\"") in warning["imsx_description"]
    assert warning["imsx_operationRefIdentifier"] == "getAllUsers"


def test_warning_suggests_the_nearest_member(api: Api) -> None:
    """A misspelt member is answered with the nearest one."""
    response = api.get("/users", sort="famlyName")

    assert "'familyName'" in response.get_json()["statusInfoSet"][0]["imsx_description"]


@pytest.mark.parametrize("order", ["up", "ascending", "1"])
def test_order_that_is_none(order: str, api: Api) -> None:
    """An orderBy is asc or desc."""
    response = api.get("/users", sort="familyName", orderBy=order)

    assert response.status_code == 400
    (said,) = response.get_json()["statusInfoSet"]
    assert said["imsx_codeMinor"] == "invalid data"
    assert "orderBy" in said["imsx_description"]


def test_order_without_sort_changes_nothing(api: Api) -> None:
    """An orderBy alone has nothing to turn round."""
    assert api.rows("/orgs", orderBy="desc") == api.all("orgs")


@settings(max_examples=80)
@given(member=st.text(max_size=20), order=st.sampled_from(["asc", "desc"]))
def test_any_text_sorts_or_warns(api: Api, member: str, order: str) -> None:
    """Any text as sort is 200 with every row."""
    response = api.get("/orgs", sort=member, orderBy=order)

    assert response.status_code == 200
    assert sorted(ids(response.get_json()["orgs"])) == sorted(ids(api.all("orgs")))
