"""The sandboxes of a server: found, made on first use, bounded in number, dropped."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from itertools import count
from types import MappingProxyType

from mockroster.errors import MalformedRequest, SandboxDropped, UnknownObject
from mockroster.roster.difference import Difference, Undated, difference
from mockroster.roster.store import Roster
from mockroster.sandbox.credentials import Credentials
from mockroster.sandbox.recipe import Recipe
from mockroster.sandbox.sandbox import Sandbox, Start
from mockroster.state.memory import MemoryStore
from mockroster.state.port import SandboxState, Store
from mockroster.state.values import DEFAULT, Moment, Registration

log = logging.getLogger("mockroster")

MOST_RECORDS = 3_000_000
"""Records that districts of sandboxes hold together, about 3 GB; then the least recently used of these goes."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_STEPS = frozenset({".", ".."})


class Sandboxes:
    """All sandboxes of a server, ``default`` among them.

    The store knows which ones there are; what a server needs to serve one is made from its recipe and kept here.
    """

    def __init__(self, store: Store, default: Sandbox) -> None:
        self.store = store
        self.default = default
        self._local: dict[str, Sandbox] = {}
        """The sandboxes that this server has served, by creation id."""

        self._reload: tuple[Roster, Difference] | None = None
        self._numbers = count(1)

    def all(self) -> list[Sandbox]:
        """Return all sandboxes, ``default`` first, then the one that was not used for the longest time."""
        return [self.default, *map(self._served, self._registered())]

    def get(self, name: str) -> Sandbox:
        """Return a sandbox, made like ``default`` at start if there is none. Raises ``MalformedRequest``."""
        return self.find(name) or self.keep(self.draft(name))

    def find(self, name: str) -> Sandbox | None:
        """Return the sandbox of that name, which counts as a use of it, or ``None``."""
        if name == self.default.name:
            return self.default
        registration = self.store.registry.use(name)
        return None if registration is None else self._served(registration)

    def draft(self, name: str, scenarios: tuple[str, ...] = ()) -> Sandbox:
        """Return a sandbox like ``default`` at start that is in no store before ``keep``.

        ``scenarios`` are active in it from its start. Raises ``MalformedRequest`` for a name that no sandbox can have.
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
        """Return the sandbox of the draft's name: one that goes on from the draft, or the one that is there."""
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
        """Return the sandbox of a name, ``default`` without one, if this server has served it; that is no use of it."""
        if name is None or name == self.default.name:
            return self.default
        registration = self.store.registry.find(name)
        return None if registration is None else self._local.get(registration.creation)

    def exists(self, name: str) -> bool:
        """Return whether there is a sandbox of that name; to ask is not to use it."""
        return self.store.registry.find(name) is not None

    def free_name(self) -> str:
        """Return a name that nobody else is given."""
        return next(name for number in self._numbers if not self.exists(name := f"sandbox-{number}"))

    def create(self, name: str, recipe: Recipe) -> Sandbox | None:
        """Make a sandbox and return it; ``None`` where the name is taken. Raises ``UnprocessableRecord``."""
        start = recipe.start(self.default.start)
        return self._create(name, recipe, start, start.moment())

    def renew(self, roster: Roster, undated: Undated = MappingProxyType({})) -> None:
        """Have ``default``, and every sandbox that starts from the same records, start from those of a roster.

        Each changes what differs, and nothing else, as of its own clock; ``undated`` are the records that have their
        date from nobody but the reader of the files.
        """
        old = self.default.start.roster
        self._reload = old, difference(old, roster, undated)
        for sandbox in (self.default, *self._local.values()):
            self._catch_up(sandbox)

    def drop(self, name: str) -> None:
        """Forget a sandbox. Raises ``UnknownObject``, and ``MalformedRequest`` for ``default``."""
        if name == self.default.name:
            raise MalformedRequest("the sandbox 'default' cannot be dropped; POST /__admin/reset makes it as at start")
        registration = self.store.registry.find(name)
        if registration is None or not self.store.registry.drop(name):
            raise UnknownObject(f"there is no sandbox {name[:80]!r}")
        self._local.pop(registration.creation, None)

    def _registered(self) -> list[Registration]:
        return [one for one in self.store.registry.all() if one.name != self.default.name]

    def _served(self, registration: Registration) -> Sandbox:
        """Return a sandbox that exists, made from its recipe where this server has not served it yet."""
        found = self._local.get(registration.creation)
        if found is not None:
            return found
        recipe = Recipe.decode(registration.recipe)
        return self._take(registration, recipe, recipe.start(self.default.start))

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
        """Have a sandbox start from the files as they are now, where it starts from the files before."""
        if self._reload is not None and sandbox.start.roster is self._reload[0]:
            with suppress(SandboxDropped):
                sandbox.renew(self._reload[1])

    def _make_room(self) -> None:
        """Forget the sandboxes that are gone, and drop the least recently used ones whose districts are too many."""
        registered = self._registered()
        alive = {one.creation for one in registered}
        for creation in [*self._local]:
            if creation not in alive:
                self._local.pop(creation, None)
        shared = self.default.start.roster
        served = [self._local.get(one.creation) for one in registered]
        own = [sandbox for sandbox in served if sandbox and sandbox.start.roster is not shared]
        size = sum(sandbox.start.roster.size for sandbox in own)
        for sandbox in own[:-1]:
            if size > MOST_RECORDS:
                size -= sandbox.start.roster.size
                bound = f"{MOST_RECORDS} records in sandboxes with districts of their own"
                log.warning("there are more than %s: %s, the least recently used, is gone", bound, sandbox.name)
                with suppress(UnknownObject):
                    self.drop(sandbox.name)

    def _shared_credentials(self, state: SandboxState) -> Credentials:
        """Return credentials for a sandbox with the server's clients: tokens of ``default`` are good there too."""
        default = self.default.credentials
        return replace(default, state=state, base=default)


def default_state(store: Store, start: Start) -> SandboxState:
    """Return the state of ``default``, made if the store is new."""
    registration = store.registry.create(DEFAULT, b"{}", start.moment()) or store.registry.find(DEFAULT)
    if registration is None:
        raise SandboxDropped(f"the store has no sandbox {DEFAULT!r}")
    return store.sandbox(registration.creation)


def check_name(name: str, kind: str = "sandbox") -> None:
    """Raise ``MalformedRequest`` for a name that nothing of a kind, such as a sandbox, can have."""
    if not _NAME.fullmatch(name):
        raise MalformedRequest(f"{name[:80]!r} is no name of a {kind}: 1 to 64 of A-Z a-z 0-9 . _ -")
    if name in _STEPS:
        raise MalformedRequest(f"{name!r} is no name of a {kind}: clients take it for a step through the path")


def name_of(scenarios: tuple[str, ...]) -> str:
    """Return the name of the sandbox of the base path ``/scenarios/<spec>``; the same ones, written alike, share it.

    It has what a person recognises, and what makes it unique.
    """
    spec = ";".join(scenarios)
    readable = re.sub(r"[^A-Za-z0-9._]+", "-", spec)[:50].strip("-")
    return f"{readable}-{blake2b(spec.encode(errors='replace'), digest_size=5).hexdigest()}"
