"""``make bench``: throughput beside a bare Flask application, cold start and memory.

Both servers run at the same time and are driven in turn, several rounds, so that what else the machine does hits both
alike; a cell is the median of the rounds. Numbers of a busy machine are rough; the ratios keep better.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

BASE = "/ims/oneroster/v1p1"
HERE = Path(__file__).parent
SERVE = (str(Path(sys.executable).with_name("mockroster")), "serve", "--port", "0")


@dataclass(frozen=True, slots=True)
class Case:
    """One read that is measured, and the bare body that it is measured against."""

    title: str
    path: str
    bare: str


def main() -> int:
    """Run everything and print a table."""
    arguments = _arguments()
    if shutil.which("wrk") is None:
        sys.stderr.write("bench: wrk is not installed (on Debian and Ubuntu: apt-get install wrk)\n")
        return 1
    with TemporaryDirectory() as name:
        folder = Path(name)
        starts = [_cold_start(folder) for _ in range(arguments.starts)]
        with _mockroster(folder) as (process, url):
            token = _token(url)
            cases = _cases(url, token)
            idle = _memory(process.pid)
            bodies = folder / "bodies"
            bodies.mkdir()
            (bodies / "many").write_bytes(_get(url + cases[0].path, token))
            (bodies / "one").write_bytes(_get(url + cases[1].path, token))
            with _bare(bodies) as bare:
                _print_throughput(arguments, cases, url, bare, token)
    print(f"\ncold start to the first 200: {median(starts):.2f} s (median of {len(starts)}: {_listed(starts)})")
    print(f"resident memory when idle: {idle}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--starts", type=int, default=5)
    return parser.parse_args()


def _cases(url: str, token: str) -> list[Case]:
    one = json.loads(_get(f"{url}{BASE}/users?offset=1000&limit=1", token))["users"][0]["sourcedId"]
    only = "filter=status%3D%27active%27%20AND%20role%3D%27student%27"
    return [
        Case("100 users", f"{BASE}/users?limit=100", "many"),
        Case("one user", f"{BASE}/users/{one}", "one"),
        Case("100 users, filtered", f"{BASE}/users?limit=100&{only}", "many"),
        Case("100 users, deep page", f"{BASE}/users?limit=100&offset=2000", "many"),
    ]


def _print_throughput(arguments: argparse.Namespace, cases: list[Case], url: str, bare: str, token: str) -> None:
    print(f"{'requests a second':<24}{'mockroster':>12}{'bare Flask':>12}{'ratio':>8}{'p99 ms':>9}")
    for case in cases:
        ours, bares, slowest = [], [], []
        for _ in range(arguments.rounds):
            rate, p99 = _wrk(arguments, url + case.path, token)
            ours.append(rate)
            slowest.append(p99)
            bares.append(_wrk(arguments, f"{bare}/{case.bare}", token)[0])
        print(
            f"{case.title:<24}{median(ours):>12,.0f}{median(bares):>12,.0f}"
            f"{median(ours) / median(bares):>8.2f}{median(slowest):>9.1f}",
            flush=True,
        )


def _wrk(arguments: argparse.Namespace, url: str, token: str) -> tuple[float, float]:
    """Return requests a second and the 99th percentile of latency in ms; an answer that is no 200 ends it all."""
    command = ["wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}s", "--latency"]
    said = subprocess.run(
        [*command, "-H", f"Authorization: Bearer {token}", url], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", said)
    if "Non-2xx" in said or rate is None or p99 is None:
        raise SystemExit(f"bench: {url}: {said}")
    return float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99[2]]


def _cold_start(folder: Path) -> float:
    began = time.perf_counter()
    with _mockroster(folder):
        return time.perf_counter() - began


@contextmanager
def _mockroster(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the product as users do, with its default district; the URL file is written with the first 200."""
    told = folder / "url"
    told.unlink(missing_ok=True)
    with _running([*SERVE, "--url-file", str(told)]) as process:
        while not told.exists():
            _pause(process)
        yield process, told.read_text().strip()


@contextmanager
def _bare(bodies: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    with _running([sys.executable, str(HERE / "bare.py"), str(port), str(bodies)]) as process:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            _pause(process)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _pause(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        raise SystemExit(f"bench: {process.args!r} ended with {process.returncode}")
    time.sleep(0.005)


def _get(url: str, token: str) -> bytes:
    with urlopen(Request(url, headers={"Authorization": f"Bearer {token}"}), timeout=5) as answer:
        return bytes(answer.read())


def _token(url: str) -> str:
    basic = b64encode(b"mockroster:mockroster-secret").decode()
    asked = Request(f"{url}/oauth2/token", b"grant_type=client_credentials", {"Authorization": f"Basic {basic}"})
    with urlopen(asked, timeout=5) as answer:
        return str(json.load(answer)["access_token"])


def _memory(supervisor: int) -> str:
    """Return the resident memory of the supervisor and its worker, where the system has /proc."""
    tasks = Path(f"/proc/{supervisor}/task/{supervisor}/children")
    if not tasks.exists():
        return "not known on this system"
    sizes = [_resident(pid) for pid in (supervisor, *map(int, tasks.read_text().split()))]
    return f"{sum(sizes):.0f} MB (supervisor and worker: {' + '.join(f'{size:.0f}' for size in sizes)})"


def _resident(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _listed(seconds: list[float]) -> str:
    return ", ".join(f"{one:.2f}" for one in sorted(seconds))


if __name__ == "__main__":
    sys.exit(main())
