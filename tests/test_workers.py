"""``serve --workers``: one server of several processes, from its one ready line to its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from threading import Event

import pytest
from conftest import PROGRAM, Served, command, plain_environment, served
from patience import PATIENCE, at_most
from redis_server import RedisServer, running
from slow_proxy import slow_proxy
from wire.case import LIVE, request
from wire.connection import Connection
from wire.tls import certificate

from mockroster.ready import wait

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are looked at in /proc"),
]

COUNT = 3

RECORDS = json.dumps({"categories": [{"sourcedId": f"n{index}", "title": "New"} for index in range(20)]}).encode()
BULK = request("/__admin/records", f"Content-Length: {len(RECORDS)}", method="POST", host="localhost", body=RECORDS)
"""A write of 20 records in one batch."""


@pytest.fixture(scope="module")
def store() -> Iterator[RedisServer]:
    """Return a store that the tests of this module share."""
    with running() as server:
        yield server


@contextmanager
def workers(store: RedisServer, *arguments: str) -> Iterator[Served]:
    """Serve a small district by several workers, with a prefix of their own in the store."""
    with workers_of(store.url(), *arguments) as server:
        yield server


@contextmanager
def workers_of(url: str, *arguments: str) -> Iterator[Served]:
    """Serve a small district by several workers."""
    with served("--students", "5", "--no-auth", "--store", url, "--workers", str(COUNT), *arguments) as running:
        yield running


def children(pid: int) -> set[int]:
    """Return the ids of the child processes of a process."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            found |= {int(child) for child in (task / "children").read_text().split()}
    return found


def sockets_of(pid: int) -> int:
    """Return the number of sockets that a process has open."""
    found = 0
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found += str(entry.readlink()).startswith("socket:")
    return found


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that has ended and was not collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_refused(server: Served) -> bool:
    """Return whether nobody listens on the port of a server; its last thread may be about to end."""
    try:
        server.ask("GET", "/livez")
    except ConnectionRefusedError:
        return True
    except (OSError, HTTPException):
        pass
    return False


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for a condition, and fail if it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_one_ready_line_for_all(store: RedisServer, tmp_path: Path) -> None:
    """There is one line, one card and one URL file, when all workers answer; the end is 0 and leaves nothing."""
    file = tmp_path / "url"

    with workers(store, "--url-file", str(file)) as server:
        started = children(server.process.pid)
        url = file.read_text()
        is_ready = wait(server.url, PATIENCE) is not None
        began = time.monotonic()
        code, out, err = server.end()
        took = time.monotonic() - began

    assert len(started) == COUNT
    assert url == server.url + "\n"
    assert is_ready
    assert (code, out) == (0, "")
    assert err.count("token URL") + err.count("access ") == 1
    assert f"workers                  {COUNT}" in err
    assert "Traceback" not in err
    assert took < at_most(2)
    assert not file.exists()
    assert not any(map(is_alive, started))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_with_connections(store: RedisServer, number: signal.Signals) -> None:
    """A signal ends all workers within 2 seconds, whatever their clients do."""
    with workers(store) as server, ExitStack() as stack:
        started = children(server.process.pid)
        for sent in (b"", LIVE[:9], LIVE) * 10:
            connection = stack.enter_context(Connection(server.address))
            connection.socket.sendall(sent)
        began = time.monotonic()
        code, _, err = server.end(number)
        took = time.monotonic() - began

    assert code == 0
    assert took < at_most(2)
    assert "Traceback" not in err
    assert not any(map(is_alive, started))


