"""``mockroster verdict`` and ``mockroster exercise``, ``verdict()`` in Python and the mark of pytest."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from mockroster import Server
from mockroster.base_errors import ConfigurationError
from mockroster.cli.main import mockroster as command
from mockroster.client.sandbox import Sandbox
from mockroster.judge.catalogue import rules
from mockroster.judge.exercise import exercises, merge
from mockroster.judge.report.text import lines
from mockroster.judge.rule import Plan
from mockroster.judge.thresholds import Choice, parse_choice
from mockroster.scenarios.spec import canonical

pytest_plugins = ["pytester"]

CLIENT = Path(__file__).parent / "verdict_clients" / "sync.py"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server in this process."""
    with Server(students=60, admin_token="open") as running:
        yield running


@pytest.fixture
def sandbox(server: Server) -> Iterator[Sandbox]:
    """Return a sandbox of its own for the test."""
    with server.sandbox() as made:
        yield made


def run(*arguments: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(command, [*map(str, arguments)], standalone_mode=False)


def judge(sandbox: Sandbox, *arguments: str | Path) -> Result:
    """Run ``mockroster verdict``."""
    return run("verdict", "--url", sandbox.url, "--admin-token", "open", *arguments)


def first_page(sandbox: Sandbox) -> None:
    """Read one page of a longer list."""
    sandbox.get("/ims/oneroster/v1p1/users?limit=100")


def all_pages(sandbox: Sandbox) -> None:
    """Read a list to its end, without an order."""
    for offset in (0, 100):
        sandbox.get(f"/ims/oneroster/v1p1/users?limit=100&offset={offset}")


def test_verdict_ends_with_1(sandbox: Sandbox, tmp_path: Path) -> None:
    """A must-rule that fails ends the command with 1; the reports are written."""
    first_page(sandbox)

    done = judge(sandbox, "--junit", tmp_path / "v.xml", "--html", tmp_path / "v.html")

    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 1
    assert done.stdout.startswith("FAIL  V01  must    A collection that is read is read to its end\n")
    assert "users: read to row 100 of 174, and not further (request 2)" in done.stdout
    assert ElementTree.parse(tmp_path / "v.xml").getroot().get("failures") == "1"  # noqa: S314 # our own
    assert "read to row 100 of 174" in (tmp_path / "v.html").read_text("utf-8")


def test_verdict_fails_on_should(sandbox: Sandbox) -> None:
    """A should-rule that fails ends the command with 1 only if that is asked for."""
    all_pages(sandbox)

    assert judge(sandbox).exit_code == 0
    assert judge(sandbox, "--fail-on", "should").exit_code == 1
    assert judge(sandbox, "--fail-on", "should", "--rules", "V03=off").exit_code == 0


def test_verdict_as_json(sandbox: Sandbox, tmp_path: Path) -> None:
    """JSON is that of the switchboard; a file has choices of rules."""
    all_pages(sandbox)
    (tmp_path / "rules").write_text("# ours\nV25=on\n")

    document = json.loads(judge(sandbox, "--json", "--rules", tmp_path / "rules").stdout)

    assert document == sandbox.verdict(rules=["V25=on"])
    assert next(rule for rule in document["rules"] if rule["id"] == "V25")["outcome"] == "pass"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rules", "V99=on"], "rules: 'V99' is not a rule; known: V01, V02"),
        (["--rules", "V10.repeat=3"], "is not a number of V10; known: V10.repeats; did you mean 'V10.repeats'?"),
        (["--rules", "V01.rows=3"], "'V01.rows' is not a rule"),
        (["--fail-on", "muts"], "--fail-on: 'muts' is not one of must, should, policy"),
        (["--junit", "nowhere/v.xml"], "--junit nowhere/v.xml: the folder does not exist"),
        (["--run", "nightly"], "there is no run 'nightly'"),
    ],
)
def test_verdict_refuses(sandbox: Sandbox, arguments: list[str], message: str) -> None:
    """An option that will not do is one sentence."""
    done = judge(sandbox, *arguments)

    assert isinstance(done.exception, ConfigurationError)
    assert message in str(done.exception)


@pytest.mark.parametrize(("arguments", "whose"), [((), ""), (("--client", "nightyl"), " of the client 'nightyl'")])
def test_verdict_of_no_requests(sandbox: Sandbox, arguments: tuple[str, ...], whose: str) -> None:
    """A verdict without a request says so, because a wrong client id or base URL breaks no rule."""
    done = judge(sandbox, *arguments)

    assert done.exit_code == 0
    assert done.stderr == f"mockroster: nothing was judged: {sandbox.url} has received no request{whose}\n"
    assert done.stdout.splitlines()[-1].startswith("skip: 0 of ")


def test_verdict_of_nobody() -> None:
    """A server that is not there is one sentence."""
    done = run("verdict", "--url", "http://127.0.0.1:9")

    assert isinstance(done.exception, ConfigurationError)
    assert "cannot be reached" in str(done.exception)


def test_verdict_in_python(sandbox: Sandbox) -> None:
    """The verdict is true if no must-rule fails, and lists the findings."""
    with sandbox.run("good"):
        all_pages(sandbox)
    with sandbox.run("bad"):
        first_page(sandbox)

    good, bad = sandbox.verdict("good"), sandbox.verdict(run="bad")

    assert good
    assert good.outcome == "pass"
    assert [rule["id"] for rule in good.failed("should")] == ["V03"]
    assert not bad
    assert bad.rule("V01")["outcome"] == "fail"
    assert str(bad).splitlines() == [*lines(bad)]
    assert repr(bad).startswith("<Verdict: fail: ")
    good.check()
    with pytest.raises(AssertionError, match="read to row 100 of 174"):
        bad.check()
    with pytest.raises(KeyError):
        bad.rule("V99")


