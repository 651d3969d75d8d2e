"""Wait for a condition in a sandbox, on a thread or on an event loop.

Both functions subscribe before their first check, so no change in between is missed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import TypeVar

from mockroster.state.port import SandboxState
from mockroster.state.values import Notification

_T = TypeVar("_T")


def wait(state: SandboxState, look: Callable[[], _T | None], seconds: float) -> _T | None:
    """Return the first result of ``look`` that is not ``None``, or ``None`` on timeout; call it after each change."""
    changed = Event()
    cancel = state.subscribe(lambda _: changed.set())
    deadline = time.monotonic() + seconds
    try:
        while (found := look()) is None and (left := deadline - time.monotonic()) > 0:
            changed.wait(left)
            changed.clear()
        return found
    finally:
        cancel()


async def wait_async(state: SandboxState, look: Callable[[], _T | None], seconds: float) -> _T | None:
    """Do the same as ``wait`` without blocking the running event loop."""
    changed, loop = asyncio.Event(), asyncio.get_running_loop()

    def wake(_: Notification) -> None:
        loop.call_soon_threadsafe(changed.set)

    cancel = state.subscribe(wake)
    found = None
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (found := look()) is None:
                    await changed.wait()
                    changed.clear()
        return found
    finally:
        cancel()
