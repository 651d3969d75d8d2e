"""What was asked of a sandbox: the last requests, as they came.

Few of the requests that are written down are ever looked at, so they are redacted when they are; see ``journal_view``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from mockroster.caching import Budget
from mockroster.sandbox.journal_view import MOST_HEADER, MOST_TEXT

KEPT = 1000
"""Requests that a journal holds."""

MOST_SENT = MOST_TEXT + 512
"""Bytes that are kept of a body, a path and a query: a secret at the end of what is shown is there whole."""

MOST_HEADER_SENT = MOST_HEADER + 512
"""Characters that are kept of a header."""

BUDGET = Budget(256 * 1024 * 1024)
"""Pays for the journals of all sandboxes together."""

_GRAIN = 65_536
"""Bytes by which a journal grows before it asks the budget: few requests have to."""

_ENTRY = 1000
"""Bytes of an entry without what was sent."""

_HEADER = 150
"""Bytes of a header without its value."""


@dataclass(slots=True)
class Entry:
    """One request and what became of it. It may hold secrets, and is shown as a ``RedactedEntry`` only."""

    method: str
    path: str
    """Without the prefix of the sandbox and without the query."""

    sent_query: bytes = field(repr=False)
    sent_headers: Sequence[tuple[str, str]] = field(repr=False)
    """By their names in WSGI."""

    sent_body: bytes = field(repr=False)
    status: int
    ms: float
    operation: str | None
    scenarios: tuple[str, ...]
    """Those that touched the answer."""

    at: datetime
    """When, by the clock of the sandbox."""

    weight: int = 0
    """Bytes that it takes, by estimate; known once it is in a journal."""


class Journal:
    """The last ``KEPT`` requests of a sandbox, or fewer where all sandboxes hold too much; what fell out is counted."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._written = 0
        self._weight = 0
        self._noted = 0
        """The weight that the budget knows of."""

        self._lock = Lock()
        self._share = BUDGET.share(self)

    @property
    def weight(self) -> int:
        """Bytes that it takes, by estimate."""
        return self._weight

    @property
    def dropped(self) -> int:
        """How many requests are no longer held."""
        return self._written - len(self._entries)

    def write(self, entry: Entry) -> None:
        """Take a request in; headers that are the same as those of the last one are kept once."""
        with self._lock:
            if self._entries and self._entries[-1].sent_headers == entry.sent_headers:
                entry.sent_headers = self._entries[-1].sent_headers
                headers = 0
            else:
                headers = sum(_HEADER + len(value) for _, value in entry.sent_headers)
            entry.weight = _ENTRY + len(entry.path) + len(entry.sent_query) + len(entry.sent_body) + headers
            self._entries.append(entry)
            self._weight += entry.weight
            self._written += 1
            if len(self._entries) > KEPT:
                self._drop_oldest()
            is_worth_noting = abs(self._weight - self._noted) > _GRAIN
            self._noted = self._weight if is_worth_noting else self._noted
        if is_worth_noting:
            BUDGET.note(self._share, self._weight)

    def shrink(self) -> int:
        """Drop half of what is held, the oldest first, and return the weight that is left."""
        with self._lock:
            target = self._weight // 2
            while self._entries and self._weight > target:
                self._drop_oldest()
            self._noted = self._weight
            return self._weight

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._entries.clear()
            self._written = self._weight = self._noted = 0
        BUDGET.note(self._share, 0)

    def _drop_oldest(self) -> None:
        self._weight -= self._entries.popleft().weight

    def entries(self) -> list[Entry]:
        """Return the requests, newest first."""
        with self._lock:
            return [*reversed(self._entries)]
