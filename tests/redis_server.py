"""A real redis-server for tests: on a port of its own, without files, ended by its process id."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

import pytest

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")

needs_redis = pytest.mark.skipif(PROGRAM is None, reason="neither redis-server nor valkey-server is installed here")


@dataclass
class RedisServer:
    """A redis-server that can be ended and started again; it is empty then."""

    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Return the URL of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        assert PROGRAM is not None
        line = [PROGRAM, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([*line, *self.options], stdout=subprocess.DEVNULL)  # noqa: S603
        until = monotonic() + 10
        while not self.says("PING").startswith(b"+PONG"):
            assert monotonic() < until and self.process.poll() is None, "redis-server does not answer"  # noqa: PT018

    def stop(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(5)
            self.process = None

    def says(self, command: str) -> bytes:
        """Return the first bytes of its answer to an inline command, nothing if it does not answer."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(command.encode() + b"\r\n")
                return connection.recv(65_536)
        except OSError:
            return b""


@contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    """Run a redis-server on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    server = RedisServer(port, options)
    try:
        server.start()
        yield server
    finally:
        server.stop()
