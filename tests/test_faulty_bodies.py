"""Messages about invalid bodies: each names the member and leads to the mistake."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, Api
from v1p2 import GRADEBOOK, description

from mockroster.fixtures.read.assembly import assemble
from mockroster.fixtures.read.load import read

ADMIN = "http://localhost/__admin"

Json = dict[str, Any]


@pytest.fixture
def line_item(fresh: Api) -> Json:
    """Return what a client of 1.1 would send for a new line item."""
    found = fresh.rows("/lineItems")[0]
    return {"title": "Quiz", "class": found["class"], "assignDate": found["assignDate"], "dueDate": found["dueDate"]}


def refused(api: Api, path: str, body: Json, wrapper: str = "lineItem") -> str:
    """Return the message of a write that must be a 422."""
    response = api.put(path, {wrapper: body})
    assert response.status_code == 422, response.text
    answer = response.get_json()
    return str(answer["statusInfoSet"][0]["imsx_description"] if "statusInfoSet" in answer else description(response))


@pytest.mark.parametrize("base", ["", GRADEBOOK])
@pytest.mark.parametrize(
    ("member", "value", "sentence"),
    [
        ("title", "", "title: must not be empty"),
        ("title", None, "title: must not be null"),
        ("dueDate", "", "dueDate: must not be empty"),
        ("class", None, "class: must not be null"),
        ("class", {"sourcedId": ""}, "class: must have a sourcedId that is not empty"),
        ("class", {"href": "x", "sourcedId": "", "type": "class"}, "class: must have a sourcedId that is not empty"),
        ("class", {}, "class: must have href, sourcedId and type and nothing else"),
        ("category", {"sourcedId": ""}, "category: must have a sourcedId that is not empty"),
    ],
)
def test_a_member_that_says_nothing(
    fresh: Api, line_item: Json, base: str, member: str, value: object, sentence: str
) -> None:
    """A required member that is there and empty is called empty, not missing."""
    assert sentence in refused(fresh, f"{base}/lineItems/l", {**line_item, member: value})


def test_a_member_that_is_not_there(fresh: Api, line_item: Json) -> None:
    """A required member that was left out is missing."""
    del line_item["title"]

    assert refused(fresh, "/lineItems/l", line_item) == "title: is missing"


def test_an_empty_member_of_a_part(fresh: Api) -> None:
    """The same is said of a member of each part of a list, and of a list."""
    scale = fresh.rows(f"{GRADEBOOK}/scoreScales")[0]
    steps = [{"itemValueLHS": "", "itemValueRHS": "90"}, {"itemValueRHS": "80"}]

    faulty = refused(fresh, f"{GRADEBOOK}/scoreScales/s", {**_new(scale), "scoreScaleValue": steps}, "scoreScale")
    empty = refused(fresh, f"{GRADEBOOK}/scoreScales/s", {**_new(scale), "scoreScaleValue": []}, "scoreScale")
    no_list = refused(fresh, f"{GRADEBOOK}/scoreScales/s", {**_new(scale), "scoreScaleValue": "A"}, "scoreScale")

    assert "scoreScaleValue[0].itemValueLHS: must not be empty" in faulty
    assert "scoreScaleValue[1].itemValueLHS: is missing" in faulty
    assert empty == "scoreScaleValue: must not be empty"
    assert no_list == "scoreScaleValue: must be an array"


def _new(record: Json) -> Json:
    return {name: value for name, value in record.items() if name != "sourcedId"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (gzip.compress(b'{"category": {"title": "x"}}', mtime=0), "is compressed with gzip"),
        (b'{"category": {"title": "caf\xe9"}}', "is not UTF-8: there is the byte 0xE9 at 27"),
        (b'\xef\xbb\xbf{"category": {"title": "x"}}', "begins with a byte order mark"),
        ('{"category": {"title": "x"}}'.encode("utf-16"), "is written in UTF-16"),
        (b'{"category": {"title": "x"}', "is not JSON: "),
    ],
)
@pytest.mark.parametrize("path", ["/categories/c", f"{GRADEBOOK}/categories/c", f"{ADMIN}/records/categories/c"])
def test_a_body_that_is_no_json(fresh: Api, path: str, body: bytes, sentence: str) -> None:
    """A body that is not JSON is described by its first bytes, on the standard's paths and the switchboard."""
    response = fresh.send("PUT", path, data=body, content_type="application/json")

    assert response.status_code in {400, 422}
    assert f"body {sentence}" in response.text.replace("body: ", "body ")


