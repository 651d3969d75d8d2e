"""``mockroster serve`` as a process: its port, its signals, its streams, and that nothing of it is left."""

from __future__ import annotations

import json
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from conftest import BASE, PROGRAM, Served, command, plain_environment, served
from patience import PATIENCE, at_most
from wire.case import LIVE, ROOT, put, request
from wire.connection import Connection
from wire.tls import certificate

from mockroster import Server
from mockroster.ready import ask, wait

Run = Callable[..., subprocess.CompletedProcess[str]]

HAS_PROC = Path("/proc/self/task").is_dir()
needs_hang_up = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no SIGHUP here")


def free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def has_ipv6() -> bool:
    """Return whether this machine can listen on ``::1``."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="there is no IPv6 here")


@contextmanager
def shell(line: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """Serve from a shell, which opens and closes streams as ``line`` says; wait until it answers."""
    process = subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", f"exec {PROGRAM} serve --port {port} --students 1 --no-auth {line}"],
        stdin=subprocess.DEVNULL,
        text=True,
        env=plain_environment(),
    )
    try:
        assert wait(f"http://127.0.0.1:{port}", PATIENCE) is not None
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)


# The port.


def test_second_start(run: Run, server: Served) -> None:
    """A second server on a port is refused before it makes a large district, in a sentence."""
    began = time.monotonic()

    done = run("serve", "--port", str(server.address[1]), "--students", "50000")

    assert done.returncode == 2
    assert done.stdout == ""
    assert f"--port {server.address[1]}" in done.stderr
    assert "in use" in done.stderr
    assert time.monotonic() - began < at_most(5)


def test_two_starts_at_once() -> None:
    """Of two servers that are started at the same moment one serves, and the other ends with 2."""
    line = command("serve", "--port", str(free_port()), "--students", "1")
    pipe = subprocess.PIPE
    both = [subprocess.Popen(line, stdout=pipe, stderr=pipe, text=True, env=plain_environment()) for _ in "ab"]  # noqa: S603
    try:
        lines = [process.stdout.readline() for process in both if process.stdout is not None]
        winner, loser = both if lines[0] else both[::-1]
        winner.terminate()
        out, err = loser.communicate(timeout=PATIENCE)
        winner.communicate(timeout=PATIENCE)
    finally:
        for process in both:
            process.kill()
            process.wait(PATIENCE)

    assert sorted(line.partition(" ready at ")[0] for line in lines) == ["", "mockroster"]
    assert (loser.returncode, out) == (2, "")
    assert "in use" in err
    assert winner.returncode == 0


def test_a_port_on_which_another_program_listens(run: Run) -> None:
    """It need not be a mockroster that has the port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = run("serve", "--port", str(other.getsockname()[1]), "--students", "1")

    assert done.returncode == 2
    assert "in use" in done.stderr


def test_the_port_is_free_at_once_after_the_end() -> None:
    """A server may be started again on its port, whoever was connected to the one before."""
    port = str(free_port())

    for _ in range(2):
        with served("--port", port, "--students", "1") as server, Connection(server.address) as connection:
            connection.send(LIVE)
            assert connection.answer() is not None
            code, _, _ = server.end()
            assert code == 0


def test_localhost() -> None:
    """A name is served on all its addresses, and announced so that a client reaches it."""
    with served("--host", "localhost", "--students", "1") as server:
        port = server.address[1]
        families = {info[0] for info in socket.getaddrinfo("localhost", port, type=socket.SOCK_STREAM)}
        answers = {family: _livez(family, port) for family in families if family != socket.AF_INET6 or has_ipv6()}

        assert server.ask("GET", "/livez")[0] == 200

    assert set(answers.values()) == {b"HTTP/1.1 200"}


def _livez(family: int, port: int) -> bytes:
    address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    with socket.create_connection((address, port), timeout=PATIENCE) as connection:
        connection.sendall(LIVE)
        return connection.recv(12)


