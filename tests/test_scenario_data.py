"""Scenarios in which something is missing or deleted, or its dates are wrong, as a client sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from conftest import Api, connected, make_app
from seen import EITHER, V1P1, V1P2, Seen, by_base_path
from worlds import GRADEBOOK, HEADER, ROSTERING, named, new_world, rows

from mockroster.roster.record import Record
from mockroster.scenarios.data.classes import FutureTerms
from mockroster.scenarios.rng import Rng

TODAY = "2026-01-15T00:00:00.000Z"

SPECS = {
    "empty-school": "users",
    "empty-district": "classes",
    "deleted-status": "categories",
    "deleted-status:share=1,days=1": "orgs",
    "never-deleted": "users",
    "future-terms": "academicSessions",
    "stale-dates": "orgs",
    "stale-dates:days=30": "resources",
    "class-without-term": "classes",
    "class-without-term:terms=unknown,share=1": "classes",
    "class-without-term:terms=other-kind": "classes",
    "no-class-code": "classes",
    "no-class-code:how=empty": "classes",
    "course-org": "courses",
    "course-org:org=none": "courses",
}
"""By text: a collection that the scenario changes."""

Through = Callable[[str], Seen]


@pytest.fixture(scope="module")
def through(api: Api) -> Through:
    """Return a function that returns a client by scenario."""
    return cache(lambda spec: Seen(api, spec))


@pytest.fixture(scope="module")
def plain(through: Through) -> Seen:
    """Return a client without a scenario."""
    return through("")


@pytest.mark.parametrize("paths", EITHER, ids=["v1p1", "v1p2"])
@pytest.mark.parametrize(("spec", "collection"), SPECS.items(), ids=str)
def test_answers_and_is_named(through: Through, plain: Seen, spec: str, collection: str, paths: dict[str, str]) -> None:
    """Every collection answers, the one that changes says so, and without the scenario nothing says anything."""
    touched = {name: named(through(spec).get(path)) for name, path in paths.items()}
    lengths = [len(through(spec).rows(path)) for path in paths.values()]

    assert touched[collection] == spec.partition(":")[0]
    assert set(touched.values()) <= {None, spec.partition(":")[0]}
    assert len(lengths) == len(paths)
    assert HEADER not in plain.get(paths[collection]).headers


@pytest.mark.parametrize(("spec", "collection"), SPECS.items(), ids=str)
def test_base_path_shows_the_same(api: Api, through: Through, spec: str, collection: str) -> None:
    """A client that can change nothing but its base URL sees the same rows."""
    response = by_base_path(api, spec, f"{V1P2[collection]}?limit=100000")

    assert named(response) == spec.partition(":")[0]
    assert len(rows(response)) == len(through(spec).rows(V1P2[collection]))


def test_what_is_not_changed_is_not_named(through: Through) -> None:
    """An answer about other collections does not name the scenario."""
    response = through("no-class-code").get(V1P1["orgs"])

    assert named(response) is None


CONSISTENT = [spec for spec in SPECS if spec not in {"empty-district", "class-without-term:terms=unknown,share=1"}]


@pytest.mark.parametrize("paths", EITHER, ids=["v1p1", "v1p2"])
@pytest.mark.parametrize("spec", ["", *CONSISTENT])
def test_references_do_not_dangle(through: Through, spec: str, paths: dict[str, str]) -> None:
    """All references lead to remaining records."""
    lost = through(spec).dangling(paths)

    assert lost == {}


def school_of(plain: Seen, seen: Seen) -> str:
    """Return the school whose classes are gone."""
    (school,) = {row["school"]["sourcedId"] for row in plain.rows(V1P1["classes"])} - {
        row["school"]["sourcedId"] for row in seen.rows(V1P1["classes"])
    }
    return school


@pytest.mark.parametrize("base", [V1P1["orgs"].removesuffix("/orgs"), ROSTERING])
def test_empty_school_is_empty(through: Through, plain: Seen, base: str) -> None:
    """One school has nobody but its staff, and the others are full."""
    seen = through("empty-school")
    empty = school_of(plain, seen)

    others = seen.ids(f"{base}/schools") - {empty}
    assert others
    for below in ("students", "classes", "enrollments", "terms"):
        assert seen.rows(f"{base}/schools/{empty}/{below}") == []
        assert plain.rows(f"{base}/schools/{empty}/{below}")
        assert any(seen.rows(f"{base}/schools/{other}/{below}") for other in others)
    teachers = seen.ids(f"{base}/schools/{empty}/teachers")
    assert teachers == plain.ids(f"{base}/schools/{empty}/teachers") != set()
    assert seen.rows(f"{base}/schools/{empty}/courses")


def test_empty_school_has_no_gradebook(through: Through, plain: Seen) -> None:
    """Line items, results and score scales of the school's classes are gone, those of others are not."""
    seen = through("empty-school")
    empty = school_of(plain, seen)

    gone = plain.ids(V1P1["classes"]) - seen.ids(V1P1["classes"])
    for collection in ("lineItems", "scoreScales", "results"):
        kept = seen.rows(V1P2[collection])
        assert kept
        assert not gone & {row["class"]["sourcedId"] for row in kept}
    assert {row["school"]["sourcedId"] for row in seen.rows(V1P2["lineItems"])}.isdisjoint({empty})


