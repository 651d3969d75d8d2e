"""The data types of the port: bytes, text, numbers, times, and frozen dataclasses of these.

The entries of the journal are named tuples: each request makes four, at a third of the cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

from mockroster.state.changes import Content

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A value that JSON can hold."""

DEFAULT = "default"
"""The sandbox that always exists: it is never dropped and counts for no bound. Its creation id is its name."""

EVERYTHING = "*"
"""The run of all requests of a sandbox. It counts for no bound on the number of runs, so it is never evicted."""

MAX_SNAPSHOTS = 20
MAX_FACT = 200
"""The most bytes that a run keeps of one request."""

MEGABYTE = 1 << 20

_HALF_ENTRY = 512
"""The overhead in bytes of an arrival or a completion, beside its texts."""

_HEADER = 128
"""The overhead in bytes of a header, beside its value."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a store. At a bound over all sandboxes, the least recently used one is evicted first."""

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
    """Incremented whenever the records change by anything but the next batch: then read the whole content again."""

    revision: int
    clock: timedelta
    """The offset of the sandbox's clock from real time."""

    scenarios: tuple[str, ...]
    """The active scenarios, as they were written."""

    runs: tuple[str, ...] = ()
    """The runs that have not ended."""


@dataclass(frozen=True, slots=True)
class Counter:
    """The value of a counter, and the seconds until it expires, if it does."""

    value: Json
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A state that a sandbox can be restored to."""

    content: Content
    clock: timedelta
    scenarios: tuple[str, ...]
    counters: Mapping[str, Counter]
    snapshot: str | None = field(default=None, compare=False)
    """Names the snapshot that holds this moment, for a store that can then copy it; anything else may ignore it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A named moment."""

    name: str
    revision: int
    at: datetime
    moment: Moment


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """A snapshot without its moment."""

    name: str
    revision: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All changes up to a revision, folded."""

    generation: int
    revision: int
    content: Content
    began: int = 0
    """The revision at which the generation began."""


class Arrival(NamedTuple):
    """The part of a journal entry that is known when a request arrives. It may contain secrets."""

    method: str
    path: str
    """Without the prefix of the sandbox and without the query."""

    query: bytes
    headers: tuple[tuple[str, str], ...]
    operation: str | None
    at: datetime
    """By real time."""

    @property
    def weight(self) -> int:
        """Return the bytes that a journal is charged for the arrival."""
        return _HALF_ENTRY + len(self.path) + len(self.query) + _headers_weight(self.headers)


Outcome = Literal["answered", "cut", "client-gone"]


class Completion(NamedTuple):
    """The part of a journal entry that is known when a request ends. It may contain secrets."""

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
    operation: str | None = None
    """The operation that was carried out; it differs from that of the arrival if a scenario has routed the request."""

    @property
    def weight(self) -> int:
        """Return the bytes that a journal is charged for the completion."""
        return _HALF_ENTRY + len(self.body) + len(self.response_body) + _headers_weight(self.response_headers)


def _headers_weight(headers: tuple[tuple[str, str], ...]) -> int:
    return sum([_HEADER + len(value) for _, value in headers])


class Entry(NamedTuple):
    """One request of the journal; ``completion`` is missing while the request runs."""

    sequence: int
    """1 for the first request of the sandbox; never reused, even after a reset."""

    position: int
    """The number of the entry's last event, arrival or end. Later events have higher numbers."""

    arrival: Arrival
    completion: Completion | None = None
    clock: timedelta = timedelta()
    """The offset of the sandbox's clock from real time when the request arrived."""

    @property
    def at(self) -> datetime:
        """The time of arrival by the clock of the sandbox."""
        return self.arrival.at + self.clock

    @property
    def operation(self) -> str | None:
        """The operation, if it is known yet."""
        return (self.completion or self.arrival).operation


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Entries of a journal, oldest first, with the count of dropped ones at the same moment."""

    entries: tuple[Entry, ...]
    dropped: int
    """The number of entries dropped since the journal was cleared."""


@dataclass(frozen=True, slots=True)
class Updates:
    """The entries that had an event after some position, in the order of arrival."""

    entries: tuple[Entry, ...]
    position: int
    """The position from which to continue."""

    missed: bool
    """Whether events after that position were dropped."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One of several simultaneous leases on a key."""

    key: str
    id: str
    held: int
    """The number of leases on the key when this one began, including itself."""


@dataclass(frozen=True, slots=True)
class Run:
    """A part of the traffic of a sandbox with a verdict of its own."""

    name: str
    began: datetime
    ended: datetime | None = None
    facts: int = 0
    dropped: int = 0
    """The number of facts dropped at the bound."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The facts of a run in the order of completion, with the count of dropped ones at the same moment."""

    facts: tuple[bytes, ...] = ()
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Registration:
    """A sandbox that exists."""

    name: str
    creation: str
    """A unique id, never reused, even for a sandbox of the same name."""

    recipe: bytes
    """The recipe of its start as JSON, from which every server makes the same start."""


NotificationKind = Literal["request", "change", "clock", "scenarios", "run", "dropped", "gap"]
"""``gap``: notifications may have been lost; a subscriber looks at everything again."""


@dataclass(frozen=True, slots=True)
class Notification:
    """A change in a sandbox: ``number`` is the sequence of a request, otherwise the revision."""

    kind: NotificationKind
    number: int
