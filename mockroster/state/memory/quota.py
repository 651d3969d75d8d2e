"""A bound over all sandboxes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol


class Holder(Protocol):
    """A part of a sandbox whose weight is bounded."""

    def shed(self) -> int:
        """Drop the oldest item and return its weight; 0 if there is none."""


class Quota:
    """Bounds the total weight of many holders: the one that grew longest ago loses its oldest items first.

    The caller holds the lock of the store.
    """

    __slots__ = ("_holders", "_limit", "used")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._holders: OrderedDict[Holder, int] = OrderedDict()
        self.used = 0

    def charge(self, holder: Holder, weight: int) -> None:
        """Add to the weight of a holder and move it to the end of the eviction order."""
        holders = self._holders
        holders[holder] = holders.get(holder, 0) + weight
        holders.move_to_end(holder)
        self.used += weight
        while self.used > self._limit and self._holders:
            self._shed(next(iter(self._holders)))

    def release(self, holder: Holder, weight: int) -> None:
        """Subtract from the weight of a holder; its rank stays."""
        self._holders[holder] = self._holders.get(holder, 0) - weight
        self.used -= weight

    def forget(self, holder: Holder) -> None:
        """Remove a holder and its weight."""
        self.used -= self._holders.pop(holder, 0)

    def _shed(self, holder: Holder) -> None:
        weight = holder.shed()
        self.release(holder, weight)
        if not weight or not self._holders[holder]:
            self.forget(holder)
