"""Writes of the gradebook: what a PUT accepts and fills in, what it refuses, what a DELETE takes away."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from conftest import Api, information
from werkzeug.test import TestResponse

Json = dict[str, Any]

SEGMENTS = {"categories": "category", "lineItems": "lineItem", "results": "result"}


def reference(record: Json | str, type_: str | None = None) -> Json:
    """Return a reference as some clients send one: with nothing but sourcedId, or with a type too."""
    found = {"sourcedId": record if isinstance(record, str) else record["sourcedId"]}
    return found | ({"type": type_} if type_ else {})


@pytest.fixture
def line_item(fresh: Api) -> Json:
    """Return all that a client of 1.1 sends for a new line item, whole."""
    class_ = next(one for one in fresh.rows("/classes") if one["status"] == "active")
    return {
        "sourcedId": "li",
        "status": "active",
        "dateLastModified": "2019-01-01T00:00:00.000Z",
        "title": "Essay",
        "description": "On time",
        "assignDate": "2026-01-05T00:00:00.000Z",
        "dueDate": "2026-01-12T00:00:00.000Z",
        "class": reference(class_),
        "category": reference(fresh.rows(f"/classes/{class_['sourcedId']}/categories")[0]),
        "gradingPeriod": reference(fresh.rows(f"/terms/{class_['terms'][0]['sourcedId']}/gradingPeriods")[0]),
        "resultValueMin": 0,
        "resultValueMax": 50,
    }


@pytest.fixture
def result(fresh: Api) -> Json:
    """Return all that a client of 1.1 sends for a new result, whole."""
    item = fresh.rows("/lineItems")[0]
    student = fresh.rows(f"/classes/{item['class']['sourcedId']}/students")[0]
    return {
        "sourcedId": "r",
        "status": "active",
        "dateLastModified": "2019-01-01T00:00:00.000Z",
        "lineItem": reference(item),
        "student": reference(student),
        "scoreStatus": "fully graded",
        "score": 41.5,
        "scoreDate": "2026-01-13",
        "comment": "Good",
    }


def refused(response: TestResponse, *members: str) -> str:
    """Check that a write is 422 and names members, and return the description."""
    assert response.status_code == 422, (response.status_code, response.text)
    said = information(response)
    assert said["imsx_codeMinor"] == "invalid data"
    for member in members:
        assert member in said["imsx_description"]
    text: str = said["imsx_description"]
    return text


def test_create_replace_delete(fresh: Api) -> None:
    """PUT creates with 201 and replaces with 200, DELETE is 204; a second DELETE and any read after it 404."""
    first = fresh.put("/categories/c", {"category": {"title": "Homework", "weight": 10}})
    created = fresh.one("/categories/c")
    second = fresh.put("/categories/c", {"category": {"title": "Quizzes"}})
    replaced = fresh.one("/categories/c")
    gone = fresh.delete("/categories/c")

    assert (first.status_code, second.status_code, gone.status_code) == (201, 200, 204)
    assert (created["title"], created["weight"]) == ("Homework", 10)
    assert replaced["title"] == "Quizzes"
    assert "weight" not in replaced
    assert first.data == second.data == gone.data == b""
    assert {response.content_type for response in (first, second, gone)} <= {None, "application/json"}
    assert fresh.get("/categories/c").status_code == 404
    assert information(fresh.delete("/categories/c"))["imsx_codeMinor"] == "unknown object"
    assert "c" not in [one["sourcedId"] for one in fresh.rows("/categories")]


@pytest.mark.parametrize("segment", SEGMENTS)
def test_what_was_sent_reads_back(segment: str, fresh: Api, line_item: Json, result: Json) -> None:
    """Every member of a whole record reads back as it was sent, references filled to their full form."""
    sent = {"categories": {"title": "x", "weight": 3.5}, "lineItems": line_item, "results": result}[segment]
    sent = {**sent, "metadata": {"a": [1, {"b": None}], "ñ": "日本"}}

    response = fresh.put(f"/{segment}/{sent.get('sourcedId', 'c')}", {SEGMENTS[segment]: sent})

    assert response.status_code == 201, response.text
    read = fresh.one(f"/{segment}/{sent.get('sourcedId', 'c')}")
    assert list(read)[:4] == ["sourcedId", "status", "dateLastModified", "metadata"]
    for member, value in sent.items():
        if isinstance(value, dict) and "sourcedId" in value:
            assert read[member]["sourcedId"] == value["sourcedId"]
            assert set(read[member]) == {"href", "sourcedId", "type"}
            assert fresh.send("GET", read[member]["href"]).status_code == 200
        elif member != "dateLastModified":
            assert read[member] == value
    assert set(read) - {"sourcedId", "status", "dateLastModified"} <= set(sent)


@pytest.mark.parametrize("form", ["bare", "sourcedId", "sourcedId and type", "full", "empty href", "extra type"])
def test_forms_of_a_reference(form: str, fresh: Api, result: Json) -> None:
    """A reference may be a bare id, an object with sourcedId, or whole; a student may be called student or user."""
    student = result["student"]["sourcedId"]
    forms: dict[str, Any] = {
        "bare": student,
        "sourcedId": {"sourcedId": student},
        "sourcedId and type": {"sourcedId": student, "type": "user"},
        "full": {"href": f"http://elsewhere/users/{student}", "sourcedId": student, "type": "user"},
        "empty href": {"href": "", "sourcedId": student, "type": "user"},
        "extra type": {"href": "x", "sourcedId": student, "type": "student"},
    }

    response = fresh.put("/results/r", {"result": {**result, "student": forms[form]}})

    assert response.status_code == 201, response.text
    read = fresh.one("/results/r")["student"]
    assert read == {
        "href": f"http://localhost/ims/oneroster/v1p1/users/{student}",
        "sourcedId": student,
        "type": "user",
    }


@pytest.mark.parametrize(
    "value", [1, None, [], {}, "", {"href": "x"}, {"sourcedId": 1}, {"sourcedId": "x", "a": 1}, [[]]]
)
def test_what_is_no_reference(value: object, fresh: Api, result: Json) -> None:
    """Anything else in the place of a reference is refused by its name."""
    refused(fresh.put("/results/r", {"result": {**result, "student": value}}), "student")


def test_reference_of_another_type(fresh: Api, result: Json) -> None:
    """A reference that says that it is to a class where a user belongs is refused."""
    wrong = {**result["student"], "type": "class"}

    refused(fresh.put("/results/r", {"result": {**result, "student": wrong}}), "student")


def test_unknown_references(fresh: Api, line_item: Json, result: Json) -> None:
    """A reference to nothing is 422 and names each member and id."""
    item = {**line_item, "class": "no-class", "category": "no-category", "gradingPeriod": "no-period"}
    lost = {**result, "lineItem": "no-item", "student": "no-student"}

    text = refused(fresh.put("/lineItems/li", {"lineItem": item}), "class", "category", "gradingPeriod", "no-period")
    refused(fresh.put("/results/r", {"result": lost}), "lineItem", "no-item", "student", "no-student")

    assert "no-class" in text
    assert fresh.get("/lineItems/li").status_code == 404


def test_line_item_is_filled(fresh: Api, line_item: Json) -> None:
    """Without category, grading period and bounds: the class's first category, the period of dueDate, 0 and 100."""
    class_ = line_item["class"]["sourcedId"]
    term = fresh.one(f"/classes/{class_}")["terms"][0]["sourcedId"]
    period = sorted(fresh.rows(f"/terms/{term}/gradingPeriods"), key=lambda one: one["startDate"])[0]
    first = fresh.rows(f"/classes/{class_}/lineItems")[0]["category"]["sourcedId"]
    left_out = {
        "category",
        "gradingPeriod",
        "resultValueMin",
        "resultValueMax",
        "status",
        "dateLastModified",
        "sourcedId",
    }
    sent = {name: value for name, value in line_item.items() if name not in left_out}

    response = fresh.put("/lineItems/li", {"lineItem": {**sent, "dueDate": period["startDate"]}})

    assert response.status_code == 201, response.text
    read = fresh.one("/lineItems/li")
    assert read["category"]["sourcedId"] == first
    assert read["gradingPeriod"]["sourcedId"] == period["sourcedId"]
    assert (read["resultValueMin"], read["resultValueMax"]) == (0, 100)
    assert read["status"] == "active"
    assert read["sourcedId"] == "li"


