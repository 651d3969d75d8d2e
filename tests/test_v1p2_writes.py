"""Writing through 1.2: PUT, bulk POST, DELETE; accepted and refused bodies, and reading back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from conftest import Api
from hypothesis import given
from hypothesis import strategies as st
from v1p2 import (
    GRADEBOOK,
    ROSTERING,
    Json,
    active,
    assert_valid,
    description,
    facts,
    minor,
)

WRITTEN = ("categories", "lineItems", "results", "scoreScales", "assessmentLineItems", "assessmentResults")
SINGULAR = {
    collection: collection[:-3] + "y" if collection == "categories" else collection[:-1] for collection in WRITTEN
}
NEW = "mine"


def names(rows: list[Json]) -> list[str]:
    """Return the ids of rows."""
    return [row["sourcedId"] for row in rows]


def one(api: Api, collection: str) -> Json:
    """Return an active record of a collection: the first."""
    base = ROSTERING if collection in {"classes", "orgs", "users", "academicSessions", "schools"} else GRADEBOOK
    return active(api.rows(f"{base}/{collection}"))[0]


def bare(record: Json) -> Json:
    """Return a record without what the server says of it."""
    return {name: value for name, value in record.items() if name not in {"sourcedId", "status", "dateLastModified"}}


def a(api: Api, collection: str, **members: Any) -> Json:
    """Return a complete new record with all its references, made from a generated one; ``None`` drops a member."""
    record = {**bare(one(api, collection)), **members}
    return {name: value for name, value in record.items() if value is not None}


def put(api: Api, collection: str, record: Json, sourced_id: str = NEW) -> Any:
    """Write a record under an id."""
    return api.put(f"{GRADEBOOK}/{collection}/{sourced_id}", {SINGULAR[collection]: record})


def read(api: Api, collection: str, sourced_id: str = NEW) -> Json:
    """Return a record by its id."""
    return api.one(f"{GRADEBOOK}/{collection}/{sourced_id}")


def put_and_read(api: Api, collection: str, record: Json) -> Json:
    """Return what a new record reads back as."""
    response = put(api, collection, record)
    assert response.status_code == 201, response.text
    return read(api, collection)


def reference(record: Json) -> Json:
    """Return the least that clients send for a reference."""
    return {"sourcedId": record["sourcedId"]}


@pytest.mark.parametrize("collection", WRITTEN)
def test_put_creates_and_replaces_with_201(fresh: Api, collection: str) -> None:
    """Unlike in 1.1 a PUT that replaces is 201 too, and neither has a body."""
    record = a(fresh, collection)
    before = len(fresh.rows(f"{GRADEBOOK}/{collection}"))

    answers = [put(fresh, collection, record) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert [answer.data for answer in answers] == [b"", b""]
    assert all("Content-Type" not in answer.headers for answer in answers)
    assert len(fresh.rows(f"{GRADEBOOK}/{collection}")) == before + 1


@pytest.mark.parametrize("collection", WRITTEN)
def test_what_was_sent_reads_back(fresh: Api, collection: str) -> None:
    """A new record is the one that was sent, with its id, its status and the time of the write."""
    record = a(fresh, collection, metadata={"mine": {"deep": [1, "two", None]}})

    back = put_and_read(fresh, collection, record)

    assert bare(back) == record
    assert (back["sourcedId"], back["status"]) == (NEW, "active")
    assert back["dateLastModified"].startswith("2026-01-15T08:00:")
    assert_valid(
        "gradebook", f"#/components/schemas/{SINGULAR[collection][0].upper()}{SINGULAR[collection][1:]}DType", back
    )


@pytest.mark.parametrize("collection", WRITTEN)
def test_a_replaced_record_keeps_nothing(fresh: Api, collection: str) -> None:
    """A PUT of 1.2 says everything: what it leaves out is gone, unless it can be filled in."""
    spelt = f"{SINGULAR[collection][0].upper()}{SINGULAR[collection][1:]}DType"
    required = set(facts()["models"][spelt]["required"])
    filled = {
        "lineItems": {"gradingPeriod", "resultValueMin", "resultValueMax"},
        "results": {"class"},
        "scoreScales": {"course"},
    }
    full = a(fresh, collection, metadata={"x": 1})
    put_and_read(fresh, collection, full)

    back = put_and_read(fresh, collection, {name: value for name, value in full.items() if name in required})

    assert set(back) == required | filled.get(collection, set())


@pytest.mark.parametrize("collection", WRITTEN)
def test_what_is_missing_is_named(fresh: Api, collection: str) -> None:
    """A record without a member that the standard requires, and that cannot be filled in, is refused by its name."""
    spelt = f"{SINGULAR[collection][0].upper()}{SINGULAR[collection][1:]}DType"
    given_anyway = {"sourcedId", "status", "dateLastModified"}
    filled = {"lineItems": {"school", "category"}}.get(collection, set())
    full = a(fresh, collection)

    for member in set(facts()["models"][spelt]["required"]) - given_anyway - filled:
        answer = put(fresh, collection, {name: value for name, value in full.items() if name != member})

        assert minor(answer, 422) == "invaliddata"
        assert description(answer).startswith(f"{member}: ")


@pytest.mark.parametrize("collection", WRITTEN)
def test_unknown_members_are_named(fresh: Api, collection: str) -> None:
    """A member that the standard does not have is refused and told where it may go instead."""
    answer = put(fresh, collection, a(fresh, collection, shoeSize=42))

    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith("shoeSize: ")
    assert "metadata" in description(answer)


@pytest.mark.parametrize("collection", WRITTEN)
def test_members_beside_the_record_are_named(fresh: Api, collection: str) -> None:
    """The wrapper holds the record and nothing else."""
    answer = fresh.put(f"{GRADEBOOK}/{collection}/{NEW}", {SINGULAR[collection]: a(fresh, collection), "more": 1})

    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith("more: ")


@pytest.mark.parametrize("collection", WRITTEN)
def test_unknown_references_are_named(fresh: Api, collection: str) -> None:
    """A reference to nothing is refused, whichever member it is."""
    full = a(fresh, collection)
    references = [name for name, value in full.items() if isinstance(value, dict) and "href" in value]

    for member in references:
        answer = put(fresh, collection, {**full, member: {"sourcedId": "nobody"}})

        assert minor(answer, 422) == "invaliddata"
        assert description(answer).startswith(f"{member}: ")
        assert "'nobody'" in description(answer)


@pytest.mark.parametrize("type_", ["student", "teacher", "lineItem", "nonsense"])
def test_the_type_of_a_reference(fresh: Api, type_: str) -> None:
    """A student is referred to as a user; what clients of 1.1 call one is read as that, anything else is refused."""
    student = {**one(fresh, "results")["student"], "type": type_}

    answer = put(fresh, "results", a(fresh, "results", student=student))

    assert answer.status_code == (201 if type_ in {"student", "teacher"} else 422)
    if answer.status_code == 201:
        assert read(fresh, "results")["student"]["type"] == "user"


def test_references_may_be_short(fresh: Api) -> None:
    """A reference may be a sourcedId, or an object with nothing else in it; it reads back in full."""
    full = a(fresh, "results")
    short = {**full, "student": full["student"]["sourcedId"], "lineItem": reference(full["lineItem"])}

    back = put_and_read(fresh, "results", short)

    assert bare(back) == full


def test_an_id_in_the_body_must_be_that_of_the_path(fresh: Api) -> None:
    """The body may repeat the id and may not contradict it."""
    same = put(fresh, "categories", {"sourcedId": NEW, "title": "x"})
    other = put(fresh, "categories", {"sourcedId": "other", "title": "x"})

    assert same.status_code == 201
    assert minor(other, 422) == "invaliddata"
    assert description(other).startswith("sourcedId: ")


@pytest.mark.parametrize("status", ["active", "tobedeleted"])
def test_a_status_is_kept(fresh: Api, status: str) -> None:
    """A client may mark a record as ``tobedeleted`` itself."""
    assert put_and_read(fresh, "categories", {"title": "x", "status": status})["status"] == status


@pytest.mark.parametrize("status", ["inactive", "ext:gone", "ACTIVE", 1])
def test_other_statuses_are_refused(fresh: Api, status: object) -> None:
    """The vocabulary of ``status`` is closed."""
    answer = put(fresh, "categories", {"title": "x", "status": status})

    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith("status: ")


@pytest.mark.parametrize("collection", ["results", "assessmentResults"])
@pytest.mark.parametrize("word", ["ext:on-hold", "ext:A.b_c-9", "exempt", "fully graded", "not submitted"])
def test_words_that_are_taken(fresh: Api, collection: str, word: str) -> None:
    """A vocabulary is extended by words with the prefix ``ext:``."""
    assert put_and_read(fresh, collection, a(fresh, collection, scoreStatus=word))["scoreStatus"] == word


@pytest.mark.parametrize("collection", ["results", "assessmentResults"])
@pytest.mark.parametrize(
    "word", ["on-hold", "ext:", "ext:a b", "EXT:a", "xext:a", "ext:ä", "Exempt", "ext:a\n", 1, None, []]
)
def test_words_that_are_refused(fresh: Api, collection: str, word: object) -> None:
    """Another word is refused, and the member is named."""
    record = {**a(fresh, collection), "scoreStatus": word}

    answer = put(fresh, collection, record)

    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith("scoreStatus: ")


FLAGS = ("inProgress", "incomplete", "late", "missing")


@pytest.mark.parametrize("collection", ["results", "assessmentResults"])
@pytest.mark.parametrize(("sent", "shown"), [("true", "true"), ("false", "false"), (True, "true"), (False, "false")])
def test_booleans_are_strings(fresh: Api, collection: str, sent: object, shown: str) -> None:
    """``"true"`` and ``"false"`` come back as strings, and JSON booleans are taken as what they mean."""
    back = put_and_read(fresh, collection, a(fresh, collection, **dict.fromkeys(FLAGS, sent)))

    assert {back[flag] for flag in FLAGS} == {shown}


@pytest.mark.parametrize("value", ["yes", "True", "", 0, 1, None, [], {}, ["true"], {"true": True}])
@pytest.mark.parametrize("flag", FLAGS)
def test_what_is_no_boolean(fresh: Api, flag: str, value: object) -> None:
    """Anything else is refused and named, or, where it says nothing, left out."""
    answer = put(fresh, "results", {**a(fresh, "results"), flag: value})

    if answer.status_code == 201:
        assert value in ("", None)
        assert flag not in read(fresh, "results")
    else:
        assert minor(answer, 422) == "invaliddata"
        assert description(answer).startswith(f"{flag}: ")


def test_a_flag_can_be_filtered(fresh: Api) -> None:
    """A boolean that was sent as one is found by the string that it reads as."""
    put_and_read(fresh, "results", a(fresh, "results", late=True))

    late = fresh.rows(f"{GRADEBOOK}/results", filter="late='true'")

    assert NEW in names(late)
    assert {row["late"] for row in late} == {"true"}


@pytest.mark.parametrize("collection", ["lineItems", "assessmentLineItems"])
@pytest.mark.parametrize("source", ["case", "unknown", "/state9"])
def test_learning_objectives(fresh: Api, collection: str, source: str) -> None:
    """A line item has learning objectives, several sets of them, each of one source."""
    sets = [
        {"source": source, "learningObjectiveIds": ["3f0c0f4e-7f0d-4f0f-8f0a-1f0b0c0d0e0f"]},
        {"source": "unknown", "learningObjectiveIds": ["a", "b"]},
    ]

    assert (
        put_and_read(fresh, collection, a(fresh, collection, learningObjectiveSet=sets))["learningObjectiveSet"] == sets
    )


@pytest.mark.parametrize("collection", ["results", "assessmentResults"])
def test_learning_objective_results(fresh: Api, collection: str) -> None:
    """A result says of each objective how well it was met, by number, by word or not at all."""
    results = [
        {"learningObjectiveId": "a", "score": 3.5, "textScore": "Met"},
        {"learningObjectiveId": "b", "textScore": "Exceeded"},
        {"learningObjectiveId": "c"},
    ]
    sets = [{"source": "unknown", "learningObjectiveResults": results}]

    assert (
        put_and_read(fresh, collection, a(fresh, collection, learningObjectiveSet=sets))["learningObjectiveSet"] == sets
    )


OBJECTIVES: list[tuple[object, str]] = [
    ([{}], "learningObjectiveSet[0].source"),
    ([{"source": "case"}], "learningObjectiveSet[0].learningObjectiveResults"),
    ([{"source": "case", "learningObjectiveResults": []}], "learningObjectiveSet[0].learningObjectiveResults"),
    (
        [{"source": "ext:x", "learningObjectiveResults": [{"learningObjectiveId": "a"}]}],
        "learningObjectiveSet[0].source",
    ),
    (
        [{"source": "/case", "learningObjectiveResults": [{"learningObjectiveId": "a"}]}],
        "learningObjectiveSet[0].source",
    ),
    (
        [{"source": "case", "learningObjectiveResults": [{"learningObjectiveId": "a"}, {"score": 1}]}],
        "learningObjectiveSet[0].learningObjectiveResults[1].learningObjectiveId",
    ),
    (
        [{"source": "case", "learningObjectiveResults": [{"learningObjectiveId": "a", "score": "high"}]}],
        "learningObjectiveSet[0].learningObjectiveResults[0].score",
    ),
    (
        [{"source": "case", "learningObjectiveResults": [{"learningObjectiveId": "a", "x": 1}]}],
        "learningObjectiveSet[0].learningObjectiveResults[0].x",
    ),
    ({"source": "case"}, "learningObjectiveSet"),
    ([1], "learningObjectiveSet[0]"),
    ("case", "learningObjectiveSet"),
]


@pytest.mark.parametrize(("value", "place"), OBJECTIVES)
def test_faulty_learning_objectives(fresh: Api, value: object, place: str) -> None:
    """A fault inside a record is reported with its place."""
    answer = put(fresh, "results", a(fresh, "results", learningObjectiveSet=value))

    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith(place)


@pytest.mark.parametrize("collection", ["results", "assessmentResults"])
def test_a_result_without_score(fresh: Api, collection: str) -> None:
    """A score is optional in 1.2: a word may stand for it."""
    back = put_and_read(fresh, collection, a(fresh, collection, score=None, textScore="A-"))

    assert "score" not in back
    assert back["textScore"] == "A-"


@pytest.mark.parametrize(("sent", "shown"), [(80, 80), (80.5, 80.5), ("80", 80), ("80.5", 80.5), (300, 300), (-1, -1)])
def test_scores(fresh: Api, sent: object, shown: float) -> None:
    """A score is kept as it was written, above the maximum too, and a string that spells one is a number."""
    back = put_and_read(fresh, "results", a(fresh, "results", score=sent))

    assert back["score"] == shown
    assert type(back["score"]) is type(shown)


@pytest.mark.parametrize("score", ["high", True, [], {}, "1e400", "NaN"])
def test_what_is_no_score(fresh: Api, score: object) -> None:
    """Anything else is refused."""
    answer = put(fresh, "results", a(fresh, "results", score=score))

    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith("score: ")


def test_a_line_item_without_what_can_be_found(fresh: Api) -> None:
    """School, category, grading period and bounds of a line item are filled in from its class."""
    class_ = one(fresh, "classes")
    least = {
        "title": "x",
        "assignDate": "2026-01-10T00:00:00.000Z",
        "dueDate": "2026-01-12T00:00:00.000Z",
        "class": class_["sourcedId"],
    }

    back = put_and_read(fresh, "lineItems", least)

    period = fresh.one(f"{ROSTERING}/gradingPeriods/{back['gradingPeriod']['sourcedId']}")
    used = fresh.rows(f"{GRADEBOOK}/classes/{class_['sourcedId']}/categories")
    assert back["school"] == class_["school"]
    assert back["category"]["sourcedId"] in names(used)
    assert period["startDate"] <= "2026-01-12" < period["endDate"]
    assert (back["resultValueMin"], back["resultValueMax"]) == (0, 100)


def test_a_score_scale(fresh: Api) -> None:
    """A score scale needs a class and values; its course is that of the class."""
    class_ = one(fresh, "classes")
    values = [{"itemValueLHS": "A", "itemValueRHS": "4.0"}, {"itemValueLHS": "B", "itemValueRHS": "3.0"}]
    scale = {"title": "Four points", "type": "ext", "class": reference(class_), "scoreScaleValue": values}

    back = put_and_read(fresh, "scoreScales", scale)

    assert back["course"] == class_["course"]
    assert back["scoreScaleValue"] == values
    for path in (f"/classes/{class_['sourcedId']}", f"/schools/{class_['school']['sourcedId']}"):
        assert NEW in names(fresh.rows(f"{GRADEBOOK}{path}/scoreScales"))


@pytest.mark.parametrize(
    ("values", "place"),
    [
        (None, "scoreScaleValue"),
        ([], "scoreScaleValue"),
        ([{}], "scoreScaleValue[0].itemValueLHS"),
        ([{"itemValueLHS": "A"}], "scoreScaleValue[0].itemValueRHS"),
        ([{"itemValueLHS": "A", "itemValueRHS": "1", "x": "y"}], "scoreScaleValue[0].x"),
        ([{"itemValueLHS": "A", "itemValueRHS": ["1"]}], "scoreScaleValue[0].itemValueRHS"),
        ({"itemValueLHS": "A", "itemValueRHS": "1"}, "scoreScaleValue"),
    ],
)
def test_faulty_score_scales(fresh: Api, values: object, place: str) -> None:
    """A scale without values, or with half of one, is refused."""
    scale = {"title": "x", "type": "x", "class": reference(one(fresh, "classes")), "scoreScaleValue": values}

    answer = put(fresh, "scoreScales", scale)

    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith(place)


def test_a_scale_in_use(fresh: Api) -> None:
    """Line items, results and assessments may refer to a new scale, and lose it when it is deleted."""
    put_and_read(fresh, "scoreScales", a(fresh, "scoreScales"))
    users = ("lineItems", "results", "assessmentLineItems", "assessmentResults")
    for collection in users:
        assert put(fresh, collection, a(fresh, collection, scoreScale=NEW)).status_code == 201
    before = {collection: read(fresh, collection) for collection in users}

    deleted = fresh.delete(f"{GRADEBOOK}/scoreScales/{NEW}")

    assert deleted.status_code == 204
    for collection in users:
        after = read(fresh, collection)
        assert before[collection].pop("scoreScale")["sourcedId"] == NEW
        assert bare(after) == bare(before[collection])
        assert after["dateLastModified"] >= before[collection]["dateLastModified"]


def test_assessments(fresh: Api) -> None:
    """A test has parts, and each has results; a part needs no class."""
    student = next(row for row in fresh.rows(f"{ROSTERING}/students"))
    result = {
        "student": reference(student),
        "scoreDate": "2026-01-14",
        "scoreStatus": "fully graded",
        "scorePercentile": 97.5,
    }

    whole = fresh.put(f"{GRADEBOOK}/assessmentLineItems/whole", {"assessmentLineItem": {"title": "A test"}})
    part = fresh.put(
        f"{GRADEBOOK}/assessmentLineItems/part",
        {"assessmentLineItem": {"title": "A part", "parentAssessmentLineItem": {"sourcedId": "whole"}}},
    )
    given_ = put(fresh, "assessmentResults", {**result, "assessmentLineItem": {"sourcedId": "part"}})

    back = read(fresh, "assessmentResults")
    assert (whole.status_code, part.status_code, given_.status_code) == (201, 201, 201)
    assert read(fresh, "assessmentLineItems", "part")["parentAssessmentLineItem"]["type"] == "assessmentLineItem"
    assert back["assessmentLineItem"]["type"] == "assessmentLineItem"
    assert back["scorePercentile"] == 97.5


def test_deleting_a_test(fresh: Api) -> None:
    """The results of a deleted assessment line item go with it; its parts stay, without a parent."""
    items = fresh.rows(f"{GRADEBOOK}/assessmentLineItems")
    results = fresh.rows(f"{GRADEBOOK}/assessmentResults")
    parent = next(row["parentAssessmentLineItem"]["sourcedId"] for row in items if "parentAssessmentLineItem" in row)
    parts = [row["sourcedId"] for row in items if row.get("parentAssessmentLineItem", {}).get("sourcedId") == parent]
    own = [row["sourcedId"] for row in results if row["assessmentLineItem"]["sourcedId"] == parent]

    deleted = fresh.delete(f"{GRADEBOOK}/assessmentLineItems/{parent}")

    assert deleted.status_code == 204
    assert own
    assert not set(own) & set(names(fresh.rows(f"{GRADEBOOK}/assessmentResults")))
    for part in parts:
        assert "parentAssessmentLineItem" not in read(fresh, "assessmentLineItems", part)


@pytest.mark.parametrize("collection", WRITTEN)
def test_delete_is_never_refused(fresh: Api, collection: str) -> None:
    """Every record can be deleted, however many refer to it: 204, gone from the collection, then 404 twice over."""
    everything = names(fresh.rows(f"{GRADEBOOK}/{collection}"))

    for sourced_id in everything:
        address = f"{GRADEBOOK}/{collection}/{sourced_id}"
        deleted = fresh.delete(address)

        assert (deleted.status_code, deleted.data) == (204, b"")
        assert minor(fresh.get(address), 404) == "unknownobject"
        assert minor(fresh.delete(address), 404) == "unknownobject"

    assert fresh.rows(f"{GRADEBOOK}/{collection}") == []
    for other in WRITTEN:
        assert fresh.get(f"{GRADEBOOK}/{other}", limit=100_000).status_code == 200


def test_a_deleted_line_item_takes_its_results_along(fresh: Api) -> None:
    """Results belong to their line item; those of others stay."""
    results = fresh.rows(f"{GRADEBOOK}/results")
    gone = one(fresh, "results")["lineItem"]["sourcedId"]

    fresh.delete(f"{GRADEBOOK}/lineItems/{gone}")

    left = [row for row in results if row["lineItem"]["sourcedId"] != gone]
    assert 0 < len(left) < len(results)
    assert fresh.rows(f"{GRADEBOOK}/results") == left


def test_a_deleted_category_stays_where_it_is_required(fresh: Api) -> None:
    """Line items of a deleted category go on referring to it; new ones cannot."""
    item = one(fresh, "lineItems")

    fresh.delete(f"{GRADEBOOK}/categories/{item['category']['sourcedId']}")
    answer = put(fresh, "lineItems", bare(item))

    assert read(fresh, "lineItems", item["sourcedId"]) == item
    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith("category: ")


# Creations in bulk


def line_item(api: Api, sourced_id: str, **members: Any) -> Json:
    """Return a line item for a bulk creation, with the id that its sender has for it."""
    return {**a(api, "lineItems", **{"class": None, "school": None, **members}), "sourcedId": sourced_id}


def result(api: Api, sourced_id: str, **members: Any) -> Json:
    """Return a result for a bulk creation, with the id that its sender has for it."""
    return {**a(api, "results", **{"class": None, **members}), "sourcedId": sourced_id}


@pytest.fixture
def posts(fresh: Api) -> Mapping[str, tuple[str, str, Json]]:
    """Return address, wrapper and a record of each of the four creations in bulk."""
    item = one(fresh, "lineItems")
    class_ = fresh.one(f"{ROSTERING}/classes/{item['class']['sourcedId']}")
    of_item = {key: value for key, value in result(fresh, "r", lineItem=item).items() if key != "lineItem"}
    session = class_["terms"][0]["sourcedId"]
    return {
        "class": (f"/classes/{class_['sourcedId']}/lineItems", "lineItems", line_item(fresh, "l")),
        "school": (
            f"/schools/{class_['school']['sourcedId']}/lineItems",
            "lineItems",
            line_item(fresh, "l", **{"class": reference(class_)}),
        ),
        "lineItem": (f"/lineItems/{item['sourcedId']}/results", "results", of_item),
        "session": (
            f"/classes/{class_['sourcedId']}/academicSessions/{session}/results",
            "results",
            result(fresh, "r", lineItem=reference(item)),
        ),
    }


Posts = Mapping[str, tuple[str, str, Json]]
FOUR = pytest.mark.parametrize("which", ["class", "school", "lineItem", "session"])
MEMBER = {"class": "class", "school": "school", "lineItem": "lineItem", "session": "class"}


def post(api: Api, path: str, wrapper: str, records: object) -> Any:
    """Send a creation in bulk."""
    return api.send("POST", GRADEBOOK + path, json={wrapper: records})


@FOUR
def test_post_gives_ids(fresh: Api, posts: Posts, which: str) -> None:
    """Each record gets an id of the server's own, the answer says which, in the order of the request."""
    path, wrapper, record = posts[which]
    before = names(fresh.rows(f"{GRADEBOOK}/{wrapper}"))

    answer = post(fresh, path, wrapper, [{**record, "sourcedId": supplied} for supplied in ("x", "y", "z")])

    pairs = answer.get_json()["sourcedIdPairs"]
    allocated = [pair["allocatedSourcedId"] for pair in pairs]
    assert answer.status_code == 201
    assert list(answer.get_json()) == ["sourcedIdPairs"]
    assert [pair["suppliedSourcedId"] for pair in pairs] == ["x", "y", "z"]
    assert len({*allocated, "x", "y", "z"}) == 6
    assert names(fresh.rows(f"{GRADEBOOK}/{wrapper}")) == before + allocated