def test_empty_school_keeps_no_family_without_a_child(through: Through, plain: Seen) -> None:
    """Families whose children were all at that school are gone; a family with a child elsewhere is not."""
    before = {row["sourcedId"]: row for row in plain.rows(V1P1["users"])}

    family = [row for row in through("empty-school").rows(V1P1["users"]) if row["role"] in {"parent", "guardian"}]

    assert family
    assert all("agents" in row for row in family if "agents" in before[row["sourcedId"]])


@pytest.mark.parametrize("paths", EITHER, ids=["v1p1", "v1p2"])
def test_empty_district_has_orgs_and_sessions(through: Through, plain: Seen, paths: dict[str, str]) -> None:
    """Only orgs and academic sessions remain, unchanged."""
    seen = through("empty-district")

    assert {name for name, path in paths.items() if seen.rows(path)} == {"orgs", "academicSessions"}
    assert seen.rows(paths["orgs"]) == plain.rows(paths["orgs"])
    assert seen.get(paths["users"]).headers["X-Total-Count"] == "0"
    school = next(row["sourcedId"] for row in plain.rows(paths["orgs"]) if row["type"] == "school")
    assert seen.rows(f"{paths['orgs'].removesuffix('/orgs')}/schools/{school}/classes") == []


@pytest.mark.parametrize(
    ("spec", "share", "days"), [("deleted-status", 0.2, 7), ("deleted-status:share=0.5,days=2", 0.5, 2)]
)
@pytest.mark.parametrize("collection", V1P2)
def test_deleted_status_is_a_share(
    through: Through, plain: Seen, spec: str, share: float, days: int, collection: str
) -> None:
    """A share of every collection is tobedeleted, and became so in the last days before today."""
    before = {row["sourcedId"]: row for row in plain.rows(V1P2[collection])}

    seen = through(spec).rows(V1P2[collection])

    deleted = [row for row in seen if row["status"] == "tobedeleted"]
    assert len(deleted) == max(round(share * len(seen)), 1)
    newly = [row for row in deleted if before[row["sourcedId"]]["status"] == "active"]
    assert all(f"2026-01-{15 - days:02d}" <= row["dateLastModified"] <= TODAY for row in newly)
    assert [row for row in seen if row["status"] == "active"] == [
        before[row["sourcedId"]] for row in seen if row["status"] == "active"
    ]


def test_deleted_status_is_found_by_a_delta(through: Through) -> None:
    """A delta with a filter for the last days finds them, and without the scenario hardly any."""
    filtered = "?filter=dateLastModified>'2026-01-08' AND status='tobedeleted'"

    found = through("deleted-status").rows(V1P1["users"] + filtered)

    assert len(found) > 20


def test_deleted_status_of_no_share_is_nothing(through: Through, plain: Seen) -> None:
    """A share of 0 changes nothing and is not named."""
    seen = through("deleted-status:share=0")

    assert seen.rows(V1P1["categories"]) == plain.rows(V1P1["categories"])
    assert named(seen.get(V1P1["categories"])) is None


def test_a_write_does_not_draw_again(api: Api) -> None:
    """A write does not change which line items are deleted."""
    with new_world(api) as world:
        before = rows(world.get("/lineItems", "deleted-status", limit=10_000))

        put = world.send("PUT", "/categories/new", "deleted-status", {"category": {"title": "New"}})
        after = rows(world.get("/lineItems", "deleted-status", limit=10_000))

    assert put.status_code == 201
    assert after == before


def test_never_deleted_sends_no_deleted_row(through: Through, plain: Seen) -> None:
    """All active rows are there and no others."""
    seen = through("never-deleted")

    for paths in EITHER:
        for path in paths.values():
            assert [row for row in plain.rows(path) if row["status"] == "active"] == seen.rows(path)
    gone = next(row for row in plain.rows(V1P1["users"]) if row["status"] == "tobedeleted")
    assert seen.get(f"{V1P1['users']}/{gone['sourcedId']}").status_code == 404


