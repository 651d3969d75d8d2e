"""Scenarios about query parameters that are not obeyed as they should be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Api
from werkzeug.test import TestResponse
from worlds import ROSTERING, World, named, new_world, rows

BASES = ("", ROSTERING)


@pytest.fixture
def world(api: Api) -> Iterator[World]:
    """Return a sandbox of the test's own."""
    with new_world(api) as made:
        yield made


def ids(response: TestResponse) -> list[str]:
    """Return the sourcedIds of a page, in order."""
    return [row["sourcedId"] for row in rows(response)]


TYPE = {"filter": "type='school'"}
NOWHERE = {"filter": "nothing='x'"}
OR = {"filter": "type='school' OR type='district'"}
NOBODY = {"filter": "name='nobody'"}

LIKE: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("filter-ignored", "/orgs", TYPE, {}),
    ("filter-ignored", "/orgs", NOWHERE, {}),
    ("filter-ignored", "/orgs", {"filter": "rubbish"}, {}),
    ("filter-ignored", "/orgs", {**TYPE, "sort": "name", "orderBy": "desc"}, {"sort": "name", "orderBy": "desc"}),
    ("sort-ignored", "/orgs", {"sort": "name", "orderBy": "desc"}, {}),
    ("sort-ignored", "/orgs", {"sort": "nothing"}, {}),
    ("sort-ignored", "/orgs", {"orderBy": "sideways"}, {}),
    ("sort-ignored", "/orgs", {"sort": "name", **TYPE}, TYPE),
    ("fields-ignored", "/orgs", {"fields": "name"}, {}),
    ("fields-ignored", "/orgs", {"fields": "nothing"}, {}),
    ("fields-ignored", "/orgs", {"fields": ""}, {}),
    ("nested-filter-fails", "/classes", {"filter": "school.sourcedId='x'"}, {}),
    ("nested-filter-fails", "/classes", {"filter": "status='active' AND terms='x'"}, {}),
    ("nested-filter-fails", "/classes", {"filter": "subjects~'Math'"}, {}),
    ("bad-filter-ignored", "/orgs", NOWHERE, {}),
    ("bad-filter-ignored", "/orgs", {"filter": "type=school"}, {}),
    ("bad-filter-ignored", "/orgs", {"filter": "dateLastModified>'yesterday'"}, {}),
    ("bad-filter-ignored:answer=none", "/orgs", NOWHERE, {"filter": "name='nobody'"}),
    ("curly-quotes-accepted", "/orgs", {"filter": "type=\u2019school\u2019"}, TYPE),
    ("curly-quotes-accepted", "/orgs", {"filter": "type=\u2018school\u2019"}, TYPE),
    ("lenient-filter", "/orgs", {"filter": "type=school"}, TYPE),
    ("lenient-filter", "/orgs", {"filter": 'type = "school"'}, TYPE),
    ("lenient-filter", "/orgs", {"filter": "type=school or type=district"}, OR),
    ("lenient-filter", "/orgs", {"filter": "name='x' AND status=active OR type=school"}, TYPE),
    ("lenient-filter", "/orgs", {"filter": "type='school' OR name='x' AND name='y' AND status='active'"}, TYPE),
    ("lenient-filter", "/orgs", {"filter": "type='school' AND name='it''s' OR name='x' OR name='y'"}, NOBODY),
    ("blank-parameters", "/orgs", {"limit": "", **TYPE}, TYPE),
    ("blank-parameters", "/orgs", {"offset": " ", "fields": "", "filter": ""}, {}),
    ("case-insensitive-filter", "/orgs", {"filter": "type='SCHOOL'"}, TYPE),
    ("case-insensitive-filter", "/orgs", {"filter": "type!='SCHOOL'"}, {"filter": "type!='school'"}),
    ("case-insensitive-filter", "/classes", {"filter": "subjects='mathematics'"}, {"filter": "subjects='Mathematics'"}),
]
"""A scenario, a path, what a client asks, and what is as good without the scenario."""


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(("spec", "path", "asked", "like"), LIKE)
def test_a_query_is_obeyed_otherwise(
    spec: str, path: str, asked: dict[str, Any], like: dict[str, Any], base: str, world: World
) -> None:
    """By either door the page and its count are those of the other query; links still repeat what the client sent."""
    name = spec.partition(":")[0]
    query = world.get(base + path, **asked).request.query_string.decode()

    wanted = world.get(base + path, **like)
    response = world.get(base + path, spec, **asked)
    by_path = world.by_path("GET", f"{base}{path}?{query}", spec)

    assert (rows(response), named(wanted)) == (rows(wanted), None)
    for one in (response, by_path):
        assert ids(one) == ids(wanted)
        assert one.headers["X-Total-Count"] == wanted.headers["X-Total-Count"]
        assert "statusInfoSet" not in one.get_json()
        assert named(one) == name
    first = next(part for part in response.headers["Link"].split(", ") if 'rel="first"' in part)
    assert all(f"{key}=" in first for key in asked)


