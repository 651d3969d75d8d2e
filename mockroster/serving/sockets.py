"""Functions on connected sockets that asyncio does not have."""

from __future__ import annotations

import socket
import struct
import sys

if sys.platform != "win32":
    from fcntl import ioctl
    from termios import TIOCOUTQ

_LINGER_NOT = struct.pack("ii", 1, 0)
"""``SO_LINGER`` on with no time: closing the socket resets the connection."""


def reset_on_close(connected: socket.socket) -> None:
    """Make a socket send a TCP reset in place of an orderly end when it is closed."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)


def unacknowledged_bytes(connected: socket.socket) -> int:
    """Return the bytes that the kernel has sent without an acknowledgement from the peer; 0 on Windows.

    A socket becomes writable again only when a third of its buffer is free, which on a slow link takes long.
    """
    if sys.platform == "win32":
        return 0
    return int.from_bytes(ioctl(connected.fileno(), TIOCOUTQ, bytes(4)), sys.byteorder)
