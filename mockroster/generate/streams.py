"""Seed: where every id, every random draw and every ``dateLastModified`` of a district comes from.

Each record has a stream and an id of its own, both made of the seed and the record's natural key (``"student/12"``).
So a field, a generator or a student more never changes what another record draws.
"""

from __future__ import annotations

from _random import Random  # what random.Random is made of: it looks at no argument, and costs a fifth less
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from hashlib import blake2b, sha1
from itertools import accumulate
from typing import TypeVar
from uuid import UUID

from mockroster.roster.record import Record

T = TypeVar("T")

NAMESPACE = UUID("5f1b6c1e-0d5c-5b0e-9c53-6d6f636b7273")
"""The namespace of every generated sourcedId: ``uuid5(NAMESPACE, f"{seed}/{key}")``."""

_DAY = 86_400_000
_STEPS = 16**3
_SPAN = 365
_WEEK = 7
_THIS_WEEK = 0.03
_DELETED_SPAN = 120


class Stream:
    """The random draws of one record. Only ``Random.random`` is used: the rest may change between Python versions."""

    __slots__ = ("random",)

    def __init__(self, key: str) -> None:
        digest = blake2b(key.encode(), digest_size=16).digest()
        self.random = Random(int.from_bytes(digest, "big")).random

    def chance(self, share: float) -> bool:
        """Return true in ``share`` of all cases (0 to 1)."""
        return self.random() < share

    def below(self, bound: int) -> int:
        """Return a whole number from 0 up to, not including, ``bound``."""
        return int(self.random() * bound)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of ``choices``, all equally likely."""
        return choices[int(self.random() * len(choices))]


class Deck:
    """Words with weights, to draw from."""

    __slots__ = ("_sums", "words")

    def __init__(self, words: Mapping[str, float]) -> None:
        self.words = tuple(words)
        self._sums = list(accumulate(words.values()))

    def draw(self, stream: Stream) -> str:
        """Return a word, as likely as its weight says."""
        return self.words[bisect(self._sums, stream.random() * self._sums[-1], 0, len(self.words) - 1)]


class Seed:
    """The seed of a district on a day: makes streams, ids and the first three members of every record."""

    __slots__ = ("_days", "_deletion_days", "_hash", "_prefix", "today")

    def __init__(self, number: int, today: date) -> None:
        self.today = today
        self._prefix = f"{number}/"
        self._hash = sha1(NAMESPACE.bytes + self._prefix.encode(), usedforsecurity=False)
        self._days = _days(today, _age)
        self._deletion_days = _days(today, _deletion_age)

    def stream(self, key: str) -> Stream:
        """Return the stream of the record with that natural key, at its beginning."""
        return Stream(self._prefix + key)

    def sourced_id(self, key: str) -> str:
        """Return the id of the record with that natural key: a UUID of version 5."""
        return _uuid(self._digest(key))

    def row(self, key: str) -> Record:
        """Return an active record that holds only sourcedId, status and dateLastModified."""
        return _row(self._digest(key), "active", self._days)

    def deleted_row(self, key: str) -> Record:
        """Return the same for a record that is ``tobedeleted``, mostly of late."""
        return _row(self._digest(key), "tobedeleted", self._deletion_days)

    def _digest(self, key: str) -> str:
        state = self._hash.copy()
        state.update(key.encode())
        return state.hexdigest()


def _days(today: date, age: Callable[[float], float]) -> list[str]:
    # Never today itself, so that nothing is in the future at any hour of the day.
    dates = [(today - timedelta(days=days)).isoformat() for days in range(1, _SPAN + 1)]
    return [dates[int(age(place / _STEPS))] for place in range(_STEPS)]


def _age(share: float) -> float:
    if share < _THIS_WEEK:
        return _WEEK * share / _THIS_WEEK
    return _WEEK + (_SPAN - _WEEK) * (share - _THIS_WEEK) / (1 - _THIS_WEEK)


def _deletion_age(share: float) -> float:
    return _DELETED_SPAN * share**2


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    return f"T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}.{rest:03d}Z"


_TIMES = [_time(place * _DAY // _STEPS) for place in range(_STEPS)]


def _row(digest: str, status: str, days: Sequence[str]) -> Record:
    row = Record()
    row["sourcedId"] = _uuid(digest)
    row["status"] = status
    # From the digits of the digest that the id leaves over.
    row["dateLastModified"] = days[int(digest[32:35], 16)] + _TIMES[int(digest[35:38], 16)]
    return row


_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def _uuid(digest: str) -> str:
    # The same as uuid.uuid5, at a quarter of the time.
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{_VARIANTS[digest[16]]}{digest[17:20]}-{digest[20:32]}"
