"""Fixtures for all tests: a district to read, new ones to write to, and a server in a process of its own."""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import IO, Any
from unittest import mock
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from patience import PATIENCE
from redis_server import RedisServer, running
from states import restarted
from werkzeug.test import Client, TestResponse

from mockroster import create_app
from mockroster.cli.main import main
from mockroster.clock import Clock, real_now
from mockroster.http.app import make_application
from mockroster.http.lifecycle import Application
from mockroster.scenarios.catalogue import scenarios
from mockroster.settings import Settings, parse_settings
from mockroster.standard.v1p1.operations import SERVICE

BASE = SERVICE.base
NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
SHARED = Path(__file__).parents[2] / "shared"

COMMON = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("mockroster", COMMON, derandomize=True)
# For `make nightly`, which chooses a seed: other examples each time, and more where a test does not say how many.
settings.register_profile("nightly", COMMON, derandomize=False, max_examples=500, print_blob=True)
settings.load_profile("mockroster")


def pytest_collection_finish() -> None:
    """Spare the garbage collector the tests themselves: going through them would take a tenth of the time."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def shared(*names: str) -> Path:
    """Return a file of ``../shared``, or skip the test where the checkout stands alone."""
    path = SHARED.joinpath(*names)
    if not path.exists():
        pytest.skip(f"{path} is not there: it is not part of the repository")
    return path


@pytest.fixture(scope="session")
def facts() -> dict[str, Any]:
    """Return the facts of OneRoster 1.1 that were gathered independently of the product."""
    document: dict[str, Any] = json.loads(shared("spec", "oneroster-1.1.json").read_text())
    return document


class Api:
    """A client of one application, with a token for everything."""

    def __init__(self, app: Flask, token: str) -> None:
        self.app = app
        self.token = token
        self._all: dict[str, list[dict[str, Any]]] = {}

    def send(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """Send a request with the token; a path without a leading base is under ``/ims/oneroster/v1p1``."""
        headers = {"Authorization": f"Bearer {self.token}", **kwargs.pop("headers", {})}
        if not path.startswith(("http", BASE)):
            path = BASE + path
        return Client(self.app).open(path, method=method, headers=headers, **kwargs)

    def get(self, path: str, **parameters: Any) -> TestResponse:
        """Read a path; keyword arguments are query parameters."""
        query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parameters.items())
        return self.send("GET", f"{path}?{query}" if query else path)

    def rows(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Return the records of a collection read that must be 200."""
        response = self.get(path, **{"limit": 100_000, **parameters})
        assert response.status_code == 200, response.text
        rows: list[dict[str, Any]] = next(iter(response.get_json().values()))
        assert isinstance(rows, list)
        return rows

    def all(self, collection: str) -> list[dict[str, Any]]:
        """Return a whole top-level collection, read once: only for districts that nobody writes to."""
        if collection not in self._all:
            self._all[collection] = self.rows(f"/{collection}")
        return self._all[collection]

    def one(self, path: str, **parameters: Any) -> dict[str, Any]:
        """Return the record of a single read that must be 200."""
        response = self.get(path, **parameters)
        assert response.status_code == 200, response.text
        record: dict[str, Any] = next(iter(response.get_json().values()))
        return record

    def put(self, path: str, document: Mapping[str, Any]) -> TestResponse:
        """Write a wrapped record as JSON."""
        return self.send("PUT", path, data=json.dumps(document), content_type="application/json")

    def delete(self, path: str) -> TestResponse:
        """Delete a record."""
        return self.send("DELETE", path)


def connected(app: Flask) -> Api:
    """Return a client with a token that has every scope."""
    form = {"grant_type": "client_credentials"}
    response = Client(app).post("/oauth2/token", data=form, auth=("mockroster", "mockroster-secret"))
    return Api(app, response.get_json()["access_token"])


def make_app(**values: Any) -> Flask:
    """Return an application in which an exception is a failure of the test, not a 500."""
    app = create_app(**{"now": NOW, **values})
    app.testing = True
    return app


@pytest.fixture(scope="session")
def app() -> Flask:
    """Return an application with 100 students that no test writes to."""
    return make_app(students=100)


@pytest.fixture(scope="session")
def api(app: Flask) -> Api:
    """Return a client of the district that no test writes to."""
    return connected(app)


@pytest.fixture(scope="session")
def small() -> Flask:
    """Return an application with 24 students, for ``fresh``: generating one for each test would take minutes."""
    return make_app(students=24)


