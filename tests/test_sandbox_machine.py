"""A sandbox against a naive model: writes by every door, snapshots, restores, resets, reloads, and a clock that moves.

After each step the records, their number, their lists and filters are those of the model; the changes lead from the
start through every state that there was; and an overlay that is folded from the state alone is the live one.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from conftest import BASE, make_app
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from states import restarted
from werkzeug.test import TestResponse

from mockroster.http.lifecycle import Application
from mockroster.roster.record import Record
from mockroster.roster.store import Roster
from mockroster.sandbox.records import LoggedOverlay

GRADEBOOK = "/ims/oneroster/gradebook/v1p2"
STAMP = "2026-01-01T00:00:00.000Z"
IDS = st.sampled_from([f"c{number}" for number in range(6)])
TITLES = st.sampled_from("ABC")
SNAPSHOTS = st.sampled_from(["one", "two"])

State = dict[str, tuple[str, str]]
"""Title and status of each category."""

APP = make_app(students=1, no_auth=True)


def roster(state: State) -> Roster:
    """Return a roster of nothing but categories."""
    rows = [
        Record(sourcedId=name, status=status, dateLastModified=STAMP, title=title)
        for name, (title, status) in state.items()
    ]
    return Roster.of({"categories": rows})


def seen(document: dict[str, Any]) -> tuple[str, str]:
    """Return title and status of a category in an answer."""
    return document["title"], document["status"]


class SandboxMachine(RuleBasedStateMachine):
    """Commands by HTTP; the model keeps all records of every revision."""

    def __init__(self) -> None:
        super().__init__()
        assert isinstance(APP, Application)
        self.start: State = {"c0": ("A", "active"), "c1": ("B", "active"), "c2": ("A", "tobedeleted")}
        APP.sandboxes = APP.extensions["mockroster"] = restarted(APP.sandboxes.default, roster=roster(self.start))
        self.sandboxes, self.sandbox = APP.sandboxes, APP.sandboxes.default
        self.browser = APP.test_client()
        self.start_clock = self.sandbox.state.head().clock
        self.clock = self.start_clock
        self.history: list[tuple[str, State]] = [("start", self.start)]
        self.snapshots: dict[str, tuple[State, timedelta]] = {}

    @property
    def now(self) -> State:
        """Return the records of the present."""
        return self.history[-1][1]

    def send(self, method: str, path: str, body: object = None) -> TestResponse:
        """Send a request with a body of JSON."""
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return self.browser.open(path, method=method, **sent)

    def note(self, cause: str, after: State, *, always: bool = False) -> None:
        """Note in the model what a command has made; a command that changes nothing makes no revision."""
        if always or after != self.now:
            self.history.append((cause, after))

    def wrote(self, cause: str, name: str, title: str) -> None:
        """Note a write, which always changes the time stamp of the record."""
        self.note(cause, {**self.now, name: (title, "active")}, always=True)

    @rule(name=IDS, title=TITLES, base=st.sampled_from([BASE, GRADEBOOK]))
    def put_as_client(self, name: str, title: str, base: str) -> None:
        """Write a record in either version of the standard, at a later time than it has."""
        self.advance()
        answer = self.send("PUT", f"{base}/categories/{name}", {"category": {"title": title}})

        assert answer.status_code == (200 if base == BASE and name in self.now else 201), answer.text
        self.wrote("client", name, title)

    @rule(name=IDS)
    def delete_as_client(self, name: str) -> None:
        """Delete a record."""
        answer = self.send("DELETE", f"{BASE}/categories/{name}")

        assert answer.status_code == (204 if name in self.now else 404)
        self.note("client", {key: value for key, value in self.now.items() if key != name})

    @rule(name=IDS, title=TITLES)
    def arrange(self, name: str, title: str) -> None:
        """Write a record by the switchboard; one that is the same already is no change."""
        self.send("PUT", f"/__admin/records/categories/{name}", {"title": title})

        self.note("switchboard", {**self.now, name: (title, "active")})

    @rule(values=st.dictionaries(IDS, TITLES, max_size=4))
    def merge(self, values: dict[str, str]) -> None:
        """Merge a fixture document in: one revision, however many records it has."""
        rows = [{"sourcedId": name, "title": title} for name, title in values.items()]
        self.send("POST", "/__admin/records", {"categories": rows})

        self.note("switchboard", {**self.now, **{name: (title, "active") for name, title in values.items()}})

    @precondition(lambda self: self.now)
    @rule(data=st.data(), title=TITLES)
    def patch(self, data: st.DataObject, title: str) -> None:
        """Change a member of a record."""
        name = data.draw(st.sampled_from(sorted(self.now)))
        self.send("PATCH", f"/__admin/records/categories/{name}", {"title": title})

        self.note("switchboard", {**self.now, name: (title, self.now[name][1])})

    @precondition(lambda self: self.now)
    @rule(data=st.data())
    def mark(self, data: st.DataObject) -> None:
        """Mark a record as deleted."""
        name = data.draw(st.sampled_from(sorted(self.now)))
        self.send("DELETE", f"/__admin/records/categories/{name}?as=tobedeleted")

        self.note("switchboard", {**self.now, name: (self.now[name][0], "tobedeleted")})

    @rule(name=IDS)
    def refused(self, name: str) -> None:
        """Send a write that is refused halfway: nothing changes."""
        rows = [{"sourcedId": name, "title": "Z"}, {"sourcedId": "other"}]

        assert self.send("POST", "/__admin/records", {"categories": rows}).status_code == 422

    @rule(name=SNAPSHOTS)
    def save(self, name: str) -> None:
        """Name the present."""
        answer = self.send("PUT", f"/__admin/snapshots/{name}")

        assert answer.status_code == (200 if name in self.snapshots else 201)
        assert answer.get_json()["revision"] == len(self.history) - 1
        self.snapshots[name] = self.now, self.clock

    @precondition(lambda self: self.snapshots)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        """Come back to a snapshot."""
        name = data.draw(st.sampled_from(sorted(self.snapshots)))
        answer = self.send("POST", f"/__admin/snapshots/{name}/restore")

        assert answer.get_json() == {"revision": len(self.history)}
        records, self.clock = self.snapshots[name]
        self.note("restore", records, always=True)

    @rule()
    def reset(self) -> None:
        """Come back to the start, that of the newest files; snapshots stay."""
        self.send("POST", "/__admin/reset")

        self.clock = self.start_clock
        self.note("reset", self.start, always=True)

    @rule(values=st.dictionaries(IDS, TITLES, max_size=3), left=IDS)
    def reload(self, values: dict[str, str], left: str) -> None:
        """Begin from other files: what differs from the files before changes, and what left them is marked."""
        start = {**self.start, **{name: (title, "active") for name, title in values.items()}}
        start = {name: value for name, value in start.items() if name != left or name in values}
        changed = {name: value for name, value in start.items() if self.start.get(name) != value}
        gone = {
            name: (self.now[name][0], "tobedeleted") for name in self.start if name not in start and name in self.now
        }

        self.sandboxes.renew(roster(start))

        self.start = start
        self.note("reload", {**self.now, **changed, **gone}, always=True)

    @rule()
    def advance(self) -> None:
        """Move the clock."""
        self.send("PUT", "/__admin/clock", {"advance": "PT1H"})
        self.clock += timedelta(hours=1)

    @rule()
    def truncate(self) -> None:
        """Drop the changes before the present one: records and later changes stay."""
        self.sandbox.state.log.truncate(max(len(self.history) - 4, 0))

    @invariant()
    def records_are_those_of_the_model(self) -> None:
        """Compare records, number, list, filter and clock with those of the model."""
        stored = self.send("GET", "/__admin/records/categories?limit=1000").get_json()["categories"]
        listed = self.send("GET", f"{BASE}/categories?sort=sourcedId").get_json()["categories"]
        filtered = self.send("GET", f"{GRADEBOOK}/categories?filter=title%3D%27A%27").get_json()["categories"]
        counts = self.send("GET", "/__admin/health").get_json()["counts"]

        assert {row["sourcedId"]: seen(row) for row in stored} == self.now
        assert [(row["sourcedId"], *seen(row)) for row in listed] == sorted(
            (name, *value) for name, value in self.now.items()
        )
        assert {row["sourcedId"] for row in filtered} == {name for name, (title, _) in self.now.items() if title == "A"}
        assert counts.get("categories", 0) == len(self.now)
        assert self.sandbox.state.head().clock == self.clock

    @invariant()
    def changes_lead_through_every_state(self) -> None:
        """Fold the changes that are kept: they make each state from the one before."""
        answer = self.send("GET", "/__admin/changes?limit=10000")
        since = 0
        if answer.status_code == 410:
            since = self.sandbox.state.log.checkpoint().revision
            while self.send("GET", f"/__admin/changes?since={since - 1}").status_code == 200:
                since -= 1
            answer = self.send("GET", f"/__admin/changes?since={since}&limit=10000")
        document = answer.get_json()

        assert document["revision"] == len(self.history) - 1
        assert "next" not in document
        for revision in range(since + 1, len(self.history)):
            state = dict(self.history[revision - 1][1])
            for change in (one for one in document["changes"] if one["revision"] == revision):
                name, before, after = change["sourcedId"], change["before"], change["after"]
                assert change["cause"] == self.history[revision][0]
                assert state.get(name) == (seen(before) if before else None)
                if after:
                    state[name] = seen(after)
                else:
                    del state[name]
            assert state == self.history[revision][1]

    @invariant()
    def fold_from_scratch_is_the_live_overlay(self) -> None:
        """Fold the state on another server: the records are the same, in the same order, written by the same."""
        live = self.sandbox.data.overlay
        folded = LoggedOverlay(self.sandbox.start.roster, self.sandbox.state)

        assert folded.records("categories") == live.records("categories")
        assert folded.tables["categories"].written == live.tables["categories"].written


TestSandbox = SandboxMachine.TestCase
TestSandbox.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
