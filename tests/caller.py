"""A caller that sends probes to a server in this process over sockets, and learns which scenarios acted."""

from __future__ import annotations

import json
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple
from urllib.parse import urlsplit

from conftest import BASE, Api, connected
from patience import PATIENCE
from probes import ACTING, Probe, probes
from tenants import HEADER
from werkzeug.test import EnvironBuilder, run_wsgi_app

from mockroster import Server
from mockroster.delivery import ConnectionEnded
from mockroster.parameters import fields_of
from mockroster.scenarios.base import Scenario
from mockroster.scenarios.spec import canonical

USERS = f"{BASE}/users"
ONCE = {"flaky": "flaky:every=1", "rate-limit": "rate-limit:limit=0"}
"""The text of scenarios that do not act on the first request with their defaults."""


class Answer(NamedTuple):
    """The outcome of a request: status (0 for a cut connection), acting scenarios, and the text without the sandbox."""

    status: int
    names: frozenset[str]
    text: str


class Caller:
    """Sends probes to a server, each over a connection of its own."""

    TIMEOUT = PATIENCE
    """Seconds without a byte after which a request has no answer."""

    def __init__(self, server: Server) -> None:
        self.api: Api = connected(server.application)
        self.probes = probes(self.api)
        self.by_users_first = sorted(self.probes, key=lambda probe: not (probe.bearer and is_on_users(probe)))
        self._address = urlsplit(server.address).netloc

    def send(self, probe: Probe, box: str, spec: str = "") -> Answer:
        """Send a probe to a sandbox, with a scenario by header."""
        builder = EnvironBuilder(box + probe.path, method=probe.method, **probe.more)
        if probe.bearer:
            builder.headers["Authorization"] = f"Bearer {self.api.token}"
        if spec:
            builder.headers[HEADER] = spec
        with suppress(OSError, HTTPException):
            status, headers, body = self._exchange(builder)
            return Answer(status, names_in(headers.get(HEADER, "")), body.decode("utf-8", "replace").replace(box, ""))
        return Answer(0, self._names_in_journal(box), "")

    def is_touched(self, probe: Probe, box: str, spec: str) -> bool:
        """Return whether a scenario acts on a probe. It is sent without a socket, which takes a third of the time."""
        variables = {"HTTP_AUTHORIZATION": f"Bearer {self.api.token}"} if probe.bearer else {}
        environ = probe.environ(box, HTTP_X_MOCKROSTER_SCENARIO=spec, **variables)
        try:
            return HEADER in run_wsgi_app(self.api.app, environ, buffered=True)[2]
        except ConnectionEnded:
            return True

    def use(self, box: str, *specs: str) -> None:
        """Activate scenarios in a sandbox."""
        active = {"json": {"active": [*specs]}}
        assert self.send(Probe("PUT", "/__admin/scenarios", more=active), box).status == 200

    def drop(self, box: str) -> None:
        """Drop a sandbox, so that the next ones have its room."""
        self._exchange(EnvironBuilder(f"/__admin{box}", method="DELETE"))

    def _exchange(self, builder: EnvironBuilder) -> tuple[int, dict[str, str], bytes]:
        request = builder.get_request()
        headers = {name: value for name, value in request.headers if name not in {"Host", "Content-Length"}}
        connection = HTTPConnection(self._address, timeout=self.TIMEOUT)
        try:
            connection.request(request.method, request.environ["REQUEST_URI"], request.get_data() or None, headers)
            response = connection.getresponse()
            named = {name.title(): value for name, value in response.getheaders()}
            return response.status, named | {HEADER: response.headers.get(HEADER, "")}, response.read()
        finally:
            connection.close()

    def _names_in_journal(self, box: str) -> frozenset[str]:
        """Return the scenarios of the last request, whose answer did not arrive, once the server has ended it."""
        for _ in range(1000):
            _, _, body = self._exchange(EnvironBuilder(f"{box}/__admin/requests?limit=1"))
            (row,) = json.loads(body)["requests"]
            if row["outcome"] is not None:
                return frozenset(row["scenarios"])
        raise TimeoutError(f"{row['method']} {row['path']} has no end")


def names_in(header: str) -> frozenset[str]:
    """Return the names in the header of an answer."""
    return frozenset(filter(None, header.split(", ")))


def is_on_users(probe: Probe) -> bool:
    """Return whether a probe reads the users of 1.1."""
    return probe.method == "GET" and probe.path.partition("?")[0] == USERS


def quick(scenario: type[Scenario]) -> str:
    """Return the text of a scenario that acts on the first request and waits for a millisecond at most."""
    text = ONCE.get(scenario.name) or ACTING.get(scenario.name, scenario.name)
    if "ms" not in fields_of(scenario):
        return text
    return canonical([f"{text}{',' if ':' in text else ':'}ms=1"])[0]
