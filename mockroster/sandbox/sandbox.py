"""A sandbox: everything that one world remembers, so that two of them never meet."""

from __future__ import annotations

from dataclasses import dataclass, field

from mockroster.clock import Clock
from mockroster.query.selection import Selections
from mockroster.roster.overlay import Overlay
from mockroster.sandbox.credentials import Credentials


@dataclass(frozen=True, slots=True, eq=False)
class Sandbox:
    """One world."""

    name: str
    overlay: Overlay
    clock: Clock
    credentials: Credentials
    selections: Selections = field(default_factory=Selections)