def test_due_date_outside_of_all_periods(fresh: Api, line_item: Json) -> None:
    """If no grading period holds dueDate, the last of the class is used; endDate is the first day after a period."""
    term = fresh.one(f"/classes/{line_item['class']['sourcedId']}")["terms"][-1]["sourcedId"]
    periods = sorted(fresh.rows(f"/terms/{term}/gradingPeriods"), key=lambda one: one["startDate"])
    sent = {name: value for name, value in line_item.items() if name != "gradingPeriod"}

    fresh.put("/lineItems/li", {"lineItem": {**sent, "dueDate": "2099-01-01T00:00:00.000Z"}})

    assert fresh.one("/lineItems/li")["gradingPeriod"]["sourcedId"] == periods[-1]["sourcedId"]


def test_class_without_line_items_is_given_a_category(fresh: Api, line_item: Json) -> None:
    """If the class uses no category yet, the first of all is used."""
    class_ = line_item["class"]["sourcedId"]
    for item in fresh.rows(f"/classes/{class_}/lineItems"):
        fresh.delete(f"/lineItems/{item['sourcedId']}")
    sent = {name: value for name, value in line_item.items() if name != "category"}

    response = fresh.put("/lineItems/li", {"lineItem": sent})

    assert response.status_code == 201
    assert fresh.one("/lineItems/li")["category"]["sourcedId"] == fresh.rows("/categories")[0]["sourcedId"]