@FOUR
def test_posted_records_read_back(fresh: Api, posts: Posts, which: str) -> None:
    """A created record is the one that was sent, with what the path says of it."""
    path, wrapper, record = posts[which]

    (pair,) = post(fresh, path, wrapper, [record]).get_json()["sourcedIdPairs"]

    back = read(fresh, wrapper, pair["allocatedSourcedId"])
    assert {name: back[name] for name in bare(record) if name != MEMBER[which]}.keys() == bare(record).keys() - {
        MEMBER[which]
    }
    assert {name: back[name] for name in bare(record) if not isinstance(back[name], dict)} == {
        name: value for name, value in bare(record).items() if not isinstance(value, dict)
    }
    assert back[MEMBER[which]]["sourcedId"] == path.split("/")[2]
    assert minor(fresh.get(f"{GRADEBOOK}/{wrapper}/{record['sourcedId']}"), 404) == "unknownobject"


@FOUR
def test_posted_records_are_found_below_their_parent(fresh: Api, posts: Posts, which: str) -> None:
    """Records created for a class or line item are listed there, and in 1.1 too."""
    path, wrapper, record = posts[which]
    class_ = one(fresh, "lineItems")["class"]["sourcedId"]

    (pair,) = post(fresh, path, wrapper, [record]).get_json()["sourcedIdPairs"]

    assert pair["allocatedSourcedId"] in names(fresh.rows(f"{GRADEBOOK}/classes/{class_}/{wrapper}"))
    assert pair["allocatedSourcedId"] in names(fresh.rows(f"/classes/{class_}/{wrapper}"))


