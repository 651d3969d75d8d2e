"""Comparing a roster with the client's own tables by a map."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from copies import named, truth, truth_side

from mockroster.errors import ConfigurationError
from mockroster.judge.compare.compare import Options
from mockroster.judge.compare.copy_map.compare import compare_copy
from mockroster.judge.compare.copy_map.parse import read_map
from mockroster.judge.compare.history import Event, history_of
from mockroster.judge.compare.result import Result
from mockroster.judge.compare.rows import Ignored
from mockroster.roster.record import Record
from mockroster.standard.v1p1.conversion import orgs, role

PEOPLE = """
users:
  from: people.csv
  key: ext
  members:
    givenName: first
    familyName: {column: last, case: ignore, trim: true}
    role: {column: kind, values: {student: S, teacher: T}}
    orgs: {column: schools, list: "|"}
    email: mail
    enabledUser: login
"""

DATABASE = """
users:
  from: person
  key: oneroster_id
  deleted: {column: active, is: 0}
  members: {givenName: first}
enrollments:
  from: membership
  key:
    user: {column: person_id, lookup: {from: person, match: id, take: oneroster_id}}
    class: class_id
  deleted: {column: deleted_at}
  where: {source: oneroster}
  members:
    role: kind
    beginDate: {column: since, format: "%d.%m.%Y"}
"""

DOCUMENT = """
{"academicSessions": {"from": "terms", "key": {"sourcedId": "id"}, "members": {
    "title": "name", "startDate": {"column": "span.from", "date": "day"}, "schoolYear": "year"}},
 "demographics": {"from": "facts", "key": "person", "members": {"birthDate": "born", "hispanicOrLatinoEthnicity": "h"}},
 "results": {"from": "scores", "key": "id", "members": {"score": "points"}}}
"""

LEFT = {"student": "S", "teacher": "T"}


def active(collection: str) -> list[Record]:
    """Return the records that a client keeps."""
    return [record for record in truth()[collection] if record["status"] == "active"]


def people() -> list[dict[str, Any]]:
    """Return the users as a client keeps them."""
    return [
        {
            "ext": user["sourcedId"],
            "first": user["givenName"],
            "last": f" {user['familyName'].upper()}",
            "kind": LEFT.get(str(role(user)), role(user)),
            "schools": "|".join(sorted(orgs(user) or [])),
            "mail": user.get("email", ""),
            "login": "1" if user["enabledUser"] else "0",
        }
        for user in active("users")
    ]


def save_people(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """Write users as the client exports them, with semicolons."""
    with (folder / "people.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, [*rows[0]], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def document() -> dict[str, list[dict[str, Any]]]:
    """Return sessions, demographics and results as a client keeps them."""
    return {
        "terms": [
            {
                "id": row["sourcedId"],
                "name": row["title"],
                "span": {"from": f"{row['startDate']}T00:00:00+00:00"},
                "year": int(row["schoolYear"]),
            }
            for row in active("academicSessions")
        ],
        "facts": [
            {"person": row["sourcedId"], "born": row.get("birthDate"), "h": row.get("hispanicOrLatinoEthnicity")}
            for row in active("demographics")
        ],
        "scores": [
            {"id": row["sourcedId"], "points": float(row["score"]) if "score" in row else None}
            for row in active("results")
        ],
    }


def by_map(tmp_path: Path, text: str, copy: Path, *ignore: str, log: Any = None) -> Result:
    """Return the differences of a copy by the text of a map."""
    path = tmp_path / "copy.yaml"
    path.write_text(text)
    return compare_copy(truth_side(), read_map(path), copy, Options(None, Ignored.parse(ignore)), log)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a client's database with ids of its own, in the file ``app.db``."""
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.execute(
            "CREATE TABLE person (id INTEGER PRIMARY KEY, oneroster_id TEXT, first TEXT, active INTEGER)"
        )
        connection.execute(
            "CREATE TABLE membership"
            " (person_id INTEGER, class_id TEXT, kind TEXT, since TEXT, deleted_at TEXT, source TEXT)"
        )
        ids = {user["sourcedId"]: number for number, user in enumerate(truth()["users"], 1)}
        connection.executemany(
            "INSERT INTO person VALUES (?, ?, ?, ?)",
            [
                (ids[row["sourcedId"]], row["sourcedId"], row["givenName"], int(row["status"] == "active"))
                for row in truth()["users"]
            ],
        )
        connection.executemany(
            "INSERT INTO membership VALUES (?, ?, ?, ?, ?, 'oneroster')",
            [
                (
                    ids[row["user"]],
                    row["class"],
                    row["role"],
                    re.sub(r"(\d+)-(\d+)-(\d+)", r"\3.\2.\1", row.get("beginDate", "")),
                    None if row["status"] == "active" else "2026-01-01",
                )
                for row in truth()["enrollments"]
            ],
        )
        connection.execute("INSERT INTO membership VALUES (1, 'club', 'member', '', NULL, 'local')")
        connection.commit()
        yield connection