@pytest.mark.parametrize(
    "sent", ["2026-01-13T10:20:30.000Z", "2026-01-13T10:20:30Z", "2026-01-13T10:20:30+00:00", "2026-01-13"]
)
def test_score_date(sent: str, fresh: Api, result: Json) -> None:
    """A full timestamp for scoreDate reads back as a date."""
    response = fresh.put("/results/r", {"result": {**result, "scoreDate": sent}})

    assert response.status_code == 201, response.text
    assert fresh.one("/results/r")["scoreDate"] == "2026-01-13"


@pytest.mark.parametrize(
    "sent", ["2026-01-12", "2026-01-12T00:00:00Z", "2026-01-12T02:00:00+02:00", "2026-01-12T00:00:00.000Z"]
)
def test_due_date(sent: str, fresh: Api, line_item: Json) -> None:
    """A date alone, or a time without milliseconds, for a DateTime reads back with three digits of milliseconds."""
    fresh.put("/lineItems/li", {"lineItem": {**line_item, "dueDate": sent}})

    assert fresh.one("/lineItems/li")["dueDate"] == "2026-01-12T00:00:00.000Z"


@pytest.mark.parametrize("sent", ["", None])
def test_empty_comment(sent: str | None, fresh: Api, result: Json) -> None:
    """An empty comment is accepted, and omitted from reads."""
    response = fresh.put("/results/r", {"result": {**result, "comment": sent}})

    assert response.status_code == 201
    assert "comment" not in fresh.one("/results/r")


def test_score_above_the_maximum(fresh: Api, result: Json) -> None:
    """A score above resultValueMax is extra credit, not an error."""
    response = fresh.put("/results/r", {"result": {**result, "score": 300}})

    assert response.status_code == 201
    assert fresh.one("/results/r")["score"] == 300


@pytest.mark.parametrize(
    ("sent", "read"), [("80", 80), ("80.5", 80.5), ("-1", -1), (80.0, 80), (0, 0), ("1e2", 100), (1e-3, 0.001)]
)
def test_numbers(sent: object, read: float, fresh: Api, result: Json) -> None:
    """Numbers as strings are accepted, and a number reads back as a JSON number."""
    response = fresh.put("/results/r", {"result": {**result, "score": sent}})

    assert response.status_code == 201, response.text
    score = fresh.one("/results/r")["score"]
    assert score == read
    assert isinstance(score, int | float)


@pytest.mark.parametrize("status", ["exempt", "fully graded", "not submitted", "partially graded", "submitted"])
def test_score_status(status: str, fresh: Api, result: Json) -> None:
    """Each score status reads back."""
    fresh.put("/results/r", {"result": {**result, "scoreStatus": status}})

    assert fresh.one("/results/r")["scoreStatus"] == status


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("title", None),
        ("title", ""),
        ("title", 5),
        ("title", ["x"]),
        ("assignDate", "yesterday"),
        ("dueDate", 20260112),
        ("dueDate", "2026-02-30T00:00:00.000Z"),
        ("resultValueMax", "many"),
        ("resultValueMax", True),
        ("resultValueMax", "1" * 400),
        ("resultValueMin", {}),
        ("status", "inactive"),
        ("status", ["active"]),
        ("metadata", "x"),
        ("metadata", []),
        ("sourcedId", 5),
        ("colour", "red"),
        ("dueDates", "2026-01-12"),
        ("", ""),
    ],
)
def test_member_that_is_wrong(member: str, value: object, fresh: Api, line_item: Json) -> None:
    """A value that a member cannot have, and a member that there is not, are 422 by name, and nothing is written."""
    response = fresh.put("/lineItems/li", {"lineItem": {**line_item, member: value}})

    refused(response, member)
    assert fresh.get("/lineItems/li").status_code == 404


