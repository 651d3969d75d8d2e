"""Learning objectives of the work and the results of a generated district."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from mockroster.district import district
from mockroster.district.objectives import MASTERY
from mockroster.roster.record import Record, Records

NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)
SOURCE = re.compile(r"case|unknown|/(?!case$)(?!unknown$)[a-z0-9]+")
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PAIRS = [("lineItems", "results", "lineItem"), ("assessmentLineItems", "assessmentResults", "assessmentLineItem")]


@pytest.fixture(scope="module")
def records() -> Records:
    """Return a district of a thousand students."""
    return district(42, 1000, NOW)


def sets(rows: list[Record]) -> list[dict[str, Any]]:
    """Return the sets of learning objectives of rows, one after the other."""
    return [one for row in rows for one in row.get("learningObjectiveSet", ())]


def test_some_line_items_have_objectives(records: Records) -> None:
    """About a quarter of the line items have learning objectives, from all three kinds of sources."""
    held = [row for row in records["lineItems"] if "learningObjectiveSet" in row]
    sources = {one["source"] for one in sets(held)}

    assert 0.2 < len(held) / len(records["lineItems"]) < 0.3
    assert len(sources) == 3
    assert {"case", "unknown"} < sources
    assert all(map(SOURCE.fullmatch, sources))


@pytest.mark.parametrize("collection", ["lineItems", "assessmentLineItems"])
def test_objectives_of_case_are_uuids(records: Records, collection: str) -> None:
    """CASE knows an objective by a UUID, here a URN; no set names one twice, and no item has two sets of one source."""
    for row in records[collection]:
        found = row.get("learningObjectiveSet", [])
        assert len({one["source"] for one in found}) == len(found)
    for one in sets(records[collection]):
        identifiers = one["learningObjectiveIds"]
        assert len(set(identifiers)) == len(identifiers) >= 1
        assert all(UUID.fullmatch(identifier) for identifier in identifiers) == (one["source"] == "case")


@pytest.mark.parametrize(("collection", "results", "member"), PAIRS)
def test_results_are_of_the_objectives_of_their_line_item(
    records: Records, collection: str, results: str, member: str
) -> None:
    """A graded result names the objectives of its line item, in order; others have none."""
    items = {row["sourcedId"]: row for row in records[collection]}
    seen = 0
    for row in records[results]:
        item = items[row[member]]
        graded = row["scoreStatus"] in {"fully graded", "partially graded"} and "score" in row
        assert ("learningObjectiveSet" in row) == (graded and "learningObjectiveSet" in item)
        if "learningObjectiveSet" in row:
            seen += 1
            assert [
                (one["source"], [result["learningObjectiveId"] for result in one["learningObjectiveResults"]])
                for one in row["learningObjectiveSet"]
            ] == [(one["source"], one["learningObjectiveIds"]) for one in item["learningObjectiveSet"]]
    assert seen


@pytest.mark.parametrize("collection", ["results", "assessmentResults"])
def test_scores_of_objectives_have_their_word(records: Records, collection: str) -> None:
    """An objective is scored from 1 to 4, each with a word of its own."""
    found = [result for one in sets(records[collection]) for result in one["learningObjectiveResults"]]

    assert {(result["score"], result["textScore"]) for result in found} <= {*enumerate(MASTERY, start=1)}
    assert len({result["score"] for result in found}) > 2


def test_equal_sets_are_shared(records: Records) -> None:
    """Equal sets of objectives are one list, so that they cost next to nothing."""
    held = [row["learningObjectiveSet"] for row in records["results"] if "learningObjectiveSet" in row]

    assert len({id(one) for one in held}) == len({repr(one) for one in held})
