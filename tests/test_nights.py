"""Nightly files: the bulk bundle of the first day and all deltas make the bundle of the last day."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from conftest import make_app
from flask import Flask
from tenants import Tenant, tenant

from mockroster.cli.main import mockroster as command
from mockroster.fixtures.read.assembly import Assembly, assemble
from mockroster.fixtures.read.load import read

Json = dict[str, Any]
Contents = dict[tuple[str, str], Json]
NOW = datetime(2026, 9, 1, tzinfo=UTC)
MEGABYTES = 100 * 1024 * 1024


def generated(out: Path, *arguments: str) -> list[Path]:
    """Write nightly files and return the folders in order."""
    done = CliRunner().invoke(command, ["generate", "--out", str(out), *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return sorted(out.iterdir())


def loaded(paths: Sequence[Path]) -> Assembly:
    """Load bundles in order, as the server does."""
    return assemble([read(str(path), MEGABYTES) for path in paths], NOW, None)


def contents(assembly: Assembly) -> Contents:
    """Return the active records without the members that bulk files leave blank."""
    return {
        (collection, record["sourcedId"]): {
            name: value for name, value in record.items() if name not in {"status", "dateLastModified"}
        }
        for collection, records in assembly.records.items()
        for record in records
        if record["status"] == "active"
    }


def rows(path: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of a file of a bundle."""
    with ZipFile(path) as archive:
        return [*csv.DictReader(io.StringIO(archive.read(name).decode()))]


