"""Replicas behind the built-in server: long polls, the stream, connections that end, a store that goes away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
from conftest import Replicas, connected
from patience import PATIENCE
from redis_server import running as redis_running
from state_behaviour import eventually
from wire.running import running

from mockroster.http.lifecycle import Application

pytestmark = pytest.mark.servers

Address = tuple[str, int]


class Served:
    """Three replicas that listen."""

    def __init__(self, applications: list[Application], addresses: list[Address]) -> None:
        self.applications = applications
        self.addresses = addresses
        self.token = connected(applications[0]).token

    def ask(self, number: int, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        """Send a request to a replica, and return status and JSON."""
        connection = HTTPConnection(*self.addresses[number % 3], timeout=PATIENCE)
        body = None if document is None else json.dumps(document)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        return response.status, json.loads(content) if content else None

    def get(self, number: int, sourced_id: str) -> int:
        """Read a school from a replica, and return the status."""
        return self.ask(number, "GET", f"/ims/oneroster/v1p1/orgs/{sourced_id}")[0]


@pytest.fixture
def served(replicas: Replicas) -> Iterator[Served]:
    """Return three replicas that listen."""
    applications = replicas(3)
    with ExitStack() as stack:
        yield Served(applications, [stack.enter_context(running(each)) for each in applications])


def test_journal_is_complete_at_once(served: Served) -> None:
    """After a response, its entry is complete in the journal at any replica."""
    for number in range(30):
        served.get(number, str(number))
        _, found = served.ask(number + 1, "GET", "/__admin/requests?limit=1")
        (row,) = found["requests"]
        assert (row["path"], row["status"]) == (f"/ims/oneroster/v1p1/orgs/{number}", 404)

    _, count = served.ask(2, "POST", "/__admin/requests/count", {"status": 404})

    assert count == {"count": 30}


def test_long_poll_hears_of_every_replica(served: Served) -> None:
    """A long poll at one replica ends with the request that another has answered."""
    wanted = {"operation": "getOrg", "at_least": 6, "wait": "20s"}

    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(served.ask, number, "POST", "/__admin/requests/count", wanted) for number in range(3)]
        for number in range(6):
            served.get(number, "x")
        found = [each.result(20) for each in waiting]

    assert [status for status, _ in found] == [200] * 3
    assert all(body["count"] >= 6 for _, body in found)


def test_stream_has_everything_once_in_order(served: Served) -> None:
    """The stream of one replica has arrival and end of each request of all, once, in order, and each change."""
    with _stream(served.addresses[0]) as response:
        for number in range(40):
            served.get(number, str(number))
            if number % 10 == 0:
                body = {"category": {"sourcedId": "c", "status": "active", "title": str(number)}}
                served.ask(number + 1, "PUT", "/ims/oneroster/v1p1/categories/c", body)
        events = _events(response, 2 * 44 + 4)

    requests = [event for kind, event in events if kind == "request"]
    arrivals = [event["sequence"] for event in requests if event["status"] is None]
    ends = [event["sequence"] for event in requests if event["status"] is not None]
    revisions = [event["revision"] for kind, event in events if kind == "change"]
    assert arrivals == sorted(arrivals)
    assert ends == arrivals == list(range(arrivals[0], arrivals[0] + 44))
    assert revisions == [1, 2, 3, 4]


def test_cut_connections_are_recorded(served: Served) -> None:
    """A response that a scenario cuts is recorded as such, by a thread, and the server goes on."""
    served.ask(0, "PUT", "/__admin/scenarios", {"active": ["empty-reply"]})

    with pytest.raises(ConnectionError):
        served.get(1, "x")
    served.ask(2, "DELETE", "/__admin/scenarios")

    def outcomes() -> list[Any]:
        _, found = served.ask(0, "GET", "/__admin/requests?limit=1")
        return [row["outcome"] for row in found["requests"]]

    eventually(lambda: outcomes() == ["cut"])


def test_stream_outlives_the_store(replicas: Replicas) -> None:
    """A stream goes on when the store is back, and announces a gap."""
    with redis_running() as server:
        (application,) = replicas(1, server.url())
        api = connected(application)
        with running(application) as address, _stream(address) as response:
            api.get("/orgs")
            before = _events(response, 2)
            server.process.kill()
            server.process.wait()
            codes = [api.get("/orgs").status_code]
            with redis_running(server.port):
                eventually(lambda: api.get("/orgs").status_code == 200)
                after = _events(response, 1)

    assert [kind for kind, _ in before] == ["request"] * 2
    assert codes == [503]
    assert after == [("gap", {"missed": "events"})]


@contextmanager
def _stream(address: Address) -> Iterator[HTTPResponse]:
    """Open the stream of a replica."""
    connection = HTTPConnection(*address, timeout=PATIENCE)
    connection.request("GET", "/__admin/stream")
    response = connection.getresponse()
    try:
        assert response.readline().startswith(b": mockroster")
        yield response
    finally:
        response.close()
        connection.close()


def _events(response: HTTPResponse, number: int) -> list[tuple[str, Any]]:
    """Return the next events of a stream."""
    events: list[tuple[str, Any]] = []
    kind = ""
    while len(events) < number:
        line = response.readline().decode().strip()
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            events.append((kind, json.loads(line.removeprefix("data: "))))
    return events
