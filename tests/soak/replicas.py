"""``make soak-replicas``: kill servers of one store at random under load, and find lost or torn writes.

Each thread has records of its own, writes them through any server and reads them through any other. It knows what a
record may be: what was acknowledged last, or what was sent since by a write that was cut. Bulk writes are whole or not
there. The only errors are cut connections and refused ones, of a server that was killed just now.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread
from typing import Any

from conftest import BASE, command, plain_environment
from redis_server import free_port, running

from mockroster.ready import wait

SERVERS = 3
THREADS = 6
RECORDS = 20
"""The records of each thread."""

BULK = 10
"""The records of a bulk write."""

LEAST_KILLS = 2
"""The kills on a machine that is too busy for more."""

CUT_SECONDS = 1.0
"""How long after the new server serves an error may still be of a request to the one that was killed."""

Json = dict[str, Any]


@dataclass
class Replica:
    """A server on a port of its own, started again after each kill."""

    port: int
    arguments: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    serves_since: float | None = None

    @property
    def url(self) -> str:
        """Return its URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it serves."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command("serve", "--port", str(self.port), *self.arguments),
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=plain_environment(),
            )
        if wait(self.url, 60) is None:
            raise AssertionError(f"the server does not start: {self.log.read_text()[-2000:]}")
        self.serves_since = time.monotonic()

    def kill(self) -> None:
        """End it by SIGKILL."""
        if self.process is not None:
            self.serves_since = None
            self.process.kill()
            self.process.wait()
            self.process = None

    def replace(self) -> None:
        """Kill it and start another one in its place."""
        self.kill()
        self.start()

    def send(self, method: str, path: str, document: Json | None = None) -> tuple[int, Json]:
        """Return status and document of the answer to a request."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            body = None if document is None else json.dumps(document)
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else {}
        finally:
            connection.close()


@dataclass
class Soak:
    """The load, and what it has found."""

    replicas: list[Replica]
    seconds: float
    pause: float
    """Seconds between two kills."""

    steps: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    kills: int = 0
    _ended: Event = field(default_factory=Event)

    def run(self) -> None:
        """Run load and kills for the time, then compare the servers."""
        workers = [Worker(self, number) for number in range(THREADS)]
        threads = [Thread(target=worker.run) for worker in workers]
        for thread in threads:
            thread.start()
        draw, end = random.Random(0), time.monotonic() + self.seconds
        while time.monotonic() < end or self.kills < LEAST_KILLS:
            self._ended.wait(self.pause)
            draw.choice(self.replicas).replace()
            self.kills += 1
        self._ended.set()
        for thread in threads:
            thread.join()
        for worker in workers:
            worker.check(self.replicas)
        self._check_batches()
        exports = [replica.send("GET", "/__admin/export?format=json")[1] for replica in self.replicas]
        if any(export != exports[0] for export in exports):
            self.faults.append("the servers do not hold the same records")

    @property
    def is_over(self) -> bool:
        """Return whether the load is to end."""
        return self._ended.is_set()

    def _check_batches(self) -> None:
        """Look for a bulk write of which only a part is in the log."""
        position: int | None = 0
        while position is not None:
            _, page = self.replicas[0].send("GET", f"/__admin/changes?since={position}&limit=1000")
            found = Counter(change["revision"] for change in page["changes"] if change["sourcedId"].startswith("bulk-"))
            self.faults += [f"batch {revision} has {n} records" for revision, n in found.items() if n != BULK]
            position = page.get("next")


class Worker:
    """One thread of the load."""

    def __init__(self, soak: Soak, number: int) -> None:
        self._soak = soak
        self._number = number
        self._draw = random.Random(number)
        self._steps = 0
        self._possible: dict[str, set[str | None]] = {f"r{number}-{index}": {None} for index in range(RECORDS)}
        """What each record may be: titles, or ``None`` if it does not exist."""

        self._bulk: set[str] = set()
        """The bulk writes that were acknowledged."""

    def run(self) -> None:
        """Send requests until the end."""
        try:
            while not self._soak.is_over:
                step = self._draw.choices((self.write, self.delete, self.read, self.write_many), (50, 5, 40, 5))[0]
                replica = self._draw.choice(self._soak.replicas)
                self._steps += 1
                try:
                    step(replica)
                except (OSError, HTTPException) as error:
                    self._cut(replica, error)
                else:
                    self._soak.steps[step.__name__] += 1
        except Exception as error:  # noqa: BLE001 # reported by the soak
            self._soak.faults.append(f"a thread ended: {error!r}")

    def _cut(self, replica: Replica, error: Exception) -> None:
        self._soak.steps["cut"] += 1
        since = replica.serves_since
        if since is not None and time.monotonic() - since > CUT_SECONDS:
            self._soak.faults.append(f"cut without a kill: {error!r}")
        self._soak._ended.wait(0.01)

    def write(self, replica: Replica) -> None:
        """Write a record."""
        name = self._draw.choice([*self._possible])
        title = f"{self._number}.{self._steps}"
        possible = self._possible[name]
        possible.add(title)
        self._expect(replica, "PUT", f"{BASE}/categories/{name}", {200, 201}, {"category": {"title": title}})
        self._possible[name] = {title}

    def delete(self, replica: Replica) -> None:
        """Delete a record that may exist."""
        name = self._draw.choice([*self._possible])
        self._possible[name].add(None)
        status = self._expect(replica, "DELETE", f"{BASE}/categories/{name}", {204, 404})[0]
        if status == 404 and None not in self._possible[name]:
            self._soak.faults.append(f"{name} is lost")
        self._possible[name] = {None}

    def read(self, replica: Replica) -> None:
        """Read a record, which must be one of what it may be; then it is known."""
        name = self._draw.choice([*self._possible])
        status, document = self._expect(replica, "GET", f"{BASE}/categories/{name}", {200, 404})
        found = document["category"]["title"] if status == 200 else None
        if found not in self._possible[name]:
            self._soak.faults.append(f"{name} is {found}, not one of {self._possible[name]}")
        # A write that was cut may still be on its way: what it sent stays possible.

    def write_many(self, replica: Replica) -> None:
        """Write several records in one batch."""
        bulk = f"bulk-{self._number}-{self._steps}"
        records = [{"sourcedId": f"{bulk}-{index}", "title": bulk} for index in range(BULK)]
        self._expect(replica, "POST", "/__admin/records", {200, 201}, {"categories": records})
        self._bulk.add(bulk)

    def check(self, replicas: list[Replica]) -> None:
        """Look through each server for all that was acknowledged."""
        for replica in replicas:
            _, document = replica.send("GET", f"{BASE}/categories?limit=1000000")
            titles = {row["sourcedId"]: row["title"] for row in document["categories"]}
            for name, possible in self._possible.items():
                if titles.get(name) not in possible:
                    self._soak.faults.append(f"{name} is {titles.get(name)} in the end, not one of {possible}")
            for bulk in self._bulk:
                if not all(f"{bulk}-{index}" in titles for index in range(BULK)):
                    self._soak.faults.append(f"{bulk} is not there in the end")

    def _expect(
        self, replica: Replica, method: str, path: str, statuses: set[int], document: Json | None = None
    ) -> tuple[int, Json]:
        status, answer = replica.send(method, path, document)
        if status not in statuses:
            self._soak.faults.append(f"{method} {path}: {status} {answer}")
        return status, answer


@contextmanager
def servers(number: int, folder: Path) -> Iterator[list[Replica]]:
    """Run several servers on one store."""
    with ExitStack() as stack:
        store = stack.enter_context(running())
        arguments = ["--students", "5", "--no-auth", "--store", store.url("soak-"), "--wait-for-store", "10s"]
        replicas = [Replica(free_port(), arguments, folder / f"{place}.log") for place in range(number)]
        for replica in replicas:
            stack.callback(replica.kill)
            replica.start()
        yield replicas


def soak(seconds: float, pause: float) -> Soak:
    """Run it all."""
    with tempfile.TemporaryDirectory() as folder, servers(SERVERS, Path(folder)) as replicas:
        found = Soak(replicas, seconds, pause)
        found.run()
        for replica in replicas:
            if "Traceback" in replica.log.read_text():
                found.faults.append(f"a traceback in the log of a server: {replica.log.read_text()[-3000:]}")
    return found


def main() -> None:
    """Run it and print the findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pause", type=float, default=5, help="seconds between two kills")
    given = parser.parse_args()
    found = soak(given.seconds, given.pause)
    print(f"{found.kills} kills; " + ", ".join(f"{count:,} {step}" for step, count in sorted(found.steps.items())))
    for fault in found.faults[:20]:
        print(f"FAULT {fault}")
    sys.exit(bool(found.faults))


if __name__ == "__main__":
    main()
