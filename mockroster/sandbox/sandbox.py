"""A sandbox: commands become changes in its log, and its records are a fold of that log.

Nothing of a sandbox is shared with another one but the records that both start from.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from mockroster.caching import Budget, WeighedCache
from mockroster.clock import Clock
from mockroster.errors import UnknownObject, WriteConflict
from mockroster.query.result_cache import ResultCache
from mockroster.roster.codec import encode
from mockroster.roster.difference import Difference
from mockroster.roster.overlay import Overlay
from mockroster.roster.store import Roster
from mockroster.sandbox.clock import SandboxClock
from mockroster.sandbox.credentials import Credentials
from mockroster.sandbox.records import Author, LoggedOverlay
from mockroster.sandbox.redaction import Redactor
from mockroster.state.changes import Batch, Change, difference
from mockroster.state.port import SandboxState
from mockroster.state.values import Moment

_T = TypeVar("_T")

Command = Callable[[LoggedOverlay, datetime], _T]
"""Changes records, in one commit, as of a time. It is called again where another writer was first."""

VIEWS_KEPT = 8
"""Views of one sandbox that are kept: its records as data scenarios show them."""

VIEW_BYTES = 256 * 1024 * 1024
"""Bytes that the views of one sandbox take at most, by estimate."""

VIEWS = Budget(512 * 1024 * 1024)
"""Pays for the views of all sandboxes together."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a sandbox is when it is made, and after a reset."""

    roster: Roster
    seed: int
    clock: Clock
    scenarios: tuple[str, ...] = ()
    students: int = 1000
    """Active students where a district is generated."""

    profile: str = "district"
    is_generated: bool = True
    """Whether the roster is what seed, students and profile generate, and not that of fixtures."""

    def moment(self) -> Moment:
        """Return the state of a sandbox that begins."""
        return Moment({}, self.clock.offset, self.scenarios, {})


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The records of one generation, with what was made of them. A reset replaces all of it in one step."""

    overlay: LoggedOverlay
    result_cache: ResultCache = field(default_factory=ResultCache)
    views: WeighedCache[Hashable, Any] = field(default_factory=partial(WeighedCache, VIEW_BYTES, VIEWS_KEPT, VIEWS))
    """What data scenarios make of the records, kept while nothing changes; made while the overlay is exclusive."""

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Values of scenarios that still use ``exchange.memory.values``, by the scenario's text."""


@dataclass(slots=True, eq=False)
class Sandbox:
    """A sandbox on one server; all that it changes is in ``state``, which other servers may share."""

    name: str
    start: Start
    credentials: Credentials
    state: SandboxState = field(init=False)
    clock: SandboxClock = field(init=False)
    redactor: Redactor = field(init=False)
    """Takes credentials out of what is shown of the journal."""

    _held: Held = field(init=False)

    def __post_init__(self) -> None:
        """Continue from the state."""
        self.redactor = self.credentials.redactor()
        self.state = self.credentials.state
        self.clock = SandboxClock(self.state, self.start.clock.offset)
        self._held = self._load()

    @property
    def seed(self) -> int:
        """The seed of its district and of what scenarios draw."""
        return self.start.seed

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The active scenarios, as they were written."""
        return self.state.head().scenarios

    @property
    def held(self) -> Held:
        """The present records; read it once in a request, because a reset makes new ones."""
        held = self._held
        if held.overlay.is_at(self.state.head()):
            return held
        with held.overlay.exclusive():
            if self._held is held and not held.overlay.follow():
                self._held = self._load()
        return self._held

    @property
    def overlay(self) -> Overlay:
        """The present records as they are stored."""
        return self.held.overlay

    @property
    def lock(self) -> AbstractContextManager[bool]:
        """The lock that scenarios held to change what they remember; ``exchange.memory`` needs none."""
        warnings.warn("sandbox.lock is not needed: use exchange.memory.update()", DeprecationWarning, stacklevel=2)
        return self._held.overlay.exclusive()

    def run(self, author: Author, command: Command[_T]) -> _T:
        """Run a command on the present records, append what it changed as one batch, and return what it returns."""
        while True:
            overlay = self.held.overlay
            with overlay.exclusive():
                if not overlay.follow():
                    continue
                outer, overlay.author = overlay.author, author
                try:
                    return command(overlay, self.clock.now())
                except WriteConflict:
                    continue
                finally:
                    overlay.author = outer

    def reset(self) -> None:
        """Make records, scenarios, clock, counters and journal as at start. Tokens stay good."""
        self._rewind("reset", self.start.moment)
        self.state.journal.clear()

    def restore(self, name: str) -> int:
        """Come back to a snapshot, and return the revision that this makes. Raises ``UnknownObject``."""

        def moment() -> Moment:
            snapshot = self.state.snapshots.get(name)
            if snapshot is None:
                raise UnknownObject(f"there is no snapshot {name[:80]!r}")
            return snapshot.moment

        return self._rewind("restore", moment)

    def renew(self, change: Difference) -> None:
        """Start from other records from now on, and change those that differ in one batch; writes to others stay."""
        start = [Change(c.collection, c.sourced_id, encode(c.before), encode(c.after)) for c in change.start]

        def take_over(overlay: LoggedOverlay, now: datetime) -> None:
            if self.start.roster is not change.roster:
                overlay.renew(change.intents, change.roster, start, now)
                self.start = replace(self.start, roster=change.roster)

        self.run(Author("reload"), take_over)

    def _rewind(self, cause: str, moment: Callable[[], Moment]) -> int:
        """Append a batch that leads to a moment, which is asked for after the present is known."""
        while True:
            present = self.state.log.checkpoint()
            target = moment()
            changes = difference(present.content, target.content)
            batch = Batch(present.revision + 1, self.clock.now(), cause, changes)
            try:
                self.state.log.rewind(batch, target)
            except WriteConflict:
                continue
            return batch.revision

    def _load(self) -> Held:
        return Held(LoggedOverlay(self.start.roster, self.state))
