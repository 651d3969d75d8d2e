"""The sequence of requests that a test looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import NOW

from mockroster import Sandbox, Server
from mockroster.client.requests import SHOWN, Requests, explain
from mockroster.errors import ConfigurationError

V1P1 = "/ims/oneroster/v1p1"


@pytest.fixture
def busy() -> Iterator[Sandbox]:
    """Return a sandbox that was asked for a token, two pages of users and something that is not there."""
    with Server(students=3, now=NOW) as server:
        server.use("no-link")
        server.get(f"{V1P1}/users?limit=1")
        server.get(f"{V1P1}/users?limit=2&offset=1")
        server.get(f"{V1P1}/orgs/nothing")
        yield server


def rows(*paths: str) -> list[dict[str, Any]]:
    """Return a journal as the switchboard has it, newest first."""
    facts = {"query": "", "headers": {}, "body": "", "status": 200, "ms": 1.0, "operation": None, "scenarios": []}
    return [
        {"method": "GET", "path": path, **facts, "at": "2026-01-15T08:00:00.000Z", "more": "of a newer server"}
        for path in reversed(paths)
    ]


def test_sequence(busy: Sandbox) -> None:
    """It is a sequence, the oldest first."""
    requests = busy.requests

    assert isinstance(requests, Sequence)
    assert len(requests) == 4
    assert [request.status for request in requests] == [200, 200, 200, 404]
    assert requests[0].operation == "token"
    assert [request.query for request in requests[1:3]] == ["limit=1", "limit=2&offset=1"]
    assert requests[-1] in requests
    assert repr(requests) == "<4 requests>"
    assert bool(requests) is True
    assert bool(Requests(list)) is False


def test_request(busy: Sandbox) -> None:
    """A request has everything that the journal tells, and a short form to be read."""
    request = busy.requests[1]

    assert (request.method, request.path, request.body) == ("GET", f"{V1P1}/users", "")
    assert request.headers["authorization"] == "Bearer [redacted]"
    assert request.scenarios == ("no-link",)
    assert request.ms > 0
    assert isinstance(request.at, datetime)
    assert request.at.tzinfo == UTC
    assert repr(request) == f"GET {V1P1}/users?limit=1 200 [no-link]"


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        ({}, 4),
        ({"method": "get"}, 3),
        ({"path": "/users"}, 2),
        ({"path": "*/users*", "query": "offset"}, 1),
        ({"status": 404}, 1),
        ({"status": "404"}, 1),
        ({"operation": "token"}, 1),
        ({"header": "Authorization: Bearer"}, 3),
        ({"status": 500}, 0),
    ],
)
def test_find_and_count(filters: dict[str, Any], number: int, busy: Sandbox) -> None:
    """Filters find what those of the switchboard find."""
    found = busy.requests.find(**filters)

    assert len(found) == busy.requests.count(**filters) == number
    assert busy._switchboard.call("POST", "/requests/count", filters) == {"count": number}


def test_unknown_filter(busy: Sandbox) -> None:
    """A filter that is none is told with the nearest right name."""
    with pytest.raises(ConfigurationError, match="did you mean 'status'"):
        busy.requests.count(staus=200)


def test_explained() -> None:
    """A comparison is explained by its count, wherever it stands; others are left to pytest."""
    requests = Requests(lambda: rows("/a", "/b", "/b"))
    count = requests.count(path="/b")

    assert explain("==", 1, count) == [
        "1 == 2",
        "2 of 3 requests with path='/b'",
        "* GET /b 200",
        "* GET /b 200",
        "  GET /a 200, not path='/b'",
    ]
    assert explain("==", 1, 2) is None


def test_explained_in_few_lines() -> None:
    """Of many requests the last that match are shown: pytest would cut a longer message itself."""
    requests = Requests(lambda: rows("/a", *(f"/b/{number}" for number in range(20))))

    lines = explain(">", requests.count(path="/b/*"), 30)

    assert lines == [
        "20 > 30",
        "20 of 21 requests with path='/b/*'",
        *(f"* GET /b/{number} 200" for number in range(20 - SHOWN, 20)),
    ]


@pytest.mark.parametrize("status", ["4xx", 99, 600, "ok"])
def test_a_status_that_is_none(status: int | str) -> None:
    """A status that no response has is refused: its count would be 0 whatever the client does."""
    requests = Requests(list)

    with pytest.raises(ConfigurationError, match=f"status: {status!r} is not a status such as 404"):
        requests.count(status=status)


def test_nearest_first() -> None:
    """Requests that miss one filter come before those that miss two."""
    requests = Requests(lambda: rows("/a", "/b"))

    found = requests.find(path="/b", status=500)

    assert repr(found) == "[] (nearest: GET /b 200, not status=500)"
    assert repr(Requests(list).find(status=500)) == "[]"
    assert list(found.explain())[-1] == "  GET /a 200, not path='/b', status=500"


def test_wait_returns_what_is_there(busy: Sandbox) -> None:
    """Requests that are there already are returned at once."""
    found = busy.requests.wait(2, path="/users", timeout=0)

    assert [request.query for request in found] == ["limit=1", "limit=2&offset=1"]


def test_wait_for_what_comes(busy: Sandbox) -> None:
    """A test waits for what its client does in another thread."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(busy.requests.wait, 2, path="/late", status=404, timeout=60)
        busy.get("/late")
        busy.get("/late")
        found = waiting.result()

    assert [request.outcome for request in found] == ["answered"] * 2


def test_wait_in_vain(busy: Sandbox) -> None:
    """After the timeout, the failure lists the nearest requests."""
    with pytest.raises(AssertionError) as failure:
        busy.requests.wait(3, path="/users", timeout=0.01)

    first, second, *_ = str(failure.value).splitlines()
    assert first == "waited 0.01 s for 3, found:"
    assert second == f"2 of {len(busy.requests)} requests with path='/users'"


def test_verify(busy: Sandbox) -> None:
    """The requests are returned where there are as many as expected."""
    (found,) = busy.requests.verify(1, path="/users", query="offset")

    assert found.query == "limit=2&offset=1"
    assert found.rows == 2


@pytest.mark.parametrize("number", [1, 3])
def test_verify_fails_under_any_framework(busy: Sandbox, number: int) -> None:
    """Too few and too many are an ``AssertionError`` that lists the actual requests."""
    with pytest.raises(AssertionError, match=f"^expected {number}, found:\n2 of \\d+ requests with path='/users'\n"):
        busy.requests.verify(number, path="/users")


def test_unknown_filter_of_wait_and_verify(busy: Sandbox) -> None:
    """A filter that is none is told before anybody waits."""
    for call in (busy.requests.wait, busy.requests.verify):
        with pytest.raises(ConfigurationError, match="did you mean 'status'"):
            call(1, staus=200)


def test_nothing_was_asked() -> None:
    """Without a request that is all there is to say."""
    assert explain("==", Requests(list).count(), 1) == ["0 == 1", "0 of 0 requests"]
