"""Caches never show: writes, resets, other sandboxes and addresses take effect at once."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest
from conftest import BASE, NOW, Api, information
from flask import Flask, url_for
from worlds import GRADEBOOK, ROSTERING, World, new_world, rows

from mockroster.caching import ENTRY
from mockroster.errors import UnknownObject
from mockroster.http.flask_tuning import Routes
from mockroster.http.lifecycle import Application
from mockroster.query import parameters, selection
from mockroster.query.members import member
from mockroster.query.result_cache import ResultCache
from mockroster.render import page
from mockroster.render.record import SELECTIONS_KEPT
from mockroster.roster.overlay import Overlay
from mockroster.sandbox.bootstrap import records_of
from mockroster.settings import Settings
from mockroster.standard.model import Operation, Rows
from mockroster.standard.versions import SERVICES

HOMEWORK = {"filter": "title='Homework'"}
OPERATIONS = {service.base + operation.path: operation for service in SERVICES for operation in service.operations}


def category(title: str) -> dict[str, object]:
    """Return the body of a write."""
    return {"category": {"title": title}}


def listed(overlay: Overlay, kept: ResultCache, operation: Operation, **path: str) -> list[object]:
    """Return the list that a read is about."""
    query = parameters.parse_cached(b"filter=status%3D%27active%27", operation)
    return list(selection.select(overlay, kept, operation, path, query).records)


def first_of(overlay: Overlay, where: Rows) -> str:
    """Return the id of the first record that a segment of a path can name."""
    for record in overlay.tables[where.resource.collection].records:
        with suppress(UnknownObject):
            return str(selection.find(overlay, where, record["sourcedId"])["sourcedId"])
    raise LookupError(where)


def test_a_write_is_seen_by_a_filter_that_was_asked_before(fresh: Api) -> None:
    """A record that comes to pass is in the list, one that no longer passes or is deleted is not."""
    before = len(fresh.rows("/categories", **HOMEWORK))

    fresh.put("/categories/mine", category("Homework"))
    after_put = len(fresh.rows("/categories", **HOMEWORK))
    fresh.put("/categories/mine", category("Quizzes"))
    after_change = len(fresh.rows("/categories", **HOMEWORK))
    fresh.put("/categories/mine", category("Homework"))
    fresh.delete("/categories/mine")
    after_delete = len(fresh.rows("/categories", **HOMEWORK))

    assert (after_put, after_change, after_delete) == (before + 1, before, before)


def test_a_reset_and_a_reload_are_seen(fresh: Api) -> None:
    """Lists begin anew with the records: after a reset, and after a reload, which marks the old ones."""
    app = fresh.app
    assert isinstance(app, Application)
    fresh.put("/categories/mine", category("Homework"))
    written = len(fresh.rows("/categories", **HOMEWORK))

    app.sandboxes.default.reset()
    reset = len(fresh.rows("/categories", **HOMEWORK))
    start = app.sandboxes.default.start.roster
    app.sandboxes.renew(records_of(Settings(students=2, now=NOW, profile="roster-only")))
    reloaded = {row["status"] for row in fresh.rows("/categories", **HOMEWORK)}
    app.sandboxes.renew(start)
    again = {row["status"] for row in fresh.rows("/categories", **HOMEWORK)}

    assert (reset, reloaded, again) == (written - 1, {"tobedeleted"}, {"active"})


def test_sandboxes_keep_their_own(fresh: Api) -> None:
    """A write in one sandbox is not in the same list of another."""
    with new_world(fresh) as one, new_world(fresh) as other:
        before = [len(rows(world.get("/categories", **HOMEWORK))) for world in (one, other)]

        one.send("PUT", "/categories/mine", body=category("Homework"))

        after = [len(rows(world.get("/categories", **HOMEWORK))) for world in (one, other)]
    assert after == [before[0] + 1, before[1]]


def test_a_nested_list_sees_writes_on_its_way(fresh: Api) -> None:
    """The results of a class go by way of line items: one that moves to another class takes its results along."""
    item = next(iter(fresh.rows("/lineItems", filter="status='active'")))
    class_id, home = item["class"]["sourcedId"], item["sourcedId"]
    other = next(one["sourcedId"] for one in fresh.rows("/classes") if one["sourcedId"] != class_id)
    path = f"/classes/{class_id}/results"
    before = [row["sourcedId"] for row in fresh.rows(path) if row["lineItem"]["sourcedId"] == home]

    moved = fresh.put(f"/lineItems/{home}", {"lineItem": item | {"class": item["class"] | {"sourcedId": other}}})

    assert (bool(before), moved.status_code) == (True, 200)
    assert not [row for row in fresh.rows(path) if row["lineItem"]["sourcedId"] == home]


def test_a_nested_list_sees_a_class_that_moves(fresh: Api) -> None:
    """The score scales of a school go by way of its classes: those of a class that moves to another school are gone."""
    gradebook = f"http://localhost{GRADEBOOK}"
    scales = fresh.rows(f"{gradebook}/scoreScales")
    classes = {row["sourcedId"]: row for row in fresh.rows("/classes")}
    moving = classes[scales[0]["class"]["sourcedId"]]
    school = moving["school"]["sourcedId"]
    other = next(row["sourcedId"] for row in fresh.rows("/schools") if row["sourcedId"] != school)
    paths = [f"{gradebook}/schools/{name}/scoreScales" for name in (school, other)]
    before = [[row["sourcedId"] for row in fresh.rows(path)] for path in paths]
    overlay = fresh.app.extensions["mockroster"].default.overlay

    with overlay.lock:
        record = overlay.tables["classes"].get(moving["sourcedId"])
        overlay.put("classes", type(record)(record | {"school": other}))

    after = [[row["sourcedId"] for row in fresh.rows(path)] for path in paths]
    moved = [row["sourcedId"] for row in scales if row["class"]["sourcedId"] == moving["sourcedId"]]
    assert moved
    assert after[0] == [name for name in before[0] if name not in moved]
    assert sorted(after[1]) == sorted([*before[1], *moved])


def test_members_of_one_name_are_one(api: Api) -> None:
    """A value cached under a member is found under an equal one: of the same name and resource."""
    users, orgs = (OPERATIONS[f"{BASE}/{name}"].resource for name in ("users", "orgs"))
    status, other = member(users, "status"), member(users, "sourcedId")

    assert status == member.__wrapped__(users, "status")  # type: ignore[attr-defined]
    assert hash(status) == hash(member.__wrapped__(users, "status"))  # type: ignore[attr-defined]
    assert status != other
    assert status != member(orgs, "status")
    assert status != "status"


def test_the_categories_of_a_class(fresh: Api) -> None:
    """A class has the categories of its line items, each once; one without line items has all of them."""
    items = fresh.rows("/lineItems")
    item = items[0]
    class_id = item["class"]["sourcedId"]
    own = [row["category"]["sourcedId"] for row in items if row["class"]["sourcedId"] == class_id]
    fresh.put("/categories/unused", category("Unused"))
    everything = [row["sourcedId"] for row in fresh.rows("/categories")]

    with_items = [row["sourcedId"] for row in fresh.rows(f"/classes/{class_id}/categories")]
    for row in items:
        if row["class"]["sourcedId"] == class_id:
            fresh.delete(f"/lineItems/{row['sourcedId']}")
    without = [row["sourcedId"] for row in fresh.rows(f"/classes/{class_id}/categories")]

    assert with_items == [*dict.fromkeys(own)]
    assert len(with_items) < len(everything)
    assert without == everything


def test_a_write_elsewhere_leaves_a_list(small: Flask) -> None:
    """A list is made again after a write to what it was made from, and only then."""
    assert isinstance(small, Application)
    overlay, kept = Overlay(small.sandboxes.default.start.roster), ResultCache()
    operation = OPERATIONS[f"{BASE}/users"]
    query = parameters.parse_cached(b"sort=familyName", operation)
    user, result = overlay.tables["users"].records[0], overlay.tables["results"].records[0]

    first = selection.select(overlay, kept, operation, {}, query)
    overlay.put("results", result)
    after_other = selection.select(overlay, kept, operation, {}, query)
    overlay.put("users", user)
    after_own = selection.select(overlay, kept, operation, {}, query)

    assert after_other is first
    assert after_own.number != first.number
    assert after_own.records == first.records


@pytest.mark.parametrize("place", sorted(place for place, one in OPERATIONS.items() if one.kind == "collection"))
def test_every_list_is_as_if_it_were_not_kept(small: Flask, place: str) -> None:
    """After any delete, a cached list equals a new one."""
    assert isinstance(small, Application)
    operation = OPERATIONS[place]
    overlay, kept = Overlay(small.sandboxes.default.start.roster), ResultCache()
    path = {parameter: first_of(overlay, where) for parameter, where in operation.parents}
    guarded = {*path.values()}

    for collection, table in overlay.tables.items():
        listed(overlay, kept, operation, **path)
        gone = next((one["sourcedId"] for one in table.records[1:] if one["sourcedId"] not in guarded), None)
        if gone is not None:
            overlay.delete(collection, gone)

        assert listed(overlay, kept, operation, **path) == listed(overlay, ResultCache(), operation, **path)


def test_pages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least recently used pages are evicted first, and a page too large for its share is not cached."""
    monkeypatch.setattr(page, "BYTES_KEPT", 3 * (ENTRY + 5 + 10))
    monkeypatch.setattr(page, "LARGEST_KEPT", 10)
    kept, made = page.PageCache(), []

    def body(key: str, size: int) -> bytes:
        made.append(key)
        return bytes(size)

    for key, size in [
        ("a", 10),
        ("b", 10),
        ("c", 10),
        ("a", 10),
        ("d", 10),
        ("a", 10),
        ("b", 10),
        ("large", 11),
        ("large", 11),
    ]:
        kept.get(key, lambda: 5, partial(body, key, size))

    assert made == ["a", "b", "c", "d", "b", "large", "large"]
    assert kept.size == 3 * (ENTRY + 5 + 10)


