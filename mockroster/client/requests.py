"""The requests that a sandbox has received, for assertions; failed ones show the nearest requests.

pytest imports this module when it starts, so it imports very little.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Unpack, cast, overload

from mockroster.base_errors import ConfigurationError, unknown
from mockroster.keywords import FilterKeywords
from mockroster.sandbox.journal_view import FILTERS, is_status, matches

__tracebackhide__ = True  # make pytest show the line of the test

SHOWN = 5
"""The requests that a failed assertion shows; pytest itself cuts after eight lines."""


_LONGEST_WAIT = 30.0
"""The longest wait in seconds of a single call; less than the timeout for a silent server."""

Filters = Mapping[str, str | int]

Await = Callable[[Filters, int, float], object]


def _wait_in_client(filters: Mapping[str, str | int], number: int, seconds: float) -> None:
    """Wait ``seconds``, without a server to notify of new requests."""
    del filters, number
    time.sleep(seconds)


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A request and its response, secrets redacted."""

    method: str
    path: str
    """Without the prefix of the sandbox and without the query."""

    query: str
    headers: Mapping[str, str]
    """Names in lower case."""

    body: str
    status: int | None
    """``None`` while the request is in progress, as are ``ms``, ``outcome`` and ``response``."""

    ms: float | None
    operation: str | None
    scenarios: tuple[str, ...]
    """The scenarios that changed the response."""

    at: datetime
    """The time of arrival, by the clock of the sandbox."""

    sequence: int = 0
    """1 for the first request of the sandbox."""

    client: str | None = None
    """The client id in the request."""

    rows: int | None = None
    """The number of rows in the page, for reads of a collection."""

    response: Mapping[str, Any] | None = None
    """``headers``, names in lower case, and ``body``."""

    outcome: str | None = None
    """``answered``, ``cut`` by a scenario, or ``client-gone``."""

    notes: tuple[str, ...] = ()
    """Hints that the response does not contain, such as a misspelt parameter."""

    def __repr__(self) -> str:
        target = f"{self.path}?{self.query}" if self.query else self.path
        acted = f" [{', '.join(self.scenarios)}]" if self.scenarios else ""
        ended = "under way" if self.status is None else self.status
        outcome = f" ({self.outcome})" if self.outcome not in {None, "answered"} else ""
        return f"{self.method} {target} {ended}{outcome}{acted}"


class MatchingRequests(list[Request]):
    """The requests that match some filters, oldest first."""

    def __init__(self, requests: Iterable[Request], filters: Mapping[str, str | int]) -> None:
        super().__init__()
        self._filters = filters
        self._others: list[Request] = []
        for request in requests:
            (self._others if self._failed_filters(request) else self).append(request)

    def __repr__(self) -> str:
        if self or not self._others:
            return super().__repr__()
        return f"[] (nearest: {self._nearest()[0]})"

    def explain(self) -> Iterator[str]:
        """Yield lines: the number of matches, the last of these, and the nearest other requests with what differs."""
        filters = ", ".join(map(_shown, self._filters.items()))
        total = len(self) + len(self._others)
        yield f"{len(self)} of {total} request{'' if total == 1 else 's'}" + (filters and f" with {filters}")
        last = self[-SHOWN:]
        yield from (f"* {request}" for request in last)
        yield from (f"  {other}" for other in self._nearest()[: SHOWN - len(last)])

    def _nearest(self) -> list[str]:
        """Return the other requests with the filters that exclude them, fewest filters first."""
        failed = [(request, self._failed_filters(request)) for request in self._others]
        failed.sort(key=lambda pair: len(pair[1]))
        return [f"{request}, not {', '.join(filters)}" for request, filters in failed]

    def _failed_filters(self, request: Request) -> list[str]:
        return [_shown(pair) for pair in self._filters.items() if not matches(request, {pair[0]: str(pair[1])})]


class Count(int):
    """The number of requests that match. It keeps them for the message of a failed assertion."""

    found: MatchingRequests

    @classmethod
    def of(cls, found: MatchingRequests) -> Count:
        """Return the number of these requests."""
        count = cls(len(found))
        count.found = found
        return count


