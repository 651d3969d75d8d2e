"""Assessments of a generated district, and their results."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from functools import cache

import pytest

from mockroster.district import district
from mockroster.district.assessment_results import INVALIDATED
from mockroster.roster.record import Record, Records
from mockroster.standard.vocabularies import SCORE_STATUS

FLAGS = ("inProgress", "incomplete", "late", "missing")


@pytest.fixture(
    params=[(1, "2026-02-10"), (2, "2025-08-01"), (12, "2026-01-01"), (100, "2025-08-02"), (1000, "2026-07-30")],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def records(request: pytest.FixtureRequest) -> Records:
    """Return districts of several sizes on several days, active records only."""
    return made(*request.param)


@cache
def made(students: int, day: str) -> Records:
    """Return the active records of a district; kept, because the tests run in random order."""
    found = district(42, students, datetime.fromisoformat(f"{day}T00:00:00+00:00"))
    return {name: [row for row in rows if row["status"] == "active"] for name, rows in found.items()}


def items_of(records: Records) -> dict[str, Record]:
    """Return the assessment line items by sourcedId."""
    return {row["sourcedId"]: row for row in records["assessmentLineItems"]}


def path(items: dict[str, Record], key: str) -> list[str]:
    """Return the sourcedIds from an assessment line item up to its test."""
    found = [key]
    while parent := items[found[-1]].get("parentAssessmentLineItem"):
        assert parent not in found
        found.append(parent)
    return found


def test_tests_have_sections_and_these_have_items(records: Records) -> None:
    """The hierarchy is three levels deep, without a circle, and a parent stands before its children."""
    items = items_of(records)
    places = {key: place for place, key in enumerate(items)}

    depths = Counter(len(path(items, key)) for key in items)

    assert {*depths} == {1, 2, 3}
    for key, row in items.items():
        parent = row.get("parentAssessmentLineItem")
        assert parent is None or places[parent] < places[key]


def test_points_add_up(records: Records) -> None:
    """The most that a test or a section can bring is what its parts can bring, all of the same class."""
    items = items_of(records)
    parts = defaultdict(list)
    for row in items.values():
        parts[row.get("parentAssessmentLineItem")].append(row)
    for key, row in items.items():
        if parts[key]:
            assert row["resultValueMax"] == sum(part["resultValueMax"] for part in parts[key])
            assert {part.get("class") for part in parts[key]} == {row.get("class")}


def test_every_school_has_a_benchmark_and_state_results(records: Records) -> None:
    """In each school a class of this year sits a benchmark, and students have results of a state test."""
    classes = {row["sourcedId"]: row["school"] for row in records["classes"]}
    users = {row["sourcedId"]: row["primaryOrg"] for row in records["users"]}
    items = items_of(records)
    schools = {row["sourcedId"] for row in records["orgs"] if row["type"] == "school"}
    state = [row for row in records["assessmentResults"] if "class" not in items[row["assessmentLineItem"]]]

    assert {classes[row["class"]] for row in items.values() if "class" in row} == schools
    assert {users[row["student"]] for row in state} == schools


def test_benchmarks_are_sat_by_members_of_the_class(records: Records) -> None:
    """A result in an assessment of a class belongs to a student of that class."""
    items = items_of(records)
    seats = {(row["user"], row["class"]) for row in records["enrollments"] if row["role"] == "student"}
    students = {row["sourcedId"] for row in records["users"] if row["roles"][0]["role"] == "student"}
    for row in records["assessmentResults"]:
        section = items[row["assessmentLineItem"]].get("class")
        assert row["student"] in students
        assert section is None or (row["student"], section) in seats


def test_nobody_has_two_results_for_one_assessment(records: Records) -> None:
    """An assessment line item has one result for a student, if any."""
    held = Counter((row["assessmentLineItem"], row["student"]) for row in records["assessmentResults"])

    assert set(held.values()) == {1}


def test_scores_add_up_and_lie_within_their_bounds(records: Records) -> None:
    """If all parts have a score, the whole has their sum; no score is above the maximum."""
    items = items_of(records)
    scores = {(row["student"], row["assessmentLineItem"]): row.get("score") for row in records["assessmentResults"]}
    parts = defaultdict(list)
    for (student, key), score in scores.items():
        assert score is None or 0 <= score <= items[key]["resultValueMax"]
        if "parentAssessmentLineItem" in items[key]:
            parts[student, items[key]["parentAssessmentLineItem"]].append(score)
    for whole, inner in parts.items():
        assert len(inner) == 2
        assert scores[whole] == sum(inner)


def test_percentiles_are_of_state_tests(records: Records) -> None:
    """Graded state tests have a percentile from 1 to 99, which never falls as the score rises; nothing else has one."""
    items = items_of(records)
    ranked = []
    for row in records["assessmentResults"]:
        item = items[row["assessmentLineItem"]]
        is_state_test = "class" not in item and "parentAssessmentLineItem" not in item
        assert ("scorePercentile" in row) == (is_state_test and "score" in row)
        if "scorePercentile" in row:
            assert 1 <= row["scorePercentile"] <= 99
            assert row["textScore"] in {"Advanced", "Proficient", "Basic", "Below Basic"}
            ranked.append((row["score"], row["scorePercentile"]))

    assert [percentile for _, percentile in sorted(ranked)] == sorted(percentile for _, percentile in ranked)
    assert ranked


def test_flags_and_scores_agree_with_the_status(records: Records) -> None:
    """Only graded work has a score, and flags are present only where they are true."""
    for row in records["assessmentResults"]:
        status = row["scoreStatus"]
        assert ("score" in row) == (status in {"fully graded", "partially graded"})
        assert ("incomplete" in row) == (status == "partially graded")
        assert (("missing" in row) or ("inProgress" in row)) == (status == "not submitted")
        assert not ("late" in row and status not in {"fully graded", "submitted"})
        assert all(row[flag] is True for flag in FLAGS if flag in row)


@pytest.mark.parametrize("students", [12, 100, 1000])
def test_every_status_is_there_and_one_of_ours(students: int) -> None:
    """Every status of the standard occurs, and one that only a vendor could know."""
    found = {row["scoreStatus"] for row in made(students, "2026-02-10")["assessmentResults"]}

    assert found == {*SCORE_STATUS, INVALIDATED}


@pytest.mark.parametrize("day", ["2025-08-01", "2026-02-10"])
def test_assessments_are_few(day: str) -> None:
    """A thousand students have between 0.1 and 0.3 assessment records each."""
    records = made(1000, day)

    total = len(records["assessmentLineItems"]) + len(records["assessmentResults"])

    assert 100 <= total <= 300
