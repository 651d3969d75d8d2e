"""The log of ``serve`` on stderr: events and requests, as text or JSON, without secrets, and never blocking."""

from __future__ import annotations

import json
import logging
import os
import re
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any

import pytest
from conftest import Served, plain_environment, served
from patience import PATIENCE

from mockroster import logs
from mockroster.sandbox.redaction import Redactor

ORGS = "/ims/oneroster/v1p1/orgs"
SECRET = "s3cr3t-and-more"

REDACTOR = Redactor((), lambda _: False)
LINE = logs.RequestLine(
    method="GET",
    path=ORGS,
    query="limit=1",
    status=200,
    ms=1.25,
    operation="getAllOrgs",
    scenarios=(),
    sandbox="default",
)


class Taken(logs.Lines):
    """Lines that are kept for a test to look at."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, text: str) -> None:
        """Take text in."""
        self.texts.append(text)


def ask(server: Served) -> None:
    """Ask this and that, some of it with secrets."""
    form = f"grant_type=client_credentials&client_id=mockroster&client_secret={SECRET}".encode()
    server.ask("GET", f"{ORGS}?limit=1&access_token={SECRET}", Authorization=f"Bearer {SECRET}")
    server.ask("POST", f"/sandboxes/mine/oauth2/token?client_secret={SECRET}", form)
    server.ask("GET", f"/sandboxes/mine{ORGS}", X_Mockroster_Scenario="no-link;server-error:status=502")
    server.ask("PUT", "/__admin/clock", b'{"advance": "P1D"}')
    server.ask("GET", "/sandboxes/not%20a%20name/nothing")
    for quiet in ("/livez", "/readyz", "/__admin/health", "/sandboxes/mine/readyz"):
        server.ask("GET", quiet)


def test_text() -> None:
    """A line a request: when, what, how it ended, how long it took, and what there is to say of it besides."""
    with served("--students", "1", "--no-auth") as server:
        ask(server)
        code, _, err = server.end()

    lines = err[err.index("curl") :].splitlines()[2:]
    assert code == 0
    assert SECRET not in err
    assert [re.sub(r"^\d\d:\d\d:\d\d\.\d{3} (.*) \d+\.\d ms", r"\1", line) for line in lines] == [
        f"GET {ORGS}?limit=1&access_token=[redacted] 200 getAllOrgs",
        "POST /oauth2/token?client_secret=[redacted] 200 token sandbox=mine",
        f"GET {ORGS} 502 getAllOrgs sandbox=mine scenarios=server-error",
        "PUT /__admin/clock 200",
        "GET /nothing 400",
    ]


def test_json() -> None:
    """Every line is a JSON object, those of the start and of warnings too."""
    environment = plain_environment(MOCKROSTER_STUDNETS="4", MOCKROSTER_LOG_FORMAT="json")
    with served("--students", "1", "--no-auth", environment=environment) as server:
        ask(server)
        code, _, err = server.end()

    warning, ready, *requests = map(json.loads, err.splitlines())
    assert code == 0
    assert SECRET not in err
    assert (warning["level"], ready["level"]) == ("warning", "info")
    assert "did you mean 'MOCKROSTER_STUDENTS'?" in warning["message"]
    assert ready["message"].startswith(f"ready at {server.url}, seed 42, ")
    assert len(requests) == 5
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", requests[0].pop("at"))
    assert requests[0].pop("ms") > 0
    assert requests[0] == {
        "level": "info",
        "method": "GET",
        "path": ORGS,
        "query": "limit=1&access_token=[redacted]",
        "status": 200,
        "sandbox": "default",
        "operation": "getAllOrgs",
        "scenarios": [],
    }
    assert (requests[2]["sandbox"], requests[2]["scenarios"]) == ("mine", ["server-error"])
    assert (requests[4]["sandbox"], requests[4]["status"]) == (None, 400)


def test_nobody_reads() -> None:
    """A log that nobody reads does not stop the server, nor keep it from ending."""
    with served("--students", "1", "--no-auth") as server:
        connection = HTTPConnection(*server.address, timeout=PATIENCE)
        for _ in range(200):
            connection.request("GET", f"/nothing?{'x' * 450}")
            answer = connection.getresponse()
            answer.read()
        connection.close()
        server.process.terminate()
        code = server.process.wait(timeout=PATIENCE)

    assert answer.status == 404
    assert code == 0


def test_lost_lines_are_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """If more lines wait than are kept, the log reports the loss once a reader is back."""
    monkeypatch.setattr(logs, "_WAITING", 2)
    reader, writer = os.pipe()
    lines = logs.Lines(writer)

    with lines._writing:
        for number in range(4):
            lines.write(f"{number}\n")
    lines.drain()

    assert os.read(reader, 100) == b"0\n1\n"
    assert caplog.messages == ["lines were dropped from this log: nobody was reading it"]
    os.close(reader)
    lines.write("nobody is there any more\n")
    lines.drain()
    os.close(writer)


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({}, f"GET {ORGS}?limit=1 200 1.2 ms getAllOrgs"),
        ({"query": "", "operation": None}, f"GET {ORGS} 200 1.2 ms"),
        ({"path": "/a\nGET /b 200 \x1b[31m", "query": ""}, "GET /a\\nGET /b 200 \\x1b[31m 200 1.2 ms getAllOrgs"),
        ({"path": "/ü", "query": "\ufffd"}, "GET /ü?\ufffd 200 1.2 ms getAllOrgs"),
        ({"path": "/" + "x" * 999, "query": "y" * 999}, f"GET /{'x' * 499}?{'y' * 500} 200 1.2 ms getAllOrgs"),
        ({"scenarios": ("slow", "flaky")}, f"GET {ORGS}?limit=1 200 1.2 ms getAllOrgs scenarios=slow,flaky"),
    ],
)
def test_lines_of_text(entry: dict[str, Any], line: str) -> None:
    """A request is one line, whatever is in its path, and not a long one."""
    taken = Taken()

    logs.RequestLog("text", taken).write(replace(LINE, **entry))

    (text,) = taken.texts
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} (.*)\n", text)[1] == line  # type: ignore[index]


def test_lines_of_json() -> None:
    """A path may hold anything in JSON too."""
    taken = Taken()

    logs.RequestLog("json", taken).write(replace(LINE, path='/"\n\x00', query="z" * 999, sandbox="mine"))

    (text,) = taken.texts
    assert text.endswith("}\n")
    assert "\n" not in text[:-1]
    found = json.loads(text)
    assert (found["path"], len(found["query"]), found["sandbox"]) == ('/"\n\x00', 500, "mine")


def test_a_failure_as_json() -> None:
    """The traceback of a failure is a member of its line."""
    failure = (RuntimeError, RuntimeError("no"), None)
    record = logging.LogRecord("mockroster", logging.ERROR, "", 0, "%s failed", ("GET /",), failure)
    formatter: logging.Formatter = logs.JsonFormatter()

    line = formatter.format(record)

    found = json.loads(line)
    assert (found["level"], found["message"]) == ("error", "GET / failed")
    assert found["exception"].splitlines()[-1] == "RuntimeError: no"


def test_events_follow_the_log_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once requests are logged, events take the same way: one that writes by itself could wait for ever."""
    handler = logging.StreamHandler()
    monkeypatch.setattr(logs, "log", logging.Logger("other"))
    logs.log.addHandler(handler)

    logs.request_log("text")

    assert isinstance(handler.stream, logs.Lines)
