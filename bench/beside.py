"""``make bench-beside REVISION=…``: this revision beside another, both running at once and driven in turn.

The other revision is checked out by ``git worktree`` below ``.venv/beside`` and installed there into an environment of
its own; a second run finds it. What else the machine does hits both alike, so the ratios say more than the figures.
Then each server by itself, a fresh one each time: how long ``/livez`` takes behind clients that wait. Needs wrk.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from cases import cases
from driving import Drive, Driven
from serving import MOCKROSTER, V1P1, Server, mockroster

MEASURED = ("list of 100", "one user", "PUT of a result", "token", "filtered list", "deep page")
CROWDS = (64, 256)
"""Connections at a time at which the list is measured too."""

WAITING = 300
PATIENCE = 3.0
"""Seconds after which ``/livez`` counts as dead."""

SLOW = f"/scenarios/slow:ms=600000{V1P1}/orgs?limit=1"


@dataclass(frozen=True)
class Revision:
    """A revision and its command."""

    name: str
    program: Sequence[str]


def main() -> int:
    """Measure everything and print the tables."""
    arguments = _arguments()
    if shutil.which("wrk") is None:
        sys.stderr.write("bench: wrk is not installed (on Debian and Ubuntu: apt-get install wrk)\n")
        return 1
    other, ours = _installed(arguments.revision), Revision("this", MOCKROSTER)
    both = (other, ours)
    with TemporaryDirectory() as name:
        folder = Path(name)
        _measure_throughput(arguments, folder, both)
        _measure_starts(arguments, folder, both)
        _measure_waiting(folder, both)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", help="what git knows it by")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=1, help="of each measurement of throughput")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--starts", type=int, default=7)
    return parser.parse_args()


def _installed(revision: str) -> Revision:
    """Return a revision with an environment of its own, which is made where it is not there yet."""
    commit = _git("rev-parse", "--verify", f"{revision}^{{commit}}")
    tree = Path(sys.prefix) / "beside" / commit
    program = tree / ".venv" / "bin" / "mockroster"
    if not program.exists():
        print(f"installing {revision} into {tree} …", file=sys.stderr)
        _git("worktree", "prune")
        if not tree.exists():
            _git("worktree", "add", "--detach", str(tree), commit)
        subprocess.run([sys.executable, "-m", "venv", str(tree / ".venv")], check=True)
        pip = [str(tree / ".venv" / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-input"]
        subprocess.run([*pip, "--disable-pip-version-check", str(tree)], check=True)
    return Revision(commit[:7], (str(program),))


def _git(*arguments: str) -> str:
    top = Path(__file__).parent
    return subprocess.run(["git", *arguments], cwd=top, check=True, capture_output=True, text=True).stdout.strip()


# Throughput and memory.


def _measure_throughput(arguments: argparse.Namespace, folder: Path, revisions: Sequence[Revision]) -> None:
    rows: dict[tuple[str, int], dict[str, list[Driven]]] = defaultdict(lambda: defaultdict(list))
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for revision in revisions:
            place = folder / revision.name
            place.mkdir()
            servers[revision.name], _ = stack.enter_context(mockroster(place, program=revision.program))
        idle = {name: server.resident() for name, server in servers.items()}
        asked = {name: {case.title: case for case in cases(server)} for name, server in servers.items()}
        plan = [(title, arguments.connections) for title in MEASURED] + [(MEASURED[0], crowd) for crowd in CROWDS]
        for number in range(arguments.rounds):
            for title, connections in plan:
                drive = Drive(connections, arguments.seconds, folder)
                order = list(servers.items())
                for name, server in order if number % 2 else reversed(order):
                    case = asked[name][title]
                    rows[title, connections][name].append(drive.run(server, case, case.path))
        _print_rows(rows, [revision.name for revision in revisions])
        print("\nresident memory, MB")
        for name, server in servers.items():
            print(f"{name:<10}{idle[name]:>8.0f} idle{server.resident():>8.0f} after all that")


def _print_rows(rows: dict[tuple[str, int], dict[str, list[Driven]]], names: Sequence[str]) -> None:
    other, ours = names
    print(
        f"{'':<22}{'at once':>8}{'requests a second':>24}{'ratio':>8}{'us of CPU each':>22}{'ratio':>8}{'p99 ms':>18}"
    )
    for (title, connections), its in rows.items():
        rates, cpus, tails = (
            [median(getattr(driven, what) for driven in its[name]) for name in names] for what in ("rate", "cpu", "p99")
        )
        print(
            f"{title:<22}{connections:>8}{f'{rates[0]:,.0f} -> {rates[1]:,.0f}':>24}{rates[1] / rates[0]:>8.2f}"
            f"{f'{cpus[0]:,.0f} -> {cpus[1]:,.0f}':>22}{cpus[1] / cpus[0]:>8.2f}"
            f"{f'{tails[0]:.0f} -> {tails[1]:.0f}':>18}"
        )
    print(f"({other} -> {ours}; medians of the rounds)")


def _measure_starts(arguments: argparse.Namespace, folder: Path, revisions: Sequence[Revision]) -> None:
    seconds: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for _ in range(arguments.starts):
        for revision in revisions:
            with mockroster(folder, program=revision.program) as (server, took):
                seconds[revision.name].append((took, server.cpu()))
    print("\ncold start to the first 200")
    for name, starts in seconds.items():
        took, cpu = (median(figures) for figures in zip(*starts, strict=True))
        listed = ", ".join(f"{figure:.2f}" for figure, _ in sorted(starts))
        print(f"{name:<10}{took:>8.2f} s, {cpu:.2f} s of CPU (median of {listed})")


# Who waits behind whom.


def _measure_waiting(folder: Path, revisions: Sequence[Revision]) -> None:
    kinds: dict[str, Callable[[Server], AbstractContextManager[None]]] = {
        "alone": _nobody,
        f"behind {WAITING} waiting": lambda server: _crowd(server, SLOW, "GET", ""),
        f"behind {WAITING} half bodies": lambda server: _crowd(server, f"{V1P1}/categories/half", "PUT", "{}"),
        "after those have gone": _gone,
        "beside 10,000 students": _making,
    }
    print(f"\n/livez in ms, median (at most); dead: no answer in {PATIENCE:.0f} s")
    print(f"{'':<28}" + "".join(f"{revision.name:>22}" for revision in revisions))
    for title, kind in kinds.items():
        cells = []
        for revision in revisions:
            with mockroster(folder, program=revision.program) as (server, _), kind(server):
                cells.append(_latency(server))
        print(f"{title:<28}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


def _latency(server: Server, seconds: float = 2.0) -> str:
    """Return how long ``/livez`` takes, asked for some seconds, each time over a connection of its own."""
    took: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        if not _lives(server):
            return "dead"
        took.append((time.perf_counter() - began) * 1000)
    return f"{median(took):.1f} ({max(took):.0f})"


def _lives(server: Server) -> bool:
    place = urlsplit(server.url)
    try:
        with socket.create_connection((place.hostname, place.port), timeout=PATIENCE) as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


@contextmanager
def _nobody(server: Server) -> Iterator[None]:
    del server
    yield


@contextmanager
def _crowd(server: Server, path: str, method: str, body: str) -> Iterator[None]:
    """Have many clients wait for an answer, or for the rest of their own body."""
    with ExitStack() as stack:
        for _ in range(WAITING):
            stack.enter_context(_sent(server, path, method, body, 100 if body else 0))
        time.sleep(0.5)
        yield


@contextmanager
def _gone(server: Server) -> Iterator[None]:
    """Have many clients wait, and go."""
    with _crowd(server, SLOW, "GET", ""):
        pass
    time.sleep(0.5)
    yield


@contextmanager
def _making(server: Server) -> Iterator[None]:
    """Have a large sandbox made."""
    body = json.dumps({"name": "large", "students": 10_000, "seed": 5})
    with _sent(server, "/__admin/sandboxes", "POST", body, len(body)):
        yield


def _sent(server: Server, path: str, method: str, body: str, length: int) -> socket.socket:
    place = urlsplit(server.url)
    connection = socket.create_connection((place.hostname, place.port), timeout=PATIENCE)
    headers = {"Host": "localhost"} | server.headers
    if length:
        headers |= {"Content-Type": "application/json", "Content-Length": str(length)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    connection.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n{body}".encode())
    return connection


if __name__ == "__main__":
    sys.exit(main())
