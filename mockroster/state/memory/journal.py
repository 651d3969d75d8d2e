"""The requests of a sandbox, in memory."""

from __future__ import annotations

from collections import deque

from mockroster.state.memory.core import Core
from mockroster.state.values import Arrival, Completion, Entry, Updates


class MemoryJournal:
    """A ring of the last requests. Sequences are consecutive, so the place of an entry follows from the first one."""

    __slots__ = ("_arrived", "_cleared_at", "_core", "_entries", "_missed_until", "_position")

    def __init__(self, core: Core) -> None:
        self._core = core
        self._entries: deque[Entry] = deque()
        self._arrived = 0
        self._cleared_at = 0
        self._position = 0
        self._missed_until = 0
        """The highest position of an entry that was dropped."""

    def begin(self, arrival: Arrival) -> int:
        """Write an arrival and return its sequence. The caller holds the lock."""
        self._arrived += 1
        self._position += 1
        self._entries.append(Entry(self._arrived, self._position, arrival))
        journals = self._core.shared.journals
        journals.charge(self, _arrival_weight(arrival))
        if len(self._entries) > self._core.shared.limits.journal:
            journals.release(self, self.shed())
        return self._arrived

    def complete(self, sequence: int, completion: Completion) -> None:
        """Write the end of a request, unless its entry was dropped. The caller holds the lock."""
        index = sequence - self._arrived + len(self._entries) - 1
        if not 0 <= index < len(self._entries) or self._entries[index].completion is not None:
            return
        self._position += 1
        self._entries[index] = Entry(sequence, self._position, self._entries[index].arrival, completion)
        self._core.shared.journals.charge(self, _completion_weight(completion))

    def read(self, after: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        """Return the entries with a higher sequence, oldest first."""
        with self._core.lock:
            self._core.check()
            entries = tuple(self._entries)
        first = self._arrived - len(entries) + 1
        found = entries[max(after - first + 1, 0) :]
        return found if limit is None else found[:limit]

    def updates(self, position: int) -> Updates:
        """Return the entries that arrived or ended after a position, and whether some of them were dropped."""
        with self._core.lock:
            self._core.check()
            entries = tuple(entry for entry in self._entries if entry.position > position)
            return Updates(entries, self._position, position < self._missed_until)

    def dropped(self) -> int:
        """Return how many entries are no longer held, counted since the journal was cleared."""
        with self._core.lock:
            self._core.check()
            return self._arrived - self._cleared_at - len(self._entries)

    def clear(self) -> None:
        """Drop all entries, and count none as dropped."""
        with self._core.lock:
            self._core.check()
            self._core.shared.journals.forget(self)
            self._entries.clear()
            self._cleared_at = self._arrived
            self._missed_until = self._position
        self._core.publish("request", self._arrived)

    def forget(self) -> None:
        """Give all weight back."""
        self._core.shared.journals.forget(self)

    def shed(self) -> int:
        """Drop the oldest entry and return its weight."""
        if not self._entries:
            return 0
        entry = self._entries.popleft()
        self._missed_until = max(self._missed_until, entry.position)
        weight = _arrival_weight(entry.arrival)
        return weight if entry.completion is None else weight + _completion_weight(entry.completion)


_FIXED = 512
"""Bytes of an arrival or a completion beside its texts."""

_HEADER = 128
"""Bytes that a header counts for: to add up the length of each would be a third of the cost of an entry."""


def _arrival_weight(arrival: Arrival) -> int:
    return _FIXED + len(arrival.path) + len(arrival.query) + _HEADER * len(arrival.headers)


def _completion_weight(completion: Completion) -> int:
    bodies = len(completion.body) + len(completion.response_body)
    return _FIXED + bodies + _HEADER * len(completion.response_headers)