@FOUR
def test_the_same_posts_twice_make_other_records(fresh: Api, posts: Posts, which: str) -> None:
    """The supplied ids are temporary: sending the same again creates again."""
    path, wrapper, record = posts[which]

    answers = [post(fresh, path, wrapper, [record]).get_json() for _ in range(2)]

    allocated = {answer["sourcedIdPairs"][0]["allocatedSourcedId"] for answer in answers}
    assert len(allocated) == 2


@FOUR
def test_a_parent_may_be_repeated_but_not_contradicted(fresh: Api, posts: Posts, which: str) -> None:
    """Members of the path may be repeated in the body if they are equal."""
    path, wrapper, record = posts[which]
    member, parent = MEMBER[which], path.split("/")[2]
    collection = {"class": "classes", "school": "schools", "lineItem": "lineItems"}[member]
    base = GRADEBOOK if member == "lineItem" else ROSTERING
    other = next(row for row in fresh.rows(f"{base}/{collection}") if row["sourcedId"] != parent)

    same = post(fresh, path, wrapper, [{**record, member: {"sourcedId": parent}}])
    contradicted = post(fresh, path, wrapper, [record, {**record, "sourcedId": "z", member: reference(other)}])

    assert same.status_code == 201
    assert minor(contradicted, 422) == "invaliddata"
    assert description(contradicted).startswith(f"{wrapper}[1].{member}: ")


