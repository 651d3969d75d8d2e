"""The number of records in a district."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from mockroster.district import PROFILES, district
from mockroster.errors import ConfigurationError
from mockroster.roster.record import Records

COLLECTIONS = [
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "enrollments",
    "demographics",
    "resources",
    "categories",
    "lineItems",
    "results",
    "scoreScales",
    "assessmentLineItems",
    "assessmentResults",
]
NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)


def active_students(records: Records) -> list[str]:
    """Return the sourcedIds of the active students."""
    return [
        user["sourcedId"]
        for user in records["users"]
        if user["status"] == "active" and any(role["role"] == "student" for role in user["roles"])
    ]


@pytest.mark.parametrize("students", [1, 2, 11, 12, 13, 50, 100, 157, 1000])
def test_exactly_as_many_active_students_as_asked(students: int) -> None:
    """The number of active students is the number asked for, and each has demographics."""
    records = district(7, students, NOW)

    found = active_students(records)

    assert len(found) == students
    assert set(found) <= {row["sourcedId"] for row in records["demographics"] if row["status"] == "active"}


@pytest.mark.parametrize("day", ["2025-08-01", "2025-08-02", "2025-11-24", "2025-12-31", "2026-02-10", "2026-07-30"])
def test_about_twelve_records_a_student_all_year_round(day: str) -> None:
    """A thousand students make 11 to 13 records each, whatever the day of the year."""
    records = district(42, 1000, datetime.fromisoformat(f"{day}T12:00:00+00:00"))

    total = sum(map(len, records.values()))

    assert 11_000 <= total <= 13_000


def test_roster_only_leaves_the_gradebook_out() -> None:
    """Without the gradebook all collections are still there, and the others are the same."""
    whole = district(42, 100, NOW)

    roster = district(42, 100, NOW, "roster-only")

    gradebook = {*COLLECTIONS[COLLECTIONS.index("categories") :]}
    assert [*whole] == [*roster] == COLLECTIONS
    assert all(not roster[name] for name in gradebook)
    assert all(roster[name] == whole[name] for name in COLLECTIONS if name not in gradebook)


def test_a_thousand_students_have_schools_of_each_level() -> None:
    """A thousand students fill two elementary schools, a middle and a high school, with all thirteen grades."""
    records = district(42, 1000, NOW)

    names = Counter(org["name"].split(" ", 1)[1] for org in records["orgs"] if org["type"] == "school")
    grades = {grade for user in records["users"] for grade in user.get("grades", ())}

    assert names == {"Elementary School": 2, "Middle School": 1, "High School": 1}
    assert grades == {"KG", *(f"{grade:02d}" for grade in range(1, 13))}


@pytest.mark.parametrize("students", [12, 24, 40, 100, 300, 1000])
def test_no_grade_of_a_school_has_less_than_twelve_students(students: int) -> None:
    """With twelve students or more, each grade of each school has at least twelve."""
    records = district(3, students, NOW)

    sizes = Counter(
        (user["primaryOrg"], user["grades"][0])
        for user in records["users"]
        if user["status"] == "active" and "grades" in user
    )

    assert min(sizes.values()) >= 12


@pytest.mark.parametrize("students", [0, -1])
def test_less_than_one_student_is_refused(students: int) -> None:
    """A district without students is refused in a sentence."""
    with pytest.raises(ConfigurationError, match=f"students: {students} is less than 1"):
        district(1, students, NOW)


def test_an_unknown_profile_is_refused() -> None:
    """A profile that does not exist is refused with those that do."""
    assert PROFILES == ("district", "roster-only")

    with pytest.raises(ConfigurationError, match="did you mean 'roster-only'"):
        district(1, 10, NOW, "rosteronly")
