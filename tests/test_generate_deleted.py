"""The rows of a generated district that are ``tobedeleted``."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mockroster.district import district
from mockroster.roster.record import Record, Records

NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def records() -> Records:
    """Return a district of a thousand students."""
    return district(42, 1000, NOW)


def gone(records: Records, collection: str) -> list[Record]:
    """Return the rows of a collection that are ``tobedeleted``."""
    return [row for row in records[collection] if row["status"] == "tobedeleted"]


@pytest.mark.parametrize("students", [1, 12, 1000])
def test_what_is_gone_and_what_never_is(students: int) -> None:
    """Some of each kind are gone, but no class or what it cannot do without, and no teacher."""
    records = district(42, students, NOW)

    kinds = {name for name in records if gone(records, name)}

    assert kinds == set(records) - {"classes", "courses", "academicSessions", "scoreScales"}
    assert {role["role"] for user in gone(records, "users") for role in user["roles"]} <= {
        "student",
        "parent",
        "guardian",
        "relative",
    }


def test_one_student_in_a_hundred_has_left_with_all_that_was_theirs(records: Records) -> None:
    """Students who left have deleted demographics, enrollments and guardians."""
    left = {user["sourcedId"]: user for user in gone(records, "users") if "grades" in user}
    adults = {user["sourcedId"] for user in gone(records, "users")} - left.keys()
    enrolled = {row["user"] for row in gone(records, "enrollments")}

    assert len(left) == 10
    assert {row["sourcedId"] for row in gone(records, "demographics")} == left.keys()
    assert left.keys() <= enrolled
    assert {agent for user in left.values() for agent in user["agents"]} == adults


def test_students_who_stay_dropped_some_classes(records: Records) -> None:
    """Some enrollments of active students are gone, each in a class that the student is not in now, and ended."""
    left = {user["sourcedId"] for user in gone(records, "users")}
    seats = {(row["user"], row["class"]) for row in records["enrollments"] if row["status"] == "active"}

    dropped = [row for row in gone(records, "enrollments") if row["user"] not in left]

    assert dropped
    for row in dropped:
        assert (row["user"], row["class"]) not in seats
        assert row["beginDate"] < row["endDate"] <= "2026-02-10"


def test_most_went_of_late(records: Records) -> None:
    """More than half of the deleted records were deleted in the last month and a half."""
    moments = [row["dateLastModified"] for name in records for row in gone(records, name)]

    assert sum(moment > "2025-12-27" for moment in moments) > len(moments) / 2


def test_the_deleted_stand_last(records: Records) -> None:
    """In each collection rows that are ``tobedeleted`` come after those that are not."""
    for rows in records.values():
        states = [row["status"] for row in rows]
        assert states == sorted(states)
