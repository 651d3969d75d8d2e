"""Both versions are views of the same records: equal members, omitted members, and the effects of writes."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Api
from v1p2 import GRADEBOOK, RESOURCES, ROSTERING, V1P1, Json, active, whole

from mockroster.roster.convert import shaped
from mockroster.roster.record import Record
from mockroster.standard.vocabularies import ROLE

BASES = {
    "orgs": ROSTERING,
    "academicSessions": ROSTERING,
    "terms": ROSTERING,
    "gradingPeriods": ROSTERING,
    "schools": ROSTERING,
    "courses": ROSTERING,
    "classes": ROSTERING,
    "users": ROSTERING,
    "students": ROSTERING,
    "teachers": ROSTERING,
    "enrollments": ROSTERING,
    "demographics": ROSTERING,
    "resources": RESOURCES,
    "categories": GRADEBOOK,
    "lineItems": GRADEBOOK,
    "results": GRADEBOOK,
}
"""Where 1.2 has the collections of 1.1."""

NEW = "mine"
ADMINISTRATORS = {"counselor", "districtAdministrator", "principal", "siteAdministrator", "systemAdministrator"}
"""The roles of 1.2 for which 1.1 has one word."""


def names(rows: list[Json]) -> list[str]:
    """Return the ids of rows."""
    return [row["sourcedId"] for row in rows]


def bare(record: Json) -> Json:
    """Return a record without what the server says of it."""
    return {name: value for name, value in record.items() if name not in {"sourcedId", "status", "dateLastModified"}}


def one(api: Api, collection: str) -> Json:
    """Return an active record of 1.2: the first."""
    return active(api.rows(f"{BASES[collection]}/{collection}"))[0]


def put(api: Api, base: str, name: str, record: Json, sourced_id: str = NEW) -> int:
    """Write a record through a version and return the status."""
    collection = "categories" if name == "category" else f"{name}s"
    return api.put(f"{base}/{collection}/{sourced_id}", {name: bare(record)}).status_code


def found(api: Api, collection: str, sourced_id: str = NEW) -> tuple[Json | None, Json | None]:
    """Return a record as 1.1 and as 1.2 show it, nothing where they do not."""
    seen = [api.get(f"{base}/{collection}/{sourced_id}") for base in (V1P1, BASES[collection])]
    first, second = (next(iter(one.get_json().values())) if one.status_code == 200 else None for one in seen)
    return first, second


def plain(value: Any) -> Any:
    """Return a value without what each version writes in its own way: addresses and booleans."""
    if isinstance(value, dict) and "href" in value:
        return value["sourcedId"]
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize("collection", [name for name in BASES if name != "teachers"])
def test_the_same_records_in_the_same_order(api: Api, collection: str) -> None:
    """The collections of both versions have the same sourcedIds, states and times."""
    old, new = whole(api, f"{V1P1}/{collection}"), whole(api, f"{BASES[collection]}/{collection}")

    assert old
    for member in ("sourcedId", "status", "dateLastModified"):
        assert [row[member] for row in old] == [row[member] for row in new]


def test_whoever_is_a_teacher_in_1p1_is_one_in_1p2(api: Api) -> None:
    """1.1 knows one role of a user, 1.2 all of them: so 1.2 may show more teachers, in the same order."""
    old, new = (names(whole(api, f"{base}/teachers")) for base in (V1P1, ROSTERING))
    users = {row["sourcedId"]: row for row in whole(api, f"{ROSTERING}/users")}

    assert [name for name in new if name in old] == old
    for more in set(new) - set(old):
        assert "teacher" in {role["role"] for role in users[more]["roles"]}


@pytest.mark.parametrize("collection", [name for name in BASES if name not in {"users", "students", "teachers"}])
def test_shared_members_have_the_same_values(api: Api, collection: str) -> None:
    """Members of both versions agree, except for the form of references and booleans."""
    old, new = whole(api, f"{V1P1}/{collection}"), whole(api, f"{BASES[collection]}/{collection}")
    own = {"sex"} if collection == "demographics" else set()

    for before, after in zip(old, new, strict=True):
        for member in before.keys() & after.keys() - own:
            assert plain(before[member]) == plain(after[member]), member
        assert before.keys() <= after.keys() | own


def test_every_user_of_1p1_comes_from_the_roles_of_1p2(api: Api) -> None:
    """The role is the primary one at the primary org, the orgs are those of all roles, the primary one first."""
    new = {row["sourcedId"]: row for row in whole(api, f"{ROSTERING}/users")}
    seen = set()

    for old in whole(api, f"{V1P1}/users"):
        user = new[old["sourcedId"]]
        home = user["primaryOrg"]["sourcedId"]
        roles = [one for one in user["roles"] if one["org"]["sourcedId"] == home and one["roleType"] == "primary"]
        (role,) = {one["role"] for one in roles}
        expected = "administrator" if role in ADMINISTRATORS else role
        seen.add(old["role"])

        assert old["role"] == expected
        assert plain(old["orgs"])[0] == home
        assert set(plain(old["orgs"])) == {one["org"]["sourcedId"] for one in user["roles"]}
        assert len(old["orgs"]) == len(set(plain(old["orgs"])))
        for member in old.keys() & user.keys():
            assert plain(old[member]) == plain(user[member]), member
        assert old.keys() - user.keys() == {"role", "orgs"}
    assert seen == set(ROLE)


def test_each_org_of_a_user_has_one_primary_role(api: Api) -> None:
    """Rule of 1.2: exactly one primary role for each org in which a user has roles."""
    for user in whole(api, f"{ROSTERING}/users"):
        primary = [role["org"]["sourcedId"] for role in user["roles"] if role["roleType"] == "primary"]

        assert sorted(primary) == sorted({role["org"]["sourcedId"] for role in user["roles"]})


def test_each_version_has_its_own_booleans(api: Api) -> None:
    """1.1 shows JSON booleans, 1.2 strings."""
    old, new = (whole(api, f"{base}/users") for base in (V1P1, ROSTERING))

    assert {type(row["enabledUser"]) for row in old} == {bool}
    assert {row["enabledUser"] for row in new} <= {"true", "false"}


@pytest.mark.parametrize("base", ["old", "new"])
def test_references_stay_in_the_version_that_was_asked(api: Api, base: str) -> None:
    """A reference leads to an address of the same version, in 1.2 to that of the right service."""
    item = one(api, "lineItems")
    asked = f"{V1P1 if base == 'old' else GRADEBOOK}/lineItems/{item['sourcedId']}"

    record = api.one(asked)

    bases = {"class": ROSTERING, "gradingPeriod": ROSTERING, "category": GRADEBOOK}
    for member, service in bases.items():
        assert record[member]["href"].startswith(f"{V1P1 if base == 'old' else service}/")
        assert api.get(record[member]["href"]).status_code == 200


def test_a_category_through_either(fresh: Api) -> None:
    """A category with a weight is the same in both, whichever wrote it."""
    assert put(fresh, GRADEBOOK, "category", {"title": "By 1.2", "weight": 0.25}, "new") == 201
    assert put(fresh, V1P1, "category", {"title": "By 1.1", "weight": 30}, "old") == 201

    for sourced_id, title, weight in (("new", "By 1.2", 0.25), ("old", "By 1.1", 30)):
        before, after = found(fresh, "categories", sourced_id)
        assert before == after
        assert before is not None
        assert (before["title"], before["weight"]) == (title, weight)


def test_a_line_item_of_1p2_without_a_grading_period(fresh: Api) -> None:
    """Members that 1.1 requires are filled in: a grading period of the class and the bounds."""
    item = one(fresh, "lineItems")
    optional = {
        "gradingPeriod",
        "resultValueMin",
        "resultValueMax",
        "scoreScale",
        "learningObjectiveSet",
        "description",
    }

    status = put(fresh, GRADEBOOK, "lineItem", {name: value for name, value in item.items() if name not in optional})

    old, new = found(fresh, "lineItems")
    assert status == 201
    assert old is not None
    assert new is not None
    assert fresh.get(f"{V1P1}/gradingPeriods/{old['gradingPeriod']['sourcedId']}").status_code == 200
    assert (old["resultValueMin"], old["resultValueMax"]) == (0, 100)
    assert "school" not in old
    assert new["school"] == item["school"]


def test_a_line_item_of_1p1_has_a_school(fresh: Api) -> None:
    """Members that 1.2 requires are filled in."""
    item = one(fresh, "lineItems")
    old_item = fresh.one(f"{V1P1}/lineItems/{item['sourcedId']}")

    status = put(fresh, V1P1, "lineItem", old_item)

    old, new = found(fresh, "lineItems")
    assert status == 201
    assert old is not None
    assert new is not None
    assert bare(old) == bare(old_item)
    assert new["school"] == item["school"]


def test_a_result_of_1p1_has_a_class(fresh: Api) -> None:
    """The class of a result is that of its line item, also where the client could not say so."""
    result = one(fresh, "results")

    status = put(fresh, V1P1, "result", fresh.one(f"{V1P1}/results/{result['sourcedId']}"))

    _, new = found(fresh, "results")
    assert status == 201
    assert new is not None
    assert new["class"] == result["class"]


def lists(api: Api) -> tuple[list[str], list[str]]:
    """Return the ids of all results, in 1.1 and in 1.2."""
    return names(api.rows(f"{V1P1}/results")), names(api.rows(f"{GRADEBOOK}/results"))


@pytest.mark.parametrize("first", ["old", "new"])
@pytest.mark.parametrize(
    "change", [{"score": None}, {"score": None, "textScore": None}, {"scoreStatus": "ext:on-hold"}]
)
def test_a_result_that_1p1_cannot_express(fresh: Api, change: Json, first: str) -> None:
    """A result without score and letter, or with a status of its own, is hidden in 1.1, whichever is asked first."""
    base = {name: value for name, value in one(fresh, "results").items() if name != "textScore"}
    result = {name: value for name, value in {**base, **change}.items() if value is not None}
    before = lists(fresh)

    status = put(fresh, GRADEBOOK, "result", result)

    if first == "new":
        fresh.rows(f"{GRADEBOOK}/results")
    old, new = lists(fresh)
    assert status == 201
    assert old == before[0]
    assert new == [*before[1], NEW]
    assert found(fresh, "results")[0] is None
    assert found(fresh, "results")[1] is not None
    for path in (
        f"/classes/{result['class']['sourcedId']}",
        f"/classes/{result['class']['sourcedId']}/students/{result['student']['sourcedId']}",
    ):
        assert NEW not in names(fresh.rows(f"{V1P1}{path}/results"))
        assert NEW in names(fresh.rows(f"{GRADEBOOK}{path}/results"))


def test_a_letter_in_both_versions(fresh: Api) -> None:
    """A result with a letter and no score is shown in 1.1 with the letter as ``textScore``, wherever it was written."""
    result = {name: value for name, value in one(fresh, "results").items() if name not in {"score", "class"}}

    assert put(fresh, GRADEBOOK, "result", {**result, "textScore": "A-"}) == 201

    old, new = found(fresh, "results")
    assert old is not None
    assert new is not None
    assert (old["textScore"], new["textScore"]) == ("A-", "A-")
    assert not {"score"} & (old.keys() | new.keys())
    assert NEW in names(fresh.rows(f"{V1P1}/results", filter="textScore='A-'"))


def test_a_letter_beside_a_score_is_not_shown_in_1p1(fresh: Api) -> None:
    """1.1 has no word for it, and a client of 1.1 that edits the score does not take it away."""
    put(fresh, GRADEBOOK, "result", {**one(fresh, "results"), "score": 5, "textScore": "F"})

    old = found(fresh, "results")[0]

    assert old is not None
    assert "textScore" not in old
    assert put(fresh, V1P1, "result", {**old, "score": 6}) == 200
    assert (found(fresh, "results")[1] or {})["textScore"] == "F"


def test_a_score_takes_the_place_of_a_letter(fresh: Api) -> None:
    """A client of 1.1 that was shown the letter and writes a score has replaced it."""
    result = {name: value for name, value in one(fresh, "results").items() if name not in {"score", "class"}}
    put(fresh, GRADEBOOK, "result", {**result, "textScore": "A-"})
    old = {name: value for name, value in (found(fresh, "results")[0] or {}).items() if name != "textScore"}

    assert put(fresh, V1P1, "result", {**old, "score": 93}) == 200

    new = found(fresh, "results")[1] or {}
    assert (new["score"], new.get("textScore")) == (93, None)


def test_a_hidden_result_comes_to_light_with_a_score(fresh: Api) -> None:
    """Once 1.1 can express it, a result is shown there; a PUT of 1.1 over a hidden one replaces it."""
    result = {name: value for name, value in one(fresh, "results").items() if name != "score"}
    put(fresh, GRADEBOOK, "result", result)

    replaced = fresh.put(
        f"{V1P1}/results/{NEW}",
        {"result": {name: result[name] for name in ("lineItem", "student", "scoreStatus", "scoreDate")} | {"score": 7}},
    )

    old, new = found(fresh, "results")
    assert replaced.status_code in {200, 201}
    assert old is not None
    assert new is not None
    assert old["score"] == new["score"] == 7


def test_a_hidden_result_cannot_be_deleted_through_1p1(fresh: Api) -> None:
    """A record that 1.1 does not show cannot be deleted through it."""
    put(fresh, GRADEBOOK, "result", {name: value for name, value in one(fresh, "results").items() if name != "score"})

    assert fresh.delete(f"{V1P1}/results/{NEW}").status_code == 404
    assert fresh.delete(f"{GRADEBOOK}/results/{NEW}").status_code == 204


def test_a_put_of_1p1_keeps_what_1p1_cannot_express(fresh: Api) -> None:
    """A client of 1.1 that edits a score does not take away what only 1.2 can say."""
    sets = [{"source": "case", "learningObjectiveResults": [{"learningObjectiveId": "a", "score": 1}]}]
    scale = one_of(fresh, "scoreScales")
    only = {"textScore": "B+", "late": "true", "missing": "false", "learningObjectiveSet": sets, "scoreScale": scale}
    put(fresh, GRADEBOOK, "result", {**one(fresh, "results"), "score": 5, **only})
    old = fresh.one(f"{V1P1}/results/{NEW}")

    status = put(fresh, V1P1, "result", {**old, "score": 9, "comment": "by 1.1"})

    _, new = found(fresh, "results")
    assert status == 200
    assert new is not None
    assert (new["score"], new["comment"]) == (9, "by 1.1")
    assert {name: plain(new[name]) for name in only} == {name: plain(value) for name, value in only.items()}
    assert not only.keys() & old.keys()


def one_of(api: Api, collection: str) -> str:
    """Return the id of a record that only 1.2 has."""
    return str(api.rows(f"{GRADEBOOK}/{collection}")[0]["sourcedId"])


def test_a_put_of_1p1_keeps_the_rest_of_a_line_item(fresh: Api) -> None:
    """Scale, session and learning objectives stay when 1.1 changes the title; so does the school."""
    sets = [{"source": "unknown", "learningObjectiveIds": ["a"]}]
    item = {**one(fresh, "lineItems"), "learningObjectiveSet": sets, "scoreScale": one_of(fresh, "scoreScales")}
    put(fresh, GRADEBOOK, "lineItem", item)
    before = found(fresh, "lineItems")

    status = put(fresh, V1P1, "lineItem", {**(before[0] or {}), "title": "By 1.1"})

    old, new = found(fresh, "lineItems")
    assert status == 200
    assert old is not None
    assert new is not None
    assert new["title"] == old["title"] == "By 1.1"
    assert bare(new) == {**bare(before[1] or {}), "title": "By 1.1"}


@pytest.mark.parametrize("by", ["old", "new"])
@pytest.mark.parametrize("collection", ["categories", "lineItems", "results"])
def test_deletes_are_seen_in_both(fresh: Api, collection: str, by: str) -> None:
    """A record deleted through one version is gone from the other, with the results of a line item."""
    gone = one(fresh, collection)["sourcedId"]
    fresh.rows(f"{V1P1}/{collection}")
    fresh.rows(f"{GRADEBOOK}/{collection}")

    deleted = fresh.delete(f"{V1P1 if by == 'old' else GRADEBOOK}/{collection}/{gone}")

    assert deleted.status_code == 204
    assert found(fresh, collection, gone) == (None, None)
    for base in (V1P1, GRADEBOOK):
        assert gone not in names(fresh.rows(f"{base}/{collection}"))
        assert gone not in {row["lineItem"]["sourcedId"] for row in fresh.rows(f"{base}/results")}


def test_what_only_1p2_has_is_not_in_1p1(api: Api) -> None:
    """Score scales and assessments have no address in 1.1."""
    for collection in ("scoreScales", "assessmentLineItems", "assessmentResults"):
        assert api.get(f"{V1P1}/{collection}").status_code == 404


def arrange(api: Api, collection: str, position: int, **members: Any) -> str:
    """Change a record that no operation writes, and return its id."""
    overlay = api.app.extensions["mockroster"].default.overlay
    with overlay.exclusive():
        record = overlay.tables[collection].records[position]
        changed = type(record)({name: value for name, value in {**record, **members}.items() if value is not None})
        overlay.put(collection, changed)
    return str(changed["sourcedId"])


@pytest.mark.parametrize("sex", ["other", "unspecified", "ext:x"])
def test_a_sex_for_which_1p1_has_no_word(fresh: Api, sex: str) -> None:
    """The record is shown in 1.1 without it."""
    arranged = arrange(fresh, "demographics", 0, sex=sex)

    old, new = found(fresh, "demographics", arranged)

    assert old is not None
    assert new is not None
    assert new["sex"] == sex
    assert "sex" not in old
    assert arranged not in names(fresh.rows(f"{V1P1}/demographics", filter=f"sex='{sex}'"))
    assert arranged in names(fresh.rows(f"{ROSTERING}/demographics", filter=f"sex='{sex}'"))


@pytest.mark.parametrize(
    ("collection", "member"), [("enrollments", "role"), ("orgs", "type"), ("academicSessions", "type")]
)
def test_a_record_whose_kind_1p1_has_no_word_for(fresh: Api, collection: str, member: str) -> None:
    """It is hidden in 1.1: there is no kind that it could be given."""
    arranged = arrange(fresh, collection, -1, **{member: "ext:x"})

    old, new = found(fresh, collection, arranged)

    assert old is None
    assert new is not None
    assert new[member] == "ext:x"
    assert arranged not in names(fresh.rows(f"{V1P1}/{collection}"))


def test_a_class_without_a_type(fresh: Api) -> None:
    """1.1 demands a type and says ``scheduled``."""
    arranged = arrange(fresh, "classes", 0, classType=None)

    old, new = found(fresh, "classes", arranged)

    assert old is not None
    assert new is not None
    assert "classType" not in new
    assert old["classType"] == "scheduled"


def test_a_user_without_a_name_to_sign_in(fresh: Api) -> None:
    """1.1 demands a username and says the sourcedId."""
    arranged = arrange(fresh, "users", 0, username=None)

    old, new = found(fresh, "users", arranged)

    assert old is not None
    assert new is not None
    assert "username" not in new
    assert old["username"] == arranged


@pytest.mark.parametrize(
    ("home", "role", "orgs"),
    [(2, "aide", [2, 0, 1]), (1, "proctor", [1, 0, 2]), (0, "teacher", [0, 2, 1]), (None, "teacher", [0, 2, 1])],
)
def test_the_primary_org_decides_what_1p1_shows(fresh: Api, home: int | None, role: str, orgs: list[int]) -> None:
    """Role and first org of 1.1 are those of the primary org, wherever it stands; without one, of the first role."""
    schools = names(fresh.rows(f"{ROSTERING}/orgs"))
    roles = [
        {"roleType": type_, "role": said, "org": schools[number]}
        for type_, said, number in [
            ("primary", "teacher", 0),
            ("secondary", "parent", 2),
            ("primary", "proctor", 1),
            ("primary", "aide", 2),
        ]
    ]
    arranged = arrange(fresh, "users", 0, roles=roles, primaryOrg=None if home is None else schools[home])

    old, _ = found(fresh, "users", arranged)

    assert old is not None
    assert old["role"] == role
    assert plain(old["orgs"]) == [schools[number] for number in orgs]


def test_a_role_that_lacks_something_in_1p1() -> None:
    """A faulty user with a role without an org, or without a role, is in 1.1 what the other roles say."""
    roles = [{"roleType": "primary", "org": "o1"}, {"roleType": "primary", "role": "aide"}]

    seen = [shaped("v1p1", "users", Record(sourcedId="u", roles=listed)) for listed in (roles, roles[:1], roles[1:])]

    assert [(user.get("role"), user.get("orgs")) for user in seen] == [
        ("aide", ["o1"]),
        (None, ["o1"]),
        ("aide", None),
    ]


def test_a_put_of_1p1_where_there_is_no_grading_period(fresh: Api) -> None:
    """A line item of a session without grading periods has that session for one in 1.1, and 1.1 can write it."""
    admin = "http://localhost/__admin/records"
    dates = {"startDate": "2026-01-01", "endDate": "2026-07-01", "schoolYear": "2026"}
    assert fresh.put(f"{admin}/academicSessions/alone", {"title": "Alone", "type": "term", **dates}).status_code == 201
    item = {name: value for name, value in one(fresh, "lineItems").items() if name != "gradingPeriod"}
    session = {"sourcedId": "alone", "type": "academicSession"}

    written = put(fresh, GRADEBOOK, "lineItem", item | {"academicSession": session})
    shown, _ = found(fresh, "lineItems")
    body = {name: value for name, value in (shown or {}).items() if name != "gradingPeriod"}
    again = put(fresh, V1P1, "lineItem", body | {"title": "By 1.1"})

    old, new = found(fresh, "lineItems")
    assert (written, again) == (201, 200)
    assert old is not None
    assert new is not None
    assert (old["title"], old["gradingPeriod"]["sourcedId"]) == ("By 1.1", "alone")
    assert "gradingPeriod" not in new