@pytest.mark.parametrize("paths", EITHER, ids=["v1p1", "v1p2"])
def test_future_terms_have_not_begun(through: Through, plain: Seen, paths: dict[str, str]) -> None:
    """Every term of a class that was current lies in the future, with all that belongs to it; the past is as ever."""
    old = {row["sourcedId"]: row for row in plain.rows(paths["academicSessions"])}
    seen = through("future-terms")

    new = {row["sourcedId"]: row for row in seen.rows(paths["academicSessions"])}

    current = {
        row["sourcedId"]: row
        for row in plain.rows(paths["classes"])
        if any(old[term["sourcedId"]]["endDate"] > TODAY[:10] for term in row["terms"])
    }
    assert current
    assert all(new[term["sourcedId"]]["startDate"] > TODAY[:10] for row in current.values() for term in row["terms"])
    assert not [row for row in new.values() if row["startDate"] <= TODAY[:10] < row["endDate"]]
    assert [row for row in new.values() if row["startDate"] < TODAY] == [
        row for row in old.values() if row["endDate"] < "2025-08-02"
    ]
    begun = [row for row in seen.rows(paths["enrollments"]) if row["beginDate"] < TODAY]
    assert begun
    assert not {row["class"]["sourcedId"] for row in begun} & current.keys()


def test_future_terms_are_those_of_next_year(through: Through, plain: Seen) -> None:
    """The sessions moved by a year, in title and school year too, and classes have line items and no results."""
    seen = through("future-terms")
    moved = [row for row in plain.rows(V1P1["academicSessions"]) if row["schoolYear"] == "2026"]

    now = {row["sourcedId"]: row for row in seen.rows(V1P1["academicSessions"])}

    for row in moved:
        shown = now[row["sourcedId"]]
        assert shown["schoolYear"] == "2027"
        assert shown["title"] == row["title"].replace("2026", "2027").replace("2025", "2026")
        assert shown["startDate"] == f"{int(row['startDate'][:4]) + 1}{row['startDate'][4:]}"
    dues = {row["class"]["sourcedId"]: row["dueDate"] for row in seen.rows(V1P2["lineItems"]) if row["dueDate"] > TODAY}
    assert dues
    assert not {row["class"]["sourcedId"] for row in seen.rows(V1P2["results"]) if "class" in row} & dues.keys()
    assert seen.rows(V1P2["results"])


def test_future_terms_follow_the_clock() -> None:
    """After the end of the school year by the clock no class is current, and nothing moves."""
    seen = Seen(Api(make_app(students=1, no_auth=True), ""), "future-terms")
    before = named(seen.get(V1P1["academicSessions"]))

    seen.api.app.extensions["mockroster"].default.clock.advance(timedelta(days=220))
    after = named(seen.get(V1P1["academicSessions"]))

    assert (before, after) == ("future-terms", None)


def test_future_terms_know_leap_years() -> None:
    """A term that begins on 29 February begins on the 28th where there is no such day."""
    term = {"type": "term", "title": "Spring", "startDate": "2028-02-29", "endDate": "2028-05-01", "schoolYear": "2028"}
    tables = {name: [] for name in V1P2} | {
        "academicSessions": [Record(term, sourcedId="t")],
        "classes": [Record(sourcedId="c", terms=["t"])],
    }

    shown = FutureTerms().change(tables, Rng(), datetime(2028, 3, 1, tzinfo=UTC))

    (moved,) = shown["academicSessions"]
    assert (moved["startDate"], moved["endDate"], moved["schoolYear"]) == ("2029-02-28", "2029-05-01", "2029")


@pytest.mark.parametrize(("spec", "youngest"), [("stale-dates", "2025-01-15"), ("stale-dates:days=30", "2025-12-16")])
def test_stale_dates_are_old(through: Through, plain: Seen, spec: str, youngest: str) -> None:
    """No record of any collection is younger, and those that were older are as ever."""
    for path in V1P2.values():
        for before, row in zip(plain.rows(path), through(spec).rows(path), strict=True):
            assert row["dateLastModified"] == min(before["dateLastModified"], f"{youngest}T00:00:00.000Z")
            assert {**row, "dateLastModified": ""} == {**before, "dateLastModified": ""}


def test_stale_dates_hide_a_write_from_a_delta(api: Api) -> None:
    """A delta misses written records, which have an old date."""
    delta = {"filter": "dateLastModified>='2026-01-15'"}
    with new_world(api) as world:
        world.send("PUT", "/categories/new", body={"category": {"title": "New"}})

        missed = rows(world.get("/categories", "stale-dates", **delta))
        found = rows(world.get("/categories", **delta))
        shown = world.get("/categories/new", "stale-dates").get_json()["category"]

    assert (missed, [row["title"] for row in found]) == ([], ["New"])
    assert shown["dateLastModified"] < "2025-02"


