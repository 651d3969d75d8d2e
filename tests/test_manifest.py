"""``manifest.csv``: what it says of a CSV set, and where it disagrees with the files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from csv_sets import TINY, edited
from fixture_sets import read_from, said

from mockroster.fixtures.read.csv.single import with_manifest
from mockroster.standard.bindings import BINDINGS

NAMELESS = "the set is one of OneRoster 1.0; add one with the version (1.1 or 1.2) and a row for each file"

FAULTS = [
    (
        "propertyName,value",
        "propertyName,propertyValue",
        [":1: the header must be propertyName,value, not 'propertyName,propertyValue'"],
    ),
    ("manifest.version,1.0", "manifest.version,2", [":2: manifest[0].manifest.version: '2' is not 1.0"]),
    (
        "oneroster.version,1.1",
        "oneroster.version,1.3",
        [":3: manifest[1].oneroster.version: '1.3' is not 1.1 or 1.2"],
    ),
    (
        "manifest.version",
        "mainfest.version",
        [
            ": manifest.version: the property is missing; its value is 1.0",
            ":2: warning: manifest[0].propertyName: 'mainfest.version' is not a property of a manifest of OneRoster 1.1"
            "; did you mean 'manifest.version'?",
        ],
    ),
    (
        "oneroster.version,1.1\r\n",
        "",
        [": oneroster.version: the property is missing; its value is 1.1 or 1.2"],
    ),
    ("file.orgs,bulk\r\n", "", [": file.orgs: the property is missing; its value is absent or bulk or delta"]),
    (
        "file.orgs,bulk",
        "file.orgs,absent",
        [":13: manifest[11].file.orgs: says absent, and orgs.csv is there; say bulk or delta"],
    ),
    (
        "file.orgs,bulk",
        "file.orgs,full",
        [":13: manifest[11].file.orgs: 'full' is not one of absent, bulk, delta"],
    ),
    (
        "file.orgs,bulk",
        "file.orgs,bulk\r\nfile.orgs,bulk",
        [":14: manifest[12]: 'file.orgs' is there already, as manifest[11]"],
    ),
    (
        "file.users,bulk",
        "file.users,bulk\r\nfile.roles,absent",
        [":17: warning: manifest[15].propertyName: 'file.roles' is not a property of a manifest of OneRoster 1.1"],
    ),
]
"""What stands in the manifest of the tiny school, what is put there, and what is said of it and nothing else."""


@pytest.mark.parametrize(("old", "new", "messages"), FAULTS)
def test_fault(tmp_path: Path, old: str, new: str, messages: list[str]) -> None:
    """A fault of the manifest is reported with its line, and the files are read nevertheless."""
    faulty = edited(tmp_path, "1.1", "manifest", old, new)

    faults = [one.split("did you mean 'file.")[0].rstrip("; ") for one in said(faulty)]

    assert faults == [f"set/manifest.csv{one}" for one in messages]
    assert read_from(faulty).records == read_from(TINY["1.1"]).records


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A file that the manifest has, and the set has not."""
    lacking = edited(tmp_path, "1.1", "manifest", "file.results,bulk", "file.results,delta")
    (lacking / "results.csv").unlink()

    assert said(lacking) == [
        "set/manifest.csv:15: manifest[13].file.results: says delta, and there is no results.csv; say absent"
    ]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_no_manifest(tmp_path: Path, version: str) -> None:
    """Without a manifest the version is told by the files and their columns."""
    bare = tmp_path / "set"
    shutil.copytree(TINY[version], bare)
    (bare / "manifest.csv").unlink()

    assert said(bare) == [f"set: there is no manifest.csv: without it {NAMELESS}"]
    assert read_from(bare).records == read_from(TINY[version]).records


def test_a_file_of_the_other_version(tmp_path: Path) -> None:
    """A file that the version does not have is not read."""
    mixed = tmp_path / "set"
    shutil.copytree(TINY["1.1"], mixed)
    shutil.copy(TINY["1.2"] / "roles.csv", mixed)
    (mixed / "user.csv").write_text("sourcedId\r\n")

    assert said(mixed) == [
        "set/roles.csv: OneRoster 1.1 has no file roles.csv, so it is not read; only 1.2 has",
        "set/user.csv: OneRoster 1.1 has no file user.csv, so it is not read; did you mean 'users'?",
    ]


def test_empty_files(tmp_path: Path) -> None:
    """A file without rows, and one without anything, are told; the manifest would have to call them absent."""
    bare = edited(tmp_path, "1.1", "manifest", "file.results,bulk", "file.results,bulk")
    (bare / "results.csv").write_bytes((bare / "results.csv").read_bytes().partition(b"\n")[0])
    (bare / "demographics.csv").write_bytes(b"")

    assert said(bare) == [
        "set/demographics.csv: is empty; leave the file out and call it absent",
        "set/results.csv:1: warning: there are no rows below the header; leave the file out and call it absent",
    ]


def test_names_in_capitals(tmp_path: Path) -> None:
    """A file ending in capitals is recognized."""
    renamed = tmp_path / "set"
    shutil.copytree(TINY["1.1"], renamed)
    (renamed / "users.csv").rename(renamed / "users.CSV")

    assert said(renamed) == []
    assert len(read_from(renamed).records["users"]) == 9


@pytest.mark.parametrize(
    ("row", "mode"), [("o,,,North,school,,", "bulk"), ("o,active,2026-02-01T00:00:00.000Z,North,school,,", "delta")]
)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_the_manifest_of_a_single_file(version: str, row: str, mode: str) -> None:
    """A file alone is a delta if its first row has a status; the version is the newest with its columns."""
    header = ",".join(BINDINGS[version].by_name["orgs"].header)
    newest = next(
        one.number for one in reversed([*BINDINGS.values()]) if ",".join(one.by_name["orgs"].header) == header
    )

    manifest, file = with_manifest("anything.csv", f"{header}\r\n{row}\r\n".encode())

    lines = manifest.content.decode().splitlines()
    assert file.name == "orgs.csv"
    assert f"oneroster.version,{newest}" in lines
    assert [line for line in lines if not line.endswith("absent")][3:] == [f"file.orgs,{mode}"]
    assert {line.partition(",")[0] for line in lines[1:]} >= {f"file.{one.name}" for one in BINDINGS[newest].files}