@FOUR
def test_all_or_nothing(fresh: Api, posts: Posts, which: str) -> None:
    """One bad record is enough to create none, and every fault is named with the place of its record."""
    path, wrapper, record = posts[which]
    before = fresh.rows(f"{GRADEBOOK}/{wrapper}")
    unnamed = {name: value for name, value in record.items() if name != "sourcedId"}

    answer = post(
        fresh,
        path,
        wrapper,
        [
            record,
            {**record, "sourcedId": "b", "shoeSize": 42, "metadata": 1},
            {**record, "sourcedId": "c"},
            unnamed,
            {**record, "sourcedId": "e", "scoreScale": {"sourcedId": "nobody"}},
        ],
    )

    said = description(answer)
    assert minor(answer, 422) == "invaliddata"
    for place in ("[1].shoeSize: ", "[1].metadata: ", "[3].sourcedId: ", "[4].scoreScale: "):
        assert wrapper + place in said
    assert f"{wrapper}[0]" not in said
    assert f"{wrapper}[2]" not in said
    assert fresh.rows(f"{GRADEBOOK}/{wrapper}") == before


@FOUR
def test_a_supplied_id_is_given_once(fresh: Api, posts: Posts, which: str) -> None:
    """Pairs with the same supplied id could not be told apart."""
    path, wrapper, record = posts[which]

    answer = post(fresh, path, wrapper, [record, {**record, "sourcedId": "other"}, record])

    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith(f"{wrapper}[2].sourcedId: ")


