"""A journal entry from arrival to end: response, client and outcome."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from conftest import NOW, make_app
from patience import PATIENCE
from tenants import CLIENT, HEADER, ROSTERING, V1P1, Tenant, tenant

from mockroster import Sandbox, Server
from mockroster.delivery import Close, ObservedSteps, Outcome, Step, Steps
from mockroster.state.values import Limits

ORGS = f"{V1P1}/orgs"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server of this module."""
    with Server(students=5, now=NOW) as running:
        yield running


@pytest.fixture
def sandbox(server: Server) -> Iterator[Sandbox]:
    """Return a sandbox of the test's own."""
    with server.sandbox() as own:
        yield own


def entries(sandbox: Sandbox, query: str = "") -> list[dict[str, Any]]:
    """Return the journal of a sandbox, newest first."""
    found: list[dict[str, Any]] = sandbox._switchboard.call("GET", f"/requests{query}")["requests"]
    return found


def connected(sandbox: Sandbox, path: str, *headers: str) -> socket.socket:
    """Send a request without reading the answer."""
    parts = urlsplit(sandbox.url)
    connection = socket.create_connection((str(parts.hostname), parts.port), timeout=PATIENCE)
    lines = [f"GET {parts.path}{path} HTTP/1.1", f"Host: {parts.netloc}", f"Authorization: Bearer {sandbox.token()}"]
    connection.sendall("\r\n".join([*lines, *headers, "", ""]).encode())
    return connection


def test_request_under_way(sandbox: Sandbox) -> None:
    """A request is in the journal as soon as it has arrived; its end is not known then."""
    with closing(connected(sandbox, ORGS, f"{HEADER}: slow:ms=600000")):
        (found,) = sandbox.requests.wait(path="/orgs", timeout=PATIENCE)

        (entry,) = entries(sandbox, "?path=/orgs")
        assert (entry["method"], entry["operation"]) == ("GET", "getAllOrgs")
        assert [entry[name] for name in ("status", "ms", "outcome", "response")] == [None] * 4
        assert repr(found) == f"GET {ORGS} under way"


def test_client_that_goes(sandbox: Sandbox) -> None:
    """A client that gives up is told from one that was answered, and the time is what it waited."""
    with closing(connected(sandbox, ORGS, f"{HEADER}: slow:ms=600000")):
        sandbox.requests.wait(path="/orgs", timeout=PATIENCE)

    (found,) = sandbox.requests.wait(path="/orgs", status=200, timeout=PATIENCE)
    assert found.outcome == "client-gone"
    assert repr(found) == f"GET {ORGS} 200 (client-gone) [slow]"


@pytest.mark.parametrize("spec", ["cut-body", "empty-reply", "reset:after=5", "stalled-body:ms=1"])
def test_answer_that_a_scenario_cuts(sandbox: Sandbox, spec: str) -> None:
    """An answer that ends early on purpose is ``cut``; the entry has it as it was before."""
    with closing(connected(sandbox, ORGS, f"{HEADER}: {spec}")) as connection:
        try:
            while connection.recv(65536):
                continue
        except ConnectionError:
            pass

    (found,) = sandbox.requests.wait(path="/orgs", status=200, timeout=PATIENCE)
    assert found.outcome == "cut"
    assert found.response is not None
    assert found.response["body"].startswith('{"orgs"')


def test_answer(sandbox: Sandbox) -> None:
    """An entry has the response, with header names in lower case, and the number of rows."""
    answer = sandbox.get(f"{ORGS}?limit=2")

    entry = entries(sandbox)[0]
    assert json.loads(entry["response"]["body"]) == answer.json()
    assert entry["response"]["headers"]["x-total-count"] == answer.headers["X-Total-Count"]
    assert (entry["rows"], entry["outcome"], entry["client"]) == (2, "answered", sandbox.client_id)


def test_tokens_are_not_in_answers(sandbox: Sandbox) -> None:
    """The token of an answer is redacted, compressed or not."""
    value = sandbox.token()

    entry = entries(sandbox)[0]
    assert value not in json.dumps(entry)
    assert json.loads(entry["response"]["body"])["access_token"] == "[redacted]"


def test_compressed_answer(sandbox: Sandbox) -> None:
    """A compressed body is shown as the text that it is."""
    sandbox.use("gzip-always")

    sandbox.get(f"{ORGS}?limit=1")

    assert entries(sandbox)[0]["response"]["body"].startswith('{"orgs"')


@pytest.mark.parametrize(
    ("query", "rows"), [("?limit=2", 2), ("?limit=2&offset=10000", 0), ("/nothing", None), ("?limit=no", None)]
)
def test_rows(sandbox: Sandbox, query: str, rows: int | None) -> None:
    """A page has its number of rows, an empty one 0; other responses have none."""
    sandbox.get(f"{ORGS}{query}")

    assert entries(sandbox)[0]["rows"] == rows


