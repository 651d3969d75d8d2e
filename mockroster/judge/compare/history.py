"""Find the change of the truth since which a copy differs from it, in the log of a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from mockroster.judge.compare.forms import ById
from mockroster.judge.compare.result import Difference, Since
from mockroster.judge.compare.rows import DELETED, Row, Rows, is_same_value
from mockroster.roster.record import Record

MOST_EVENTS = 10
"""The most changes of one record that are looked at, the newest first."""

Key = tuple[str, str]
"""A collection and a sourcedId."""


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
    """Brings records into the rows that are compared."""

    def applied(self, records: ById) -> ById:
        """Return the records in the forms of the comparison."""

    def rows(self, collection: str, records: Mapping[str, Record]) -> Rows:
        """Return the rows of such records."""


def history_of(events: Iterable[Event]) -> dict[Key, list[Event]]:
    """Group changes by record, in order; of each record, the newest ones."""
    found: dict[Key, list[Event]] = {}
    for event in events:
        of_record = found.setdefault((event.collection, event.sourcedId), [])
        of_record.append(event)
        if len(of_record) > MOST_EVENTS:
            del of_record[0]
    return found


def undone(records: ById, events: Iterable[Event]) -> ById:
    """Return records as they were before changes, which are given oldest first."""
    earlier = {collection: {**table} for collection, table in records.items()}
    for event in reversed([*events]):
        table = earlier.setdefault(event.collection, {})
        if event.before is None:
            table.pop(event.sourcedId, None)
        else:
            table[event.sourcedId] = event.before
    return earlier


@dataclass(frozen=True, slots=True)
class _Step:
    """A change with the compared members before and after."""

    event: Event
    before: Row | None
    after: Row | None


def add_history(
    differences: Iterable[tuple[str, Difference]], copies: Mapping[str, Rows], history: History, shaper: Shaper
) -> None:
    """Add to each difference the change since which it exists, where the log has it.

    ``copies`` are the rows of the right side.
    """
    known = [(name, each) for name, each in differences if (name, each.sourcedId) in history]
    steps = _steps({(name, each.sourcedId): history[name, each.sourcedId] for name, each in known}, shaper)
    for name, each in known:
        copy = copies.get(name, {}).get(each.sourcedId)
        each.since = _since(each, steps[name, each.sourcedId], copy)
        if each.since is not None:
            each.is_stale = each.is_stale or each.since.copy_is_before
            each.is_resurrected = each.is_resurrected or (each.kind == "extra" and each.since.action == "deleted")


def _steps(history: History, shaper: Shaper) -> dict[Key, list[_Step]]:
    """Return the changes with rows. A form is applied to one state of each record at a time."""
    most = max(map(len, history.values()), default=0)
    before = [_layer(history, number, attrgetter("before"), shaper) for number in range(most)]
    after = [_layer(history, number, attrgetter("after"), shaper) for number in range(most)]
    return {
        key: [_Step(event, before[number].get(key), after[number].get(key)) for number, event in enumerate(events)]
        for key, events in history.items()
    }


def _layer(history: History, number: int, state: Callable[[Event], Record | None], shaper: Shaper) -> dict[Key, Row]:
    """Return the rows of a state of the n-th change of each record that has one."""
    states: ById = {}
    for (collection, key), events in history.items():
        if number < len(events):
            record = state(events[number])
            if record is not None and record.get("status") != DELETED:
                states.setdefault(collection, {})[key] = record
    applied = shaper.applied(states)
    return {
        (collection, key): row
        for collection in states
        for key, row in shaper.rows(collection, applied.get(collection, {})).items()
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
    """Return what a change did to the truth if the difference may come of it."""
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


def shown_keys(differences: Iterable[tuple[str, Difference]]) -> Iterator[Key]:
    """Yield the records of differences."""
    return ((name, each.sourcedId) for name, each in differences)