def test_a_line_item_is_in_the_school_of_its_class(fresh: Api, posts: Posts) -> None:
    """Neither PUT nor POST takes a line item for a class of another school."""
    _, _, record = posts["class"]
    here = fresh.one(f"{ROSTERING}/classes/{posts['class'][0].split('/')[2]}")
    there = next(row for row in fresh.rows(f"{ROSTERING}/classes") if row["school"] != here["school"])

    posted = post(
        fresh, f"/schools/{here['school']['sourcedId']}/lineItems", "lineItems", [{**record, "class": reference(there)}]
    )
    written = put(fresh, "lineItems", {**bare(record), "class": reference(there), "school": here["school"]})

    assert minor(posted, 422) == minor(written, 422) == "invaliddata"
    assert description(posted).startswith("lineItems[0].school: ")
    assert description(written).startswith("school: ")


def test_a_result_is_in_the_class_of_its_line_item(fresh: Api, posts: Posts) -> None:
    """Neither PUT nor POST takes a result for the line item of another class."""
    path, _, record = posts["session"]
    there = next(row for row in fresh.rows(f"{ROSTERING}/classes") if row["sourcedId"] != path.split("/")[2])
    session = there["terms"][0]["sourcedId"]

    posted = post(fresh, f"/classes/{there['sourcedId']}/academicSessions/{session}/results", "results", [record])
    written = put(fresh, "results", {**bare(record), "class": reference(there)})

    assert minor(posted, 422) == minor(written, 422) == "invaliddata"
    assert description(posted).startswith("results[0].class: ")
    assert description(written).startswith("class: ")