@pytest.mark.parametrize(("spec", "rows"), [("server-error", None), ("truncated-json", 2)])
def test_rows_of_a_changed_page(sandbox: Sandbox, spec: str, rows: int | None) -> None:
    """A response that a scenario puts in place of a page has no rows; a page that is cut on the wire has."""
    sandbox.use(spec)

    sandbox.get(f"{ORGS}?limit=2")

    assert entries(sandbox)[0]["rows"] == rows


def test_sequences(sandbox: Sandbox) -> None:
    """Sequences begin at 1, rise by one, and are not used again after the journal was cleared."""
    for number in range(3):
        sandbox.get(f"/nothing/{number}")
    before = [entry["sequence"] for entry in entries(sandbox)]
    sandbox._switchboard.call("DELETE", "/requests")
    sandbox.get("/nothing")

    assert before == [4, 3, 2, 1]
    assert [entry["sequence"] for entry in entries(sandbox)] == [5]


def test_client(app: Any) -> None:
    """The client is the one of the token or signature, or the one that asks for a token; nobody without any."""
    here = tenant(app)
    here.token(("nobody", "no"))
    here.token(("scenario:no-link", "x"))
    here.enter().get(ORGS)
    here.get(ORGS, headers={"Authorization": "Bearer unknown"})
    here.signed(ORGS)
    Tenant(app, here.prefix).get(ORGS)

    found = [entry["client"] for entry in reversed(here.admin("GET", "/requests").get_json()["requests"])]
    by_client = here.admin("POST", "/requests/count", {"client": CLIENT[0]}).get_json()

    assert found == ["nobody", "scenario", CLIENT[0], CLIENT[0], None, CLIENT[0], None]
    assert by_client == {"count": 3}


def test_a_request_that_makes_a_sandbox(app: Any) -> None:
    """A sandbox that a request makes has that request in its journal, once and with its end."""
    here = tenant(app).enter()

    (entry,) = here.admin("GET", "/requests").get_json()["requests"]

    assert (entry["sequence"], entry["operation"], entry["status"]) == (1, "token", 200)


def test_secret_in_place_of_a_scheme(app: Any) -> None:
    """An answer that repeats the beginning of a secret does not show it in the journal."""
    here, secret = tenant(app), "K3y-of-production-that-is-long"

    here.get(ORGS, headers={"Authorization": f"{secret} x"})
    here.get(f"{ROSTERING}/orgs", headers={"Authorization": f"{secret} x"})

    text = here.admin("GET", "/requests").text
    assert text.count('"status":401') == 2
    assert secret[:8] not in text


def test_a_failure_of_the_server_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario that fails is a 500 in the journal, too."""
    app = make_app(students=5)
    app.testing = False
    here = tenant(app).enter()
    monkeypatch.setattr("mockroster.scenarios.body.failures.ServerError.before", lambda *_: 1 / 0)

    here.get(ORGS, headers={HEADER: "server-error"})

    entry = here.admin("GET", "/requests").get_json()["requests"][0]
    assert (entry["status"], entry["outcome"]) == (500, "answered")


@pytest.mark.parametrize(
    ("steps", "taken", "outcome"),
    [([b"a", b"b"], 3, "answered"), ([b"a", Close()], 2, "cut"), ([b"a", b"b"], 1, "client-gone")],
)
def test_steps_tell_their_end(steps: list[Step], taken: int, outcome: Outcome) -> None:
    """Under a server that does not tell, the steps themselves tell once how they ended."""
    ends: list[Outcome] = []
    observed = ObservedSteps(Steps(steps), ends.append)

    for _ in range(taken):
        next(observed, None)
    observed.close()
    observed.close()

    assert ends == [outcome]


def test_timed_answer_under_another_server(app: Any) -> None:
    """Without our server, an answer that takes its time ends when its last byte was taken."""
    here = tenant(app).enter()

    answer = here.get(f"{ORGS}?limit=1", headers={HEADER: quote("drip:bytes=50,ms=0", safe=":=,")})
    under_way = here.admin("GET", "/requests").get_json()["requests"][0]
    assert answer.data
    ended = here.admin("GET", "/requests").get_json()["requests"][0]

    assert (under_way["status"], ended["status"], ended["outcome"]) == (None, 200, "answered")


def test_ring_and_dropped_over_http(sandbox: Sandbox) -> None:
    """The journal holds as many as the port says, and counts the others."""
    held = Limits().journal
    path = urlsplit(sandbox.url).path
    request = f"GET {path}/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with closing(connected(sandbox, "/nothing")) as connection:
        connection.sendall(request * (held + 4))
        sandbox.requests.wait(held, timeout=PATIENCE, path="/nothing", status=404)
        while entries(sandbox, "?limit=1")[0]["sequence"] < held + 6:
            continue

    answer = sandbox._switchboard.call("GET", "/requests?limit=1")
    assert answer["dropped"] == 6
