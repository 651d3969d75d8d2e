"""Households: the families that students live in, and the adults of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from mockroster.district import names
from mockroster.district.streams import Deck, Seed, Stream
from mockroster.roster.record import Record

_RACES = Deck(
    {
        "americanIndianOrAlaskaNative": 0.02,
        "asian": 0.07,
        "blackOrAfricanAmerican": 0.15,
        "nativeHawaiianOrOtherPacificIslander": 0.01,
        "white": 0.75,
    }
)
_ADULTS = Deck({"parent": 0.86, "guardian": 0.09, "relative": 0.05})
_EVERY_KIND = ("parent", "guardian", "relative")


class Adult(NamedTuple):
    """An adult of a household; ``kind`` is a role: parent, guardian or relative."""

    key: str
    number: int
    kind: str
    row: Record


class Household(NamedTuple):
    """A family; ``children`` are numbers of students, ``agents`` the sourcedIds of the adults.

    ``races`` are the members of demographics that tell of them.
    """

    family_name: str
    spanish: bool
    races: dict[str, bool]
    adults: list[Adult]
    agents: list[str]
    children: tuple[int, ...]


def households(seed: Seed, grades: Sequence[int]) -> dict[int, Household]:
    """Return the household of each student by the student's number.

    Some share a household with a sibling: the student half the district further on, who is in another grade.
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
        home = _household(stream, _adults(seed.row, key, kinds, numbers), children)
        for child in children:
            homes[child] = home
    return homes


def departed_household(seed: Seed, student: int) -> Household:
    """Return the household of a student who left the district; all of its adults left too."""
    key = f"household/departed/{student}"
    stream = seed.stream(key)
    # Numbers from the student's own upwards by twos are free: nobody else who left has them.
    numbers = count(2 * student + 1_000_000)
    return _household(stream, _adults(seed.deleted_row, key, _kinds(stream), numbers), (student,))


def _household(stream: Stream, adults: list[Adult], children: tuple[int, ...]) -> Household:
    spanish = stream.chance(0.25)
    race = _RACES.draw(stream)
    races = _races(race, _RACES.draw(stream) if stream.chance(0.06) else race)
    agents = [adult.row["sourcedId"] for adult in adults]
    return Household(names.family_name(stream, spanish=spanish), spanish, races, adults, agents, children)


@lru_cache(maxsize=25)
def _races(first: str, second: str) -> dict[str, bool]:
    members = {race: race in {first, second} for race in _RACES.words}
    return {**members, "demographicRaceTwoOrMoreRaces": first != second}


def _kinds(stream: Stream) -> tuple[str, ...]:
    first = _ADULTS.draw(stream)
    return (first, _ADULTS.draw(stream)) if stream.chance(0.5) else (first,)


def _adults(make: Callable[[str], Record], home: str, kinds: Sequence[str], numbers: Iterator[int]) -> list[Adult]:
    adults = []
    for place, kind in enumerate(kinds):
        key = f"{home}/adult/{place}"
        adults.append(Adult(key, next(numbers), kind, make(key)))
    return adults
