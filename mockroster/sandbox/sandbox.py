"""A sandbox: everything that one world remembers, so that two of them never meet."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from mockroster.clock import Clock
from mockroster.query.selection import Selections
from mockroster.roster.overlay import Overlay
from mockroster.roster.store import Roster
from mockroster.sandbox.credentials import Credentials
from mockroster.sandbox.journal import Journal


@dataclass(frozen=True, slots=True)
class Start:
    """How a sandbox is when it is made, and after a reset."""

    roster: Roster
    seed: int
    clock: Clock
    scenarios: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Sandbox:
    """One world. ``lock`` guards what scenarios remember; records have the overlay's own lock."""

    name: str
    start: Start
    credentials: Credentials
    overlay: Overlay = field(init=False)
    clock: Clock = field(init=False)
    scenarios: tuple[str, ...] = field(init=False)
    """The scenarios that are active, as they were written."""

    selections: Selections = field(init=False)
    memories: dict[str, Any] = field(init=False)
    """What each scenario remembers here, by its text."""

    views: dict[Hashable, Any] = field(init=False)
    """What data scenarios make of the records, kept while nothing changes."""

    journal: Journal = field(default_factory=Journal)
    lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        """Begin."""
        self.reset()

    @property
    def seed(self) -> int:
        """The seed of its district and of what scenarios draw."""
        return self.start.seed

    def reset(self) -> None:
        """Make records, scenarios, clock and journal as at start. Tokens stay good."""
        with self.lock:
            self.overlay = Overlay(self.start.roster)
            self.clock = self.start.clock.copy()
            self.scenarios = self.start.scenarios
            self.selections = Selections()
            self.memories = {}
            self.views = {}
            self.journal.clear()
