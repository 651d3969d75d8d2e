"""A server of any WSGI application within the test process, with bounds of its own."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Any

from patience import PATIENCE

from mockroster.serving.limits import Limits
from mockroster.serving.listen import listen
from mockroster.serving.server import HttpServer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@contextmanager
def running(
    application: WSGIApplication, *, tls: ssl.SSLContext | None = None, send_buffer: int | None = None, **limits: Any
) -> Iterator[tuple[str, int]]:
    """Serve an application in a thread; yield host and port. ``limits`` are fields of ``Limits``.

    ``send_buffer`` is the size in bytes of the system's buffer of each connection.
    """
    sockets = listen("127.0.0.1", 0)
    if send_buffer is not None:
        for listening in sockets:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    started = Event()
    stopping: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        stop = asyncio.Event()
        server = HttpServer(application, sockets, limits=Limits(**limits), tls=tls)
        await server.start()
        stopping.append((asyncio.get_running_loop(), stop))
        started.set()
        await stop.wait()
        await server.stop()

    thread = Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert started.wait(PATIENCE)
    try:
        yield sockets[0].getsockname()[:2]
    finally:
        loop, stop = stopping[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
        assert not thread.is_alive()


class LogWatch(logging.Handler):
    """Keeps the lines that mockroster logs, and waits for them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._changed = Condition()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line, with its traceback."""
        with self._changed:
            self.lines.append(self.format(record))
            self._changed.notify_all()

    def wait_for(self, pattern: str) -> bool:
        """Return whether a line that matches is there, or comes before the deadline."""
        with self._changed:
            return self._changed.wait_for(lambda: any(re.search(pattern, line) for line in self.lines), PATIENCE)


@contextmanager
def watched_log() -> Iterator[LogWatch]:
    """Watch the log of mockroster, also that of servers in other threads."""
    watch = LogWatch()
    log = logging.getLogger("mockroster")
    level = log.level
    log.addHandler(watch)
    log.setLevel(logging.INFO)
    try:
        yield watch
    finally:
        log.removeHandler(watch)
        log.setLevel(level)
