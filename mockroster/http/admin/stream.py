"""The events of a sandbox as server-sent events.

Nothing is queued for a viewer: it has a cursor in the journal and the log, and reads on from there once its connection
has taken the last events. So a slow viewer costs nothing; a ``gap`` event announces entries that were evicted.
Source: the HTML standard, section 9.2 (server-sent events).
"""

from __future__ import annotations

import base64
import json
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Self
from weakref import WeakKeyDictionary

import orjson
from flask import g, request
from werkzeug.wrappers import Response

from mockroster.clock import real_now, timestamp
from mockroster.delivery import Step, Steps, Wait
from mockroster.errors import HistoryTruncated, SandboxDropped, StoreUnavailable
from mockroster.http.admin.polling import stepwise
from mockroster.http.admin.requests import document
from mockroster.judge.mistakes import Mistakes
from mockroster.sandbox.journal_view import RedactedEntry
from mockroster.sandbox.redaction import Redactor
from mockroster.state.changes import Batch, Change
from mockroster.state.port import SandboxState
from mockroster.state.values import Entry, Head
from mockroster.state.watcher import WATCHER

log = logging.getLogger("mockroster")

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent to keep the connection alive."""

_ROUND = 100
"""Events of one kind that are made at a time; the next ones wait until the viewer has taken these."""

_RECORDS = 100
"""Records that the event of a batch lists; the others are only counted."""

_SHARED = 32
"""Entries of a sandbox that are cached as JSON for other viewers."""

_OPENING = b": mockroster\nretry: 1000\n\n"
_ALIVE = b":\n\n"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position of a viewer: everything before it was sent."""

    creation: str
    position: int
    """The position in the journal of the last completion that was sent."""

    sequence: int
    """The sequence in the journal of the last arrival that was sent."""

    revision: int
    clock: str
    scenarios: str

    @classmethod
    def now(cls, state: SandboxState) -> Self:
        """Return the cursor after everything that has happened."""
        head = state.head()
        updates = state.journal.updates(0)
        sequence = updates.entries[-1].sequence if updates.entries else 0
        return cls(state.creation, updates.position, sequence, head.revision, _clock(head), _scenarios(head))

    @classmethod
    def parsed(cls, text: str) -> Self | None:
        """Return the cursor of an event id, or ``None`` for an id that is not ours."""
        try:
            creation, position, sequence, revision, clock, scenarios = json.loads(base64.urlsafe_b64decode(text))
            return cls(str(creation), int(position), int(sequence), int(revision), str(clock), str(scenarios))
        except (ValueError, TypeError):
            return None

    def id(self) -> bytes:
        """Return the cursor as the id of an event."""
        parts = [self.creation, self.position, self.sequence, self.revision, self.clock, self.scenarios]
        return base64.urlsafe_b64encode(orjson.dumps(parts))