@pytest.mark.parametrize("member", ["title", "assignDate", "dueDate", "class"])
def test_member_that_is_missing(member: str, fresh: Api, line_item: Json) -> None:
    """A member that cannot be filled in is required."""
    sent = {name: value for name, value in line_item.items() if name != member}

    refused(fresh.put("/lineItems/li", {"lineItem": sent}), member)


@pytest.mark.parametrize(
    ("members", "status", "expected"),
    [
        ({"score": 80}, None, {"score": 80, "scoreStatus": "fully graded"}),
        ({"score": "80"}, None, {"score": 80, "scoreStatus": "fully graded"}),
        ({"score": 0}, None, {"score": 0, "scoreStatus": "fully graded"}),
        ({"score": 80}, "", {"score": 80, "scoreStatus": "fully graded"}),
        ({"score": 80}, "exempt", {"score": 80, "scoreStatus": "exempt"}),
        ({"score": "B+"}, None, {"textScore": "B+", "scoreStatus": "submitted"}),
        ({"textScore": "B+"}, None, {"textScore": "B+", "scoreStatus": "submitted"}),
        ({"textScore": "B+", "score": None}, "fully graded", {"textScore": "B+", "scoreStatus": "fully graded"}),
        ({"textScore": "B+", "score": ""}, None, {"textScore": "B+", "scoreStatus": "submitted"}),
    ],
)
def test_result_with_less_than_1p1_asks_for(
    fresh: Api, result: Json, members: Json, status: str | None, expected: Json
) -> None:
    """A result needs no status, and may have a letter in place of a score; both are there when it is read."""
    sent = {name: value for name, value in result.items() if name not in {"score", "scoreStatus"}} | members
    sent |= {} if status is None else {"scoreStatus": status}

    response = fresh.put("/results/r", {"result": sent})

    assert response.status_code == 201, response.text
    shown = fresh.one("/results/r")
    assert {name: shown[name] for name in ("score", "textScore", "scoreStatus") if name in shown} == expected
    assert shown in fresh.rows("/results")


@pytest.mark.parametrize("member", ["lineItem", "student", "score", "scoreDate"])
def test_member_that_is_missing_from_a_result(member: str, fresh: Api, result: Json) -> None:
    """A result needs all that 1.1 requires of it."""
    sent = {name: value for name, value in result.items() if name != member}

    refused(fresh.put("/results/r", {"result": sent}), member)


def test_several_faults_are_named_at_once(fresh: Api, line_item: Json) -> None:
    """One answer names every wrong member."""
    sent = {**line_item, "title": 5, "colour": "red", "resultValueMax": "many"}

    refused(fresh.put("/lineItems/li", {"lineItem": sent}), "title", "colour", "resultValueMax")


def test_sourced_id_of_another(fresh: Api) -> None:
    """A body whose sourcedId is not that of the path is 422."""
    response = fresh.put("/categories/c", {"category": {"sourcedId": "d", "title": "x"}})

    assert "'c'" in refused(response, "sourcedId")
    assert fresh.get("/categories/d").status_code == 404


@pytest.mark.parametrize("sourced_id", ["a", "A-1_2.3@x", "a b", "ñ", "%", "x" * 255, "日本", "a+b", "a:b;c,d"])
def test_sourced_ids(sourced_id: str, fresh: Api) -> None:
    """Any id of up to 255 characters can be written, read, referred to and deleted."""
    path = f"/categories/{quote(sourced_id, safe='')}"

    written = fresh.put(path, {"category": {"title": "x", "sourcedId": sourced_id}})

    assert written.status_code == 201, written.text
    assert fresh.one(path)["sourcedId"] == sourced_id
    item = fresh.rows("/lineItems", limit=1)[0]
    assert (
        fresh.put(f"/lineItems/{item['sourcedId']}", {"lineItem": {**item, "category": sourced_id}}).status_code == 200
    )
    href = fresh.one(f"/lineItems/{item['sourcedId']}")["category"]["href"]
    assert href.isascii()
    assert fresh.send("GET", href).get_json()["category"]["sourcedId"] == sourced_id
    assert fresh.delete(path).status_code == 204


