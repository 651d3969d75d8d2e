"""A sandbox: everything that one world remembers, so that two of them never meet."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import partial
from threading import RLock
from typing import Any

from mockroster.caching import Budget, WeighedCache
from mockroster.clock import Clock
from mockroster.query.selection import Selections
from mockroster.roster.commit import commit
from mockroster.roster.difference import Difference
from mockroster.roster.overlay import Overlay
from mockroster.roster.store import Roster
from mockroster.sandbox.credentials import Credentials
from mockroster.sandbox.redaction import Redactor
from mockroster.state.port import SandboxState

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


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The records, with what was made of them. A reset replaces all of it in one step: a request holds on to one."""

    overlay: Overlay
    selections: Selections = field(default_factory=Selections)
    views: WeighedCache[Hashable, Any] = field(default_factory=partial(WeighedCache, VIEW_BYTES, VIEWS_KEPT, VIEWS))
    """What data scenarios make of the records, kept while nothing changes; under the lock of the overlay."""


@dataclass(slots=True, eq=False)
class Sandbox:
    """One world. ``lock`` guards clock and what scenarios remember; records have the overlay's own lock."""

    name: str
    start: Start
    credentials: Credentials
    held: Held = field(init=False)
    clock: Clock = field(init=False)
    scenarios: tuple[str, ...] = field(init=False)
    """The scenarios that are active, as they were written."""

    memories: dict[str, Any] = field(init=False)
    """What each scenario remembers here, by its text."""

    redactor: Redactor = field(init=False)
    """Takes credentials out of what is shown of the journal."""

    lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        """Begin."""
        self.redactor = self.credentials.redactor()
        self.reset()

    @property
    def overlay(self) -> Overlay:
        """The records as they were written; read it once in a request, because a reset makes a new one."""
        return self.held.overlay

    @property
    def state(self) -> SandboxState:
        """The state that servers may share; the journal is part of it."""
        return self.credentials.state

    @property
    def seed(self) -> int:
        """The seed of its district and of what scenarios draw."""
        return self.start.seed

    def reset(self) -> None:
        """Make records, scenarios, clock and journal as at start. Tokens stay good.

        A request that is under way goes on with what it holds, and leaves nothing behind.
        """
        with self.lock:
            self.held = Held(Overlay(self.start.roster))
            self.clock = self.start.clock.copy()
            self.scenarios = self.start.scenarios
            self.memories = {}
            self.state.journal.clear()

    def renew(self, difference: Difference) -> None:
        """Start from other records from now on, and change those that differ in one batch; writes to others stay."""
        while not self._take_over(self.held.overlay, difference):
            continue  # a reset came first

    def _take_over(self, overlay: Overlay, difference: Difference) -> bool:
        """Return whether the records were still those of ``overlay``, and so have changed."""
        with overlay.lock, self.lock:
            if self.held.overlay is not overlay:
                return False
            commit(overlay, difference.intents, self.clock.now())
            overlay.rebase(difference.roster)
            self.start = replace(self.start, roster=difference.roster)
            return True
