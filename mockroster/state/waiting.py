"""Waiting until something is so in a sandbox: on a thread, or on an event loop without one.

Both subscribe before they look, so nothing that happens in between is missed.
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
    """Return what ``look`` finds, asked now and after each change; ``None`` when the time is over."""
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
    """Do as ``wait`` on the running event loop, which goes on meanwhile."""
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