UNTOUCHED = [
    ("filter-ignored", "/orgs", {"sort": "name"}),
    ("sort-ignored", "/orgs", TYPE),
    ("fields-ignored", "/orgs", TYPE),
    ("nested-filter-fails", "/orgs", TYPE),
    ("nested-filter-fails:answer=400", "/orgs", TYPE),
    ("nested-filter-fails:answer=500", "/orgs", {}),
    ("nested-filter-fails", "/orgs", NOWHERE),
    ("nested-filter-fails:answer=500", "/orgs", NOWHERE),
    ("nested-filter-fails:answer=500", "/orgs", {"filter": "metadata.x='1'"}),
    ("bad-filter-ignored", "/orgs", TYPE),
    ("or-refused", "/orgs", {"filter": "type='school' AND status='active'"}),
    ("or-refused", "/orgs", {"filter": "name='this OR that'"}),
    ("or-refused", "/orgs", NOWHERE),
    ("curly-quotes-accepted", "/orgs", {"filter": "name='O\u2019Hara'"}),
    ("lenient-filter", "/orgs", TYPE),
    ("lenient-filter", "/orgs", {"filter": "name='this or that=x'"}),
    ("blank-parameters", "/orgs", {**TYPE, "limit": "5", "other": ""}),
    ("filter-members", "/orgs", TYPE),
    ("filter-members:members=orgs.type", "/orgs", {**TYPE, "sort": "name"}),
    ("filter-members:members=orgs.type,failing=orgs.name", "/orgs", TYPE),
    ("case-insensitive-filter", "/orgs", {"filter": "dateLastModified>'2020-01-01'"}),
    ("case-insensitive-filter", "/orgs", {"filter": "type~'SCHOOL'"}),
    ("date-strings-compared", "/orgs", TYPE),
    ("date-strings-compared", "/orgs", {"filter": "dateLastModified~'20'"}),
]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(("spec", "path", "asked"), UNTOUCHED)
def test_what_is_none_of_its_business(spec: str, path: str, asked: dict[str, Any], base: str, world: World) -> None:
    """The answer is the same as without the scenario, which is not named."""
    clean = world.get(base + path, **asked)

    response = world.get(base + path, spec, **asked)

    assert (response.status_code, response.data) == (clean.status_code, clean.data)
    assert named(response) is None


@pytest.mark.parametrize("base", BASES)
def test_without_the_scenarios(base: str, world: World) -> None:
    """Without the scenarios, filter, sort and fields work, and invalid ones are refused."""
    everything = ids(world.get(f"{base}/orgs"))

    schools, backwards = world.get(f"{base}/orgs", **TYPE), world.get(f"{base}/orgs", sort="name", orderBy="desc")
    members = {name for row in rows(world.get(f"{base}/orgs", fields="name")) for name in row}
    shouted = world.get(f"{base}/orgs", filter="type='SCHOOL'")
    bad = world.get(f"{base}/orgs", **NOWHERE)
    curly = world.get(f"{base}/orgs", filter="type=\u2019school\u2019")

    assert len(ids(schools)) < len(everything)
    assert ids(backwards) != everything
    assert members == {"name"}
    assert ids(shouted) == []
    assert (bad.status_code, curly.status_code) == (400, 400)


@pytest.mark.parametrize("base", BASES)
def test_fields_ignored_on_a_single_read(base: str, world: World) -> None:
    """A single record has every member too; what a single read passes over anyway is not named."""
    path = f"{base}/orgs/{ids(world.get('/orgs'))[0]}"

    whole = world.get(path)
    response = world.get(path, "fields-ignored", fields="name")
    other = world.get(path, "filter-ignored;sort-ignored;bad-filter-ignored", filter="x", sort="name")

    assert response.get_json() == other.get_json() == whole.get_json()
    assert (named(response), named(other)) == ("fields-ignored", None)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("door", ["header", "path"])
@pytest.mark.parametrize(("spec", "path", "asked", "status"), [
    ("nested-filter-fails:answer=400", "/classes", "school='x'", 400),
    ("nested-filter-fails:answer=500", "/classes", "school.sourcedId='x'", 500),
    ("nested-filter-fails:answer=500", "/users", "grades='09'", 500),
    ("or-refused", "/orgs", OR["filter"], 400),
    ("filter-members:members=orgs.name|orgs.status", "/orgs", "name='x' AND type='school'", 400),
    ("filter-members:members=classes.title", "/classes", "school.sourcedId='x'", 400),
])  # fmt: skip
def test_a_filter_is_refused(spec: str, path: str, asked: str, status: int, door: str, base: str, world: World) -> None:
    """A valid filter is refused, with status information."""
    clean = world.get(base + path, filter=asked)

    if door == "header":
        response = world.get(base + path, spec, filter=asked)
    else:
        response = world.by_path("GET", f"{base}{path}?{clean.request.query_string.decode()}", spec)

    assert (clean.status_code, named(clean)) == (200, None)
    assert (response.status_code, response.content_type) == (status, "application/json")
    assert named(response) == spec.partition(":")[0]
    assert "filter: " in response.text


