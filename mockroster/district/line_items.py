"""Categories of each school, and the line items of each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mockroster.district.context import DistrictContext
from mockroster.district.objectives import Objectives
from mockroster.district.scales import ClassScale, Grading
from mockroster.district.streams import Stream
from mockroster.district.timetable import Section
from mockroster.roster.record import Record


class WorkKind(NamedTuple):
    """A kind of work: its category, the beginning of its titles, the maximum points, and its weight.

    Work that is ``scaled`` is also graded in words, by the score scale of its class.
    """

    category: str
    title: str
    points: int
    weight: int
    scaled: bool = False


WORK_KINDS = (
    WorkKind("Homework", "Homework", 10, 20),
    WorkKind("Quizzes", "Quiz", 20, 20, scaled=True),
    WorkKind("Tests", "Test", 100, 30, scaled=True),
    WorkKind("Projects", "Project", 50, 20, scaled=True),
    WorkKind("Participation", "Discussion", 10, 10),
)
"""The kinds of work; their weights add up to 100."""

# The first is always in the first grading period, so that every class has work with results from the first day on.
_PERIODS_OF_YEAR = ((0, 2, 4, 6), (0, 1, 3, 5), (0, 3, 5, 7))
_PERIODS_OF_SEMESTER = (0, 1, 2, 3)
_QUARTERS = (":00:00.000Z", ":15:00.000Z", ":30:00.000Z", ":45:00.000Z")
_ASSIGNED_AT = [f"T{hour:02d}{quarter}" for hour in (8, 9, 10) for quarter in _QUARTERS]
_DUE_AT = [f"T{hour}{quarter}" for hour in (11, 12, 13, 14) for quarter in _QUARTERS]
_WEIGHT_SHIFTS = (0, 5, 10)
_WITH_OBJECTIVES = 0.25


class LineItem(NamedTuple):
    """A line item of a class, ``due`` on a day; ``number`` counts within the class.

    ``scale`` and ``objectives`` are optional.
    """

    key: str
    sourced_id: str
    section: Section
    number: int
    kind: WorkKind
    due: str
    scale: ClassScale | None
    objectives: Objectives | None
    row: Record


def category_rows(context: DistrictContext) -> list[Record]:
    """Return five categories for each school, and one that was retired."""
    rows = []
    for school in context.district.schools:
        shift = context.seed.stream(f"weights/{school.key}").pick(_WEIGHT_SHIFTS)
        for place, kind in enumerate(WORK_KINDS):
            # A school that weighs homework more weighs projects less.
            weight = kind.weight + {0: shift, 3: -shift}.get(place, 0)
            rows.append(_category_row(context.seed.row(_category_key(school.key, kind)), kind.category, weight))
    return [*rows, _category_row(context.seed.deleted_row("category/retired"), "Notebook Checks", 5)]


def line_items(grading: Grading, sections: Sequence[Section]) -> list[LineItem]:
    """Return four line items for each class, spread over its grading periods."""
    found = []
    for place, section in enumerate(sections):
        is_year = len(section.terms) == len(section.course.year.terms)
        periods = _PERIODS_OF_YEAR[place % len(_PERIODS_OF_YEAR)] if is_year else _PERIODS_OF_SEMESTER
        for number, period in enumerate(periods):
            kind = WORK_KINDS[(place + number) % len(WORK_KINDS)]
            key = f"lineItem/{section.key}/{number}"
            found.append(_line_item(grading, grading.seed.row(key), key, section, number, kind, period))
    return found


def cancelled_line_item(context: DistrictContext, grading: Grading, sections: Sequence[Section]) -> LineItem:
    """Return a ``tobedeleted`` line item of one of this year's classes."""
    key = "lineItem/cancelled"
    current = [section for section in sections if section.course.year is context.this_year]
    section = context.seed.stream("cancelled").pick(current)
    return _line_item(grading, context.seed.deleted_row(key), key, section, len(_PERIODS_OF_SEMESTER), WORK_KINDS[1], 0)


def _line_item(
    grading: Grading, row: Record, key: str, section: Section, number: int, kind: WorkKind, period: int
) -> LineItem:
    course = section.course
    scale = grading.scales[section.sourced_id] if kind.scaled else None
    place = section.first_period + period
    stream = grading.seed.stream(key)
    topic = stream.pick(course.subject.topics)
    assigned, due = _days(stream, course.year.days[place], number)
    row["title"] = f"{kind.title}: {topic}"
    if stream.chance(0.7):
        row["description"] = f"{kind.title} on {topic.lower()} in {course.title}."
    row["assignDate"] = assigned + stream.pick(_ASSIGNED_AT)
    row["dueDate"] = due + stream.pick(_DUE_AT)
    row["class"] = section.sourced_id
    row["school"] = course.school.sourced_id
    row["category"] = grading.category(_category_key(course.school.key, kind))
    row["gradingPeriod"] = course.year.grading_periods[place].sourced_id
    row["academicSession"] = course.year.terms[place // 2].sourced_id
    if scale:
        row["scoreScale"] = scale.sourced_id
    row["resultValueMin"] = 0
    row["resultValueMax"] = kind.points
    objectives = None
    if stream.chance(_WITH_OBJECTIVES):
        objectives = grading.framework.objectives(course.subject, course.grade, topic)
        row["learningObjectiveSet"] = objectives.sets
    return LineItem(key, row["sourcedId"], section, number, kind, due, scale, objectives, row)


def _days(stream: Stream, days: Sequence[str], number: int) -> tuple[str, str]:
    if number == 0:
        assigned = stream.below(2)
        return days[assigned], days[assigned + 1 + stream.below(3)]
    assigned = stream.below(len(days) - 7)
    return days[assigned], days[assigned + 2 + stream.below(5)]


def _category_key(school: str, kind: WorkKind) -> str:
    return f"category/{school}/{kind.category}"


_LOWEST = {"droppedScores": 1}


def _category_row(row: Record, title: str, weight: int) -> Record:
    if title == WORK_KINDS[0].category:
        row["metadata"] = _LOWEST
    row["title"] = title
    row["weight"] = weight
    return row
