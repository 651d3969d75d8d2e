"""Servers and their store in trouble: the store is away, slow or full, or a server is killed or replaced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from conftest import BASE, Served, command, plain_environment, served
from patience import PATIENCE, at_most
from redis_server import RedisServer, free_port, running
from slow_proxy import slow_proxy

pytestmark = pytest.mark.servers

Run = Callable[..., subprocess.CompletedProcess[str]]

GRADEBOOK = "/ims/oneroster/gradebook/v1p2"
DISTRICT = ("--students", "5", "--seed", "7", "--now", "2026-01-15T08:00:00Z")


@pytest.fixture(scope="module")
def store() -> Iterator[RedisServer]:
    """Return a store that the tests of this module share; each uses a prefix of its own."""
    with running() as server:
        yield server


@contextmanager
def replicas(url: str, number: int, *arguments: str) -> Iterator[list[Served]]:
    """Serve by several servers on one store."""
    with ExitStack() as stack:
        yield [stack.enter_context(replica(url, *arguments)) for _ in range(number)]


@contextmanager
def replica(url: str, *arguments: str) -> Iterator[Served]:
    """Serve by one of the servers of a store."""
    with served(*DISTRICT, "--no-auth", "--store", url, *arguments) as server:
        yield server


def put(server: Served, name: str, title: str) -> int:
    """Write a category, and return the status."""
    body = json.dumps({"category": {"title": title}}).encode()
    return server.ask("PUT", f"{BASE}/categories/{name}", body, Content_Type="application/json")[0]


def title(server: Served, name: str) -> str | None:
    """Return the title of a category, or ``None`` if there is no such category."""
    status, _, body = server.ask("GET", f"{BASE}/categories/{name}")
    if status == 404:
        return None
    assert status == 200, body
    found: str = json.loads(body)["category"]["title"]
    return found


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for a condition, and fail if it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a call returns, and its seconds."""
    began = time.monotonic()
    result = call()
    return result, time.monotonic() - began


# At the start.