def test_true_csv(tmp_path: Path) -> None:
    """A true copy in the client's columns, words and notations has no difference."""
    result = by_map(tmp_path, PEOPLE, save_people(tmp_path, people()))

    assert result.is_equal
    assert result.collections["users"].left == result.collections["users"].right == len(active("users"))


def test_five_faults_in_csv(tmp_path: Path) -> None:
    """Five planted faults are named by id and member of the standard, with the values of both sides."""
    rows = people()
    lost, twice, renamed, moved, invented = rows[1], rows[2], rows[3], rows[4], {**rows[5], "ext": "invented"}
    rows.remove(lost)
    rows += [dict(twice), invented]
    renamed["first"] = "Other"
    moved["schools"] += "|elsewhere"

    result = by_map(tmp_path, PEOPLE, save_people(tmp_path, rows))

    assert named(result) == {
        ("users", lost["ext"], "missing", frozenset()),
        ("users", twice["ext"], "duplicated", frozenset()),
        ("users", renamed["ext"], "differing", frozenset({"givenName"})),
        ("users", moved["ext"], "differing", frozenset({"orgs"})),
        ("users", "invented", "extra", frozenset()),
    }
    (shown,) = [
        each.members["givenName"] for each in result.collections["users"].differences if "givenName" in each.members
    ]
    assert shown[1] == "Other"


def test_true_database(tmp_path: Path, database: sqlite3.Connection) -> None:
    """A true copy in a database has no difference: with ids of its own, a flag and a date of deletion."""
    assert database.total_changes
    result = by_map(tmp_path, DATABASE, tmp_path / "app.db")

    assert result.is_equal


def test_faults_in_a_database(tmp_path: Path, database: sqlite3.Connection) -> None:
    """Records that are deleted on one side only are named, and enrollments by the ids of the truth."""
    gone = next(row["sourcedId"] for row in truth()["users"] if row["status"] == "tobedeleted")
    first, second, third = active("enrollments")[:3]
    database.execute("UPDATE person SET active = 1 WHERE oneroster_id = ?", [gone])
    for record, change in (
        (first, "UPDATE membership SET deleted_at = '2026'"),
        (second, "DELETE FROM membership"),
        (third, "UPDATE membership SET kind = 'proctor'"),
    ):
        where = " WHERE class_id = ? AND person_id = (SELECT id FROM person WHERE oneroster_id = ?)"
        database.execute(change + where, [record["class"], record["user"]])
    database.commit()

    result = by_map(tmp_path, DATABASE, tmp_path / "app.db")

    assert named(result) == {
        ("users", gone, "differing", frozenset({"status"})),
        ("enrollments", first["sourcedId"], "differing", frozenset({"status"})),
        ("enrollments", second["sourcedId"], "missing", frozenset()),
        ("enrollments", third["sourcedId"], "differing", frozenset({"role"})),
    }
    assert result.collections["users"].counts["resurrected"] == 1


