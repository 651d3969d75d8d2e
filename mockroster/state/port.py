"""The port: the mutable state of sandboxes as typed interfaces that any backend can implement.

All processes of a server share one ``Store``. It has the registry of sandboxes, and a ``SandboxState`` for each.
All arguments and results are ``values``, so a backend may be another process.

- **One trip at each end of a request.** ``begin`` returns all that a request needs before it runs, ``complete`` stores
  all that is known afterwards. Reads of records are local.
- **Writers compare.** A batch has the revision that it creates; the store refuses it if that revision exists.
- **The store owns time.** Expiry is counted in seconds by the store's own clock, which no caller passes; it is not the
  clock of a sandbox, which tests move and which is part of the head.
- **Everything is bounded**, by ``Limits``, and dropped values are counted.
- **A sandbox that was dropped stays dropped.** Each operation raises ``SandboxDropped`` then, but for ``complete``,
  ``release`` and cancelling a subscription, which a request may still have to do, and which then do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from mockroster.state.changes import Batch, Change
from mockroster.state.values import (
    Arrival,
    Checkpoint,
    Completion,
    Head,
    JournalPage,
    Json,
    Lease,
    Moment,
    Notification,
    Registration,
    Run,
    RunFacts,
    Snapshot,
    SnapshotSummary,
    Updates,
)

Cancel = Callable[[], None]
"""Ends a subscription; may be called more than once."""


class Log(Protocol):
    """The changes of a sandbox. The oldest batches are dropped; the content includes them."""

    def append(self, batch: Batch) -> None:
        """Append a batch and apply it to the content.

        Raises ``WriteConflict`` if the revision is not the next one, and ``SandboxFull``.
        """

    def rewind(self, batch: Batch, moment: Moment) -> None:
        """Append a batch that leads to a moment; content, clock, scenarios and counters become those of the moment.

        The generation is raised. Raises ``WriteConflict``.
        """

    def rebase(self, batch: Batch, start: Sequence[Change]) -> None:
        """Append a batch and continue from another start: content and snapshots become the difference from that.

        ``start`` leads from the old start to the new one. The generation is raised. Raises ``WriteConflict``.
        """

    def read(self, since: int, limit: int) -> tuple[Batch, ...]:
        """Return the batches after a revision, oldest first: at least one, and up to ``limit`` changes in all.

        Raises ``HistoryTruncated`` if a batch after that revision was dropped.
        """

    def checkpoint(self) -> Checkpoint:
        """Return all changes folded: the content at the present revision."""

    def truncate(self, revision: int) -> None:
        """Drop the batches up to a revision. Neither head nor content change."""


class Journal(Protocol):
    """The last requests of a sandbox."""

    def read(self, after: int = 0, limit: int | None = None) -> JournalPage:
        """Return the entries with a higher sequence, oldest first, and how many were dropped, as of one moment."""

    def updates(self, position: int) -> Updates:
        """Return the entries that arrived or ended after a position, and whether some of them were dropped."""

    def clear(self) -> None:
        """Remove all entries and reset the count of dropped ones. Running requests are not recorded."""


class Counters(Protocol):
    """Values by key: counts, JSON values, uses of a nonce, and leases.

    ``expires`` is the number of seconds after which a key expires. It counts from the call that creates the key; later
    calls do not extend it. At a bound the least recently written keys are evicted.
    """

    def increment(self, key: str, by: int = 1, *, expires: float | None = None) -> int:
        """Add to a whole number, which begins at 0, and return the sum. Raises ``TypeError`` for another value."""

    def get(self, key: str) -> Json:
        """Return the value of a key, or ``None``."""

    def update(self, key: str, function: Callable[[Json], Json], *, expires: float | None = None) -> Json:
        """Replace a value by the result of a function, and return it; ``None`` removes the key.

        Compare and set: the function must have no side effect, because it is called again after a write conflict.
        Raises ``SandboxFull`` for a value above the bound.
        """

    def first_use(self, key: str, seconds: float) -> bool:
        """Record the use of a key for a number of seconds, and return whether it is the first."""

    def acquire(self, key: str, seconds: float) -> Lease:
        """Acquire a shared lease on a key until ``release``, or for a number of seconds without it."""

    def release(self, lease: Lease) -> None:
        """End a lease; does nothing after its end."""


class Texts(Protocol):
    """Texts that tokens refer to. A rewind keeps them; at a bound the oldest are evicted."""

    def keep(self, text: str) -> str:
        """Store a text, and return its reference of 16 letters, which is the same for the same text."""

    def get(self, reference: str) -> str | None:
        """Return the text of a reference."""


class Snapshots(Protocol):
    """The named snapshots of a sandbox, ``MAX_SNAPSHOTS`` at most."""

    def save(self, name: str, at: datetime) -> bool:
        """Save the present under a name, and return whether the name is new. Raises ``SandboxFull``."""

    def get(self, name: str) -> Snapshot | None:
        """Return a snapshot by its name."""

    def all(self) -> tuple[SnapshotSummary, ...]:
        """Return the snapshots, without their moments, in the order of their names' first use."""

    def delete(self, name: str) -> bool:
        """Delete a snapshot, and return whether it existed."""


