"""The academic sessions of a generated district."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mockroster.district import district
from mockroster.roster.record import Record

DAYS = ["2024-02-29", "2025-07-31", "2025-08-01", "2025-12-31", "2026-01-01", "2026-07-30"]


def sessions(day: str) -> list[Record]:
    """Return the sessions of a district as it is on a day."""
    return district(1, 1, datetime.fromisoformat(f"{day}T23:59:59+00:00"))["academicSessions"]


@pytest.mark.parametrize("day", DAYS)
def test_two_years_without_a_gap(day: str) -> None:
    """There are two school years of thirty sessions, and each kind of session follows itself without a gap."""
    rows = sessions(day)

    assert len(rows) == 30
    for kind, count in {"schoolYear": 2, "semester": 4, "term": 8, "gradingPeriod": 16}.items():
        of_kind = [row for row in rows if row["type"] == kind]
        assert len(of_kind) == count
        assert [row["endDate"] for row in of_kind[:-1]] == [row["startDate"] for row in of_kind[1:]]


@pytest.mark.parametrize("day", DAYS)
def test_every_day_is_in_a_session_of_each_kind(day: str) -> None:
    """The day itself is in one session of each kind, in the second school year."""
    rows = sessions(day)

    current = [row for row in rows if row["startDate"] <= day < row["endDate"]]

    assert [row["type"] for row in current] == ["schoolYear", "semester", "term", "gradingPeriod"]
    assert current[0] == rows[15]


def test_years_go_from_the_top_down() -> None:
    """A school year stands before its semesters, these before their terms, and these before their grading periods."""
    kinds = [row["type"] for row in sessions("2026-02-10")]

    year = ["schoolYear"] + 2 * ["semester"] + 4 * ["term"] + 8 * ["gradingPeriod"]
    assert kinds == year + year


def test_the_school_year_is_the_one_in_which_it_ends() -> None:
    """``schoolYear`` is the calendar year in which the school year ends."""
    rows = sessions("2025-11-24")

    assert [row["schoolYear"] for row in rows] == 15 * ["2025"] + 15 * ["2026"]
    assert rows[15]["endDate"] == "2026-08-01"


def test_the_day_is_that_of_utc() -> None:
    """A moment in another zone counts by its day in UTC."""
    there = datetime.fromisoformat("2025-07-31T22:00:00-04:00")

    assert district(1, 20, there) == district(1, 20, datetime(2025, 8, 1, tzinfo=UTC))
