"""The registry of a server's sandboxes: find, create on first use, bound, drop."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from itertools import count
from types import MappingProxyType

from mockroster.errors import MalformedRequest, SandboxDropped, SandboxFull, UnknownObject
from mockroster.roster.difference import Difference, Undated, difference
from mockroster.roster.store import Roster
from mockroster.sandbox.credentials import Credentials
from mockroster.sandbox.recipe import Recipe
from mockroster.sandbox.sandbox import Sandbox, Start
from mockroster.state.memory import MemoryStore
from mockroster.state.port import SandboxState, Store
from mockroster.state.values import DEFAULT, Arrival, Moment, Registration

log = logging.getLogger("mockroster")

MOST_RECORDS = 3_000_000
"""The most records of all sandboxes with own districts, about 3 GB.

Then the least recently used is dropped; if a remote store has it, only this server's copy is.
"""

MOST_KEPT = 2000
"""The most sandboxes whose objects a server keeps, those included that other servers have dropped."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_STEPS = frozenset({".", ".."})


class Sandboxes:
    """All sandboxes of a server, ``default`` among them.

    The store lists them; the objects that a server needs to serve one are made from its recipe and kept here.
    """

    def __init__(self, store: Store, default: Sandbox) -> None:
        self.store = store
        self.default = default
        self._local: dict[str, Sandbox] = {}
        """The sandboxes that this server has served, by creation id."""

        self._reload: tuple[Roster, Difference] | None = None
        self._numbers = count(1)

    def all(self) -> list[Sandbox]:
        """Return all sandboxes, ``default`` first, then in the order of their last use, oldest first."""
        return [self.default, *map(self._served, self._registered())]

    def get(self, name: str) -> Sandbox:
        """Return a sandbox; if it does not exist, create it like ``default`` at start. Raises ``MalformedRequest``."""
        return self.find(name) or self.keep(self.draft(name))

    def find(self, name: str) -> Sandbox | None:
        """Return the sandbox of that name and record the use, or return ``None``."""
        if name == self.default.name:
            return self.default
        registration = self.store.registry.use(name)
        return None if registration is None else self._served(registration)

    def enter(self, name: str, arrival: Arrival) -> tuple[Sandbox, int] | None:
        """Record the arrival of a request in the sandbox of that name; return it and the sequence, or ``None``."""
        if name == self.default.name:
            return self.default, self.default.state.begin(arrival)[1]
        entered = self.store.registry.enter(name, arrival)
        return None if entered is None else (self._served(entered[0]), entered[1])

    def draft(self, name: str, scenarios: tuple[str, ...] = ()) -> Sandbox:
        """Return a sandbox like ``default`` at start that is not in the store until ``keep``.

        ``scenarios`` are active in it from its start. Raises ``MalformedRequest`` for an invalid name.
        """
        check_name(name)
        start = self.default.start
        start = replace(start, scenarios=(*start.scenarios, *scenarios))
        own = MemoryStore()
        registration = own.registry.create(name, b"{}", start.moment())
        if registration is None:
            raise MalformedRequest(f"the sandbox {name!r} is there already")
        return Sandbox(name, start, self._shared_credentials(own.sandbox(registration.creation)))

    def keep(self, draft: Sandbox) -> Sandbox:
        """Return the sandbox with the draft's name: the existing one, or a new one that continues from the draft."""
        found = self.find(draft.name)
        if found is not None:
            return found
        now = draft.clock.now()
        draft.state.snapshots.save(draft.name, now)
        snapshot = draft.state.snapshots.get(draft.name)
        moment = snapshot.moment if snapshot else draft.start.moment()
        recipe = Recipe(now, scenarios=draft.start.scenarios)
        return self._create(draft.name, recipe, draft.start, moment) or self.get(draft.name)

    def peek(self, name: str | None) -> Sandbox | None:
        """Return the sandbox of a name (default: ``default``) if this server has served it; record no use."""
        if name is None or name == self.default.name:
            return self.default
        registration = self.store.registry.find(name)
        return None if registration is None else self._local.get(registration.creation)

    def exists(self, name: str) -> bool:
        """Return whether there is a sandbox of that name; record no use."""
        return self.store.registry.find(name) is not None

    def free_name(self) -> str:
        """Return an unused name; no two calls return the same."""
        return next(name for number in self._numbers if not self.exists(name := f"sandbox-{number}"))

    def create(self, name: str, recipe: Recipe) -> Sandbox | None:
        """Create a sandbox and return it, or ``None`` if the name is taken. Raises ``UnprocessableRecord``."""
        start = recipe.start(self.default.start)
        return self._create(name, recipe, start, start.moment())

    def renew(self, roster: Roster, undated: Undated = MappingProxyType({})) -> None:
        """Make ``default``, and every sandbox with the same start records, start from ``roster``.

        Only records that differ change, as of each sandbox's clock; ``undated`` are the records whose date is not
        in the files but set by their reader.
        """
        old, sandboxes = self.default.start.roster, self.all()
        self._reload = old, difference(old, roster, undated)
        for sandbox in sandboxes:
            self._catch_up(sandbox)

    def adopt(self, roster: Roster) -> None:
        """Make ``default``, and every sandbox with the same start records, start from a roster as another server does.

        That server has written the differences to the logs.
        """
        old = self.default.start.roster
        for sandbox in (self.default, *self._local.values()):
            if sandbox.start.roster is old:
                with suppress(SandboxDropped):
                    sandbox.adopt(roster)

    def drop(self, name: str) -> None:
        """Forget a sandbox. Raises ``UnknownObject``, and ``MalformedRequest`` for ``default``."""
        if name == self.default.name:
            raise MalformedRequest("the sandbox 'default' cannot be dropped; POST /__admin/reset makes it as at start")
        registration = self.store.registry.find(name)
        if registration is None or not self.store.registry.drop(name):
            raise UnknownObject(f"there is no sandbox {name[:80]!r}")
        self._local.pop(registration.creation, None)

    def _registered(self) -> list[Registration]:
        return [entry for entry in self.store.registry.all() if entry.name != self.default.name]

    def _served(self, registration: Registration) -> Sandbox:
        """Return an existing sandbox, made from its recipe if this server has not served it yet."""
        found = self._local.get(registration.creation)
        if found is not None:
            return found
        recipe = Recipe.decode(registration.recipe)
        sandbox = self._take(registration, recipe, recipe.start(self.default.start))
        if len(self._local) > MOST_KEPT or sandbox.start.roster is not self.default.start.roster:
            self._make_room()
        return sandbox

    def _create(self, name: str, recipe: Recipe, start: Start, moment: Moment) -> Sandbox | None:
        registration = self.store.registry.create(name, recipe.encode(), moment)
        if registration is None:
            return None
        sandbox = self._take(registration, recipe, start)
        self._make_room()
        return sandbox

    def _take(self, registration: Registration, recipe: Recipe, start: Start) -> Sandbox:
        credentials = self._shared_credentials(self.store.sandbox(registration.creation))
        clients = recipe.known_clients()
        if clients is not None:
            credentials = replace(credentials, clients=clients, required=True, base=None)
        sandbox = self._local.setdefault(registration.creation, Sandbox(registration.name, start, credentials))
        self._catch_up(sandbox)
        return sandbox

    def _catch_up(self, sandbox: Sandbox) -> None:
        """Make a sandbox start from the reloaded files, if it starts from the previous ones."""
        if self._reload is not None and sandbox.start.roster is self._reload[0]:
            try:
                sandbox.renew(self._reload[1])
            except SandboxFull as error:
                log.warning("the sandbox %s keeps the records of the files before: %s", sandbox.name, error.description)
            except SandboxDropped:
                return

    def _make_room(self) -> None:
        """Forget dropped sandboxes, and drop the least recently used ones with own districts above the bound."""
        registered = self._registered()
        alive = {entry.creation for entry in registered}
        for creation in [*self._local]:
            if creation not in alive:
                self._local.pop(creation, None)
        shared = self.default.start.roster
        evict = self._forget if self.store.is_remote else self._drop_evicted
        served = [self._local.get(entry.creation) for entry in registered]
        own = [sandbox for sandbox in served if sandbox and sandbox.start.roster is not shared]
        size = sum(sandbox.start.roster.size for sandbox in own)
        for sandbox in own[:-1]:
            if size > MOST_RECORDS:
                size -= sandbox.start.roster.size
                evict(sandbox)

    def _drop_evicted(self, sandbox: Sandbox) -> None:
        bound = f"{MOST_RECORDS} records in sandboxes with districts of their own"
        log.warning("there are more than %s: %s, the least recently used, is gone", bound, sandbox.name)
        with suppress(UnknownObject):
            self.drop(sandbox.name)

    def _forget(self, sandbox: Sandbox) -> None:
        """Forget the objects of a sandbox: the store keeps it, and they are made from its recipe again."""
        self._local.pop(sandbox.state.creation, None)

    def _shared_credentials(self, state: SandboxState) -> Credentials:
        """Return credentials with the server's clients; tokens of ``default`` are valid there too."""
        default = self.default.credentials
        return replace(default, state=state, base=default)


