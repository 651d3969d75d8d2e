"""``make soak-sandboxes``: threads write, snapshot, restore and reset many sandboxes, then one record a million times.

Each write sets two records of a sandbox to the same value, which names the sandbox. So a reader sees whether a batch is
torn, and whether sandboxes meet; and the log of each sandbox must have every write that was acknowledged.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from states import restarted

from mockroster.errors import HistoryTruncated, UnknownObject
from mockroster.http.app import create_app
from mockroster.roster.commit import Put, by_clock, commit
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import Roster
from mockroster.sandbox.records import Author, LoggedOverlay
from mockroster.sandbox.registry import Sandboxes
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.changes import fold
from mockroster.state.values import Limits

STAMP = "2026-01-01T00:00:00.000Z"
PAIR = ("p0", "p1")
CLIENT = Author("client", "soak")


def empty_sandboxes(limits: Limits | None = None) -> Sandboxes:
    """Return the sandboxes of a server without records."""
    app = create_app(students=1)
    return restarted(app.sandboxes.default, limits, roster=Roster.of({}))


@dataclass
class Soak:
    """The traffic, and what it has found."""

    sandboxes: list[Sandbox]
    seconds: float
    acknowledged: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def run(self, threads: int) -> None:
        """Send the traffic from some threads, then check each sandbox."""
        with ThreadPoolExecutor(threads) as pool:
            for done in [pool.submit(self._work, number) for number in range(threads)]:
                acknowledged, steps = done.result()
                self.acknowledged += acknowledged
                self.steps += steps
        for sandbox in self.sandboxes:
            self._check_log(sandbox)

    def _work(self, number: int) -> tuple[Counter[str], Counter[str]]:
        draw = random.Random(number)
        acknowledged: Counter[str] = Counter()
        steps: Counter[str] = Counter()
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            sandbox = draw.choice(self.sandboxes)
            step = draw.choices(("write", "read", "save", "restore", "reset"), (60, 30, 4, 4, 2))[0]
            steps[step] += 1
            if step == "write":
                self._write(sandbox)
                acknowledged[sandbox.name] += 1
            elif step == "read":
                self._read(sandbox)
            elif step == "save":
                sandbox.state.snapshots.save("s", sandbox.clock.now())
            elif step == "restore":
                self._restore(sandbox)
            else:
                sandbox.reset()
        return acknowledged, steps

    def _write(self, sandbox: Sandbox) -> None:
        title = f"{sandbox.name}/{next(self._numbers)}"

        def write(overlay: Overlay, now: datetime) -> None:
            rows = [Record(sourcedId=name, status="active", dateLastModified=STAMP, title=title) for name in PAIR]
            commit(overlay, [Put("categories", row, by_clock) for row in rows], now)

        sandbox.run(CLIENT, write)

    def _restore(self, sandbox: Sandbox) -> None:
        try:
            sandbox.restore("s")
        except UnknownObject:
            self.steps["restore of nothing"] += 1

    def _read(self, sandbox: Sandbox) -> None:
        titles = {record["title"] for record in sandbox.overlay.records("categories")}
        if len(titles) > 1:
            self.faults.append(f"{sandbox.name}: torn: {sorted(titles)}")
        if any(title.partition("/")[0] != sandbox.name for title in titles):
            self.faults.append(f"{sandbox.name}: crossed: {sorted(titles)}")

    def _check_log(self, sandbox: Sandbox) -> None:
        batches = sandbox.state.log.read(0, sys.maxsize)
        if [batch.revision for batch in batches] != list(range(1, sandbox.state.head().revision + 1)):
            self.faults.append(f"{sandbox.name}: revisions are missing")
        written = sum(batch.cause == "client" for batch in batches)
        if written != self.acknowledged[sandbox.name]:
            self.faults.append(f"{sandbox.name}: {self.acknowledged[sandbox.name]} writes, {written} in the log")
        if fold(batches) != sandbox.state.log.checkpoint().content:
            self.faults.append(f"{sandbox.name}: the log does not lead to the content")
        folded = LoggedOverlay(sandbox.start.roster, sandbox.state)
        if folded.records("categories") != sandbox.overlay.records("categories"):
            self.faults.append(f"{sandbox.name}: the records are not those of the state")


def soak(threads: int, number: int, seconds: float) -> Soak:
    """Return what traffic on a number of sandboxes has found."""
    sandboxes = empty_sandboxes()
    traffic = Soak([sandboxes.get(f"s{each}") for each in range(number)], seconds)
    traffic.run(threads)
    return traffic


def rewrite(times: int, limits: Limits | None = None) -> tuple[Sandbox, int]:
    """Write one record many times; return its sandbox, and by how many bytes the process grew after a tenth of them."""
    sandbox = empty_sandboxes(limits).default
    before = 0
    for number in range(times):
        row = Record(sourcedId="c", status="active", dateLastModified=STAMP, title=f"{number}")
        sandbox.run(CLIENT, lambda overlay, now, row=row: commit(overlay, [Put("categories", row, by_clock)], now))
        if number == times // 10:
            before = _peak()
    return sandbox, _peak() - before


def oldest(sandbox: Sandbox) -> int | None:
    """Return the oldest revision kept, ``None`` where all are."""
    try:
        sandbox.state.log.read(0, 1)
    except HistoryTruncated as error:
        return error.oldest
    return None


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> int:
    """Run both, print what they found, and return the exit code."""
    parser = argparse.ArgumentParser(prog="soak-sandboxes", description=__doc__)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--sandboxes", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rewrites", type=int, default=1_000_000)
    given = parser.parse_args()
    found = soak(given.threads, given.sandboxes, given.seconds)
    print(f"{sum(found.acknowledged.values()):,} writes; {dict(found.steps)}")
    print("\n".join(found.faults) or "nothing lost, torn or crossed")
    began = time.monotonic()
    sandbox, growth = rewrite(given.rewrites)
    seconds = time.monotonic() - began
    print(f"{given.rewrites:,} rewrites in {seconds:.0f} s; the oldest revision kept is {oldest(sandbox)}; ", end="")
    print(f"the peak of memory grew by {growth / 2**20:.0f} MB after the first tenth")
    return 1 if found.faults or oldest(sandbox) is None else 0


if __name__ == "__main__":
    sys.exit(main())
