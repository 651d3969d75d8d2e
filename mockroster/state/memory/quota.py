"""A bound over all sandboxes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol


class Holder(Protocol):
    """A part of one sandbox that holds weight."""

    def shed(self) -> int:
        """Drop the oldest item and return its weight; 0 where nothing is left to drop."""


class Quota:
    """Bounds the weight that many holders keep together: the one that grew longest ago loses its oldest items first.

    The caller holds the lock of the store.
    """

    __slots__ = ("_holders", "_limit", "used")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._holders: OrderedDict[Holder, int] = OrderedDict()
        self.used = 0

    def charge(self, holder: Holder, weight: int) -> None:
        """Add to the weight of a holder, which makes it the last one to lose."""
        holders = self._holders
        holders[holder] = holders.get(holder, 0) + weight
        holders.move_to_end(holder)
        self.used += weight
        while self.used > self._limit and self._holders:
            self._shed(next(iter(self._holders)))

    def release(self, holder: Holder, weight: int) -> None:
        """Take from the weight of a holder, whose rank stays."""
        self._holders[holder] = self._holders.get(holder, 0) - weight
        self.used -= weight

    def forget(self, holder: Holder) -> None:
        """Remove a holder with all that it holds."""
        self.used -= self._holders.pop(holder, 0)

    def _shed(self, holder: Holder) -> None:
        weight = holder.shed()
        self.release(holder, weight)
        if not weight or not self._holders[holder]:
            self.forget(holder)
