"""``mockroster validate``: what it prints, for people and for programs, and the exit codes."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import click
import pytest
from click.testing import CliRunner
from fixture_sets import good

from mockroster.cli.main import mockroster
from mockroster.cli.validate import _report
from mockroster.errors import ConfigurationError, UnreadableFixtures
from mockroster.settings import Settings

FIXTURES = Path(__file__).parents[1] / "fixtures"
README = FIXTURES / "faulty" / "README.md"

Run = Callable[..., CompletedProcess[str]]

SHOWN = re.findall(r"^\$ mockroster validate (fixtures/faulty/\S+)\n((?:.*\n)*?)```$", README.read_text("utf-8"), re.M)
"""The faulty sets with what their README says of each."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, name: str, document: object) -> str:
    """Write a document as JSON, a record a line, and return its name."""
    text = json.dumps(document, indent=1)
    (folder / name).write_text(text, encoding="utf-8")
    return name


def ask(*arguments: str, **options: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of the command."""
    result = CliRunner().invoke(mockroster, ["validate", *arguments], **options)  # type: ignore[arg-type]
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


ORGS = {"orgs": [{"sourcedId": "o1", "name": "North High", "type": "shool"}]}
FAULT = (
    "orgs[0].type: 'shool' is not one of department, school, district, local, state, national; did you mean 'school'?"
)


def test_a_good_set(here: Path) -> None:
    """Of a set in which nothing is wrong there is a summary only, and the exit code is 0."""
    name = write(here, "demo.json", {key: good()[key] for key in ("orgs", "academicSessions")})

    code, out, err = ask(name)

    assert (code, err) == (0, "")
    assert out == "demo.json: no errors, no warnings in 6 records (3 orgs, 3 academicSessions)\n"


def test_a_faulty_set(here: Path) -> None:
    """A fault is a line with its place, the summary comes last, and the exit code is 1."""
    name = write(here, "demo.json", ORGS)

    code, out, err = ask(name)

    assert (code, err) == (1, "")
    assert out == f"demo.json:6: {FAULT}\ndemo.json: 1 error, no warnings in 1 record (1 org)\n"


def test_a_path_that_cannot_be_on_a_terminal(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, the size of a path is read first; one without a size is refused nevertheless."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    with pytest.raises(UnreadableFixtures, match="cannot be read: file name too long"):
        _report("x" * 300 + ".json", Settings())


def test_a_large_folder_on_a_terminal(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal, a large folder is announced; nested folders are neither read nor counted."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("mockroster.cli.validate._LARGE", 1000)
    (here / "below").mkdir()
    write(here, "small.json", {"orgs": []})
    write(here / "below", "large.json", {"orgs": [], "x": "x" * 2000})

    _report(".", Settings())
    quiet = capsys.readouterr().err
    write(here, "large.json", {"users": [], "x": "x" * 2000})
    _report(".", Settings())

    assert quiet == ""
    assert capsys.readouterr().err == "mockroster: checking ., 0 MB …\n"


def test_a_warning_is_called_one(here: Path) -> None:
    """A warning stands after its place as such, and does not change the exit code."""
    (here / "demo.yaml").write_text("orgs: []\n", encoding="utf-8")

    code, out, _ = ask("demo.yaml")

    assert code == 0
    assert out == "demo.yaml: warning: there is no record in it\ndemo.yaml: no errors, 1 warning in no records\n"


def test_each_path_is_a_set_of_its_own(here: Path) -> None:
    """References do not lead from one path into another, and the same id in two paths is no fault."""
    schools = write(here, "schools.json", {"orgs": [{"sourcedId": "o1", "name": "A", "type": "school"}]})
    course = write(here, "course.json", {"courses": [{"sourcedId": "c1", "title": "A", "org": "o1"}]})

    code, out, _ = ask(schools, course, schools)

    assert code == 1
    assert out.count("schools.json: no errors") == 2
    assert "course.json:6: courses[0].org: there is no org with the sourcedId 'o1'\n" in out


def test_a_path_that_cannot_be_read(here: Path) -> None:
    """A path that is not there is a sentence on stderr and exit code 2; the others are reported all the same."""
    name = write(here, "demo.json", ORGS)

    code, out, err = ask("nothing.json", name)

    assert code == 2
    assert re.fullmatch(r"mockroster: nothing\.json\b[^\n]+\n", err)
    assert f"demo.json:6: {FAULT}" in out


def test_json(here: Path) -> None:
    """For programs there is JSON: counts, numbers of errors and warnings, and each fault in its parts."""
    name = write(here, "demo.json", ORGS)

    code, out, err = ask("--json", name, "nothing.json")

    where, _, message = FAULT.partition(": ")
    fault = {"severity": "error", "file": "demo.json", "line": 6, "where": where, "message": message}
    assert (code, err.count("\n")) == (2, 1)
    assert json.loads(out) == {
        "sets": [{"path": "demo.json", "counts": {"orgs": 1}, "errors": 1, "warnings": 0, "faults": [fault]}]
    }


def test_standard_input() -> None:
    """A dash stands for standard input."""
    code, out, _ = ask("-", input=json.dumps(ORGS))

    assert code == 1
    assert FAULT in out


def test_a_zip_and_a_folder(here: Path) -> None:
    """A zip and a folder are sets, whose files are named within them."""
    (here / "demo").mkdir()
    write(here, "demo/orgs.json", ORGS["orgs"])
    with zipfile.ZipFile(here / "demo.zip", "w") as archive:
        archive.write(here / "demo" / "orgs.json", "orgs.json")

    code, out, _ = ask("demo", "demo.zip")

    assert code == 1
    assert f"demo/orgs.json:5: {FAULT}" in out
    assert f"demo.zip/orgs.json:5: {FAULT}" in out


def test_over_the_generated_district(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A set that says so is checked over the district of the environment's settings, whose records do not count."""
    name = write(here, "demo.json", {"base": "generated", "orgs": [{"sourcedId": "o1", "name": "A", "type": "school"}]})
    monkeypatch.setenv("MOCKROSTER_STUDENTS", "12")

    code, out, _ = ask(name)

    assert (code, out) == (0, "demo.json: no errors, no warnings in 1 record (1 org)\n")


def test_the_bound_of_fixtures(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fixtures over the bound are not read; flag and variable set it."""
    name = write(here, "demo.json", {"orgs": [{"sourcedId": "o1", "name": "A" * 2**20, "type": "school"}]})
    refused, _, said = ask("--fixtures-limit", "1", name)
    monkeypatch.setenv("MOCKROSTER_FIXTURES_LIMIT", "1")

    by_variable, by_flag = ask(name)[0], ask("--fixtures-limit", "2", name)[0]

    assert (refused, by_variable, by_flag) == (2, 2, 0)
    assert said.startswith("mockroster: demo.json")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fixtures-limit", "no", "x.json"], "--fixtures-limit: 'no' is not a whole number from 1 to 16384"),
        (["--now", "soon", "x.json"], "--now: 'soon' is not a date and time such as 2026-01-15T08:00:00Z"),
    ],
)
def test_wrong_settings(arguments: list[str], message: str) -> None:
    """A flag that will not do is refused before anything is read."""
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        ask(*arguments)


def test_the_command_line(here: Path, call: Run) -> None:
    """As a command it behaves the same: a missing path is reported, and colours are for terminals."""
    name = str(here / write(here, "demo.json", ORGS))

    faulty, without, wrong = call("validate", name), call("validate"), call("validate", name, "--lenient")

    assert (faulty.returncode, without.returncode, wrong.returncode) == (1, 2, 2)
    assert faulty.stdout.startswith(f"{name}:6: {FAULT}\n")
    assert "\x1b" not in faulty.stdout
    assert "PATH" in without.stderr
    assert without.stderr.count("\n") == 1


def test_colours_on_a_terminal(here: Path) -> None:
    """On a terminal numbers of errors stand out."""
    name = write(here, "demo.json", ORGS)

    out = CliRunner().invoke(mockroster, ["validate", name], color=True).stdout

    assert click.style("1 error", "red") in out


@pytest.mark.parametrize(("path", "text"), SHOWN, ids=[path for path, _ in SHOWN])
def test_the_faulty_sets_are_as_their_readme_says(path: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """``validate`` prints the messages that the README of the faulty sets shows."""
    monkeypatch.chdir(FIXTURES.parent)

    _, out, _ = ask(path)

    assert out == text


def test_every_faulty_set_is_in_the_readme() -> None:
    """The README shows each set of the folder."""
    names = {path.name for path in README.parent.iterdir()} - {README.name}

    assert {Path(path).name for path, _ in SHOWN} == names


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(FIXTURES.iterdir()) if path.name not in {"faulty", "README.md"}],
    ids=lambda path: path.name,
)
def test_all_other_sets_are_good(path: Path) -> None:
    """The sample sets have no faults and no warnings."""
    code, out, err = ask(str(path))

    assert (code, err) == (0, "")
    assert "no errors, no warnings in" in out
