"""The journal of a sandbox: list, find, count and clear its requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from flask import current_app, g
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.errors import MalformedRequest, SandboxDropped
from mockroster.http.admin.nearest import nearest_operations
from mockroster.http.admin.polling import long_poll
from mockroster.judge.mistakes import Mistakes, operation_at
from mockroster.query.parameters import split
from mockroster.render.answer import JSON, empty
from mockroster.sandbox import journal_view
from mockroster.sandbox.journal_view import FILTERS, RedactedEntry
from mockroster.sandbox.redaction import Redactor
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.port import SandboxState
from mockroster.state.values import Entry


@dataclass(frozen=True, slots=True)
class Found:
    """The entries that a search found, and the number of those that the journal had dropped by then."""

    entries: list[RedactedEntry]
    dropped: int


@dataclass(frozen=True, slots=True)
class Search:
    """A search in the journal."""

    state: SandboxState
    redactor: Redactor
    mistakes: Mistakes
    filters: Mapping[str, str] = field(default_factory=dict)
    after: int | None = None
    """A sequence: return later entries, oldest first. ``None`` returns all, newest first."""

    limit: int | None = None
    at_least: int = 1
    wait: float = 0.0
    """Seconds."""

    def matches(self, entry: Entry) -> bool:
        """Return whether an entry matches the filters."""
        return journal_view.matches(RedactedEntry(entry, self.redactor), self.filters)

    def found(self, among: Set[int] | None = None) -> Found:
        """Return the matching entries, also of requests under way; only those ``among`` some sequences, if given."""
        try:
            page = self.state.journal.read(self.after or 0)
        except SandboxDropped:
            return Found([], 0)
        entries = page.entries
        if among is not None:
            entries = tuple([entry for entry in entries if entry.sequence in among])
        ordered = entries if self.after is not None else reversed(entries)
        return Found(journal_view.find(ordered, self.filters, self.redactor)[: self.limit], page.dropped)


class Condition:
    """Whether enough entries match a search; each check reads only the entries that are new since the last."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._position = 0
        self.sequences: set[int] = set()
        """The entries that match."""

    def holds(self) -> bool:
        """Return whether enough entries match, or the sandbox was dropped and can have no more."""
        search, journal = self._search, self._search.state.journal
        try:
            updates = journal.updates(self._position)
            if updates.missed and self._position:
                self.sequences.clear()
                updates = journal.updates(0)
        except SandboxDropped:
            return True
        self._position = updates.position
        for entry in updates.entries:
            if entry.sequence > (search.after or 0) and search.matches(entry):
                self.sequences.add(entry.sequence)
        if len(self.sequences) < search.at_least:
            return False
        self.sequences.intersection_update(entry.sequence for entry in journal.read().entries)  # some may be cleared
        return len(self.sequences) >= search.at_least


@long_work
def show(query: Mapping[str, Any]) -> Response:
    """Return the requests that match the query parameters, newest first, or oldest first `after` a sequence.

    With `wait` it answers as soon as `at_least` requests match (1 by default).
    """
    return _answered(_search(query), _listing)


@long_work
def find(body: Mapping[str, Any]) -> Response:
    """Return the requests that match the filters in the body, as `GET /__admin/requests` does."""
    return _answered(_search(body), _listing)


@long_work
def count(body: Mapping[str, Any]) -> Response:
    """Return the number of requests that match the filters in the body; with `wait` once `at_least` requests match.

    A request counts when it arrives.
    """
    return _answered(_search(body), _number)


@long_work
def unmatched(query: Mapping[str, Any]) -> Response:
    """Return the requests for paths that nothing serves, each with the nearest operations."""
    search = _search(query)
    limit, search = search.limit, replace(search, limit=None)
    routes = current_app.url_map.bind("")

    def is_unmatched(entry: RedactedEntry) -> bool:
        is_refused = entry.operation is None and entry.status is not None and entry.status >= 400
        return is_refused and entry.status != 405 and not routes.allowed_methods(entry.path)

    found = search.found()
    entries = [entry for entry in found.entries if is_unmatched(entry)][:limit]

    def described(entry: RedactedEntry) -> dict[str, Any]:
        return document(entry, search.mistakes) | {"nearest": nearest_operations(entry.method, entry.path)}

    return Response(_body(Found(entries, found.dropped), described), content_type=JSON)


def clear() -> Response:
    """Delete all requests of the journal, and begin the verdict afresh."""
    g.sandbox.clear_requests()
    return empty(204)


def document(entry: RedactedEntry, mistakes: Mistakes) -> dict[str, Any]:
    """Return an entry as JSON, with notes for the developer of the client."""
    return journal_view.document(entry) | {"notes": _notes(entry, mistakes)}


def _answered(search: Search, render: Callable[[Search, Found], bytes]) -> Response:
    if not search.wait:
        return Response(render(search, search.found()), content_type=JSON)
    condition = Condition(search)

    def last() -> bytes:
        return render(search, search.found(condition.sequences))

    def look() -> bytes | None:
        return last() if condition.holds() else None

    def at_the_end() -> bytes:
        condition.holds()
        return last()

    return long_poll(search.state, look, at_the_end, search.wait)


def _listing(search: Search, found: Found) -> bytes:
    return _body(found, lambda entry: document(entry, search.mistakes))


def _body(found: Found, described: Callable[[RedactedEntry], dict[str, Any]]) -> bytes:
    return orjson.dumps({"requests": [described(entry) for entry in found.entries], "dropped": found.dropped})


def _number(_: Search, found: Found) -> bytes:
    return orjson.dumps({"count": len(found.entries)})


def _notes(entry: RedactedEntry, mistakes: Mistakes) -> list[str]:
    """Return a note for each mistake of a request that the answer ignores."""
    found = operation_at(entry.operation, entry.path)
    try:
        return [] if found is None else mistakes.notes(*found, split(entry.query.encode()))
    except MalformedRequest:
        return []  # the answer refused the request and says why


def mistakes_in(sandbox: Sandbox) -> Mistakes:
    """Return what notes mistakes in the requests to a sandbox, with its present records."""
    return Mistakes(sandbox.overlay.records)


def _search(values: Mapping[str, Any]) -> Search:
    """Return the search of validated filters and options."""
    filters = {name: value for name, value in values.items() if name in FILTERS}
    options = {name: value for name, value in values.items() if name not in FILTERS}
    return Search(g.sandbox.state, g.sandbox.redactor, mistakes_in(g.sandbox), filters, **options)