@pytest.mark.parametrize("paths", EITHER, ids=["v1p1", "v1p2"])
@pytest.mark.parametrize("terms", ["missing", "unknown", "other-kind"])
def test_class_without_term(through: Through, plain: Seen, terms: str, paths: dict[str, str]) -> None:
    """A fifth of the classes has no terms, or such as lead nowhere, or sessions of another kind."""
    seen = through(f"class-without-term:terms={terms}")
    kinds = {row["sourcedId"]: row["type"] for row in plain.rows(paths["academicSessions"])}

    before, after = plain.rows(paths["classes"]), seen.rows(paths["classes"])

    spoilt = [row for old, row in zip(before, after, strict=True) if row != old]
    found = {tuple({kinds.get(term["sourcedId"]) for term in row.get("terms", ())}) for row in spoilt}
    assert len(spoilt) == round(0.2 * len(before))
    assert found == {"missing": {()}, "unknown": {(None,)}, "other-kind": {("semester",)}}[terms]
    assert all(seen.one(f"{paths['classes']}/{row['sourcedId']}") == row for row in spoilt)


def test_class_without_term_has_a_share(through: Through) -> None:
    """With share=1 no class has terms, and no term has classes."""
    seen = through("class-without-term:share=1")

    assert not [row for row in seen.rows(V1P1["classes"]) if "terms" in row]
    term = seen.rows(f"{ROSTERING}/terms")[-1]["sourcedId"]
    assert seen.rows(f"{ROSTERING}/terms/{term}/classes") == []


@pytest.mark.parametrize("paths", EITHER, ids=["v1p1", "v1p2"])
@pytest.mark.parametrize(("how", "shown"), [("missing", (None, None)), ("empty", ("", []))])
def test_no_class_code(
    through: Through, plain: Seen, how: str, shown: tuple[object, object], paths: dict[str, str]
) -> None:
    """Class code and periods are not there, or empty."""
    classes = through(f"no-class-code:how={how}").rows(paths["classes"])

    assert {(row.get("classCode"), json.dumps(row.get("periods"))) for row in classes} == {
        (shown[0], json.dumps(shown[1]))
    }
    assert all(row["classCode"] and row["periods"] for row in plain.rows(paths["classes"]))


@pytest.mark.parametrize("paths", EITHER, ids=["v1p1", "v1p2"])
@pytest.mark.parametrize("org", ["district", "none"])
def test_course_org(through: Through, plain: Seen, org: str, paths: dict[str, str]) -> None:
    """Courses belong to the district or to nothing, and no school has any."""
    seen = through(f"course-org:org={org}")
    orgs = {row["sourcedId"]: row["type"] for row in plain.rows(paths["orgs"])}

    found = {orgs[row["org"]["sourcedId"]] if "org" in row else "none" for row in seen.rows(paths["courses"])}

    assert found == {org}
    base = paths["orgs"].removesuffix("/orgs")
    school = next(name for name, type_ in orgs.items() if type_ == "school")
    assert plain.rows(f"{base}/schools/{school}/courses")
    assert seen.rows(f"{base}/schools/{school}/courses") == []


@pytest.mark.parametrize("spec", SPECS)
def test_a_district_without_records(spec: str, nothing: Api) -> None:
    """A scenario has nothing to say where there is nothing, and breaks nothing."""
    seen = Seen(nothing, spec)

    for paths in EITHER:
        for path in paths.values():
            assert seen.rows(path) == []
            assert named(seen.get(path)) is None


@pytest.fixture(scope="module")
def nothing() -> Api:
    """Return a client of a server without a single record."""
    api = connected(make_app(students=1))
    overlay = api.app.extensions["mockroster"].default.overlay
    for collection, table in overlay.tables.items():
        for record in table.records:
            overlay.delete(collection, record["sourcedId"])
    return api


def test_scenarios_work_upon_each_other(through: Through) -> None:
    """Scenarios act in their order: what one has spoilt the next one sees, and it stays spoilt."""
    seen = through("class-without-term:share=1;deleted-status:share=1;no-class-code")

    classes = seen.rows(V1P2["classes"])

    assert {(row["status"], "terms" in row, "classCode" in row) for row in classes} == {("tobedeleted", False, False)}
    assert named(seen.get(V1P2["classes"])) == "class-without-term, deleted-status, no-class-code"
    assert named(seen.get(f"{GRADEBOOK}/lineItems")) == "deleted-status"
