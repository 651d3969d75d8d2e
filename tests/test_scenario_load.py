"""Scenarios about many requests at the same time, and about the names of headers, over real sockets."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from conftest import BASE, Served, freeze, make_app, served
from patience import PATIENCE
from werkzeug.test import Client, TestResponse

HEADER = "X-Mockroster-Scenario"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """Return a running server that asks for no token."""
    with served("--students", "24", "--no-auth") as running:
        yield running


@pytest.fixture(scope="module")
def client() -> Client:
    """Return a client of an application that asks for no token."""
    return Client(make_app(students=24, no_auth=True))


def statuses_at_once(server: Served, path: str, spec: str, number: int) -> list[int]:
    """Return the statuses of requests that are sent at the same time."""
    with ThreadPoolExecutor(number) as threads:
        answers = threads.map(lambda _: server.ask("GET", path, X_Mockroster_Scenario=spec)[0], range(number))
        return sorted(answers)


def test_concurrency_limit(server: Served) -> None:
    """Of four requests at the same time one is answered and three are 429; one after another are all answered."""
    path, spec = f"/sandboxes/crowd{BASE}/orgs?limit=1", "concurrency-limit:max=1;slow:ms=1500"

    together = statuses_at_once(server, path, spec, 4)
    apart = [server.ask("GET", path, X_Mockroster_Scenario="concurrency-limit:max=1")[0] for _ in range(4)]

    assert together == [200, 429, 429, 429]
    assert apart == [200] * 4


def test_concurrency_limit_of_five(server: Served) -> None:
    """By default five are answered."""
    path, spec = f"/sandboxes/five{BASE}/orgs?limit=1", "concurrency-limit;slow:ms=1500"

    assert statuses_at_once(server, path, spec, 7) == [200] * 5 + [429] * 2


def test_a_client_that_leaves_makes_room(server: Served) -> None:
    """A request whose client has closed the connection counts no more."""
    spec = "concurrency-limit:max=1;slow:ms=60000"
    host, port = server.address
    with socket.create_connection((host, port)) as connection:
        lines = [f"GET /sandboxes/left{BASE}/orgs HTTP/1.1", f"Host: {host}:{port}", f"{HEADER}: {spec}", "", ""]
        connection.sendall("\r\n".join(lines).encode())
        first = _wait_until(server, "/sandboxes/left", count=1)

    second = _wait_until(server, "/sandboxes/left", count=1, outcome="client-gone")
    answered = server.ask("GET", f"/sandboxes/left{BASE}/orgs", X_Mockroster_Scenario="concurrency-limit:max=1")[0]

    assert (first, second, answered) == (1, 1, 200)


def _wait_until(server: Served, prefix: str, count: int, outcome: str | None = None) -> int:
    """Return the number of requests in the journal, once there are as many with the outcome."""
    for _ in range(100):
        requests = json.loads(server.ask("GET", f"{prefix}/__admin/requests?wait=1s")[2])["requests"]
        found = [request for request in requests if request["outcome"] == outcome]
        if len(found) >= count:
            return len(found)
    return 0


def test_concurrency_limit_within_the_process(client: Client) -> None:
    """Under a server that does not report the end of a request, it counts until its response is closed."""
    headers = {HEADER: "concurrency-limit:max=2"}

    def ask() -> TestResponse:
        return client.get(f"/sandboxes/closing{BASE}/orgs", headers=headers)

    first, second, third = ask(), ask(), ask()
    first.close()
    fourth = ask()

    assert [response.status_code for response in (first, second, third, fourth)] == [200, 200, 429, 200]
    assert [response.headers.get(HEADER) for response in (first, third)] == [None, "concurrency-limit"]
    second.close()
    fourth.close()


def test_concurrency_limit_with_a_slow_response(client: Client) -> None:
    """The same for a response that is sent in steps."""
    headers = {HEADER: "concurrency-limit:max=1;slow:ms=1"}
    statuses = []

    for _ in range(3):
        with client.get(f"/sandboxes/slowly{BASE}/orgs", headers=headers) as response:
            response.get_data()
            statuses.append(response.status_code)

    assert statuses == [200] * 3


def test_requests_that_never_end_are_forgotten(client: Client) -> None:
    """A request counts for a minute at most."""
    with pytest.MonkeyPatch.context() as patch:
        now = freeze(patch, datetime(2026, 1, 15, 8, tzinfo=UTC))
        headers, path = {HEADER: "concurrency-limit:max=1"}, f"/sandboxes/endless{BASE}/orgs"
        held = client.get(path, headers=headers)
        early = client.get(path, headers=headers).status_code
    with pytest.MonkeyPatch.context() as patch:
        freeze(patch, now + timedelta(seconds=61))
        late = client.get(path, headers=headers).status_code
    held.close()

    assert (early, late) == (429, 200)


# Slow under load.


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Stop the clock, and return the seconds for which scenarios wait; nobody really does."""
    freeze(monkeypatch)
    taken: list[float] = []
    monkeypatch.setattr("mockroster.delivery._wait", lambda step: taken.append(step.seconds))
    return taken


