"""Share a listening socket between processes: each accepts what another one with fewer connections leaves to it.

The system wakes all processes for a new connection, and mostly the same one is first. So a process that has more
connections than another waits a moment before it accepts; if nobody else has accepted by then, it does.
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
"""How long a process leaves a connection to those that have fewer."""

_RETRY_SECONDS = 1.0
"""The pause after the system had no room for a connection."""

_NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_ABSENT = 2**32 - 1


class Loads:
    """The numbers of connections of several processes, in memory that they share by fork."""

    def __init__(self, count: int) -> None:
        self._numbers = memoryview(mmap(-1, 4 * count)).cast("I")
        for place in range(count):
            self.leave(place)

    def leave(self, place: int) -> None:
        """Note that nobody accepts connections at a place."""
        self._numbers[place] = _ABSENT

    def set(self, place: int, number: int) -> None:
        """Note the number of connections at a place."""
        self._numbers[place] = number

    def add(self, place: int) -> None:
        """Note one more connection at a place."""
        self._numbers[place] += 1

    def is_least(self, place: int) -> bool:
        """Return whether no place has fewer connections."""
        return self._numbers[place] <= min(self._numbers)


class Load:
    """The number of connections of this process, beside those of the others."""

    def __init__(self, loads: Loads, place: int) -> None:
        self._loads = loads
        self._place = place

    def set(self, number: int) -> None:
        """Publish the number of connections."""
        self._loads.set(self._place, number)

    def add(self) -> None:
        """Publish one more connection."""
        self._loads.add(self._place)

    def is_least(self) -> bool:
        """Return whether no other process has fewer connections."""
        return self._loads.is_least(self._place)


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
        """Accept one connection, if it is still there."""
        try:
            accepted, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno not in _NO_ROOM:
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
        except OSError as error:  # a failed handshake among them
            log.debug("a connection was not started: %s", error)
            accepted.close()
