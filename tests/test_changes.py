"""``/__admin/changes`` and ``/__admin/snapshots``: the history of a sandbox, and coming back to a moment of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from conftest import make_app
from flask import Flask
from tenants import CLIENT, V1P1, Tenant, fresh_name, tenant

from mockroster.embedded import Server
from mockroster.errors import Refused
from mockroster.http.lifecycle import Application

TITLE = {"category": {"title": "Essays"}}


@pytest.fixture
def here(app: Flask) -> Tenant:
    """Return a sandbox of the test's own."""
    return tenant(app).enter()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server inside the test process."""
    with Server(students=5) as running:
        yield running


def changes(here: Tenant, query: str = "") -> dict[str, Any]:
    """Return what the switchboard says of the changes."""
    answer = here.admin("GET", f"/changes{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def write(here: Tenant, *names: str) -> None:
    """Write categories as a client, each in a batch of its own."""
    for name in names:
        assert here.send("PUT", f"{V1P1}/categories/{name}", json=TITLE).status_code in {200, 201}


def at(here: Tenant, moment: str) -> Tenant:
    """Return the sandbox with its clock at a moment, and a token of then."""
    here.admin("PUT", "/clock", {"now": moment})
    return here.enter()


def revisions(document: dict[str, Any]) -> list[int]:
    """Return the revision of each change."""
    return [change["revision"] for change in document["changes"]]


def test_nothing_has_changed_at_first(here: Tenant) -> None:
    """A sandbox begins at revision 0, without changes."""
    assert changes(here) == {"revision": 0, "changes": []}


def test_client_is_named(here: Tenant) -> None:
    """A change by a client says which one it was; the record is there before and after, bare."""
    write(here, "c")

    (change,) = changes(here)["changes"]

    assert (change["cause"], change["client"], change["before"]) == ("client", CLIENT[0], None)
    assert (change["collection"], change["sourcedId"], change["revision"]) == ("categories", "c", 1)
    assert (change["after"]["title"], change["after"]["dateLastModified"]) == ("Essays", change["at"])


def test_cause_of_each_writer(here: Tenant) -> None:
    """Client, switchboard, restore and reset are told apart; what changes no record is a revision without changes."""
    write(here, "c")
    here.admin("PUT", "/snapshots/s")
    here.admin("PATCH", "/records/categories/c", {"title": "Tests"})
    here.admin("POST", "/snapshots/s/restore")
    here.admin("POST", "/reset")

    document = changes(here)

    assert [change["cause"] for change in document["changes"]] == ["client", "switchboard", "restore", "reset"]
    assert [(one["after"] or {}).get("title") for one in document["changes"]] == ["Essays", "Tests", "Essays", None]
    assert "client" not in document["changes"][1]


def test_what_goes_together_is_one_revision(here: Tenant) -> None:
    """A line item and its results go in one batch, which no limit divides."""
    line_item = here.get(f"{V1P1}/results?limit=1").get_json()["results"][0]["lineItem"]["sourcedId"]

    here.send("DELETE", f"{V1P1}/lineItems/{line_item}")
    document = changes(here, "?limit=1")

    found = [change["collection"] for change in document["changes"]]
    assert found[0] == "lineItems"
    assert set(found[1:]) == {"results"}
    assert set(revisions(document)) == {1}
    assert all(change["after"] is None for change in document["changes"])
    assert "next" not in document


def test_pages(here: Tenant) -> None:
    """``next`` is where to go on from, and is not there on the last page."""
    write(here, "a", "b", "c")

    first = changes(here, "?limit=2")
    second = changes(here, f"?limit=2&since={first['next']}")

    assert (revisions(first), first["next"], first["revision"]) == ([1, 2], 2, 3)
    assert (revisions(second), second.get("next")) == ([3], None)
    assert changes(here, "?since=99")["changes"] == []


def test_since_a_moment(here: Tenant) -> None:
    """A timestamp is exclusive like a revision, and means the clock of the sandbox."""
    write(at(here, "2026-02-01T08:00:00Z"), "a")
    write(at(here, "2026-02-02T08:00:00Z"), "b")

    assert revisions(changes(here, "?since=2026-02-01T12:00:00Z")) == [2]
    assert revisions(changes(here, "?since=2026-01-01")) == [1, 2]
    assert revisions(changes(here, "?since=2026-02-03T08:00:00Z")) == []


def test_in_the_shape_of_a_version(here: Tenant) -> None:
    """Records are shown in 1.2 or 1.1; what 1.1 has no form for is left out."""
    grading = here.get(f"{V1P1}/lineItems?limit=1").get_json()["lineItems"][0]["class"]["sourcedId"]
    user = here.get(f"{V1P1}/users?limit=1").get_json()["users"][0]["sourcedId"]
    here.admin("PATCH", f"/records/users/{user}", {"givenName": "Zoe"})
    scale = {
        "title": "S",
        "type": "letter",
        "class": grading,
        "scoreScaleValue": [{"itemValueLHS": "A", "itemValueRHS": "90"}],
    }
    assert here.admin("PUT", "/records/scoreScales/s", scale).status_code == 201

    newer, older = changes(here)["changes"], changes(here, "?version=1.1")["changes"]

    assert [change["collection"] for change in newer] == ["users", "scoreScales"]
    assert [change["collection"] for change in older] == ["users"]
    assert "roles" in newer[0]["after"]
    assert (older[0]["after"]["givenName"], "role" in older[0]["after"]) == ("Zoe", True)
    assert f"{here.prefix}/ims/oneroster/v1p1/orgs/" in older[0]["before"]["orgs"][0]["href"]


def test_changes_that_are_no_longer_kept(here: Tenant) -> None:
    """Changes before the oldest revision kept are 410, which names it; so is a moment before it."""
    assert isinstance(here.app, Application)
    write(at(here, "2026-02-01T08:00:00Z"), "a", "b", "c")
    sandbox = here.app.sandboxes.get(here.prefix.rpartition("/")[2])
    sandbox.state.log.truncate(2)

    answer = here.admin("GET", "/changes")

    assert answer.status_code == 410
    assert "the oldest revision kept is 3" in answer.text
    assert here.admin("GET", "/changes?since=2026-01-01").status_code == 410
    assert revisions(changes(here, "?since=2")) == [3]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?since=soon", "since: 'soon' is not a revision such as 17, or a timestamp"),
        ("?since=-1", "a revision such as 17"),
        ("?limit=0", "limit: '0' is not"),
        ("?versoin=1.1", "did you mean 'version'"),
    ],
)
def test_wrong_parameters(here: Tenant, query: str, message: str) -> None:
    """A wrong parameter is 400 with a valid example."""
    answer = here.admin("GET", f"/changes{query}")

    assert answer.status_code == 400
    assert message in answer.text


# Snapshots.


def test_snapshot_holds_records_clock_scenarios_and_counters(here: Tenant) -> None:
    """A restore brings all four back, and leaves journal and tokens."""
    flaky = {"active": ["flaky:every=3"]}
    here = at(here, "2026-02-01T08:00:00Z")
    here.admin("PUT", "/scenarios", flaky)
    write(here, "a")
    here.admin("PUT", "/snapshots/before")
    statuses = [here.get(f"{V1P1}/orgs?limit=1").status_code for _ in range(2)]
    here.admin("PUT", "/scenarios", {"active": []})
    here.admin("PUT", "/clock", {"advance": "PT10M"})
    write(here, "b")

    here.admin("POST", "/snapshots/before/restore")
    again = [here.get(f"{V1P1}/orgs?limit=1").status_code for _ in range(2)]

    assert statuses == again == [200, 503]
    assert here.admin("GET", "/scenarios").get_json()["active"] == flaky["active"]
    assert here.admin("GET", "/clock").get_json()["now"].startswith("2026-02-01T08:0")
    assert here.admin("GET", "/records/categories/b").status_code == 404
    assert len(here.admin("GET", "/requests").get_json()["requests"]) >= 6


def test_names_of_snapshots(here: Tenant) -> None:
    """A new name is 201, a known one moves with 200; the list has both with revision and time."""
    first = here.admin("PUT", "/snapshots/one")
    write(here, "a")
    moved, other = here.admin("PUT", "/snapshots/one"), here.admin("PUT", "/snapshots/two")

    listed = here.admin("GET", "/snapshots").get_json()["snapshots"]

    assert [answer.status_code for answer in (first, moved, other)] == [201, 200, 201]
    assert [(row["name"], row["revision"]) for row in listed] == [("one", 1), ("two", 1)]
    assert here.admin("DELETE", "/snapshots/one").status_code == 204
    assert [row["name"] for row in here.admin("GET", "/snapshots").get_json()["snapshots"]] == ["two"]


@pytest.mark.parametrize(("method", "path"), [("POST", "/snapshots/tow/restore"), ("DELETE", "/snapshots/tow")])
def test_unknown_snapshot(here: Tenant, method: str, path: str) -> None:
    """A name that is not there is 404, with the nearest one."""
    here.admin("PUT", "/snapshots/two")

    answer = here.admin(method, path)

    assert answer.status_code == 404
    assert "there is no snapshot 'tow'" in answer.text
    assert "two" in answer.text


def test_snapshots_are_bounded(here: Tenant) -> None:
    """The 21st is refused with what to do; one that is there still moves."""
    statuses = [here.admin("PUT", f"/snapshots/{number}").status_code for number in range(20)]
    refused, moved = here.admin("PUT", "/snapshots/more"), here.admin("PUT", "/snapshots/7")

    assert statuses == [201] * 20
    assert (refused.status_code, moved.status_code) == (507, 200)
    assert "delete one of 0, 1" in refused.text
    assert here.admin("PUT", "/snapshots/a b").status_code == 400


def test_counters_start_afresh_with_a_choice(here: Tenant) -> None:
    """Choosing a scenario again starts its count anew, and leaves that of others."""
    here.admin("PUT", "/scenarios", {"active": ["flaky:every=3"]})
    here.get(f"{V1P1}/orgs?limit=1")
    here.get(f"{V1P1}/orgs?limit=1")

    here.admin("PUT", "/scenarios", {"active": ["flaky:every=3"]})
    statuses = [here.get(f"{V1P1}/orgs?limit=1").status_code for _ in range(3)]

    assert statuses == [200, 200, 503]


# In Python.


def test_client_reads_changes(server: Server) -> None:
    """``changes()`` walks all pages, since a revision or a moment."""
    with server.sandbox(name=fresh_name()) as sandbox:
        sandbox.now = "2026-02-01T08:00:00Z"
        sandbox.put("categories", "a", {"title": "A"})
        (first,) = sandbox.changes()
        moment = sandbox.now
        sandbox.advance("P1D")
        sandbox.put("categories", "b", {"title": "B"})

        found = [sandbox.changes(since=since) for since in (first["revision"], moment, first["at"])]

    assert [[change["sourcedId"] for change in each] for each in found] == [["b"], ["b"], ["b"]]
    assert moment.isoformat().startswith("2026-02-01T08:00:0")


def test_client_comes_back_from_a_block(server: Server) -> None:
    """``snapshot()`` undoes what a block did, also where it raised, and is forgotten unless it has a name."""
    with server.sandbox(name=fresh_name()) as sandbox:
        with suppress(Refused), sandbox.snapshot():
            sandbox.put("categories", "a", {"title": "A"})
            sandbox.put("categories", "b", {"titel": "B"})
        with sandbox.snapshot("kept"):
            sandbox.delete("orgs", sandbox.records("orgs")[0]["sourcedId"])

        causes = [change["cause"] for change in sandbox.changes()]
        found = {change["sourcedId"] for change in sandbox.changes() if change["collection"] == "categories"}

        assert (causes[0], causes[1], causes[-1]) == ("switchboard", "restore", "restore")
        assert found == {"a"}
        with pytest.raises(Refused):
            sandbox.record("categories", "a")


def test_older_scenarios_still_remember() -> None:
    """``exchange.memory`` works as it did for one release, and says what to use instead."""
    app = make_app(students=1, no_auth=True)
    assert isinstance(app, Application)
    with pytest.warns(DeprecationWarning, match=r"scenarios\.memory"):
        from mockroster.scenarios.exchange import Memory
    sandbox = app.sandboxes.default
    memory = Memory(sandbox, "old")
    memory.next_number()

    with pytest.warns(DeprecationWarning, match=r"exchange\.number"):
        count = memory.count
    with pytest.warns(DeprecationWarning, match=r"memory\.update"), sandbox.lock:
        memory.values.setdefault("seen", []).append(1)
    with pytest.warns(DeprecationWarning, match=r"memory\.get"):
        seen = Memory(sandbox, "old").values

    assert (count, seen) == (1, {"seen": [1]})


@pytest.mark.parametrize("name", ["a/b", "a//b", "/a", "a/", "..", "a%2Fb", "a?b", "a#b", "ä b"])
def test_a_source_id_of_any_characters(server: Server, name: str) -> None:
    """The Python client addresses a record by its sourcedId, whatever characters it has."""
    server.put("categories", name, {"title": "Essays"})

    server.change("categories", name, title="Tests")

    assert server.record("categories", name)["sourcedId"] == name
    server.delete("categories", name)
