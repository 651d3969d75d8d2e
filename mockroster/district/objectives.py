"""Learning objectives: the objectives of each topic of a subject, and the results of students."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, field
from typing import Any

from mockroster.district.curriculum import CORE, ELEMENTARY, GRADES, Subject
from mockroster.district.streams import Seed

_FRAMEWORKS = {subject.code for subject in (*CORE, *ELEMENTARY)}
_STATE_STANDARDS = {"ENG", "MATH", "READ"}

MASTERY = ("Beginning", "Approaching", "Meeting", "Exceeding")
"""The labels of the scores 1 to 4 of an objective."""

_LOWEST = (60, 75, 90)


@dataclass(frozen=True, slots=True)
class Objectives:
    """The objectives of a topic, as a ``learningObjectiveSet``, which may have sets of ``several``.

    Students with equal results share one list.
    """

    sets: list[dict[str, Any]]
    several: bool
    _met: dict[tuple[int, int], list[dict[str, Any]]] = field(default_factory=dict)

    def met(self, percent: int, shift: int) -> list[dict[str, Any]]:
        """Return the ``learningObjectiveSet`` of a result with that percentage.

        From the second objective of a set onwards the score is ``shift`` higher, where there is such a score.
        """
        level = bisect(_LOWEST, percent) + 1
        key = (level, min(max(level + shift, 1), len(MASTERY)) if self.several else level)
        if key not in self._met:
            self._met[key] = [_met(objective_set, *key) for objective_set in self.sets]
        return self._met[key]


class Framework:
    """The objectives of a district: in CASE where the subject has a framework there, some also in the state's own."""

    __slots__ = ("_found", "_seed", "_state")

    def __init__(self, seed: Seed, state: str) -> None:
        self._seed = seed
        self._state = state.lower()
        self._found: dict[tuple[str, int, str], Objectives] = {}

    def objectives(self, subject: Subject, grade: int, topic: str) -> Objectives:
        """Return the objectives of a topic in a subject and a grade, always the same ones."""
        key = (subject.code, grade, topic)
        if key not in self._found:
            sets = self._sets(subject, grade, subject.topics.index(topic))
            several = any(len(entry["learningObjectiveIds"]) > 1 for entry in sets)
            self._found[key] = Objectives(sets, several)
        return self._found[key]

    def _sets(self, subject: Subject, grade: int, place: int) -> list[dict[str, Any]]:
        if subject.code not in _FRAMEWORKS:
            return [_set("unknown", [f"{subject.course_code(grade)}.{place + 1}"])]
        key = f"objective/{subject.code}/{GRADES[grade]}/{place}"
        # The id of an item in CASE is a UUID, which the CSV binding wants as a URN (RFC 9562, 4).
        found = [f"urn:uuid:{self._seed.sourced_id(f'{key}/{number}')}" for number in range(1 + place % 2)]
        sets = [_set("case", found)]
        if subject.code in _STATE_STANDARDS:
            sets.append(_set(f"/{self._state}standards", [f"{subject.code}.{GRADES[grade]}.{place + 1}"]))
        return sets


def _set(source: str, identifiers: list[str]) -> dict[str, Any]:
    return {"source": source, "learningObjectiveIds": identifiers}


def _met(objective_set: dict[str, Any], first: int, others: int) -> dict[str, Any]:
    results = []
    for place, identifier in enumerate(objective_set["learningObjectiveIds"]):
        score = others if place else first
        results.append({"learningObjectiveId": identifier, "score": score, "textScore": MASTERY[score - 1]})
    return {"source": objective_set["source"], "learningObjectiveResults": results}
