"""The only source of the time.

A sandbox has its own clock, which can be set and advanced; it continues from the time that was set.
This module imports nothing of mockroster's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def real_now() -> datetime:
    """Return the system time in UTC. OAuth 1.0a needs it: clients sign with real time."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """Format a moment as the standard does: UTC, three digits of milliseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """The clock of one sandbox: real time plus an offset."""

    __slots__ = ("_offset",)

    def __init__(self, now: datetime | None = None) -> None:
        self._offset = timedelta()
        if now is not None:
            self.set(now)

    def copy(self) -> Clock:
        """Return an independent clock with the same offset."""
        other = Clock()
        other._offset = self._offset
        return other

    @property
    def offset(self) -> timedelta:
        """The difference from real time; positive if it is ahead."""
        return self._offset

    def now(self) -> datetime:
        """Return the time of this clock in UTC."""
        return real_now() + self._offset

    def set(self, moment: datetime) -> None:
        """Set the clock to ``moment``. It continues from there."""
        self._offset = moment - real_now()

    def advance(self, duration: timedelta) -> None:
        """Move the clock forward by ``duration``."""
        self._offset += duration
