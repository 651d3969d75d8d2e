"""Seed: where every id, every random draw and every ``dateLastModified`` of a district comes from.

Each record has a stream and an id of its own, both made of the seed and the record's natural key (``"student/12"``).
So a field, a generator or a student more never changes what another record draws.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from hashlib import blake2b, sha1
from itertools import accumulate
from struct import Struct
from typing import TypeVar
from uuid import UUID

from mockroster.roster.record import Record

T = TypeVar("T")

NAMESPACE = UUID("5f1b6c1e-0d5c-5b0e-9c53-6d6f636b7273")
"""The namespace of every generated sourcedId: ``uuid5(NAMESPACE, f"{seed}/{key}")``."""

_MOMENTS = 16**3
_SPAN = 365
_WEEK = 7
_THIS_WEEK = 0.03
_DELETED_SPAN = 120


def _numbers(key: bytes) -> Iterator[float]:
    """Yield numbers from 0 up to, not including, 1, without end: the words of a hash, 16 at a time."""
    state = blake2b(key)
    while True:
        yield from map(_share, _words(state.digest()))
        state.update(b"+")


_words = Struct("<16I").unpack
_share = (2.0**-32).__mul__


class Stream:
    """The random draws of one record.

    They come from a hash of its key: to seed a generator of ``random`` costs three times as much, and most records draw
    less than ten times.
    """

    __slots__ = ("random",)

    def __init__(self, key: str) -> None:
        self.random = _numbers(key.encode()).__next__

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

    __slots__ = ("_changes", "_deletions", "_hash", "_prefix", "today")

    def __init__(self, number: int, today: date) -> None:
        self.today = today
        self._prefix = f"{number}/"
        self._hash = sha1(NAMESPACE.bytes + self._prefix.encode(), usedforsecurity=False)
        self._changes = _Moments(today, _age)
        self._deletions = _Moments(today, _deletion_age)

    def stream(self, key: str) -> Stream:
        """Return the stream of the record with that natural key, at its beginning."""
        return Stream(self._prefix + key)

    def sourced_id(self, key: str) -> str:
        """Return the id of the record with that natural key: a UUID of version 5."""
        return _uuid(self._digest(key))

    def row(self, key: str) -> Record:
        """Return an active record that holds only sourcedId, status and dateLastModified."""
        return _row(self._digest(key), "active", self._changes)

    def deleted_row(self, key: str) -> Record:
        """Return the same for a record that is ``tobedeleted``, mostly of late."""
        return _row(self._digest(key), "tobedeleted", self._deletions)

    def _digest(self, key: str) -> str:
        state = self._hash.copy()
        state.update(key.encode())
        return state.hexdigest()


class _Moments(dict[str, str]):
    """Timestamps by three hexadecimal digits, each made when it is first asked for: a record's last change.

    ``age`` says how many days before the beginning of ``today`` it was, for a number from 0 to 1.
    """

    def __init__(self, today: date, age: Callable[[float], float]) -> None:
        super().__init__()
        self._midnight = datetime.combine(today, time())
        self._age = age

    def __missing__(self, digits: str) -> str:
        # Never today itself, so that nothing is in the future at any hour of the day.
        age = self._age((int(digits, 16) + 0.5) / _MOMENTS)
        moment = self._midnight - timedelta(days=age)
        timestamp = self[digits] = f"{moment.isoformat(timespec='milliseconds')}Z"
        return timestamp


def _age(share: float) -> float:
    if share < _THIS_WEEK:
        return _WEEK * share / _THIS_WEEK
    return _WEEK + (_SPAN - _WEEK) * (share - _THIS_WEEK) / (1 - _THIS_WEEK)


def _deletion_age(share: float) -> float:
    return _DELETED_SPAN * share**2


def _row(digest: str, status: str, moments: Mapping[str, str]) -> Record:
    row = Record()
    row["sourcedId"] = _uuid(digest)
    row["status"] = status
    # From the digits of the digest that the id leaves over.
    row["dateLastModified"] = moments[digest[37:]]
    return row


_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def _uuid(digest: str) -> str:
    # The same as uuid.uuid5, at a quarter of the time.
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{_VARIANTS[digest[16]]}{digest[17:20]}-{digest[20:32]}"