@pytest.mark.parametrize(
    ("path", "wrapper", "bounds", "sentence"),
    [
        ("/lineItems/l", "lineItem", (50, 10), "resultValueMax: 10 is less than resultValueMin, 50"),
        (f"{GRADEBOOK}/lineItems/l", "lineItem", (50, 10), "resultValueMax: 10 is less than resultValueMin, 50"),
        (f"{GRADEBOOK}/lineItems/l", "lineItem", (200, None), "resultValueMax: 100 is less than resultValueMin, 200"),
        (
            f"{GRADEBOOK}/assessmentLineItems/l",
            "assessmentLineItem",
            (50, 10),
            "resultValueMax: 10 is less than resultValueMin, 50",
        ),
    ],
)
def test_bounds_the_wrong_way_round(
    fresh: Api, line_item: Json, path: str, wrapper: str, bounds: tuple[int, int | None], sentence: str
) -> None:
    """A write may not give less at most than at least; equal bounds are right."""
    body = line_item if wrapper == "lineItem" else {"title": "Test"}
    least, most = bounds
    sent = {"resultValueMin": least} | ({} if most is None else {"resultValueMax": most})

    assert sentence in refused(fresh, path, body | sent, wrapper)
    assert fresh.put(path, {wrapper: body | {"resultValueMin": 5, "resultValueMax": 5}}).status_code == 201


def test_bounds_in_bulk(fresh: Api, line_item: Json) -> None:
    """The same holds of a creation in bulk."""
    class_ = line_item["class"]["sourcedId"]
    record = {**line_item, "sourcedId": "a", "resultValueMin": 5, "resultValueMax": 1}
    record["class"] = class_
    school = fresh.one(f"/classes/{class_}")["school"]["sourcedId"]
    category, period = fresh.rows("/categories")[0]["sourcedId"], fresh.rows("/gradingPeriods")[0]["sourcedId"]
    record |= {"school": school, "category": category, "gradingPeriod": period}

    response = fresh.send("POST", f"{GRADEBOOK}/classes/{class_}/lineItems", json={"lineItems": [record]})

    assert response.status_code == 422
    assert "lineItems[0].resultValueMax: 1 is less than resultValueMin, 5" in description(response)


@pytest.mark.parametrize(
    ("collection", "members", "sentence"),
    [
        ("enrollments", {"beginDate": "2026-02-01", "endDate": "2026-01-01"}, "endDate: 2026-01-01 is before the"),
        ("academicSessions", {"endDate": "2001-01-01"}, "endDate: 2001-01-01 is not after the startDate"),
        ("lineItems", {"resultValueMin": 500}, "is less than resultValueMin, 500"),
        ("orgs", {"parent": "own"}, "parent: leads back to the record itself"),
    ],
)
def test_the_switchboard_takes_no_nonsense(fresh: Api, collection: str, members: Json, sentence: str) -> None:
    """Records that ``validate`` calls errors are refused on write, so that exports can be served."""
    record = fresh.rows(f"/{collection}")[0]
    own = {"parent": record["sourcedId"]} if "parent" in members else members

    response = fresh.put(f"{ADMIN}/records/{collection}/{record['sourcedId']}", record | own)

    assert response.status_code == 422
    assert sentence in response.text
    assert fresh.one(f"/{collection}/{record['sourcedId']}") == record


def test_the_switchboard_takes_no_role_that_ends_before_it_begins(fresh: Api) -> None:
    """The parts of a record are in order too."""
    path = f"{ADMIN}/records/users/{fresh.rows('/users')[0]['sourcedId']}"
    user = fresh.get(path).get_json()
    roles = [{**user["roles"][0], "beginDate": "2026-02-01", "endDate": "2026-01-01"}, *user["roles"][1:]]

    response = fresh.put(path, user | {"roles": roles})

    assert response.status_code == 422
    assert "roles[0].endDate: 2026-01-01 is before the beginDate, 2026-02-01" in response.text


