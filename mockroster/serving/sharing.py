"""Share a listening socket between processes, and balance their numbers of connections.

The system wakes all processes for a new connection, and usually the same process is first. A process that has more
connections than another therefore waits briefly before it accepts the connection, unless another has accepted it.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable
from mmap import mmap
from socket import socket

log = logging.getLogger("mockroster.serving")

GRACE_SECONDS = 0.002
"""The time for which a process leaves a new connection to processes with fewer connections."""

_RETRY_SECONDS = 1.0
"""The pause after the system was out of descriptors or memory."""

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_ABSENT = 2**32 - 1


Loads = memoryview
"""The numbers of connections of several processes, each in its slot, in memory that they share by fork."""


def shared_loads(count: int) -> Loads:
    """Return slots for a number of processes, none of which accepts connections yet."""
    loads = memoryview(mmap(-1, 4 * count)).cast("I")
    for slot in range(count):
        Load(loads, slot).clear()
    return loads


class Load:
    """The number of connections of one process, in its slot."""

    def __init__(self, loads: Loads, slot: int) -> None:
        self._loads = loads
        self._slot = slot

    def clear(self) -> None:
        """Publish that the process accepts no connections."""
        self._loads[self._slot] = _ABSENT

    def set(self, number: int) -> None:
        """Publish the number of connections."""
        self._loads[self._slot] = number

    def add(self) -> None:
        """Publish one more connection."""
        self._loads[self._slot] += 1

    def is_least(self) -> bool:
        """Return whether no other process has fewer connections."""
        return bool(self._loads[self._slot] <= min(self._loads))


Connect = Callable[[socket], Awaitable[object]]
"""Serves an accepted connection; returns or raises when its protocol has been started."""


class SharedAcceptor:
    """Accepts connections from a listening socket that other processes accept from too."""

    def __init__(self, listening: socket, load: Load, connect: Connect) -> None:
        self._loop = asyncio.get_running_loop()
        self._listening = listening
        self._load = load
        self._connect = connect
        self._starting: set[asyncio.Task[None]] = set()
        self._later: asyncio.TimerHandle | None = None
        self._watch()

    def close(self) -> None:
        """Stop accepting. The listening socket stays open for the other processes."""
        self._loop.remove_reader(self._listening)
        if self._later is not None:
            self._later.cancel()

    def _watch(self) -> None:
        self._loop.add_reader(self._listening, self._on_readable)

    def _on_readable(self) -> None:
        if self._load.is_least():
            self._accept()
        else:
            self._pause(GRACE_SECONDS)

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listening)
        self._later = self._loop.call_later(seconds, self._resume)

    def _resume(self) -> None:
        self._watch()
        self._accept()

    def _accept(self) -> None:
        """Accept one connection, unless another process has accepted it."""
        try:
            accepted, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno not in _EXHAUSTED:
                raise
            log.warning("a connection has to wait: %s", error.strerror)
            self._pause(_RETRY_SECONDS)
            return
        self._load.add()
        accepted.setblocking(False)  # noqa: FBT003
        task = self._loop.create_task(self._start(accepted))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start(self, accepted: socket) -> None:
        try:
            await self._connect(accepted)
        except OSError as error:  # such as a failed TLS handshake
            log.debug("a connection was not started: %s", error)
            accepted.close()
