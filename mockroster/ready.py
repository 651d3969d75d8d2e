"""Ask a server whether it is ready, as the health check of an image does every few seconds.

This uses HTTP/1.0 over a plain socket, because importing ``http.client`` would take longer than the request.
"""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_PAUSE = 0.01
_LONGEST = 65_536
"""The most bytes of a response that are read."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """The response of a server that is ready."""

    seed: int
    counts: dict[str, int]


def ask(url: str, timeout: float = 2.0) -> Readiness | None:
    """Return the response of ``/readyz``, or ``None`` if the server is not ready."""
    parts = urlsplit(url)
    request = f"GET {parts.path.rstrip('/')}/readyz HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n"
    try:
        with _connect(parts.scheme, parts.hostname or "", parts.port, timeout) as connection:
            connection.sendall(request.encode())
            head, _, body = _receive(connection).partition(b"\r\n\r\n")
        document: dict[str, Any] = json.loads(body)
        return Readiness(document["seed"], document["counts"]) if head.split(b" ", 2)[1:2] == [b"200"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def wait(url: str, timeout: float) -> Readiness | None:
    """Poll until the server is ready, for at most ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while (readiness := ask(url)) is None and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return readiness


def _connect(scheme: str, host: str, port: int | None, timeout: float) -> socket.socket:
    """Return a connection. Certificates are not verified: test servers use self-signed ones."""
    if scheme != "https":
        return socket.create_connection((host, port or 80), timeout)
    import ssl

    plain = socket.create_connection((host, port or 443), timeout)
    try:
        return ssl._create_unverified_context().wrap_socket(plain, server_hostname=host)  # noqa: S323
    except BaseException:
        plain.close()
        raise


def _receive(connection: socket.socket) -> bytes:
    """Return the bytes until the end of the connection, up to ``_LONGEST``."""
    received = bytearray()
    while len(received) < _LONGEST and (piece := connection.recv(_LONGEST)):
        received += piece
    return bytes(received)
