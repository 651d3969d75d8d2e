"""``python bench/mixed.py``: many clients that read and write in many sandboxes at once, for as long as one likes.

Each client writes a record of its own and reads it back, so that a lost write is found, and a record that all clients
of its sandbox write, so that a torn one is: every part of it must tell of the same write. In between it reads pages.
Prints requests, latencies, and what the server holds in memory as time goes by.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from threading import Thread
from urllib.parse import quote, urlsplit

from serving import V1P1, Server, mockroster

PARTS = 20
STUDENTS = quote("role='student'", safe="")
READS = (
    f"{V1P1}/users?limit=100",
    f"{V1P1}/users?limit=100&filter={STUDENTS}&sort=familyName",
    f"{V1P1}/enrollments?limit=100&offset=1000",
    f"{V1P1}/categories?fields=title",
)


@dataclass
class Client:
    """One connection, and what it has seen."""

    number: int
    sandbox: str
    server: Server
    reads: list[float] = field(default_factory=list)
    """Latencies in ms; so are those of writes."""

    writes: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def run(self, until: float) -> None:
        """Write, read back, read pages; a fault is told of and does not end it."""
        self.connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=60)
        own, shared = f"{V1P1}/categories/own-{self.number}", f"{V1P1}/categories/shared"
        number = 0
        while time.perf_counter() < until:
            number += 1
            title = self.title(number)
            self.put(own, title)
            self.check(own, title)
            self.put(shared, title)
            self.check(shared, None)
            for path in READS:
                self.ask("GET", path, None, self.reads)
        self.check(own, self.title(number))
        self.connection.close()

    def title(self, number: int) -> str:
        """Return a title all of whose parts tell of one write."""
        return " ".join([f"{self.number}.{number}"] * PARTS)

    def put(self, path: str, title: str) -> None:
        """Write a category."""
        self.ask("PUT", path, json.dumps({"category": {"title": title}}), self.writes)

    def check(self, path: str, title: str | None) -> None:
        """Read a category and find fault with it; without a title it may be anybody's, if it is whole."""
        body = self.ask("GET", path, None, self.reads)
        found = json.loads(body)["category"]["title"] if body else ""
        if title is not None and found != title:
            self.faults.append(f"lost: {path} has {found[:20]!r}, not {title[:20]!r}")
        if len(set(found.split())) != 1 or len(found.split()) != PARTS:
            self.faults.append(f"torn: {path} has {found!r}")

    def ask(self, method: str, path: str, body: str | None, took: list[float]) -> bytes:
        """Ask over the one connection, and note how long it took in ms."""
        headers = self.server.headers | ({"Content-Type": "application/json"} if body else {})
        began = time.perf_counter()
        self.connection.request(method, f"/sandboxes/{self.sandbox}{path}", body, headers)
        answer = self.connection.getresponse()
        said = answer.read()
        took.append((time.perf_counter() - began) * 1000)
        if answer.status not in {200, 201}:
            self.faults.append(f"{method} {path}: {answer.status} {said[:200]!r}")
            return b""
        return said


def main() -> int:
    """Run the clients and print what they saw; 1 if anything was wrong."""
    arguments = _arguments()
    with TemporaryDirectory() as name, mockroster(Path(name)) as (server, _):
        until = time.perf_counter() + arguments.seconds
        clients = [Client(one, f"mixed-{one % arguments.sandboxes}", server) for one in range(arguments.connections)]
        threads = [Thread(target=client.run, args=(until,)) for client in clients]
        for thread in threads:
            thread.start()
        memory = [server.resident()]
        while (left := until - time.perf_counter()) > 0:
            time.sleep(min(left, arguments.seconds / 10))
            memory.append(server.resident())
        for thread in threads:
            thread.join()
    return _told(arguments, clients, memory)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--sandboxes", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    return parser.parse_args()


def _told(arguments: argparse.Namespace, clients: list[Client], memory: list[float]) -> int:
    print(f"{arguments.connections} connections, {arguments.sandboxes} sandboxes, {arguments.seconds} s")
    for title, took in (
        ("reads", [one for client in clients for one in client.reads]),
        ("writes", [one for client in clients for one in client.writes]),
    ):
        cuts = quantiles(took, n=100)
        print(
            f"{title:<8}{len(took):>9,}   median {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, at most {max(took):.1f} ms"
        )
    print("resident memory, a tenth of the time apart: " + ", ".join(f"{one:.0f}" for one in memory) + " MB")
    faults = [fault for client in clients for fault in client.faults]
    print(f"faults: {len(faults)}", *faults[:10], sep="\n  ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