def test_a_page_that_is_kept_is_that_of_its_query(fresh: Api) -> None:
    """Limit, offset, members, remarks and address are each part of what a page is kept for."""
    asked: list[dict[str, object]] = [
        {"limit": 2},
        {"limit": 3},
        {"offset": 1},
        {"fields": "title"},
        {"sort": "nothing"},
        {},
    ]

    with new_world(fresh) as one, new_world(fresh) as other:
        first = [world.get("/categories", **query).data for world in (one, other) for query in asked]
        again = [world.get("/categories", **query).data for world in (one, other) for query in asked]

    assert again == first
    assert len(set(first[: len(asked)])) == len(asked)


def test_selections_of_members_do_not_pile_up(fresh: Api) -> None:
    """However many selections are asked for, in both versions, each is answered and few are kept."""
    asked = ["givenName", "familyName", "givenName,familyName", "username", "sourcedId", "givenName"]

    with new_world(fresh) as world:
        for base in ("", ROSTERING):
            for fields in asked:
                found = rows(world.get(f"{base}/users", fields=fields))
                assert {tuple(sorted(row)) for row in found} == {tuple(sorted(fields.split(",")))}

    assert isinstance(fresh.app, Application)
    record = fresh.app.sandboxes.default.overlay.tables["users"].records[0]
    assert sum("?" in form for form in record.rendered) <= SELECTIONS_KEPT
    assert fresh.rows("/users")[0].keys() > {"givenName", "orgs"}


