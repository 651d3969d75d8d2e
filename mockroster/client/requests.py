"""What a sandbox was asked, to assert on; where an assertion fails, the requests that come nearest are shown.

pytest imports this module when it starts, so that it imports next to nothing by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Unpack, cast, overload

from mockroster.keywords import FilterKeywords
from mockroster.sandbox.journal_view import FILTERS, matches

SHOWN = 5
"""Requests that a failed assertion shows; pytest itself cuts after eight lines."""


_LONGEST_WAIT = 30.0
"""Seconds that the server is asked to wait at once; less than those after which a silent server is given up."""

Filters = Mapping[str, str | int]

Await = Callable[[Filters, int, float], object]


def _nothing(filters: Mapping[str, str | int], number: int, seconds: float) -> None:
    """Wait for nothing: what is read will not change."""
    del filters, number
    time.sleep(seconds)


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One request and what became of it, secrets redacted."""

    method: str
    path: str
    """Without the prefix of the sandbox and without the query."""

    query: str
    headers: Mapping[str, str]
    """Names in lower case."""

    body: str
    status: int | None
    """``None`` while the request is under way, as are ``ms``, ``outcome`` and ``response``."""

    ms: float | None
    operation: str | None
    scenarios: tuple[str, ...]
    """Those that touched the answer."""

    at: datetime
    """When, by the clock of the sandbox."""

    sequence: int = 0
    """1 for the first request of the sandbox."""

    client: str | None = None
    """The id that the client gave."""

    rows: int | None = None
    """The rows of the page, for a read of a collection."""

    response: Mapping[str, Any] | None = None
    """``headers``, names in lower case, and ``body``."""

    outcome: str | None = None
    """``answered``, ``cut`` by a scenario, or ``client-gone``."""

    notes: tuple[str, ...] = ()
    """What the client should know though the answer does not say so, such as a misspelt parameter."""

    def __repr__(self) -> str:
        target = f"{self.path}?{self.query}" if self.query else self.path
        acted = f" [{', '.join(self.scenarios)}]" if self.scenarios else ""
        ended = "under way" if self.status is None else self.status
        outcome = f" ({self.outcome})" if self.outcome not in {None, "answered"} else ""
        return f"{self.method} {target} {ended}{outcome}{acted}"


class Found(list[Request]):
    """The requests that match some filters, oldest first."""

    def __init__(self, requests: Iterable[Request], filters: Mapping[str, str | int]) -> None:
        super().__init__()
        self._filters = filters
        self._others: list[Request] = []
        for request in requests:
            (self._others if self._missed(request) else self).append(request)

    def __repr__(self) -> str:
        if self or not self._others:
            return super().__repr__()
        return f"[] (nearest: {self._nearest()[0]})"

    def explained(self) -> Iterator[str]:
        """Yield lines: how many match, the last of these, and then the others that come nearest, with what differs."""
        asked = ", ".join(map(_shown, self._filters.items()))
        total = len(self) + len(self._others)
        yield f"{len(self)} of {total} request{'' if total == 1 else 's'}" + (asked and f" with {asked}")
        last = self[-SHOWN:]
        yield from (f"* {request}" for request in last)
        yield from (f"  {other}" for other in self._nearest()[: SHOWN - len(last)])

    def _nearest(self) -> list[str]:
        """Return the other requests with the filters that keep them out, those with the fewest first."""
        missed = sorted(((request, self._missed(request)) for request in self._others), key=lambda one: len(one[1]))
        return [f"{request}, not {', '.join(filters)}" for request, filters in missed]

    def _missed(self, request: Request) -> list[str]:
        return [_shown(pair) for pair in self._filters.items() if not matches(request, {pair[0]: str(pair[1])})]


class Count(int):
    """How many requests match; it remembers which they are, for the message of an assertion that fails."""

    found: Found

    @classmethod
    def of(cls, found: Found) -> Count:
        """Return the number of these requests."""
        count = cls(len(found))
        count.found = found
        return count


