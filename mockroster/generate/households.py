"""Households: the families that students live in, and the adults of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from mockroster.generate import names
from mockroster.generate.streams import Deck, Seed, Stream

RACES = (
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
)
"""The members of demographics that a household's ``races`` are out of."""

_RACES = Deck(dict(zip(RACES, (0.02, 0.07, 0.15, 0.01, 0.75), strict=True)))
_ADULTS = Deck({"parent": 0.86, "guardian": 0.09, "relative": 0.05})
_EVERY_KIND = ("parent", "guardian", "relative")


@dataclass(frozen=True, slots=True)
class Adult:
    """A grown-up of a household; ``kind`` is a role: parent, guardian or relative."""

    key: str
    sourced_id: str
    number: int
    kind: str


@dataclass(frozen=True, slots=True)
class Household:
    """A family; ``children`` are numbers of students."""

    family_name: str
    spanish: bool
    races: tuple[str, ...]
    adults: tuple[Adult, ...]
    children: tuple[int, ...]

    @property
    def agents(self) -> list[str]:
        """Return the sourcedIds of the adults, as the children's agents."""
        return [adult.sourced_id for adult in self.adults]


def households(seed: Seed, grades: Sequence[int]) -> dict[int, Household]:
    """Return the household of each student by the student's number.

    Some share one with the student half the district further on, who is in another grade: their brother or sister.
    ``grades`` are the grades of all students, in the order of their numbers.
    """
    numbers = count(1)
    half = len(grades) // 2
    homes: dict[int, Household] = {}
    for student, grade in enumerate(grades):
        if student in homes:
            continue
        key = f"household/{student}"
        stream = seed.stream(key)
        sibling = student + half
        shared = stream.chance(0.5) and student < half and grades[sibling] != grade
        kinds = _EVERY_KIND if student == 0 else _kinds(stream)
        children = (student, sibling) if shared else (student,)
        home = _household(stream, _adults(seed, key, kinds, numbers), children)
        homes.update(dict.fromkeys(children, home))
    return homes


def departed_household(seed: Seed, student: int) -> Household:
    """Return the household of a student who left the district, all of whose adults left too."""
    key = f"household/departed/{student}"
    stream = seed.stream(key)
    # Numbers from the student's own upwards by twos are free: nobody else who left has them.
    numbers = count(2 * student + 1_000_000)
    return _household(stream, _adults(seed, key, _kinds(stream), numbers), (student,))


def _household(stream: Stream, adults: tuple[Adult, ...], children: tuple[int, ...]) -> Household:
    spanish = stream.chance(0.25)
    races = {_RACES.draw(stream)}
    if stream.chance(0.06):
        races.add(_RACES.draw(stream))
    return Household(
        family_name=names.family_name(stream, spanish=spanish),
        spanish=spanish,
        races=tuple(race for race in RACES if race in races),
        adults=adults,
        children=children,
    )


def _kinds(stream: Stream) -> tuple[str, ...]:
    first = _ADULTS.draw(stream)
    return (first, _ADULTS.draw(stream)) if stream.chance(0.5) else (first,)


def _adults(seed: Seed, key: str, kinds: Sequence[str], numbers: Iterator[int]) -> tuple[Adult, ...]:
    keys = [f"{key}/adult/{place}" for place in range(len(kinds))]
    return tuple(Adult(key, seed.sourced_id(key), next(numbers), kind) for key, kind in zip(keys, kinds, strict=True))