class Viewer:
    """Makes the events that one connection has yet to get."""

    def __init__(self, state: SandboxState, redactor: Redactor, last_id: str) -> None:
        """``last_id`` is the id of the last event that the client got, blank to begin now."""
        self._state = state
        self._redactor = redactor
        self.events: deque[bytes] = deque()
        """The events to send."""

        self.is_over = False
        self._gap_at = -1
        self._cursor = Cursor.now(state)
        resumed = Cursor.parsed(last_id) if last_id else self._cursor
        if resumed is not None and self._is_past(resumed):
            self._cursor = resumed
        else:
            self.events.append(self._event("gap", {"missed": "events"}))

    def collect(self) -> bool:
        """Make the next events, unless some are still unsent, and return whether there is something to send."""
        if not self.events:
            try:
                self.events.extend(self._new())
            except SandboxDropped:
                self.is_over = True
            except StoreUnavailable as error:
                log.debug("a stream waits for the store: %s", error)
        return bool(self.events) or self.is_over

    def taken(self) -> bytes:
        """Remove the unsent events and return them."""
        return b"".join(self.events.popleft() for _ in range(len(self.events)))

    def _is_past(self, cursor: Cursor) -> bool:
        """Return whether a cursor belongs to this sandbox and is not in the future."""
        now = self._cursor
        return (
            cursor.creation == now.creation
            and 0 <= cursor.position <= now.position
            and 0 <= cursor.revision <= now.revision
        )

    def _new(self) -> Iterator[bytes]:
        head = self._state.head()
        yield from self._requests()
        yield from self._changes(head)
        if self._cursor.clock != _clock(head):
            self._cursor = replace(self._cursor, clock=_clock(head))
            yield self._event("clock", {"now": timestamp(_now(head))})
        if self._cursor.scenarios != _scenarios(head):
            self._cursor = replace(self._cursor, scenarios=_scenarios(head))
            yield self._event("scenarios", {"active": head.scenarios})

    def _requests(self) -> Iterator[bytes]:
        """Yield new arrivals, then new completions; a request that has both is sent twice."""
        updates = self._state.journal.updates(self._cursor.position)
        if updates.position < self._cursor.position:  # the store has lost the sandbox, which began again
            self._cursor = Cursor.now(self._state)
            yield self._event("gap", {"missed": "events"})
            return
        if updates.missed and self._gap_at != self._cursor.position:
            self._gap_at = self._cursor.position
            yield self._event("gap", {"missed": "requests"})
        arrived = [entry for entry in updates.entries if entry.sequence > self._cursor.sequence]
        for entry in arrived[:_ROUND]:
            self._cursor = replace(self._cursor, sequence=entry.sequence)
            yield self._request(entry._replace(completion=None))
        if len(arrived) > _ROUND:
            return
        ended = [entry for entry in updates.entries if entry.completion is not None]
        ended.sort(key=lambda entry: entry.position)
        for entry in ended[:_ROUND]:
            self._cursor = replace(self._cursor, position=entry.position)
            yield self._request(entry)
        if len(ended) <= _ROUND:
            self._cursor = replace(self._cursor, position=updates.position)

    def _request(self, entry: Entry) -> bytes:
        return self._written("request", _described(entry, self._redactor))

    def _changes(self, head: Head) -> Iterator[bytes]:
        if head.revision <= self._cursor.revision:
            return
        try:
            batches = self._state.log.read(self._cursor.revision, _ROUND)
        except HistoryTruncated:
            self._cursor = replace(self._cursor, revision=head.revision)
            yield self._event("gap", {"missed": "changes"})
            return
        for batch in batches:
            self._cursor = replace(self._cursor, revision=batch.revision)
            yield self._event("change", _batch(batch))

    def _event(self, kind: str, document: dict[str, Any]) -> bytes:
        return self._written(kind, orjson.dumps(document))

    def _written(self, kind: str, data: bytes) -> bytes:
        return b"id: %b\nevent: %b\ndata: %b\n\n" % (self._cursor.id(), kind.encode(), data)


def show() -> Response:
    """Stream server-sent events: `request`, `change`, `clock`, `scenarios` and `gap`; `Last-Event-ID` resumes."""
    viewer = Viewer(g.sandbox.state, g.sandbox.redactor, request.headers.get("Last-Event-ID", ""))
    response = stepwise(Steps(_steps(g.sandbox.state, viewer)), "text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    return response


def _steps(state: SandboxState, viewer: Viewer) -> Iterator[Step]:
    """Yield the events, for as long as the client listens and the sandbox exists."""
    yield _OPENING
    while not viewer.is_over:
        yield Wait(HEARTBEAT, lambda wake: WATCHER.watch(state, viewer.collect, wake))
        yield viewer.taken() or _ALIVE


_DESCRIBED: WeakKeyDictionary[Redactor, dict[tuple[int, bool], bytes]] = WeakKeyDictionary()
"""The last entries of each sandbox as JSON, shared by its viewers. Used on the thread of the watcher only."""


_MISTAKES = Mistakes()
"""Notes what needs no records: viewers share the entries, and must not wait for a look through all records."""


def _described(entry: Entry, redactor: Redactor) -> bytes:
    """Return an entry as JSON, from the cache if it is there; arrivals and completions never change."""
    described = _DESCRIBED.setdefault(redactor, {})
    key = entry.sequence, entry.completion is not None
    data = described.get(key)
    if data is None:
        data = described[key] = orjson.dumps(document(RedactedEntry(entry, redactor), _MISTAKES))
        if len(described) > _SHARED:
            del described[next(iter(described))]
    return data


def _batch(batch: Batch) -> dict[str, Any]:
    """Return the event of a batch, which lists the changed records; ``/__admin/changes`` returns their contents."""
    author = {} if batch.client is None else {"client": batch.client}
    return {
        "revision": batch.revision,
        "at": timestamp(batch.at),
        "cause": batch.cause,
        **author,
        "count": len(batch.changes),
        "changes": [
            {"collection": change.collection, "sourcedId": change.sourcedId, "kind": _kind(change)}
            for change in batch.changes[:_RECORDS]
        ],
    }


def _kind(change: Change) -> str:
    return "created" if change.before is None else "deleted" if change.after is None else "updated"


def _now(head: Head) -> datetime:
    return real_now() + head.clock


def _clock(head: Head) -> str:
    return _digest(str(head.clock // timedelta(microseconds=1)))


def _scenarios(head: Head) -> str:
    return _digest(json.dumps(head.scenarios))


def _digest(text: str) -> str:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=6).hexdigest()
