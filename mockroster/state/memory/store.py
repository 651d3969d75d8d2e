"""The store: sandboxes by name, in memory."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from secrets import token_bytes, token_hex

from mockroster.errors import SandboxDropped
from mockroster.state.memory.core import Shared
from mockroster.state.memory.sandbox import MemorySandbox
from mockroster.state.values import DEFAULT, Arrival, Limits, Moment, Registration

log = logging.getLogger("mockroster")


class MemoryRegistry:
    """The sandboxes of a store by name."""

    __slots__ = ("_recipes_weight", "_sandboxes", "_shared", "by_creation")

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._sandboxes: OrderedDict[str, MemorySandbox] = OrderedDict()
        self._recipes_weight = 0
        self.by_creation: dict[str, MemorySandbox] = {}

    def create(self, name: str, recipe: bytes, moment: Moment) -> Registration | None:
        """Create a sandbox that begins at a moment, and return it, or ``None`` if the name is taken."""
        with self._shared.lock:
            if name in self._sandboxes:
                return None
            registration = _registration(name, recipe)
            sandbox = MemorySandbox(self._shared, registration, moment, self._touch)
            self._sandboxes[name] = self.by_creation[registration.creation] = sandbox
            self._recipes_weight += len(recipe)
            evicted = self._make_room()
        for other in evicted:
            other.publish_end()
        return registration

    def use(self, name: str) -> Registration | None:
        """Return a sandbox and record its use."""
        with self._shared.lock:
            sandbox = self._sandboxes.get(name)
            if sandbox is None:
                return None
            self._touch(name)
            return sandbox.registration

    def enter(self, name: str, arrival: Arrival) -> tuple[Registration, int] | None:
        """Return a sandbox and the sequence of a request that arrives there."""
        sandbox = self._sandboxes.get(name)
        return None if sandbox is None else (sandbox.registration, sandbox.begin(arrival)[1])

    def find(self, name: str) -> Registration | None:
        """Return a sandbox without recording a use."""
        sandbox = self._sandboxes.get(name)
        return None if sandbox is None else sandbox.registration

    def all(self) -> tuple[Registration, ...]:
        """Return all sandboxes, the least recently used first."""
        with self._shared.lock:
            return tuple(sandbox.registration for sandbox in self._sandboxes.values())

    def amend(self, name: str, old: bytes, new: bytes) -> tuple[bool, bytes]:
        """Replace a recipe if it is still ``old``; return whether it was, and the recipe now."""
        with self._shared.lock:
            sandbox = self._sandboxes.get(name)
            if sandbox is None:
                raise SandboxDropped(f"there is no sandbox {name!r}")
            if sandbox.registration.recipe != old:
                return False, sandbox.registration.recipe
            sandbox.registration = replace(sandbox.registration, recipe=new)
            self._recipes_weight += len(new) - len(old)
            return True, new

    def drop(self, name: str) -> bool:
        """Drop a sandbox and its state, and return whether it existed."""
        if name == DEFAULT:
            raise ValueError(f"the sandbox {DEFAULT!r} cannot be dropped")
        with self._shared.lock:
            if name not in self._sandboxes:
                return False
            sandbox = self._remove(name)
        sandbox.publish_end()
        return True

    def _touch(self, name: str) -> None:
        self._sandboxes.move_to_end(name)

    def _make_room(self) -> list[MemorySandbox]:
        """Remove the least recently used sandboxes above a bound, the newest one never."""
        limits, evicted = self._shared.limits, []
        candidates = [name for name in self._sandboxes if name != DEFAULT]
        for name in candidates[:-1]:
            number = len(self._sandboxes) - (DEFAULT in self._sandboxes)
            if number > limits.sandboxes:
                bound = f"{limits.sandboxes} sandboxes"
            elif self._recipes_weight > limits.recipes_weight:
                bound = f"{limits.recipes_weight:,} bytes of fixtures that sandboxes were given"
            else:
                break
            evicted.append(self._remove(name))
            log.warning("there are more than %s: %s, the least recently used, is gone", bound, name)
        return evicted

    def _remove(self, name: str) -> MemorySandbox:
        sandbox = self._sandboxes.pop(name)
        del self.by_creation[sandbox.registration.creation]
        self._recipes_weight -= len(sandbox.registration.recipe)
        sandbox.end()
        return sandbox


def _registration(name: str, recipe: bytes) -> Registration:
    return Registration(name, DEFAULT if name == DEFAULT else token_hex(8), recipe)


class MemoryStore:
    """A store in the memory of this process; ``monotonic`` is the clock by which keys expire."""

    __slots__ = ("_token_key", "registry")

    is_remote = False

    def __init__(self, limits: Limits | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.registry = MemoryRegistry(Shared(limits or Limits(), monotonic))
        self._token_key = token_bytes(32)

    def sandbox(self, creation: str) -> MemorySandbox:
        """Return the state of a sandbox."""
        try:
            return self.registry.by_creation[creation]
        except KeyError:
            raise SandboxDropped("this sandbox was dropped") from None

    def request(self) -> AbstractContextManager[None]:
        """Return a context without effect: heads cost nothing here."""
        return nullcontext()

    def check(self) -> None:
        """Do nothing: the memory of this process can always be reached."""

    def close(self) -> None:
        """Do nothing: there are no connections."""

    def token_key(self) -> bytes:
        """Return the secret that signs tokens."""
        return self._token_key