_TERM = {
    "title": "Term",
    "type": "term",
    "startDate": "2026-01-01",
    "endDate": "2026-07-01",
    "schoolYear": "2026",
}


@pytest.mark.parametrize("format_", ["json", "yaml", "csv"])
def test_an_export_after_deletes_can_be_served(fresh: Api, tmp_path: Path, format_: str) -> None:
    """A deleted category of a line item goes along as ``tobedeleted``, so that the reference leads somewhere."""
    item = fresh.rows("/lineItems")[0]
    fresh.put("/categories/mine", {"category": {"title": "Mine"}})
    fresh.put("/lineItems/new", {"lineItem": {**_new(item), "category": "mine"}})
    for path in ("/categories/mine", f"/categories/{item['category']['sourcedId']}"):
        assert fresh.delete(path).status_code == 204
    assert fresh.delete(f"{ADMIN}/records/users/{fresh.rows('/students')[0]['sourcedId']}").status_code == 204

    exported = fresh.get(f"{ADMIN}/export", format=format_)

    path = tmp_path / f"export.{'zip' if format_ == 'csv' else format_}"
    path.write_bytes(exported.data)
    faults = [str(fault) for fault in assemble([read(str(path), 10**9)], NOW).faults if fault.severity == "error"]
    assert faults == []
    if format_ == "json":
        tombstones = {row["sourcedId"]: row for row in json.loads(exported.data)["categories"]}
        assert tombstones["mine"]["status"] == "tobedeleted"
        assert tombstones["mine"]["title"] == "Mine"
    assert fresh.get("/categories/mine").status_code == 404


def test_an_export_keeps_what_a_list_refers_to(fresh: Api) -> None:
    """A deleted term of a class that has several goes along as ``tobedeleted``; the others are as they were."""
    sessions = f"{ADMIN}/records/academicSessions"
    path = f"{ADMIN}/records/classes/{fresh.rows('/classes')[0]['sourcedId']}"
    for name in ("first", "second"):
        assert fresh.put(f"{sessions}/{name}", _TERM).status_code == 201
    class_ = fresh.get(path).get_json()
    assert fresh.put(path, class_ | {"terms": ["first", "second"]}).status_code == 200
    assert fresh.delete(f"{sessions}/second").status_code == 204

    exported = fresh.get(f"{ADMIN}/export").get_json()

    statuses = {row["sourcedId"]: row["status"] for row in exported["academicSessions"]}
    (terms,) = (row["terms"] for row in exported["classes"] if row["sourcedId"] == class_["sourcedId"])
    assert terms == ["first", "second"]
    assert (statuses["first"], statuses["second"]) == ("active", "tobedeleted")


@pytest.mark.parametrize(("format_", "is_there"), [("json", True), ("yaml", True), ("csv", False)])
def test_a_letter_in_an_export_of_1p1(fresh: Api, tmp_path: Path, format_: str, is_there: bool) -> None:
    """A result of 1.1 with a letter goes into JSON and YAML; the CSV of 1.1 has no column for it and goes without."""
    result = fresh.rows("/results")[0]
    letter = {name: value for name, value in _new(result).items() if name not in {"score", "scoreStatus"}}
    assert fresh.put("/results/letter", {"result": {**letter, "textScore": "B+"}}).status_code == 201

    exported = fresh.get(f"{ADMIN}/export", format=format_, version="1.1")

    path = tmp_path / f"export.{'zip' if format_ == 'csv' else format_}"
    path.write_bytes(exported.data)
    assembly = assemble([read(str(path), 10**9)], NOW)
    assert [str(fault) for fault in assembly.faults if fault.severity == "error"] == []
    letters = [one.get("textScore") for one in assembly.records["results"] if one["sourcedId"] == "letter"]
    assert letters == (["B+"] if is_there else [])
