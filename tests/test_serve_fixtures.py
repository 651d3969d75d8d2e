"""``mockroster serve`` with fixtures as a process: by flag, variable, standard input; lenient, reloaded, refused."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from time import monotonic

import pytest
from conftest import Served, plain_environment, served
from csv_sets import FIXTURES, TINY, bundle
from patience import PATIENCE

Run = Callable[..., CompletedProcess[str]]

ORGS = '{"orgs": [{"sourcedId": "o1", "name": "%s", "type": "%s"}]}'
KINDS = "is not one of department, school, district, local, state, national; did you mean 'school'?"


def names(server: Served, path: str = "/ims/oneroster/rostering/v1p2/orgs", member: str = "name") -> list[str]:
    """Return the names in a collection."""
    status, _, body = server.ask("GET", path)
    assert status == 200, body
    return [row[member] for row in next(iter(json.loads(body).values()))]


def test_by_flag(tmp_path: Path) -> None:
    """Several flags are merged in order: a bundle of CSV, a delta of it, and a document over both."""
    delta = bundle(tmp_path / "delta", "1.1", "delta", {"categories": "tests,active,2026-01-15T08:00:00Z,Quizzes"})
    more = tmp_path / "more.yaml"
    more.write_text("categories:\n- {sourcedId: extra, title: Extra credit}\n- {sourcedId: homework, title: Home}\n")

    with served("--no-auth", *(f"--fixtures={path}" for path in (TINY["1.1"], delta, more))) as server:
        titles = names(server, "/ims/oneroster/v1p1/categories", "title")
        _, _, err = server.end()

    assert titles == ["Home", "Quizzes", "Extra credit"]
    assert err.startswith("mockroster: reading fixtures …\n")
    assert "9 users, 12 enrollments" in err


def test_by_variable() -> None:
    """A variable that holds a document is the document."""
    variables = plain_environment(MOCKROSTER_FIXTURES=ORGS % ("Inline", "school"), MOCKROSTER_NO_AUTH="true")

    with served(environment=variables) as server:
        assert names(server) == ["Inline"]


def test_by_standard_input() -> None:
    """A dash stands for standard input, here a document of YAML."""
    with (
        (FIXTURES / "tiny-school.yaml").open() as stream,
        served("--no-auth", "--fixtures", "-", stdin=stream) as server,
    ):
        assert names(server) == ["Riverbend District", "Riverbend School"]


def test_lenient_and_reloaded(tmp_path: Path) -> None:
    """A lenient server serves faulty records, with warnings; changed files are served again."""
    file = tmp_path / "demo.json"
    file.write_text(ORGS % ("North", "shool"))

    with served("--no-auth", "--lenient", "--reload", "--fixtures", str(file)) as server:
        before = names(server), names(server, member="type")
        file.write_text(ORGS % ("South High", "school"))
        deadline = monotonic() + PATIENCE
        while names(server) == ["North"] and monotonic() < deadline:
            pass
        after = names(server)
        code, _, err = server.end()

    assert (before, after) == ((["North"], ["shool"]), ["South High"])
    assert code == 0
    assert f"error: {file}:1: orgs[0].type: 'shool' {KINDS}\n" in err
    assert "fixtures reloaded: 1 records\n" in err


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port on which somebody else listens as long as the test runs."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


REFUSED = [
    (ORGS % ("North", "shool"), f"fixtures: demo.json:1: orgs[0].type: 'shool' {KINDS}; --lenient serves it as it is"),
    (
        '{"orgs": [{"sourcedId": "o1"}]}',
        "fixtures: demo.json:1: orgs[0].name: is missing (and 1 more); "
        "mockroster validate demo.json shows all of them; --lenient serves it as it is",
    ),
    (
        '{"orgs": [',
        "fixtures: demo.json:1: the file ends too early: the '[' of line 1 is not closed; --lenient serves it as it is",
    ),
    ("\ud83c", "demo.json: byte 0xed at offset 0 (line 1) is not UTF-8; save the file as UTF-8"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int, text: str, message: str
) -> None:
    """Faulty fixtures are one sentence and exit code 2, before the port is opened."""
    monkeypatch.chdir(tmp_path)
    Path("demo.json").write_bytes(text.encode(errors="surrogatepass"))

    done = run("serve", "--port", str(taken), "--fixtures", "demo.json")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"mockroster: reading fixtures …\nmockroster: {message}\n"


def test_refused_inline(run: Run, taken: int) -> None:
    """A document in a variable is refused in the same way, and is called by what it is."""
    done = run("serve", "--port", str(taken), MOCKROSTER_FIXTURES=ORGS % ("North", "shool"))

    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == [
        f"mockroster: fixtures: <inline>:1: orgs[0].type: 'shool' {KINDS}; --lenient serves it as it is"
    ]


def test_good_fixtures_do_not_hide_a_port_in_use(run: Run, taken: int) -> None:
    """With good fixtures it is the port that is told."""
    done = run("serve", "--port", str(taken), "--fixtures", os.fspath(FIXTURES / "tiny-school.yaml"))

    assert done.returncode == 2
    assert f"--port {taken}: cannot listen there" in done.stderr
