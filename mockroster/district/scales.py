"""Score scales: one for each class, with a word for each score; and the grading scheme of a district."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mockroster.district.objectives import Framework
from mockroster.district.streams import Seed
from mockroster.district.timetable import Section
from mockroster.roster.record import Record

_LAST_WITH_STANDARDS = 2
_SPORTS = "PE"
_PERCENTAGES = 0.2


class Scale(NamedTuple):
    """A scale of words for scores; ``texts`` holds the word for each whole percentage from 0 to 100."""

    title: str
    type: str
    values: list[dict[str, str]]
    texts: tuple[str, ...]

    def text(self, score: int, points: int) -> str:
        """Return the word for a score out of ``points``."""
        return self.texts[100 * score // points]


class ClassScale(NamedTuple):
    """The score scale of a class."""

    sourced_id: str
    scale: Scale
    row: Record


def _scale(title: str, kind: str, bands: Sequence[tuple[str, int]]) -> Scale:
    # Bands from the top down: a word, and the lowest percentage that it stands for.
    values = []
    texts: list[str] = []
    highest = 100
    for word, lowest in bands:
        values.append({"itemValueLHS": word, "itemValueRHS": f"{lowest}-{highest}"})
        texts += [word] * (highest - lowest + 1)
        highest = lowest - 1
    return Scale(title, kind, values, tuple(reversed(texts)))


LETTER = _scale("Letter Grades", "letter", (("A", 90), ("B", 80), ("C", 70), ("D", 60), ("F", 0)))
"""The scale of most classes."""

PERCENTAGE = _scale("Percentage Bands", "percentage", [(f"{lowest}%", lowest) for lowest in range(90, -1, -10)])
"""Percentages rounded down to tens."""

STANDARDS = _scale("Standards-Based Grades", "standards", (("4", 90), ("3", 75), ("2", 60), ("1", 0)))
"""The scale of the youngest grades."""

PASS_FAIL = _scale("Pass or Fail", "passFail", (("P", 60), ("F", 0)))
"""The scale of physical education."""

SCALES = (LETTER, PERCENTAGE, STANDARDS, PASS_FAIL)
"""All score scales."""


@dataclass(frozen=True, slots=True)
class Grading:
    """The grading scheme of a district: score scales by the sourcedId of their class, and learning objectives."""

    seed: Seed
    scales: dict[str, ClassScale]
    framework: Framework
    _categories: dict[str, str] = field(default_factory=dict)

    def category(self, key: str) -> str:
        """Return the sourcedId of the category with that natural key."""
        if key not in self._categories:
            self._categories[key] = self.seed.sourced_id(key)
        return self._categories[key]


def class_scales(seed: Seed, sections: Iterable[Section]) -> dict[str, ClassScale]:
    """Return the score scale of each class by the sourcedId of the class."""
    found = {}
    for section in sections:
        key = f"scoreScale/{section.key}"
        scale = _choice(seed, key, section)
        row = seed.row(key)
        row["title"] = scale.title
        row["type"] = scale.type
        row["course"] = section.course.sourced_id
        row["class"] = section.sourced_id
        row["scoreScaleValue"] = scale.values
        found[section.sourced_id] = ClassScale(row["sourcedId"], scale, row)
    return found


def _choice(seed: Seed, key: str, section: Section) -> Scale:
    if section.course.grade <= _LAST_WITH_STANDARDS:
        return STANDARDS
    if section.course.subject.code == _SPORTS:
        return PASS_FAIL
    return PERCENTAGE if seed.stream(key).chance(_PERCENTAGES) else LETTER