@pytest.fixture(scope="module", params=["1.1", "1.2"])
def nights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the folders of a month in a version."""
    out = tmp_path_factory.mktemp("nights") / "month"
    return generated(out, "--days", "30", "--students", "60", "--now", "2026-09-01", "--version", request.param)


def test_there_is_a_folder_for_each_day(nights: list[Path]) -> None:
    """31 folders by date: the first has a bulk bundle alone."""
    assert [nights[0].name, nights[1].name, nights[-1].name] == ["2026-09-01", "2026-09-02", "2026-10-01"]
    assert len(nights) == 31
    assert [path.name for path in nights[0].iterdir()] == ["bulk.zip"]
    assert all(sorted(path.name for path in folder.iterdir()) == ["bulk.zip", "delta.zip"] for folder in nights[1:])


def test_deltas_lead_to_the_last_day(nights: list[Path]) -> None:
    """The first bundle and thirty deltas hold the same records as the last bundle, without a fault."""
    changed = loaded([nights[0] / "bulk.zip", *(folder / "delta.zip" for folder in nights[1:])])
    last = loaded([nights[-1] / "bulk.zip"])

    assert (changed.faults, last.faults) == ([], [])
    assert contents(changed) == contents(last)
    assert contents(last) != contents(loaded([nights[0] / "bulk.zip"]))


def test_each_bundle_is_valid(nights: list[Path]) -> None:
    """``validate`` finds no error and no warning in any bundle; a delta is judged upon the day before."""
    for before, folder in zip(nights[:-1:6], nights[1::6], strict=True):
        for arguments in ([str(folder / "bulk.zip")], [str(folder / "delta.zip"), "--onto", str(before / "bulk.zip")]):
            done = CliRunner().invoke(command, ["validate", "--strict", *arguments])
            assert done.exit_code == 0, done.output
            assert "no errors, no warnings" in done.output


def test_rows_of_a_delta(nights: list[Path]) -> None:
    """Status and date are filled in a delta and blank in a bulk file; each date is one of the day."""
    found = []
    for folder in nights[1:]:
        with ZipFile(folder / "delta.zip") as archive:
            names = [name for name in archive.namelist() if name != "manifest.csv"]
        for row in (row for name in names for row in rows(folder / "delta.zip", name)):
            found.append(row["status"])
            assert row["dateLastModified"].startswith(folder.name)

    assert set(found) == {"active", "tobedeleted"}
    assert {(row["status"], row["dateLastModified"]) for row in rows(nights[-1] / "bulk.zip", "users.csv")} == {
        ("", "")
    }


def test_a_night_without_change_is_a_manifest(nights: list[Path]) -> None:
    """On a Sunday the delta is a manifest alone, in which every file is absent."""
    sunday = next(folder for folder in nights if folder.name == "2026-09-06")

    with ZipFile(sunday / "delta.zip") as archive:
        assert archive.namelist() == ["manifest.csv"]
    manifest = {row["propertyName"]: row["value"] for row in rows(sunday / "delta.zip", "manifest.csv")}
    assert {value for name, value in manifest.items() if name.startswith("file.")} == {"absent"}


def test_a_year_turns_in_deltas(tmp_path: Path) -> None:
    """The rollover of a summer is a delta like any other."""
    folders = generated(tmp_path / "summer", "--days", "4", "--students", "40", "--now", "2027-07-13")

    changed = loaded([folders[0] / "bulk.zip", *(folder / "delta.zip" for folder in folders[1:])])
    last = loaded([folders[-1] / "bulk.zip"])

    assert changed.faults == []
    assert contents(changed) == contents(last)
    assert len(rows(folders[2] / "delta.zip", "enrollments.csv")) > 100


def test_the_same_files_twice(tmp_path: Path) -> None:
    """The same settings write the same bytes; another plan writes others."""
    arguments = ("--days", "3", "--students", "30", "--now", "2026-09-08")
    once, again = (generated(tmp_path / name, *arguments) for name in ("once", "again"))
    quiet = generated(tmp_path / "quiet", *arguments, "--calendar", "none")

    def content(folders: list[Path]) -> list[bytes]:
        return [file.read_bytes() for folder in folders for file in sorted(folder.iterdir())]

    assert content(once) == content(again)
    assert content(once) != content(quiet)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--days", "3", "--format", "json"], "with --days the files are OneRoster CSV"),
        (["--days", "0"], "--days: '0' is not a whole number from 1 to 3660"),
        (["--days", "3", "--version", "1.3"], "--version: '1.3' is not one of 1.1, 1.2"),
        (["--days", "3", "--calendar", "us-k13"], "did you mean 'us-k12'?"),
    ],
)
def test_a_wrong_flag(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    """A flag that cannot be obeyed is refused with a sentence, and nothing is written."""
    out = tmp_path / "nights"

    done = CliRunner().invoke(command, ["generate", "--out", str(out), *arguments])

    assert sentence in f"{done.output}{done.exception}"
    assert not out.exists()


@pytest.mark.parametrize("name", ["n.zip", "nights.JSON", "n.yaml", "n.csv"])
def test_a_name_of_a_file(name: str, tmp_path: Path) -> None:
    """A name with the ending of a file is refused, because the nights are folders; nothing is made."""
    out = tmp_path / name

    done = CliRunner().invoke(command, ["generate", "--days", "1", "--out", str(out)])

    assert done.exit_code != 0
    assert "has the name of a file" in str(done.exception)
    assert repr(str(out.with_suffix(""))) in str(done.exception)
    assert not out.exists()


def test_a_folder_that_is_named_like_a_file(tmp_path: Path) -> None:
    """A slash at the end says that a folder is meant."""
    done = CliRunner().invoke(
        command,
        ["generate", "--days", "1", "--students", "5", "--now", "2026-09-01", "--out", f"{tmp_path / 'n.zip'}/"],
    )

    assert done.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "n.zip").iterdir()) == ["2026-09-01", "2026-09-02"]


@pytest.mark.parametrize(("name", "sentence"), [("", "--out: it is empty"), ("-", "'-' is not the name of a folder")])
def test_a_name_that_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, sentence: str) -> None:
    """An empty name does not stand for the present folder, and folders cannot go to standard output."""
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(command, ["generate", "--students", "5", "--days", "1", "--out", name])

    assert sentence in str(done.exception)
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    """A folder with other files is refused, and nothing is written."""
    (tmp_path / "mine.txt").write_text("mine")

    done = CliRunner().invoke(command, ["generate", "--days", "1", "--out", str(tmp_path)])

    assert "is not empty" in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture(scope="module")
def server() -> Flask:
    """Return a server of a small district."""
    return make_app(students=60, now="2026-09-01T12:00:00Z")


def exported(sandbox: Tenant, path: Path, query: str) -> Path:
    """Write an export of a sandbox to a file."""
    response = sandbox.admin("GET", f"/export?format=csv&{query}")
    assert response.status_code == 200, response.text
    path.write_bytes(response.data)
    return path


def test_a_removed_record_is_dated(server: Flask, tmp_path: Path) -> None:
    """A record that a client removed is tobedeleted as of now, with what it owned, also if others still name it."""
    sandbox = tenant(server)
    category = sandbox.admin("GET", "/records/categories?limit=1").get_json()["categories"][0]["sourcedId"]
    sandbox.admin("PUT", "/clock", {"now": "2026-09-20T12:00:00Z"})
    sandbox.admin("DELETE", f"/records/categories/{category}")

    [row] = rows(exported(sandbox, tmp_path / "delta.zip", "since=0"), "categories.csv")

    assert (row["sourcedId"], row["status"]) == (category, "tobedeleted")
    assert row["dateLastModified"].startswith("2026-09-20T12:00")


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_delta_of_a_server(server: Flask, tmp_path: Path, version: str) -> None:
    """Bulk, deltas since each revision, and deltas by time make the last bulk; deleted records are in them, too."""
    sandbox = tenant(server)
    paths = [exported(sandbox, tmp_path / "0.zip", f"version={version}")]
    since: int | str = 0
    for number in (1, 2, 3):
        revision = sandbox.admin("POST", "/days", {"days": 6}).get_json()["revision"]
        student = next(
            user["sourcedId"]
            for user in sandbox.admin("GET", "/records/users?limit=1000").get_json()["users"]
            if user["status"] == "active" and "grades" in user
        )
        sandbox.admin("DELETE", f"/records/users/{student}")
        paths.append(exported(sandbox, tmp_path / f"{number}.zip", f"version={version}&since={since}"))
        since = revision + 1

    last = exported(sandbox, tmp_path / "last.zip", f"version={version}")

    assert contents(loaded(paths)) == contents(loaded([last]))


def test_no_change_is_a_manifest(server: Flask, tmp_path: Path) -> None:
    """A delta since now is a manifest alone."""
    sandbox = tenant(server)
    sandbox.admin("POST", "/events", {"event": "student-left"})

    path = exported(sandbox, tmp_path / "empty.zip", "since=1")

    with ZipFile(path) as archive:
        assert archive.namelist() == ["manifest.csv"]


def test_a_delta_is_csv(server: Flask) -> None:
    """Another format is refused."""
    response = tenant(server).admin("GET", "/export?since=1")

    assert response.status_code == 400
    assert "since: a delta bundle is CSV, and format is json; add format=csv" in response.text
