"""How many threads the server should have: throughput on the real path, and who waits behind those that wait.

``python bench/waiting.py [--threads 4 16 64]``: one server for each number, all at the same time and driven in turn, so
that what else the machine does hits all alike. Then, for each, 100 requests under ``slow:ms=2000`` in one sandbox, and
meanwhile quick ones at ``/livez`` and in another sandbox, each over a connection of its own. Needs wrk.
"""

from __future__ import annotations

import argparse
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from cases import Case
from driving import Drive, Driven
from serving import V1P1, Server, mockroster

PAGE = Case("list of 100", f"{V1P1}/users?limit=100")
WAITERS = 100
SLOW = f"/sandboxes/waiting/scenarios/slow:ms=2000{V1P1}/orgs?limit=1"
QUICK = {"/livez": "/livez", "other sandbox": f"/sandboxes/other{V1P1}/orgs?limit=1"}
SERVE = """
import sys
from mockroster import server
from mockroster.cli.main import main
server.THREADS = int(sys.argv.pop(1))
main()
"""


@dataclass
class Measured:
    """A running server with that many threads, and what was measured."""

    threads: int
    server: Server
    idle: float
    """MB."""

    rounds: list[Driven] = field(default_factory=list)


def main() -> int:
    """Run everything and print a table."""
    arguments = _arguments()
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        drive = Drive(arguments.connections, arguments.seconds, folder)
        measured = []
        for threads in arguments.threads:
            program = (sys.executable, "-c", SERVE, str(threads))
            server, _ = stack.enter_context(mockroster(folder, program=program))
            measured.append(Measured(threads, server, server.resident()))
        for _ in range(arguments.rounds):
            for one in measured:
                one.rounds.append(drive.run(one.server, PAGE, PAGE.path))
        quick = "".join(f"{f'{title}, ms':>24}" for title in QUICK)
        print(f"{'threads':>7}{'pages/s':>9}{'p99 ms':>8}{quick}{'all answered, s':>17}{'MB idle':>9}{'then':>6}")
        for one in measured:
            told, took = _behind_waiters(one.server)
            cells = "".join(f"{f'{median(ms):.1f} (at most {max(ms):.1f})':>24}" for ms in told.values())
            rate, p99 = median(round_.rate for round_ in one.rounds), median(round_.p99 for round_ in one.rounds)
            print(
                f"{one.threads:>7}{rate:>9,.0f}{p99:>8.0f}{cells}{took:>17.1f}"
                f"{one.idle:>9.0f}{one.server.resident():>6.0f}",
                flush=True,
            )
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[4, 16, 64, 128, 256])
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement of throughput")
    return parser.parse_args()


def _behind_waiters(server: Server) -> tuple[dict[str, list[float]], float]:
    """Return the latencies in ms of quick requests behind those that wait, and seconds until all those are answered."""
    for path in QUICK.values():
        _ask(server, path)
    began = time.perf_counter()
    waiters = [_sent(server, SLOW) for _ in range(WAITERS)]
    time.sleep(0.1)
    told: dict[str, list[float]] = {title: [] for title in QUICK}
    until = began + 1.9
    while time.perf_counter() < until:
        for title, path in QUICK.items():
            told[title].append(_ask(server, path) * 1000)
    for waiter in waiters:
        _answered(waiter)
    return told, time.perf_counter() - began


def _ask(server: Server, path: str) -> float:
    began = time.perf_counter()
    _answered(_sent(server, path))
    return time.perf_counter() - began


def _sent(server: Server, path: str) -> socket.socket:
    place = urlsplit(server.url)
    connection = socket.create_connection((place.hostname, place.port), timeout=120)
    headers = {"Host": "localhost", "Connection": "close"} | server.headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    connection.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
    return connection


def _answered(connection: socket.socket) -> None:
    with connection:
        answer = connection.recv(65536)
        if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")):
            raise SystemExit(f"bench: {answer[:200]!r}")
        while connection.recv(65536):
            pass


if __name__ == "__main__":
    sys.exit(main())
