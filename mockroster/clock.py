"""The one clock. Nobody else asks the time.

A sandbox has a clock of its own that can be set and moved forward; once set it keeps ticking.
This module imports nothing of mockroster's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def real_now() -> datetime:
    """Return the time that the machine says it is, in UTC; for OAuth 1.0a, whose clients sign with real time."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """Return a moment as the standard writes it: UTC, three digits of milliseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """The time of one sandbox: real time, moved by an offset."""

    __slots__ = ("_offset",)

    def __init__(self, now: datetime | None = None) -> None:
        self._offset = timedelta()
        if now is not None:
            self.set(now)

    def copy(self) -> Clock:
        """Return a clock that says the same and can be set on its own."""
        other = Clock()
        other._offset = self._offset
        return other

    @property
    def offset(self) -> timedelta:
        """By how much it is ahead of real time."""
        return self._offset

    def now(self) -> datetime:
        """Return the time of this clock, in UTC."""
        return real_now() + self._offset

    def set(self, moment: datetime) -> None:
        """Make it ``moment`` now; the clock goes on from there."""
        self._offset = moment - real_now()

    def advance(self, duration: timedelta) -> None:
        """Move the clock forward by ``duration``."""
        self._offset += duration
