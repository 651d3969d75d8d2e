"""The sandboxes of a server: found, made on first use, bounded in number, dropped."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from dataclasses import replace
from hashlib import blake2b
from itertools import count
from threading import Lock
from types import MappingProxyType

from mockroster.errors import MalformedRequest, UnknownObject
from mockroster.roster.difference import Undated, difference
from mockroster.roster.store import Roster
from mockroster.sandbox.credentials import Credentials
from mockroster.sandbox.sandbox import Sandbox

log = logging.getLogger("mockroster")

MOST = 1000
"""Sandboxes beside ``default``; then the one that was not used for the longest time goes."""

MOST_RECORDS = 3_000_000
"""Records that districts of sandboxes hold together, about 3 GB; then the least recently used of these goes."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_STEPS = frozenset({".", ".."})


class Sandboxes:
    """All worlds of a server, ``default`` among them."""

    def __init__(self, default: Sandbox) -> None:
        self.default = default
        self._others: OrderedDict[str, Sandbox] = OrderedDict()
        self._lock = Lock()
        self._numbers = count(1)

    def all(self) -> list[Sandbox]:
        """Return all sandboxes, ``default`` first, then the one that was not used for the longest time."""
        with self._lock:
            return [self.default, *self._others.values()]

    def get(self, name: str) -> Sandbox:
        """Return a sandbox, made like ``default`` at start if there is none. Raises ``MalformedRequest``."""
        return self.find(name) or self.keep(self.draft(name))

    def find(self, name: str) -> Sandbox | None:
        """Return the sandbox of that name, which counts as a use of it, or ``None``."""
        if name == self.default.name:
            return self.default
        with self._lock:
            if name in self._others:
                self._others.move_to_end(name)
            return self._others.get(name)

    def draft(self, name: str, scenarios: tuple[str, ...] = ()) -> Sandbox:
        """Return a new sandbox like ``default`` at start, which nobody else can find before ``keep``.

        ``scenarios`` are active in it from its start. Raises ``MalformedRequest`` for a name that no sandbox can have.
        """
        check_name(name)
        start = self.default.start
        if scenarios:
            start = replace(start, scenarios=(*start.scenarios, *scenarios))
        return Sandbox(name, start, shared_credentials(self.default.credentials))

    def keep(self, draft: Sandbox) -> Sandbox:
        """Return the sandbox of the draft's name: the draft itself, or the other one if somebody was quicker."""
        found = self.find(draft.name)
        if found is not None:
            return found
        with self._lock:
            if draft.name not in self._others:
                self._take(draft)
            return self._others[draft.name]

    def peek(self, name: str | None) -> Sandbox | None:
        """Return the sandbox of a name, ``default`` without one, if there is any; to ask is not to use it."""
        return self.default if name is None or name == self.default.name else self._others.get(name)

    def exists(self, name: str) -> bool:
        """Tell whether there is a sandbox of that name; to ask is not to use it."""
        return name == self.default.name or name in self._others

    def free_name(self) -> str:
        """Return a name that nobody else is given."""
        return next(name for number in self._numbers if not self.exists(name := f"sandbox-{number}"))

    def add(self, sandbox: Sandbox) -> bool:
        """Take a sandbox in, and tell whether its name was free."""
        with self._lock:
            if self.exists(sandbox.name):
                return False
            self._take(sandbox)
            return True

    def renew(self, roster: Roster, undated: Undated = MappingProxyType({})) -> None:
        """Have ``default``, and every sandbox that starts from the same records, start from those of a roster.

        Each changes what differs, and nothing else, as of its own clock; ``undated`` are the records that have their
        date from nobody but the reader of the files.
        """
        old = self.default.start.roster
        change = difference(old, roster, undated)
        with self._lock:
            for sandbox in (self.default, *self._others.values()):
                if sandbox.start.roster is old:
                    sandbox.renew(change)

    def drop(self, name: str) -> None:
        """Forget a sandbox. Raises ``UnknownObject``, and ``MalformedRequest`` for ``default``."""
        if name == self.default.name:
            raise MalformedRequest("the sandbox 'default' cannot be dropped; POST /__admin/reset makes it as at start")
        with self._lock:
            if self._others.pop(name, None) is None:
                raise UnknownObject(f"there is no sandbox {name[:80]!r}")

    def _take(self, sandbox: Sandbox) -> None:
        self._others[sandbox.name] = sandbox
        while len(self._others) > MOST:
            self._evict(next(iter(self._others)), f"{MOST} sandboxes")
        shared = self.default.start.roster
        own = [name for name, one in self._others.items() if one.start.roster is not shared]
        size = sum(self._others[name].start.roster.size for name in own)
        for name in own[:-1]:
            if size > MOST_RECORDS:
                size -= self._others[name].start.roster.size
                self._evict(name, f"{MOST_RECORDS} records in sandboxes with districts of their own")

    def _evict(self, name: str, bound: str) -> None:
        del self._others[name]
        log.warning("there are more than %s: %s, the least recently used, is gone", bound, name)


def shared_credentials(credentials: Credentials) -> Credentials:
    """Return credentials for a sandbox that has the server's clients: tokens of ``default`` are good there too."""
    return Credentials(
        credentials.clients,
        credentials.required,
        credentials.signer,
        base=credentials,
        server_secrets=credentials.server_secrets,
    )


def check_name(name: str) -> None:
    """Raise ``MalformedRequest`` for a name that no sandbox can have."""
    if not _NAME.fullmatch(name):
        raise MalformedRequest(f"{name[:80]!r} is no name of a sandbox: 1 to 64 of A-Z a-z 0-9 . _ -")
    if name in _STEPS:
        raise MalformedRequest(f"{name!r} is no name of a sandbox: clients take it for a step through the path")


def name_of(scenarios: tuple[str, ...]) -> str:
    """Return the name of the sandbox of the base path ``/scenarios/<spec>``; the same ones, written alike, share it.

    It has what a person recognises, and what makes it unique.
    """
    spec = ";".join(scenarios)
    readable = re.sub(r"[^A-Za-z0-9._]+", "-", spec)[:50].strip("-")
    return f"{readable}-{blake2b(spec.encode(errors='replace'), digest_size=5).hexdigest()}"
