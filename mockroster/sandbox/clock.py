"""The clock of a sandbox, which is part of its state: real time, moved by an offset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mockroster.clock import real_now
from mockroster.errors import SandboxDropped
from mockroster.state.port import SandboxState


@dataclass(frozen=True, slots=True)
class SandboxClock:
    """The time of one sandbox; once set it keeps ticking."""

    state: SandboxState
    start: timedelta
    """By how much the clock was ahead of real time at start."""

    def now(self) -> datetime:
        """Return the time, in UTC; for a request that is under way while its sandbox is dropped, by the start."""
        try:
            return real_now() + self.state.head().clock
        except SandboxDropped:
            return real_now() + self.start

    def set(self, moment: datetime) -> None:
        """Make it ``moment`` now."""
        self.state.set_clock(moment - real_now())

    def advance(self, duration: timedelta) -> None:
        """Move the clock forward by ``duration``."""
        self.state.advance_clock(duration)