def test_sourced_id_too_long(fresh: Api) -> None:
    """An id has fewer than 256 characters."""
    refused(fresh.put("/categories/" + "x" * 256, {"category": {"title": "x"}}), "sourcedId")


def test_unicode(fresh: Api) -> None:
    """Any text reads back as it was sent, escaped or not."""
    title = "É日本🎓 \u2028\x7f<&>\"'\\"

    fresh.put("/categories/c", {"category": {"title": title}})
    raw = f'{{"category":{{"title":"{"É日本🎓"}"}}}}'.encode()
    fresh.send("PUT", "/categories/d", data=raw, content_type="application/json; charset=utf-8")

    assert fresh.one("/categories/c")["title"] == title
    assert fresh.one("/categories/d")["title"] == "É日本🎓"


@pytest.mark.parametrize(
    "type_",
    ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json", None, ""],
)
def test_content_types(type_: str | None, fresh: Api) -> None:
    """JSON by any of its names is read, and a body of which no type is told."""
    response = fresh.send("PUT", "/categories/c", data=b'{"category":{"title":"x"}}', content_type=type_)

    assert response.status_code == 201, response.text


def test_no_content_type_at_all(fresh: Api) -> None:
    """A write without Content-Type is read as JSON; 415 is only for one that says something else."""
    environ = {"CONTENT_TYPE": ""}

    response = fresh.send("PUT", "/categories/c", data=b'{"category":{"title":"x"}}', environ_overrides=environ)

    assert response.status_code == 201


def test_delete_of_a_line_item_takes_its_results(fresh: Api) -> None:
    """A line item's results go with it, from every collection, at once; those of others stay."""
    results = fresh.rows("/results")
    item = results[0]["lineItem"]["sourcedId"]
    class_ = fresh.one(f"/lineItems/{item}")["class"]["sourcedId"]
    mine = [one["sourcedId"] for one in results if one["lineItem"]["sourcedId"] == item]

    response = fresh.delete(f"/lineItems/{item}")

    assert response.status_code == 204
    assert [one["sourcedId"] for one in fresh.rows("/results")] == [
        one["sourcedId"] for one in results if one["lineItem"]["sourcedId"] != item
    ]
    assert all(fresh.get(f"/results/{one}").status_code == 404 for one in mine)
    assert item not in [one["sourcedId"] for one in fresh.rows(f"/classes/{class_}/lineItems")]
    assert not {one["sourcedId"] for one in fresh.rows(f"/classes/{class_}/results")} & set(mine)
    assert fresh.get(f"/classes/{class_}/lineItems/{item}/results").status_code == 404


def test_delete_of_a_category_in_use(fresh: Api) -> None:
    """A category is deleted though line items refer to it; their reference, being required, stays."""
    item = fresh.rows("/lineItems")[0]
    category = item["category"]["sourcedId"]

    response = fresh.delete(f"/categories/{category}")

    assert response.status_code == 204
    assert fresh.get(f"/categories/{category}").status_code == 404
    assert fresh.one(f"/lineItems/{item['sourcedId']}")["category"]["sourcedId"] == category
    assert category not in [one["sourcedId"] for one in fresh.rows("/categories")]


def test_date_last_modified_is_now(fresh: Api) -> None:
    """The server's clock says when a record was changed last, whatever the client sent; each write is later."""
    sent = {"title": "x", "dateLastModified": "2001-01-01T00:00:00.000Z"}
    before = max(one["dateLastModified"] for one in fresh.rows("/categories"))

    fresh.put("/categories/c", {"category": sent})
    first = fresh.one("/categories/c")["dateLastModified"]
    fresh.put("/categories/c", {"category": sent})
    second = fresh.one("/categories/c")["dateLastModified"]

    assert first.startswith("2026-01-15T08:0")
    assert len(first) == len("2026-01-15T08:00:00.000Z")
    assert before < first <= second
    delta = fresh.rows("/categories", filter=f"dateLastModified>'{before}'")
    assert [one["sourcedId"] for one in delta] == ["c"]


