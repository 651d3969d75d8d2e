"""Promises of every scenario: it is described, can be chosen, acts, and never breaks."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from collections.abc import Callable
from itertools import chain, islice
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, get_type_hints

import pytest
from conftest import BASE, Api, connected, make_app, plain_environment, served
from probes import ACTING, Probe, probes
from werkzeug.test import Client, run_wsgi_app

from mockroster.delivery import ConnectionEnded
from mockroster.scenarios.base import Provider, Scenario
from mockroster.scenarios.catalogue import describe, scenarios
from mockroster.scenarios.places import PLACES, place_of
from mockroster.scenarios.spec import parse_scenarios

HEADER = "X-Mockroster-Scenario"
LAST_ROW = 156
"""Of the quirks table."""

ALL = sorted(scenarios().items())
Run = Callable[..., CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("naps")


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no scenario really wait."""
    monkeypatch.setattr("mockroster.delivery._wait", lambda _: None)


def every(test: Callable[..., None]) -> Any:
    """Run a test with every scenario."""
    return pytest.mark.parametrize("scenario", [one for _, one in ALL], ids=[name for name, _ in ALL])(test)


def rows_of(source: str) -> list[int]:
    """Return the rows of the quirks table that a source cites."""
    return [int(number) for part in re.findall(r"\brows? ([\d, and]+)", source) for number in re.findall(r"\d+", part)]


def cited(source: str) -> bool:
    """Return whether a source names rows of the quirks table, or something else that can be looked up."""
    rows = rows_of(source)
    known = re.search(r"RFC \d+|OneRoster|1EdTech|Kimono", source)
    return all(1 <= row <= LAST_ROW for row in rows) and bool(rows or known)


@every
def test_described(scenario: type[Scenario]) -> None:
    """It says what a client sees, of which kind it is, and where the habit was seen."""
    row = describe(scenario)

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["name"])
    assert re.match(r"\S.{20,}\.$", row["description"])
    assert row["kind"] in PLACES
    assert re.search(r"\S.{5,}\.$", row["source"])
    assert inspect.cleandoc(scenario.__doc__ or "").split("\n\n")[-1].startswith("Source: ")
    assert cited(row["source"])


@every
def test_parameters_are_documented(scenario: type[Scenario]) -> None:
    """Each parameter has a type that can be written, a help text, and a default that could have been written too."""
    hints, rows = get_type_hints(scenario), describe(scenario)["parameters"]

    for row in rows:
        text = "|".join(map(str, row["default"])) if row["type"] == "list" else str(row["default"])
        given = parse_scenarios([f"{scenario.name}:{row['name']}={text}"] if text else [scenario.name])

        assert hints[row["name"]] in {int, float, str, tuple[str, ...]}
        assert re.fullmatch(r"[a-z][a-z0-9_]*", row["name"])
        assert len(row["help"]) > 5
        assert [one.scenario for one in given] == [one.scenario for one in parse_scenarios([scenario.name])]
        assert issubclass(scenario, Provider) or given[0].scenario == scenario()
    assert scenario.__dataclass_params__.frozen  # type: ignore[attr-defined]


REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def test_every_row_has_a_scenario_or_a_reason() -> None:
    """The page of the quirks table has every row once, with links to the scenarios that cite it, or a reason."""
    rows = re.findall(
        r'^\| <a id="row-(\d+)"></a>\1 \| .{10,} \| (None: .{20,}|\[.+?) \| (.+?) \| .+ \|$',
        (REFERENCE / "quirks.md").read_text("utf-8"),
        re.MULTILINE,
    )
    cited: dict[int, set[str]] = {row: set() for row in range(1, LAST_ROW + 1)}
    for name, scenario in ALL:
        for row in rows_of(describe(scenario)["source"]):
            cited[row].add(name)

    linked = {int(row): set(re.findall(r"\[([a-z0-9-]+)\]\(scenarios\.md#\1\)", cell)) for row, cell, _ in rows}

    assert sorted(int(row) for row, _, _ in rows) == [*range(1, LAST_ROW + 1)]
    assert linked == cited


