"""How sandboxes come to be: a district from the seed, the clock, the clients."""

from __future__ import annotations

from mockroster.clock import Clock
from mockroster.generate import district
from mockroster.roster.store import Roster
from mockroster.sandbox.credentials import Client, Credentials
from mockroster.sandbox.sandbox import Sandbox, Start
from mockroster.settings import Settings


def opened(settings: Settings, scenarios: tuple[str, ...] = ()) -> Sandbox:
    """Return the sandbox ``default``, with its district generated."""
    clock = Clock(settings.now)
    roster = generated(settings.seed, settings.students, clock, settings.profile)
    clients = {name: Client(name, secret) for name, secret in settings.client}
    start = Start(roster, settings.seed, clock, scenarios, settings.students, settings.profile)
    return Sandbox("default", start, Credentials(clients, required=not settings.no_auth))


def generated(seed: int, students: int, clock: Clock, profile: str) -> Roster:
    """Return a generated district as it is on the day of the clock."""
    return Roster.of(district(seed, students, clock.now(), profile))
