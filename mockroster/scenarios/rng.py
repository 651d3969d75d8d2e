"""Random choices that a test can rely on: the same sandbox seed, scenario and request number draw the same."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar
from zlib import crc32

_T = TypeVar("_T")


class Chance:
    """A stream of draws; only ``Random.random`` is used, which is the same on every Python."""

    __slots__ = ("_random", "_salt")

    def __init__(self, *key: object) -> None:
        digest = blake2b("/".join(map(str, key)).encode(), digest_size=8).digest()
        self._random = Random(int.from_bytes(digest))
        self._salt = int.from_bytes(digest[:4])

    def of(self, name: str) -> float:
        """Return a number from 0 to below 1 that belongs to a name, however many others are drawn."""
        mixed = (crc32(name.encode("utf-8", "replace")) ^ self._salt) * 0x9E3779B1 & 0xFFFFFFFF
        return mixed / 2**32

    def happens(self, share: float) -> bool:
        """Tell whether something happens that does in a ``share`` of all cases, from 0 to 1."""
        return self._random.random() < share

    def below(self, number: int) -> int:
        """Return a whole number from 0 to below ``number``."""
        return int(self._random.random() * number)

    def one_of(self, things: Sequence[_T]) -> _T:
        """Return one of the things."""
        return things[self.below(len(things))]

    def between(self, least: float, most: float) -> float:
        """Return a number from ``least`` to ``most``."""
        return least + (most - least) * self._random.random()

    def shuffled(self, things: Sequence[_T]) -> list[_T]:
        """Return the things in another order."""
        keyed = sorted((self._random.random(), number) for number in range(len(things)))
        return [things[number] for _, number in keyed]
