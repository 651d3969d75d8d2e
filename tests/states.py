"""States of sandboxes that tests need by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from mockroster.sandbox.credentials import Credentials
from mockroster.sandbox.registry import Sandboxes, default_state
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.memory import MemoryStore
from mockroster.state.port import SandboxState
from mockroster.state.values import Limits, Moment


def alone(name: str = "sandbox") -> SandboxState:
    """Return the state of a new sandbox in a store of its own."""
    store = MemoryStore()
    registration = store.registry.create(name, b"{}", Moment({}, timedelta(0), (), {}))
    assert registration is not None
    return store.sandbox(registration.creation)


def shared_credentials(base: Credentials) -> Credentials:
    """Return credentials of another sandbox that has the clients of ``default``."""
    return replace(base, state=alone(), base=base)


def restarted(used: Sandbox, limits: Limits | None = None, **changes: Any) -> Sandboxes:
    """Return sandboxes of a new store; ``default`` has the clients of another and starts like it but for changes."""
    start, store = replace(used.start, **changes), MemoryStore(limits)
    state = default_state(store, start)
    return Sandboxes(store, Sandbox(used.name, start, replace(used.credentials, state=state)))