@pytest.mark.parametrize("reverse", [False, True])
def test_record_that_came_back(tmp_path: Path, database: sqlite3.Connection, *, reverse: bool) -> None:
    """A deleted enrollment and the one that replaced it have the same key, and each has its row."""
    truth_now, first = truth_side(), active("enrollments")[0]
    old = Record(first | {"sourcedId": "old", "status": "tobedeleted"})
    enrollments = {"old": old, **truth_now.records["enrollments"]}
    truth_now.records["enrollments"] = dict(reversed(enrollments.items())) if reverse else enrollments
    path = tmp_path / "copy.yaml"
    path.write_text(DATABASE)

    without = compare_copy(truth_now, read_map(path), tmp_path / "app.db", Options())
    values = "SELECT person_id, class_id, kind, since, '2026-02-02', source FROM membership LIMIT 1"
    database.execute(f"INSERT INTO membership {values}")
    database.commit()
    with_row = compare_copy(truth_now, read_map(path), tmp_path / "app.db", Options())

    assert without.is_equal
    assert with_row.is_equal


def test_deleted_rows_that_stay(tmp_path: Path) -> None:
    """If deleted rows should be missing, a remaining one is extra and resurrected."""
    gone = next(row for row in truth()["users"] if row["status"] == "tobedeleted")
    rows = [*people(), {**people()[0], "ext": gone["sourcedId"]}]

    result = by_map(tmp_path, PEOPLE, save_people(tmp_path, rows))

    assert named(result) == {("users", gone["sourcedId"], "extra", frozenset())}
    assert result.document()["collections"]["users"]["resurrected"] == [gone["sourcedId"]]


def test_true_json(tmp_path: Path) -> None:
    """A true copy in nested JSON has no difference, with dates, numbers and truth values of other types."""
    path = tmp_path / "copy.json"
    path.write_text(json.dumps(document()))

    result = by_map(tmp_path, DOCUMENT, path)

    assert result.is_equal
    assert all(each.left for each in result.collections.values())


def test_json_lines(tmp_path: Path) -> None:
    """A folder may hold files of several formats, one for each table."""
    for name, rows in document().items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))

    result = by_map(tmp_path, DOCUMENT, tmp_path)

    assert result.is_equal


def test_fault_in_json(tmp_path: Path) -> None:
    """Faults in nested JSON are named by member."""
    content = document()
    content["terms"][0]["span"]["from"] = "2001-01-01"
    content["facts"][1]["h"] = not content["facts"][1]["h"]
    content["scores"][2]["points"] = 12.5
    path = tmp_path / "copy.json"
    path.write_text(json.dumps(content))

    result = by_map(tmp_path, DOCUMENT, path)

    assert named(result) == {
        ("academicSessions", content["terms"][0]["id"], "differing", frozenset({"startDate"})),
        ("demographics", content["facts"][1]["person"], "differing", frozenset({"hispanicOrLatinoEthnicity"})),
        ("results", content["scores"][2]["id"], "differing", frozenset({"score"})),
    }


def test_changed_id(tmp_path: Path) -> None:
    """A person under another id is named beside the record."""
    rows = people()
    old, rows[3]["ext"] = rows[3]["ext"], "changed"

    result = by_map(tmp_path, PEOPLE, save_people(tmp_path, rows))

    extra = result.collections["users"].of_kind("extra")[0]
    assert extra.nearest is not None
    assert (extra.sourcedId, extra.nearest.sourcedId) == ("changed", old)


def test_history(tmp_path: Path) -> None:
    """The log tells that the client has the value before a change, by the client's words."""
    rows, user = people(), active("users")[7]
    rows[7]["first"] = "Before"
    change = Event(
        3,
        "2026-09-03T08:00:00.000Z",
        "event:name-changed",
        "users",
        user["sourcedId"],
        Record(user | {"givenName": "Before"}),
        user,
    )

    result = by_map(tmp_path, PEOPLE, save_people(tmp_path, rows), log=lambda _: history_of([change]))

    (difference,) = result.collections["users"].differences
    assert str(difference.since) == "changed 2026-09-03 by name-changed; the copy has the value before"
    assert difference.is_stale


def test_ignored(tmp_path: Path) -> None:
    """Mapped members can be left out."""
    rows = people()
    rows[0]["first"] = "Other"

    assert by_map(tmp_path, PEOPLE, save_people(tmp_path, rows), "users.givenName").is_equal