def test_scenarios_link_to_their_rows() -> None:
    """The page of the scenarios has a section for each, and in its source a link to each row that it cites."""
    page = (REFERENCE / "scenarios.md").read_text("utf-8")
    sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL))

    linked = {name: re.findall(r"\[(\d+)\]\(quirks\.md#row-\1\)", text) for name, text in sections.items()}

    assert linked == {name: [str(row) for row in rows_of(describe(scenario)["source"])] for name, scenario in ALL}


def test_short_names_are_explained() -> None:
    """The page of the quirks table says what the short names of its sources are."""
    rows, names = (REFERENCE / "quirks.md").read_text("utf-8").split("## Short names")

    seen_at = re.findall(r"^\| <a id=.*? \| ([^|]*?) \| [^|]* \|$", rows, re.MULTILINE)
    short = {name for cell in seen_at for name in re.findall(r"\b[A-Z][A-Z0-9]{2,5}\b", cell)}

    assert len(seen_at) == LAST_ROW
    assert short <= set(re.findall(r"\b[A-Z][A-Z0-9]{2,5}\b", names)) | {"API"}


# Over HTTP.


@pytest.fixture(scope="module")
def roster() -> Api:
    """Return a client of a district in which each test has a sandbox of its own; an exception fails the test."""
    return connected(make_app(students=24))


@pytest.fixture(scope="module")
def requests(roster: Api) -> list[Probe]:
    """Return the probes of that district."""
    return probes(roster)


def sent(roster: Api, probe: Probe, prefix: str, spec: str) -> tuple[int, set[str]]:
    """Return the status of the answer to a probe and the scenarios that it names; one may be chosen by header."""
    variables = {"HTTP_AUTHORIZATION": f"Bearer {roster.token}"} if probe.bearer else {}
    variables |= {"HTTP_X_MOCKROSTER_SCENARIO": spec} if spec else {}
    _, status, headers = run_wsgi_app(roster.app, probe.environ(prefix, **variables), buffered=True)
    return int(status[:3]), set(filter(None, headers.get(HEADER, "").split(", ")))


def names(scenario: type[Scenario], roster: Api, probe: Probe, prefix: str, spec: str) -> set[str]:
    """Return the scenarios that the answer to a probe names; one that cuts the connection is named by that."""
    try:
        return sent(roster, probe, prefix, spec)[1]
    except ConnectionEnded:
        return {scenario.name}


@every
def test_acts_and_never_breaks(scenario: type[Scenario], roster: Api, requests: list[Probe]) -> None:
    """By either door it has a hand in one of the answers at least, and in none does the server break.

    A 500 that is not ordered is an exception, and fails this test by itself. The header is followed to the last probe;
    by the path, the probe on which it acts by the header comes first.
    """
    text = ACTING.get(scenario.name, scenario.name)
    expected = {one.scenario.name for one in parse_scenarios([scenario.name])}

    by_header = [names(scenario, roster, probe, f"/sandboxes/{scenario.name}-header", text) for probe in requests]
    acting = (probe for probe, found in zip(requests, by_header, strict=True) if found)
    by_path: set[str] = set()
    for probe in chain(islice(acting, 1), requests):
        by_path |= names(scenario, roster, probe, f"/sandboxes/{scenario.name}-path/scenarios/{text}", "")
        if by_path == expected:
            break

    for named in (set().union(*by_header), by_path):
        assert named if issubclass(scenario, Provider) else named == expected


def test_without_any_nothing_is_named(roster: Api, requests: list[Probe]) -> None:
    """The same requests without a scenario are answered cleanly, and more than half of them well."""
    answers = [sent(roster, probe, "/sandboxes/clean", "") for probe in requests]

    statuses = [status for status, _ in answers]
    assert not any(named for _, named in answers)
    assert sum(status < 300 for status in statuses) > len(answers) / 2
    assert set(statuses) <= {200, 201, 204, 400, 401, 403, 404, 405}


# The catalogue as it is printed.