@pytest.mark.parametrize("workers", ["1", "3"])
def test_no_store_at_the_start(run: Run, tmp_path: Path, workers: str) -> None:
    """A store that does not answer is a sentence and exit code 2, before records are made."""
    port = free_port()

    done, seconds = timed(
        lambda: run(
            *("serve", "--port", "0", "--students", "100000", "--store", f"redis://u:hidden@127.0.0.1:{port}/0"),
            *("--workers", workers, "--url-file", str(tmp_path / "url")),
        )
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert f"--store: the store redis://…@127.0.0.1:{port}/0 cannot be reached" in done.stderr
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr
    assert seconds < at_most(5)
    assert not (tmp_path / "url").exists()


def test_waiting_for_a_store() -> None:
    """With ``--wait-for-store`` a server waits for its store, says so once, and then serves."""
    port = free_port()
    line = command("serve", "--port", "0", "--students", "1", "--wait-for-store", "30s")
    process = subprocess.Popen(  # noqa: S603
        [*line, "--store", f"redis://127.0.0.1:{port}/0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=plain_environment(),
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        while "waiting for the store" not in process.stderr.readline():
            assert process.poll() is None
        with running(port):
            ready = process.stdout.readline()
            process.terminate()
            _, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)

    assert ready.startswith("mockroster ready at ")
    assert process.returncode == 0
    assert "waiting for" not in err


def test_waiting_in_vain(run: Run) -> None:
    """The wait has an end, which is exit code 2."""
    flags = ("--store", f"redis://127.0.0.1:{free_port()}", "--wait-for-store", "600ms")

    done, seconds = timed(lambda: run("serve", "--port", "0", "--students", "1", *flags))

    assert done.returncode == 2
    assert "cannot be reached" in done.stderr
    assert 0.6 <= seconds < PATIENCE


def test_a_wait_is_ended_by_a_signal() -> None:
    """A server that waits for a store can be stopped by a signal."""
    line = command("serve", "--port", "0", "--students", "1", "--wait-for-store", "1h")
    process = subprocess.Popen(  # noqa: S603
        [*line, "--store", f"redis://127.0.0.1:{free_port()}"],
        stderr=subprocess.PIPE,
        text=True,
        env=plain_environment(),
    )
    try:
        assert process.stderr is not None
        while "waiting for the store" not in process.stderr.readline():
            assert process.poll() is None
        process.terminate()
        code, seconds = timed(lambda: process.wait(PATIENCE))
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)

    assert code == 0
    assert seconds < at_most(2)


def test_client_library_that_is_not_installed(run: Run, tmp_path: Path) -> None:
    """Without the extra the sentence says how to install it."""
    (tmp_path / "redis.py").write_text("raise ModuleNotFoundError('No module named redis', name='redis')")

    done = run("serve", "--port", "0", "--store", "redis://localhost", PYTHONPATH=str(tmp_path))

    assert done.returncode == 2
    assert done.stderr == ('mockroster: --store: its client is not installed: pip install "mockroster[redis]"\n')


def test_a_password(tmp_path: Path) -> None:
    """The password of a store is in no output, no health check, no journal and no error."""
    password = "much-hidden-word"

    with running(0, "--requirepass", password) as guarded:
        url = f"redis://:{password}@127.0.0.1:{guarded.port}/0"
        with replica(url, "--workers", "2") as server:
            _, _, health = server.ask("GET", "/__admin/health")
            server.ask("GET", f"{BASE}/orgs?x={password}", Authorization=f"Bearer {password}")
            _, _, journal = server.ask("GET", "/__admin/requests")
            guarded.process.kill()
            guarded.process.wait(PATIENCE)
            _, _, error = server.ask("GET", f"{BASE}/orgs")
            _, out, err = server.end()

    del tmp_path
    assert json.loads(health)["store"] == f"redis://…@127.0.0.1:{guarded.port}/0"
    assert len(json.loads(journal)["requests"]) == 1
    assert f"redis://…@127.0.0.1:{guarded.port}/0" in err
    assert b"cannot be reached" in error
    for text in (health, journal, error, out.encode(), err.encode()):
        assert password.encode() not in text


@pytest.mark.parametrize("change", [("--seed", "8"), ("--students", "6"), ("--profile", "roster-only")])
def test_another_start_on_the_same_store(store: RedisServer, run: Run, change: tuple[str, str]) -> None:
    """A server that would begin with other records is refused, with what to do."""
    url = store.url()

    with replica(url):
        done = run("serve", "--port", "0", "--no-auth", "--store", url, *DISTRICT, *change)

    assert done.returncode == 2
    assert "--store" in done.stderr
    assert "prefix" in done.stderr
    assert "Traceback" not in done.stderr


# In the middle.


def check_refusals(server: Served) -> None:
    """Ask in every place, and check that each answer comes within 2 seconds and names the store."""
    places = [
        ("GET", f"{BASE}/orgs"),
        ("GET", f"{GRADEBOOK}/lineItems"),
        ("POST", "/oauth2/token"),
        ("GET", "/__admin/requests"),
        ("PUT", f"{BASE}/categories/lost"),
        ("GET", "/sandboxes/other/ims/oneroster/v1p1/orgs"),
        ("GET", "/readyz"),
    ]
    for method, path in places:
        body = b'{"category":{"title":"Lost"}}' if method == "PUT" else b"grant_type=client_credentials"
        kind = "application/json" if method == "PUT" else "application/x-www-form-urlencoded"
        (status, _, answer), seconds = timed(
            lambda method=method, path=path, body=body, kind=kind: server.ask(  # type: ignore[misc]
                method, path, None if method == "GET" else body, Content_Type=kind
            )
        )
        assert status == 503, (method, path, answer)
        assert b"the store redis://127.0.0.1:" in answer, (method, path, answer)
        assert seconds < at_most(2), (method, path)
    assert server.ask("GET", "/livez")[0] == 200


def test_store_that_ends(store: RedisServer) -> None:
    """While the store is away there are sentences; when it is back, empty, all begin again from the start."""
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    del store

    with ExitStack() as stack:
        with running(port):
            servers = stack.enter_context(replicas(url, 2))
            assert put(servers[0], "kept", "Kept") == 201
            assert title(servers[1], "kept") == "Kept"
        for server in servers:
            check_refusals(server)
        with running(port):
            for server in servers:
                until(lambda server=server: server.ask("GET", "/readyz")[0] == 200)  # type: ignore[misc]
            names = [title(server, name) for server in servers for name in ("kept", "lost")]
            status = put(servers[0], "kept", "Again")
            again = title(servers[1], "kept")
            ends = [server.end() for server in servers]

    assert names == [None] * 4
    assert (status, again) == (201, "Again")
    for code, _, err in ends:
        assert code == 0
        assert "answers again" in err
        assert "Traceback" not in err


def test_store_that_hangs() -> None:
    """A store that takes connections and does not answer is away too; afterwards nothing is lost or half written."""
    with running() as hung, replicas(hung.url("x-"), 2) as servers:
        assert put(servers[0], "kept", "Kept") == 201
        hung.process.send_signal(signal.SIGSTOP)
        try:
            for server in servers:
                check_refusals(server)
        finally:
            hung.process.send_signal(signal.SIGCONT)
        for server in servers:
            until(lambda server=server: server.ask("GET", "/readyz")[0] == 200)  # type: ignore[misc]
        titles = [title(server, "kept") for server in servers]

    assert titles == ["Kept", "Kept"]


def test_slow_store(store: RedisServer) -> None:
    """A slow round trip is slow for its own request; others run beside it, and the health check at once."""
    with slow_proxy(store.port) as proxy, ThreadPoolExecutor(8) as pool:
        url = store.url().replace(f":{store.port}/", f":{proxy.port}/")
        with replica(url) as server:
            assert put(server, "warm", "Warm") == 201
            proxy.seconds = 0.2
            _, alone = timed(lambda: title(server, "warm"))
            futures = [pool.submit(title, server, "warm") for _ in range(8)]
            (status, _, _), alive = timed(lambda: server.ask("GET", "/livez"))
            titles, together = timed(lambda: [future.result() for future in futures])
            proxy.seconds = 0.0

    assert titles == ["Warm"] * 8
    assert status == 200
    assert alone > 0.4
    assert alive < at_most(0.3)
    assert together < 4 * alone


def test_full_store() -> None:
    """A store without room refuses writes in words, and serves on when there is room again."""
    with running(0, "--maxmemory-policy", "noeviction") as small, ExitStack() as stack:
        client = small.client()
        stack.callback(client.close)
        server = stack.enter_context(replica(small.url("full-")))
        assert put(server, "before", "Before") == 201
        client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + (2 << 20))
        status, body = _fill(server)
        alive = server.ask("GET", "/livez")[0]
        client.config_set("maxmemory", 0)
        until(lambda: put(server, "after", "After") == 201)
        titles = [title(server, name) for name in ("before", "after")]
        _, _, err = server.end()

    assert status == 507
    assert b"is full" in body
    assert alive == 200
    assert titles == ["Before", "After"]
    assert "Traceback" not in err


