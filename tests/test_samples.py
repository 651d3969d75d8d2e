"""The sample sets of ``fixtures/``: each is free of faults, is what its README says, and is served by both versions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from conftest import NOW, connected, make_app
from flask import Flask

from mockroster.fixtures.read.assembly import assemble
from mockroster.fixtures.read.load import read
from mockroster.fixtures.write.export import Export
from mockroster.fixtures.write.output import target, write
from mockroster.roster.record import Record, Records
from mockroster.roster.store import COLLECTIONS
from mockroster.standard.versions import SERVICES
from mockroster.standard.vocabularies import SCORE_STATUS

FIXTURES = Path(__file__).parents[1] / "fixtures"
SETS = ("tiny-school.yaml", "tiny-school.json", "csv-1.1", "csv-1.2", "edge-cases.yaml", "gradebook.yaml")
BUNDLES = ("1.1", "1.2")
LIMIT = 10_000_000
LOST = {
    "1.1": {"categories.weight"},
    "1.2": {"lineItems.gradingPeriod", "lineItems.academicSession (filled in, because CSV demands it)"},
}
"""What a bundle of the tiny school cannot hold."""


def loaded(path: Path) -> Records:
    """Return the records of a fixture set that must be free of faults, as they are at ``NOW``."""
    found = assemble([read(str(path), LIMIT)], NOW)
    assert [str(fault) for fault in found.faults] == []
    return {name: found.records.get(name, []) for name in COLLECTIONS}


@pytest.mark.parametrize("name", SETS)
def test_free_of_faults(call: Callable[..., Any], name: str) -> None:
    """``validate`` finds no error and nothing to warn of."""
    done = call("validate", "--json", str(FIXTURES / name))

    assert done.returncode == 0, done.stdout + done.stderr
    assert loaded(FIXTURES / name)
    for severity in ("error", "warning"):
        assert f'"severity": "{severity}"' not in done.stdout


@pytest.mark.parametrize("name", SETS)
def test_served_by_both_versions(name: str) -> None:
    """Every collection of every service can be read, and what the set holds is there."""
    app = make_app(fixtures=(str(FIXTURES / name),))
    api, records = connected(app), loaded(FIXTURES / name)

    for service in SERVICES:
        for operation in service.operations:
            if operation.kind == "collection" and not operation.parameters and not operation.rows.where:
                response = api.send("GET", f"http://localhost{service.base}{operation.path}?limit=1000")
                assert response.status_code == 200, response.text
                if service.version == "v1p2":
                    (rows,) = response.get_json().values()
                    assert len(rows) == len(records[operation.resource.collection])


def test_yaml_and_json_are_the_same() -> None:
    """The tiny school in YAML and in JSON is the same document, not only the same records."""
    in_yaml = yaml.safe_load((FIXTURES / "tiny-school.yaml").read_bytes())
    in_json = json.loads((FIXTURES / "tiny-school.json").read_bytes())

    assert in_yaml == in_json
    assert (FIXTURES / "tiny-school.yaml").read_text("utf-8").count("#") > 5


@pytest.mark.parametrize("version", BUNDLES)
def test_bundle_is_the_tiny_school(tmp_path: Path, version: str) -> None:
    """The CSV bundles are the tiny school as it is exported, and read the same but for what the version has not."""
    records, bundle = loaded(FIXTURES / "tiny-school.yaml"), FIXTURES / f"csv-{version}"
    export = Export(records, "csv", version)

    write(export, target(str(tmp_path / "bundle"), "csv"))

    assert set(export.lost) == LOST[version]
    assert files(tmp_path / "bundle") == files(bundle)
    changed = {name.partition(" ")[0] for name in export.lost}
    assert without(loaded(bundle), changed) == without(records, changed)


def without(records: Records, members: Collection[str]) -> Records:
    """Return the records without some members."""
    return {
        collection: [
            Record({name: value for name, value in row.items() if f"{collection}.{name}" not in members})
            for row in rows
        ]
        for collection, rows in records.items()
    }


def files(folder: Path) -> dict[str, str]:
    """Return the text of each file."""
    return {file.name: file.read_text("utf-8") for file in folder.iterdir()}


@pytest.mark.parametrize("name", SETS)
def test_small(name: str) -> None:
    """A set can be read by a person."""
    assert sum(map(len, loaded(FIXTURES / name).values())) < 80


@pytest.mark.parametrize("name", SETS)
def test_invented(name: str) -> None:
    """Every address is one that belongs to nobody."""
    path = FIXTURES / name
    text = "".join(files(path).values()) if path.is_dir() else path.read_text("utf-8")

    domains = re.findall(r"@([\w.-]+)", text)

    assert domains
    assert all(re.search(r"(^|\.)example\.(org|com)$", domain) for domain in domains)


def test_edge_cases() -> None:
    """The set of edge cases has each one that its README names."""
    records = loaded(FIXTURES / "edge-cases.yaml")
    users = {user["sourcedId"]: user for user in records["users"]}
    teachers = [one for one in records["enrollments"] if one["role"] == "teacher"]

    def orgs(user: Record) -> set[str]:
        return {role["org"] for role in user["roles"]}

    assert len(orgs(users["teacher-two-schools"])) == 2
    assert [one["class"] for one in teachers].count("hill-reading-1") == 2
    moved = [one for one in records["enrollments"] if one["user"] == "transferred"]
    assert moved[0]["endDate"] == moved[1]["beginDate"]
    assert moved[0]["school"] != moved[1]["school"]
    assert any(len(class_.get("grades", ())) > 1 for class_ in records["classes"])
    assert len({users[child]["familyName"] for child in users["guardian-both"]["agents"]}) == 2
    assert not users["student-zh"]["familyName"].isascii()
    assert max(len(user["familyName"]) for user in users.values()) > 64
    assert any("'" in user["familyName"] for user in users.values())
    assert any("email" not in user for user in users.values())
    for collection in ("users", "enrollments"):
        assert any(record["status"] == "tobedeleted" for record in records[collection])


def test_gradebook() -> None:
    """The gradebook has results of every score status, with and without a score."""
    records = loaded(FIXTURES / "gradebook.yaml")

    assert {result["scoreStatus"] for result in records["results"]} == set(SCORE_STATUS)
    assert {"score" in result for result in records["results"]} == {True, False}
    assert {member for result in records["results"] for member in result} > {"late", "missing", "incomplete"}
    for collection in ("categories", "lineItems", "scoreScales", "assessmentLineItems", "assessmentResults"):
        assert records[collection]


@pytest.mark.parametrize("format_", ["json", "yaml"])
@pytest.mark.parametrize("kind", ["document", "folder", "zip"])
@pytest.mark.parametrize("name", ["edge-cases.yaml", "gradebook.yaml", None])
def test_round_trip(small: Flask, tmp_path: Path, name: str | None, kind: str, format_: str) -> None:
    """Collections that are read, written and read again are the same; so is a generated district."""
    records = district_of(small) if name is None else loaded(FIXTURES / name)
    out = tmp_path / {"document": f"a.{format_}", "folder": "a", "zip": "a.zip"}[kind]

    write(Export(records, format_, "1.2"), target(str(out), format_))

    assert loaded(out) == records


def district_of(app: Flask) -> Records:
    """Return the records of a generated district."""
    document = orjson.loads(connected(app).send("GET", "http://localhost/__admin/export").data)
    assert set(document) == set(COLLECTIONS)
    return {name: [Record(row) for row in rows] for name, rows in document.items()}


def test_readme_names_every_set() -> None:
    """The README says what each set is for, and names no other."""
    text = (FIXTURES / "README.md").read_text("utf-8")

    named = {name.rstrip("/") for name in re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)}

    assert named == {path.name for path in FIXTURES.iterdir()} - {"README.md"}
