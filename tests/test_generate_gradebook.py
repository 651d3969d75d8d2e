"""Categories, line items and results of a generated district."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime
from functools import cache

import pytest

from mockroster.district import district
from mockroster.roster.record import Records
from mockroster.standard.vocabularies import SCORE_STATUS

DAYS = ["2025-08-01", "2025-08-02", "2025-11-24", "2026-02-10", "2026-07-30"]


@pytest.fixture(params=DAYS)
def records(request: pytest.FixtureRequest) -> Records:
    """Return a district on several days of the year, active records only."""
    return on(request.param, 1000)


@cache
def on(day: str, students: int) -> Records:
    """Return the active records of a district as it is on a day; kept, because the tests run in random order."""
    found = district(42, students, datetime.fromisoformat(f"{day}T00:00:00+00:00"))
    return {name: [row for row in rows if row["status"] == "active"] for name, rows in found.items()}


def test_weights_of_a_schools_categories_sum_up_to_a_hundred(records: Records) -> None:
    """Each school has five categories, which are used by its line items, and whose weights sum up to 100."""
    schools = defaultdict(set)
    for item in records["lineItems"]:
        schools[item["school"]].add(item["category"])
    weights = {row["sourcedId"]: row["weight"] for row in records["categories"]}

    assert {len(used) for used in schools.values()} == {5}
    assert {sum(weights[key] for key in used) for used in schools.values()} == {100}


def test_results_are_of_students_who_were_enrolled(records: Records) -> None:
    """A result belongs to a student who was in the class on the due date."""
    enrolled = {(row["user"], row["class"]): row for row in records["enrollments"] if row["role"] == "student"}
    items = {row["sourcedId"]: row for row in records["lineItems"]}
    for row in records["results"]:
        item = items[row["lineItem"]]
        seat = enrolled[row["student"], row["class"]]
        assert item["class"] == row["class"]
        assert seat["beginDate"] <= item["dueDate"][:10] < seat["endDate"]


def test_no_student_has_two_results_for_one_line_item(records: Records) -> None:
    """A line item has one result for a student, if any."""
    held = Counter((row["lineItem"], row["student"]) for row in records["results"])

    assert set(held.values()) == {1}


@pytest.mark.parametrize("students", [12, 30, 1000])
@pytest.mark.parametrize("day", DAYS)
def test_every_score_status_is_there(day: str, students: int) -> None:
    """Every status occurs, also in small districts."""
    found = {row["scoreStatus"] for row in on(day, students)["results"]}

    assert found == set(SCORE_STATUS)


def test_results_are_of_work_that_is_due_or_the_classs_first(records: Records) -> None:
    """No result is of the future, nor older than its line item's due day unless it was handed in early."""
    items = {row["sourcedId"]: row for row in records["lineItems"]}
    first: dict[str, str] = {}
    for item in records["lineItems"]:
        first.setdefault(item["class"], item["sourcedId"])
    for row in records["results"]:
        item = items[row["lineItem"]]
        if row["scoreDate"] < item["dueDate"][:10]:
            assert first[row["class"]] == row["lineItem"]
        assert row["dateLastModified"][:10] >= row["scoreDate"]


def test_scores_lie_between_the_bounds_of_their_line_item(records: Records) -> None:
    """A score is within its bounds, 0 where there is none to give, and left out for a handful."""
    items = {row["sourcedId"]: row for row in records["lineItems"]}
    for row in records["results"]:
        item = items[row["lineItem"]]
        assert item["resultValueMin"] <= row.get("score", 0) <= item["resultValueMax"]
        if row["scoreStatus"] in {"exempt", "not submitted"}:
            assert row["score"] == 0
    assert 0 < sum("score" not in row for row in records["results"]) < 20


def test_small_districts_have_a_score_for_every_result() -> None:
    """In a small district 1.1 shows every result."""
    assert all("score" in row for row in on("2026-02-10", 100)["results"])


def test_flags_are_only_where_they_say_something(records: Records) -> None:
    """Flags are present only where they are true: missing for work not handed in, late for late work."""
    flags = ("late", "missing", "incomplete", "inProgress")
    for row in records["results"]:
        assert all(row[flag] is True for flag in flags if flag in row)
        assert not ("missing" in row and row["scoreStatus"] != "not submitted")
        assert not ("late" in row and row["scoreStatus"] not in {"fully graded", "submitted"})


def test_work_is_set_and_due_on_school_days(records: Records) -> None:
    """Line items are set and due from Monday to Friday, in school hours, within their grading period."""
    sessions = {row["sourcedId"]: row for row in records["academicSessions"]}
    for item in records["lineItems"]:
        period = sessions[item["gradingPeriod"]]
        assert period["startDate"] <= item["assignDate"][:10] < item["dueDate"][:10] < period["endDate"]
        for moment in (item["assignDate"], item["dueDate"]):
            assert date.fromisoformat(moment[:10]).weekday() < 5
            assert "08:00" <= moment[11:16] < "15:00"


def test_every_grading_period_is_used(records: Records) -> None:
    """Each of the sixteen grading periods has line items."""
    used = {item["gradingPeriod"] for item in records["lineItems"]}

    assert used == {row["sourcedId"] for row in records["academicSessions"] if row["type"] == "gradingPeriod"}


def test_results_stand_line_item_by_line_item(records: Records) -> None:
    """The order of results is that of the line items."""
    order = list(dict.fromkeys(row["lineItem"] for row in records["results"]))
    places = {item["sourcedId"]: place for place, item in enumerate(records["lineItems"])}

    assert [places[key] for key in order] == sorted(places[key] for key in order)
    assert len(order) == len({row["lineItem"] for row in records["results"]})
