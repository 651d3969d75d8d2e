"""Redact the entries of a journal, and filter them by their redacted values.

Few entries are ever read, so the journal keeps the raw bytes, and this module formats an entry when it is read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from mockroster.clock import timestamp
from mockroster.sandbox.encodings import text_of
from mockroster.sandbox.path_filter import matches_path

if TYPE_CHECKING:
    from datetime import datetime

    from mockroster.sandbox.redaction import Redactor
    from mockroster.state.values import Entry

FILTERS = ("method", "path", "status", "operation", "query", "header", "client")

MOST_TEXT = 4096
"""The most characters shown of a body, a path and a query."""

MOST_HEADER = 500
"""The most characters shown of a header and of a client id."""

MOST_SENT = MOST_TEXT + 512
"""The most bytes kept of a body, a path and a query: enough to recognize a secret that the display would cut."""

MOST_HEADER_SENT = MOST_HEADER + 512
"""The most characters kept of a header and of a client id."""

_GZIP = 31
"""The window bits that make zlib read gzip."""


class RedactedEntry:
    """A redacted entry. Each member is redacted when it is first read.

    While the request runs, ``status``, ``ms``, ``outcome`` and ``response`` are ``None``.
    """

    def __init__(self, entry: Entry, redactor: Redactor) -> None:
        arrival, end = entry.arrival, entry.completion
        self.sequence = entry.sequence
        self.method = arrival.method
        self.operation = entry.operation
        self.at: datetime = entry.at
        self.status = end.status if end else None
        self.ms = end.ms if end else None
        self.outcome = end.outcome if end else None
        self.scenarios = end.scenarios if end else ()
        self.rows = end.rows if end else None
        self._arrival = arrival
        self._end = end
        self._redactor = redactor

    @cached_property
    def path(self) -> str:
        """Return the path, without the prefix of the sandbox."""
        return self._redactor.path(self._arrival.path)[:MOST_TEXT]

    @cached_property
    def query(self) -> str:
        """Return the query string."""
        return self._redactor.text(self._arrival.query.decode("utf-8", "replace"))[:MOST_TEXT]

    @cached_property
    def headers(self) -> dict[str, str]:
        """Return the headers of the request, names in lower case."""
        return self._headers(_http_headers(self._arrival.headers))

    @cached_property
    def body(self) -> str:
        """Return the body of the request, empty until the request has ended."""
        return self._redactor.text(text_of(self._end.body))[:MOST_TEXT] if self._end else ""

    @cached_property
    def client(self) -> str | None:
        """Return the id of the client, or ``None``."""
        client = self._end.client if self._end else None
        return None if client is None else self._redactor.text(client)[:MOST_HEADER]

    @cached_property
    def response(self) -> dict[str, Any] | None:
        """Return headers and body of the response, as they were before a scenario truncated it."""
        if self._end is None:
            return None
        request_headers = _http_headers(self._arrival.headers)
        headers = {
            name: self._redactor.echo(value, request_headers)[:MOST_HEADER]
            for name, value in self._headers(dict(self._end.response_headers)).items()
        }
        body = _decompressed(self._end.response_body, headers.get("content-encoding"))
        return {"headers": headers, "body": self._redactor.echo(text_of(body), request_headers)[:MOST_TEXT]}

    def _headers(self, named: Mapping[str, str]) -> dict[str, str]:
        lowered = {name.lower(): value[:MOST_HEADER_SENT] for name, value in named.items()}
        return {name: value[:MOST_HEADER] for name, value in self._redactor.headers(lowered).items()}


def _http_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the headers of a request by their HTTP names in place of their WSGI names."""
    return {name.removeprefix("HTTP_").replace("_", "-"): value for name, value in headers}


def _decompressed(body: bytes, encoding: str | None) -> bytes:
    """Return the beginning of a body, decompressed, so that credentials in it are found."""
    if encoding != "gzip":
        return body
    try:
        return zlib.decompressobj(_GZIP).decompress(body, MOST_SENT)
    except zlib.error:
        return b""  # labelled gzip, but not gzip


class _Filterable(Protocol):
    """The members of a request that filters compare."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def status(self) -> int | None: ...
    @property
    def operation(self) -> str | None: ...
    @property
    def client(self) -> str | None: ...


def find(entries: Iterable[Entry], filters: Mapping[str, str], redactor: Redactor) -> list[RedactedEntry]:
    """Return the entries that match every filter, in order.

    ``method``, ``status``, ``operation`` and ``client`` must be equal; ``path`` is a full path, a glob, or a suffix
    that begins with a slash (``matches_path``); ``query`` is a substring; ``header`` is a name, or ``name: part of
    the value``.
    """
    shown = (RedactedEntry(entry, redactor) for entry in entries)
    return [entry for entry in shown if matches(entry, filters)]


def is_status(text: str) -> bool:
    """Return whether a text is an HTTP status, as the filter ``status`` takes it."""
    return re.fullmatch("[1-5][0-9][0-9]", text) is not None


def matches(entry: _Filterable, filters: Mapping[str, str]) -> bool:
    """Return whether a request matches every filter; see ``find``."""
    return all(_TESTS[name](entry, expected) for name, expected in filters.items())


def document(entry: RedactedEntry) -> dict[str, Any]:
    """Return the JSON document of an entry."""
    return {
        "sequence": entry.sequence,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "headers": entry.headers,
        "body": entry.body,
        "status": entry.status,
        "ms": None if entry.ms is None else round(entry.ms, 3),
        "operation": entry.operation,
        "client": entry.client,
        "scenarios": entry.scenarios,
        "rows": entry.rows,
        "response": entry.response,
        "outcome": entry.outcome,
        "at": timestamp(entry.at),
    }


def _header(entry: _Filterable, expected: str) -> bool:
    """Return whether the header is present and, if a value is given, contains it."""
    name, colon, value = expected.partition(":")
    actual = entry.headers.get(name.strip().lower())
    return actual is not None and (not colon or value.strip() in actual)


_TESTS: Mapping[str, Callable[[_Filterable, str], bool]] = {
    "method": lambda entry, expected: entry.method == expected.upper(),
    "path": lambda entry, expected: matches_path(entry.path, expected),
    "status": lambda entry, expected: entry.status is not None and str(entry.status) == expected,
    "operation": lambda entry, expected: entry.operation == expected,
    "query": lambda entry, expected: expected in entry.query,
    "header": _header,
    "client": lambda entry, expected: entry.client == expected,
}
