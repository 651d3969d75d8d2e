"""What a scenario remembers from request to request, kept in the counters of the sandbox."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mockroster.caching import short_key

if TYPE_CHECKING:
    from mockroster.sandbox.sandbox import Sandbox
    from mockroster.state.values import Json

_COUNT = "count"


def prefix(text: str) -> str:
    """Return what the keys of a scenario's counters begin with; ``text`` is the scenario as it is written."""
    return f"scenario {short_key(text)}\n"


@dataclass(frozen=True, slots=True)
class Memory:
    """The counters and JSON values of one scenario in one sandbox, by name.

    They are those of the sandbox: a reset forgets them, a snapshot holds them, and choosing the scenario anew for the
    whole sandbox starts them afresh. No lock is needed.
    """

    sandbox: Sandbox
    text: str
    """The scenario as it is written."""

    def get(self, name: str) -> Json:
        """Return a value, ``None`` where there is none."""
        return self.sandbox.state.counters.get(prefix(self.text) + name)

    def increment(self, name: str, by: int = 1) -> int:
        """Add to a whole number, which begins at 0, and return the sum."""
        return self.sandbox.state.counters.increment(prefix(self.text) + name, by)

    def update(self, name: str, function: Callable[[Json], Json]) -> Json:
        """Replace a value by what a function makes of it, and return that; ``None`` forgets it.

        The function must have no effect: it is called again where another request was first.
        """
        return self.sandbox.state.counters.update(prefix(self.text) + name, function)

    def next_number(self) -> int:
        """Count a request, and return its number."""
        return self.increment(_COUNT)

    @property
    def count(self) -> int:
        """The number of requests that the scenario has seen; deprecated."""
        warnings.warn("memory.count is now exchange.number", DeprecationWarning, stacklevel=2)
        count = self.get(_COUNT)
        return count if isinstance(count, int) else 0

    @property
    def values(self) -> dict[str, Any]:
        """Values that are lost when the sandbox comes back to a snapshot, and seen by one server only; deprecated."""
        warnings.warn("memory.values is now memory.get() and memory.update()", DeprecationWarning, stacklevel=2)
        return self.sandbox.data.values.setdefault(self.text, {})
