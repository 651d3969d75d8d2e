"""Every scenario on a real server, by header and by base path: it has a hand in an answer, and none breaks the server.

Those of the wire have tests of their own, because what they promise is not an answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from conftest import NOW, Api, Served, connected, make_app, served
from patience import PATIENCE
from probes import ACTING, Probe, probes
from werkzeug.datastructures import Authorization
from werkzeug.test import EnvironBuilder

from mockroster.scenarios.base import Provider, Scenario
from mockroster.scenarios.catalogue import scenarios
from mockroster.scenarios.spec import parse_scenarios

HEADER = "X-Mockroster-Scenario"
STUDENTS = 24
CLIENT = {"username": "mockroster", "password": "mockroster-secret"}
Bearer = Callable[[str], str]
ALL = [one for one in scenarios().values() if one.stage != "wire"]


@pytest.fixture(scope="module")
def roster() -> Api:
    """Return a client of the district that the server has too: the same seed and day."""
    return connected(make_app(students=STUDENTS))


@pytest.fixture(scope="module")
def requests(roster: Api) -> list[Probe]:
    """Return requests that between them meet every place where a scenario can act."""
    return probes(roster)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Served]:
    """Return a running server that asks for tokens."""
    with served("--students", str(STUDENTS), "--now", NOW.isoformat()) as running:
        yield running


@pytest.fixture(scope="module")
def bearer(guarded: Served, roster: Api) -> Bearer:
    """Return a function that returns the server's counterpart of an authorization: a token with the same scopes."""
    known = roster.app.extensions["mockroster"].default.credentials

    @cache
    def counterpart(authorization: str) -> str:
        ours = known.find_token(authorization.removeprefix("Bearer ") or roster.token)
        if ours is None:
            return authorization
        asked = {"grant_type": "client_credentials", "scope": " ".join(sorted(ours.scopes))}
        form = EnvironBuilder("/oauth2/token", method="POST", data=asked, auth=Authorization("basic", dict(CLIENT)))
        status, _, body = exchanged(guarded, form)
        assert status == 200
        return "Bearer " + json.loads(body)["access_token"]

    return counterpart


def exchanged(server: Served, builder: EnvironBuilder) -> tuple[int, dict[str, str], bytes]:
    """Send a request over a socket of its own; return status, headers in lower case and body."""
    request = builder.get_request()
    body = request.get_data() or None
    headers = {name: value for name, value in request.headers if name not in {"Host", "Content-Length"}}
    target = request.environ["REQUEST_URI"]
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=PATIENCE)
    try:
        connection.request(request.method, target, body, headers)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def sent(server: Served, bearer: Bearer, probe: Probe, prefix: str, spec: str = "") -> tuple[int, set[str]]:
    """Return the status of the answer to a probe, and the scenarios that it names."""
    builder = EnvironBuilder(prefix + probe.path, method=probe.method, **probe.more)
    if probe.bearer or "Authorization" in builder.headers:
        builder.headers["Authorization"] = bearer(builder.headers.get("Authorization", ""))
    if spec:
        builder.headers[HEADER] = spec
    status, headers, _ = exchanged(server, builder)
    return status, set(filter(None, headers.get(HEADER.lower(), "").split(", ")))


@pytest.mark.parametrize("scenario", ALL, ids=[one.name for one in ALL])
def test_acts(scenario: type[Scenario], guarded: Served, bearer: Bearer, requests: list[Probe]) -> None:
    """It names itself in an answer by either door, and before that nobody else's name stands in one.

    By the second door, the request on which it acts by the first comes first.
    """
    box, text = f"/sandboxes/{scenario.name}", ACTING.get(scenario.name, scenario.name)
    expected = {one.scenario.name for one in parse_scenarios([scenario.name])}
    order = requests

    for prefix, spec in ((f"{box}-header", text), (f"{box}-path/scenarios/{text}", "")):
        named: set[str] = set()
        for probe in order:
            named |= sent(guarded, bearer, probe, prefix, spec)[1]
            if named == expected or (named and issubclass(scenario, Provider)):
                order = [probe, *requests]
                break

        assert named
        assert named <= expected


def test_without_any_the_answers_are_clean(guarded: Served, bearer: Bearer, requests: list[Probe]) -> None:
    """The same requests without a scenario name none, and nothing breaks."""
    answers = [sent(guarded, bearer, probe, "/sandboxes/clean") for probe in requests]

    assert not any(named for _, named in answers)
    assert {status for status, _ in answers} <= {200, 201, 204, 400, 401, 403, 404, 405}
