"""The journal of a sandbox: what was asked of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from flask import current_app, g, request
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.errors import MalformedRequest, SandboxDropped, unknown
from mockroster.http.admin.answers import body
from mockroster.http.admin.durations import duration
from mockroster.http.admin.nearest import nearest_operations
from mockroster.http.admin.polling import long_poll
from mockroster.query.parameters import ignored_parameters
from mockroster.render.answer import JSON, empty
from mockroster.sandbox import journal_view
from mockroster.sandbox.journal_view import FILTERS, RedactedEntry
from mockroster.sandbox.redaction import Redactor
from mockroster.standard.versions import SERVICES
from mockroster.state.port import SandboxState
from mockroster.state.values import Entry, Limits

MOST_WAIT = 60.0
"""Seconds that a request may wait."""

_HELD = Limits().journal
_MOST_DIGITS = 15

_WAITING = ("after", "at_least", "wait")
_FINDING = (*_WAITING, "limit")


@dataclass(frozen=True, slots=True)
class Search:
    """Which entries of a journal are asked for."""

    state: SandboxState
    redactor: Redactor
    filters: Mapping[str, str] = field(default_factory=dict)
    after: int | None = None
    """A sequence; later entries are asked for, oldest first. Without it all are, newest first."""

    limit: int | None = None
    at_least: int = 1
    wait: float = 0.0
    """Seconds."""

    def matches(self, entry: Entry) -> bool:
        """Return whether an entry is among those that are asked for."""
        return journal_view.matches(RedactedEntry(entry, self.redactor), self.filters)

    def found(self, among: Set[int] | None = None) -> list[RedactedEntry]:
        """Return the entries, those that are under way among them; only those ``among`` some sequences, if given."""
        try:
            entries = self.state.journal.read(self.after or 0)
        except SandboxDropped:
            return []
        if among is not None:
            entries = tuple([entry for entry in entries if entry.sequence in among])
        ordered = entries if self.after is not None else reversed(entries)
        return journal_view.find(ordered, self.filters, self.redactor)[: self.limit]

    def dropped(self) -> int:
        """Return how many entries are no longer held."""
        try:
            return self.state.journal.dropped()
        except SandboxDropped:
            return 0


class Condition:
    """Whether as many entries match as a search wants; each look is at the entries that are new since the last."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._position = 0
        self.sequences: set[int] = set()
        """The entries that match."""

    def holds(self) -> bool:
        """Return whether there are enough entries; a sandbox that was dropped will never have more."""
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
        return len(self.sequences) >= search.at_least


@long_work
def show() -> Response:
    """Answer with the requests that match the query parameters, newest first, or oldest first `after` a sequence.

    With `wait` it answers as soon as there is one, or `at_least` so many.
    """
    return _answered(_search(request.args.to_dict(), _FINDING), _listing)


@long_work
def find() -> Response:
    """Answer with the requests that match the filters in the body; `wait`, `at_least`, `limit` and `after` as there."""
    return _answered(_search(body(), _FINDING), _listing)


@long_work
def count() -> Response:
    """Answer with how many requests match the filters in the body; with `wait` as soon as there are `at_least` so many.

    A request counts when it arrives.
    """
    return _answered(_search(body(), _WAITING), _number)


@long_work
def unmatched() -> Response:
    """Answer with the requests for paths that nothing serves, each with the nearest operations; filters as there."""
    search = _search(request.args.to_dict(), ("after", "limit"))
    limit, search = search.limit, replace(search, limit=None)
    routes = current_app.url_map.bind("")

    def is_unmatched(entry: RedactedEntry) -> bool:
        is_refused = entry.operation is None and entry.status is not None and entry.status >= 400
        return is_refused and entry.status != 405 and not routes.allowed_methods(entry.path)

    entries = [entry for entry in search.found() if is_unmatched(entry)][:limit]

    def described(entry: RedactedEntry) -> dict[str, Any]:
        return document(entry) | {"nearest": nearest_operations(entry.method, entry.path)}

    return Response(_body(search, entries, described), content_type=JSON)


def clear() -> Response:
    """Forget all requests."""
    g.sandbox.state.journal.clear()
    return empty(204)


def document(entry: RedactedEntry) -> dict[str, Any]:
    """Return an entry as JSON has it, with notes for the developer of the client."""
    return journal_view.document(entry) | {"notes": _notes(entry)}


def _answered(search: Search, render: Callable[[Search, list[RedactedEntry]], bytes]) -> Response:
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


def _listing(search: Search, entries: list[RedactedEntry]) -> bytes:
    return _body(search, entries, document)


def _body(search: Search, entries: list[RedactedEntry], described: Callable[[RedactedEntry], dict[str, Any]]) -> bytes:
    return orjson.dumps({"requests": [described(entry) for entry in entries], "dropped": search.dropped()})


def _number(_: Search, entries: list[RedactedEntry]) -> bytes:
    return orjson.dumps({"count": len(entries)})


def _notes(entry: RedactedEntry) -> list[str]:
    """Return what a client should know of a request that was answered as if nothing was wrong."""
    known = _PARAMETERS.get(entry.operation or "")
    try:
        return [] if known is None else ignored_parameters(entry.query, known)
    except MalformedRequest:
        return []  # it was refused, and the answer says why


_PARAMETERS = {operation.name: operation.query for service in SERVICES for operation in service.all_operations}
"""By the name of an operation, which is the same in both versions: the query parameters that it obeys."""


def _search(given: Mapping[str, object], options: Collection[str]) -> Search:
    """Return a search from filters and options. Raises ``MalformedRequest``."""
    filters: dict[str, str] = {}
    chosen: dict[str, Any] = {}
    for name, value in given.items():
        if name not in FILTERS and name not in options:
            raise MalformedRequest(unknown(name, "a filter", (*FILTERS, *options)))
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise MalformedRequest(f"the filter {name} must be a string or a number")
        if name in options:
            chosen[name] = _OPTIONS[name](name, str(value))
        else:
            filters[name] = str(value)
    if "at_least" in chosen and "wait" not in chosen:
        raise MalformedRequest('at_least needs wait, such as "wait": "5s"')
    return Search(g.sandbox.state, g.sandbox.redactor, filters, **chosen)


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise MalformedRequest(f"{name}: {text[:80]!r} is not a whole number from 0 on")
    return int(text)


def _number_to_wait_for(name: str, text: str) -> int:
    number = _whole_number(name, text)
    if number > _HELD:
        raise MalformedRequest(f"{name}: {number} is more than the {_HELD} requests that a sandbox holds")
    return number


def _seconds(name: str, text: str) -> float:
    try:
        seconds = duration(text).total_seconds()
    except ValueError as problem:
        raise MalformedRequest(f"{name}: {text[:80]!r} is not {problem}") from None
    if not 0 <= seconds <= MOST_WAIT:
        raise MalformedRequest(f"{name}: {text[:80]!r} is not between 0s and {MOST_WAIT:.0f}s")
    return seconds


_OPTIONS: Mapping[str, Callable[[str, str], float]] = {
    "after": _whole_number,
    "limit": _whole_number,
    "at_least": _number_to_wait_for,
    "wait": _seconds,
}
