"""A bounded map whose keys expire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import Generic, TypeVar

from mockroster.state.memory.quota import Quota

_V = TypeVar("_V")


class ExpiringMap(Generic[_V]):
    """Values by key, each with a deadline and a weight. The caller holds the lock of the store.

    At a bound the expired keys go, then those that were not written for the longest time. A tenth is freed at a time,
    so that making room costs each key next to nothing.
    """

    __slots__ = ("_items", "_limit", "_monotonic", "_quota", "_weight", "_weight_limit")

    def __init__(self, monotonic: Callable[[], float], limit: int, weight_limit: int, quota: Quota) -> None:
        self._monotonic = monotonic
        self._limit = limit
        self._weight_limit = weight_limit
        self._quota = quota
        self._items: dict[str, tuple[_V, float, int]] = {}
        """Value, deadline and weight by key, in the order of the last writes."""

        self._weight = 0

    def __contains__(self, key: str) -> bool:
        """Return whether a key exists and has not expired."""
        item = self._items.get(key)
        return item is not None and (item[1] == inf or item[1] > self._monotonic())

    def get(self, key: str, default: _V) -> _V:
        """Return the value of a key, or the default if it does not exist or has expired."""
        return self._items[key][0] if key in self else default

    def set(self, key: str, value: _V, weight: int, seconds: float | None) -> None:
        """Set a value. An existing key keeps its deadline; a new one gets it from ``seconds``."""
        deadline = inf if seconds is None else self._monotonic() + seconds
        if key in self:
            deadline = self._items[key][1]
        self.pop(key)
        self._items[key] = (value, deadline, weight)
        self._weight += weight
        self._quota.charge(self, weight)
        if len(self._items) > self._limit or self._weight > self._weight_limit:
            self._make_room()

    def pop(self, key: str) -> None:
        """Remove a key, if it exists."""
        item = self._items.pop(key, None)
        if item is not None:
            self._weight -= item[2]
            self._quota.release(self, item[2])

    def items(self) -> Iterator[tuple[str, _V, float]]:
        """Yield each key with its value and the seconds until it expires, ``inf`` for never."""
        now = self._monotonic()
        for key, (value, deadline, _) in self._items.items():
            if deadline > now:
                yield key, value, deadline - now

    def clear(self) -> None:
        """Remove all keys."""
        self._items.clear()
        self._weight = 0
        self._quota.forget(self)

    def shed(self) -> int:
        """Evict the least recently written key, and return its weight."""
        if not self._items:
            return 0
        _, _, weight = self._items.pop(next(iter(self._items)))
        self._weight -= weight
        return weight

    def _make_room(self) -> None:
        now = self._monotonic()
        for key in [key for key, (_, deadline, _) in self._items.items() if deadline <= now]:
            self.pop(key)
        while len(self._items) > self._limit * 9 // 10 or self._weight > self._weight_limit * 9 // 10:
            self._quota.release(self, self.shed())
