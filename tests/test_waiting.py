"""Waiting for requests, the order and limits of the journal, and requests that nothing serves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import pytest
from conftest import NOW
from flask import Flask
from patience import PATIENCE, at_most
from states import alone
from tenants import V1P1, Tenant, tenant
from werkzeug.test import TestResponse

from mockroster import Sandbox, Server
from mockroster.state.memory import MemoryStore
from mockroster.state.port import Cancel, SandboxState
from mockroster.state.values import Moment, Notification
from mockroster.state.watcher import Watcher

ORGS = f"{V1P1}/orgs"
GET_ORGS = {"operation": "getAllOrgs", "method": "GET", "path": ORGS}


@pytest.fixture
def busy(app: Flask) -> Tenant:
    """Return a sandbox that was asked for five paths that are not there."""
    here = tenant(app)
    for number in range(1, 6):
        here.get(f"/nothing/{number}")
    return here


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


def sequences(answer: TestResponse) -> list[int]:
    """Return the sequences of a listing."""
    assert answer.status_code == 200, answer.text
    return [entry["sequence"] for entry in answer.get_json()["requests"]]


# Order and limits.


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [5, 4, 3, 2, 1]),
        ("?limit=2", [5, 4]),
        ("?limit=0", []),
        ("?after=0", [1, 2, 3, 4, 5]),
        ("?after=3", [4, 5]),
        ("?after=1&limit=2", [2, 3]),
        ("?after=99", []),
        ("?path=/nothing/2", [2]),
        ("?after=2&path=/nothing/2", []),
    ],
)
def test_after_and_limit(busy: Tenant, query: str, expected: list[int]) -> None:
    """Newest first, and oldest first after a sequence; the limit takes the first of either."""
    assert sequences(busy.admin("GET", f"/requests{query}")) == expected


def test_find_takes_the_same_options(busy: Tenant) -> None:
    """The options are members of the body as well, as numbers or as text."""
    numbers = busy.admin("POST", "/requests/find", {"after": 1, "limit": 2})
    texts = busy.admin("POST", "/requests/find", {"after": "1", "limit": "2"})

    assert sequences(numbers) == sequences(texts) == [2, 3]


@pytest.mark.parametrize(
    ("path", "given", "message"),
    [
        ("count", {"status": "4xx"}, "status: '4xx' is not a status such as 404"),
        ("find", {"limit": -1}, "limit: '-1' is not a whole number from 0 on"),
        ("find", {"after": "x"}, "after: 'x' is not a whole number from 0 on"),
        ("find", {"at_least": 2}, "at_least needs wait"),
        ("find", {"wait": "61s"}, "wait: '61s' is not between 0s and 60s"),
        ("find", {"wait": "-PT1S"}, "wait: '-PT1S' is not between 0s and 60s"),
        ("find", {"wait": "soon"}, "wait: 'soon' is not a duration such as P1D, PT90M or 5s"),
        ("find", {"wait": "1s", "at_least": 1001}, "1001 is more than the 1000 requests"),
        ("find", {"wiat": "1s"}, "did you mean 'wait'?"),
        ("count", {"limit": 1}, "'limit' is not a filter"),
    ],
)
def test_wrong_options(busy: Tenant, path: str, given: dict[str, Any], message: str) -> None:
    """An option that cannot be obeyed is refused with what would be right."""
    answer = busy.admin("POST", f"/requests/{path}", given)

    assert answer.status_code == 400
    assert message in answer.get_json()["statusInfoSet"][0]["imsx_description"]


# Waiting.


@pytest.mark.parametrize("wait", ["0s", "1ms", "PT0.001S"])
def test_time_is_over(busy: Tenant, wait: str) -> None:
    """After the timeout, the present requests are returned; another WSGI server waits in its thread."""
    waiting = {"wait": wait, "at_least": 6}

    assert sequences(busy.admin("POST", "/requests/find", waiting)) == [5, 4, 3, 2, 1]
    assert busy.admin("POST", "/requests/count", waiting).get_json() == {"count": 5}
    assert sequences(busy.admin("GET", f"/requests?after=5&wait={wait}")) == []


def test_enough_is_there(busy: Tenant) -> None:
    """A condition that holds already is answered at once."""
    began = time.monotonic()

    answer = busy.admin("POST", "/requests/count", {"path": "/nothing/*", "wait": "60s", "at_least": 5})

    assert answer.get_json() == {"count": 5}
    assert time.monotonic() - began < 30


def test_wait_ends_with_the_request(sandbox: Sandbox) -> None:
    """A waiting call is answered as soon as there are as many requests as it wants, and within 100 ms of the last."""
    call = sandbox._switchboard.call
    with ThreadPoolExecutor(3) as pool:
        count = pool.submit(call, "POST", "/requests/count", {"path": "/nothing", "at_least": 2, "wait": "60s"})
        found = pool.submit(call, "POST", "/requests/find", {"status": 404, "at_least": 2, "wait": "60s"})
        listed = pool.submit(call, "GET", "/requests?after=2&wait=60s")
        sandbox.get("/nothing")
        sandbox.get("/nothing")
        answered = time.monotonic()

        counts, rows, later = count.result(), found.result(), listed.result()
        delay = time.monotonic() - answered

    assert counts == {"count": 2}
    assert [row["sequence"] for row in rows["requests"]] == [3, 2]
    assert later["requests"][0]["sequence"] == 3
    assert delay < at_most(2)  # 0.1 on a machine that does nothing else


def test_wait_goes_on_over_a_clear(sandbox: Sandbox) -> None:
    """Requests that were cleared do not count any more for those who wait."""
    call = sandbox._switchboard.call
    sandbox.get("/nothing")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call, "POST", "/requests/count", {"path": "/nothing", "at_least": 2, "wait": "60s"})
        call("DELETE", "/requests")
        sandbox.get("/nothing")
        sandbox.get("/nothing")

        assert waiting.result() == {"count": 2}


def test_waiting_holds_no_thread(server: Server) -> None:
    """More clients wait than the server has threads, and it answers others meanwhile."""
    call = server._switchboard.call
    waiting = {"path": "/late", "wait": "60s"}
    with ThreadPoolExecutor(40) as pool:
        before = threading.active_count()
        calls = [pool.submit(call, "POST", "/requests/count", waiting) for _ in range(40)]
        health = [call("GET", "/health")["sandbox"] for _ in range(20)]
        server.get("/late")
        counts = [future.result() for future in calls]
        started = threading.active_count() - before

    assert {count["count"] for count in counts} == {1}
    assert health == ["default"] * 20
    assert started <= 40 + 10


# The watcher.


def test_a_check_that_fails_ends(caplog: pytest.LogCaptureFixture) -> None:
    """A condition that raises wakes up whoever waits for it, is logged, and stops nobody else."""
    watcher, state = Watcher(), alone("one")
    woken, other = threading.Event(), threading.Event()

    watcher.watch(state, lambda: 1 / 0 > 1, woken.set)
    watcher.watch(state, lambda: True, other.set)

    assert woken.wait(PATIENCE)
    assert other.wait(PATIENCE)
    assert "a condition on a sandbox failed" in caplog.text


def test_a_condition_on_a_dropped_sandbox_is_checked() -> None:
    """Waiters learn of the end of their sandbox, also if it came before they began."""
    store, watcher = MemoryStore(), Watcher()
    made = store.registry.create("one", b"{}", Moment({}, timedelta(0), (), {}))
    assert made is not None
    state = store.sandbox(made.creation)
    checked, early, late = threading.Semaphore(0), threading.Event(), threading.Event()

    def is_gone() -> bool:
        checked.release()
        return store.registry.find("one") is None

    watcher.watch(state, is_gone, early.set)
    assert checked.acquire(timeout=PATIENCE)
    store.registry.drop("one")
    watcher.watch(state, is_gone, late.set)

    assert early.wait(PATIENCE)
    assert late.wait(PATIENCE)


def test_cancel_ends_a_watch() -> None:
    """A cancelled watch is not checked again, and its sandbox is not followed any more."""
    watcher, state = Watcher(), alone("one")
    checks = threading.Semaphore(0)

    def never() -> bool:
        checks.release()
        return False

    cancel = watcher.watch(state, never, lambda: None)
    assert checks.acquire(timeout=PATIENCE)
    cancel()
    cancel()
    state.set_scenarios(("x",))
    done = threading.Event()
    watcher.watch(state, lambda: True, done.set)

    assert done.wait(PATIENCE)
    assert not checks.acquire(blocking=False)


class Reluctant:
    """The state of a sandbox: its first subscription fails, and it notes on which threads the others begin and end."""

    def __init__(self) -> None:
        self.faults = [RuntimeError("out of order")]
        self.threads: list[str] = []
        self.is_left = threading.Event()

    def subscribe(self, callback: Callable[[Notification], None]) -> Cancel:
        """Fail, or note the thread."""
        del callback
        if self.faults:
            raise self.faults.pop()
        self.threads.append(threading.current_thread().name)

        def cancel() -> None:
            self.threads.append(threading.current_thread().name)
            self.is_left.set()

        return cancel


def test_a_subscription_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """A subscription that fails is logged, its condition is checked once, and later ones work."""
    watcher, state = Watcher(), cast("SandboxState", Reluctant())
    first, second = threading.Event(), threading.Event()

    watcher.watch(state, lambda: True, first.set)
    assert first.wait(PATIENCE)
    watcher.watch(state, lambda: True, second.set)

    assert second.wait(PATIENCE)
    assert "a subscription to a sandbox failed" in caplog.text


def test_a_store_holds_up_nobody_who_leaves() -> None:
    """A subscription ends on the thread on which it began, because a store may take its time."""
    watcher, state = Watcher(), Reluctant()
    state.faults.clear()
    checked = threading.Event()

    cancel = watcher.watch(cast("SandboxState", state), lambda: checked.set() is not None, lambda: None)
    assert checked.wait(PATIENCE)
    cancel()

    assert state.is_left.wait(PATIENCE)
    assert state.threads == ["mockroster-watcher"] * 2


# Paths that nothing serves.


def test_unmatched(app: Flask) -> None:
    """Only requests for paths that nothing serves are listed, each with what may have been meant."""
    here = tenant(app).enter()
    here.get(ORGS)
    here.get(f"{ORGS}/nobody")
    here.send("PATCH", ORGS)
    here.get("/openapi/v1p1.json")
    here.get(f"{V1P1}/org")
    here.get("/api/v1p1/orgs")

    answer = here.admin("GET", "/requests/unmatched").get_json()

    assert [entry["path"] for entry in answer["requests"]] == ["/api/v1p1/orgs", f"{V1P1}/org"]
    assert answer["requests"][1]["nearest"][0] == GET_ORGS
    assert answer["dropped"] == 0


def test_unmatched_nearest_has_the_method(app: Flask) -> None:
    """Of the operations of one path those of the method come first; ids are those that were sent."""
    here = tenant(app)
    here.send("DELETE", f"{V1P1}/categorys/c1")

    (entry,) = here.admin("GET", "/requests/unmatched?limit=1").get_json()["requests"]

    assert entry["nearest"][0] == {
        "operation": "deleteCategory",
        "method": "DELETE",
        "path": f"{V1P1}/categories/{{sourcedId}}",
    }


def test_unmatched_takes_filters(busy: Tenant) -> None:
    """Filters, ``after`` and ``limit`` choose among the unmatched ones; nothing is near to noise."""
    answer = busy.admin("GET", "/requests/unmatched?after=1&limit=1&method=GET").get_json()

    (entry,) = answer["requests"]
    assert (entry["sequence"], entry["nearest"]) == (2, [])
    assert busy.admin("GET", "/requests/unmatched?wait=1s").status_code == 400
