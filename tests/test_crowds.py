"""Hundreds of clients that wait hold up nobody: everybody else is answered, and nothing is left of them."""

from __future__ import annotations

import json
import os
import resource
import select
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, Served, served
from patience import PATIENCE, at_most
from wire.case import LIVE, ROOT, get, length, put, request
from wire.connection import Connection

HALF = put("half", "Content-Length: 100", body=b"{}")

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")


@pytest.fixture
def alone() -> Iterator[Served]:
    """Return a server that only this test uses."""
    with served("--students", "5", "--no-auth", "--now", NOW.isoformat()) as running_:
        yield running_


@pytest.fixture(scope="module")
def crowded() -> Iterator[Served]:
    """Return a server that gets one crowd after the other, and must end well after them."""
    with served("--students", "5", "--no-auth", "--now", NOW.isoformat()) as running_:
        yield running_
        code, _, err = running_.end()
    assert code == 0
    assert "Traceback" not in err


def files(server: Served) -> int:
    """Return how many files a server has open."""
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))  # noqa: PTH208 # as cheap as can be


def eventually(condition: Callable[[], bool], server: Served) -> bool:
    """Return whether a condition comes true within 10 seconds, asking the server again and again."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if condition():
            return True
        server.ask("GET", "/livez")
    return False


@contextmanager
def crowd(server: Served, number: int, sent: bytes) -> Iterator[list[Connection]]:
    """Open connections and send the same bytes on each."""
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(server.address)) for _ in range(number)]
        for connection in connections:
            connection.send(sent)
        yield connections


def took(server: Served, path: str = "/livez") -> float:
    """Return the seconds that the slowest of ten requests took; each must be 200."""
    slowest = 0.0
    for _ in range(10):
        began = time.monotonic()
        status, _, _ = server.ask("GET", path)
        assert status == 200
        slowest = max(slowest, time.monotonic() - began)
    return slowest


COUNT = b'{"path": "/late", "wait": "60s"}'
ADMIN = "/sandboxes/mine/__admin"

WAITING = {
    "long polls": request(f"{ADMIN}/requests/count", length(COUNT), method="POST", body=COUNT, host="localhost"),
    "streams": request(f"{ADMIN}/stream", host="localhost"),
    "half bodies": HALF,
    "half heads": LIVE[:20],
    "slow": request(f"/scenarios/slow:ms=600000{ROOT}/orgs?limit=1"),
    "drip": request(f"/scenarios/drip:bytes=1,ms=600000{ROOT}/orgs?limit=1"),
    "stalled-body": request(f"/scenarios/stalled-body:ms=600000{ROOT}/orgs?limit=1"),
    "slow by header": get("/orgs?limit=1", "X-Mockroster-Scenario: slow:ms=600000"),
    "slow behind others": LIVE + request(f"/scenarios/slow:ms=600000{ROOT}/orgs?limit=1") + LIVE,
}


@needs_proc
@pytest.mark.parametrize("kind", WAITING)
def test_300_that_wait(crowded: Served, kind: str) -> None:
    """They hold up nobody, need no thread each, and are forgotten when they go."""
    server_files = files(crowded)
    task = Path(f"/proc/{crowded.process.pid}/task")

    with crowd(crowded, 300, WAITING[kind]):
        assert eventually(lambda: files(crowded) >= server_files + 300, crowded)
        livez, page = took(crowded), took(crowded, f"{ROOT}/orgs?limit=1")
        threads = len(list(task.iterdir()))

    assert eventually(lambda: files(crowded) <= server_files + 2, crowded)
    assert max(livez, page) < at_most(1)
    assert threads < 40


@needs_proc
@pytest.mark.parametrize("kind", ["slow", "stalled-body"])
def test_waiting_requests_are_journaled_when_their_client_goes(alone: Served, kind: str) -> None:
    """A request whose client has gone is in the journal all the same."""
    server_files = files(alone)
    sent = WAITING[kind].replace(b"/scenarios", b"/sandboxes/gone/scenarios")

    with crowd(alone, 3, sent):
        assert eventually(lambda: files(alone) >= server_files + 3, alone)

    def journal() -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = json.loads(alone.ask("GET", "/sandboxes/gone/__admin/requests")[2])["requests"]
        return entries

    assert eventually(lambda: len(journal()) == 3, alone)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are set on Linux only")
def test_no_file_descriptors_left(alone: Served) -> None:
    """A server that can open no more files serves on when there are some again, without a traceback."""
    alone.ask("GET", "/livez")
    resource.prlimit(alone.process.pid, resource.RLIMIT_NOFILE, (40, 40))

    with crowd(alone, 100, LIVE) as connections:
        first = connections[0].answer()

    assert first is not None
    assert alone.ask("GET", "/livez")[0] == 200
    code, _, err = alone.end()
    assert code == 0
    assert "Traceback" not in err
    assert len(err.splitlines()) < 1000


def test_long_work_holds_up_nobody(alone: Served) -> None:
    """While a large sandbox is made, others are answered before it is there."""
    body = json.dumps({"name": "large", "students": 30_000, "seed": 9}).encode()
    kind = "Content-Type: application/json"

    with Connection(alone.address) as maker:
        maker.send(request("/__admin/sandboxes", kind, length(body), method="POST", host="localhost", body=body))
        statuses = [alone.ask("GET", path)[0] for path in ("/livez", f"{ROOT}/orgs?limit=1", "/readyz")]
        is_made = bool(select.select([maker.socket], [], [], 0)[0])

    assert statuses == [200, 200, 200]
    assert not is_made
