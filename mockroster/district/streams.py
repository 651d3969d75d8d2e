"""Seed: the source of every id, random draw and ``dateLastModified`` of a district.

Each record has a stream and an id of its own, both made of the seed and the record's natural key (``"student/12"``).
So a field, a generator or a student more never changes what another record draws.
"""

from __future__ import annotations

from array import array
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import blake2b, sha1
from itertools import accumulate, chain, repeat
from sys import byteorder
from typing import TypeVar
from uuid import UUID

from mockroster.roster.record import Record

T = TypeVar("T")

NAMESPACE = UUID("5f1b6c1e-0d5c-5b0e-9c53-6d6f636b7273")
"""The namespace of every generated sourcedId: ``uuid5(NAMESPACE, f"{seed}/{key}")``."""

# A draw is a whole number from 0 up to, not including, this: fine enough for shares of a thousandth.
_BOUND = 2**16
_MOMENTS = 2**12
_SPAN = 365
_WEEK = 7
_THIS_WEEK = 0.03
_DELETED_SPAN = 120
# A prime number of them, so that those of a day differ.
_CLOCKS = [f"T{7 * n % 24:02d}:{11 * n % 60:02d}:{17 * n % 60:02d}.{613 * n % 1000:03d}Z" for n in range(127)]


def _draws(state: blake2b) -> array[int]:
    """Return the next 32 draws of a hash."""
    draws = array("H", state.digest())
    if byteorder == "big":
        draws.byteswap()
    state.update(b"+")
    return draws


class Stream(chain[int]):
    """The random draws of one record: whole numbers below 65,536, without end.

    They come from a hash of its key: to seed a generator of ``random`` costs three times as much, and most records draw
    less than ten times.
    """

    __slots__ = ()

    def random(self) -> float:
        """Return a number in [0, 1)."""
        return next(self) / _BOUND

    def chance(self, share: float) -> bool:
        """Return true with probability ``share`` (0 to 1)."""
        return next(self) < share * _BOUND

    def below(self, bound: int) -> int:
        """Return a whole number in [0, ``bound``)."""
        return next(self) * bound // _BOUND

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of ``choices`` with equal probability."""
        return choices[next(self) * len(choices) // _BOUND]


class Deck:
    """Weighted words to draw from."""

    __slots__ = ("_bounds", "words")

    def __init__(self, words: Mapping[str, float]) -> None:
        self.words = tuple(words)
        sums = list(accumulate(words.values()))
        self._bounds = [round(total / sums[-1] * _BOUND) for total in sums]

    def draw(self, stream: Stream) -> str:
        """Return a word with a probability in proportion to its weight."""
        return self.words[bisect(self._bounds, next(stream))]


class Seed:
    """The seed of a district on a day: makes streams, ids and the first three members of every record."""

    __slots__ = ("_changes", "_deletions", "_hash", "_prefix", "today")

    def __init__(self, number: int, today: date) -> None:
        self.today = today
        self._prefix = f"{number}/"
        self._hash = sha1(NAMESPACE.bytes + self._prefix.encode(), usedforsecurity=False)
        self._changes = _Moments(today, _age)
        self._deletions = _Moments(today, _deletion_age)

    def stream(self, key: str) -> Stream:
        """Return the stream of the record with that natural key, at its beginning."""
        state = blake2b(f"{self._prefix}{key}".encode())
        # typeshed does not know that it makes what it is called on.
        return Stream.from_iterable(map(_draws, repeat(state)))  # type: ignore[return-value]

    def sourced_id(self, key: str) -> str:
        """Return the id of the record with that natural key: a UUID of version 5."""
        return _uuid(self._digest(key))

    def row(self, key: str) -> Record:
        """Return an active record that holds only sourcedId, status and dateLastModified."""
        return _row(self._digest(key), "active", self._changes)

    def deleted_row(self, key: str) -> Record:
        """Return a ``tobedeleted`` record with the same members, mostly with a recent date."""
        return _row(self._digest(key), "tobedeleted", self._deletions)

    def _digest(self, key: str) -> bytes:
        state = self._hash.copy()
        state.update(key.encode())
        return state.digest()


class _Moments(dict[int, str]):
    """Timestamps by number, each made when it is first asked for: a record's last change.

    ``age`` says how many days before yesterday it was, for a number from 0 to 1.
    """

    def __init__(self, today: date, age: Callable[[float], float]) -> None:
        super().__init__()
        self._yesterday = today.toordinal() - 1
        self._age = age

    def __missing__(self, number: int) -> str:
        # Never today itself, so that nothing is in the future at any hour of the day.
        day = date.fromordinal(self._yesterday - int(self._age((number + 0.5) / _MOMENTS)))
        timestamp = self[number] = day.isoformat() + _CLOCKS[number % len(_CLOCKS)]
        return timestamp


def _age(share: float) -> float:
    if share < _THIS_WEEK:
        return _WEEK * share / _THIS_WEEK
    return _WEEK + (_SPAN - _WEEK) * (share - _THIS_WEEK) / (1 - _THIS_WEEK)


def _deletion_age(share: float) -> float:
    return _DELETED_SPAN * share**2


def _row(digest: bytes, status: str, moments: Mapping[int, str]) -> Record:
    row = Record()
    row["sourcedId"] = _uuid(digest)
    row["status"] = status
    # From twelve bits of the digest that the id leaves over.
    row["dateLastModified"] = moments[digest[18] << 4 | digest[19] >> 4]
    return row


_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def _uuid(digest: bytes) -> str:
    # The same as uuid.uuid5, at a quarter of the time, from groups of 4, 6 and 6 bytes.
    digits = digest[:16].hex("-", 6)
    return f"{digits[:13]}-5{digits[14:17]}-{_VARIANTS[digits[17]]}{digits[18:]}"
