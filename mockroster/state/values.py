"""The values that go through the port of the state: bytes, text, numbers, moments, and frozen dataclasses of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from mockroster.state.changes import Content

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A value that JSON can hold."""

DEFAULT = "default"
"""The sandbox that is always there: it is never dropped and counts for no bound. Its creation id is its name."""

MAX_SNAPSHOTS = 20
MAX_FACT = 200
"""Bytes of what a run keeps of one request."""

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a store. A bound over all sandboxes is met by the one that was not used for the longest time."""

    log_weight: int = 64 * MEGABYTE
    log_changes: int = 200_000
    all_logs_weight: int = 256 * MEGABYTE
    content_weight: int = 128 * MEGABYTE
    """Bytes by which a sandbox may differ from its start, before and after; then writes are refused."""

    all_contents_weight: int = 1024 * MEGABYTE
    """The same over all sandboxes and their snapshots."""

    journal: int = 1000
    all_journals_weight: int = 256 * MEGABYTE
    counters: int = 20_000
    counters_weight: int = 8 * MEGABYTE
    counter_weight: int = MEGABYTE
    """Bytes of one value."""

    all_counters_weight: int = 128 * MEGABYTE
    nonces: int = 100_000
    all_nonces: int = 1_000_000
    texts: int = 10_000
    texts_weight: int = 4 * MEGABYTE
    all_texts_weight: int = 64 * MEGABYTE
    runs: int = 50
    facts: int = 200_000
    all_facts_weight: int = 256 * MEGABYTE
    sandboxes: int = 1000
    recipes_weight: int = 512 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Head:
    """The present of a sandbox, without its records."""

    generation: int
    """Raised whenever the records did not come about by the next batch alone: read the content anew then."""

    revision: int
    clock: timedelta
    """By how much the clock of the sandbox is ahead of real time."""

    scenarios: tuple[str, ...]
    """The active scenarios, as they were written."""

    runs: tuple[str, ...] = ()
    """The runs that have not ended."""


@dataclass(frozen=True, slots=True)
class Counter:
    """The value of a counter, and the seconds after which it is forgotten, if it is."""

    value: Json
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A state that a sandbox can come back to."""

    content: Content
    clock: timedelta
    scenarios: tuple[str, ...]
    counters: Mapping[str, Counter]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment with a name."""

    name: str
    revision: int
    at: datetime
    moment: Moment


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All changes up to a revision, folded."""

    generation: int
    revision: int
    content: Content


@dataclass(frozen=True, slots=True)
class Arrival:
    """The part of a journal entry that is known when a request arrives. It may hold secrets."""

    method: str
    path: str
    """Without the prefix of the sandbox and without the query."""

    query: bytes
    headers: tuple[tuple[str, str], ...]
    operation: str | None
    at: datetime
    """By the clock of the sandbox."""


Outcome = Literal["answered", "cut", "client-gone"]


@dataclass(frozen=True, slots=True)
class Completion:
    """The part of a journal entry that is known when a request ends. It may hold secrets."""

    status: int
    ms: float
    outcome: Outcome
    body: bytes = b""
    client: str | None = None
    scenarios: tuple[str, ...] = ()
    """The scenarios that touched the answer."""

    rows: int | None = None
    """The rows of the page, for a read of a collection."""

    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: bytes = b""
    fact: bytes = b""
    """At most ``MAX_FACT`` bytes, kept by each of ``runs`` that has not ended."""

    runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One request of the journal; ``completion`` is missing while the request runs."""

    sequence: int
    """1 for the first request of the sandbox; never used again, by a reset neither."""

    position: int
    """The number of the last event, arrival or end, that this entry had. Later events have higher ones."""

    arrival: Arrival
    completion: Completion | None = None


@dataclass(frozen=True, slots=True)
class Updates:
    """The entries that had an event after some position, in the order of arrival."""

    entries: tuple[Entry, ...]
    position: int
    """Where to go on from."""

    missed: bool
    """Whether events after that position are no longer held."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One of those that hold a key at the same time."""

    key: str
    id: str
    held: int
    """How many held the key when this lease began, itself included."""


@dataclass(frozen=True, slots=True)
class Run:
    """A part of the traffic of a sandbox that is judged by itself."""

    name: str
    began: datetime
    ended: datetime | None = None
    facts: int = 0
    dropped: int = 0
    """The facts that found no room."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A sandbox that exists."""

    name: str
    creation: str
    """An id that no other sandbox has had, of the same name neither."""

    recipe: bytes
    """All that its start is made from, as JSON, so that every server makes the same one."""


NotificationKind = Literal["request", "change", "clock", "scenarios", "run", "dropped"]


@dataclass(frozen=True, slots=True)
class Notification:
    """Something new in a sandbox: ``number`` is the sequence of a request, or else the revision."""

    kind: NotificationKind
    number: int
