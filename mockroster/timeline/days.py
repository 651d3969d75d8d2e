"""Let events happen in a sandbox: on request, or day by day by the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from mockroster.clock import timestamp
from mockroster.errors import EventRefused
from mockroster.roster.commit import commit
from mockroster.roster.overlay import Overlay, RecordChange
from mockroster.sandbox.records import Author, LoggedOverlay
from mockroster.sandbox.sandbox import Sandbox
from mockroster.timeline.base import Event
from mockroster.timeline.occurrences import Occurrence, Series, occurrences
from mockroster.timeline.plan import Plan

_EVENING = time(18, tzinfo=UTC)
_NEWEST = "timeline/newest"
"""The counter with the time of the newest event."""

_LEASE = "timeline/days"
_LEASE_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class AppliedEvent:
    """An occurrence with the changes that it made, and the revision of their batch."""

    event: str
    at: datetime
    revision: int
    changes: tuple[RecordChange, ...]


@dataclass(frozen=True, slots=True)
class PassedDays:
    """The days that passed: the revisions before and after, and the number of occurrences by event."""

    start: date
    end: date
    since: int
    revision: int
    counts: Mapping[str, int]


def trigger(sandbox: Sandbox, event: Event, count: int) -> list[AppliedEvent]:
    """Let an event happen now, ``count`` times in one batch, and return what happened.

    Raises ``EventRefused``, and changes nothing, where fewer can happen, and ``SandboxFull``.
    """
    at = sandbox.clock.now()
    last = sandbox.state.counters.increment(f"timeline/triggered/{at.date()}/{event.name}", count)
    places = range(last - count + 1, last + 1)
    series = Series([Occurrence(event, at, f"{event.name}/triggered/{place}") for place in places], sandbox.seed)

    def command(overlay: LoggedOverlay, _now: datetime) -> int:
        overlay.check_room()
        commit(overlay, [series], at)
        return overlay.log_revision

    try:
        revision = sandbox.run(Author(f"event:{event.name}"), command)
    except EventRefused as error:
        raise EventRefused(f"{event.name}: {error.description}") from None
    if any(series.changes):
        _note_newest(sandbox, at)
    return [AppliedEvent(event.name, at, revision, changes) for changes in series.changes]


def pass_days(sandbox: Sandbox, plan: Plan, target: date) -> PassedDays:
    """Let the days after the clock's date pass, up to and including ``target``; then the clock stands at 18:00 UTC.

    Raises ``EventRefused`` where the clock stands before the newest event, or days are passing already, and
    ``SandboxFull`` before the first day for which there is no room.
    """
    with _days_lease(sandbox):
        now = sandbox.clock.now()
        _check_clock(sandbox, now)
        since = sandbox.state.head().revision
        counts: Counter[str] = Counter()
        for offset in range(1, (target - now.date()).days + 1):
            day = now.date() + timedelta(days=offset)
            _pass_day(sandbox, plan, day, counts)
            # After each day: the days before the one in which a pass breaks off have passed.
            sandbox.clock.set(datetime.combine(day, _EVENING))
        return PassedDays(now.date(), target, since, sandbox.state.head().revision, dict(sorted(counts.items())))


def _pass_day(sandbox: Sandbox, plan: Plan, day: date, counts: Counter[str]) -> None:
    def agenda(overlay: Overlay, _now: datetime) -> list[Occurrence]:
        overlay.check_room()
        return occurrences(overlay, sandbox.seed, day, plan)

    for occurrence in sandbox.run(Author("timeline"), agenda):
        try:
            changes = _happen(sandbox, occurrence)
        except EventRefused:
            continue  # nobody fits today, after what happened before
        counts[occurrence.event.name] += bool(changes)


def _happen(sandbox: Sandbox, occurrence: Occurrence) -> tuple[RecordChange, ...]:
    def command(overlay: Overlay, _now: datetime) -> tuple[RecordChange, ...]:
        return occurrence.happen(overlay, sandbox.seed)

    changes = sandbox.run(Author(f"event:{occurrence.event.name}"), command)
    if changes:
        _note_newest(sandbox, occurrence.at)
    return changes


def _note_newest(sandbox: Sandbox, time: datetime) -> None:
    at = timestamp(time)
    sandbox.state.counters.update(_NEWEST, lambda known: max(at, known) if isinstance(known, str) else at)


def _check_clock(sandbox: Sandbox, now: datetime) -> None:
    newest = sandbox.state.counters.get(_NEWEST)
    if isinstance(newest, str) and timestamp(now) < newest:
        raise EventRefused(
            f"the clock stands at {timestamp(now)}, before the newest event, at {newest}; "
            "set the clock to a later time, or reset the sandbox"
        )


@contextmanager
def _days_lease(sandbox: Sandbox) -> Iterator[None]:
    """Hold the only lease on passing days. Raises ``EventRefused`` while another request or server holds it."""
    lease = sandbox.state.counters.acquire(_LEASE, _LEASE_SECONDS)
    try:
        if lease.held > 1:
            raise EventRefused("days are passing in this sandbox already; ask again when they have passed")
        yield
    finally:
        sandbox.state.counters.release(lease)