def default_state(store: Store, start: Start) -> SandboxState:
    """Return the state of ``default``, created if the store is new."""
    registration = store.registry.create(DEFAULT, b"{}", start.moment()) or store.registry.find(DEFAULT)
    if registration is None:
        raise SandboxDropped(f"the store has no sandbox {DEFAULT!r}")
    return store.sandbox(registration.creation)


def is_name(name: str) -> bool:
    """Return whether a text is a valid name of a sandbox, a snapshot or a run."""
    return _NAME.fullmatch(name) is not None and name not in _STEPS


def check_name(name: str, kind: str = "sandbox") -> None:
    """Raise ``MalformedRequest`` for an invalid name of a sandbox, or of another ``kind``."""
    if not _NAME.fullmatch(name):
        raise MalformedRequest(f"{name[:80]!r} is no name of a {kind}: 1 to 64 of A-Z a-z 0-9 . _ -")
    if name in _STEPS:
        raise MalformedRequest(f"{name!r} is no name of a {kind}: clients take it for a step through the path")


def name_of(scenarios: tuple[str, ...]) -> str:
    """Return the name of the sandbox for the base path ``/scenarios/<spec>``; equal specs share it.

    The name has a readable part and a unique part.
    """
    spec = ";".join(scenarios)
    readable = re.sub(r"[^A-Za-z0-9._]+", "-", spec)[:50].strip("-")
    return f"{readable}-{blake2b(spec.encode(errors='replace'), digest_size=5).hexdigest()}"
