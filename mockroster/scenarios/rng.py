"""Reproducible random values: the same sandbox seed, scenario and request number draw the same."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar
from zlib import crc32

_T = TypeVar("_T")


class Rng:
    """A random number generator seeded by a key.

    Only ``Random.random`` is used, because its sequence is the same in every Python version.
    """

    __slots__ = ("_random", "_salt")

    def __init__(self, *key: object) -> None:
        digest = blake2b("/".join(map(str, key)).encode(), digest_size=8).digest()
        self._random = Random(int.from_bytes(digest))
        self._salt = int.from_bytes(digest[:4])

    def of(self, name: str) -> float:
        """Return a number in [0, 1) that depends on the key and the name only, not on earlier draws."""
        mixed = (crc32(name.encode("utf-8", "replace")) ^ self._salt) * 0x9E3779B1 & 0xFFFFFFFF
        return mixed / 2**32

    def happens(self, share: float) -> bool:
        """Return ``True`` with the probability ``share``, from 0 to 1."""
        return self._random.random() < share

    def below(self, number: int) -> int:
        """Return an integer from 0 to ``number - 1``."""
        return int(self._random.random() * number)

    def one_of(self, values: Sequence[_T]) -> _T:
        """Return one of the values."""
        return values[self.below(len(values))]

    def between(self, least: float, most: float) -> float:
        """Return a number from ``least`` to ``most``."""
        return least + (most - least) * self._random.random()

    def shuffled(self, values: Sequence[_T]) -> list[_T]:
        """Return the values in random order."""
        keyed = sorted((self._random.random(), number) for number in range(len(values)))
        return [values[number] for _, number in keyed]
