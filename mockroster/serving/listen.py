"""Open listening sockets, each bound exclusively by this process."""

from __future__ import annotations

import os
import socket

from mockroster.errors import ConfigurationError

BACKLOG = 1024
"""The most connections that wait to be accepted."""

_TRIES = 20
"""The most attempts to find a port that is free on all addresses of a host."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Return sockets that listen on each address of a host, all on one port; port 0 selects a free one.

    They are bound exclusively: a second server on the same port fails. Raises ``ConfigurationError``.
    """
    try:
        addresses = _addresses(host)
        for _ in range(_TRIES):
            sockets = _bind_all(addresses, port)
            if sockets:
                return sockets
    except (OSError, OverflowError, UnicodeError) as error:
        raise ConfigurationError(f"--host {host} --port {port}: cannot listen there: {_reason(error)}") from None
    raise ConfigurationError(f"--host {host} --port {port}: no port is free on all addresses of this host")


def reachable(host: str) -> str:
    """Return the host part of a URL that reaches a server on this host from the same machine."""
    if host in {"0.0.0.0", ""}:  # noqa: S104
        return "127.0.0.1"
    if host == "::":
        return "[::1]"
    return f"[{host}]" if ":" in host else host


def _addresses(host: str) -> list[tuple[socket.AddressFamily, str]]:
    """Return the addresses of a host, without duplicates."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _bind_all(addresses: list[tuple[socket.AddressFamily, str]], port: int) -> list[socket.socket]:
    """Return a listening socket for each address; none if the free port chosen for one is taken on another."""
    sockets: list[socket.socket] = []
    chosen = port
    try:
        for family, address in addresses:
            sockets.append(_open_socket(family, address, chosen))
            chosen = sockets[0].getsockname()[1]
    except OSError:
        for opened in sockets:
            opened.close()
        if port or not sockets:
            raise
        return []
    return sockets


def _open_socket(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named. Without it, a response in two pieces on a connection
    # that is used again waits 40 ms for the client to acknowledge the first one.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "nt":
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            # Allows the port right after the last server has ended, but not two servers at a time.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, address != "::")
        opened.bind((address, port))
        opened.listen(BACKLOG)
    except BaseException:
        opened.close()
        raise
    opened.setblocking(False)  # noqa: FBT003
    return opened


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