FAULTS = {
    "": "copy.yaml: is empty",
    "users: [": "copy.yaml:1: is not YAML",
    "users: 3": "copy.yaml:1: users: must be an object",
    "user: {}": "copy.yaml:1: user: is not a collection; known: .*did you mean 'users'",
    "users: {from: people.csv}": "copy.yaml:1: users: needs a key",
    "users:\n  key: ext\n  kee: ext": "copy.yaml:3: users.kee: is not part of a table; .*did you mean 'key'",
    "users:\n  key: ext\n  members: {givenNam: a}": "copy.yaml:3: users.members.givenNam: .*did you mean 'givenName'",
    "users:\n  key: ext\n  members: {email: {column: a, trim: si}}": "users.members.email.trim: must be true or false",
    "users:\n  key: ext\n  members: {email: {trim: true}}": "users.members.email: needs the name of its column",
    "users:\n  key: ext\n  members: {email: {column: a, case: ignor}}": "'ignor' is not one of .*did you mean 'ignore'",
    "users:\n  key: ext\n  members: {email: {column: mail, lookup: {from: a}}}": "lookup: needs match and take",
    "users:\n  key: ext\n  deleted: gone": "copy.yaml:3: users.deleted: 'gone' is not one of missing",
    "users:\n  key: ext\n  deleted: {is: 0}": "users.deleted: needs a column",
    "users:\n  key: ext\n  key: ext": "copy.yaml:3: users.key: is there twice",
    "users:\n  key: &a ext\n  from: *a": "copy.yaml:3: is an alias",
    "users:\n  key: ext\n  members: {email: mial}": "users.members.email: .*no column 'mial'; did you mean 'mail'",
    "users:\n  key: xet": "copy.yaml:2: users.key: .*no column 'xet'; did you mean 'ext'",
    "users:\n  key: ext\n  from: poeple": "has no file 'poeple'; did you mean 'people.csv'",
    "users:\n  key: ext\n  where: {kin: S}": "has no column 'kin'; did you mean 'kind'",
}


@pytest.mark.parametrize("text", FAULTS)
def test_faulty_map(tmp_path: Path, text: str) -> None:
    """A fault in a map is one sentence with file, line, path and nearest name."""
    save_people(tmp_path, people())

    with pytest.raises(ConfigurationError, match=FAULTS[text]) as caught:
        by_map(tmp_path, text, tmp_path)

    assert "\n" not in str(caught.value)


UNREADABLE = {
    "people.csv": [
        (b"", "is empty"),
        (b"ext;first;last;kind;schools;mail;login\nu1;A", "people.csv:2: has 2 cells where the header has 7"),
        (b"ext;first\nu1;\xe9", "people.csv:2: byte 0xe9 is not UTF-8"),
        (b'ext;first\nu1;"open', "cannot be read as CSV"),
    ],
    "people.json": [
        (b'[{"ext": "u1"', "is not JSON"),
        (b"[1]", "must be an array of objects"),
        (b"{}", "has no array"),
    ],
    "people.jsonl": [(b'{"ext": "u1"}\n{"ext"', "people.jsonl:2: is not JSON"), (b"7", "must be an object")],
    "people.db": [(b"SQLite format 3\0 and no more", "is no SQLite database")],
    "people.xls": [(b"x", "the name must end in")],
}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [(name, *case) for name, cases in UNREADABLE.items() for case in cases],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unreadable_tables(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """Tables that are truncated, misencoded, empty or something else get one sentence."""
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ConfigurationError, match=re.escape(message)):
        by_map(tmp_path, "users: {key: ext, from: people}", tmp_path / name)


def test_no_copy(tmp_path: Path) -> None:
    """A path where there is nothing is refused with the nearest one."""
    save_people(tmp_path, people())

    with pytest.raises(ConfigurationError, match=r"no such file or folder; did you mean 'people.csv'"):
        by_map(tmp_path, PEOPLE, tmp_path / "peple.csv")