def test_writes_are_seen_at_once(fresh: Api, line_item: Json) -> None:
    """A new line item is in collections, nested reads, filters, counts and sorted lists, and a change of it too."""
    class_ = line_item["class"]["sourcedId"]
    other = next(one["sourcedId"] for one in fresh.rows("/classes") if one["sourcedId"] != class_)
    paths = ["/lineItems", f"/classes/{class_}/lineItems", f"/classes/{other}/lineItems"]
    before = [len(fresh.rows(path)) for path in paths]
    assert fresh.rows("/lineItems", filter="title='Essay!'", sort="title") == []

    fresh.put("/lineItems/li", {"lineItem": {**line_item, "title": "Essay!"}})
    created = [len(fresh.rows(path)) for path in paths]
    found = fresh.rows("/lineItems", filter="title='Essay!'", sort="title")
    total = fresh.get("/lineItems", limit=1).headers["X-Total-Count"]
    fresh.put("/lineItems/li", {"lineItem": {**line_item, "class": other}})
    moved = [len(fresh.rows(path)) for path in paths]
    fresh.delete("/lineItems/li")

    assert created == [before[0] + 1, before[1] + 1, before[2]]
    assert [one["sourcedId"] for one in found] == ["li"]
    assert total == str(before[0] + 1)
    assert moved == [before[0] + 1, before[1], before[2] + 1]
    assert fresh.rows("/lineItems", filter="title='Essay!'", sort="title") == []
    assert [len(fresh.rows(path)) for path in paths] == before


def test_new_result_is_in_every_nested_read(fresh: Api, result: Json) -> None:
    """A new result is among those of its class, its line item and its student."""
    item = fresh.one(f"/lineItems/{result['lineItem']['sourcedId']}")
    class_, student = item["class"]["sourcedId"], result["student"]["sourcedId"]

    fresh.put("/results/r", {"result": result})

    for path in (
        "/results",
        f"/classes/{class_}/results",
        f"/classes/{class_}/lineItems/{item['sourcedId']}/results",
        f"/classes/{class_}/students/{student}/results",
    ):
        assert "r" in [one["sourcedId"] for one in fresh.rows(path)], path


def test_replacing_keeps_the_place(fresh: Api) -> None:
    """A record that is replaced stays where it was in the natural order; a new one is the last."""
    before = [one["sourcedId"] for one in fresh.rows("/categories")]

    fresh.put(f"/categories/{before[0]}", {"category": {"title": "changed"}})
    fresh.put("/categories/0", {"category": {"title": "new"}})

    assert [one["sourcedId"] for one in fresh.rows("/categories")] == [*before, "0"]


def test_deleted_and_created_again(fresh: Api) -> None:
    """An id that was deleted can be used again, and is then new: 201."""
    category = fresh.rows("/categories")[0]["sourcedId"]

    statuses = [
        fresh.delete(f"/categories/{category}").status_code,
        fresh.put(f"/categories/{category}", {"category": {"title": "again"}}).status_code,
        fresh.put(f"/categories/{category}", {"category": {"title": "and again"}}).status_code,
    ]

    assert statuses == [204, 201, 200]
    assert [one["sourcedId"] for one in fresh.rows("/categories")].count(category) == 1


def test_to_be_deleted(fresh: Api) -> None:
    """A status of tobedeleted is kept, and the row is still shown."""
    fresh.put("/categories/c", {"category": {"title": "x", "status": "tobedeleted"}})

    assert fresh.one("/categories/c")["status"] == "tobedeleted"
    assert [one["sourcedId"] for one in fresh.rows("/categories", filter="status='tobedeleted'")].count("c") == 1


def test_a_refused_write_changes_nothing(fresh: Api, line_item: Json) -> None:
    """After a 422 the record is the one that it was."""
    fresh.put("/lineItems/li", {"lineItem": line_item})
    before = fresh.one("/lineItems/li")

    refused(fresh.put("/lineItems/li", {"lineItem": {**line_item, "title": 1}}))

    assert fresh.one("/lineItems/li") == before


def test_query_of_a_write_is_passed_over(fresh: Api) -> None:
    """A write obeys no query parameters."""
    response = fresh.put("/categories/c?limit=x&fields=&filter=nonsense", {"category": {"title": "x"}})

    assert response.status_code == 201


def test_two_districts_never_meet(fresh: Api, api: Api) -> None:
    """A write to one application is not seen by another of the same seed."""
    fresh.put("/categories/mine", {"category": {"title": "x"}})

    assert api.get("/categories/mine").status_code == 404
