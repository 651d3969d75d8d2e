"""``make soak-verdict``: judge toy clients whose requests three servers with one store answer by turns.

Each client of the tests plays once with one server in memory and once with the three, and the outcome of every rule
must be the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from typing import Any
from unittest import mock

from independent_clients import base, copies, models, refusals, unusual, walking
from independent_clients.judging import Results, judge
from movable_time import movable_time
from redis_server import running

from mockroster import Server
from mockroster.client.http import Answer, ask

PAIRS = (*walking.CASES, *refusals.CASES, *copies.CASES, models.CASE)
PLAYED = [(case, client) for case in PAIRS for client in (case.good, case.bad)] + [
    (each.case, each.case.good) for each in unusual.CASES
]


@contextmanager
def three_servers() -> Iterator[Server]:
    """Start three servers with one store, and send each request of a toy client to the next of them."""
    with ExitStack() as stack:
        url = stack.enter_context(running()).url()
        servers = [stack.enter_context(Server(students=230, seed=7, store=url)) for _ in range(3)]
        first, addresses = servers[0], cycle([server.address for server in servers])

        def ask_next(url: str, *arguments: Any) -> Answer:
            return ask(url.replace(first.address, next(addresses)), *arguments)

        stack.enter_context(mock.patch.object(base, "ask", ask_next))
        yield first


def outcomes(results: Results) -> dict[str, str]:
    """Return the outcome of each rule."""
    return {name: rule["outcome"] for name, rule in results.items()}


def main() -> None:
    """Play every client twice."""
    argparse.ArgumentParser(prog="soak-verdict", description=__doc__).parse_args()
    began, failed = time.monotonic(), 0
    with movable_time() as moved:
        with Server(students=230, seed=7) as server:
            alone = [outcomes(judge(server, moved, case, client)) for case, client in PLAYED]
        with three_servers() as server:
            shared = [outcomes(judge(server, moved, case, client)) for case, client in PLAYED]
    for (case, client), one, three in zip(PLAYED, alone, shared, strict=True):
        if one != three:
            failed += 1
            differing = {name: (one[name], three[name]) for name in one if one[name] != three[name]}
            print(f"{case}, {client.__name__}: {differing}")
    seconds = time.monotonic() - began
    print(f"soak-verdict: {len(PLAYED)} clients played twice, {failed} with another verdict, {seconds:.0f} s")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
