"""The log of a sandbox: which records changed, in which batches, and the resulting content.

Records are JSON bytes. Bytes are immutable, have an exact size for the bounds, compare in one step, and reach another
process unchanged; a reader decodes only the records that it needs.
This module imports nothing of mockroster's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

_CHANGE = 64
"""The overhead of a change in a log, in bytes."""

Key = tuple[str, str]
"""A collection and a sourcedId."""


@dataclass(frozen=True, slots=True)
class Change:
    """One record before and after; ``None`` stands for a record that does not exist."""

    collection: str
    sourcedId: str
    before: bytes | None
    after: bytes | None

    @property
    def key(self) -> Key:
        """Return the collection and the sourcedId."""
        return self.collection, self.sourcedId

    @property
    def weight(self) -> int:
        """Return the bytes of both records."""
        return _size(self.before) + _size(self.after)


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that take effect together, under one revision.

    A batch has the revision that it creates: the one after the revision that its author has read.
    """

    revision: int
    at: datetime
    """By the clock of the sandbox, aware."""

    cause: str
    """``client``, ``switchboard``, ``event:<name>``, ``reload``, ``restore`` or ``reset``."""

    changes: tuple[Change, ...]
    client: str | None = None
    """The id of the client, where the cause is one."""

    @property
    def weight(self) -> int:
        """Return the bytes that a log is charged for the batch."""
        return sum([change.weight for change in self.changes]) + _CHANGE * (len(self.changes) + 1)

    @property
    def grows(self) -> bool:
        """Return whether the records become larger."""
        return sum([_size(change.after) - _size(change.before) for change in self.changes]) > 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One record that differs from the start of its sandbox; ``None`` stands for a record that does not exist."""

    start: bytes | None
    now: bytes | None
    cause: str = field(default="", compare=False)
    """The cause of the last change."""

    @property
    def weight(self) -> int:
        """Return the bytes of both records."""
        return _size(self.start) + _size(self.now)


Content = Mapping[Key, Cell]
"""The records that differ from the start. Records that the start does not have are in the order of their creation."""


def encode(record: Mapping[str, Any] | None) -> bytes | None:
    """Return a record as JSON."""
    # A copy: what orjson returns occupies 4 KB, however short it is.
    return None if record is None else bytes(memoryview(orjson.dumps(record)))


def decode(document: bytes | None) -> dict[str, Any] | None:
    """Return the record that ``encode`` wrote."""
    if document is None:
        return None
    record: dict[str, Any] = orjson.loads(document)
    return record


def apply(content: dict[Key, Cell], batch: Batch) -> int:
    """Apply a batch to a content in place, and return its growth in bytes.

    A record that returns to its start leaves the content. So it holds no more than what differs, however many changes
    led there, and a record that is created again after its deletion is the last one.
    """
    growth = 0
    for change in batch.changes:
        key = change.collection, change.sourcedId
        cell = content.get(key)
        start = change.before if cell is None else cell.start
        growth -= 0 if cell is None else cell.weight
        if change.after == start:
            content.pop(key, None)
        else:
            content[key] = cell = Cell(start, change.after, batch.cause)
            growth += cell.weight
    return growth


def fold(batches: Iterable[Batch], onto: Content | None = None) -> dict[Key, Cell]:
    """Return the content after batches of one generation, starting from ``onto`` or from an empty content."""
    content = dict(onto or {})
    for batch in batches:
        apply(content, batch)
    return content


def difference(current: Content, wanted: Content) -> tuple[Change, ...]:
    """Return the changes that lead from one content to another; both have the same start."""
    changes = []
    for key in dict.fromkeys((*current, *wanted)):
        cell, other = current.get(key), wanted.get(key)
        before = cell.now if cell else other.start if other else None
        after = other.now if other else cell.start if cell else None
        if before != after:
            changes.append(Change(*key, before, after))
    return tuple(changes)


def rebase(content: Content, start: Iterable[Change]) -> dict[Key, Cell]:
    """Return the same records as the difference from another start.

    ``start`` leads from the old start to the new one.
    """
    based = dict(content)
    for change in start:
        cell = based.get(change.key)
        now = change.before if cell is None else cell.now
        if now == change.after:
            based.pop(change.key, None)
        else:
            based[change.key] = Cell(change.after, now) if cell is None else replace(cell, start=change.after)
    return based


def weight(content: Content) -> int:
    """Return the bytes of all records of a content."""
    return sum(cell.weight for cell in content.values())


def _size(document: bytes | None) -> int:
    return 0 if document is None else len(document)
