"""The history of one record, and the changes of a sandbox by day, read from the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson

from mockroster.clock import timestamp
from mockroster.errors import HistoryTruncated
from mockroster.roster.codec import decode
from mockroster.roster.record import Record
from mockroster.state.changes import Batch, Change
from mockroster.state.port import Log

_READ = 10_000
"""The most changes read from the log at a time."""

_VALUE = 200
"""Characters of a value that the history shows."""


@dataclass(frozen=True, slots=True)
class MemberChange:
    """One member before and after, as text; empty where it is absent."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one record."""

    revision: int
    at: str
    cause: str
    client: str | None
    kind: str
    members: tuple[MemberChange, ...]


@dataclass(slots=True)
class Day:
    """The changes of one day of the sandbox's clock."""

    date: date
    created: int = 0
    updated: int = 0
    deleted: int = 0
    batches: list[Batch] = field(default_factory=list)

    @property
    def total(self) -> int:
        """The number of changes."""
        return self.created + self.updated + self.deleted


def batches(log: Log) -> Iterator[Batch]:
    """Yield all batches that are kept, oldest first."""
    since = 0
    while True:
        try:
            read = log.read(since, _READ)
        except HistoryTruncated as error:
            since = error.oldest - 1
            continue
        if not read:
            return
        yield from read
        since = read[-1].revision


def of_record(log: Log, collection: str, sourced_id: str) -> list[Event]:
    """Return the changes of one record, newest first."""
    key = collection, sourced_id
    found = [
        Event(batch.revision, timestamp(batch.at), batch.cause, batch.client, kind(change), _members(change))
        for batch in batches(log)
        for change in batch.changes
        if change.key == key
    ]
    return found[::-1]


def by_day(log: Log) -> list[Day]:
    """Return the days with changes, oldest first."""
    days: dict[date, Day] = {}
    for batch in batches(log):
        day = days.setdefault(batch.at.date(), Day(batch.at.date()))
        day.batches.append(batch)
        for change in batch.changes:
            name = kind(change)
            setattr(day, name, getattr(day, name) + 1)
    return [days[name] for name in sorted(days)]


def kind(change: Change) -> str:
    """Return ``created``, ``updated`` or ``deleted``."""
    return "created" if change.before is None else "deleted" if change.after is None else "updated"


def moment(at: datetime) -> str:
    """Return the time of day of a batch for people."""
    return at.strftime("%H:%M:%S")


def _members(change: Change) -> tuple[MemberChange, ...]:
    before, after = decode(change.before) or Record(), decode(change.after) or Record()
    if change.before is None or change.after is None:
        return ()
    return tuple(
        MemberChange(name, _text(before.get(name)), _text(after.get(name)))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )


def _text(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= _VALUE else text[:_VALUE] + "…"
