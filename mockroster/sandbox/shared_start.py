"""The start that all servers of a remote store share.

The first server writes the terms of its start into the registry, as the recipe of ``default``: its settings, the time
as of which records are made, and their digest. Each later server makes its records as of that time, and is refused if
its terms are others: the log of a sandbox has a meaning over one start only.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

import orjson

from mockroster.clock import Clock
from mockroster.errors import ConfigurationError, SandboxDropped
from mockroster.roster.codec import encode
from mockroster.roster.record import InvalidRecord
from mockroster.roster.store import Roster
from mockroster.sandbox.sandbox import Start
from mockroster.state.values import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockroster.settings import Settings
    from mockroster.state.port import SandboxState, Store

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """The properties that all servers of a store must share."""

    at: str
    """The time as of which districts are generated and fixtures are read."""

    clock: int
    """The offset of the clock at start from real time, in microseconds."""

    seed: int
    students: int
    profile: str
    now: str | None
    scenario: tuple[str, ...]
    no_auth: bool
    client: str
    """A digest of the clients and their secrets."""

    fixtures: str
    """A digest of all records."""

    @classmethod
    def of(cls, settings: Settings, scenarios: tuple[str, ...]) -> Terms:
        """Return the terms of the first server of a store, without its records."""
        clock = Clock(settings.now)
        return cls(
            clock.now().isoformat(),
            clock.offset // _MICROSECOND,
            settings.seed,
            settings.students,
            settings.profile,
            None if settings.now is None else settings.now.isoformat(),
            scenarios,
            settings.no_auth,
            _digest(orjson.dumps(sorted(settings.client))),
            "",
        )

    @classmethod
    def decode(cls, document: bytes) -> Terms:
        """Decode the result of ``encode``."""
        members = orjson.loads(document)
        return cls(**{**members, "scenario": tuple(members["scenario"])})

    def encode(self) -> bytes:
        """Return the terms as JSON."""
        return orjson.dumps(self)

    def start(self, roster: Roster, *, is_generated: bool) -> Start:
        """Return the start of ``default``."""
        clock = Clock()
        clock.advance(timedelta(microseconds=self.clock))
        return Start(roster, self.seed, clock, self.scenario, self.students, self.profile, is_generated)

    def check(self, store: Terms) -> None:
        """Raise ``ConfigurationError`` if the servers of the store have other terms than these."""
        for name in [field.name for field in fields(self) if field.name not in {"at", "clock"}]:
            own, theirs = getattr(self, name), getattr(store, name)
            if own != theirs:
                flag = "--" + name.replace("_", "-")
                values = "" if name in {"client", "fixtures"} else f": theirs is {theirs!r}, this one's {own!r}"
                raise ConfigurationError(
                    f"--store: the servers that use this store and prefix began with another {flag}{values}; "
                    "start this one with the same, or with another ?prefix= in the URL of the store"
                )


def share_start(
    store: Store, settings: Settings, scenarios: tuple[str, ...], make_roster: Callable[[datetime], Roster]
) -> tuple[Start, SandboxState]:
    """Return the start of ``default`` and its state in the store, created if this is the first server.

    ``make_roster`` makes the records as of a time. Raises ``ConfigurationError``.
    """
    own = Terms.of(settings, scenarios)
    while True:
        found = store.registry.find(DEFAULT)
        theirs = None if found is None else Terms.decode(found.recipe)
        terms = own if theirs is None else replace(own, at=theirs.at, clock=theirs.clock)
        if theirs is not None:
            replace(terms, fixtures=theirs.fixtures).check(theirs)  # before records are made
        roster = make_roster(datetime.fromisoformat(terms.at))
        terms = replace(terms, fixtures=digest_of(roster))
        start = terms.start(roster, is_generated=not settings.fixtures)
        made = store.registry.create(DEFAULT, terms.encode(), start.moment())
        if made is None and theirs is None:
            continue  # another server was first
        if theirs is not None:
            terms.check(theirs)
        return start, store.sandbox(DEFAULT)


class SharedFixtures:
    """The fixtures that the servers of a store have agreed on, while they reload them.

    All of them see a file change, at about the same time; the first one that claims it writes the difference.
    """

    def __init__(self, store: Store) -> None:
        registration = store.registry.find(DEFAULT)
        if registration is None:
            raise SandboxDropped(f"the store has no sandbox {DEFAULT!r}")
        self._store = store
        self._recipe = registration.recipe

    @property
    def moment(self) -> datetime:
        """Return the time as of which all servers read their files."""
        return datetime.fromisoformat(Terms.decode(self._recipe).at)

    def claim(self, roster: Roster) -> Literal["first", "agreed", "other"]:
        """Propose the records of changed files.

        Return ``first`` if this server is to write the difference, ``agreed`` if another one does, and ``other`` if the
        servers have agreed on other records meanwhile, so that these files are not the newest.
        """
        proposed = replace(Terms.decode(self._recipe), fixtures=digest_of(roster)).encode()
        if proposed == self._recipe:
            return "agreed"
        is_first, self._recipe = self._store.registry.amend(DEFAULT, self._recipe, proposed)
        if is_first:
            return "first"
        return "agreed" if self._recipe == proposed else "other"


def digest_of(roster: Roster) -> str:
    """Return a digest of all records, in their order."""
    digest = blake2b(digest_size=8)
    for collection, table in roster.tables.items():
        digest.update(collection.encode())
        for record in table:
            document = encode(record) if isinstance(record, InvalidRecord) else orjson.dumps(record)
            digest.update(document or b"")
    return digest.hexdigest()


def _digest(document: bytes) -> str:
    return blake2b(document, digest_size=8).hexdigest()
