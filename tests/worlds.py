"""One sandbox for each test, chosen by either door, for the tests of failures and queries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import quote

from conftest import BASE, Api
from werkzeug.test import Client, TestResponse

from mockroster.sandbox.registry import Sandboxes
from mockroster.sandbox.sandbox import Sandbox

Json = dict[str, Any]

HEADER = "X-Mockroster-Scenario"
ROSTERING = "/ims/oneroster/rostering/v1p2"
GRADEBOOK = "/ims/oneroster/gradebook/v1p2"

_NUMBERS = count()


@dataclass
class World:
    """A sandbox; paths begin below the base of 1.1 unless they begin with ``/ims/``."""

    api: Api
    sandbox: Sandbox

    def send(self, method: str, path: str, spec: str | None = None, body: object = None) -> TestResponse:
        """Send a request, with a scenario chosen by header if one is given."""
        return self._send(method, "", path, {HEADER: spec} if spec else {}, body)

    def get(self, path: str, spec: str | None = None, **parameters: object) -> TestResponse:
        """Read a path, with a scenario chosen by header if one is given."""
        return self.send("GET", path + _query(parameters), spec)

    def by_path(self, method: str, path: str, spec: str, body: object = None) -> TestResponse:
        """Send a request with a scenario chosen by base path."""
        prefix = "/scenarios/" + quote(spec.replace("/", "~"), safe="")
        return self._send(method, prefix, path, {}, body)

    def advance(self, **duration: float) -> None:
        """Move the clock of the sandbox."""
        self.sandbox.clock.advance(timedelta(**duration))

    def _send(self, method: str, prefix: str, path: str, headers: dict[str, str], body: object) -> TestResponse:
        path = path if path.startswith("/ims/") else BASE + path
        url = f"/sandboxes/{self.sandbox.name}{prefix}{path}"
        headers = {"Authorization": f"Bearer {self.api.token}", **headers}
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return Client(self.api.app).open(url, method=method, headers=headers, **sent)


def _query(parameters: dict[str, object]) -> str:
    pairs = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parameters.items())
    return f"?{pairs}" if pairs else ""


@contextmanager
def new_world(api: Api) -> Iterator[World]:
    """Make a sandbox, and drop it after use."""
    sandboxes: Sandboxes = api.app.extensions["mockroster"]
    name = f"world-{next(_NUMBERS)}"
    yield World(api, sandboxes.get(name))
    sandboxes.drop(name)


def rows(response: TestResponse) -> list[Json]:
    """Return the records of a page that must be 200."""
    assert response.status_code == 200, response.text
    found: list[Json] = next(iter(response.get_json().values()))
    return found


def named(response: TestResponse) -> str | None:
    """Return the names of the scenarios that touched an answer."""
    return response.headers.get(HEADER)
