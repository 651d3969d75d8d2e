"""A time of the machine that goes on only when mockroster looks at it, and that tests move on in place of waiting.

So the gaps between requests are those that a test asks for, on a busy machine too.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from unittest import mock

from mockroster.clock import real_now

_TICK = 0.001
"""Seconds that pass with each look."""


class Time:
    """The time of the machine, from now on."""

    def __init__(self) -> None:
        self._start, self._counter = datetime.now(UTC), time.perf_counter()
        self._looks = count(1)
        self._moved = 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._moved += seconds

    def now(self) -> datetime:
        """Return the present moment."""
        return self._start + timedelta(seconds=self._passed())

    def text(self) -> str:
        """Return the present moment, as a filter has it."""
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def counter(self) -> float:
        """Return the present moment, as ``time.perf_counter`` does."""
        return self._counter + self._passed()

    def _passed(self) -> float:
        return next(self._looks) * _TICK + self._moved


@contextmanager
def movable_time() -> Iterator[Time]:
    """Yield the time that mockroster goes by until the end of the block, for dates and for durations of requests."""
    moved = Time()
    with mock.patch.object(time, "perf_counter", moved.counter):
        try:
            _replace(real_now, moved.now)
            yield moved
        finally:
            _replace(moved.now, real_now)


def _replace(before: object, after: object) -> None:
    """Replace a function in every module of mockroster that has it."""
    for name, module in [*sys.modules.items()]:
        if name.startswith("mockroster") and getattr(module, "real_now", None) == before:
            module.real_now = after  # type: ignore[attr-defined]
