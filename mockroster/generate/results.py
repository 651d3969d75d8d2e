"""Results: what some students of each class got for the line items that are due by today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from mockroster.generate.line_items import LineItem
from mockroster.generate.setting import Setting
from mockroster.generate.streams import Deck, Stream
from mockroster.generate.students import Student
from mockroster.roster.record import Record
from mockroster.spec.vocabularies import SCORE_STATUS

_OF_A_CLASS = 9
_STATUSES = Deck(
    {"fully graded": 0.85, "submitted": 0.05, "partially graded": 0.04, "not submitted": 0.04, "exempt": 0.02}
)
_COMMENTS = ("Good work.", "Well explained.", "Please show your work.", "See me after class.", "Much improved.")
_GRADED = {"fully graded", "partially graded"}
_SHIFTS = (0, 0, -1, 1)
_LARGE_DISTRICT = 500
_WITHOUT_SCORE = 0.05
_MIDNIGHT = "T00:00:00.000Z"


def result_rows(setting: Setting, items: Iterable[LineItem], size: int) -> list[Record]:
    """Return the results, line item by line item; in a district of a large ``size`` a few have no score yet."""
    unscored = _WITHOUT_SCORE if size >= _LARGE_DISTRICT else 0.0
    rows = []
    seen = set()
    for _, group in groupby(items, key=lambda item: item.section.key):
        of_class = list(group)
        school = of_class[0].section.course.school.key
        # In the first class of a school every status is seen once, before chance decides.
        statuses = iter(SCORE_STATUS) if school not in seen else iter(())
        seen.add(school)
        for item, student in _samples(setting, of_class):
            row = setting.seed.row(f"result/{item.key}/{student.number}")
            rows.append(_result_row(setting, row, item, student, (next(statuses, None), unscored)))
    return rows


def cancelled_result_rows(setting: Setting, item: LineItem) -> list[Record]:
    """Return the ``tobedeleted`` results of a cancelled line item."""
    rows = []
    for student in item.section.members[:2]:
        row = setting.seed.deleted_row(f"result/{item.key}/{student.number}")
        rows.append(_result_row(setting, row, item, student, ("fully graded", 0.0)))
    return rows


def _samples(setting: Setting, items: Sequence[LineItem]) -> Iterator[tuple[LineItem, Student]]:
    members = items[0].section.members
    graded = [student for student in members if student.is_settled] or members
    due = [item for item in items if item.due < setting.today or item.number == 0]
    start = 0
    for place, item in enumerate(due):
        share = _OF_A_CLASS // len(due) + (place < _OF_A_CLASS % len(due))
        for offset in range(min(share, len(graded))):
            yield item, graded[(start + offset) % len(graded)]
        start += share


def _result_row(
    setting: Setting, row: Record, item: LineItem, student: Student, fate: tuple[str | None, float]
) -> Record:
    stream = setting.seed.stream(f"result/{item.key}/{student.number}")
    status, unscored = fate
    status = status or _STATUSES.draw(stream)
    is_due = item.due < setting.today
    day = min(item.due + timedelta(days=stream.below(5)), setting.today)
    row["lineItem"] = item.sourced_id
    row["student"] = student.sourced_id
    row["class"] = item.section.sourced_id
    if item.scale:
        row["scoreScale"] = item.scale.sourced_id
    row["scoreStatus"] = status
    if status != "submitted" or not stream.chance(unscored):
        row["score"] = _score(stream, status, item.kind.points)
        if item.scale and status in _GRADED:
            row["textScore"] = item.scale.scale.text(row["score"], item.kind.points)
    row["scoreDate"] = day.isoformat()
    if row["status"] == "active":
        touch(row, setting.today.isoformat())
    if status == "fully graded" and stream.chance(0.1):
        row["comment"] = stream.pick(_COMMENTS)
    late = is_due and status in {"fully graded", "submitted"} and stream.chance(0.06)
    if item.objectives and status in _GRADED:
        percent = 100 * row["score"] // item.kind.points
        row["learningObjectiveSet"] = item.objectives.met(percent, stream.pick(_SHIFTS))
    _flag(row, status, is_due=is_due, late=late)
    return row


def _flag(row: Record, status: str, *, is_due: bool, late: bool) -> None:
    if status == "not submitted" and not is_due:
        row["inProgress"] = True
    if status == "partially graded":
        row["incomplete"] = True
    if late:
        row["late"] = True
    if status == "not submitted" and is_due:
        row["missing"] = True


def _score(stream: Stream, status: str, points: int) -> int:
    # 1.1 demands a score of every result, also where there is nothing to score yet.
    if status == "fully graded":
        return round(points * (1 - 0.5 * stream.random() * stream.random()))
    return round(points * 0.5 * stream.random()) if status == "partially graded" else 0


def touch(row: Record, today: str) -> None:
    """Move the last change of a result to the day on which its score was given, if that is later."""
    day, modified = row["scoreDate"], row["dateLastModified"]
    if modified < day:
        row["dateLastModified"] = day + (modified[10:] if day < today else _MIDNIGHT)
