"""Comparing two rosters: each difference is named, and what a form cannot hold is none."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from copies import FORMS, copy_in, mutate, named, truth, truth_side
from hypothesis import given, settings
from hypothesis import strategies as st

from mockroster.errors import ConfigurationError, UnreadableFixtures
from mockroster.fixtures.read.content import File
from mockroster.fixtures.write.export import Export
from mockroster.fixtures.write.output import target, write
from mockroster.judge.compare.compare import Options, compare
from mockroster.judge.compare.history import Event, History, history_of
from mockroster.judge.compare.result import SHOWN, Result
from mockroster.judge.compare.rows import Ignored
from mockroster.judge.compare.side import Side, side_of_files, side_of_path, side_of_records
from mockroster.roster.record import Record
from mockroster.roster.undo import UndoLog
from mockroster.standard.bindings import BINDINGS
from mockroster.standard.versions import VERSIONS

LIMIT = 1 << 30
COUPLES = [(left, right) for left in FORMS for right in FORMS]


def document(content: Any, name: str = "copy.json") -> Side:
    """Return the side of a fixture document."""
    return side_of_files(name, [File(name, "json", json.dumps(content).encode())])


def small() -> dict[str, Any]:
    """Return a document of a school with two users."""
    users = [
        {
            "sourcedId": f"u{number}",
            "username": f"user{number}",
            "enabledUser": True,
            "givenName": f"Name{number}",
            "familyName": f"Family{number}",
            "email": f"user{number}@example.org",
            "identifier": f"id-{number}",
            "roles": [{"roleType": "primary", "role": "student", "org": "o1"}],
            "primaryOrg": "o1",
            "dateLastModified": "2026-01-02T00:00:00.000Z",
        }
        for number in (1, 2)
    ]
    return {"orgs": [{"sourcedId": "o1", "name": "North", "type": "school"}], "users": users}


def compared(left: Side, right: Side, *ignore: str) -> Result:
    """Return the differences of two sides."""
    return compare(left, right, Options(None, Ignored.parse(ignore)))


@pytest.mark.parametrize(("notation", "number"), FORMS)
def test_true_copy(notation: str, number: str) -> None:
    """A true copy in any form has no difference from the records."""
    result = copy_in(notation, number).compared()

    assert result.is_equal
    assert named(result) == set()
    assert all(each.left == each.right for name, each in result.collections.items() if notation == "csv")


@pytest.mark.parametrize(("left", "right"), COUPLES)
def test_forms_beside_each_other(left: tuple[str, str], right: tuple[str, str]) -> None:
    """The same roster in two forms has no difference, although each holds what the other does not."""
    result = compared(copy_in(*left).side(), copy_in(*right).side())

    assert result.is_equal


@pytest.mark.parametrize(("notation", "number"), FORMS)
def test_five_faults(notation: str, number: str) -> None:
    """Five planted faults are each named by id and member, and nothing else is."""
    copy = copy_in(notation, number)
    ending = ".csv" if notation == "csv" else ""
    users, classes = copy.rows[f"users{ending}"], copy.rows[f"classes{ending}"]
    enrollments, orgs = copy.rows[f"enrollments{ending}"], copy.rows[f"orgs{ending}"]
    active = [row for row in users if row.get("status") in {"", "active"}]
    lost, twice, other = enrollments[3], classes[2], active[5]
    enrollments.remove(lost)
    classes.append(dict(twice))
    other["familyName"] = "Changed"
    orgs.append(orgs[0] | {"sourcedId": "invented"})
    classes[0]["title"] = "Changed too"

    result = copy.compared()

    assert named(result) == {
        ("enrollments", lost["sourcedId"], "missing", frozenset()),
        ("classes", twice["sourcedId"], "duplicated", frozenset()),
        ("users", other["sourcedId"], "differing", frozenset({"familyName"})),
        ("orgs", "invented", "extra", frozenset()),
        ("classes", classes[0]["sourcedId"], "differing", frozenset({"title"})),
    }


@settings(max_examples=12)
@given(random=st.randoms(use_true_random=False))
@pytest.mark.parametrize(("notation", "number"), FORMS)
def test_mutations(notation: str, number: str, random: Random) -> None:
    """Every mutation of a copy is named, and nothing else is; ``make soak-compare`` tries many more."""
    copy = copy_in(notation, number)
    for _ in range(random.randint(1, 5)):
        mutate(copy, random)

    result = copy.compared()

    assert named(result) == copy.named


def test_asked_version() -> None:
    """With a version, only its view of the records is compared, by its names."""
    left, right = document(small()), document(small())
    right.records["users"]["u1"] = Record(right.records["users"]["u1"] | {"pronouns": "they/them"})
    right.records["users"]["u2"]["roles"][0]["role"] = "teacher"

    whole = compare(left, right, Options())
    old = compare(left, right, Options(VERSIONS["1.1"]))

    assert named(whole) == {
        ("users", "u1", "differing", frozenset({"pronouns"})),
        ("users", "u2", "differing", frozenset({"roles"})),
    }
    assert named(old) == {("users", "u2", "differing", frozenset({"role"}))}


def test_deleted_records() -> None:
    """A deleted record may be absent from a copy; one that is active there is resurrected."""
    left, content = document(small()), small()
    left.records["users"]["u1"] = Record(left.records["users"]["u1"] | {"status": "tobedeleted"})
    absent = compared(left, document({**content, "users": content["users"][1:]}))

    active = compared(left, document(content))

    assert absent.is_equal
    assert active.document()["collections"]["users"]["resurrected"] == ["u1"]
    assert active.document()["collections"]["users"]["differing"] == [
        {"sourcedId": "u1", "members": {"status": ["tobedeleted", "active"]}}
    ]


def test_deleted_record_in_a_bulk_file() -> None:
    """A bulk file has no deleted records, so one of the truth that is in it is extra and resurrected."""
    copy, left = copy_in("csv", "1.2"), truth_side()
    name = copy.rows["resources.csv"][0]["sourcedId"]
    left.records["resources"][name] = Record(left.records["resources"][name] | {"status": "tobedeleted"})

    result = compared(left, copy.side())

    each = result.collections["resources"]
    assert [difference.sourcedId for difference in each.of_kind("extra")] == [name]
    assert each.counts["resurrected"] == 1


def test_filled_in_members() -> None:
    """Members filled in by loading a fixture file are no difference."""
    content = small()
    left = document(content)
    left.records["orgs"]["o1"] = Record(
        left.records["orgs"]["o1"] | {"identifier": "o1", "dateLastModified": "2026-05-05T00:00:00.000Z"}
    )

    result = compared(left, document(content))

    assert result.is_equal


def test_order_of_lists() -> None:
    """The order of a list is no difference, the number of its items is."""
    left, right, short = small(), small(), small()
    left["users"][0]["grades"], right["users"][0]["grades"] = ["09", "10"], ["10", "09"]
    short["users"][0]["grades"] = ["09", "10", "10"]

    assert compared(document(left), document(right)).is_equal
    assert not compared(document(left), document(short)).is_equal


def test_older_date() -> None:
    """A copy with an earlier dateLastModified is stale."""
    content = small()
    content["users"][0] |= {"givenName": "Old", "dateLastModified": "2025-01-01T00:00:00.000Z"}

    result = compared(document(small()), document(content))

    assert result.document()["collections"]["users"]["stale"] == ["u1"]


def test_invalid_values() -> None:
    """Invalid values in a copy are compared as they are written, and are listed as faults."""
    content = small()
    content["users"][0]["enabledUser"] = "perhaps"
    content["users"][1]["roles"][0]["role"] = "pupil"

    result = compared(document(small()), document(content))

    assert named(result) == {
        ("users", "u1", "differing", frozenset({"enabledUser"})),
        ("users", "u2", "differing", frozenset({"roles"})),
    }
    assert len(result.faults["right"]) == 2


def test_record_that_its_form_forbids() -> None:
    """A result without a score is none of 1.1, and is compared in a copy of 1.1 all the same."""
    copy = copy_in("json", "1.1")
    row = next(row for row in copy.rows["results"] if row["status"] == "active")
    del row["score"]

    result = copy.compared()

    assert named(result) == {("results", row["sourcedId"], "differing", frozenset({"score"}))}


def test_ignored() -> None:
    """Members, members of a collection and whole collections can be left out."""
    content = small()
    content["users"][0]["email"] = "other@example.org"
    content["orgs"][0]["name"] = "South"
    left, right = document(small()), document(content)

    assert named(compared(left, right, "email")) == {("orgs", "o1", "differing", frozenset({"name"}))}
    assert compared(left, right, "users.email", "orgs").is_equal


@pytest.mark.parametrize("name", ["emial", "users.emial", "userz"])
def test_unknown_ignored(name: str) -> None:
    """An unknown name is refused with the nearest one."""
    with pytest.raises(ConfigurationError, match=r"did you mean '(users\.)?(email|user)'"):
        Ignored.parse([name])


def test_changed_id() -> None:
    """A person under another id is named beside the record."""
    content = small()
    content["users"][0]["sourcedId"] = "u9"

    result = compared(document(small()), document(content))

    missing, extra = (result.collections["users"].of_kind(kind)[0] for kind in ("missing", "extra"))
    assert missing.nearest is not None
    assert extra.nearest is not None
    assert (missing.sourcedId, missing.nearest.sourcedId) == ("u1", "u9")
    assert (extra.sourcedId, extra.nearest.sourcedId) == ("u9", "u1")
    assert "email" in missing.nearest.members


def test_duplicate_after_a_change_of_id() -> None:
    """An extra record may be one that both sides have; a missing record is none that has its own counterpart."""
    content, shorter = small(), small()
    content["users"].append(content["users"][0] | {"sourcedId": "old"})
    left = document(content)

    extra = compared(document(small()), left).collections["users"].differences[0]
    missing = compared(left, document(shorter)).collections["users"].differences[0]

    assert (extra.kind, extra.sourcedId, extra.nearest and extra.nearest.sourcedId) == ("extra", "old", "u1")
    assert (missing.kind, missing.sourcedId, missing.nearest) == ("missing", "old", None)


def test_similar_people_are_not_the_same() -> None:
    """Someone who shares only a school and a family with others is not taken for one of them."""
    content = small()
    sibling = content["users"][0] | {"familyName": "Family2"}
    sibling |= {"sourcedId": "u3", "username": "u3", "givenName": "Zoe", "identifier": "x", "email": "zoe@example.org"}
    content["users"].append(sibling)

    result = compared(document(small()), document(content))

    assert result.collections["users"].of_kind("extra")[0].nearest is None


def test_counts_of_all() -> None:
    """The first differences are kept, and all are counted."""
    content = small()
    content["users"] = [content["users"][0] | {"sourcedId": f"x{number}"} for number in range(SHOWN + 7)]

    each = compared(document(small()), document(content)).collections["users"]

    assert each.counts["extra"] == SHOWN + 7
    assert len(each.of_kind("extra")) == SHOWN


def test_document_is_read_again() -> None:
    """The result is the same after it was written as JSON and read again."""
    random, copy = Random(3), copy_in("csv", "1.2")
    for _ in range(6):
        mutate(copy, random)
    written = json.loads(json.dumps(copy.compared().document()))

    read = Result.parse(written)

    assert read.document() == written
    assert named(read) == copy.named


def event(
    revision: int, before: Record | None, after: Record | None, cause: str = "event:student-transferred"
) -> Event:
    """Return a change of the user ``u1``."""
    return Event(revision, f"2026-09-0{revision}T08:00:00.000Z", cause, "users", "u1", before, after)


def test_since_when() -> None:
    """The log tells since when the truth has a value, and whether the copy has the one before."""
    left = document(small())
    now = left.records["users"]["u1"]
    first, second = Record(now | {"email": "a@x.org"}), Record(now | {"email": "b@x.org"})
    log = history_of([event(1, first, second), event(2, second, now), event(3, now, Record(now | {"phone": "1"}))])
    content = small()
    content["users"][0]["email"] = "a@x.org"

    result = compare(left, document(content), Options(), lambda _: log)

    (difference,) = result.collections["users"].differences
    assert difference.is_stale
    assert str(difference.since) == "changed 2026-09-02 by student-transferred; the copy has the value before"


def test_value_of_nobody() -> None:
    """A value that the truth never had is not stale."""
    left = document(small())
    now = left.records["users"]["u1"]
    log = history_of([event(2, Record(now | {"email": "b@x.org"}), now, "switchboard")])
    content = small()
    content["users"][0]["email"] = "never@x.org"

    result = compare(left, document(content), Options(), lambda _: log)

    (difference,) = result.collections["users"].differences
    assert not difference.is_stale
    assert str(difference.since) == "changed 2026-09-02 by the switchboard"


def test_since_when_added_and_deleted() -> None:
    """The log tells when a missing record was added, and when an extra one was deleted."""
    content = small()
    both, one = document(content), document({**content, "users": content["users"][1:]})
    now = both.records["users"]["u1"]
    added: History = history_of([event(1, None, now, "client")])
    deleted: History = history_of([event(4, now, None)])

    missing = compare(both, one, Options(), lambda _: added).collections["users"]
    extra = compare(one, both, Options(), lambda _: deleted).collections["users"]

    assert str(missing.differences[0].since) == "added 2026-09-01 by the client; the copy has the state before"
    assert str(extra.differences[0].since) == (
        "deleted 2026-09-04 by student-transferred; the copy has the state before"
    )
    assert extra.counts["resurrected"] == extra.counts["stale"] == 1


def test_earlier_records() -> None:
    """Changes can be undone, newest first."""
    now = {"users": [*document(small()).records["users"].values()]}
    key, user = ("users", "u1"), next(user for user in now["users"] if user["sourcedId"] == "u1")
    gone = Record(user | {"sourcedId": "u99"})
    first, second = Record(user | {"email": "a"}), Record(user | {"email": "b"})

    earlier = UndoLog.of([(key, None), (key, first), (key, second)]).apply(now)
    between = UndoLog.of([(key, second), (("users", "u99"), gone)]).apply(now)

    assert earlier["users"] == [other for other in now["users"] if other is not user]
    assert between["users"] == [second if other is user else other for other in now["users"]] + [gone]
    assert user["email"] == "user1@example.org"


def test_folders(tmp_path: Path) -> None:
    """Two folders are compared, and a difference names its file and line."""
    for name in ("left", "right"):
        write(Export(truth(), "csv", "1.2"), target(str(tmp_path / name), "csv"))
    users = tmp_path / "right" / "users.csv"
    lines = users.read_text().splitlines()
    users.write_text("\n".join([*lines[:3], lines[3].replace(",true,", ",false,"), *lines[4:]]) + "\n")

    result = compared(side_of_path(str(tmp_path / "left"), LIMIT), side_of_path(str(tmp_path / "right"), LIMIT))

    ((collection, difference),) = result.named()
    assert (collection, [*difference.members]) == ("users", ["enabledUser"])
    assert difference.place == f"{users}:4"


UNREADABLE = {
    "empty.json": (b"", "is empty"),
    "blank.yaml": (b"  \n", "is empty"),
    "cut.json": (b'{"users": [{"sourcedId": "u1"', "ends too early"),
    "latin.json": ('{"orgs": [{"name": "Zoë"}]}'.encode("latin-1"), "is not UTF-8"),
    "wide.csv": ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
    "cut.zip": (b"PK\x03\x04 nothing", "is not a zip that can be read"),
    "page.json": (b"<html></html>", "page.json:1"),
    "base.json": (b'{"base": "generated", "users": []}', "base: generated"),
    "users.txt": (b"u1", "the name must end in"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable(tmp_path: Path, name: str) -> None:
    """A copy that is truncated, misencoded, empty or something else gets one sentence."""
    content, message = UNREADABLE[name]
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(UnreadableFixtures) as caught:
        side_of_path(str(path), LIMIT)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cut", "message"),
    [(-8, "ends in the middle of a row"), (None, "is empty")],
    ids=["cut", "empty"],
)
@pytest.mark.parametrize("number", BINDINGS)
def test_damaged_bundle(number: str, cut: int | None, message: str) -> None:
    """A bundle with a file that is cut off or empty cannot be read."""
    files = copy_in("csv", number).files()
    damaged = [
        File(file.name, "csv", file.content.rstrip()[:cut] if cut else b"") if file.name == "users.csv" else file
        for file in files
    ]

    with pytest.raises(UnreadableFixtures, match=message):
        side_of_files("copy.zip", damaged)


def test_open_quote() -> None:
    """A file that is cut off inside a quoted cell cannot be read."""
    files = copy_in("csv", "1.2").files()
    damaged = [File(file.name, "csv", file.content + b'"x,') if file.name == "orgs.csv" else file for file in files]

    with pytest.raises(UnreadableFixtures, match="never closed"):
        side_of_files("copy.zip", damaged)


def test_delta_is_no_roster() -> None:
    """Delta files are refused, because they are changes and no roster."""
    copy = copy_in("csv", "1.1")
    for row in copy.rows["manifest.csv"]:
        row["value"] = row["value"].replace("bulk", "delta")
    for row in copy.rows["orgs.csv"]:
        row |= {"status": "active", "dateLastModified": "2026-01-01T00:00:00.000Z"}

    with pytest.raises(UnreadableFixtures, match="delta"):
        copy.side()


def test_empty_roster_is_a_roster() -> None:
    """A document without records can be read: everything is missing."""
    result = compared(side_of_records("left", truth()), document({}))

    assert result.collections["users"].counts["missing"] == sum(row["status"] == "active" for row in truth()["users"])
