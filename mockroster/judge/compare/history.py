"""Find the change of the truth since which a copy differs from it, in the log of a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from mockroster.judge.compare.forms import ById
from mockroster.judge.compare.result import Difference, Since
from mockroster.judge.compare.rows import DELETED, Row, Rows, is_same_value
from mockroster.roster.record import Record
from mockroster.roster.undo import Key

MOST_EVENTS = 10
"""The most changes of one record that are considered; older ones are ignored."""


@dataclass(frozen=True, slots=True)
class Event:
    """A change of one record; ``None`` stands for a record that does not exist."""

    revision: int
    at: str
    cause: str
    collection: str
    sourcedId: str
    before: Record | None
    after: Record | None


History = Mapping[Key, Sequence[Event]]
"""The changes of records, oldest first."""


class Shaper(Protocol):
    """Converts records to the rows that are compared."""

    def round_trip(self, records: ById) -> ById:
        """Return records after they are written in the forms of the comparison and read again."""

    def rows(self, collection: str, records: Mapping[str, Record]) -> Rows:
        """Return the rows of such records."""


def history_of(events: Iterable[Event]) -> dict[Key, list[Event]]:
    """Return changes by record, oldest first, at most ``MOST_EVENTS`` of each record."""
    history: dict[Key, list[Event]] = {}
    for event in events:
        of_record = history.setdefault((event.collection, event.sourcedId), [])
        of_record.append(event)
        if len(of_record) > MOST_EVENTS:
            del of_record[0]
    return history


@dataclass(frozen=True, slots=True)
class _Step:
    """A change with the compared members before and after."""

    event: Event
    before: Row | None
    after: Row | None


def add_history(
    differences: Sequence[tuple[str, Difference]], copies: Mapping[str, Rows], history: History, shaper: Shaper
) -> None:
    """Add to each difference the change since which it exists, where the log has it.

    ``copies`` are the rows of the right side.
    """
    keys = [(name, difference.sourcedId) for name, difference in differences]
    steps = _steps({key: history[key] for key in keys if key in history}, shaper)
    for key, (name, difference) in zip(keys, differences, strict=True):
        if key not in steps:
            continue
        difference.since = since = _since(difference, steps[key], copies.get(name, {}).get(difference.sourcedId))
        if since is not None:
            difference.is_stale = difference.is_stale or since.copy_is_before
            difference.is_resurrected |= difference.kind == "extra" and since.action == "deleted"


def _steps(history: History, shaper: Shaper) -> dict[Key, list[_Step]]:
    """Return the changes with rows. A form is applied to one state of each record at a time."""
    most = max(map(len, history.values()), default=0)
    before = [_rows_of(history, number, attrgetter("before"), shaper) for number in range(most)]
    after = [_rows_of(history, number, attrgetter("after"), shaper) for number in range(most)]
    return {
        key: [_Step(event, before[number].get(key), after[number].get(key)) for number, event in enumerate(events)]
        for key, events in history.items()
    }


def _rows_of(history: History, number: int, state: Callable[[Event], Record | None], shaper: Shaper) -> dict[Key, Row]:
    """Return the rows of a state of the n-th change of each record that has one."""
    states: ById = {}
    for (collection, key), events in history.items():
        if number < len(events):
            record = state(events[number])
            if record is not None and record.get("status") != DELETED:
                states.setdefault(collection, {})[key] = record
    records = shaper.round_trip(states)
    return {
        (collection, key): row
        for collection in states
        for key, row in shaper.rows(collection, records.get(collection, {})).items()
    }


def _since(difference: Difference, steps: Sequence[_Step], copy: Row | None) -> Since | None:
    for number in reversed(range(len(steps))):
        action = _action(difference, steps[number])
        if action is not None:
            event = steps[number].event
            return Since(
                event.revision, event.at, event.cause, action, _has_earlier(difference, steps[: number + 1], copy)
            )
    return None


def _action(difference: Difference, step: _Step) -> str | None:
    """Return the action of a change, or ``None`` if the difference cannot come from it."""
    if difference.kind == "missing":
        return "added" if step.before is None and step.after is not None else None
    if difference.kind == "extra" or difference.is_resurrected:
        return "deleted" if step.before is not None and step.after is None else None
    before, after = step.before or {}, step.after or {}
    is_changed = any(not is_same_value(before.get(name), after.get(name)) for name in difference.members)
    return "changed" if is_changed else None


def _has_earlier(difference: Difference, steps: Sequence[_Step], copy: Row | None) -> bool:
    """Return whether the copy has a state of the truth from before one of the changes."""
    if copy is None:
        return any(step.before is None for step in steps)
    names = [*difference.members] or [name for step in steps for name in step.before or ()]
    return any(_is_same_row(row, copy, names) for step in steps if (row := step.before) is not None)


def _is_same_row(row: Row, other: Row, names: Iterable[str]) -> bool:
    return all(is_same_value(row.get(name), other.get(name)) for name in names)
