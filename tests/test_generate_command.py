"""``mockroster generate``, as a process: what it writes, what it says, what it refuses."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import orjson
import pytest
import yaml
from conftest import NOW, command, plain_environment
from patience import PATIENCE

from mockroster.district import district

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SMALL = ("--students", "3", "--now", NOW.isoformat())


def test_generate(call: Run, tmp_path: Path) -> None:
    """It writes the district that serve would serve, and says how much of what, and how to serve it."""
    file = tmp_path / "demo.json"

    done = call("generate", *SMALL, "--seed", "7", "--out", str(file))

    made = district(7, 3, NOW)
    assert (done.returncode, done.stdout) == (0, "")
    assert orjson.loads(file.read_bytes()) == made
    lines = done.stderr.splitlines()
    assert lines[0] == f"mockroster: wrote {sum(map(len, made.values()))} records to {file} (json, 1.2)"
    assert f"{len(made['users'])} users, {len(made['enrollments'])} enrollments" in lines[1]
    assert lines[2] == f"  serve it: mockroster serve --fixtures {file}"


def test_settings_from_the_environment(call: Run, tmp_path: Path) -> None:
    """The variables of the district count, flags come first, and those that are for serving do not matter."""
    environment = {
        "MOCKROSTER_SEED": "9",
        "MOCKROSTER_STUDENTS": "4",
        "MOCKROSTER_NOW": NOW.isoformat(),
        "MOCKROSTER_PROFILE": "roster-only",
        "MOCKROSTER_PORT": "nonsense",
        "MOCKROSTER_SEDE": "1",
    }

    done = call("generate", "--students", "2", "--out", str(tmp_path / "a.json"), **environment)

    assert done.returncode == 0, done.stderr
    expected = {name: rows for name, rows in district(9, 2, NOW, "roster-only").items() if rows}
    assert orjson.loads((tmp_path / "a.json").read_bytes()) == expected
    assert "MOCKROSTER_SEDE is not a setting; did you mean 'MOCKROSTER_SEED'?" in done.stderr


def test_the_same_bytes(run: Run, tmp_path: Path) -> None:
    """The same settings write the same bytes."""
    for name in ("a.yaml", "b.yaml"):
        run("generate", *SMALL, "--out", str(tmp_path / name))

    assert (tmp_path / "a.yaml").read_bytes() == (tmp_path / "b.yaml").read_bytes()


def test_standard_output(call: Run) -> None:
    """``-`` writes the document to stdout, and nothing else."""
    done = call("generate", *SMALL, "--out", "-", "--format", "yaml")

    assert yaml.safe_load(done.stdout) == district(42, 3, NOW)
    assert "wrote" in done.stderr


def test_zip_to_standard_output() -> None:
    """CSV goes to stdout as a zip."""
    done = subprocess.run(  # noqa: S603
        command("generate", *SMALL, "--out", "-", "--format", "csv"),
        capture_output=True,
        timeout=PATIENCE,
        env=plain_environment(),
        check=False,
    )

    assert done.stdout.startswith(b"PK")


def test_shape_of_1p1(call: Run, tmp_path: Path) -> None:
    """In the shape of 1.1 the summary lists the omitted data, and counts only the written records."""
    done = call("generate", *SMALL, "--out", str(tmp_path / "a.json"), "--version", "1.1")

    document = orjson.loads((tmp_path / "a.json").read_bytes())
    made = district(42, 3, NOW)
    assert f"wrote {sum(map(len, document.values()))} records" in done.stderr
    assert "what OneRoster 1.1 has no place for is not in it:" in done.stderr
    assert f"    {len(made['scoreScales'])} scoreScales, " in done.stderr
    assert re.search(r"    of users: .*userMasterIdentifier \(\d+\)", done.stderr)


@pytest.mark.parametrize("format_", ["json", "yaml"])
def test_folder_and_zip(call: Run, tmp_path: Path, format_: str) -> None:
    """A folder and a zip have a file for each collection, in the format that is asked for."""
    for name in ("folder", "a.zip"):
        done = call("generate", *SMALL, "--out", str(tmp_path / name), "--format", format_)
        assert done.returncode == 0, done.stderr

    names = {f"{name}.{format_}" for name in district(42, 3, NOW)}
    assert {file.name for file in (tmp_path / "folder").iterdir()} == names
    with ZipFile(tmp_path / "a.zip") as archive:
        assert set(archive.namelist()) == names
        for name in names:
            assert archive.read(name) == (tmp_path / "folder" / name).read_bytes()


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_csv(call: Run, tmp_path: Path, version: str) -> None:
    """A CSV bundle has a manifest; records that are tobedeleted are omitted and counted."""
    done = call("generate", *SMALL, "--out", str(tmp_path / "a"), "--format", "csv", "--version", version)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a" / "manifest.csv").is_file()
    assert (tmp_path / "a" / "users.csv").is_file()
    assert f"what CSV {version} has no place for is not in it:" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "'--out'"),
        (["--out", "x.jsn"], "did you mean '.json'?"),
        (["--out", "x.json", "--format", "yaml"], "--format yaml: 'x.json' has the ending of another format"),
        (["--out", "x", "--format", "ymal"], "--format: 'ymal' is not one of json, yaml, csv; did you mean 'yaml'?"),
        (["--out", "x", "--version", "1.3"], "--version: '1.3' is not one of 1.1, 1.2"),
        (["--out", "x", "--students", "0"], "--students: '0' is not a whole number from 1 to 200000"),
        (["--out", "x", "--seed", "-1"], "--seed: '-1' is not a whole number"),
        (["--out", "x", "--profile", "distict"], "did you mean 'district'?"),
        (["--out", "x", "--now", "tomorrow"], "--now: 'tomorrow' is not a date and time"),
        (["--out", "no/x.json"], "there is no folder"),
        (["--out", "x", "--calendar", "none"], "--calendar: it plans the days of nightly files; add --days"),
        (["--otu", "x"], "--out"),
    ],
)
def test_wrong_use(arguments: list[str], said: str, call: Run) -> None:
    """A wrong flag or value is exit code 2 and one sentence, and nothing is written."""
    done = call("generate", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("mockroster: ")
    assert said in line


def test_wrong_variable(call: Run) -> None:
    """A wrong variable is named."""
    done = call("generate", "--out", "x.json", MOCKROSTER_STUDENTS="many")

    assert done.returncode == 2
    assert "MOCKROSTER_STUDENTS: 'many' is not a whole number" in done.stderr


def test_disk_that_is_full() -> None:
    """A full disk is exit code 2 and one sentence."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603
            command("generate", *SMALL, "--out", "-"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            env=plain_environment(),
            check=False,
        )

    assert done.returncode == 2
    assert done.stderr == "mockroster: --out -: standard output cannot be written: No space left on device\n"


def test_progress_on_a_terminal(tmp_path: Path) -> None:
    """On a terminal a large district shows how far it is; elsewhere nothing but the summary is said."""
    there, here = pty.openpty()
    line = command("generate", "--students", "5001", "--out", str(tmp_path / "a.json"))
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=here, env=plain_environment())  # noqa: S603
    os.close(here)

    said = b"".join(_all(there))

    assert process.wait(PATIENCE) == 0
    assert b"generating a district of 5,001 students" in said
    assert b"writing" in said
    assert b"100%" in said


def _all(there: int) -> list[bytes]:
    pieces: list[bytes] = []
    try:
        while piece := os.read(there, 65536):
            pieces.append(piece)
    except OSError:  # what a terminal whose other end is closed answers
        pass
    os.close(there)
    return pieces
