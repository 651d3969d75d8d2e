"""Invalid records are never sent: the error names the record."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import NOW, Api, information

from mockroster.district import district
from mockroster.errors import BrokenRecord
from mockroster.render.record import rendered
from mockroster.roster.record import Record
from mockroster.standard.v1p1.models import RESOURCES

WRONG: list[tuple[str, str, Any]] = [
    ("users", "givenName", ""),
    ("users", "givenName", 5),
    ("users", "enabledUser", "true"),
    ("users", "userIds", [{"type": "LDAP"}]),
    ("users", "grades", []),
    ("orgs", "dateLastModified", "2026-01-15T08:00:00Z"),
    ("orgs", "status", "inactive"),
    ("orgs", "metadata", "x"),
    ("academicSessions", "startDate", "15.01.2026"),
    ("academicSessions", "schoolYear", 2026),
    ("classes", "terms", []),
    ("lineItems", "resultValueMax", "100"),
    ("lineItems", "resultValueMax", float("nan")),
    ("demographics", "birthDate", "2010-02-30"),
]
MISSING = [
    ("users", "familyName"),
    ("orgs", "name"),
    ("classes", "school"),
    ("enrollments", "user"),
    ("lineItems", "title"),
]


def spoil(api: Api, collection: str, member: str, *value: Any) -> str:
    """Put a copy of the first record, with one member wrong or left out, straight into the tables."""
    overlay = api.app.extensions["mockroster"].default.overlay
    record = Record(overlay.tables[collection].records[0])
    record.pop(member, None)
    record.update(dict.fromkeys([member], value[0]) if value else {})
    overlay.put(collection, record)
    sourced_id: str = record["sourcedId"]
    return sourced_id


@pytest.mark.parametrize(("collection", "member", "value"), WRONG)
def test_wrong_value_raises_in_tests(collection: str, member: str, value: Any, fresh: Api) -> None:
    """In testing mode a record that breaks its schema is an exception that names collection, record and member."""
    name = spoil(fresh, collection, member, value)

    with pytest.raises(BrokenRecord) as caught:
        fresh.get(f"/{collection}/{name}")

    assert collection in str(caught.value)
    assert name in str(caught.value)
    assert member in str(caught.value)


@pytest.mark.parametrize(("collection", "member"), MISSING)
def test_missing_member_raises_in_tests(collection: str, member: str, fresh: Api) -> None:
    """A required member that is missing is one that is wrong, in a collection as in a single read."""
    name = spoil(fresh, collection, member)

    with pytest.raises(BrokenRecord, match=member):
        fresh.get(f"/{collection}/{name}")
    with pytest.raises(BrokenRecord, match=member):
        fresh.get(f"/{collection}", limit=1)


def test_otherwise_it_is_a_logged_500_that_names_the_member(fresh: Api, caplog: pytest.LogCaptureFixture) -> None:
    """Outside of tests the client gets a JSON 500 that names record and member, and the log has the traceback."""
    name = spoil(fresh, "users", "familyName", "")
    fresh.app.testing = False

    with caplog.at_level(logging.ERROR):
        response = fresh.get("/users")

    assert response.status_code == 500
    said = information(response)
    assert said["imsx_codeMajor"] == "failure"
    assert said["imsx_severity"] == "error"
    assert "imsx_codeMinor" not in said
    assert name in said["imsx_description"]
    assert "familyName" in said["imsx_description"]
    (logged,) = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert "familyName" in logged.getMessage()
    assert logged.exc_info is not None


def test_any_other_exception_is_a_500_without_its_insides(fresh: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected exception is a JSON 500 without internals."""

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the secret insides")

    monkeypatch.setattr("mockroster.query.selection.find", broken)
    fresh.app.testing = False

    response = fresh.get("/orgs/x")

    assert response.status_code == 500
    assert "insides" not in information(response)["imsx_description"]


def test_the_page_without_the_wrong_record_is_served(fresh: Api) -> None:
    """Only answers that would hold the record fail; the rest of its collection can be read."""
    spoil(fresh, "orgs", "name")

    response = fresh.get("/orgs", offset=1)

    assert response.status_code == 200


def test_fields_do_not_hide_a_wrong_record(fresh: Api) -> None:
    """A selection without the wrong member is no way round the check."""
    name = spoil(fresh, "orgs", "name")

    with pytest.raises(BrokenRecord):
        fresh.get(f"/orgs/{name}", fields="sourcedId")


@pytest.mark.parametrize(
    ("students", "now"),
    [(100, NOW), (1, NOW), (37, datetime(2024, 2, 29, 23, 59, tzinfo=UTC)), (25, datetime(2026, 7, 20, tzinfo=UTC))],
)
def test_every_generated_record_can_leave(students: int, now: datetime) -> None:
    """Each record of a district renders in 1.1, but results without a score, which 1.1 has no way to show."""
    records = district(11, students, now)

    for resource in RESOURCES:
        for record in records[resource.collection]:
            if resource.collection == "results" and "score" not in record:
                continue
            assert rendered(resource, record)


NO_WORD = [
    ("results", "scoreStatus", "done"),
    ("orgs", "type", "hamlet"),
    ("enrollments", "role", "pupil"),
    ("academicSessions", "type", "era"),
]


@pytest.mark.parametrize(("collection", "member", "value"), [*NO_WORD, ("results", "score", None)])
def test_what_1_1_cannot_show_is_not_shown(collection: str, member: str, value: str | None, fresh: Api) -> None:
    """A result without a score, and a word that 1.1 does not have, keep a record out of collections and counts: 404."""
    whole = [record["sourcedId"] for record in fresh.rows(f"/{collection}")]
    overlay = fresh.app.extensions["mockroster"].default.overlay
    record = Record(overlay.tables[collection].get(whole[0]))
    record.pop(member)
    record.update({} if value is None else {member: value})
    overlay.put(collection, record)

    shown = [one["sourcedId"] for one in fresh.rows(f"/{collection}")]

    assert shown == whole[1:]
    assert fresh.get(f"/{collection}", limit=1).headers["X-Total-Count"] == str(len(whole) - 1)
    assert fresh.get(f"/{collection}/{whole[0]}").status_code == 404
