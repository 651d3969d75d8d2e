"""The commands ``mockroster events`` and ``mockroster pass-days``."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from mockroster import Server
from mockroster.cli.main import mockroster as command
from mockroster.errors import ConfigurationError
from mockroster.timeline.catalogue import events


def test_events_are_listed() -> None:
    """Each event has its description and its parameters, in text and in JSON."""
    text = CliRunner().invoke(command, ["events"]).output
    rows = json.loads(CliRunner().invoke(command, ["events", "--json"]).output)["events"]

    assert [row["name"] for row in rows] == list(events())
    assert all(row["description"] and row["source"] for row in rows)
    assert all(f"{row['name']}\n" in text for row in rows)
    assert "enrollments=tobedeleted  what becomes of the enrollments (tobedeleted, ended)" in text


def test_days_pass_on_a_server() -> None:
    """The days, the number of each event and the URL of the changes are printed."""
    with Server(students=60, now="2026-09-01T12:00:00Z") as server:
        done = CliRunner().invoke(command, ["pass-days", "9", "--url", server.url])

        first, *counts, last = done.output.splitlines()
        assert done.exit_code == 0
        assert first.startswith("2026-09-01 to 2026-09-10, revision ")
        assert counts
        assert all(line.split()[0] in events() and int(line.split()[1]) for line in counts)
        assert last == f"changes: {server.url}/__admin/changes?since=0"


def test_days_that_a_server_refuses() -> None:
    """A refusal is the sentence of the server, and exit code 2."""
    with Server(students=5, now="2026-09-01T12:00:00Z") as server:
        server.trigger("student-enrolled")
        server.now = "2026-08-01T00:00:00Z"

        done = CliRunner().invoke(command, ["pass-days", "--url", server.url])

    assert isinstance(done.exception, ConfigurationError)
    assert "before the newest event" in str(done.exception)


def test_no_server() -> None:
    """An address where nobody answers is named."""
    done = CliRunner().invoke(command, ["pass-days", "--url", "http://127.0.0.1:9"])

    assert isinstance(done.exception, ConfigurationError)
    assert str(done.exception).startswith("--url: http://127.0.0.1:9 cannot be reached")


@pytest.mark.parametrize("days", ["0", "many", "3661"])
def test_a_wrong_number(days: str) -> None:
    """A number of days is at least one and at most ten years."""
    done = CliRunner().invoke(command, ["pass-days", days, "--url", "http://127.0.0.1:9"])

    assert isinstance(done.exception, ConfigurationError)
    assert str(done.exception) == f"DAYS: {days!r} is not a whole number from 1 to 3660"


@pytest.mark.parametrize("name", ["pass-days", "verdict", "export --out a.json", "compare http://127.0.0.1:9 a.json"])
def test_an_admin_token_that_no_header_carries(name: str) -> None:
    """Every command that talks to a server refuses such a token without showing it."""
    arguments = name.split() + ([] if "compare" in name else ["--url", "http://127.0.0.1:9"])

    done = CliRunner().invoke(command, [*arguments, "--admin-token", "sësame"])

    assert isinstance(done.exception, ConfigurationError)
    assert str(done.exception) == "--admin-token: the value is not a token of printable ASCII without a blank"