@pytest.fixture
def fresh(small: Flask) -> Iterator[Api]:
    """Return a client of a small district of the test's own; what it writes is gone when it has ended."""
    assert isinstance(small, Application)
    used = small.sandboxes.default
    small.sandboxes = small.extensions["mockroster"] = restarted(used, clock=Clock(NOW))
    yield connected(small)
    small.sandboxes = small.extensions["mockroster"] = restarted(used)
    small.testing = True


def freeze(monkeypatch: pytest.MonkeyPatch, moment: datetime | None = None) -> datetime:
    """Stop the time that the machine tells mockroster, at a moment or now, and return when that is."""
    scenarios()  # a module that is imported while time stands still would keep that time
    stopped = moment or real_now()
    for name, module in [*sys.modules.items()]:
        if name.startswith("mockroster") and getattr(module, "real_now", None) is real_now:
            monkeypatch.setattr(module, "real_now", lambda: stopped)
    return stopped


def plain_environment(**values: str) -> dict[str, str]:
    """Return the environment without our own variables, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKROSTER_", "COV_"))}
    return kept | values


PROGRAM = Path(sys.executable).with_name("mockroster")


def command(*arguments: str) -> list[str]:
    """Return the command line of ``mockroster`` with arguments."""
    return [str(PROGRAM), *arguments]


@dataclass
class Served:
    """A running ``mockroster serve``."""

    process: subprocess.Popen[str]
    url: str

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request over a connection of its own; header names are written with underscores."""
        connection = HTTPConnection(*self.address, timeout=PATIENCE)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=named)
            response = connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        finally:
            connection.close()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal; return the exit code and the remaining output on stdout and stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@contextmanager
def served(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    stdin: IO[str] | None = None,
    program: Path = PROGRAM,
    folder: Path | None = None,
) -> Iterator[Served]:
    """Start ``mockroster serve`` on a free port, wait for its ready line, and end it after use.

    ``program`` is the command of another environment than this one; ``folder`` is where it starts.
    """
    process = subprocess.Popen(  # noqa: S603
        [str(program), "serve", "--port", "0", *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(environment or plain_environment()),
        cwd=folder,
    )
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        found = re.fullmatch(r"mockroster ready at (https?://\S+)\n", ready)
        if found is None:
            process.kill()
            out, err = process.communicate(timeout=PATIENCE)
            raise AssertionError(f"no ready line but {ready + out!r}; stderr: {err}")
        yield Served(process, found[1])
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate(timeout=PATIENCE)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Served]:
    """Return a running server that asks for no token and that tests share."""
    with served("--students", "24", "--no-auth", "--now", NOW.isoformat()) as running:
        yield running


@pytest.fixture(scope="session")
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs ``mockroster`` to its end."""

    def run_it(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            command(*arguments),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env=plain_environment(**environment),
            check=False,
        )

    return run_it


@pytest.fixture(scope="session")
def call() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a command of ``mockroster`` in this process, if it neither serves nor lasts."""

    def call_it(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        out, err = (TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        handler = signal.getsignal(signal.SIGTERM)
        with (
            mock.patch.object(sys, "argv", ["mockroster", *arguments]),
            mock.patch.dict(os.environ, plain_environment(**environment), clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                with pytest.raises(SystemExit) as ended:
                    main()
            finally:
                signal.signal(signal.SIGTERM, handler)
                gc.enable()
        said, told = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
        return subprocess.CompletedProcess(command(*arguments), int(ended.value.code or 0), said, told)

    return call_it


def information(response: TestResponse) -> dict[str, Any]:
    """Return the only entry of the status information of an answer, and check its form."""
    assert response.content_type == "application/json"
    document = response.get_json()
    assert list(document) == ["statusInfoSet"]
    (entry,) = document["statusInfoSet"]
    assert isinstance(entry, dict)
    return entry


Replicas = Callable[..., list[Application]]
"""Makes a number of applications with settings on one store, by default a new one."""


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """Return the Redis server of this session."""
    with running() as server:
        yield server


@pytest.fixture
def replicas(redis_server: RedisServer) -> Iterator[Replicas]:
    """Return the function that makes replicas; their connections end with the test."""
    from mockroster.state.redis import RedisStore, connect

    stores: list[RedisStore] = []

    def make(number: int, url: str | None = None, **values: Any) -> list[Application]:
        url = url or redis_server.url()
        settings = Settings(**parse_settings({"students": 12, **values}))
        applications = []
        for _ in range(number):
            stores.append(connect(url))
            applications.append(make_application(settings, store=stores[-1]))
            applications[-1].testing = True
        return applications

    yield make
    for store in stores:
        store.close()