def read(client: Client, sandbox: str, spec: str) -> TestResponse:
    """Read a page to its end."""
    return client.get(f"/sandboxes/{sandbox}{BASE}/orgs", headers={HEADER: spec}, buffered=True)


def test_slow_under_load(client: Client, naps: list[float]) -> None:
    """Two requests of a second are quick, each further one waits longer, and none is 429."""
    spec = "slow-under-load:limit=2,ms=300,failing=0"

    answers = [read(client, "load", spec) for _ in range(5)]
    client.put("/sandboxes/load/__admin/clock", json={"advance": "1s"})
    later = read(client, "load", spec)

    assert [response.status_code for response in answers] == [200] * 5
    assert naps == pytest.approx([0.3, 0.6, 0.9])
    assert [response.headers.get(HEADER) for response in answers] == [None] * 2 + ["slow-under-load"] * 3
    assert HEADER not in later.headers


def test_slow_under_load_by_default(client: Client, naps: list[float]) -> None:
    """Forty requests of a second are quick, and the next waits for 350 milliseconds."""
    for _ in range(41):
        read(client, "defaults", "slow-under-load")

    assert naps == [0.35]


def test_longest_delay(client: Client, naps: list[float]) -> None:
    """No delay is longer than a minute."""
    for _ in range(3):
        read(client, "longest", "slow-under-load:limit=0,ms=45000,failing=0")

    assert naps == [45, 60, 60]


def test_some_fail_under_load(client: Client, naps: list[float]) -> None:
    """A share of the requests over the limit is 500, late as the others."""
    answers = [read(client, "stray", "slow-under-load:limit=5,ms=1,failing=0.5") for _ in range(45)]

    statuses = [response.status_code for response in answers]
    assert statuses[:5] == [200] * 5
    assert 10 <= statuses.count(500) <= 30
    assert statuses.count(200) + statuses.count(500) == 45
    assert len(naps) == 40


# Names of headers.


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ("header-case", {"x-total-count", "content-type", "content-length", "link"}),
        ("header-case:style=upper", {"X-TOTAL-COUNT", "CONTENT-TYPE", "CONTENT-LENGTH", "LINK"}),
        ("header-case:style=title", {"X-Total-Count", "Content-Type", "Content-Length", "Link"}),
    ],
)
def test_header_case(spec: str, names: set[str], server: Served) -> None:
    """The names are in that case on the wire, except our own and those that the server adds."""
    found = header_names(server, f"{BASE}/orgs?limit=1", spec)

    assert names <= found
    assert found - names <= {"X-Mockroster-Scenario", "Date", "Server", "Connection"}


def test_title_case_of_an_error(server: Served) -> None:
    """A name with a word in capitals loses them."""
    assert "Www-Authenticate" in header_names(server, f"{BASE}/orgs", "auth-failure;header-case:style=title")


@pytest.mark.parametrize(
    ("style", "name"), [("lower", "x-total-count"), ("title", "X-Total-Count"), ("upper", "X-TOTAL-COUNT")]
)
def test_header_case_within_the_process(style: str, name: str, client: Client) -> None:
    """Under any server the application gives the names in that case."""
    response = client.get(f"{BASE}/orgs", headers={HEADER: f"header-case:style={style}"}, buffered=True)

    assert name in [found for found, _ in response.headers]
    assert (response.status_code, response.headers[HEADER]) == (200, "header-case")


def header_names(server: Served, path: str, spec: str) -> set[str]:
    """Return the names of the headers of an answer, as they were sent."""
    host, port = server.address
    with socket.create_connection((host, port), timeout=PATIENCE) as connection:
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Connection: close", f"{HEADER}: {spec}", "", ""]
        connection.sendall("\r\n".join(lines).encode())
        answer = b""
        while received := connection.recv(65536):
            answer += received
    return {line.partition(b":")[0].decode() for line in answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]}