class Requests(Sequence[Request]):
    """The requests that a sandbox has received, oldest first. Each access reads the journal of the server again.

    The server keeps the last 1,000. Token requests are included, admin and health calls are not.
    """

    def __init__(self, read: Callable[[], list[dict[str, Any]]], await_: Await = _wait_in_client) -> None:
        """``read`` returns the journal as the switchboard does, newest first.

        ``await_`` returns once a number of requests match filters, or after a number of seconds.
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

    def find(self, **filters: Unpack[FilterKeywords]) -> MatchingRequests:
        """Return the requests that match every filter, oldest first.

        ``method``, ``status`` and ``operation`` are equal; ``path`` is a full path without the prefix of the sandbox,
        a glob, or a suffix that begins with a slash (``/users``); ``query`` is contained; ``header`` is a name, or
        ``name: part of the value``. Raises ``ConfigurationError`` for another filter, with the nearest right name, and
        for a status that no response has.
        """
        _check_filters(filters)
        return MatchingRequests(self._all(), cast("Filters", filters))

    def count(self, **filters: Unpack[FilterKeywords]) -> Count:  # type: ignore[override]  # a sequence counts equal values
        """Return the number of requests that match every filter of ``find``."""
        return Count.of(self.find(**filters))

    def wait(self, number: int = 1, *, timeout: float = 5.0, **filters: Unpack[FilterKeywords]) -> MatchingRequests:
        """Wait until at least ``number`` requests match every filter of ``find``, and return all that match.

        A request counts when it arrives; with a ``status`` filter, when it has ended. Raises ``AssertionError`` with
        the nearest requests after ``timeout`` seconds.
        """
        found = self.find(**filters)
        deadline = time.monotonic() + timeout
        while len(found) < number and (left := deadline - time.monotonic()) > 0:
            self._await(cast("Filters", filters), number, min(left, _LONGEST_WAIT))
            found = self.find(**filters)
        if len(found) < number:
            raise AssertionError(_failure(f"waited {timeout:g} s for {number}", found))
        return found

    def verify(self, number: int, **filters: Unpack[FilterKeywords]) -> MatchingRequests:
        """Return the requests that match every filter of ``find``, and check that there are exactly ``number``.

        Raises ``AssertionError`` with the nearest requests, under any test runner.
        """
        found = self.find(**filters)
        if len(found) != number:
            raise AssertionError(_failure(f"expected {number}", found))
        return found

    def _all(self) -> list[Request]:
        return [_request(row) for row in reversed(self._read())]


def explain(operator: str, left: object, right: object) -> list[str] | None:
    """Return an explanation of a failed comparison, the comparison itself first; ``None`` if no count is part of it."""
    for count in (left, right):
        if isinstance(count, Count):
            return [f"{left!r} {operator} {right!r}", *count.found.explain()]
    return None


def _failure(expected: str, found: MatchingRequests) -> str:
    return "\n".join([f"{expected}, found:", *found.explain()])


def _shown(pair: tuple[str, str | int]) -> str:
    return f"{pair[0]}={pair[1]!r}"


def _request(row: Mapping[str, Any]) -> Request:
    """Parse an entry of the journal. Members that a newer server adds are ignored."""
    known = {field.name: row[field.name] for field in fields(Request) if field.name in row}
    at = datetime.fromisoformat(row["at"])
    listed = {name: tuple(row.get(name, ())) for name in ("scenarios", "notes")}
    return Request(**known | listed | {"at": at})


def _check_filters(filters: Mapping[str, Any]) -> None:
    """Raise ``ConfigurationError`` for an unknown filter and for a status such as ``4xx``."""
    for name, value in filters.items():
        if name not in FILTERS:
            raise ConfigurationError(unknown(name, "a filter", FILTERS))
        if name == "status" and not is_status(str(value)):
            raise ConfigurationError(f"status: {value!r} is not a status such as 404")
