"""The client of the tutorial "Your second sync" keeps an equal copy over a month and a summer, under failures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mockroster import Server

PAGE = Path(__file__).parents[1] / "docs/tutorial/second-sync.md"
Copy = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def client() -> dict[str, Any]:
    """Return the names of the client that the tutorial shows."""
    found = re.search(r"`copy_roster\.py`:\n\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    assert len([line for line in found[1].splitlines() if line.strip() and '"""' not in line]) <= 50
    names: dict[str, Any] = {"__name__": "client"}
    exec(compile(found[1], "copy_roster.py", "exec"), names)  # noqa: S102
    return names


def truth(server: Server) -> Copy:
    """Return what the server holds, in the shape of 1.1."""
    document = server._switchboard.call("GET", "/export?version=1.1")
    return {name: {row["sourcedId"]: row for row in rows} for name, rows in document.items() if isinstance(rows, list)}


def dates(copy: Copy, collections: list[str]) -> dict[str, dict[str, tuple[str, str]]]:
    """Return status and date of each record."""
    return {
        name: {key: (row["status"], row["dateLastModified"]) for key, row in copy[name].items()} for name in collections
    }


def active(copy: Copy, collections: list[str]) -> dict[str, dict[str, str]]:
    """Return the date of each active record."""
    found = dates(copy, collections)
    return {
        name: {key: date for key, (status, date) in rows.items() if status == "active"} for name, rows in found.items()
    }


def test_the_copy_is_equal(client: dict[str, Any]) -> None:
    """The copy is what the server holds, after 30 days with failures and expiring tokens, and after a rollover."""
    with Server(students=100, now="2026-09-01T18:00:00Z") as server:
        copy: Copy = {}
        client["sync"](server.url, copy)
        server.use("flaky:every=4", "token-expires-after:requests=15")

        for _ in range(30):
            server.pass_days(1)
            client["sync"](server.url, copy)

        assert server.requests.count(status=503) > 10
        assert server.requests.count(status=401) > 5
        assert dates(copy, client["COLLECTIONS"]) == dates(truth(server), client["COLLECTIONS"])
        counts = server.pass_days(300)["counts"]
        client["sync"](server.url, copy)
        assert counts["year-rolled-over"] == 1
        # The rollover has removed what was tobedeleted for long; the copy has kept it.
        assert active(copy, client["COLLECTIONS"]) == active(truth(server), client["COLLECTIONS"])
        last_year = {row["sourcedId"] for row in copy["classes"].values() if row["status"] == "tobedeleted"}
        seats = {row["class"]["sourcedId"] for row in copy["enrollments"].values() if row["status"] == "active"}
        assert seats
        assert not seats & last_year
