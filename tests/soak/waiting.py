"""A thousand clients that wait: how soon an event reaches them, and what they cost everybody else.

    PYTHONPATH=tests python -m soak.waiting [clients] [seconds]

Half of them wait for a request, half read the stream of the same sandbox. The server runs in a process of its own.
"""

from __future__ import annotations

import select
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from conftest import NOW, Served, served
from wire.case import length, request
from wire.connection import Connection

ADMIN = "/sandboxes/mine/__admin"
HOST = "localhost"


def measure(number: int, seconds: float) -> dict[str, float]:
    """Return milliseconds and counts."""
    with served("--students", "5", "--no-auth", "--now", NOW.isoformat()) as server, ExitStack() as stack:
        threads = _threads(server)
        polls, streams = [
            [stack.enter_context(Connection(server.address)) for _ in range(number // 2)] for _ in range(2)
        ]
        body = b'{"path": "/late", "wait": "60s"}'
        for connection in polls:
            connection.send(request(f"{ADMIN}/requests/count", length(body), host=HOST, method="POST", body=body))
        for connection in streams:
            connection.send(request(f"{ADMIN}/stream", host=HOST))
        _slowest(server, 2)  # until all are in place
        idle = _slowest(server, seconds)
        added = _threads(server) - threads
        _drain(streams)
        began = time.monotonic()
        server.ask("GET", "/sandboxes/mine/late")
        first, last = _reached([*polls, *streams], began)
        _drain(streams)
        busy = _slowest(server, seconds, "/sandboxes/mine/nothing")
        return {
            "clients": number,
            "threads added": added,
            "slowest /livez ms": idle * 1000,
            "slowest /livez ms while requests go to all streams": busy * 1000,
            "first client reached after ms": first * 1000,
            "last client reached after ms": last * 1000,
        }


def _threads(server: Served) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/task").iterdir()))


def _slowest(server: Served, seconds: float, other: str | None = None) -> float:
    """Return the seconds that the slowest ``/livez`` took."""
    slowest, until = 0.0, time.monotonic() + seconds
    while (began := time.monotonic()) < until:
        server.ask("GET", "/livez")
        slowest = max(slowest, time.monotonic() - began)
        if other is not None:
            server.ask("GET", other)
    return slowest


def _drain(connections: list[Connection]) -> None:
    """Read whatever has come."""
    for connection in connections:
        while select.select([connection.socket], [], [], 0)[0]:
            connection.socket.recv(65536)


def _reached(connections: list[Connection], began: float) -> tuple[float, float]:
    """Return after how many seconds the first and the last connection had something to read."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection.socket, select.POLLIN)
    waiting, first, last = len(connections), 0.0, 0.0
    while waiting:
        ready = poll.poll(10_000)
        last = time.monotonic() - began
        first = first or last
        assert ready, f"{waiting} clients were not reached"
        for descriptor, _ in ready:
            poll.unregister(descriptor)
            waiting -= 1
    return first, last


if __name__ == "__main__":
    numbers = [float(text) for text in sys.argv[1:]]
    for name, value in measure(int(numbers[0]) if numbers else 1000, numbers[1] if numbers[1:] else 5.0).items():
        print(f"{name:55} {value:8.1f}")
