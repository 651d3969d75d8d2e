"""A Redis server of the tests' own: one for each test session, on a free port, without persistence."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest
from patience import PATIENCE

if TYPE_CHECKING:
    import redis

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")

_numbers = count(1)


@dataclass
class RedisServer:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int

    def url(self, prefix: str = "") -> str:
        """Return the URL of a store; without a prefix, of one with a prefix that no other test has."""
        return f"redis://127.0.0.1:{self.port}/0?prefix={prefix or f't{next(_numbers)}-'}"

    def client(self) -> redis.Redis:
        """Return a client."""
        import redis

        return redis.Redis(port=self.port)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def running(port: int = 0, *options: str) -> Iterator[RedisServer]:
    """Start a server, and stop it after use; skip the test where none is installed."""
    if PROGRAM is None:
        pytest.skip("neither redis-server nor valkey-server is installed")
    port = port or free_port()
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *options]
    process = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait_for(port)
        yield RedisServer(process, port)
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    """Return once the server accepts connections."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise AssertionError("the Redis server does not start")
