"""Score scales of a generated district, and the words that scores have by them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cache

import pytest

from mockroster.district import district
from mockroster.district.scales import SCALES, Scale
from mockroster.roster.record import Record, Records

NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)
GRADED = {"fully graded", "partially graded"}


@pytest.fixture(params=[1, 12, 100, 1000])
def records(request: pytest.FixtureRequest) -> Records:
    """Return districts of several sizes."""
    return made(request.param)


@cache
def made(students: int) -> Records:
    """Return a district; kept, because the tests run in random order."""
    return district(42, students, NOW)


def by_id(rows: list[Record]) -> dict[str, Record]:
    """Return rows by their sourcedIds."""
    return {row["sourcedId"]: row for row in rows}


def word(scale: Record, score: int, points: int) -> str:
    """Return the word that a score scale has for a score, from its record alone."""
    percent = 100 * score // points
    for value in scale["scoreScaleValue"]:
        lowest, highest = map(int, value["itemValueRHS"].split("-"))
        if lowest <= percent <= highest:
            found: str = value["itemValueLHS"]
            return found
    raise AssertionError(percent)


def test_every_class_has_one_scale_of_its_course(records: Records) -> None:
    """A class of this year or the last has exactly one score scale, and the scale names the class's course."""
    courses = {row["sourcedId"]: row["course"] for row in records["classes"]}

    scales = {row["class"]: row["course"] for row in records["scoreScales"]}

    assert scales == courses
    assert len(records["scoreScales"]) == len(records["classes"])


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.type)
def test_a_scale_has_one_word_for_each_percentage(scale: Scale) -> None:
    """The ranges of a scale cover 0 to 100 without a gap, from the top down, and agree with its words."""
    ranges = [tuple(map(int, value["itemValueRHS"].split("-"))) for value in scale.values]

    assert ranges[0][1] == 100
    assert ranges[-1][0] == 0
    assert [lowest - 1 for lowest, _ in ranges[:-1]] == [highest for _, highest in ranges[1:]]
    for percent in range(101):
        assert scale.text(percent, 100) == word({"scoreScaleValue": scale.values}, percent, 100)


def test_scales_fit_their_classes() -> None:
    """All kinds of scales occur: standards for the youngest, pass or fail in physical education, letters mostly."""
    records = made(1000)
    classes = by_id(records["classes"])

    kinds = Counter(row["type"] for row in records["scoreScales"])

    assert {*kinds} == {scale.type for scale in SCALES}
    assert kinds.most_common(1)[0][0] == "letter"
    for row in records["scoreScales"]:
        of_class = classes[row["class"]]
        assert (row["type"] == "standards") == (of_class["grades"][0] in {"KG", "01", "02"})
        assert (row["type"] == "passFail") == (of_class["subjects"] == ["Physical Education"])


def test_line_items_are_graded_by_the_scale_of_their_class(records: Records) -> None:
    """Quizzes, tests and projects have the score scale of their class; homework and participation have points only."""
    scales, categories = by_id(records["scoreScales"]), by_id(records["categories"])
    for item in records["lineItems"]:
        scaled = categories[item["category"]]["title"] in {"Quizzes", "Tests", "Projects"}
        assert ("scoreScale" in item) == scaled
        if scaled:
            assert scales[item["scoreScale"]]["class"] == item["class"]


def test_text_scores_agree_with_the_scale(records: Records) -> None:
    """A result has the scale of its line item, and where work was graded the word for its score."""
    scales, items = by_id(records["scoreScales"]), by_id(records["lineItems"])
    for row in records["results"]:
        item = items[row["lineItem"]]
        assert row.get("scoreScale") == item.get("scoreScale")
        graded = "scoreScale" in row and row["scoreStatus"] in GRADED
        assert ("textScore" in row) == graded
        if graded:
            assert row["textScore"] == word(scales[row["scoreScale"]], row["score"], item["resultValueMax"])


def test_text_scores_of_assessments_agree_with_the_scale(records: Records) -> None:
    """The text score of an assessment is a value of the scale of its class."""
    scales, items = by_id(records["scoreScales"]), by_id(records["assessmentLineItems"])
    scaled = [row for row in records["assessmentResults"] if "scoreScale" in row]
    for row in scaled:
        item = items[row["assessmentLineItem"]]
        assert row["scoreScale"] == item["scoreScale"]
        assert scales[row["scoreScale"]]["class"] == item["class"]
        assert ("textScore" in row) == ("score" in row)
        if "score" in row:
            assert row["textScore"] == word(scales[row["scoreScale"]], row["score"], item["resultValueMax"])
    assert any("textScore" in row for row in scaled)


def test_equal_scales_share_their_values() -> None:
    """Classes with scales of one kind hold one list of values between them."""
    lists = {id(row["scoreScaleValue"]) for row in made(1000)["scoreScales"]}

    assert len(lists) == len(SCALES)
