"""Generate districts, and cache the last small ones."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from mockroster.district import district
from mockroster.roster.store import Roster

SMALL = 200
"""The most students of a district that is cached: some 2,400 records, about 3 MB."""


def generated(seed: int, students: int, now: datetime, profile: str) -> Roster:
    """Return a generated district as it is on the day of ``now``, in UTC.

    The last small ones are cached: each test of a suite may ask for a district, and most of these are equal.
    """
    now = now.astimezone(UTC)
    day = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return (_cached_roster if students <= SMALL else _roster)(seed, students, day, profile)


def _roster(seed: int, students: int, day: datetime, profile: str) -> Roster:
    return Roster.of(district(seed, students, day, profile))


_cached_roster = lru_cache(maxsize=8)(_roster)
