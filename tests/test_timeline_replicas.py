"""Days on several servers with one store are the days of one server."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import pytest
from conftest import Replicas, make_app
from werkzeug.test import Client, TestResponse

from mockroster.http.lifecycle import Application
from mockroster.roster import overlay
from mockroster.timeline.daily import day_ticker
from mockroster.timeline.plan import plan_of

START = "2026-09-01T12:00:00Z"


def admin(app: Any, method: str, path: str, document: Any = None) -> TestResponse:
    """Send a request to the switchboard."""
    return Client(app).open(f"/__admin{path}", method=method, json=document)


def changes(app: Any) -> list[tuple[str, str, str, str]]:
    """Return time, cause, collection and sourcedId of all changes."""
    rows = admin(app, "GET", "/changes?limit=10000").get_json()["changes"]
    return [(row["at"], row["cause"], row["collection"], row["sourcedId"]) for row in rows]


def test_a_month_on_three_servers(replicas: Replicas) -> None:
    """A month whose days pass on one server after another has the changes and records of a server alone."""
    apps = replicas(3, students=60, now=START)
    alone = make_app(students=60, now=START)

    for app, _ in zip(cycle(apps), range(10), strict=False):
        assert admin(app, "POST", "/days", {"days": 3}).status_code == 200
    assert admin(alone, "POST", "/days", {"days": 30}).status_code == 200

    assert changes(apps[1]) == changes(alone)
    exports = [admin(app, "GET", "/export").get_json() for app in (*apps, alone)]
    assert all(export == exports[0] for export in exports[1:])
    assert [admin(app, "GET", "/clock").get_json()["now"][:16] for app in apps] == ["2026-10-01T18:00"] * 3


def test_events_on_two_servers_are_different_ones(replicas: Replicas) -> None:
    """Events that are triggered on one server after another bring different people, each known to both."""
    first, second = replicas(2, students=60, now=START)

    answers = [admin(app, "POST", "/events", {"event": "student-enrolled"}).get_json() for app in (first, second)]

    ids = [answer["events"][0]["records"][0]["sourcedId"] for answer in answers]
    assert len(set(ids)) == 2
    assert [answer["revision"] for answer in answers] == [1, 2]
    for app in (first, second):
        assert {admin(app, "GET", f"/records/users/{name}").status_code for name in ids} == {200}


def test_events_are_refused_where_there_is_no_room(replicas: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one server let happen counts for the bound on the other too."""
    first, second = replicas(2, students=60, now=START)
    monkeypatch.setattr(overlay, "MOST_WRITTEN", 1)
    assert admin(first, "POST", "/events", {"event": "student-enrolled"}).status_code == 200

    refused = [
        admin(second, "POST", "/events", {"event": "student-enrolled"}),
        admin(second, "POST", "/days", {"days": 1}),
    ]

    assert [response.status_code for response in refused] == [507, 507]
    assert len({revision["revision"] for revision in admin(first, "GET", "/changes").get_json()["changes"]}) == 1


def test_days_pass_on_one_server_at_a_time(replicas: Replicas) -> None:
    """While days pass on one server, another refuses to let days pass."""
    first, second = replicas(2, students=20, now=START)
    counters = first.sandboxes.default.state.counters
    lease = counters.acquire("timeline/days", 60)

    response = admin(second, "POST", "/days", {"days": 1})

    assert response.status_code == 409
    assert "days are passing in this sandbox already" in response.text
    counters.release(lease)
    assert admin(second, "POST", "/days", {"days": 1}).status_code == 200


def test_a_tick_is_claimed_once(replicas: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the tickers of two servers one lets the day pass."""
    from datetime import UTC, datetime, timedelta

    from mockroster.sandbox import ticker

    apps: list[Application] = replicas(2, students=20, now=START)
    tickers = [day_ticker(app.sandboxes.default, plan_of("none"), timedelta(minutes=5)) for app in apps]
    later = datetime.now(UTC) + timedelta(minutes=5)
    monkeypatch.setattr(ticker, "real_now", lambda: later)

    assert sorted(each.look() for each in tickers) == [False, True]
    assert admin(apps[0], "GET", "/clock").get_json()["now"][:10] == "2026-09-02"
