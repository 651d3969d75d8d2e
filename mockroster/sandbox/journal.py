"""What was asked of a sandbox: the last requests, to assert on.

Few of the requests that are written down are ever looked at, so they are redacted and put into words when they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any, Protocol

from mockroster.caching import Budget
from mockroster.clock import timestamp
from mockroster.sandbox import redaction

KEPT = 1000
"""Requests that a journal holds."""

MOST_BODY = 4096
"""Characters of a body that are kept, and of a path and a query."""

MOST_HEADER = 500
"""Characters of a header that are kept."""

BUDGET = Budget(256 * 1024 * 1024)
"""Pays for the journals of all sandboxes together."""

_GRAIN = 65_536
"""Bytes by which a journal grows before it asks the budget: few requests have to."""

_ENTRY = 1000
"""Bytes of an entry without what was sent."""

_HEADER = 150
"""Bytes of a header without its value."""

FILTERS = ("method", "path", "status", "operation", "query", "header")


@dataclass(slots=True)
class Entry:
    """One request and what became of it. What is ``sent`` may hold secrets; what is shown of it does not."""

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

    @property
    def weight(self) -> int:
        """Bytes that it takes, by estimate."""
        headers = sum(_HEADER + len(value) for _, value in self.sent_headers)
        return _ENTRY + len(self.path) + len(self.sent_query) + len(self.sent_body) + headers

    @property
    def query(self) -> str:
        """What was asked, without secrets."""
        return redaction.form(self.sent_query.decode("utf-8", "replace"))

    @property
    def headers(self) -> dict[str, str]:
        """The headers without secrets, names in lower case."""
        named = ((name.removeprefix("HTTP_").replace("_", "-").lower(), value) for name, value in self.sent_headers)
        return {name: redaction.header(name, value) for name, value in named}

    @property
    def body(self) -> str:
        """What was written, without secrets."""
        return redaction.body(self.sent_body.decode("utf-8", "replace"))


class _Shown(Protocol):
    """A request as it may be shown, and as filters see it."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def status(self) -> int: ...
    @property
    def operation(self) -> str | None: ...


def matches(entry: _Shown, filters: Mapping[str, str]) -> bool:
    """Tell whether a request is among those that are looked for; see ``Journal.find``."""
    return all(_TESTS[name](entry, wanted) for name, wanted in filters.items())


def _path(entry: _Shown, wanted: str) -> bool:
    """Tell whether the path is, or fits the glob, or ends so."""
    if any(sign in wanted for sign in "*?["):
        return fnmatchcase(entry.path, wanted)
    return entry.path == wanted or (wanted.startswith("/") and entry.path.endswith(wanted))


def _header(entry: _Shown, wanted: str) -> bool:
    """Tell whether the header is there, and holds the value where one is given."""
    name, colon, value = wanted.partition(":")
    held = entry.headers.get(name.strip().lower())
    return held is not None and (not colon or value.strip() in held)


_TESTS: Mapping[str, Callable[[_Shown, str], bool]] = {
    "method": lambda entry, wanted: entry.method == wanted.upper(),
    "path": _path,
    "status": lambda entry, wanted: str(entry.status) == wanted,
    "operation": lambda entry, wanted: entry.operation == wanted,
    "query": lambda entry, wanted: wanted in entry.query,
    "header": _header,
}


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

    def find(self, filters: Mapping[str, str]) -> list[Entry]:
        """Return the requests that match every filter, newest first.

        ``method``, ``status`` and ``operation`` are equal; ``path`` is a full path, a glob, or a suffix that begins
        with a slash; ``query`` is contained; ``header`` is a name, or ``name: part of the value``.
        """
        with self._lock:
            entries = list(self._entries)
        return [entry for entry in reversed(entries) if matches(entry, filters)]


def documents(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return entries as JSON has them."""
    return [
        {
            "method": entry.method,
            "path": entry.path,
            "query": entry.query,
            "headers": entry.headers,
            "body": entry.body,
            "status": entry.status,
            "ms": round(entry.ms, 3),
            "operation": entry.operation,
            "scenarios": entry.scenarios,
            "at": timestamp(entry.at),
        }
        for entry in entries
    ]