@needs_ipv6
@pytest.mark.parametrize("host", ["::1", "::"])
def test_ipv6(host: str) -> None:
    """An address of IPv6 stands in brackets where it is announced, and references have the address asked."""
    with served("--host", host, "--students", "1", "--no-auth") as server:
        status, _, body = server.ask("GET", f"{BASE}/enrollments?limit=1")

    assert server.url.startswith("http://[::1]:")
    assert status == 200
    assert json.loads(body)["enrollments"][0]["user"]["href"].startswith(server.url)


def test_a_host_that_there_is_not(run: Run) -> None:
    """A name without an address is a sentence, and no traceback."""
    done = run("serve", "--host", "nowhere.invalid", "--port", "0", "--students", "1")

    assert done.returncode == 2
    assert "--host nowhere.invalid" in done.stderr
    assert "Traceback" not in done.stderr


# The end.


SLOW = request(f"/scenarios/slow:ms=600000{ROOT}/orgs?limit=1")
STALLED = request(f"/scenarios/stalled-body:ms=600000{ROOT}/orgs?limit=1")
BUSY = {
    "nothing": b"",
    "requests that wait": SLOW,
    "bodies that stall": STALLED,
    "half bodies": put("half", "Content-Length: 100", body=b"{}"),
    "half heads": LIVE[:9],
    "readers that stop": request(f"{ROOT}/users?limit=100") * 1000,
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", BUSY)
def test_end(kind: str, number: signal.Signals) -> None:
    """It ends with 0 in under 2 seconds and without a traceback, whatever its clients do."""
    with served("--students", "24", "--no-auth") as server, ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(Connection(server.address))
            connection.socket.settimeout(0.2)
            try:
                connection.socket.sendall(BUSY[kind])
            except TimeoutError:
                continue
        assert server.ask("GET", "/livez")[0] == 200

        began = time.monotonic()
        code, out, err = server.end(number)
        took = time.monotonic() - began

    assert (code, out) == (0, "")
    assert took < at_most(2)
    assert "Traceback" not in err
    assert "Exception" not in err


def test_end_while_a_sandbox_is_made() -> None:
    """Long work does not hold up the end."""
    body = b'{"students": 20000, "seed": 3}'
    framing = f"Content-Length: {len(body)}"
    sent = request("/__admin/sandboxes", framing, method="POST", host="localhost", body=body)

    with served("--students", "1") as server, Connection(server.address) as connection:
        connection.send(sent)
        assert server.ask("GET", "/livez")[0] == 200
        assert not select.select([connection.socket], [], [], 0)[0]
        began = time.monotonic()
        code, _, err = server.end()
        took = time.monotonic() - began

    assert code == 0
    assert took < at_most(2)
    assert "Traceback" not in err


def test_told_to_end_again_and_again() -> None:
    """An impatient user sees no traceback."""
    with served("--students", "1") as server:
        for number in (signal.SIGTERM, signal.SIGINT) * 10:
            if server.process.poll() is None:
                server.process.send_signal(number)
        code, out, err = server.end()

    assert (code, out) == (0, "")
    assert "Traceback" not in err


@needs_hang_up
def test_hang_up_is_ignored() -> None:
    """SIGHUP changes nothing, and the log says so."""
    path = f"{BASE}/categories/kept"

    with served("--students", "1", "--no-auth") as server:
        server.ask("PUT", path, b'{"category":{"title":"Kept"}}', Content_Type="application/json")
        server.process.send_signal(signal.SIGHUP)
        statuses = [server.ask("GET", path)[0] for _ in range(5)]
        code, _, err = server.end()

    assert statuses == [200] * 5
    assert code == 0
    assert "SIGHUP is ignored" in err


@needs_hang_up
def test_hang_up_reads_fixtures_again(tmp_path: Path) -> None:
    """Under ``--reload`` it is what makes a server look at its files at once."""
    file = tmp_path / "orgs.yaml"
    file.write_text("orgs: [{sourcedId: o1, name: Before, type: school}]\n")

    with served("--fixtures", str(file), "--reload", "--no-auth") as server:
        file.write_text("orgs: [{sourcedId: o1, name: After the change, type: school}]\n")
        server.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + PATIENCE
        while b"After the change" not in (body := server.ask("GET", f"{BASE}/orgs/o1")[2]):
            assert time.monotonic() < until, body
        code, _, err = server.end()

    assert code == 0
    assert "Traceback" not in err


@pytest.mark.skipif(not HAS_PROC, reason="processes are looked at in /proc")
def test_one_process() -> None:
    """It has no children, so that nothing is left when it is killed, and its port is free then."""
    with served("--students", "1") as server:
        task = Path(f"/proc/{server.process.pid}/task")
        children = [child for thread in task.iterdir() for child in (thread / "children").read_text().split()]
        server.ask("GET", f"{BASE}/orgs")
        threads = len(list(task.iterdir()))
        server.process.kill()
        server.process.wait(PATIENCE)

        with pytest.raises(ConnectionRefusedError):
            server.ask("GET", "/livez")

    assert children == []
    assert threads < 20


# Its streams.


@pytest.mark.parametrize(
    "streams",
    [
        ">&-",
        "2>&-",
        ">&- 2>&- <&-",
        pytest.param("> /dev/full", marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")),
        pytest.param("2> /dev/full", marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")),
    ],
)
@pytest.mark.parametrize("style", ["text", "json"])
def test_streams_that_cannot_be_written(streams: str, style: str) -> None:
    """A stream that is full or closed loses its lines, not the server; it ends with 0 all the same."""
    port = free_port()

    with shell(f"--log-format {style} {streams}", port) as process:
        with Connection(("127.0.0.1", port)) as connection:
            connection.send(LIVE + request(f"{ROOT}/orgs") + b"nonsense\r\n\r\n")
            statuses = [answer.status for _ in range(3) if (answer := connection.answer())]
        lives = ask(f"http://127.0.0.1:{port}") is not None
        process.terminate()
        code = process.wait(PATIENCE)

    assert statuses == [200, 200, 400]
    assert lives
    assert code == 0


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_readers_that_have_gone(stream: str) -> None:
    """The parent process may close the pipes."""
    with served("--students", "1", "--no-auth") as server:
        pipe = getattr(server.process, stream)
        pipe.close()
        statuses = [server.ask("GET", f"{BASE}/orgs")[0] for _ in range(20)]
        server.process.terminate()
        code = server.process.wait(PATIENCE)

    assert statuses == [200] * 20
    assert code == 0


def test_a_log_that_nobody_reads() -> None:
    """A full pipe holds up no request, and not the end."""
    with served("--students", "1", "--no-auth") as server:
        asked = partial(server.ask, "GET", f"{BASE}/orgs?x=" + "x" * 5000)
        statuses = {asked()[0] for _ in range(60)}
        with Connection(server.address) as connection:
            connection.send(LIVE * 3000)
            statuses |= {answer.status for _ in range(3000) if (answer := connection.answer())}
        began = time.monotonic()
        server.process.terminate()
        code = server.process.wait(PATIENCE)
        took = time.monotonic() - began

    assert statuses == {200}
    assert code == 0
    assert took < at_most(2)


def test_ready_over_tls(tmp_path: Path) -> None:
    """A server with a certificate is ready for who asks by https, whoever signed it, and not for who asks by http."""
    cert, key = certificate(tmp_path)

    with Server(students=3, seed=7, tls_cert=Path(cert), tls_key=Path(key)) as server:
        found, plainly = ask(server.url), ask(server.url.replace("https:", "http:"), timeout=1)

    assert server.url.startswith("https:")
    assert found is not None
    assert (found.seed, found.counts["users"] > 3) == (7, True)
    assert plainly is None


def test_plain_server_is_not_ready_by_https() -> None:
    """A server without a certificate is not ready for who asks by https, and nothing is left of the attempt."""
    with Server(students=3) as server:
        assert ask(server.url.replace("http:", "https:"), timeout=1) is None
        assert ask(server.url) is not None


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://mock.example", ("mock.example", 80)),
        ("https://mock.example", ("mock.example", 443)),
        ("https://mock.example:8443/base", ("mock.example", 8443)),
        ("http://[::1]:9000", ("::1", 9000)),
    ],
)
def test_ready_asks_the_usual_port(url: str, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL without a port means that of its scheme."""
    asked: list[tuple[str, int]] = []

    def refuse(place: tuple[str, int], _timeout: float) -> socket.socket:
        asked.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)

    assert ask(url) is None
    assert asked == [address]
