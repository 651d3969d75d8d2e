"""Create the sandboxes of a server from its settings: records from the seed or from fixtures, clock, clients."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from mockroster.clock import Clock
from mockroster.errors import ConfigurationError
from mockroster.parsing import password_of
from mockroster.roster.store import Roster
from mockroster.sandbox.credentials import Client, Credentials
from mockroster.sandbox.district import generated
from mockroster.sandbox.opening import open_store
from mockroster.sandbox.redaction import spellings
from mockroster.sandbox.registry import Sandboxes, default_state
from mockroster.sandbox.sandbox import Sandbox, Start
from mockroster.sandbox.shared_start import share_start
from mockroster.sandbox.tokens import TokenSigner
from mockroster.settings import Settings, is_document
from mockroster.state.port import Store
from mockroster.state.values import DEFAULT

if TYPE_CHECKING:
    from mockroster.fixtures.read.assembly import Assembly
    from mockroster.fixtures.read.raw import Fault, FixtureSet

log = logging.getLogger("mockroster")

SHOWN = 20
"""The most faults of fixtures that are logged; ``mockroster validate`` shows them all."""


def open_sandboxes(
    settings: Settings, scenarios: tuple[str, ...] = (), roster: Roster | None = None, store: Store | None = None
) -> Sandboxes:
    """Return the sandboxes of a server; ``default`` has the records of ``roster``, by default those of the settings.

    Raises ``ConfigurationError``, also if the servers that use the store have another start.
    """
    store = store or open_store(settings)
    clients = {name: Client(name, secret) for name, secret in settings.client}
    if store.is_remote:
        start, state = share_start(store, settings, scenarios, partial(_records_as_of, settings, roster))
    else:
        start = Start(
            roster or records_of(settings),
            settings.seed,
            Clock(settings.now),
            scenarios,
            settings.students,
            settings.profile,
            is_generated=not settings.fixtures,
        )
        state = default_state(store, start)
    key = settings.token_key.encode() if settings.token_key else store.token_key()
    signer = TokenSigner(key, None if settings.token_key else store.token_key)
    password = password_of(settings.store) if settings.store else None
    secrets = (*spellings(clients.values()), *filter(None, (settings.admin_token, password)))
    credentials = Credentials(clients, state, not settings.no_auth, signer, server_secrets=secrets)
    return Sandboxes(store, Sandbox(DEFAULT, start, credentials))


def shared_records(settings: Settings, scenarios: tuple[str, ...]) -> Roster:
    """Return the records with which the servers of the settings' store start, for a process that does not serve.

    Raises ``ConfigurationError``.
    """
    with closing(open_store(settings)) as store:
        start, _ = share_start(store, settings, scenarios, partial(_records_as_of, settings, None))
    return start.roster


def records_of(settings: Settings) -> Roster:
    """Return the records that a server starts with: its fixtures, or a generated district.

    Raises ``ConfigurationError`` if fixtures have errors and the settings are not lenient.
    """
    clock = Clock(settings.now)
    if not settings.fixtures:
        return generated(settings.seed, settings.students, clock.now(), settings.profile)
    return Roster.of(assembly_of(settings, clock.now(), clock).records)


def _records_as_of(settings: Settings, roster: Roster | None, moment: datetime) -> Roster:
    """Return the records of the settings as of a time, or ``roster`` if they cannot be made again."""
    if settings.reload:
        return _read_as_of(settings, moment)  # files may have changed since the supervisor has read them
    if settings.fixtures and "-" not in settings.fixtures:
        return _fixtures_as_of(settings, moment)
    if roster is not None:
        return roster
    if settings.fixtures:
        return records_of(settings)
    return generated(settings.seed, settings.students, moment, settings.profile)


@lru_cache(maxsize=1)
def _fixtures_as_of(settings: Settings, moment: datetime) -> Roster:
    """Return the records of fixtures as of a time; workers have those that their supervisor has read."""
    return _read_as_of(settings, moment)


def _read_as_of(settings: Settings, moment: datetime) -> Roster:
    return Roster.of(assembly_of(settings, moment, Clock(moment)).records)


def assembly_of(settings: Settings, now: datetime, started: Clock) -> Assembly:
    """Return the assembled fixtures of the settings as of ``now``; a base district is generated as of ``started``.

    Raises ``ConfigurationError`` if they have errors and the settings are not lenient.
    """
    from mockroster.fixtures.read.assembly import assemble

    sets = _read(settings)
    base = None
    if any(fixtures.base == "generated" for fixtures in sets):
        base = generated(settings.seed, settings.students, started.now(), settings.profile)
    assembly = assemble(sets, now, base)
    _report(assembly.faults, settings)
    return assembly


def _read(settings: Settings) -> list[FixtureSet]:
    # A server without fixtures does not import their readers.
    from mockroster.fixtures.read.content import MEGABYTE, Budget
    from mockroster.fixtures.read.load import read, read_inline

    budget = Budget(settings.fixtures_limit * MEGABYTE)
    return [read_inline(text, "<inline>") if is_document(text) else read(text, budget) for text in settings.fixtures]


def _report(faults: Iterable[Fault], settings: Settings) -> None:
    """Log the faults of fixtures. Raises ``ConfigurationError`` for errors, unless the settings are lenient."""
    found = list(faults)
    errors = [fault for fault in found if fault.severity == "error"]
    if errors and not settings.lenient:
        raise ConfigurationError(f"fixtures: {errors[0]}{_more(errors, settings.fixtures)}")
    for fault in found[:SHOWN]:
        log.warning("%s: %s", "error" if fault.severity == "error" else "warning", fault)
    if len(found) > SHOWN:
        log.warning("and %d more; mockroster validate shows all of them", len(found) - SHOWN)


def _more(errors: Sequence[Fault], paths: Sequence[str]) -> str:
    """Return the end of the message: how to see the other errors, and how to serve the fixtures anyway."""
    others = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    shown = " ".join(path for path in paths if not is_document(path))
    see = f"; mockroster validate {shown} shows all of them" if others and shown else ""
    return f"{others}{see}; --lenient serves it as it is"
