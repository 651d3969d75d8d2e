"""Merging fixture sets: both shapes, filled-in members, each kind of fault with its message, and the result."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from conftest import NOW
from fixture_sets import Numbered, fixture_set, good, loaded, messages, row

from mockroster.district import district
from mockroster.fixtures.read.assembly import assemble
from mockroster.fixtures.read.raw import Amendment, Fault, FixtureSet, RawRecord
from mockroster.render.record import rendered, rooted
from mockroster.roster.record import InvalidRecord, Record, Records
from mockroster.roster.store import COLLECTIONS, Roster
from mockroster.standard.v1p1.conversion import USER as USER_OF_1P1
from mockroster.standard.versions import MODELS

ORG = {"sourcedId": "o1", "name": "North High", "type": "school"}
USER = {
    "sourcedId": "u1",
    "username": "ann",
    "givenName": "Ann",
    "familyName": "Lee",
    "role": "student",
    "orgs": ["o1"],
}


def found(records: Records, collection: str, sourced_id: str) -> Record:
    """Return one record."""
    return next(record for record in records[collection] if record["sourcedId"] == sourced_id)


# What is loaded.


def test_a_good_document_has_no_faults() -> None:
    """A little of everything, in both shapes, is loaded without faults."""
    assembly = loaded(good())

    assert messages(assembly) == []
    assert assembly.counts == {name: len(rows) for name, rows in good().items()}
    assert list(assembly.records) == list(COLLECTIONS)


def test_what_is_left_out_is_there() -> None:
    """Status, time of change and enabledUser have their defaults; what the other version demands is filled in."""
    records = loaded(good()).records

    org, user, item = found(records, "orgs", "o1"), found(records, "users", "u1"), found(records, "lineItems", "l1")
    assert (org["status"], org["dateLastModified"], org["identifier"]) == ("active", "2026-01-15T08:00:00.000Z", "o1")
    assert user["enabledUser"] is True
    assert (item["school"], item["gradingPeriod"], item["resultValueMin"], item["resultValueMax"]) == (
        "o1",
        "g1",
        0,
        100,
    )
    assert found(records, "results", "x1")["class"] == "k1"
    assert found(records, "scoreScales", "s1")["course"] == "c1"
    assert found(records, "courses", "c1")["courseCode"] == "c1"


def test_a_user_of_1_1_has_roles() -> None:
    """Each org of a user of 1.1 has the role as its primary one, and the first is the primary org."""
    document = good()
    row(document, "u1").update(role="administrator", orgs=["o2", {"sourcedId": "o1"}])
    document["enrollments"].pop(0)
    document["results"].clear()

    user = found(loaded(document).records, "users", "u1")

    assert [role["org"] for role in user["roles"]] == ["o2", "o1"]
    assert {role["role"] for role in user["roles"]} == {"siteAdministrator"}
    assert user["primaryOrg"] == "o2"
    assert user.keys().isdisjoint({"role", "orgs"})


def test_a_course_without_an_org_has_the_district() -> None:
    """1.1 demands the org of a course; where 1.2 left it out it is the district."""
    document = good()
    del row(document, "c1")["org"]

    assembly = loaded(document)

    assert messages(assembly) == []
    assert found(assembly.records, "courses", "c1")["org"] == "d1"


def test_null_is_as_if_nothing_was_said() -> None:
    """A member that is null has its default, or is left out."""
    document = good()
    row(document, "u1").update(status=None, agents=None, enabledUser=None, roles=None)
    row(document, "u3").pop("agents")

    user = found(loaded(document).records, "users", "u1")

    assert (user["status"], user["enabledUser"]) == ("active", True)
    assert "agents" not in user


def test_an_id_is_made_of_the_content() -> None:
    """A record without a sourcedId gets one that is the same every time, and another for other content."""
    enrollment = {key: value for key, value in good()["enrollments"][0].items() if key != "sourcedId"}
    turned = dict(reversed(enrollment.items()))

    def made(body: dict[str, Any]) -> str:
        document = good() | {"enrollments": [body, row(good(), "e2")]}
        assembly = loaded(document)
        name: str = assembly.records["enrollments"][0]["sourcedId"]
        assert messages(assembly) == [
            f"demo.yaml:1: enrollments[0].sourcedId: is missing: {name!r} is made of the content, and changes with it"
        ]
        return name

    assert (
        made(enrollment)
        == made(turned)
        == made({**enrollment, "sourcedId": ""})
        != made({**enrollment, "endDate": "2025-09-01"})
    )


def test_a_later_set_replaces_records_where_they_stand() -> None:
    """A record of the same id is replaced in its place; references go across sets."""
    first = good()
    second = {
        "orgs": [{"sourcedId": "o1", "name": "Renamed", "type": "school", "parent": "d1"}],
        "users": [{**USER, "sourcedId": "u9", "username": "new", "orgs": ["o2"]}],
    }

    assembly = loaded(first, second)

    assert messages(assembly) == []
    assert [org["name"] for org in assembly.records["orgs"]] == ["Hillside", "Renamed", "South High"]
    assert assembly.counts["users"] == 4


def test_records_lie_over_a_base() -> None:
    """Records refer to those of the base, replace some of them in place, and only they are counted."""
    base = Roster.of(district(42, 12, NOW))
    school = next(org for org in base.tables["orgs"].records if org["type"] == "school")
    document = {"users": [{**USER, "orgs": [school["sourcedId"]]}], "orgs": [{**school, "name": "Renamed"}]}

    assembly = loaded(document, base=base)

    assert messages(assembly) == []
    assert assembly.counts == {"orgs": 1, "users": 1}
    assert len(assembly.records["users"]) == len(base.tables["users"].records) + 1
    position = base.tables["orgs"].position(school["sourcedId"])
    assert position is not None
    assert assembly.records["orgs"][position]["name"] == "Renamed"


@pytest.mark.parametrize("students", [1, 30, 200])
@pytest.mark.parametrize("day", [datetime(2025, 9, 2, tzinfo=UTC), NOW, datetime(2026, 7, 20, tzinfo=UTC)])
def test_a_generated_district_is_loaded_as_it_is(students: int, day: datetime) -> None:
    """A district, written and loaded again, is the same district, and nothing is suspicious in it."""
    made = district(7, students, day)
    written = orjson.loads(orjson.dumps(made))

    assembly = assemble([fixture_set(written)], day)

    assert messages(assembly) == []
    assert assembly.records == made


def test_the_sets_are_emptied() -> None:
    """Records are taken out of a set as they are read, so that they are not held twice."""
    fixtures = fixture_set(good())

    assemble([fixtures], NOW)

    assert fixtures.records == []


def test_equal_strings_are_one() -> None:
    """A word or id that many records hold is kept once."""
    document = orjson.loads(orjson.dumps(good()))

    records = loaded(document).records

    assert found(records, "enrollments", "e1")["class"] is found(records, "enrollments", "e2")["class"]


# What is wrong with a record by itself.


FAULTS: list[tuple[str, str, dict[str, Any], str]] = [
    ("missing member", "o1", {"name": None}, "orgs[1].name: is missing"),
    ("empty text", "o1", {"name": ""}, "orgs[1].name: must not be empty"),
    ("empty list", "k1", {"terms": []}, "classes[0].terms: must be an array with an academicSession in it"),
    ("nothing in a list", "c1", {"grades": ["09", ""]}, "courses[0].grades[1]: must not be empty"),
    ("null in a list", "c1", {"grades": [None]}, "courses[0].grades[0]: must not be null"),
    ("a slip", "o1", {"nmae": "X"}, "orgs[1].nmae: is not a member of this record; did you mean 'name'?"),
    (
        "further data",
        "o1",
        {"mascot": "Heron"},
        "orgs[1].mascot: is not a member of this record; further data go into metadata",
    ),
    (
        "a slip in a part",
        "u1",
        {"userIds": [{"type": "LDAP", "identifer": "ann"}]},
        "users[0].userIds[0].identifer: is not a member of this object; did you mean 'identifier'?",
    ),
    (
        "1.2 in a user of 1.1",
        "u1",
        {"pronouns": "she/her"},
        "users[0].pronouns: is not a member of users in OneRoster 1.1, only in 1.2, and this one has 'role' or 'orgs'",
    ),
    (
        "1.1 in a user of 1.2",
        "u2",
        {"role": "teacher"},
        "users[1].role: is not a member of users in OneRoster 1.2, only in 1.1, and this one has 'roles'",
    ),
    ("a user of no shape", "u1", {"role": None, "orgs": None}, "users[0].role: is missing"),
    ("number for text", "y1", {"schoolYear": 2026}, "academicSessions[0].schoolYear: must be a string, not 2026"),
    ("text for a number", "h1", {"weight": "much"}, 'categories[0].weight: must be a number, not "much"'),
    ("no boolean", "u1", {"enabledUser": "maybe"}, 'users[0].enabledUser: must be true or false, not "maybe"'),
    ("no boolean, 1.2", "u2", {"enabledUser": 1}, "users[1].enabledUser: must be true or false, not 1"),
    ("no array", "c1", {"grades": "09"}, 'courses[0].grades: must be an array, not "09"'),
    ("no object", "x1", {"metadata": "note"}, 'results[0].metadata: must be an object, not "note"'),
    ("no part", "u2", {"roles": ["teacher"]}, 'users[1].roles[0]: must be an object, not "teacher"'),
    (
        "word of 1.1",
        "e1",
        {"role": "pupil"},
        "enrollments[0].role: 'pupil' is not one of administrator, proctor, student, teacher",
    ),
    (
        "word of 1.2 in a user of 1.1",
        "u1",
        {"role": "principal"},
        "users[0].role: 'principal' is not one of administrator, aide, guardian, parent, proctor, relative, student, "
        "teacher",
    ),
    (
        "word of 1.2",
        "x1",
        {"scoreStatus": "graded", "late": True},
        "results[0].scoreStatus: 'graded' is not one of exempt, fully graded, not submitted, partially graded, "
        "submitted, nor an extension (ext:[a-zA-Z0-9._-]+)",
    ),
    (
        "day",
        "t1",
        {"startDate": "2026-02-30"},
        "academicSessions[1].startDate: '2026-02-30' is not a date such as 2026-01-15",
    ),
    (
        "moment",
        "l1",
        {"dueDate": "soon"},
        "lineItems[0].dueDate: 'soon' is not a date and time such as 2026-01-15T08:00:00.000Z",
    ),
    ("year", "y1", {"schoolYear": "2025-26"}, "academicSessions[0].schoolYear: '2025-26' is not a year such as '2026'"),
    ("long id", "h1", {"sourcedId": "h" * 256}, "categories[0].sourcedId: must have at most 255 characters"),
    ("id that is none", "h1", {"sourcedId": 5}, "categories[0].sourcedId: must be a string, not 5"),
    (
        "reference that is none",
        "k1",
        {"school": 5},
        "classes[0].school: must be the sourcedId of an org, a string, not 5",
    ),
    (
        "reference of another type",
        "k1",
        {"school": {"sourcedId": "o1", "type": "course"}},
        "classes[0].school: must have type 'org', not 'course'",
    ),
    ("reference to nothing", "k1", {"school": "zz"}, "classes[0].school: there is no org with the sourcedId 'zz'"),
    (
        "reference nearly right",
        "k1",
        {"school": "o11"},
        "classes[0].school: there is no org with the sourcedId 'o11'; did you mean 'o1'?",
    ),
    (
        "reference into another collection",
        "k1",
        {"school": "c1"},
        "classes[0].school: there is no org with the sourcedId 'c1'; it is that of one of the courses",
    ),
    ("one of several", "u1", {"orgs": ["o1", "zz"]}, "users[0].orgs[1]: there is no org with the sourcedId 'zz'"),
    (
        "in a part",
        "u2",
        {"roles": [{"roleType": "primary", "role": "teacher", "org": "zz"}], "primaryOrg": None},
        "users[1].roles[0].org: there is no org with the sourcedId 'zz'",
    ),
    (
        "contradiction",
        "l1",
        {"school": "o2"},
        "lineItems[0].school: must be 'o1', as in what the record refers to, or be left out",
    ),
    ("lone surrogate", "o1", {"name": "\ud800"}, "orgs[1].name: must not hold half a character (a lone surrogate)"),
    (
        "huge number",
        "h1",
        {"weight": 10**30},
        "categories[0].weight: must not hold a whole number of more than 64 bits",
    ),
    ("no number", "x1", {"metadata": {"x": float("nan")}}, "results[0].metadata: must not hold NaN or Infinity"),
    (
        "no JSON",
        "x1",
        {"metadata": {"x": date(2026, 1, 1)}},
        "results[0].metadata: must be text, a number, true or false, an array or an object",
    ),
    ("no names", "x1", {"metadata": {1: 2}}, "results[0].metadata: must have strings as the names of its members"),
]


@pytest.mark.parametrize(
    ("sourced_id", "change", "message"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS]
)
def test_fault(sourced_id: str, change: dict[str, Any], message: str) -> None:
    """Each kind of fault is told in these words, with its place."""
    document = good()
    row(document, sourced_id).update(change)

    errors = [str(fault) for fault in loaded(document).faults if fault.severity == "error"]

    assert any(error.partition(": ")[2] == message for error in errors), errors
    assert all(error.startswith("demo.yaml:") for error in errors)


def test_deep_nesting_is_refused() -> None:
    """Data that are nested deeper than any answer could hold are a fault, not a crash."""
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    document = good()
    row(document, "x1")["metadata"] = {"x": deep}

    assert messages(loaded(document)) == ["demo.yaml:1: results[0].metadata: must not be nested as deep as this"]


def test_the_same_id_twice() -> None:
    """The same id twice in one set is a fault that names both places; in two sets it is not."""
    twice = {"orgs": [ORG, {**ORG, "name": "Other"}]}

    assert messages(loaded(twice)) == ["demo.yaml:2: orgs[1].sourcedId: 'o1' is that of orgs[0] (demo.yaml:1) too"]
    assert messages(loaded({"orgs": [ORG]}, {"orgs": [ORG]})) == []


def test_the_same_record_twice_without_an_id() -> None:
    """Two records without an id that are the same word for word cannot be told apart."""
    enrollment = {"user": "u2", "class": "k1", "school": "o1", "role": "teacher"}
    document = good() | {"enrollments": [enrollment, enrollment]}

    assert [text for text in messages(loaded(document)) if "enrollments[1]" in text] == [
        "demo.yaml:2: enrollments[1].sourcedId: is missing, and all else is as in enrollments[0] (demo.yaml:1): "
        "leave one of them out, or name both"
    ]


def test_demographics_without_an_id() -> None:
    """Whose demographics they are cannot be made up."""
    document = good()
    del document["demographics"][0]["sourcedId"]

    assert messages(loaded(document)) == [
        "demo.yaml:1: demographics[0].sourcedId: is missing; demographics have the sourcedId of their user"
    ]


def test_nothing_to_fill_it_from() -> None:
    """A member that a version requires and that cannot be derived is missing."""
    document = good() | {"categories": []}
    del document["lineItems"][0]["category"]

    assert messages(loaded(document)) == [
        "demo.yaml:1: lineItems[0].category: is missing, and there is no record to fill it from"
    ]


def test_every_fault_is_told_at_once() -> None:
    """All that is wrong is told, file by file and line by line, and nothing that only follows from it."""
    document = good()
    row(document, "o1").update(type="shool", nmae="x")
    row(document, "e1").update(role="pupil")

    texts = messages(loaded({"orgs": [{"sourcedId": "o9"}]}, document))

    assert [text.partition(": ")[0] for text in texts] == [
        "demo.yaml:1",
        "demo.yaml:1",
        "demo2.yaml:1",
        *["demo2.yaml:2"] * 2,
    ]


def test_references_to_faulty_records_are_good() -> None:
    """A record that is faulty is there all the same: what refers to it is not at fault."""
    document = good()
    row(document, "u1")["username"] = 5

    assert messages(loaded(document)) == ["demo.yaml:1: users[0].username: must be a string, not 5"]


def test_references_to_deleted_and_hidden_records_are_good() -> None:
    """A record that is tobedeleted, or that 1.1 cannot show, may be referred to."""
    document = good()
    row(document, "o1")["status"] = "tobedeleted"
    row(document, "t1")["type"] = "ext:trimester"

    assert [fault for fault in loaded(document).faults if fault.severity == "error"] == []


def test_suggestions_are_bounded() -> None:
    """Thousands of wrong references are all reported, and loading takes no longer."""
    document = good()
    document["enrollments"] = [
        {"sourcedId": f"e{number}", "user": f"v{number}", "class": "k1", "school": "o1", "role": "student"}
        for number in range(3000)
    ]

    faults = [fault for fault in loaded(document).faults if fault.severity == "error"]

    assert len(faults) == 3000
    assert sum("did you mean" in fault.message for fault in faults) <= 100


def test_faults_of_reading_come_along() -> None:
    """Faults found in reading are reported too, and none of a member twice."""
    fixtures = fixture_set({"orgs": [{**ORG, "type": "shool"}]})
    said = Fault("demo.yaml", 1, "orgs[0].type", "is not good")
    fixtures.faults.append(said)

    assert assemble([fixtures], NOW).faults == [said]


def test_an_empty_set() -> None:
    """A set without a record is told of, though nothing is wrong."""
    assembly = loaded({"orgs": []})

    assert [(str(fault), fault.severity) for fault in assembly.faults] == [
        ("demo.yaml: there is no record in it", "warning")
    ]


# Amendments.


def amendment(collection: str, sourced_id: str, **members: Any) -> Amendment:
    """Return what a row of a delta says: these members of a record."""
    place = RawRecord("roles", 6, {}, Numbered("roles.csv"))
    return Amendment(collection, sourced_id, lambda body: {**body, **members}, place)


ROLES = [{"roleType": "primary", "role": "teacher", "org": "o2"}]


def test_an_amendment_of_the_same_set() -> None:
    """Rows of the same set that amend a record are applied before the record is validated."""
    fixtures = fixture_set(good())
    user = next(written.body for written in fixtures.records if written.body["sourcedId"] == "u2")
    del user["roles"], user["primaryOrg"]
    fixtures.amendments.append(amendment("users", "u2", roles=ROLES))

    assembly = assemble([fixtures], NOW)

    assert messages(assembly) == []
    assert found(assembly.records, "users", "u2")["roles"] == ROLES


def test_an_amendment_of_an_earlier_set() -> None:
    """A later set changes a part of a record, whatever shape it was written in."""
    later = FixtureSet("delta", amendments=[amendment("users", "u3", roles=ROLES, primaryOrg="o2")])

    assembly = assemble([fixture_set(good()), later], NOW)

    assert messages(assembly) == []
    assert found(assembly.records, "users", "u3")["roles"] == ROLES
    assert found(assembly.records, "users", "u3")["agents"] == ["u1"]


def test_an_amendment_of_the_base() -> None:
    """A record of the base is changed over it."""
    base = Roster.of(district(42, 12, NOW))
    org = base.tables["orgs"].records[0]

    assembly = assemble([FixtureSet("delta", amendments=[amendment("orgs", org["sourcedId"], name="New")])], NOW, base)

    assert found(assembly.records, "orgs", org["sourcedId"]) == {**org, "name": "New"}


def test_an_amendment_that_makes_a_record() -> None:
    """An amendment of no record that comes with an id is a new one."""
    later = FixtureSet("delta", amendments=[amendment("orgs", "o5", **{**ORG, "sourcedId": "o5"})])

    assembly = assemble([fixture_set(good()), later], NOW)

    assert messages(assembly) == []
    assert found(assembly.records, "orgs", "o5")["name"] == "North High"


def test_an_amendment_of_nothing() -> None:
    """An amendment of a record that is not there names the row that has it."""
    later = FixtureSet("delta", amendments=[amendment("users", "u77", roles=ROLES)])

    assert messages(assemble([fixture_set(good()), later], NOW)) == [
        "roles.csv:7: roles[6]: there is no user with the sourcedId 'u77' to which it belongs"
    ]


def test_an_amendment_that_is_faulty() -> None:
    """A fault that an amendment causes is reported at its row."""
    later = FixtureSet("delta", amendments=[amendment("users", "u2", roles=[{**ROLES[0], "org": "o77"}])])

    texts = messages(assemble([fixture_set(good()), later], NOW))

    assert "roles.csv:7: roles[6].roles[0].org: there is no org with the sourcedId 'o77'" in texts


# Faulty records that are kept.


def test_what_is_wrong_is_shown_as_it_was_written() -> None:
    """A faulty record is shown in both versions: valid members in their form, the others as written."""
    document = good()
    row(document, "e1").update(role="pupil", beginDate="whenever", primary="maybe", extra=[1])

    record = found(loaded(document).records, "enrollments", "e1")

    assert isinstance(record, InvalidRecord)
    for model in MODELS["enrollments"].values():
        shown = orjson.loads(rooted(rendered(model, record), ""))
        assert (shown["role"], shown["beginDate"], shown["primary"], shown["extra"]) == (
            "pupil",
            "whenever",
            "maybe",
            [1],
        )
        assert (shown["user"]["sourcedId"], shown["status"]) == ("u1", "active")


def test_what_is_wrong_in_a_list_is_shown_among_what_is_right() -> None:
    """In a list, references that are right stand in their form and others as they were written."""
    document = good()
    row(document, "u1")["agents"] = ["u3", 5]

    record = found(loaded(document).records, "users", "u1")

    shown = orjson.loads(rooted(rendered(MODELS["users"]["v1p1"], record), ""))
    assert [agent["sourcedId"] if isinstance(agent, dict) else agent for agent in shown["agents"]] == ["u3", 5]
    assert record["agents"] == ["u3"]


def test_a_missing_member_stays_missing() -> None:
    """A record that lacks what a version demands is kept without it."""
    document = good()
    del row(document, "u1")["familyName"]

    record = found(loaded(document).records, "users", "u1")

    assert all(
        "familyName" not in orjson.loads(rooted(rendered(model, record), "")) for model in MODELS["users"].values()
    )


def test_without_an_id_nothing_is_kept() -> None:
    """A record of which nobody can say which one it is, is left out."""
    document = good()
    row(document, "h1")["sourcedId"] = 5

    assert loaded(document).records["categories"] == []


def test_both_of_the_same_id_are_kept() -> None:
    """Two records of the same id are both shown, as they were written."""
    assembly = loaded({"orgs": [ORG, {**ORG, "name": "Other"}]})

    assert [org["name"] for org in assembly.records["orgs"]] == ["North High", "Other"]
    assert assembly.counts == {"orgs": 2}


def test_names_of_a_user_of_1_1() -> None:
    """Faults of neutral members are told by the names that a user of 1.1 has for them."""
    names = [USER_OF_1P1.as_written(name) for name in ("roles[2].org", "primaryOrg", "agents[0]")]

    assert names == ["orgs[2]", None, "agents[0]"]
