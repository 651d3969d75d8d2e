"""The state that a scenario keeps between requests, in the counters of the sandbox."""

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
    """Return the prefix of the counter keys of a scenario; ``text`` is the scenario as written."""
    return f"scenario {short_key(text)}\n"


@dataclass(frozen=True, slots=True)
class Memory:
    """The counters and JSON values of one scenario in one sandbox, by name.

    A reset of the sandbox clears them, a snapshot contains them, and activating the scenario in the whole sandbox
    clears them. No lock is needed.
    """

    sandbox: Sandbox
    text: str
    """The scenario as written."""

    def get(self, name: str) -> Json:
        """Return a value, or ``None``."""
        return self.sandbox.state.counters.get(prefix(self.text) + name)

    def increment(self, name: str, by: int = 1) -> int:
        """Add to an integer, which starts at 0, and return the sum."""
        return self.sandbox.state.counters.increment(prefix(self.text) + name, by)

    def update(self, name: str, function: Callable[[Json], Json]) -> Json:
        """Replace a value by the result of a function, and return it. A result of ``None`` deletes the value.

        The function must have no side effects: it is called again if another request changed the value first.
        """
        return self.sandbox.state.counters.update(prefix(self.text) + name, function)

    def next_number(self) -> int:
        """Count a request and return its number, from 1."""
        return self.increment(_COUNT)

    @property
    def count(self) -> int:
        """Return the number of requests that the scenario has seen; deprecated."""
        warnings.warn("memory.count is now exchange.number", DeprecationWarning, stacklevel=2)
        count = self.get(_COUNT)
        return count if isinstance(count, int) else 0

    @property
    def values(self) -> dict[str, Any]:
        """Return values that are not in snapshots and belong to one server process; deprecated."""
        warnings.warn("memory.values is now memory.get() and memory.update()", DeprecationWarning, stacklevel=2)
        return self.sandbox.data.values.setdefault(self.text, {})
