"""How many threads the server should have: throughput on the real path, and who waits behind those that wait.

``python bench/waiting.py [--threads 4 16 64]``: one server for each number, all at the same time and driven in turn, so
that what else the machine does hits all alike. Then, for each, 100 requests under ``slow:ms=2000`` in one sandbox, and
meanwhile quick ones at ``/livez`` and in another sandbox, each over a connection of its own. Needs wrk.
"""

from __future__ import annotations

import argparse
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

BASE = "/ims/oneroster/v1p1"
PAGE = f"{BASE}/users?limit=100"
WAITERS = 100
SLOW = f"/sandboxes/waiting/scenarios/slow:ms=2000{BASE}/orgs?limit=1"
QUICK = {"/livez": "/livez", "other sandbox": f"/sandboxes/other{BASE}/orgs?limit=1"}
SERVE = """
import sys
from mockroster import server
from mockroster.cli.main import main
server.THREADS = int(sys.argv.pop(1))
main()
"""


@dataclass
class Server:
    """A running server with that many threads, and what was measured."""

    threads: int
    process: subprocess.Popen[bytes]
    address: tuple[str, int]
    rates: list[float] = field(default_factory=list)
    slowest: list[float] = field(default_factory=list)


def main() -> int:
    """Run everything and print a table."""
    arguments = _arguments()
    if shutil.which("wrk") is None:
        sys.stderr.write("bench: wrk is not installed (on Debian and Ubuntu: apt-get install wrk)\n")
        return 1
    with TemporaryDirectory() as name, ExitStack() as stack:
        servers = [stack.enter_context(_served(threads, Path(name))) for threads in arguments.threads]
        idle = {server.threads: _resident(server) for server in servers}
        for _ in range(arguments.rounds):
            for server in servers:
                rate, p99 = _wrk(server, arguments)
                server.rates.append(rate)
                server.slowest.append(p99)
        quick = "".join(f"{f'{title}, ms':>24}" for title in QUICK)
        print(f"{'threads':>7}{'pages/s':>9}{'p99 ms':>8}{quick}{'all answered, s':>17}{'MB idle':>9}{'then':>6}")
        for server in servers:
            told, took = _behind_waiters(server)
            cells = "".join(f"{f'{median(ms):.1f} (at most {max(ms):.1f})':>24}" for ms in told.values())
            print(
                f"{server.threads:>7}{median(server.rates):>9,.0f}{median(server.slowest):>8.0f}{cells}{took:>17.1f}"
                f"{idle[server.threads]:>9.0f}{_resident(server):>6.0f}",
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


@contextmanager
def _served(threads: int, folder: Path) -> Iterator[Server]:
    told = folder / str(threads)
    command = [sys.executable, "-c", SERVE, str(threads), "serve", "--no-auth", "--port", "0", "--url-file", str(told)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not told.exists():
            if process.poll() is not None:
                raise SystemExit(f"bench: the server with {threads} threads ended with {process.returncode}")
            time.sleep(0.01)
        host, _, port = told.read_text().strip().removeprefix("http://").partition(":")
        yield Server(threads, process, (host, int(port)))
    finally:
        process.terminate()
        process.wait(10)


def _wrk(server: Server, arguments: argparse.Namespace) -> tuple[float, float]:
    """Return pages a second and the 99th percentile of latency in ms."""
    url = f"http://{server.address[0]}:{server.address[1]}{PAGE}"
    command = ["wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}s", "--latency", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", said)
    if "Non-2xx" in said or rate is None or p99 is None:
        raise SystemExit(f"bench: {url}: {said}")
    return float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99[2]]


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
    connection = socket.create_connection(server.address, timeout=120)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return connection


def _answered(connection: socket.socket) -> None:
    with connection:
        answer = connection.recv(65536)
        if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")):
            raise SystemExit(f"bench: {answer[:200]!r}")
        while connection.recv(65536):
            pass


def _resident(server: Server) -> float:
    """Return the resident memory of supervisor and worker in MB, or 0 where the system has no /proc."""
    pid = server.process.pid
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    if not tasks.exists():
        return 0.0
    statuses = [Path(f"/proc/{one}/status").read_text() for one in (pid, *map(int, tasks.read_text().split()))]
    return sum(int(found[1]) for text in statuses if (found := re.search(r"VmRSS:\s+(\d+) kB", text))) / 1024


if __name__ == "__main__":
    sys.exit(main())