def test_a_terminal_interrupts_all_processes(store: RedisServer) -> None:
    """Ctrl-C reaches supervisor and workers alike; that is no reason to restart one."""
    line = command(
        *("serve", "--port", "0", "--students", "1", "--store", store.url(), "--workers", str(COUNT)),
    )
    process = subprocess.Popen(  # noqa: S603
        line,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=plain_environment(),
        process_group=0,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("mockroster ready at ")
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait(PATIENCE)

    assert process.returncode == 0
    assert "another one starts" not in err
    assert "Traceback" not in err


def test_a_worker_that_is_killed_is_replaced(store: RedisServer) -> None:
    """The others serve on, and there are as many as before soon."""
    with workers(store) as server:
        before = children(server.process.pid)
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        statuses = {server.ask("GET", "/livez")[0] for _ in range(20)}
        until(lambda: len(children(server.process.pid) - {killed}) == COUNT)
        after = children(server.process.pid)
        code, _, err = server.end()

    assert statuses == {200}
    assert len(after & before) == COUNT - 1
    assert f"worker {killed} has ended: killed by signal 9" in err
    assert code == 0


@pytest.mark.parametrize("delay", [0.02, 0.2])
def test_a_worker_killed_in_a_write(store: RedisServer, delay: float) -> None:
    """The write of a killed worker is visible to all others as a whole or not at all."""
    with slow_proxy(store.port) as proxy:
        url = store.url().replace(f":{store.port}/", f":{proxy.port}/")
        with workers_of(url) as server, Connection(server.address) as connection:
            before = {pid: sockets_of(pid) for pid in children(server.process.pid)}
            connection.send(LIVE)
            assert connection.answer() is not None
            victim = max(before, key=lambda pid: sockets_of(pid) - before[pid])
            proxy.seconds = 0.1
            connection.socket.sendall(BULK)
            Event().wait(delay)
            os.kill(victim, signal.SIGKILL)
            proxy.seconds = 0.0
            until(lambda: len(children(server.process.pid) - {victim}) == COUNT)
            until(lambda: wait(server.url, 1) is not None)
            found = [_number_of_new_categories(server) for _ in range(12)]

    assert {*found} <= {0, 20}
    assert found == sorted(found)  # what the worker had sent may be on its way to the store


def _number_of_new_categories(server: Served) -> int:
    status, _, body = server.ask("GET", "/ims/oneroster/v1p1/categories?limit=1000&filter=title='New'")
    assert status == 200, body
    return len(json.loads(body)["categories"])


def test_nothing_survives_the_supervisor(store: RedisServer) -> None:
    """If the supervisor is killed, its workers end, those that answer a request too, and the port is free."""
    with workers(store) as server, Connection(server.address) as connection:
        started = children(server.process.pid)
        connection.send(LIVE[:9])
        server.process.kill()
        server.process.wait(PATIENCE)
        until(lambda: not any(map(is_alive, started)), 3)
        until(lambda: is_refused(server), 3)

    assert len(started) == COUNT


def test_connections_are_shared_out(store: RedisServer) -> None:
    """No worker has many more connections than another, whichever the system wakes first."""
    with workers(store) as server, ExitStack() as stack:
        before = {pid: sockets_of(pid) for pid in children(server.process.pid)}
        for _ in range(30):
            connection = stack.enter_context(Connection(server.address))
            connection.send(LIVE)
            assert connection.answer() is not None
        counts = {pid: sockets_of(pid) - number for pid, number in before.items()}

    assert sum(counts.values()) >= 30
    assert max(counts.values()) <= 18, counts


def test_https(store: RedisServer, tmp_path: Path) -> None:
    """Each worker serves https, and a failed handshake harms none."""
    cert, key = certificate(tmp_path)

    with workers(store, "--tls-cert", cert, "--tls-key", key) as server:
        for _ in range(3):
            with Connection(server.address) as connection:
                connection.send(LIVE)
                assert connection.at_end()
        is_ready = wait(server.url, PATIENCE) is not None
        code, _, err = server.end()

    assert server.url.startswith("https:")
    assert is_ready
    assert code == 0
    assert "Traceback" not in err


@pytest.mark.parametrize("streams", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_streams_that_are_closed(store: RedisServer, streams: str, tmp_path: Path) -> None:
    """A closed stream takes away its lines, not the pipe or socket that would get its number."""
    file = tmp_path / "url"
    flags = f"--port 0 --students 1 --no-auth --store {store.url()} --workers {COUNT} --url-file {file}"
    process = subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", f"exec {PROGRAM} serve {flags} {streams}"], env=plain_environment(), stdin=subprocess.DEVNULL
    )
    try:
        until(file.exists, 20)
        is_ready = wait(file.read_text().strip(), PATIENCE) is not None
        process.terminate()
        code = process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait(PATIENCE)

    assert is_ready
    assert code == 0


def test_a_log_that_nobody_reads(store: RedisServer) -> None:
    """A full pipe holds up neither the requests nor a restart nor the end."""
    with workers(store) as server:
        for _ in range(120):
            assert server.ask("GET", f"/ims/oneroster/v1p1/orgs?limit=1&x={'x' * 5000}")[0] == 200
        killed = min(children(server.process.pid))
        os.kill(killed, signal.SIGKILL)
        until(lambda: len(children(server.process.pid) - {killed}) == COUNT)
        began = time.monotonic()
        server.process.terminate()
        code = server.process.wait(PATIENCE)
        took = time.monotonic() - began

    assert code == 0
    assert took < at_most(2)


def test_hang_up_without_reload(store: RedisServer) -> None:
    """SIGHUP changes nothing, and the log says so once."""
    with workers(store) as server:
        started = children(server.process.pid)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: server.ask("GET", "/livez")[0] == 200)
        assert children(server.process.pid) == started
        code, _, err = server.end()

    assert code == 0
    assert err.count("SIGHUP is ignored") == 1


