"""The sandboxes of a server: found, made on first use, bounded in number, dropped."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from mockroster.errors import MalformedRequest, UnknownObject
from mockroster.sandbox.credentials import Credentials, Tokens
from mockroster.sandbox.sandbox import Sandbox

log = logging.getLogger("mockroster")

MOST = 1000
"""Sandboxes beside ``default``; then the one that was not used for the longest time goes."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Sandboxes:
    """All worlds of a server, ``default`` among them."""

    def __init__(self, default: Sandbox) -> None:
        self.default = default
        self._others: OrderedDict[str, Sandbox] = OrderedDict()
        self._lock = Lock()

    def names(self) -> list[str]:
        """Return the names of all sandboxes, ``default`` first."""
        with self._lock:
            return [self.default.name, *self._others]

    def get(self, name: str) -> Sandbox:
        """Return a sandbox, made like ``default`` at start if there is none. Raises ``MalformedRequest``."""
        return self._found(name) or self.make(name, self._like_default)

    def existing(self, name: str) -> Sandbox | None:
        """Return a sandbox if there is one of that name."""
        return self._found(name)

    def make(self, name: str, make: Callable[[str], Sandbox]) -> Sandbox:
        """Return the sandbox of that name; ``make`` is called unless somebody else was quicker."""
        check_name(name)
        made = make(name)
        with self._lock:
            found = self._others.setdefault(name, made)
            while len(self._others) > MOST:
                gone, _ = self._others.popitem(last=False)
                log.warning("there are more than %d sandboxes: %s, the least recently used, is gone", MOST, gone)
            return found

    def drop(self, name: str) -> None:
        """Forget a sandbox. Raises ``UnknownObject``; ``default`` cannot be dropped."""
        with self._lock:
            if self._others.pop(name, None) is None:
                raise UnknownObject(f"there is no sandbox {name[:80]!r} that could be dropped")

    def _found(self, name: str) -> Sandbox | None:
        if name == self.default.name:
            return self.default
        with self._lock:
            if name in self._others:
                self._others.move_to_end(name)
            return self._others.get(name)

    def _like_default(self, name: str) -> Sandbox:
        return Sandbox(name, self.default.start, shared_credentials(self.default.credentials))


def shared_credentials(credentials: Credentials) -> Credentials:
    """Return credentials for a sandbox that has the server's clients: tokens of ``default`` are good there too."""
    return Credentials(credentials.clients, required=credentials.required, tokens=Tokens(credentials.tokens))


def check_name(name: str) -> None:
    """Raise ``MalformedRequest`` for a name that no sandbox can have."""
    if not _NAME.fullmatch(name):
        raise MalformedRequest(f"{name[:80]!r} is no name of a sandbox: 1 to 64 of A-Z a-z 0-9 . _ -")
