"""Let a day pass in ``default`` at a fixed interval of real time, for a demonstration that lives."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from mockroster.clock import real_now
from mockroster.errors import MockrosterError
from mockroster.sandbox.sandbox import Sandbox
from mockroster.timeline.days import pass_days
from mockroster.timeline.plan import Plan

log = logging.getLogger("mockroster")

_ONE_DAY = timedelta(days=1)


class DayTimer:
    """Lets days pass; of several servers with one store, a single one does at each tick.

    The ticks are multiples of the interval since 1970, so that all servers count the same.
    """

    def __init__(self, sandbox: Sandbox, plan: Callable[[], Plan], interval: timedelta) -> None:
        self._sandbox = sandbox
        self._plan = plan
        self._seconds = interval.total_seconds()
        self._stopped = Event()

    def start(self) -> None:
        """Let days pass in a daemon thread."""
        Thread(target=self._run, name="days", daemon=True).start()

    def stop(self) -> None:
        """Let no more days pass."""
        self._stopped.set()

    def tick(self, number: int) -> bool:
        """Let a day pass unless another server has claimed this tick, and return whether it passed."""
        try:
            if not self._sandbox.state.counters.first_use(f"timeline/tick/{number}", 2 * self._seconds):
                return False
            passed = pass_days(self._sandbox, self._plan(), self._sandbox.clock.now().date() + _ONE_DAY)
        except MockrosterError as error:
            log.warning("--day-every: no day has passed: %s", error)
            return False
        counts = ", ".join(f"{name} {number}" for name, number in passed.counts.items())
        log.info("%s: %s", passed.end, counts or "no events")
        return True

    def _run(self) -> None:
        while True:
            now = real_now().timestamp()
            number = int(now // self._seconds) + 1
            if self._stopped.wait(number * self._seconds - now):
                return
            self.tick(number)
