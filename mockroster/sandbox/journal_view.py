"""What is shown of a journal: its entries without credentials, found by filters that see no credentials either."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from mockroster.clock import timestamp
from mockroster.sandbox.encodings import text_of

if TYPE_CHECKING:
    from datetime import datetime

    from mockroster.sandbox.journal import Entry
    from mockroster.sandbox.redaction import Redactor

FILTERS = ("method", "path", "status", "operation", "query", "header")

MOST_TEXT = 4096
"""Characters that are shown of a body, a path and a query."""

MOST_HEADER = 500
"""Characters that are shown of a header."""


class RedactedEntry:
    """An entry as it may be shown. Only what is looked at is redacted, once."""

    def __init__(self, entry: Entry, redactor: Redactor) -> None:
        self.method = entry.method
        self.status = entry.status
        self.ms = entry.ms
        self.operation = entry.operation
        self.scenarios = entry.scenarios
        self.at: datetime = entry.at
        self._entry = entry
        self._redactor = redactor

    @cached_property
    def path(self) -> str:
        """Return the path, without the prefix of the sandbox."""
        return self._redactor.path(self._entry.path)[:MOST_TEXT]

    @cached_property
    def query(self) -> str:
        """Return what was asked."""
        return self._redactor.text(self._entry.sent_query.decode("utf-8", "replace"))[:MOST_TEXT]

    @cached_property
    def headers(self) -> dict[str, str]:
        """Return the headers, names in lower case."""
        named = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value for name, value in self._entry.sent_headers
        }
        return {name: value[:MOST_HEADER] for name, value in self._redactor.headers(named).items()}

    @cached_property
    def body(self) -> str:
        """Return what was written."""
        return self._redactor.text(text_of(self._entry.sent_body))[:MOST_TEXT]


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


def find(entries: Iterable[Entry], filters: Mapping[str, str], redactor: Redactor) -> list[RedactedEntry]:
    """Return the entries that match every filter, in their order.

    ``method``, ``status`` and ``operation`` are equal; ``path`` is a full path, a glob, or a suffix that begins
    with a slash; ``query`` is contained; ``header`` is a name, or ``name: part of the value``.
    """
    shown = (RedactedEntry(entry, redactor) for entry in entries)
    return [entry for entry in shown if matches(entry, filters)]


def matches(entry: _Shown, filters: Mapping[str, str]) -> bool:
    """Tell whether a request is among those that are looked for; see ``find``."""
    return all(_TESTS[name](entry, wanted) for name, wanted in filters.items())


def documents(entries: Iterable[RedactedEntry]) -> list[dict[str, Any]]:
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
