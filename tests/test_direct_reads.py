"""Plain reads are answered without Flask, and exactly as with it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from conftest import connected, make_app
from werkzeug.test import Client

from mockroster.errors import UnknownObject
from mockroster.http.direct_reads import DirectReads
from mockroster.http.lifecycle import Application
from mockroster.judge.fact import unpack
from mockroster.logs import RequestLine, RequestLog
from mockroster.query import selection
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.standard.model import Operation, Rows
from mockroster.standard.versions import SERVICES

READS = [
    pytest.param(service.base, operation, id=f"{service.name}.{operation.name}")
    for service in SERVICES
    for operation in service.all_operations
    if operation.method == "GET"
]

QUERIES = [
    "",
    "limit=3",
    "limit=2&offset=4",
    "limit=0",
    "limit=x",
    "offset=100000",
    "fields=sourcedId",
    "fields=sourcedId,nothing",
    "filter=status='active'&limit=2",
    "filter=status%3D%27active%27&sort=dateLastModified&orderBy=desc&limit=3",
    "filter=status",
    "filter=nothing='x'",
    "limt=3",
]


@pytest.fixture(scope="module")
def district() -> Application:
    """Return an application with 24 students that nothing writes to."""
    app = make_app(students=24)
    assert isinstance(app, Application)
    return app


@pytest.fixture
def log(district: Application) -> Iterator[list[RequestLine]]:
    """Collect the lines of the request log."""
    lines: list[RequestLine] = []

    class Collected(RequestLog):
        def write(self, line: RequestLine) -> None:
            lines.append(line)

    district.request_log = Collected.__new__(Collected)
    yield lines
    district.request_log = None


def observed(district: Application, path: str, headers: dict[str, str], log: list[RequestLine]) -> tuple[Any, ...]:
    """Return all that a request leaves: the response, its journal entry and its line in the log."""
    log.clear()
    response = Client(district).get(path, headers=headers)
    entry = district.sandboxes.default.state.journal.read().entries[-1]
    assert entry.completion is not None
    completion = {name: getattr(entry.completion, name) for name in type(entry.completion).__slots__ if name != "ms"}
    completion["fact"] = unpack(entry.completion.fact)[4:]  # without sequence, time and end
    arrival = {name: getattr(entry.arrival, name) for name in type(entry.arrival).__slots__ if name != "at"}
    lines = [{name: getattr(line, name) for name in RequestLine.__slots__ if name != "ms"} for line in log]
    return response.status, list(response.headers), response.data, arrival, completion, lines


def path_of(district: Application, base: str, operation: Operation) -> str:
    """Return a path of an operation that names records which exist."""
    overlay = district.sandboxes.default.data.overlay
    path = base + operation.path
    for parameter in operation.parameters:
        rows = dict(operation.parents).get(parameter, operation.rows)
        table = overlay.tables[rows.resource.collection]
        path = path.replace(
            f"{{{parameter}}}", next(iter(filter(partial(is_found, overlay, rows), table)))["sourcedId"]
        )
    return path


def is_found(overlay: Overlay, rows: Rows, record: Record) -> bool:
    """Return whether a read of the rows finds a record."""
    try:
        return selection.find(overlay, rows, record["sourcedId"]) is record
    except UnknownObject:
        return False


@pytest.mark.parametrize(("base", "operation"), READS)
def test_same_as_by_flask(
    district: Application, base: str, operation: Operation, log: list[RequestLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Response, journal and log are the same with and without Flask, for every read of the standard."""
    headers = {"Authorization": f"Bearer {connected(district).token}", "Host": "roster.example"}
    path = path_of(district, base, operation)
    targets = [f"{path}?{query}" for query in QUERIES] + [f"{path}/none", f"{path}%2Fnone", f"/{path}//"]

    direct = [observed(district, target, headers, log) for target in targets]
    monkeypatch.setattr(DirectReads, "_plain_read", lambda *_: None)
    by_flask = [observed(district, target, headers, log) for target in targets]

    assert direct == by_flask
    assert direct[0][0] == "200 OK"


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/users?limit=1", {}),
        ("/users?limit=1", {"Authorization": "Bearer wrong"}),
        ("/users?limit=1", {"Authorization": "Basic bW9ja3Jvc3Rlcjpt"}),
        ("/users?limit=1", {"Authorization": 'OAuth oauth_consumer_key="mockroster"'}),
        ("/users?limit=1&oauth_consumer_key=mockroster", {}),
        ("/users?limit=1", {"X-Mockroster-Scenario": "empty-page"}),
        ("/users?limit=1", {"X-Mockroster-Scenario": "unknown"}),
        ("/users?limit=1", {"Host": "a b"}),
    ],
)
def test_not_plain(
    district: Application, target: str, headers: dict[str, str], log: list[RequestLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that is not plain is passed on and recorded once."""
    district.sandboxes.default.state.journal.clear()
    seen: list[Any] = []
    monkeypatch.setattr(DirectReads, "_finish", lambda *_: seen.append(1))

    observed(district, f"/ims/oneroster/v1p1{target}", headers, log)

    assert not seen
    assert len(log) == len(district.sandboxes.default.state.journal.read().entries) == 1


def test_no_credentials(log: list[RequestLine], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without access control, requests without credentials are plain."""
    app = make_app(students=24, no_auth=True)
    assert isinstance(app, Application)
    targets = [f"/ims/oneroster/v1p1/users?{query}" for query in QUERIES]

    direct = [observed(app, target, {}, log) for target in targets]
    monkeypatch.setattr(DirectReads, "_plain_read", lambda *_: None)
    by_flask = [observed(app, target, {}, log) for target in targets]

    assert direct == by_flask
    assert direct[0][0] == "200 OK"


def test_scenario_of_path(district: Application, log: list[RequestLine], monkeypatch: pytest.MonkeyPatch) -> None:
    """A base path that names a scenario is not plain."""
    seen: list[Any] = []
    monkeypatch.setattr(DirectReads, "_finish", lambda *_: seen.append(1))

    response = Client(district).get("/scenarios/expired-token/ims/oneroster/v1p1/users")

    assert response.status_code == 401
    assert not seen


def test_plain_reads_do_without_flask(district: Application, log: list[RequestLine]) -> None:
    """A plain read calls no view."""
    headers = {"Authorization": f"Bearer {connected(district).token}"}

    with patch.object(district, "full_dispatch_request") as dispatch:
        status = observed(district, "/ims/oneroster/v1p1/users?limit=1", headers, log)[0]

    assert status == "200 OK"
    assert not dispatch.called


def test_hooks_of_an_embedder() -> None:
    """Functions registered with Flask are called for plain reads too."""
    app = make_app(students=24)
    called: list[str] = []
    app.before_request(lambda: called.append("before"))
    api = connected(app)
    called.clear()

    api.get("/users", limit=1)

    assert called == ["before"]


def test_failure(
    district: Application, log: list[RequestLine], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure of a plain read is logged, and the view answers the request."""
    headers = {"Authorization": f"Bearer {connected(district).token}"}
    monkeypatch.setattr("mockroster.http.direct_reads._execute", lambda *_: 1 / 0)

    status = observed(district, "/ims/oneroster/v1p1/users?limit=1", headers, log)[0]

    assert status == "200 OK"
    assert "/ims/oneroster/v1p1/users failed as a plain read" in caplog.text


def test_errors_are_not_failures(
    district: Application, log: list[RequestLine], caplog: pytest.LogCaptureFixture
) -> None:
    """A plain read that is refused is answered by its view, and nothing is logged."""
    headers = {"Authorization": f"Bearer {connected(district).token}"}

    statuses = [
        observed(district, f"/ims/oneroster/v1p1/{target}", headers, log)[0]
        for target in ("users/none", "users?filter=x", "none", "users?limit=x")
    ]

    assert statuses == ["404 NOT FOUND", "400 BAD REQUEST", "404 NOT FOUND", "400 BAD REQUEST"]
    assert not caplog.text