@pytest.mark.parametrize("text", ["a\0b", "\0", 'x"href":"\0', "http://root.invalid"])
def test_no_text_is_taken_for_an_address(fresh: Api, text: str) -> None:
    """The stand-in for the server's address in bytes that are kept is in no text that anybody can write."""
    fresh.put("/categories/odd", category(text))

    found = fresh.one("/categories/odd")["title"], fresh.one("/categories/odd", fields="title")["title"]

    assert found == (text, text)


def test_references_have_the_address_that_was_asked(fresh: Api) -> None:
    """The same bytes, kept once, lead back to each host and sandbox that they are asked by, members selected or not."""

    def addresses(world: World, **parameters: object) -> set[str]:
        found = rows(world.get("/enrollments", limit=5, **parameters))
        return {row["user"]["href"].partition("/ims/")[0] for row in found}

    with new_world(fresh) as one, new_world(fresh) as other:
        found = [addresses(world, **asked) for world in (one, other) for asked in ({}, {"fields": "user"})]
        expected = [{f"http://localhost/sandboxes/{world.sandbox.name}"} for world in (one, one, other, other)]

    assert found == expected


def test_headers_that_are_sent_again_are_kept_once(fresh: Api) -> None:
    """Two requests of one client share what they have in common; another client's headers are its own."""
    assert isinstance(fresh.app, Application)
    journal = fresh.app.sandboxes.default.state.journal
    journal.clear()

    fresh.get("/orgs")
    fresh.get("/users")
    fresh.send("GET", "/users", headers={"X-Client": "another"})

    first, second, newest = [entry.arrival for entry in journal.read().entries]
    assert first.headers is second.headers
    assert ("HTTP_X_CLIENT", "another") in newest.headers
    assert ("HTTP_X_CLIENT", "another") not in second.headers


def test_a_mistake_is_refused_each_time(fresh: Api) -> None:
    """A query that is wrong is as wrong when it is asked again."""
    answers = [fresh.get("/users", limit="none") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert information(answers[0]) == information(answers[1])


def test_methods_of_one_path_are_told_apart(fresh: Api) -> None:
    """A path that was found for one method is not taken for that of another."""
    path = "/categories/mine"

    statuses = [
        fresh.put(path, category("Homework")).status_code,
        fresh.get(path).status_code,
        fresh.delete(path).status_code,
        fresh.get(path).status_code,
        fresh.send("POST", path).status_code,
        fresh.send("HEAD", "/categories").status_code,
    ]

    assert statuses == [201, 200, 204, 404, 405, 200]


def test_an_answer_to_head_has_no_body(fresh: Api) -> None:
    """HEAD has the headers of GET, the length too, and nothing after them."""
    whole, head = fresh.get("/categories"), fresh.send("HEAD", "/categories")

    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(whole.data)))


def test_paths_that_are_remembered_are_bounded() -> None:
    """The table of routes does not grow with the requested paths."""
    assert Routes().lookup.cache_info().maxsize == 1024
    assert parameters.parse_cached.cache_info().maxsize == 512


def test_the_same_query_means_another_thing_elsewhere(fresh: Api) -> None:
    """The meaning of a query depends on the operation: 1.2 refuses a parameter about which 1.1 only warns."""
    with new_world(fresh) as world:
        one, two = (world.get(f"{base}/users", fields="nothing") for base in ("", ROSTERING))

    assert (one.status_code, two.status_code) == (200, 400)
    assert one.get_json()["statusInfoSet"]


def test_the_address_of_a_route_can_be_built(small: Flask) -> None:
    """Routes learn late how their addresses are built, and build them as Flask does."""
    with small.test_request_context():
        built = url_for("v1p1.getUser", sourcedId="a b", limit=1)

    assert built == f"{BASE}/users/a%20b?limit=1"
