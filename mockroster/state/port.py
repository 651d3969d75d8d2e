"""The port: everything that a sandbox changes, as typed parts that any backend can keep.

A ``Store`` is shared by all servers that are one server. It holds the registry of sandboxes, and for each of them a
``SandboxState`` with its parts. Whatever goes through the port is one of the ``values``, so a backend may be another
process.

- **One trip at each end of a request.** ``begin`` answers all that a request needs before it runs, ``complete`` takes
  all that is known afterwards. Reads of records are local.
- **Writers compare.** A batch names the revision that it makes; the store refuses it where that revision exists.
- **The store owns time.** Expiry is counted in seconds by the store's own clock, which no caller passes; it is not the
  clock of a sandbox, which tests move and which is part of the head.
- **Everything is bounded**, by ``Limits``, and what is dropped is counted.
- **A sandbox that was dropped stays dropped.** Each operation raises ``SandboxDropped`` then, but for ``complete``,
  ``release`` and cancelling a subscription, which a request may still have to do, and which then do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from mockroster.state.changes import Batch, Change
from mockroster.state.values import (
    Arrival,
    Checkpoint,
    Completion,
    Entry,
    Head,
    Json,
    Lease,
    Moment,
    Notification,
    Registration,
    Run,
    Snapshot,
    Updates,
)

Cancel = Callable[[], None]
"""Ends a subscription; harmless when called again."""


class Log(Protocol):
    """The changes of a sandbox. The oldest batches are dropped; the content holds them all."""

    def append(self, batch: Batch) -> None:
        """Append a batch and apply it to the content.

        Raises ``WriteConflict`` where the next revision is another, and ``SandboxFull``.
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
        """Return the batches after a revision, oldest first: whole ones, up to ``limit`` changes, but one at least.

        Raises ``HistoryTruncated`` where a batch after that revision is no longer held.
        """

    def checkpoint(self) -> Checkpoint:
        """Return all changes folded: the content at the present revision."""

    def truncate(self, revision: int) -> None:
        """Drop the batches up to a revision. Neither head nor content change."""


class Journal(Protocol):
    """The last requests of a sandbox."""

    def read(self, after: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        """Return the entries with a higher sequence, oldest first."""

    def updates(self, position: int) -> Updates:
        """Return the entries that arrived or ended after a position, and whether some of them were dropped."""

    def dropped(self) -> int:
        """Return how many entries are no longer held, counted since the journal was cleared."""

    def clear(self) -> None:
        """Drop all entries, and count none as dropped. Requests that are under way are not written."""


class Counters(Protocol):
    """Values by key: counts, JSON values, uses of a nonce, and leases.

    ``expires`` is the number of seconds after which a key is forgotten. It counts from the call that makes the key;
    later calls do not prolong it. At a bound the keys go that were not written for the longest time.
    """

    def increment(self, key: str, by: int = 1, *, expires: float | None = None) -> int:
        """Add to a whole number, which begins at 0, and return the sum. Raises ``TypeError`` for another value."""

    def get(self, key: str) -> Json:
        """Return the value of a key, ``None`` where there is none."""

    def update(self, key: str, function: Callable[[Json], Json], *, expires: float | None = None) -> Json:
        """Replace a value by what a function makes of it, and return that; ``None`` forgets the key.

        Compare and set: the function must have no effect, because it is called again where another writer was first.
        Raises ``SandboxFull`` for a value above the bound.
        """

    def first_use(self, key: str, seconds: float) -> bool:
        """Note the use of a key for some seconds, and return whether it is the first."""

    def acquire(self, key: str, seconds: float) -> Lease:
        """Hold a key, together with others, until ``release``, or for some seconds where that never comes."""

    def release(self, lease: Lease) -> None:
        """End a lease; harmless after its end."""

    def clear(self, prefix: str = "") -> None:
        """Forget the counters whose keys begin with a prefix. Uses and leases stay."""


class Texts(Protocol):
    """Texts that somebody outside refers to. A rewind leaves them; at a bound those go that were kept longest ago."""

    def keep(self, text: str) -> str:
        """Keep a text, and return its reference of 16 letters, which is always the same for the same text."""

    def get(self, reference: str) -> str | None:
        """Return the text of a reference."""


class Snapshots(Protocol):
    """The moments of a sandbox that have a name, ``MAX_SNAPSHOTS`` at most."""

    def save(self, name: str, at: datetime) -> bool:
        """Name the present, and return whether the name is new. Raises ``SandboxFull``."""

    def get(self, name: str) -> Snapshot | None:
        """Return a snapshot by its name."""

    def all(self) -> tuple[Snapshot, ...]:
        """Return the snapshots in the order of their names' first use."""

    def delete(self, name: str) -> bool:
        """Forget a snapshot, and return whether it was there."""


class Runs(Protocol):
    """The runs of a sandbox. At the bound the oldest one goes."""

    def start(self, name: str, at: datetime) -> bool:
        """Begin a run, and return whether the name is new; an existing run stays as it is."""

    def end(self, name: str, at: datetime) -> Run | None:
        """End a run and return it; one that has ended keeps its end."""

    def get(self, name: str) -> Run | None:
        """Return a run by its name."""

    def all(self) -> tuple[Run, ...]:
        """Return the runs, oldest first."""

    def facts(self, name: str) -> tuple[bytes, ...]:
        """Return the facts of a run, in the order of completion."""


class SandboxState(Protocol):
    """All that one sandbox changes."""

    @property
    def creation(self) -> str:
        """Return the id that no other sandbox has had."""

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
        """Return the present."""

    def begin(self, arrival: Arrival) -> tuple[Head, int]:
        """Write the arrival of a request into the journal, note the use of the sandbox; return head and sequence."""

    def complete(self, sequence: int, completion: Completion) -> None:
        """Write the end of a request into the journal, and its fact into its runs.

        An entry that is no longer held is passed over. Raises ``ValueError`` for a fact above the bound.
        """

    def set_clock(self, clock: timedelta) -> Head:
        """Set by how much the clock is ahead of real time."""

    def advance_clock(self, by: timedelta) -> Head:
        """Move the clock."""

    def set_scenarios(self, scenarios: tuple[str, ...], forget: Sequence[str] = ()) -> Head:
        """Choose the active scenarios, and forget the counters whose keys begin with one of ``forget``."""

    def subscribe(self, callback: Callable[[Notification], None]) -> Cancel:
        """Call a function after each change. It runs on the thread of the writer: it must return at once."""


class Registry(Protocol):
    """The sandboxes of a store by name. At a bound the one goes that was not used for the longest time."""

    def create(self, name: str, recipe: bytes, moment: Moment) -> Registration | None:
        """Make a sandbox that begins at a moment, and return it; ``None`` where the name is taken."""

    def use(self, name: str) -> Registration | None:
        """Return a sandbox and note its use."""

    def find(self, name: str) -> Registration | None:
        """Return a sandbox without noting a use."""

    def all(self) -> tuple[Registration, ...]:
        """Return all sandboxes, the one first that was not used for the longest time."""

    def drop(self, name: str) -> bool:
        """Drop a sandbox and its state, and return whether it was there. Raises ``ValueError`` for ``DEFAULT``."""


class Store(Protocol):
    """The state of a server, however many processes it is made of."""

    @property
    def registry(self) -> Registry:
        """Return the sandboxes by name."""

    def sandbox(self, creation: str) -> SandboxState:
        """Return the state of a sandbox. Raises ``SandboxDropped``."""

    def token_key(self) -> bytes:
        """Return the secret that signs tokens, made at random by whoever asks first."""