class Runs(Protocol):
    """The runs of a sandbox. At the bound the oldest is dropped; ``EVERYTHING`` counts for no bound and stays."""

    def start(self, name: str, at: datetime) -> bool:
        """Begin a run, and return whether the name is new; an existing run stays as it is."""

    def end(self, name: str, at: datetime) -> Run | None:
        """End a run and return it; one that has ended keeps its end."""

    def delete(self, name: str) -> bool:
        """Delete a run with its facts, and return whether it existed."""

    def get(self, name: str) -> Run | None:
        """Return a run by its name."""

    def all(self) -> tuple[Run, ...]:
        """Return the runs, oldest first."""

    def read(self, name: str) -> RunFacts | None:
        """Return the facts of a run, in the order of completion, and how many were dropped, as of one moment."""


class SandboxState(Protocol):
    """The mutable state of one sandbox."""

    @property
    def creation(self) -> str:
        """Return the unique id of the sandbox, never used again."""

    @property
    def log(self) -> Log:
        """Return the changes."""

    @property
    def journal(self) -> Journal:
        """Return the requests."""

    @property
    def counters(self) -> Counters:
        """Return the counters."""

    @property
    def texts(self) -> Texts:
        """Return the texts."""

    @property
    def snapshots(self) -> Snapshots:
        """Return the snapshots."""

    @property
    def runs(self) -> Runs:
        """Return the runs."""

    def head(self) -> Head:
        """Return the present; within ``Store.request``, the present as the request has read it first or written it."""

    def begin(self, arrival: Arrival) -> tuple[Head, int]:
        """Record the arrival of a request and the use of the sandbox; return head and sequence."""

    def complete(self, sequence: int, completion: Completion) -> None:
        """Record the end of a request in the journal, and its fact in its runs.

        A dropped entry is ignored, and so is the fact for ``EVERYTHING`` if the journal was cleared after the arrival.
        Sequence 0 is that of a fact without a request. Raises ``ValueError`` for a fact above the bound.
        """

    def set_clock(self, clock: timedelta) -> Head:
        """Set the offset of the clock from real time."""

    def advance_clock(self, by: timedelta) -> Head:
        """Advance the clock."""

    def set_scenarios(self, scenarios: tuple[str, ...], forget: Sequence[str] = ()) -> Head:
        """Set the active scenarios, and remove the counters whose keys begin with one of ``forget``."""

    def subscribe(self, callback: Callable[[Notification], None]) -> Cancel:
        """Call a function after each change. It runs on another thread or the writer's, and must return at once."""


class Registry(Protocol):
    """The sandboxes of a store by name. At a bound the least recently used one is dropped."""

    def create(self, name: str, recipe: bytes, moment: Moment) -> Registration | None:
        """Create a sandbox that begins at a moment, and return it, or ``None`` if the name is taken."""

    def use(self, name: str) -> Registration | None:
        """Return a sandbox and record its use."""

    def enter(self, name: str, arrival: Arrival) -> tuple[Registration, int] | None:
        """Do ``use`` and ``begin`` in one trip; return the sandbox and the sequence of the request."""

    def find(self, name: str) -> Registration | None:
        """Return a sandbox without recording a use."""

    def all(self) -> tuple[Registration, ...]:
        """Return all sandboxes, the least recently used first."""

    def amend(self, name: str, old: bytes, new: bytes) -> tuple[bool, bytes]:
        """Replace a recipe if it is still ``old``; return whether it was, and the recipe that the store has then.

        Raises ``SandboxDropped`` if there is no such sandbox.
        """

    def drop(self, name: str) -> bool:
        """Drop a sandbox and its state, and return whether it existed. Raises ``ValueError`` for ``DEFAULT``."""


class Store(Protocol):
    """The state of a server, shared by all its processes.

    A remote store raises ``StoreUnavailable`` from any operation while it cannot be reached.
    """

    @property
    def is_remote(self) -> bool:
        """Return whether operations wait for another process, so that no event loop may call them."""

    @property
    def registry(self) -> Registry:
        """Return the sandboxes by name."""

    def sandbox(self, creation: str) -> SandboxState:
        """Return the state of a sandbox. Raises ``SandboxDropped``."""

    def request(self) -> AbstractContextManager[None]:
        """Return a context for a request: on this thread, a remote store is asked for each head once."""

    def check(self) -> None:
        """Raise ``StoreUnavailable`` if the store cannot be reached."""

    def close(self) -> None:
        """Close the connections of this process; the state stays."""

    def token_key(self) -> bytes:
        """Return the secret that signs tokens, generated at random by the first call."""
