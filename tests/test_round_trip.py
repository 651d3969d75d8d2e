"""Generate, serve, export, serve again: what each format brings back, over all collections."""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from conftest import NOW, Api, connected, make_app, served
from csv_sets import TINY
from fixture_sets import read_from
from flask import Flask

from mockroster.fixtures.write.export import Export
from mockroster.fixtures.write.output import target, write
from mockroster.roster.record import Record
from mockroster.standard.versions import SERVICES

Tables = Mapping[str, Sequence[Record]]

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "use-fixture-files.md"


def tables(app: Flask) -> Tables:
    """Return the records of a server."""
    found = app.extensions["mockroster"].default.overlay.tables
    return {name: [*table.records] for name, table in found.items()}


def shown(api: Api) -> dict[str, list[dict[str, Any]]]:
    """Return everything that a server shows: each collection of each service of both versions."""
    return {
        f"{service.base}{operation.path}": next(iter(response.get_json().values()))
        for service in SERVICES
        for operation in service.operations
        if operation.kind == "collection" and not operation.parameters
        for response in [api.send("GET", f"http://localhost{service.base}{operation.path}?limit=100000")]
    }


def saved(records: Tables, out: Path, format_: str, version: str) -> Counter[str]:
    """Write records as the commands do, and return the counts of losses."""
    export = Export(records, format_, version)
    write(export, target(str(out), format_))
    return export.lost


@pytest.mark.parametrize(("format_", "name"), [("json", "demo"), ("yaml", "demo.yaml")])
def test_both_versions_show_the_same(small: Flask, tmp_path: Path, format_: str, name: str) -> None:
    """JSON and YAML bring back all that both versions show."""
    counted = saved(tables(small), tmp_path / name, format_, "1.2")

    again = connected(make_app(fixtures=(str(tmp_path / name),)))

    assert not counted
    assert shown(again) == shown(connected(small))


LOSSY = [("json", "1.1"), ("yaml", "1.1"), ("csv", "1.1"), ("csv", "1.2")]


@pytest.mark.parametrize(("format_", "version"), LOSSY)
def test_what_is_lost_is_counted(small: Flask, tmp_path: Path, format_: str, version: str) -> None:
    """Every record that does not come back is counted, and every member that comes back otherwise."""
    before = tables(small)

    counted = saved(before, tmp_path / "demo.zip", format_, version)
    after = read_from(tmp_path / "demo.zip").records

    records = Counter({name: len(before[name]) - len(after[name]) for name in before})
    assert +records == total(counted, "records")
    assert changed(before, after) <= total(counted, "members")


def total(counted: Mapping[str, int], kind: str) -> Counter[str]:
    """Return the number of records, or of members, over all reasons."""
    found: Counter[str] = Counter()
    for name, count in counted.items():
        what = ".".join(name.partition(" (")[0].split(".")[:2])
        if ("." in what) == (kind == "members"):
            found[what] += count
    return found


def changed(before: Tables, after: Tables) -> Counter[str]:
    """Return in how many records each member has come back otherwise; CSV has no time of change in bulk."""
    found: Counter[str] = Counter()
    for collection, records in before.items():
        again = {record["sourcedId"]: record for record in after[collection]}
        for record in records:
            other = again.get(record["sourcedId"], record)
            members = (record.keys() | other.keys()) - {"dateLastModified"}
            found.update(f"{collection}.{name}" for name in members if record.get(name) != other.get(name))
    return found


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_the_page_lists_what_csv_loses(small: Flask, version: str) -> None:
    """The page on fixture files has every reason for which something is counted."""
    export = Export(tables(small), "csv", version)
    for _, pieces in export.files():
        list(pieces)

    reasons = {reason for name in export.lost for reason in re.findall(r" \(([^,]*)", name)}

    page = PAGE.read_text("utf-8")
    assert "only the date)" in reasons
    assert [reason for reason in reasons if reason.rstrip(")") not in page] == []


@pytest.mark.parametrize("format_", ["json", "yaml", "csv"])
def test_the_second_export_is_the_first(small: Flask, tmp_path: Path, format_: str) -> None:
    """Records that are exported, served and exported again are the same bytes, in every format."""
    file = tmp_path / f"demo.{'zip' if format_ == 'csv' else format_}"
    saved(tables(small), file, format_, "1.2")

    answer = connected(make_app(fixtures=(str(file),))).send("GET", f"http://localhost/__admin/export?format={format_}")

    assert answer.data == file.read_bytes()


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_the_sample_bundles_come_back(tmp_path: Path, version: str) -> None:
    """A CSV bundle that is served and exported is the same, file by file."""
    api = connected(make_app(fixtures=(str(TINY[version]),)))

    answer = api.send("GET", f"http://localhost/__admin/export?format=csv&version={version}")
    (tmp_path / "again.zip").write_bytes(answer.data)
    shutil.unpack_archive(tmp_path / "again.zip", tmp_path / "again")

    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == {
        path.name: path.read_bytes() for path in TINY[version].iterdir()
    }


def test_over_sockets(call: Callable[..., CompletedProcess[str]], tmp_path: Path) -> None:
    """The commands do it all: what generate writes is served, and exported as it was."""
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    arguments = ("--now", NOW.isoformat())
    call("generate", "--students", "5", *arguments, "--format", "csv", "--out", str(first))

    with served("--no-auth", "--fixtures", str(first), *arguments) as server:
        done = call("export", "--url", server.url, "--format", "csv", "--out", str(second))

    assert done.returncode == 0, done.stderr
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_bundle_is_whole(small: Flask, tmp_path: Path, version: str) -> None:
    """Every reference of a row has its target in the bundle."""
    saved(tables(small), tmp_path / "demo", "csv", version)

    files = [*(tmp_path / "demo").iterdir()]
    rows = {file.stem: [*csv.DictReader(file.read_text("utf-8").splitlines())] for file in files}
    ids = {row["sourcedId"] for name, file in rows.items() if name != "manifest" for row in file}
    cited = {
        one
        for file in rows.values()
        for row in file
        for name, cell in row.items()
        if name.endswith(("SourcedId", "SourcedIds"))
        for one in cell.split(",")
    }
    assert cited - {""} <= ids
    assert len(cited) > 100
