"""What the aliases of a YAML file stand for, bounded: a few lines of them can say more than any server holds.

This module imports nothing of mockroster's.
"""

from __future__ import annotations

from typing import Any

MOST_REPEATED = 20_000_000
"""What all aliases of a file may stand for: the characters of text, and ``_EACH`` for every value."""

_EACH = 20


class Anchors:
    """The values that a file has given a name to."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._sizes: dict[int, tuple[Any, int, int]] = {}
        self._repeated = 0

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def keep(self, name: str | None, value: Any) -> None:
        """Keep a complete value under its name, if it has one."""
        if name is not None:
            self._values[name] = value

    def repeated(self, name: str) -> tuple[Any, int]:
        """Return the value of a name, and how many levels it has. Raises ``OverflowError`` when it is too much."""
        value = self._values[name]
        weight, levels = self._size(value)
        self._repeated += weight
        if self._repeated > MOST_REPEATED:
            raise OverflowError
        return value, levels

    def _size(self, value: Any) -> tuple[int, int]:
        """Return how much a value weighs in ``MOST_REPEATED``, and its levels; the tree measures no value twice."""
        if not isinstance(value, dict | list):
            return _EACH + len(value or ""), 0
        if id(value) in self._sizes:
            return self._sizes[id(value)][1:]
        inside = [self._size(one) for one in (value.values() if isinstance(value, dict) else value)]
        names = sum(map(len, value)) if isinstance(value, dict) else 0
        weight = _EACH + names + sum(one for one, _ in inside)
        levels = 1 + max((one for _, one in inside), default=0)
        # The value is kept too, so that no other one gets its id.
        self._sizes[id(value)] = (value, weight, levels)
        return weight, levels