# The supervisor alone, with workers that do as a test says.

SCRIPT = """
import os, sys, time
from mockroster.serving import supervisor
supervisor.FIRST_PAUSE, supervisor.LONGEST_PAUSE = 0.001, 0.02
from mockroster.errors import ConfigurationError
from mockroster.ready import Readiness
from mockroster.logs import configure

def work(on_ready, load):
{body}

configure("text")
try:
    supervisor.Supervisor({count}, work, lambda readiness: print("ready", readiness.seed, flush=True),
                          forwards_hang_up=False).run()
except ConfigurationError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def supervise(body: str, count: int = 2) -> subprocess.CompletedProcess[str]:
    """Run a supervisor to its end, and return what it wrote."""
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", SCRIPT.format(body=indented, count=count)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_workers_that_cannot_start() -> None:
    """A fault that keeps the first worker from starting is reported once, and is the exit code of all."""
    done = supervise('raise ConfigurationError("--store: nobody answers there")', 3)

    assert (done.returncode, done.stdout) == (2, "--store: nobody answers there\n")
    assert "Traceback" not in done.stderr


def test_workers_that_crash_again_and_again() -> None:
    """Restarts have growing pauses, and an end."""
    done = supervise("os._exit(7)")

    assert done.returncode == 1
    assert done.stdout == "the last 10 workers ended soon after their start: exit code 7\n"
    assert done.stderr.count("has ended: exit code 7") == 9


def test_a_worker_that_raises() -> None:
    """A fault in a worker is in the log with its traceback, and counts as a crash."""
    done = supervise("raise RuntimeError('broken')")

    assert done.returncode == 1
    assert "RuntimeError: broken" in done.stderr
    assert "a worker has failed" in done.stderr


def test_ready_workers_that_crash_do_not_end_the_others() -> None:
    """While a worker is ready, crashes of another one only have pauses; the ready call comes when all are."""
    done = supervise(
        "import signal\n"
        "path = f'/tmp/supervised-{os.getppid()}'\n"
        "with open(path, 'a') as file: file.write('x')\n"
        "starts = os.path.getsize(path)\n"
        "if 2 <= starts < 16: os._exit(9)\n"
        "on_ready(Readiness(starts, {}))\n"
        "if starts == 16:\n"
        "    os.unlink(path)\n"
        "    time.sleep(0.2)\n"
        "    os.kill(os.getppid(), signal.SIGTERM)\n"
        "time.sleep(10)\n"
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == "ready 16\n"
    assert done.stderr.count("has ended: exit code 9") == 14
