"""Results: the scores of some students of each class for the line items that are due by today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from mockroster.district.context import DistrictContext
from mockroster.district.line_items import LineItem
from mockroster.district.streams import Deck, Stream
from mockroster.district.students import Student
from mockroster.district.timetable import Section
from mockroster.roster.record import Record
from mockroster.standard.vocabularies import SCORE_STATUS

_OF_A_CLASS = 9
_STATUSES = Deck(
    {"fully graded": 0.85, "submitted": 0.05, "partially graded": 0.04, "not submitted": 0.04, "exempt": 0.02}
)
_COMMENTS = ("Good work.", "Well explained.", "Please show your work.", "See me after class.", "Much improved.")
_FULLY = "fully graded"
_GRADED = {_FULLY, "partially graded"}
_HANDED_IN = {_FULLY, "submitted"}
_FLAGS = {"partially graded": "incomplete", "not submitted": "missing"}
_FLAGS_BEFORE = {"partially graded": "incomplete", "not submitted": "inProgress"}
_SHIFTS = (0, 0, -1, 1)
_LARGE_DISTRICT = 500
_WITHOUT_SCORE = 0.05
_MIDNIGHT = "T00:00:00.000Z"


class _Marking(NamedTuple):
    # How all results of a district are made: the day it is, and the share of those submitted that have no score yet.
    today: str
    unscored: float


def result_rows(context: DistrictContext, items: Iterable[LineItem], size: int) -> list[Record]:
    """Return the results, line item by line item; in a district of a large ``size`` a few have no score yet."""
    seed, today = context.seed, context.today.isoformat()
    marking = _Marking(today, _WITHOUT_SCORE if size >= _LARGE_DISTRICT else 0.0)
    rows = []
    seen = set()
    for section, of_class in groupby(items, key=attrgetter("section")):
        # In the first class of a school every status is seen once, before chance decides.
        school = section.course.school.key
        statuses = iter(SCORE_STATUS) if school not in seen else iter(())
        seen.add(school)
        for item, student in _samples(section, [item for item in of_class if item.due < today or item.number == 0]):
            key = f"result/{item.key}/{student.number}"
            row = seed.row(key)
            _fill(row, seed.stream(key), item, student, next(statuses, None), marking)
            touch(row, today)
            rows.append(row)
    return rows


def cancelled_result_rows(context: DistrictContext, item: LineItem) -> list[Record]:
    """Return the ``tobedeleted`` results of a cancelled line item."""
    seed, marking = context.seed, _Marking(context.today.isoformat(), 0.0)
    rows = []
    for student in item.section.members[:2]:
        key = f"result/{item.key}/{student.number}"
        row = seed.deleted_row(key)
        _fill(row, seed.stream(key), item, student, _FULLY, marking)
        rows.append(row)
    return rows


def _samples(section: Section, due: Sequence[LineItem]) -> Iterator[tuple[LineItem, Student]]:
    graded = [student for student in section.members if student.is_full_year] or section.members
    start = 0
    for place, item in enumerate(due):
        share = _OF_A_CLASS // len(due) + (place < _OF_A_CLASS % len(due))
        for offset in range(min(share, len(graded))):
            yield item, graded[(start + offset) % len(graded)]
        start += share


def _fill(row: Record, stream: Stream, item: LineItem, student: Student, status: str | None, marking: _Marking) -> None:
    status = status or _STATUSES.draw(stream)
    scale, points, due = item.scale, item.kind.points, item.due
    is_due = due < marking.today
    row["lineItem"] = item.sourced_id
    row["student"] = student.sourced_id
    row["class"] = item.section.sourced_id
    if scale:
        row["scoreScale"] = scale.sourced_id
    row["scoreStatus"] = status
    score = _score(stream, status, points)
    if status != "submitted" or not stream.chance(marking.unscored):
        row["score"] = score
    if scale and status in _GRADED:
        row["textScore"] = scale.scale.text(score, points)
    row["scoreDate"] = scored_on(due, stream.below(5), marking.today)
    if status == _FULLY and stream.chance(0.1):
        row["comment"] = stream.pick(_COMMENTS)
    if item.objectives and status in _GRADED:
        row["learningObjectiveSet"] = item.objectives.met(100 * score // points, stream.pick(_SHIFTS))
    if status in _FLAGS:
        row[_FLAGS[status] if is_due else _FLAGS_BEFORE[status]] = True
    elif is_due and status in _HANDED_IN and stream.chance(0.06):
        row["late"] = True


def _score(stream: Stream, status: str, points: int) -> int:
    # 1.1 demands a score of every result, also where there is nothing to score yet.
    if status == _FULLY:
        return round(points * (1 - 0.5 * stream.random() * stream.random()))
    return round(points * 0.5 * stream.random()) if status == "partially graded" else 0


@lru_cache(maxsize=4096)
def scored_on(day: str, later: int, today: str) -> str:
    """Return the day on which a score was given: a number of days later, but at most today."""
    return min((date.fromisoformat(day) + timedelta(days=later)).isoformat(), today)


def touch(row: Record, today: str) -> None:
    """Raise ``dateLastModified`` of a result to the day on which its score was given."""
    day, modified = row["scoreDate"], row["dateLastModified"]
    if modified < day:
        row["dateLastModified"] = day + (modified[10:] if day < today else _MIDNIGHT)
