"""The clock of a sandbox, which is part of its state: real time, moved by an offset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mockroster.clock import real_now
from mockroster.errors import SandboxDropped
from mockroster.state.port import SandboxState


@dataclass(frozen=True, slots=True)
class SandboxClock:
    """The time of one sandbox; it continues to run after it is set."""

    state: SandboxState
    start: timedelta
    """The offset from real time at start."""

    def now(self) -> datetime:
        """Return the time in UTC; after the sandbox was dropped, by the offset at start."""
        try:
            return real_now() + self.state.head().clock
        except SandboxDropped:
            return real_now() + self.start

    def set(self, moment: datetime) -> None:
        """Set the clock to ``moment``."""
        self.state.set_clock(moment - real_now())

    def advance(self, duration: timedelta) -> None:
        """Move the clock forward by ``duration``."""
        self.state.advance_clock(duration)