def test_mark(pytester: pytest.Pytester, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test whose mark orders it fails if the client breaks a rule of that level."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("MOCKROSTER_URL", server.url)
    monkeypatch.setenv("MOCKROSTER_ADMIN_TOKEN", "open")
    pytester.makepyfile("""
        import pytest

        def read(mockroster, *offsets):
            for offset in offsets:
                mockroster.get(f"/ims/oneroster/v1p1/users?limit=100&offset={offset}")

        @pytest.mark.mockroster(verdict="must")
        def test_good(mockroster):
            read(mockroster, 0, 100)

        @pytest.mark.mockroster(verdict="must")
        def test_bad(mockroster):
            read(mockroster, 0)

        @pytest.mark.mockroster(verdict="should")
        def test_sloppy(mockroster):
            read(mockroster, 0, 100)

        def test_unmarked(mockroster):
            read(mockroster, 0)

        @pytest.mark.mockroster(verdict="muts")
        def test_wrong(mockroster):
            pass
    """)

    done = pytester.runpytest_inprocess("-p", "mockroster.pytest_plugin")

    done.assert_outcomes(passed=2, failed=2, errors=1)
    done.stdout.fnmatch_lines(["*The verdict on the client:*", "*read to row 100 of 174*"])
    done.stdout.fnmatch_lines(["*verdict='muts' must be one of 'must', 'should'*"])


def test_plans() -> None:
    """Every plan has scenarios that exist, and every rule that is switched on has one."""
    plans = exercises(parse_choice([]))

    assert plans[0].plan == Plan()
    for exercise in plans:
        for scenario in exercise.plan.scenarios:
            canonical([scenario] if scenario else [])
    planned = {name for exercise in plans for name in exercise.rules}
    assert planned == {name for name, rule in rules().items() if rule.level != "policy"}


@pytest.mark.parametrize(
    ("outcomes", "merged"),
    [("skip skip", "skip"), ("skip pass", "pass"), ("pass skip", "pass"), ("fail pass", "fail"), ("omit omit", "omit")],
)
def test_outcome_of_several_plans(outcomes: str, merged: str) -> None:
    """A rule fails if it fails under any scenario, and passes if it passes under any other than its own."""
    plans = exercises(Choice())[:2]

    rows = [
        {
            "id": name,
            "level": rule.level,
            "outcome": outcome,
            "reason": "no walk",
            "exercise": "flaky",
            "findings": [{"sentence": "wrong", "sequences": [1], "curl": ""}] if outcome == "fail" else [],
        }
        for outcome in outcomes.split()
        for name, rule in rules().items()
    ]
    documents = [
        {"requests": 1, "dropped": 0, "mistakes": [], "rules": of_plan}
        for of_plan in (rows[: len(rules())], rows[len(rules()) :])
    ]
    found = merge(list(zip(plans, documents, strict=True)))

    assert {rule["outcome"] for rule in found["rules"]} == {merged}
    assert {"reason" in rule for rule in found["rules"]} == {merged == "skip"}
    assert not any("exercise" in rule for rule in found["rules"])


def test_exercise(tmp_path: Path) -> None:
    """A client is run as the plans say, and each fault of it is found."""
    kept = {"V01", "V03", "V11", "V13", "V18", "V20", "V21", "V22"}
    (tmp_path / "rules").write_text("\n".join(f"{name}=off" for name in rules() if name not in kept))
    reports = (
        "--copy",
        "{state}/copy.json",
        "--junit",
        tmp_path / "v.xml",
        "--html",
        tmp_path / "v.html",
        "--rules",
        tmp_path / "rules",
    )

    done = run("exercise", "--students", "60", "--json", *reports, "--", sys.executable, CLIENT, "{base_url_v1p1}")

    outcomes = {rule["id"]: rule["outcome"] for rule in json.loads(done.stdout)["rules"]}
    assert {name: outcomes[name] for name in kept} == {
        "V01": "pass",
        "V03": "fail",
        "V11": "fail",
        "V13": "pass",
        "V18": "pass",
        "V20": "pass",
        "V21": "pass",
        "V22": "pass",
    }
    assert done.exit_code == 1
    assert "[1/7] no scenario: exit 0" in done.stderr
    assert (tmp_path / "v.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--", "no-such-program"], "COMMAND: 'no-such-program' cannot be run"),
        (["--timeout", "soon", "--", "true"], "--timeout: 'soon' is not a whole number"),
        (["--rules", "V99=on", "--", "true"], "'V99' is not a rule"),
        (
            ["--students", "1", "--copy", "{stat}/x", "--", "true"],
            "--copy {stat}/x: 'stat' is not a placeholder; known: ",
        ),
    ],
)
def test_exercise_refuses(arguments: list[str], message: str) -> None:
    """A command that cannot be run is refused with one sentence."""
    done = run("exercise", *arguments)

    assert isinstance(done.exception, ConfigurationError)
    assert message in str(done.exception)


def test_exercise_of_a_client_that_asks_nothing(tmp_path: Path) -> None:
    """A program that never asks the server is no client."""
    (tmp_path / "rules").write_text("\n".join(f"{name}=off" for name in rules()))

    done = run("exercise", "--students", "5", "--rules", tmp_path / "rules", "--", "true")

    assert isinstance(done.exception, ConfigurationError)
    assert "the client has not asked the server for anything" in str(done.exception)
