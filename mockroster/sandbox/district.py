"""Generated districts; the last small ones are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from mockroster.district import district
from mockroster.roster.store import Roster

SMALL = 200
"""Students of a district that is worth keeping: some 2,400 records, about 3 MB."""


def generated(seed: int, students: int, now: datetime, profile: str) -> Roster:
    """Return a generated district as it is on the day of ``now``, in UTC.

    The last small ones are kept: each test of a suite may want one of its own, and most of these are alike.
    """
    now = now.astimezone(UTC)
    day = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return (_kept if students <= SMALL else _made)(seed, students, day, profile)


def _made(seed: int, students: int, day: datetime, profile: str) -> Roster:
    return Roster.of(district(seed, students, day, profile))


_kept = lru_cache(maxsize=8)(_made)