@FOUR
@pytest.mark.parametrize("records", [None, {}, "x", [1], [None], [[]]])
def test_what_is_no_array_of_records(fresh: Api, posts: Posts, which: str, records: object) -> None:
    """A creation in bulk takes an array of objects, under the name of the collection."""
    path, wrapper, _ = posts[which]

    answer = post(fresh, path, wrapper, records)

    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith(wrapper)


@FOUR
def test_the_wrapper_is_that_of_the_collection(fresh: Api, posts: Posts, which: str) -> None:
    """A single record in its own wrapper is a PUT."""
    path, wrapper, record = posts[which]

    answer = fresh.send("POST", GRADEBOOK + path, json={wrapper[:-1]: record})

    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith(wrapper)


@FOUR
def test_nothing_to_create(fresh: Api, posts: Posts, which: str) -> None:
    """An empty array is a creation of nothing."""
    path, wrapper, _ = posts[which]

    answer = post(fresh, path, wrapper, [])

    assert answer.status_code == 201
    assert answer.get_json() == {"sourcedIdPairs": []}


@FOUR
def test_an_unknown_parent(fresh: Api, posts: Posts, which: str) -> None:
    """A parent that is not there is 404, not 422, for each parameter of the path."""
    path, wrapper, record = posts[which]
    parts = path.split("/")

    for place in range(2, len(parts), 2):
        unknown = "/".join([*parts[:place], "nobody", *parts[place + 1 :]])

        assert minor(post(fresh, unknown, wrapper, [record]), 404) == "unknownobject"


