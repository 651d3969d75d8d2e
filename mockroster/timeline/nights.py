"""A district day by day without a server: the changes of each day by a plan, for nightly files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from mockroster.errors import EventRefused
from mockroster.roster.overlay import Overlay
from mockroster.timeline.occurrences import occurrences
from mockroster.timeline.plan import Plan


@dataclass(frozen=True, slots=True)
class Night:
    """A day and the records that its events wrote, by collection and sourcedId."""

    day: date
    written: frozenset[tuple[str, str]]


def nights(overlay: Overlay, seed: int, start: date, days: int, plan: Plan) -> Iterator[Night]:
    """Change the records by the events of each day after ``start``, and yield each day after its events."""
    for offset in range(1, days + 1):
        day = start + timedelta(days=offset)
        with overlay.exclusive():
            yield Night(day, frozenset(_pass(overlay, seed, day, plan)))


def _pass(overlay: Overlay, seed: int, day: date, plan: Plan) -> Iterator[tuple[str, str]]:
    for occurrence in occurrences(overlay, seed, day, plan):
        try:
            changes = occurrence.happen(overlay, seed)
        except EventRefused:
            continue  # nobody fits today
        yield from ((change.collection, change.sourced_id) for change in changes)
