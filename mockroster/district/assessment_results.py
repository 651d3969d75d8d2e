"""Assessment results: the scores of a sample of students in each test, for a few of them by section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockroster.district.assessments import Assessment, Sitting
from mockroster.district.context import DistrictContext
from mockroster.district.results import scored_on, touch
from mockroster.district.streams import Deck, Stream
from mockroster.district.students import Student
from mockroster.roster.record import Record

INVALIDATED = "ext:invalidated"
"""The status of a result that does not count: a vendor extension, which 1.2 permits."""

_FULLY = "fully graded"
_STATUSES = Deck(
    {
        _FULLY: 0.88,
        INVALIDATED: 0.01,
        "submitted": 0.03,
        "partially graded": 0.03,
        "not submitted": 0.03,
        "exempt": 0.02,
    }
)
_REMARKS = {"exempt": "Excused on medical grounds.", INVALIDATED: "Testing irregularity."}
_LEVELS = ((80, "Advanced"), (60, "Proficient"), (40, "Basic"), (0, "Below Basic"))
_COMMENTS = ("Needed extra time.", "Text read aloud.", "Tested in a small group.")
_DAYS_LATE = 3
_WITH_SECTIONS = 3
_WITH_ITEMS = 1
_MEMBERS = (
    "assessmentLineItem",
    "student",
    "score",
    "textScore",
    "scoreDate",
    "scoreScale",
    "scorePercentile",
    "scoreStatus",
    "comment",
    "learningObjectiveSet",
    "inProgress",
    "incomplete",
    "late",
    "missing",
)


def assessment_result_rows(context: DistrictContext, sittings: Sequence[Sitting]) -> list[Record]:
    """Return the results, sitting by sitting and student by student.

    The first student of a sitting has a score for every item, the next two for every section.
    In the first sitting every status is seen once, before chance decides.
    """
    rows: list[Record] = []
    for number, sitting in enumerate(sittings):
        statuses = iter(_STATUSES.words if number == 0 else _STATUSES.words[:1])
        for place, student in enumerate(sitting.students):
            depth = (place < _WITH_SECTIONS) + (place < _WITH_ITEMS)
            rows += _rows(context, sitting, student, next(statuses, None), depth)
    return rows


def retired_result_rows(context: DistrictContext, test: Assessment, students: Sequence[Student]) -> list[Record]:
    """Return the ``tobedeleted`` results of a test that was retired."""
    day = context.last_year.days[-1][0]
    rows = []
    for student in students[:2]:
        key = _key(test, student)
        values = {"score": context.seed.stream(key).below(test.points + 1), "scoreStatus": _FULLY}
        rows.append(_filled(context.seed.deleted_row(key), test, student, day, values))
    return rows


def _rows(
    context: DistrictContext, sitting: Sitting, student: Student, status: str | None, depth: int
) -> Iterator[Record]:
    test = sitting.test
    stream = context.seed.stream(_key(test, student))
    today = context.today.isoformat()
    is_over = sitting.day < today
    status = (status or _STATUSES.draw(stream)) if is_over else "not submitted"
    late = is_over and not sitting.percentiles and status in {_FULLY, "submitted"} and stream.chance(0.06)
    day = scored_on(sitting.day, _DAYS_LATE if late else 0, today)
    scores = _scores(stream, test, status)
    shift = stream.pick((0, 0, -1, 1))
    comment = stream.pick(_COMMENTS) if status == _FULLY and stream.chance(0.05) else _REMARKS.get(status)
    for part, level in _parts(test, 0, depth if status == _FULLY else 0):
        values = _graded(sitting, part, scores, shift)
        values["scoreStatus"] = status
        values["comment"] = None if level else comment
        values["inProgress"] = not is_over
        values["incomplete"] = status == "partially graded"
        values["late"] = late
        values["missing"] = status == "not submitted" and is_over
        row = _filled(context.seed.row(_key(part, student)), part, student, day, values)
        touch(row, today)
        yield row


def _parts(part: Assessment, level: int, depth: int) -> Iterator[tuple[Assessment, int]]:
    yield part, level
    if level < depth:
        for inner in part.parts:
            yield from _parts(inner, level + 1, depth)


def _scores(stream: Stream, test: Assessment, status: str) -> dict[str, int]:
    """Return the scores of the graded parts by their keys; a partially graded test has one graded section."""
    scores: dict[str, int] = {}
    graded = {_FULLY: test.parts, "partially graded": test.parts[:1]}.get(status, ())
    for section in graded:
        for item in section.parts:
            scores[item.key] = round(item.points * (1 - 0.6 * stream.random() * stream.random()))
        scores[section.key] = sum(scores[item.key] for item in section.parts)
    if graded:
        scores[test.key] = sum(scores[section.key] for section in graded)
    return scores


def _graded(sitting: Sitting, part: Assessment, scores: Mapping[str, int], shift: int) -> dict[str, Any]:
    score = scores.get(part.key)
    if score is None:
        return {}
    percent = 100 * score // part.points
    values: dict[str, Any] = {"score": score}
    if part.scale:
        values["textScore"] = part.scale.scale.text(score, part.points)
    elif sitting.percentiles and part is sitting.test:
        values["textScore"] = next(word for lowest, word in _LEVELS if percent >= lowest)
        values["scorePercentile"] = min(max(round(percent**3 / 10_000), 1), 99)
    if part.objectives:
        values["learningObjectiveSet"] = part.objectives.met(percent, shift)
    return values


def _filled(row: Record, part: Assessment, student: Student, day: str, values: dict[str, Any]) -> Record:
    values["assessmentLineItem"] = part.sourced_id
    values["student"] = student.sourced_id
    values["scoreDate"] = day
    values["scoreScale"] = part.scale.sourced_id if part.scale else None
    for name in _MEMBERS:
        value = values.get(name)
        if value is not None and value is not False:
            row[name] = value
    return row


def _key(part: Assessment, student: Student) -> str:
    return f"assessmentResult/{part.key}/{student.number}"
