"""The view Time: the clock, the changes by day, and the snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from mockroster.clock import timestamp
from mockroster.http.admin import events
from mockroster.http.dashboard import history, links, pages
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.changes import Batch

DAYS_SHOWN = 42
"""The days of the picture."""

BATCHES_SHOWN = 200
"""The most batches of a day that the page lists."""

RECORDS_SHOWN = 20
"""The most records of a batch that the page lists."""

_HEIGHT = 120
_WIDTH = 16


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of the bar of a day."""

    kind: str
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One day of the picture."""

    day: history.Day
    x: int
    bars: tuple[Bar, ...]


def show() -> Response:
    """Return the page; ``day`` selects the day whose changes are listed, ``until`` the last day of the picture."""
    sandbox: Sandbox = g.sandbox
    plan = pages.shown(events.show())
    days = history.by_day(sandbox.state.log)
    last = _date("until") or (days[-1].date if days else sandbox.clock.now().date())
    columns = _columns(days, last)
    chosen = _date("day") or (days[-1].date if days else None)
    batches = next((day.batches for day in days if day.date == chosen), [])
    return pages.page(
        "time.html",
        view="time",
        now=timestamp(sandbox.clock.now()),
        columns=columns,
        width=DAYS_SHOWN * _WIDTH,
        height=_HEIGHT,
        column_width=_WIDTH,
        most=max((column.day.total for column in columns), default=0),
        days=[column.day for column in columns if column.day.total][::-1],
        earlier=_earlier(days, columns),
        later=_later(days, last),
        chosen=chosen,
        batches=[_row(sandbox, batch) for batch in batches[::-1][:BATCHES_SHOWN]],
        batches_left=max(len(batches) - BATCHES_SHOWN, 0),
        snapshots=[
            {"name": snapshot.name, "revision": snapshot.revision, "at": timestamp(snapshot.at)}
            for snapshot in sandbox.state.snapshots.all()
        ],
        revision=sandbox.state.head().revision,
        tomorrow=sandbox.clock.now().date() + timedelta(days=1),
        calendar=plan["calendar"],
        events=plan["events"],
    )


def _date(name: str) -> date | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound(f"{name}: {text[:40]!r} is not a date such as 2026-09-01") from None


def _columns(days: Sequence[history.Day], last: date) -> list[Column]:
    """Return the days of the picture, also those without changes, with the parts of their bars."""
    known = {day.date: day for day in days}
    first = last.toordinal() - DAYS_SHOWN + 1
    shown = [date.fromordinal(number) for number in range(max(first, 1), last.toordinal() + 1)]
    picture = [known.get(day) or history.Day(day) for day in shown]
    most = max((day.total for day in picture), default=0) or 1
    return [Column(day, number * _WIDTH, _bars(day, number * _WIDTH, most)) for number, day in enumerate(picture)]


def _bars(day: history.Day, x: int, most: int) -> tuple[Bar, ...]:
    bars, top = [], float(_HEIGHT)
    for kind, count in (("created", day.created), ("updated", day.updated), ("deleted", day.deleted)):
        if count:
            height = max(round(count / most * (_HEIGHT - 4), 1), 1.0)
            top = round(top - height, 1)
            bars.append(Bar(kind, x, top, height))
    return tuple(bars)


def _earlier(days: Sequence[history.Day], columns: Sequence[Column]) -> date | None:
    """Return the last day with changes before the picture."""
    first = columns[0].day.date
    return max((day.date for day in days if day.date < first), default=None)


def _later(days: Sequence[history.Day], last: date) -> date | None:
    """Return the last day of the next picture, if there are changes after this one."""
    if not days or days[-1].date <= last:
        return None
    return min(last + timedelta(days=DAYS_SHOWN), days[-1].date)


def _row(sandbox: Sandbox, batch: Batch) -> Mapping[str, Any]:
    """Return the row of a batch."""
    overlay = sandbox.overlay
    changes = [
        (history.kind(change), links.link(overlay, change.collection, change.sourcedId))
        for change in batch.changes[:RECORDS_SHOWN]
    ]
    return {
        "revision": batch.revision,
        "at": history.moment(batch.at),
        "cause": batch.cause,
        "client": batch.client,
        "changes": changes,
        "left": len(batch.changes) - len(changes),
        "count": len(batch.changes),
    }
