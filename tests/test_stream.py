"""The stream of a sandbox: its events, resuming, and slow viewers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import NOW
from flask import Flask
from patience import PATIENCE
from state_behaviour import ARRIVAL, COMPLETION, batch, document
from tenants import V1P1, tenant

from mockroster import Sandbox, Server
from mockroster.http.admin import stream
from mockroster.http.admin.stream import Cursor, Viewer
from mockroster.sandbox.redaction import Redactor
from mockroster.state.changes import Change
from mockroster.state.memory import MemoryStore
from mockroster.state.port import SandboxState
from mockroster.state.values import Limits, Moment
from mockroster.state.watcher import WATCHER

ORGS = f"{V1P1}/orgs"


Event = tuple[str, dict[str, Any], str]
"""Kind, data and id."""


@pytest.fixture
def store() -> MemoryStore:
    """Return a store that holds little."""
    return MemoryStore(Limits(journal=5, log_changes=3))


@pytest.fixture
def state(store: MemoryStore) -> SandboxState:
    """Return the state of a sandbox of that store."""
    made = store.registry.create("one", b"{}", Moment({}, timedelta(0), (), {}))
    assert made is not None
    return store.sandbox(made.creation)


_REDACTORS: dict[SandboxState, Redactor] = {}
"""One for each sandbox, as in a server."""


def parsed(text: str) -> list[Event]:
    """Return the events of a stream, comments aside."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"]), fields["id"]))
    return found


def taken(viewer: Viewer) -> list[Event]:
    """Return all that a viewer has not been sent yet."""
    found: list[Event] = []
    while viewer.collect() and not viewer.is_over:
        found += parsed(viewer.taken().decode())
    return found


def viewer(state: SandboxState, last_id: str = "") -> Viewer:
    """Return a viewer of a state."""
    return Viewer(state, _REDACTORS.setdefault(state, Redactor((), lambda _: False)), last_id)


def asked(state: SandboxState, number: int = 1) -> None:
    """Begin and end requests."""
    for _ in range(number):
        state.complete(state.begin(ARRIVAL)[1], COMPLETION)


def written(state: SandboxState, sourced_id: str, before: bytes | None = None, after: bytes | None = None) -> None:
    """Append a change."""
    state.log.append(batch(state, Change("orgs", sourced_id, before, after)))


# What is sent.


def test_requests_on_arrival_and_when_they_end(state: SandboxState) -> None:
    """Each request is sent twice, also where both have happened since the last look."""
    here = viewer(state)

    _, sequence = state.begin(ARRIVAL)
    arrived = taken(here)
    asked(state)
    state.complete(sequence, COMPLETION)
    later = taken(here)

    assert [(kind, data["sequence"], data["status"]) for kind, data, _ in arrived] == [("request", 1, None)]
    assert [(data["sequence"], data["status"]) for _, data, _ in later] == [(2, None), (2, 200), (1, 200)]
    assert taken(here) == []


def test_what_was_before_is_not_sent(state: SandboxState) -> None:
    """A stream begins now; the end of a request that arrived before is sent."""
    asked(state)
    _, sequence = state.begin(ARRIVAL)
    here = viewer(state)

    state.complete(sequence, COMPLETION)

    assert [(data["sequence"], data["status"]) for _, data, _ in taken(here)] == [(2, 200)]


def test_changes(state: SandboxState) -> None:
    """A batch is one event, which names the records and what became of them."""
    here = viewer(state)

    written(state, "a", None, document(1))
    written(state, "a", document(1), document(2))
    written(state, "a", document(2), None)
    state.log.append(replace(batch(state, cause="reset"), changes=()))

    found = taken(here)
    assert [kind for kind, _, _ in found] == ["change"] * 4
    assert found[0][1] | {"at": ""} == {
        "revision": 1,
        "at": "",
        "cause": "client",
        "client": "c",
        "count": 1,
        "changes": [{"collection": "orgs", "sourcedId": "a", "kind": "created"}],
    }
    assert [data["changes"][0]["kind"] for _, data, _ in found[:3]] == ["created", "updated", "deleted"]
    assert (found[3][1]["cause"], found[3][1]["count"]) == ("reset", 0)