def _fill(server: Served) -> tuple[int, bytes]:
    """Write large records until one is refused, and return its answer."""
    document = json.dumps({"category": {"title": "x" * 200_000}}).encode()
    for number in range(100):
        path = f"{BASE}/categories/c{number}"
        status, _, body = server.ask("PUT", path, document, Content_Type="application/json")
        if status != 201:
            return status, body
    raise AssertionError("it takes more than there is room for")


# A server that is killed or replaced.


def test_a_server_killed_in_a_write(store: RedisServer) -> None:
    """Of a bulk write that a killed server had begun, all records are there or none, and the others serve on."""
    outcomes = set[int]()

    with slow_proxy(store.port) as proxy:
        direct = store.url()
        url = direct.replace(f":{store.port}/", f":{proxy.port}/")
        with replica(direct) as witness:
            total = len(json.loads(witness.ask("GET", f"{BASE}/lineItems?limit=10000")[2])["lineItems"])
            line = json.loads(witness.ask("GET", f"{GRADEBOOK}/lineItems?limit=1")[2])["lineItems"][0]
            for delay in (0.02, 0.15, 0.35):
                with replica(url) as victim:
                    proxy.seconds = 0.1
                    _post_and_kill(victim, line, delay)
                    proxy.seconds = 0.0
                found = len(json.loads(witness.ask("GET", f"{BASE}/lineItems?limit=10000")[2])["lineItems"])
                outcomes.add(found - total)
                total = found

    assert outcomes <= {0, 50}


def _post_and_kill(server: Served, line: dict[str, Any], delay: float) -> None:
    """Send a bulk write, and kill the server after a delay."""
    owner = line["class"]["sourcedId"]
    items = [{**line, "sourcedId": f"bulk-{index}"} for index in range(50)]
    body = json.dumps({"lineItems": items}).encode()

    def send() -> None:
        try:
            server.ask("POST", f"{GRADEBOOK}/classes/{owner}/lineItems", body, Content_Type="application/json")
        except (OSError, HTTPException):
            return  # cut

    thread = Thread(target=send)
    thread.start()
    Event().wait(delay)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(PATIENCE)
    thread.join(PATIENCE)


def test_rolling_restart(store: RedisServer) -> None:
    """Three servers are replaced one after the other under load: no answer but good ones, and no write is lost."""
    url, ended = store.url(), Event()
    statuses: list[int] = []
    written: list[str] = []

    with ExitStack() as stack:
        servers = [stack.enter_context(replica(url)) for _ in range(3)]

        def load(number: int) -> None:
            for step in count():
                if ended.is_set():
                    return
                name, server = f"w{number}-{step}", servers[(number + step) % 3]
                try:
                    status = put(server, name, name)
                except (OSError, HTTPException):
                    continue  # cut, or no longer there: a client tries the next one
                statuses.append(status)
                if status == 201:
                    written.append(name)

        threads = [Thread(target=load, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for place in range(3):
            before = len(written)
            until(lambda before=before: len(written) > before + 20)  # type: ignore[misc]
            old = servers[place]
            code, _, err = old.end()
            assert code == 0, err
            servers[place] = stack.enter_context(replica(url))
        before = len(written)
        until(lambda: len(written) > before + 20)
        ended.set()
        for thread in threads:
            thread.join(PATIENCE)
        found = [_names(server) for server in servers]

    assert set(statuses) == {201}
    for names in found:
        assert set(written) <= names


def _names(server: Served) -> set[str]:
    rows: Sequence[dict[str, Any]] = json.loads(server.ask("GET", f"{BASE}/categories?limit=100000")[2])["categories"]
    return {row["sourcedId"] for row in rows}