def test_printed_for_programs(call: Run, roster: Api) -> None:
    """The rows are those of the switchboard."""
    done = call("scenarios", "--json")

    rows = json.loads(done.stdout)["scenarios"]
    assert (done.returncode, done.stderr) == (0, "")
    assert rows == Client(roster.app).get("/__admin/scenarios").get_json()["scenarios"]
    assert [row["name"] for row in rows] == [name for name, _ in ALL]


def test_printed_for_people(call: Run) -> None:
    """Every scenario and parameter stands in the group of its kind, and no line is too long."""
    done = call("scenarios")

    groups = done.stdout.split("\n\n")
    assert (done.returncode, done.stderr) == (0, "")
    for _, scenario in ALL:
        (group,) = [group for group in groups if re.search(rf"^  {scenario.name}$", group, re.MULTILINE)]
        assert group.startswith(PLACES[place_of(scenario)])
        for row in dataclasses.fields(scenario):
            assert re.search(rf"^        {row.name}=", group, re.MULTILINE)
    (providers,) = [group for group in groups if group.startswith(PLACES["provider"])]
    assert "parts: static-bearer, revision-header, students-include-teachers, rate-limit" in providers
    assert max(map(len, done.stdout.splitlines())) <= 100


# Scenarios of other packages.

MODULE = '''
from dataclasses import dataclass

from mockroster.delivery import ConnectionEnded
from mockroster.scenarios.base import ReplyScenario, parameter


@dataclass(frozen=True)
class Teapot(ReplyScenario):
    """Every answer has a header that says what the server is.

    Source: RFC 2324, section 2.3.2.
    """

    name = "{name}"
    size: int = parameter(1, "cups", least=1, most=12)

    def after(self, exchange, response):
        """Add the header."""
        response.headers["X-Teapot"] = str(self.size)
        return response
'''


def installed(folder: Path, name: str) -> dict[str, str]:
    """Install a package with one scenario into a folder, and return an environment in which it is found."""
    (folder / "teapots.py").write_text(MODULE.replace("{name}", name))
    info = folder / "teapots-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: teapots\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mockroster.scenarios]\nteapot = teapots:Teapot\n")
    return {"PYTHONPATH": str(folder)}


def test_of_another_package(tmp_path: Path, run: Run) -> None:
    """A scenario of a package that happens to be installed is listed, used and checked like ours."""
    environment = installed(tmp_path, "teapot")

    rows = {row["name"]: row for row in json.loads(run("scenarios", "--json", **environment).stdout)["scenarios"]}
    with served("--students", "24", "--no-auth", environment=plain_environment(**environment)) as server:
        by_path = server.ask("GET", f"/scenarios/teapot:size=3{BASE}/orgs")[1]
        by_header = server.ask("GET", f"{BASE}/orgs", X_Mockroster_Scenario="teapot;flaky")[1]
        refused = server.ask("GET", f"/scenarios/teapot:size=13{BASE}/orgs")

    assert rows["teapot"]["kind"] == "body"
    assert rows["teapot"]["source"] == "RFC 2324, section 2.3.2."
    assert rows["teapot"]["parameters"] == [{"name": "size", "type": "integer", "default": 1, "help": "cups"}]
    assert set(scenarios()) <= set(rows)
    assert (by_path["x-teapot"], by_path[HEADER.lower()]) == ("3", "teapot")
    assert (by_header["x-teapot"], by_header[HEADER.lower()]) == ("1", "teapot")
    assert refused[0] == 400
    assert b"at most 12" in refused[2]


def test_unknown_at_start(run: Run) -> None:
    """A scenario that does not exist is refused with the nearest right name, before a port is bound."""
    done = run("serve", "--scenario", "flakey:every=2")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "mockroster: there is no scenario 'flakey'; did you mean 'flaky'?\n"


def test_name_that_is_taken(tmp_path: Path, run: Run) -> None:
    """A package that takes a name of ours is refused with a sentence, before a port is bound."""
    done = run("serve", "--scenario", "flaky", **installed(tmp_path, "flaky"))

    assert done.returncode == 2
    assert re.fullmatch(r"mockroster: two scenarios are called 'flaky'; one is that of \S+\n", done.stderr)