def test_a_large_batch_names_the_first_records(state: SandboxState, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event of a reset of a large district is no copy of the district."""
    monkeypatch.setattr(stream, "_RECORDS", 2)
    here = viewer(state)

    state.log.append(batch(state, *(Change("orgs", str(number), None, document(number)) for number in range(3))))

    ((_, data, _),) = taken(here)
    assert (data["count"], len(data["changes"])) == (3, 2)


def test_clock_and_scenarios(state: SandboxState) -> None:
    """The clock and the active scenarios are sent when they change, and only then."""
    here = viewer(state)

    state.set_clock(timedelta(days=-365))
    state.set_scenarios(("no-link",))
    found = taken(here)
    state.set_scenarios(("no-link",))

    assert [kind for kind, _, _ in found] == ["clock", "scenarios"]
    moved = datetime.now(UTC) - datetime.fromisoformat(found[0][1]["now"])
    assert abs(moved - timedelta(days=365)) < timedelta(minutes=1)
    assert found[1][1] == {"active": ["no-link"]}
    assert taken(here) == []


# Resuming.


def test_every_id_resumes_right_after_its_event(state: SandboxState) -> None:
    """From the id of any event, a new stream sends exactly what came after it."""
    here = viewer(state)
    first = state.begin(ARRIVAL)[1]
    asked(state)
    state.complete(first, COMPLETION)
    written(state, "a", None, document(1))
    written(state, "b", None, document(2))
    state.set_clock(timedelta(days=1))
    state.set_scenarios(("no-link",))

    events = taken(here)

    found = [(kind, {**data, "now": ""}) for kind, data, _ in events]
    assert [kind for kind, _ in found] == ["request"] * 4 + ["change"] * 2 + ["clock", "scenarios"]
    for number, (_, _, id_) in enumerate(events):
        again = [(kind, {**data, "now": ""}) for kind, data, _ in taken(viewer(state, id_))]
        assert again == found[number + 1 :]


def test_missed_requests_are_a_gap(state: SandboxState) -> None:
    """If requests fell out of the journal, a gap reports it once, and the kept ones follow."""
    here = viewer(state)

    asked(state, 7)
    found = taken(here)

    assert [kind for kind, _, _ in found] == ["gap"] + ["request"] * 10
    assert found[0][1] == {"missed": "requests"}
    assert [data["sequence"] for _, data, _ in found[1:6]] == [3, 4, 5, 6, 7]


def test_missed_changes_are_a_gap(state: SandboxState) -> None:
    """If changes are no longer kept, a gap reports it, and the stream continues from the present."""
    here = viewer(state)

    for number in range(5):
        written(state, str(number), None, document(number))
    missed = taken(here)
    written(state, "new", None, document(9))

    assert [(kind, data) for kind, data, _ in missed] == [("gap", {"missed": "changes"})]
    assert [(kind, data["revision"]) for kind, data, _ in taken(here)] == [("change", 6)]


@pytest.mark.parametrize("last_id", ["x", "bm9uc2Vuc2U=", "é", "W10="])
def test_an_id_of_nobody_is_a_gap(state: SandboxState, last_id: str) -> None:
    """An id that is none of this sandbox is told so, and the stream begins now."""
    asked(state)

    found = taken(viewer(state, last_id))

    assert [(kind, data) for kind, data, _ in found] == [("gap", {"missed": "events"})]


def test_an_id_of_another_sandbox_is_a_gap(store: MemoryStore, state: SandboxState) -> None:
    """A sandbox that was dropped and made again does not go on where the other one was."""
    asked(state)
    old = Cursor.now(state).id().decode()
    store.registry.drop("one")
    made = store.registry.create("one", b"{}", Moment({}, timedelta(0), (), {}))
    assert made is not None

    found = taken(viewer(store.sandbox(made.creation), old))

    assert [kind for kind, _, _ in found] == ["gap"]


def test_the_end_of_the_sandbox_ends_the_stream(store: MemoryStore, state: SandboxState) -> None:
    """There is nothing more to come from a sandbox that was dropped."""
    here = viewer(state)

    store.registry.drop("one")

    assert here.collect()
    assert here.is_over
    assert here.taken() == b""


def test_long_backlogs_come_in_rounds(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A viewer that was away is sent everything in order, a round at a time, and nothing twice."""
    monkeypatch.setattr(stream, "_ROUND", 2)
    made = MemoryStore()
    registration = made.registry.create("one", b"{}", Moment({}, timedelta(0), (), {}))
    assert registration is not None
    state = made.sandbox(registration.creation)
    here = viewer(state)
    asked(state, 5)
    for number in range(5):
        written(state, str(number), None, document(number))

    sizes = []
    found: list[Event] = []
    while here.collect():
        events = parsed(here.taken().decode())
        sizes.append(len(events))
        found += events

    arrivals = [data["sequence"] for kind, data, _ in found if kind == "request" and data["status"] is None]
    ends = [data["sequence"] for kind, data, _ in found if kind == "request" and data["status"]]
    assert arrivals == ends == [1, 2, 3, 4, 5]
    assert [data["revision"] for kind, data, _ in found if kind == "change"] == [1, 2, 3, 4, 5]
    assert max(sizes) <= 6


# Over HTTP.


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server of this module."""
    with Server(students=5, now=NOW) as running:
        yield running


@contextmanager
def watching(sandbox: Sandbox, **headers: str) -> Iterator[HTTPResponse]:
    """Open the stream of a sandbox."""
    parts = urlsplit(sandbox.url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", f"{parts.path}/__admin/stream", headers=named)
    try:
        with connection.getresponse() as response:
            yield response
    finally:
        connection.close()


def block(response: HTTPResponse) -> str:
    """Return the next event or comment of a stream."""
    lines = []
    while (line := response.readline()) != b"\n":
        assert line, "the stream has ended"
        lines.append(line.decode())
    return "".join(lines)


def events(response: HTTPResponse, number: int) -> list[Event]:
    """Return the next events of a stream."""
    found: list[Event] = []
    while len(found) < number:
        found += parsed(block(response))
    return found


def test_stream(server: Server) -> None:
    """Head and comment come at once, events as they happen, and an id resumes on another connection."""
    with server.sandbox() as here:
        with watching(here) as response:
            opening = block(response)
            here.get("/nothing")
            found = events(response, 4)

        here.get("/other")
        with watching(here, Last_Event_ID=found[-1][2]) as response:
            resumed = events(response, 2)

    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    assert opening.startswith(":")
    assert sorted((data["sequence"], data["path"], data["status"] or 0) for _, data, _ in found) == [
        (1, "/oauth2/token", 0),
        (1, "/oauth2/token", 200),
        (2, "/nothing", 0),
        (2, "/nothing", 404),
    ]
    assert [(data["path"], data["status"]) for _, data, _ in resumed] == [("/other", None), ("/other", 404)]


def test_heartbeat(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent stream sends comments, so that proxies and clients do not take it for dead."""
    monkeypatch.setattr(stream, "HEARTBEAT", 0.01)

    with watching(server) as response:
        blocks = [block(response) for _ in range(3)]

    assert blocks[1:] == [":\n", ":\n"]


def test_streams_leave_nothing_behind(server: Server) -> None:
    """The state has no subscriber left once its viewers have gone."""
    with server.sandbox() as here:
        state = server.application.sandboxes.get(here.url.rpartition("/")[2]).state
        with watching(here) as response:
            block(response)
            here.get("/nothing")
            events(response, 4)
        while state in WATCHER._groups:
            here.get("/nothing")  # what is written to a connection that is gone tells the server

    assert state not in WATCHER._groups


def test_stream_under_another_server(app: Flask) -> None:
    """A server that knows no steps waits in the thread of the stream."""
    here = tenant(app).enter()
    answer = here.browser.get(f"{here.prefix}/__admin/stream", buffered=False)
    pieces = answer.iter_encoded()

    opening = next(iter(pieces))
    here.get(ORGS)
    event = next(iter(pieces))
    answer.close()

    assert opening.startswith(b":")
    assert [data["status"] for _, data, _ in parsed(event.decode())] == [None, 200]