def test_a_school_is_not_any_org(fresh: Api) -> None:
    """Line items are created for a school; a district is none."""
    district = next(row for row in fresh.rows(f"{ROSTERING}/orgs") if row["type"] == "district")

    answer = post(fresh, f"/schools/{district['sourcedId']}/lineItems", "lineItems", [line_item(fresh, "l")])

    assert minor(answer, 404) == "unknownobject"


def test_a_line_item_for_a_school_needs_a_class(fresh: Api, posts: Posts) -> None:
    """The path gives the school only."""
    path, wrapper, record = posts["school"]

    answer = post(fresh, path, wrapper, [{name: value for name, value in record.items() if name != "class"}])

    assert minor(answer, 422) == "invaliddata"
    assert description(answer).startswith("lineItems[0].class: ")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(WRITTEN), st.data())
def test_whatever_is_sent_is_taken_or_refused(fresh: Api, collection: str, data: st.DataObject) -> None:
    """Any JSON in any member is 201 or 422, and whatever was taken is valid when it is read."""
    spelt = f"{SINGULAR[collection][0].upper()}{SINGULAR[collection][1:]}DType"
    members = [fact["name"] for fact in facts()["models"][spelt]["fields"]]
    member = data.draw(st.sampled_from(members))
    value = data.draw(JSON)

    answer = put(fresh, collection, {**a(fresh, collection), member: value}, "any")

    assert answer.status_code in {201, 422}
    if answer.status_code == 201:
        assert_valid("gradebook", f"#/components/schemas/{spelt}", read(fresh, collection, "any"))
    else:
        assert description(answer).startswith(member)


def test_results_follow_their_line_item(fresh: Api) -> None:
    """A record that is read can be written back, also after its line item has moved to another class."""
    item = one(fresh, "lineItems")
    there = next(row for row in fresh.rows(f"{ROSTERING}/classes") if row["sourcedId"] != item["class"]["sourcedId"])
    put_and_read(fresh, "lineItems", bare(item))
    put_and_read(fresh, "results", a(fresh, "results", lineItem=NEW, **{"class": None}))
    moved = {name: value for name, value in bare(item).items() if name not in {"school", "gradingPeriod"}}

    again = put(fresh, "lineItems", {**moved, "class": reference(there)})

    assert again.status_code == 201
    assert put(fresh, "results", bare(read(fresh, "results"))).status_code == 201
