"""The recipe of a sandbox as JSON, from which every server makes the same start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from mockroster.roster.overlay import Overlay
from mockroster.roster.store import Roster
from mockroster.sandbox.credentials import Client
from mockroster.sandbox.district import generated
from mockroster.sandbox.sandbox import Start


@dataclass(frozen=True, slots=True)
class Recipe:
    """The requested properties of a sandbox; ``None`` means the value of ``default`` at start."""

    at: datetime
    """The time as of which districts are generated and fixtures are read."""

    seed: int | None = None
    students: int | None = None
    profile: str | None = None
    fixtures: Mapping[str, Any] | None = None
    scenarios: tuple[str, ...] | None = None
    clients: Mapping[str, str] | None = None
    """Secrets by client id."""

    def encode(self) -> bytes:
        """Return the recipe as JSON."""
        members = {field.name: getattr(self, field.name) for field in fields(self)}
        members = {name: value for name, value in members.items() if value is not None}
        return json.dumps({**members, "at": self.at.isoformat()}).encode()

    @classmethod
    def decode(cls, document: bytes) -> Recipe:
        """Decode the result of ``encode``."""
        members = json.loads(document)
        if "scenarios" in members:
            members["scenarios"] = tuple(members["scenarios"])
        return cls(**{**members, "at": datetime.fromisoformat(members["at"])})

    def known_clients(self) -> dict[str, Client] | None:
        """Return the clients of the recipe, or ``None`` if it has none."""
        return None if self.clients is None else {name: Client(name, secret) for name, secret in self.clients.items()}

    def start(self, default: Start) -> Start:
        """Return the start; it has records of its own if seed, size, profile or fixtures are set.

        Raises ``UnprocessableRecord`` for faulty fixtures.
        """
        start = replace(
            default,
            seed=default.seed if self.seed is None else self.seed,
            students=self.students or default.students,
            profile=self.profile or default.profile,
            scenarios=default.scenarios if self.scenarios is None else self.scenarios,
        )
        is_other = (self.seed, self.students, self.profile) != (None, None, None)
        if self.fixtures is not None and self.fixtures.get("base", "none") != "generated":
            start = replace(start, roster=Roster.of({}), is_generated=True)
        elif is_other or (self.fixtures is not None and not default.is_generated):
            roster = generated(start.seed, start.students, self.at, start.profile)
            start = replace(start, roster=roster, is_generated=True)
        if self.fixtures is None:
            return start
        from mockroster.fixtures.read.document import merge

        overlay = Overlay(start.roster)
        merge(overlay, self.fixtures, self.at)
        return replace(start, roster=overlay.replaced({}).base)
