"""A sandbox: commands become changes in its log, and its records are a fold of that log.

Sandboxes share nothing but the records that they start from.
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
from mockroster.state.values import EVERYTHING, Moment

_T = TypeVar("_T")

Command = Callable[[LoggedOverlay, datetime], _T]
"""Changes records, in one commit, as of a time. It is called again after a write conflict."""

VIEWS_KEPT = 8
"""The most cached views of one sandbox: its records as data scenarios show them."""

VIEW_BYTES = 256 * 1024 * 1024
"""The most bytes of the views of one sandbox, estimated."""

VIEWS = Budget(512 * 1024 * 1024)
"""The bound on the views of all sandboxes together."""


@dataclass(frozen=True, slots=True)
class Start:
    """The state of a new sandbox, and of one after a reset."""

    roster: Roster
    seed: int
    clock: Clock
    scenarios: tuple[str, ...] = ()
    students: int = 1000
    """Active students of a generated district."""

    profile: str = "district"
    is_generated: bool = True
    """Whether the roster is generated from seed, students and profile, not read from fixtures."""

    def moment(self) -> Moment:
        """Return the state of a new sandbox."""
        return Moment({}, self.clock.offset, self.scenarios, {})


@dataclass(frozen=True, slots=True, eq=False)
class SandboxData:
    """The records of one generation and the caches derived from them. A reset replaces them together."""

    overlay: LoggedOverlay
    result_cache: ResultCache = field(default_factory=ResultCache)
    views: WeighedCache[Hashable, Any] = field(default_factory=partial(WeighedCache, VIEW_BYTES, VIEWS_KEPT, VIEWS))
    """The views of data scenarios, cached until records change; built with exclusive use of the overlay."""

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Values of scenarios that still use ``exchange.memory.values``, by the scenario's text."""


@dataclass(slots=True, eq=False)
class Sandbox:
    """A sandbox on one server; its mutable state is in ``state``, which other servers may share."""

    name: str
    start: Start
    credentials: Credentials
    state: SandboxState = field(init=False)
    clock: SandboxClock = field(init=False)
    redactor: Redactor = field(init=False)
    """Redacts credentials in the displayed journal."""

    _data: SandboxData = field(init=False)

    def __post_init__(self) -> None:
        """Continue from the state."""
        self.redactor = self.credentials.redactor()
        self.state = self.credentials.state
        self.clock = SandboxClock(self.state, self.start.clock.offset)
        self._data = self._load()

    @property
    def seed(self) -> int:
        """The seed of its district and of random draws of scenarios."""
        return self.start.seed

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The active scenarios, as they were written."""
        return self.state.head().scenarios

    @property
    def data(self) -> SandboxData:
        """The present records; read it once in a request, because a reset makes new ones."""
        data = self._data
        if data.overlay.is_at(self.state.head()):
            return data
        with data.overlay.exclusive():
            if self._data is data and not data.overlay.follow():
                self._data = self._load()
        return self._data

    @property
    def is_free(self) -> bool:
        """Whether ``data`` need not wait: it is current, and no other thread uses it exclusively."""
        overlay = self._data.overlay
        return overlay.is_at(self.state.head()) and not overlay.is_in_use()

    @property
    def overlay(self) -> Overlay:
        """The present records as they are stored."""
        return self.data.overlay

    @property
    def lock(self) -> AbstractContextManager[bool]:
        """The lock that scenarios acquired to change their memory; ``exchange.memory`` needs none."""
        warnings.warn("sandbox.lock is not needed: use exchange.memory.update()", DeprecationWarning, stacklevel=2)
        return self._data.overlay.exclusive()

    def run(self, author: Author, command: Command[_T]) -> _T:
        """Run a command on the present records, append what it changed as one batch, and return what it returns."""
        while True:
            overlay = self.data.overlay
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
        """Reset records, scenarios, clock, counters and journal to the start. Tokens stay valid."""
        self._rewind("reset", self.start.moment)
        self.clear_requests()

    def clear_requests(self) -> None:
        """Clear the journal, and begin the run of all requests afresh. Runs with a name stay."""
        self.state.runs.delete(EVERYTHING)
        self.state.journal.clear()

    def restore(self, name: str) -> int:
        """Restore a snapshot, and return the resulting revision. Raises ``UnknownObject``."""

        def moment() -> Moment:
            snapshot = self.state.snapshots.get(name)
            if snapshot is None:
                raise UnknownObject(f"there is no snapshot {name[:80]!r}")
            return snapshot.moment

        return self._rewind("restore", moment)

    def renew(self, change: Difference) -> None:
        """Replace the start records, and change the records that differ in one batch; writes to others stay."""
        start = [Change(c.collection, c.sourced_id, encode(c.before), encode(c.after)) for c in change.start]

        def take_over(overlay: LoggedOverlay, now: datetime) -> None:
            if self.start.roster is not change.roster:
                overlay.renew(change.intents, change.roster, start, now)
                self.start = replace(self.start, roster=change.roster)

        self.run(Author("reload"), take_over)

    def adopt(self, roster: Roster) -> None:
        """Continue from other start records, for which another server has changed the log."""
        with self._data.overlay.exclusive():
            self.start = replace(self.start, roster=roster)
            self._data = self._load()

    def _rewind(self, cause: str, moment: Callable[[], Moment]) -> int:
        """Append a batch that leads to a moment; ``moment`` is called after the present is read."""
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

    def _load(self) -> SandboxData:
        return SandboxData(LoggedOverlay(self.start.roster, self.state))