class Requests(Sequence[Request]):
    """What a sandbox was asked, oldest first; each look at it asks the server anew.

    The server holds the last 1,000. Token requests are among them, admin and health calls are not.
    """

    def __init__(self, read: Callable[[], list[dict[str, Any]]], await_: Await = _nothing) -> None:
        """``read`` returns the journal as the switchboard has it, newest first.

        ``await_`` returns once as many requests as given match filters, or when so many seconds are over.
        """
        self._read = read
        self._await = await_

    def __repr__(self) -> str:
        return f"<{len(self)} requests>"

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[Request]:
        return iter(self._all())

    @overload
    def __getitem__(self, index: int) -> Request: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Request]: ...
    def __getitem__(self, index: int | slice) -> Request | Sequence[Request]:
        return self._all()[index]

    def find(self, **filters: Unpack[FilterKeywords]) -> Found:
        """Return the requests that match every filter, oldest first.

        ``method``, ``status`` and ``operation`` are equal; ``path`` is a full path without the prefix of the sandbox,
        a glob, or a suffix that begins with a slash (``/users``); ``query`` is contained; ``header`` is a name, or
        ``name: part of the value``. Raises ``ConfigurationError`` for another filter, with the nearest right name.
        """
        for name in filters:
            if name not in FILTERS:
                raise _unknown(name)
        return Found(self._all(), cast("Filters", filters))

    def count(self, **filters: Unpack[FilterKeywords]) -> Count:  # type: ignore[override]  # a sequence counts equal values
        """Return how many requests match every filter of ``find``."""
        return Count.of(self.find(**filters))

    def wait(self, number: int = 1, *, timeout: float = 5.0, **filters: Unpack[FilterKeywords]) -> Found:
        """Wait until at least ``number`` requests match every filter of ``find``, and return all that do.

        A request counts when it arrives; with ``status`` among the filters, when it has ended. Raises
        ``AssertionError`` with the requests that come nearest after ``timeout`` seconds.
        """
        __tracebackhide__ = True
        found = self.find(**filters)
        deadline = time.monotonic() + timeout
        while len(found) < number and (left := deadline - time.monotonic()) > 0:
            self._await(cast("Filters", filters), number, min(left, _LONGEST_WAIT))
            found = self.find(**filters)
        if len(found) < number:
            raise AssertionError(_failure(f"waited {timeout:g} s for {number}", found))
        return found

    def verify(self, number: int, **filters: Unpack[FilterKeywords]) -> Found:
        """Return the requests that match every filter of ``find``, of which there must be exactly ``number``.

        Raises ``AssertionError`` with the requests that come nearest, whatever runs the test.
        """
        __tracebackhide__ = True
        found = self.find(**filters)
        if len(found) != number:
            raise AssertionError(_failure(f"expected {number}", found))
        return found

    def _all(self) -> list[Request]:
        return [_request(row) for row in reversed(self._read())]


def explained(operator: str, left: object, right: object) -> list[str] | None:
    """Return what to say of a comparison that failed, first the comparison itself; nothing unless a count is in it."""
    for count in (left, right):
        if isinstance(count, Count):
            return [f"{left!r} {operator} {right!r}", *count.found.explained()]
    return None


def _failure(expected: str, found: Found) -> str:
    return "\n".join([f"{expected}, found:", *found.explained()])


def _shown(pair: tuple[str, str | int]) -> str:
    return f"{pair[0]}={pair[1]!r}"


def _request(row: Mapping[str, Any]) -> Request:
    """Return an entry of the journal; what a newer server tells besides is left out."""
    known = {field.name: row[field.name] for field in fields(Request) if field.name in row}
    at = datetime.fromisoformat(row["at"])
    listed = {name: tuple(row.get(name, ())) for name in ("scenarios", "notes")}
    return Request(**known | listed | {"at": at})


def _unknown(name: str) -> Exception:
    from mockroster.errors import ConfigurationError, unknown

    return ConfigurationError(unknown(name, "a filter", FILTERS))
