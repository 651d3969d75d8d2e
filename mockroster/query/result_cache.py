"""A cache of the results of reads, so that walking through pages scans and sorts only once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from mockroster.caching import Budget, WeighedCache
from mockroster.roster.record import Record

BYTES_KEPT = 48 * 1024 * 1024
"""Maximum estimated bytes of the results in one cache: some 6 million references to records."""

RESULTS_KEPT = 1000
"""Maximum number of results in one cache, empty ones included."""

BUDGET = Budget(256 * 1024 * 1024)
"""Bounds the results of all sandboxes together."""

_REFERENCE = 8
"""Bytes that a list takes for each record."""

_RESULT = 400
"""Bytes of an empty result and its entry."""

Stamp = tuple[int, ...]
"""The revisions of the tables from which a result was computed."""

_NUMBERS = count()


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The records that a read returns, in order."""

    stamp: Stamp
    records: Sequence[Record]
    number: int = field(default_factory=partial(next, _NUMBERS))
    """A unique number, under which values derived from the result can be cached."""


class ResultCache:
    """The most recently used results."""

    __slots__ = ("_cache",)

    def __init__(self) -> None:
        self._cache: WeighedCache[Hashable, QueryResult] = WeighedCache(BYTES_KEPT, RESULTS_KEPT, BUDGET)

    @property
    def weight(self) -> int:
        """The estimated bytes of all results."""
        return self._cache.weight

    def get(
        self, key: Hashable, weigh_key: Callable[[], int], stamp: Stamp, compute: Callable[[], Sequence[Record]]
    ) -> QueryResult:
        """Return the cached result of a key, computed if it is missing or has another stamp."""
        cached = self._cache.get(key)
        if cached is not None and cached.stamp == stamp:
            return cached
        result = QueryResult(stamp, compute())
        self._cache.put(key, result, weigh_key() + _RESULT + _REFERENCE * len(result.records))
        return result
