"""Call functions at regular times, once for all servers that share a store."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from mockroster.clock import real_now
from mockroster.errors import MockrosterError
from mockroster.state.port import SandboxState

log = logging.getLogger("mockroster")

_CLAIM_SECONDS = 60.0
"""The shortest time for which a claimed tick is kept; the clocks of servers must differ by less."""


def claim(state: SandboxState, name: str, seconds: float) -> bool:
    """Return whether this server is the first to claim ``name`` within a number of seconds.

    Servers that share a store call it before an action that only one of them may carry out.
    """
    return state.counters.first_use(f"claim:{name}", seconds)


class Ticker:
    """Calls a function each time a period of UTC ends: with an hour, at each full hour.

    These times are the same on all servers; the server that claims a tick calls the function.
    """

    def __init__(self, name: str, period: timedelta, action: Callable[[], None], state: SandboxState) -> None:
        """``name`` distinguishes tickers of the same state, in whose store the ticks are claimed."""
        self._name = name
        self._period = period.total_seconds()
        self._action = action
        self._state = state
        self._last = self._number()
        self._stopped = Event()

    def start(self) -> None:
        """Start a daemon thread."""
        Thread(target=self._run, name=f"mockroster-{self._name}", daemon=True).start()

    def stop(self) -> None:
        """End after the current call."""
        self._stopped.set()

    def look(self) -> bool:
        """Call the function if a period has ended since the last look and no other server has claimed its end.

        Return whether it was called. Of several periods that have ended only the last counts.
        """
        number = self._number()
        if number <= self._last:
            return False
        self._last = number
        if not claim(self._state, f"{self._name}:{number}", max(_CLAIM_SECONDS, 2 * self._period)):
            return False
        self._action()
        return True

    def _number(self) -> int:
        """Return the number of periods since 1970."""
        return int(real_now().timestamp() // self._period)

    def _run(self) -> None:
        while not self._stopped.wait(self._period - real_now().timestamp() % self._period):
            try:
                self.look()
            except MockrosterError as error:
                log.warning("%s is left out this time: %s", self._name, error)
            except Exception:  # the next tick comes all the same
                log.exception("%s failed", self._name)
