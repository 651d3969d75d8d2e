"""The HTTP server: accept connections, check deadlines, stop."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from socket import socket
from typing import TYPE_CHECKING, Any

from mockroster.serving.connection import Connection
from mockroster.serving.environ import server_environ
from mockroster.serving.limits import Limits
from mockroster.serving.sharing import Load, SharedAcceptor
from mockroster.serving.threads import WorkerThreads

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

log = logging.getLogger("mockroster.serving")

IsQuick = Callable[["WSGIEnvironment"], bool]
"""Returns whether a request may run on the event loop; must neither block nor have side effects."""

RefusalBody = Callable[[int, str, str], bytes]
"""Returns the JSON body for a status, a description and the request target (empty if unknown)."""

_LONGEST_TICK = 0.5
_REPORT_SECONDS = 0.25
"""The time to report the ends of requests that were cut because the server stops."""


class HttpServer:
    """Serves a WSGI application on listening sockets.

    Requests for which the application's method ``is_quick(environ)`` returns true run on the event loop; all others,
    and all requests of an application without that method, run in a thread.
    The application may return ``mockroster.delivery.Steps``.
    """

    def __init__(
        self,
        application: WSGIApplication,
        sockets: Sequence[socket],
        *,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        refusal_body: RefusalBody | None = None,
        load: Load | None = None,
    ) -> None:
        """``load`` is given if other processes accept connections from the same sockets."""
        self.application = application
        self.limits = limits or Limits()
        self.loop = asyncio.get_running_loop()
        self.threads = WorkerThreads(self.limits.threads)
        self._is_quick: IsQuick = getattr(application, "is_quick", _never)
        self.refusal_body = refusal_body or _plain_refusal
        self.is_stopping = False
        self.environ = server_environ(sockets[0], tls, is_shared=load is not None)
        self._sockets = sockets
        self._tls = tls
        self._listeners: list[asyncio.Server | SharedAcceptor] = []
        self._load = load
        self._connections: set[Connection] = set()
        self._buffered = 0
        self._ticker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Accept connections."""
        options: dict[str, Any] = {"ssl": self._tls} if self._tls is not None else {}
        if self._tls is not None:
            options |= {"ssl_handshake_timeout": self.limits.tls_seconds, "ssl_shutdown_timeout": 1.0}
        self.loop.set_exception_handler(_log_fault)
        self._ticker = self.loop.create_task(self._tick())
        for listening in self._sockets:
            if self._load is None:
                listener = await self.loop.create_server(lambda: Connection(self), sock=listening, **options)
                self._listeners.append(listener)
            else:
                connect = partial(self.loop.connect_accepted_socket, lambda: Connection(self), **options)
                self._listeners.append(SharedAcceptor(listening, self._load, connect))
        self._publish_load()

    async def stop(self) -> None:
        """Stop accepting, finish current responses within ``Limits.stop_seconds``, and close all connections."""
        self.is_stopping = True
        for listener in self._listeners:
            listener.close()
        for connection in list(self._connections):
            connection.stop()
        end = self.loop.time() + self.limits.stop_seconds
        while any(connection.is_answering for connection in self._connections) and self.loop.time() < end:
            await asyncio.sleep(0.01)
        for connection in list(self._connections):
            connection.abort("cut")
        await asyncio.sleep(0)
        end = self.loop.time() + _REPORT_SECONDS
        while self.threads.are_busy and self.loop.time() < end:
            await asyncio.sleep(0.01)
        if self._ticker is not None:
            self._ticker.cancel()
        self.threads.stop()

    # Called by connections

    def admit(self, connection: Connection) -> bool:
        """Register a connection, and return whether it is within ``Limits.connections``."""
        self._connections.add(connection)
        self._publish_load()
        return len(self._connections) <= self.limits.connections

    def forget(self, connection: Connection) -> None:
        """Remove a connection that has ended."""
        self._connections.discard(connection)
        self._publish_load()

    def is_quick(self, environ: WSGIEnvironment) -> bool:
        """Return whether a request may run on the event loop; not if the application fails to tell."""
        try:
            return self._is_quick(environ)
        except Exception:
            log.exception("%s %s: is_quick failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            return False

    def reserve(self, size: int) -> bool:
        """Account for bytes of request bodies, and return whether they are within ``Limits.buffered_bytes``."""
        self._buffered += size
        return size <= 0 or self._buffered <= self.limits.buffered_bytes

    def post(self, callback: Callable[..., object], *values: Any) -> None:
        """Call a function on the event loop, from any thread."""
        try:
            self.loop.call_soon_threadsafe(callback, *values)
        except RuntimeError:
            if not self.loop.is_closed():
                raise

    @staticmethod
    def status_line(status: int) -> str:
        """Return a status code with its reason phrase."""
        return f"{status} {HTTPStatus(status).phrase}"

    def _publish_load(self) -> None:
        if self._load is not None:
            self._load.set(len(self._connections))

    async def _tick(self) -> None:
        """Expire connections whose deadline has passed."""
        limits = self.limits
        shortest = min(limits.head_seconds, limits.body_seconds, limits.idle_seconds, limits.write_seconds)
        pause = min(_LONGEST_TICK, min(shortest, limits.drain_seconds) / 4)
        while True:
            await asyncio.sleep(pause)
            now = self.loop.time()
            for connection in [connection for connection in self._connections if connection.deadline <= now]:
                try:
                    connection.expire(now)
                except Exception:  # the other connections keep their deadlines
                    log.exception("a connection failed at its deadline")
                    connection.abort("cut")


def _never(environ: WSGIEnvironment) -> bool:
    del environ
    return False


def _plain_refusal(status: int, description: str, target: str) -> bytes:
    del target
    return json.dumps({"status": status, "error": description}).encode()


def _log_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log errors outside of requests, such as socket errors.

    After the system was out of descriptors, asyncio accepts again a second later, also from a socket that was closed
    meanwhile: a ``ValueError`` about the file descriptor -1, which says nothing.
    """
    del loop
    error: BaseException | None = context.get("exception")
    if isinstance(error, ValueError) and str(error) == "Invalid file descriptor: -1":
        return
    if error is None or isinstance(error, (OSError, ssl.SSLError)):
        log.warning("%s: %s", context.get("message", "fault"), error)
    else:
        log.error("%s", context.get("message", "fault"), exc_info=error)
