"""Show the entries of a journal without credentials, and find them by filters that see no credentials either.

Few entries are ever looked at, so the journal keeps bytes as they came, and an entry is put into words here when
somebody asks for it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from mockroster.clock import timestamp
from mockroster.sandbox.encodings import text_of

if TYPE_CHECKING:
    from datetime import datetime

    from mockroster.sandbox.redaction import Redactor
    from mockroster.state.values import Entry

FILTERS = ("method", "path", "status", "operation", "query", "header", "client")

MOST_TEXT = 4096
"""Characters that are shown of a body, a path and a query."""

MOST_HEADER = 500
"""Characters that are shown of a header and of a client id."""

MOST_SENT = MOST_TEXT + 512
"""Bytes that a journal keeps of a body, a path and a query: a secret at the end of what is shown is there whole."""

MOST_HEADER_SENT = MOST_HEADER + 512
"""Characters that a journal keeps of a header and of a client id."""

_GZIP = 31
"""The window bits by which zlib reads gzip."""


class RedactedEntry:
    """An entry as it may be shown. Only what is looked at is redacted, once.

    The end of a request that is under way is not known: ``status``, ``ms``, ``outcome`` and ``response`` are ``None``.
    """

    def __init__(self, entry: Entry, redactor: Redactor) -> None:
        arrival, end = entry.arrival, entry.completion
        self.sequence = entry.sequence
        self.method = arrival.method
        self.operation = arrival.operation
        self.at: datetime = arrival.at
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
        return self._headers(_named(self._arrival.headers))

    @cached_property
    def body(self) -> str:
        """Return the body of the request, once that has ended."""
        return self._redactor.text(text_of(self._end.body))[:MOST_TEXT] if self._end else ""

    @cached_property
    def client(self) -> str | None:
        """Return the id of the client, as far as one was given."""
        client = self._end.client if self._end else None
        return None if client is None else self._redactor.text(client)[:MOST_HEADER]

    @cached_property
    def response(self) -> dict[str, Any] | None:
        """Return headers and body of the response; where a scenario cut it, as it was before."""
        if self._end is None:
            return None
        sent = _named(self._arrival.headers)
        headers = {
            name: self._redactor.echo(value, sent)[:MOST_HEADER]
            for name, value in self._headers(dict(self._end.response_headers)).items()
        }
        body = _unpacked(self._end.response_body, headers.get("content-encoding"))
        return {"headers": headers, "body": self._redactor.echo(text_of(body), sent)[:MOST_TEXT]}

    def _headers(self, named: Mapping[str, str]) -> dict[str, str]:
        lowered = {name.lower(): value[:MOST_HEADER_SENT] for name, value in named.items()}
        return {name: value[:MOST_HEADER] for name, value in self._redactor.headers(lowered).items()}


def _named(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the headers of a request by their own names, which are not those of WSGI."""
    return {name.removeprefix("HTTP_").replace("_", "-"): value for name, value in headers}


def _unpacked(body: bytes, encoding: str | None) -> bytes:
    """Return the beginning of a body without its compression, so that credentials in it are found."""
    if encoding != "gzip":
        return body
    try:
        return zlib.decompressobj(_GZIP).decompress(body, MOST_SENT)
    except zlib.error:
        return b""  # it is called gzip and is not


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
    def status(self) -> int | None: ...
    @property
    def operation(self) -> str | None: ...
    @property
    def client(self) -> str | None: ...


def find(entries: Iterable[Entry], filters: Mapping[str, str], redactor: Redactor) -> list[RedactedEntry]:
    """Return the entries that match every filter, in their order.

    ``method``, ``status``, ``operation`` and ``client`` are equal; ``path`` is a full path, a glob, or a suffix that
    begins with a slash; ``query`` is contained; ``header`` is a name, or ``name: part of the value``.
    """
    shown = (RedactedEntry(entry, redactor) for entry in entries)
    return [entry for entry in shown if matches(entry, filters)]


def matches(entry: _Shown, filters: Mapping[str, str]) -> bool:
    """Tell whether a request is among those that are looked for; see ``find``."""
    return all(_TESTS[name](entry, wanted) for name, wanted in filters.items())


def document(entry: RedactedEntry) -> dict[str, Any]:
    """Return an entry as JSON has it."""
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
    "status": lambda entry, wanted: entry.status is not None and str(entry.status) == wanted,
    "operation": lambda entry, wanted: entry.operation == wanted,
    "query": lambda entry, wanted: wanted in entry.query,
    "header": _header,
    "client": lambda entry, wanted: entry.client == wanted,
}