def test_roles_are_nested_in_1_2_only(world: World) -> None:
    """A role is one word in 1.1 and a list of objects in 1.2."""
    spec = "nested-filter-fails:answer=500"

    old = world.get("/users", spec, filter="role='student'")
    new = world.get(f"{ROSTERING}/users", spec, filter="roles.role='student'")

    assert (old.status_code, new.status_code) == (200, 500)


def test_a_refusal_comes_after_the_token(world: World) -> None:
    """A request without access is refused before its filter is read."""
    world.api = Api(world.api.app, "nobody-issued-this")

    response = world.get("/orgs", "or-refused", **OR)

    assert (response.status_code, named(response)) == (401, None)


@pytest.mark.parametrize("base", BASES)
def test_date_strings_compared(base: str, world: World) -> None:
    """A date alone is less than every moment of that day, and a text without milliseconds is more than its own."""
    put = {"category": {"title": "Homework"}}
    gradebook = base.replace("rostering", "gradebook")
    world.send("PUT", f"{gradebook}/categories/new", None, put)
    moment = world.get(f"{gradebook}/categories/new").get_json()["category"]["dateLastModified"]
    day, second = moment[:10], f"{moment[:19]}Z"

    def found(text: str, spec: str | None) -> tuple[bool, str | None]:
        response = world.get(f"{gradebook}/categories", spec, filter=f"dateLastModified{text}")
        return "new" in ids(response), named(response)

    spec = "date-strings-compared"
    assert found(f"<'{second}'", None) == (False, None)
    assert found(f"<'{second}'", spec) == (True, spec)
    assert found(f">'{day}'", spec) == (True, spec)
    assert found(f"='{moment}'", spec) == (True, spec)
    assert found(">'whenever'", spec) == (False, spec)


def test_date_strings_compared_at_midnight(world: World) -> None:
    """A date is less than its own first moment, because it is the shorter text."""
    session = rows(world.get("/academicSessions"))[0]
    text = f"startDate<'{session['startDate']}T00:00:00.000Z'"

    clean = world.get("/academicSessions", filter=text)
    by_path = world.by_path("GET", f"/academicSessions?filter={text}", "date-strings-compared")

    assert session["sourcedId"] not in ids(clean)
    assert session["sourcedId"] in ids(by_path)
    assert named(by_path) == "date-strings-compared"


def test_case_insensitive_filter_reads_every_kind_of_value(world: World) -> None:
    """Dates, numbers, booleans and metadata compare as ever, text and metadata without regard to case."""
    spec = "case-insensitive-filter"
    filters = ["dateLastModified<'2100-01-01'", "enabledUser='true'", "role='STUDENT'"]

    counts = [len(ids(world.get("/users", spec, filter=text))) for text in filters]
    metadata = world.get("/users", spec, filter="metadata.nothing='X'")

    assert all(counts)
    assert ids(metadata) == []


def test_scenarios_of_one_kind_together(world: World) -> None:
    """Two that pass over something pass over both, and both are named."""
    everything = world.get("/orgs")

    response = world.get("/orgs", "filter-ignored;sort-ignored", **TYPE, sort="name", orderBy="desc")

    assert response.get_json() == everything.get_json()
    assert named(response) == "filter-ignored, sort-ignored"


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(("text", "status"), [("type='school'", 500), ("type=school", 500), ("name='x'", 200)])
def test_a_filter_by_which_the_server_breaks(text: str, status: int, base: str, world: World) -> None:
    """A member may be in the list and be the end of the request all the same, whatever the grammar."""
    response = world.get(
        f"{base}/orgs", "lenient-filter;filter-members:members=orgs.type|orgs.name,failing=orgs.type", filter=text
    )

    assert response.status_code == status


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("type", "'type' is not a comparison"),
        ("type=school name=x", "'name=x' does not begin with AND or OR"),
        ("type=school AND", "does not begin with AND or OR"),
        ("typ=school", "did you mean 'type'?"),
        ("dateLastModified>yesterday", "'yesterday'"),
    ],
)
def test_a_lenient_filter_is_refused_all_the_same(text: str, message: str, base: str, world: World) -> None:
    """Filters that no grammar accepts, unknown members and values of the wrong kind are 400 with a message."""
    response = world.get(f"{base}/orgs", "lenient-filter", filter=text)

    assert response.status_code == 400
    assert message in response.text


@pytest.mark.parametrize("base", BASES)
def test_lenient_filters_compose(base: str, world: World) -> None:
    """A filter of the other grammar is compared as other scenarios have it, and a walk by links keeps it."""
    asked = {"filter": "type=SCHOOL OR type=DISTRICT", "limit": 2}

    page = world.get(f"{base}/orgs", "lenient-filter;case-insensitive-filter", **asked)
    wanted = world.get(f"{base}/orgs", filter="type='school' OR type='district'", limit=2)

    assert (ids(page), page.headers["X-Total-Count"]) == (ids(wanted), wanted.headers["X-Total-Count"])
    assert "filter=type%3DSCHOOL%20OR%20type%3DDISTRICT" in page.headers["Link"]
