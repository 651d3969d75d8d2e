"""The districts that the pages count and draw."""

from __future__ import annotations

from datetime import UTC, datetime

from mockroster.district import district
from mockroster.roster.record import Records

SEED = 42
MEASURED_ON = datetime(2026, 1, 15, tzinfo=UTC)
SIZES = (100, 1000, 5000)


def districts() -> dict[int, Records]:
    """Return a district of each size, by its number of students."""
    return {size: district(SEED, size, MEASURED_ON) for size in SIZES}
