"""The requests of a sandbox, in memory."""

from __future__ import annotations

from collections import deque
from itertools import islice

from mockroster.state.memory.core import Core
from mockroster.state.values import Arrival, Completion, Entry, JournalPage, Updates


class MemoryJournal:
    """A ring of the last requests.

    Sequences and positions are consecutive, so the place of an entry or an event follows from the last one.
    """

    __slots__ = ("_arrived", "_cleared_at", "_core", "_entries", "_events", "_missed_until", "_position", "_weights")

    def __init__(self, core: Core) -> None:
        self._core = core
        self._entries: deque[Entry] = deque()
        self._weights: deque[int] = deque()
        """The weight of each entry: to compute it costs as much as to store the entry."""

        self._events: deque[int] = deque(maxlen=2 * core.shared.limits.journal)
        """The sequences of the last events, so that followers of the journal read new entries only."""

        self._arrived = 0
        self._cleared_at = 0
        self._position = 0
        self._missed_until = 0
        """The highest position of an entry that was dropped."""

    def begin(self, arrival: Arrival) -> int:
        """Record an arrival and return its sequence. The caller holds the lock."""
        self._arrived += 1
        self._position += 1
        weight, freed = arrival.weight, self._freed()
        self._entries.append(Entry(self._arrived, self._position, arrival, None, self._core.head.clock))
        self._weights.append(weight)
        self._events.append(self._arrived)
        self._core.shared.journals.charge(self, weight - freed)
        return self._arrived

    def complete(self, sequence: int, completion: Completion) -> None:
        """Record the end of a request, unless its entry was dropped. The caller holds the lock."""
        index = self._index(sequence)
        if not 0 <= index < len(self._entries) or self._entries[index].completion is not None:
            return
        self._position += 1
        weight = completion.weight
        entry = self._entries[index]
        self._entries[index] = Entry(sequence, self._position, entry.arrival, completion, entry.clock)
        self._weights[index] += weight
        self._events.append(sequence)
        self._core.shared.journals.charge(self, weight)

    def is_cleared(self, sequence: int) -> bool:
        """Return whether the journal was cleared after the arrival of a request. The caller holds the lock."""
        return 0 < sequence <= self._cleared_at

    def read(self, after: int = 0, limit: int | None = None) -> JournalPage:
        """Return the entries with a higher sequence, oldest first, and how many were dropped, as of one moment."""
        with self._core.lock:
            self._core.check()
            first = max(self._index(after + 1), 0)
            entries = tuple(islice(self._entries, first, None if limit is None else first + limit))
            return JournalPage(entries, self._arrived - self._cleared_at - len(self._entries))

    def updates(self, position: int) -> Updates:
        """Return the entries that arrived or ended after a position, and whether some of them were dropped."""
        with self._core.lock:
            self._core.check()
            number = self._position - position
            if number <= 0:
                return Updates((), self._position, missed=False)
            if number <= len(self._events):
                sequences = sorted({*islice(reversed(self._events), number)})
                places = [place for place in map(self._index, sequences) if 0 <= place < len(self._entries)]
                entries = tuple([self._entries[place] for place in places])
            else:
                entries = tuple([entry for entry in self._entries if entry.position > position])
            return Updates(entries, self._position, position < self._missed_until)

    def clear(self) -> None:
        """Remove all entries and reset the count of dropped ones."""
        with self._core.lock:
            self._core.check()
            self._core.shared.journals.forget(self)
            self._entries.clear()
            self._weights.clear()
            self._cleared_at = self._arrived
            self._missed_until = self._position
        self._core.publish("request", self._arrived)

    def forget(self) -> None:
        """Release all weight."""
        self._core.shared.journals.forget(self)

    def _freed(self) -> int:
        """Make room for an entry, and return the weight of the dropped entry."""
        return self.shed() if len(self._entries) >= self._core.shared.limits.journal else 0

    def shed(self) -> int:
        """Drop the oldest entry and return its weight."""
        if not self._entries:
            return 0
        self._missed_until = max(self._missed_until, self._entries.popleft().position)
        return self._weights.popleft()

    def _index(self, sequence: int) -> int:
        """Return the index of a sequence among the entries; out of range if it was dropped."""
        return sequence - self._arrived + len(self._entries) - 1
