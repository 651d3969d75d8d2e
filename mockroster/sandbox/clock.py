"""The clock of a sandbox, which is part of its state: real time, moved by an offset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mockroster.clock import real_now
from mockroster.state.port import SandboxState


@dataclass(frozen=True, slots=True)
class SandboxClock:
    """The time of one sandbox; once set it keeps ticking."""

    state: SandboxState

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return real_now() + self.state.head().clock

    def set(self, moment: datetime) -> None:
        """Make it ``moment`` now."""
        self.state.set_clock(moment - real_now())

    def advance(self, duration: timedelta) -> None:
        """Move the clock forward by ``duration``."""
        self.state.advance_clock(duration)
