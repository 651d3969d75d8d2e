"""Pairs of scenarios with random aims: no 5xx that no scenario ordered, no error in the log, and nothing hangs.

``make soak-aims`` tries 500 pairs, and the tests a few. A pair is drawn from its number, so that a failure is repeated
by ``--first NUMBER --pairs 1``.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from caller import Caller, quick
from conftest import BASE, NOW

from mockroster import Server
from mockroster.scenarios.aim import METHODS
from mockroster.scenarios.catalogue import scenarios
from mockroster.scenarios.spec import canonical

PATHS = (
    *("/users", "/users/*", "/orgs", "/classes/*", "*/v1p1/*", "*", "/lineItems/*", "/oauth2/token", "*/token"),
    *("/nothing", "/categories/probe|/users", "/demographics", "/api/*"),
)
QUERIES = ("limit=", "filter=", "offset=3", "role='student'", "sort=")
CLIENTS = ("mockroster", "nightly", "scenario|mockroster")
EVERY_NTH = 3
"""Each pair gets a third of the probes, in order."""


def aim(random: Random) -> str:
    """Return a random aim, with ``@``, or nothing."""
    keys = {
        "path": random.choice(PATHS),
        "method": "|".join([*random.sample(METHODS, 2), "GET"]),
        "query": random.choice(QUERIES),
        "client": random.choice(CLIENTS),
        "after": str(random.randrange(3)),
        "every": str(random.randint(1, 3)),
        "times": str(random.randint(1, 3)),
        "rate": str(round(random.random(), 2)),
    }
    chosen = random.sample(sorted(keys), random.randrange(5))
    return "@" + ",".join(f"{key}={keys[key]}" for key in chosen) if chosen else ""


def pair(number: int) -> tuple[str, str]:
    """Return the pair of a number."""
    random = Random(number)
    names = random.sample(sorted(scenarios()), 2)
    first, second = (quick(scenarios()[name]) + aim(random) for name in names)
    return first, second


@contextmanager
def errors() -> Iterator[list[str]]:
    """Collect what mockroster logs as an error."""
    found: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    collector = Collector(logging.ERROR)
    logging.getLogger("mockroster").addHandler(collector)
    try:
        yield found
    finally:
        logging.getLogger("mockroster").removeHandler(collector)


def try_pair(caller: Caller, number: int) -> list[str]:
    """Send probes under a pair, and return what went wrong."""
    specs, box = pair(number), f"/sandboxes/pair-{number}"
    caller.use(box, *specs)
    faults = []
    with errors() as logged:
        for probe in caller.probes[number % EVERY_NTH :: EVERY_NTH]:
            began = time.monotonic()
            answer = caller.send(probe, box)
            if answer.status >= 500 and not answer.names:
                faults.append(f"{probe.method} {probe.path}: {answer.status} {answer.text[:200]}")
            if "its log says where" in answer.text:
                faults.append(f"{probe.method} {probe.path}: {answer.text[:200]}")
            if answer.status == 0 and not answer.names:
                faults.append(f"{probe.method} {probe.path}: no answer, and no scenario named")
            if time.monotonic() - began > caller.TIMEOUT:
                faults.append(f"{probe.method} {probe.path}: no answer in time")
    caller.drop(box)
    return [f"pair {number}, {'; '.join(canonical(specs))}: {fault}" for fault in [*faults, *logged]]


def soak(pairs: int, first: int = 0) -> list[str]:
    """Try pairs, and return what went wrong."""
    with Server(students=24, now=NOW) as server:
        caller = Caller(server)
        return [fault for number in range(first, first + pairs) for fault in try_pair(caller, number)]


def main() -> None:
    """Try the pairs of the command line; exit with 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    faults = soak(options.pairs, options.first)
    print("\n".join(faults) or f"{options.pairs} pairs of scenarios with random aims: nothing went wrong below {BASE}")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
