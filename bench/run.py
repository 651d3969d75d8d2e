"""``make bench``: what a page costs beside a bare Flask application and other mock servers, start, memory, growth.

Bare Flask runs twice: on our own server, which tells what we add to Flask, and on granian, which is a fixed yardstick:
it stays the same when our server changes.

All servers run at the same time and are driven in turn, several rounds, so that what else the machine does hits all
alike; a cell is the median of the rounds. Numbers of a busy machine are rough; the ratios keep better.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from cases import Case, cases
from driving import Drive, Driven
from growth import grown, print_growth
from picture import picture
from serving import BARE, ON_GRANIAN, PEERS, V1P1, Server, bare, json_server, mockroster, prism

Rounds = dict[str, dict[str, list[Driven]]]
"""By case and server: what came of each round."""


def main() -> int:
    """Run everything and print the tables."""
    arguments = _arguments()
    if shutil.which("wrk") is None:
        sys.stderr.write("bench: wrk is not installed (on Debian and Ubuntu: apt-get install wrk)\n")
        return 1
    print(f"{platform.machine()}, {_processor()}, Python {platform.python_version()}\n")
    with TemporaryDirectory() as name:
        folder = Path(name)
        rates = _throughput(arguments, folder)
        print()
        _print_start(arguments, folder)
        growth = [grown(folder, students) for students in arguments.students]
        print_growth(growth)
    if arguments.picture:
        shown = {title: (median(one.rate for one in its["mockroster"]), _by_cpu(its)) for title, its in rates.items()}
        arguments.picture.write_text(picture(shown, growth))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1, help="of each measurement")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--students", type=int, nargs="*", default=[1000, 10_000, 100_000], help="sizes to grow to")
    parser.add_argument("--picture", type=Path, help="an SVG file to draw the tables in")
    return parser.parse_args()


def _processor() -> str:
    rows = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [row.partition(":")[2].strip() for row in rows if row.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def _throughput(arguments: argparse.Namespace, folder: Path) -> Rounds:
    drive = Drive(arguments.connections, arguments.seconds, folder)
    rates: Rounds = defaultdict(lambda: defaultdict(list))
    with ExitStack() as stack:
        ours, _ = stack.enter_context(mockroster(folder))
        asked = cases(ours)
        idle = ours.resident()
        walks = [_walked(ours) for _ in range(2)]
        bodies = _bodies(folder, ours, asked)
        flasks = [stack.enter_context(bare(name, bodies)) for name in (BARE, ON_GRANIAN)]
        for flask in flasks:
            flask.headers = ours.headers
        servers = [ours, *flasks, *_peers(stack, folder, ours)]
        for _ in range(arguments.rounds):
            for case in asked:
                for server in servers:
                    path = _path(case, server)
                    if path:
                        rates[case.title][server.name].append(drive.run(server, case, path))
        _print_rates(rates, servers)
        print(f"\nresident memory: {idle:.0f} MB idle, {ours.peak():.0f} MB at most while it was driven")
        print(
            f"a page of 100 users in a walk through all: {walks[0]:.1f} ms the first time, {walks[1]:.1f} ms the second"
        )
        print(f"reset after a write: {_reset(ours):.1f} ms (median of 20, over HTTP)")
    return rates


def _path(case: Case, server: Server) -> str | None:
    if server.name == "mockroster":
        return case.path
    return f"/{case.name}" if server.name in {BARE, ON_GRANIAN} else case.peers.get(server.name)


def _bodies(folder: Path, ours: Server, asked: list[Case]) -> Path:
    """Return a folder with a body for each case, of the size that ours has."""
    bodies = folder / "bodies"
    bodies.mkdir()
    for case in asked:
        headers = {"Content-Type": case.kind} if case.body else {}
        _, body = ours.ask(case.method, case.path, case.body or None, **headers)
        (bodies / case.name).write_bytes(body)
    return bodies


def _peers(stack: ExitStack, folder: Path, ours: Server) -> list[Server]:
    """Return the servers of others, where they are installed."""
    found = []
    if (PEERS / "prism").exists():
        (folder / "openapi.json").write_bytes(ours.get("/openapi/v1p1.json"))
        found.append(stack.enter_context(prism(folder / "openapi.json")))
    if (PEERS / "json-server").exists():
        users = json.loads(ours.get(f"{V1P1}/users?limit=100000"))
        (folder / "db.json").write_text(json.dumps(users))
        found.append(stack.enter_context(json_server(folder / "db.json")))
    return found


def _print_rates(rounds: Rounds, servers: list[Server]) -> None:
    names = [server.name for server in servers]
    titles = "".join(f"{name:>13}" for name in names)
    shares = f"{'of bare':>9}{'by CPU':>8}{'of granian':>12}{'by CPU':>8}"
    print(f"{'requests a second':<24}{titles}{shares}{'us CPU':>8}{'p99 ms':>8}")
    for title, its in rounds.items():
        rates = {name: median(one.rate for one in its[name]) for name in names if name in its}
        cells = "".join(f"{rates[name]:>13,.0f}" if name in rates else f"{'':>13}" for name in names)
        cpu, p99 = median(one.cpu for one in its["mockroster"]), median(one.p99 for one in its["mockroster"])
        own, granian = (rates["mockroster"] / rates[name] for name in (BARE, ON_GRANIAN))
        shares = f"{own:>9.2f}{_by_cpu(its):>8.2f}{granian:>12.2f}{_by_cpu(its, ON_GRANIAN):>8.2f}"
        print(f"{title:<24}{cells}{shares}{cpu:>8.0f}{p99:>8.1f}")


def _by_cpu(its: dict[str, list[Driven]], yardstick: str = BARE) -> float:
    """Return how many of our requests take the CPU time of one of a yardstick's."""
    return median(one.cpu for one in its[yardstick]) / median(one.cpu for one in its["mockroster"])


def _walked(server: Server) -> float:
    """Return how many ms a page took on a walk through all users; the first time, records are validated."""
    total = json.loads(server.get("/readyz"))["counts"]["users"]
    places = range(0, total, 100)
    began = time.perf_counter()
    for place in places:
        server.get(f"{V1P1}/users?limit=100&offset={place}")
    return (time.perf_counter() - began) * 1000 / len(places)


def _reset(server: Server) -> float:
    """Return how many ms a reset takes."""
    took = []
    for _ in range(20):
        server.ask(
            "PUT", "/__admin/records/categories/bench", '{"title": "Bench"}', **{"Content-Type": "application/json"}
        )
        began = time.perf_counter()
        server.ask("POST", "/__admin/reset")
        took.append((time.perf_counter() - began) * 1000)
    return median(took)


def _print_start(arguments: argparse.Namespace, folder: Path) -> None:
    for title, flags in (("default district", ()), ("roster only", ("--profile", "roster-only"))):
        starts = []
        for _ in range(arguments.starts):
            with mockroster(folder, *flags) as (server, seconds):
                starts.append((seconds, server.cpu()))
        if starts:
            took, used = (median(figures) for figures in zip(*starts, strict=True))
            listed = ", ".join(f"{one:.2f}" for one, _ in sorted(starts))
            print(f"cold start to the first 200, {title}: {took:.2f} s, {used:.2f} s of CPU (median of {listed})")


if __name__ == "__main__":
    sys.exit(main())
