"""Connections with one deadline, which includes the resolution of the host name; the client library omits it."""

from __future__ import annotations

import socket
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

import redis

BEGIN_SECONDS = 0.5
"""The most seconds to look up a name and connect to its addresses."""


class BoundedConnection(redis.Connection):
    """A connection that begins within ``BEGIN_SECONDS``, or raises ``redis.TimeoutError``."""

    def _connect(self) -> socket.socket:
        """Connect in a thread, because the resolution of a host name has no time-out and may take many seconds."""
        results: SimpleQueue[socket.socket | Exception] = SimpleQueue()
        is_late = Event()
        connect: Any = super()._connect

        def run() -> None:
            try:
                result = connect()
            except Exception as error:  # noqa: BLE001 # raised by the caller
                result = error
            results.put(result)
            if is_late.is_set():
                _close(results)

        Thread(target=run, name="mockroster-store-connect", daemon=True).start()
        try:
            found = results.get(timeout=BEGIN_SECONDS)
        except Empty:
            is_late.set()
            _close(results)
            raise redis.TimeoutError(f"the look-up of {self.host} and a connection to it take too long") from None
        if isinstance(found, Exception):
            raise found
        return found


class BoundedTlsConnection(redis.SSLConnection, BoundedConnection):
    """The same over TLS; its handshake has the deadline of an answer."""


CONNECTIONS = {redis.Connection: BoundedConnection, redis.SSLConnection: BoundedTlsConnection}
"""The classes by those of the client library."""


def _close(results: SimpleQueue[socket.socket | Exception]) -> None:
    """Close a connection that was made after the deadline, if it is still in the queue."""
    try:
        late = results.get_nowait()
    except Empty:
        return
    if isinstance(late, socket.socket):
        late.close()
