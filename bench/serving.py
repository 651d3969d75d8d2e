"""The servers that are measured, each started as its users start it and ended with the measurement."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

V1P1 = "/ims/oneroster/v1p1"
V1P2 = "/ims/oneroster/rostering/v1p2"
MOCKROSTER = (str(Path(sys.executable).with_name("mockroster")),)
BARE, ON_GRANIAN = "bare Flask", "on granian"
"""Bare Flask on our own server, and on granian."""

PEERS = Path(sys.prefix) / "peers" / "node_modules" / ".bin"
"""Where ``make bench`` puts the servers of others."""


@dataclass
class Server:
    """A running server."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with every request."""

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, bytes]:
        """Return status and body of one answer, asked over a connection of its own."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=120)
        try:
            connection.request(method, path, body, self.headers | headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path: str) -> bytes:
        """Return the body of a 200."""
        status, body = self.ask("GET", path)
        if status != 200:
            raise SystemExit(f"bench: {self.url}{path}: {status} {body[:300]!r}")
        return body

    def resident(self) -> float:
        """Return what the server and its workers hold in memory, in MB."""
        return self._memory("VmRSS")

    def peak(self) -> float:
        """Return the most that they have held."""
        return self._memory("VmHWM")

    def cpu(self) -> float:
        """Return the seconds of CPU time that they have used."""
        times = [text.rpartition(")")[2].split()[11:13] for text in self._told("stat")]
        return sum(int(ticks) for pair in times for ticks in pair) / os.sysconf("SC_CLK_TCK")

    def _told(self, file: str) -> list[str]:
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [Path(f"/proc/{one}/{file}").read_text() for one in (pid, *map(int, children))]

    def _memory(self, row: str) -> float:
        texts = self._told("status")
        return sum(int(found[1]) for text in texts if (found := re.search(rf"{row}:\s+(\d+) kB", text))) / 1024


@contextmanager
def mockroster(folder: Path, *flags: str, program: Sequence[str] = MOCKROSTER) -> Iterator[tuple[Server, float]]:
    """Serve a district, and tell how many seconds it took to the first 200: the file with the URL is written then."""
    told = folder / "url"
    told.unlink(missing_ok=True)
    began = time.perf_counter()
    with _running([*program, "serve", "--port", "0", "--url-file", str(told), *flags]) as process:
        while not told.exists():
            _pause(process)
        took = time.perf_counter() - began
        server = Server("mockroster", told.read_text().strip(), process)
        server.headers = {"Authorization": f"Bearer {_token(server)}"}
        yield server, took


@contextmanager
def bare(name: str, bodies: Path) -> Iterator[Server]:
    """Serve the files of a folder by a bare Flask application: ``name`` is ``BARE`` or ``ON_GRANIAN``."""
    port = _free_port()
    kind = {BARE: "own", ON_GRANIAN: "granian"}[name]
    command = [sys.executable, str(Path(__file__).with_name("bare.py")), kind, str(port), str(bodies)]
    with _answering(name, command, port) as server:
        yield server


@contextmanager
def prism(document: Path) -> Iterator[Server]:
    """Serve the examples that Prism finds in an OpenAPI document."""
    port = _free_port()
    with _answering(
        "Prism", [str(PEERS / "prism"), "mock", "-v", "silent", "-p", str(port), str(document)], port
    ) as one:
        one.headers = {"Authorization": "Bearer any"}
        yield one


@contextmanager
def json_server(database: Path) -> Iterator[Server]:
    """Serve a document by json-server, on which many build their mocks."""
    port = _free_port()
    flags = ["--quiet", "--id", "sourcedId", "--host", "127.0.0.1", "--port", str(port), str(database)]
    with _answering("json-server", [str(PEERS / "json-server"), *flags], port) as server:
        yield server


def _token(server: Server) -> str:
    basic = b64encode(b"mockroster:mockroster-secret").decode()
    form = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    _, body = server.ask("POST", "/oauth2/token", "grant_type=client_credentials", **form)
    return str(json.loads(body)["access_token"])


@contextmanager
def _answering(name: str, command: list[str], port: int) -> Iterator[Server]:
    with _running(command) as process:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            _pause(process)
        yield Server(name, f"http://127.0.0.1:{port}", process)


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    # Without bytecode a working tree compiles its modules at each start, which an installed revision does not.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _pause(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        raise SystemExit(f"bench: {process.args!r} ended with {process.returncode}")
    time.sleep(0.005)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
