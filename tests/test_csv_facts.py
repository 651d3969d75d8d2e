"""The product states the CSV files of OneRoster as they were gathered from the standard, in ``../shared``."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from conftest import shared

from mockroster.standard.bindings import BINDINGS
from mockroster.standard.csv import MANIFEST, MANIFEST_OPTIONAL, MANIFEST_VERSION, MODES, Column, File, JoinedFile
from mockroster.standard.fields import Listed, OpenVocabulary, Vocabulary

FILES = [(number, file) for number, binding in BINDINGS.items() for file in binding.files]

FORMATS = {
    "List of GUID Reference": "List of GUID References",
    "List of Strings, each {Type:Id}": "List of Pairs",
    "Enumeration true|false": "Boolean",
    "Boolean true|false": "Boolean",
    "Enumeration List": "List of Enumerations",
    "ID": "String",
}
"""Formats that the product calls otherwise than the facts of 1.1 or 1.2."""

RACES = [column.name for column in BINDINGS["1.2"].by_name["demographics"].columns if column.format == "Boolean"]

KNOWN = {
    ("users", "userIds"): ("List of Strings", "List of Pairs"),
    ("scoreScales", "scoreScaleValue"): ("List of Strings", "List of Pairs"),
    ("users", "grades"): ("String", "List of Strings"),
    ("userProfiles", "userSourcedId"): ("GUID", "GUID Reference"),
    ("enrollments", "primary"): ("Enumeration", "Boolean"),
    **{("demographics", name): ("Enumeration", "Boolean") for name in RACES},
}
"""Columns that the facts of 1.2 describe more loosely than they are: pairs in braces, lists, a reference."""

NEEDS = {True: "Y", False: "N", "Y": "Y", "N": "N", "D": "D", "delta-only (MUST be blank in bulk)": "D"}


@cache
def facts(number: str) -> dict[str, Any]:
    """Return what the standard says of the CSV files of a version."""
    document: dict[str, Any] = json.loads(shared("spec", f"oneroster-{number}.json").read_text())
    found: dict[str, Any] = document["csv"]
    return found


def fact_of(number: str, file: File) -> dict[str, Any]:
    """Return what the standard says of one file."""
    fact: dict[str, Any] = facts(number)["files"][f"{file.name}.csv"]
    return fact


def columns_of(fact: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the standard says of each column by its name."""
    return {column.get("name") or column["header"]: column for column in fact["columns"]}


def stated_format(file: File, column: Column, said: str) -> str:
    """Return the format of the facts in the product's words."""
    if (file.name, column.name) in KNOWN and KNOWN[file.name, column.name][0] == said:
        return KNOWN[file.name, column.name][1]
    if said in FORMATS:
        return FORMATS[said]
    if said.startswith("Enumeration List"):
        return "List of Enumerations"
    return "Enumeration" if said.startswith("Enumeration") else said


def vocabulary(column: Column) -> Vocabulary:
    """Return the vocabulary of a column."""
    kind = column.field.inner if isinstance(column.field, Listed) else column.field
    assert isinstance(kind, Vocabulary)
    return kind


def file_id(value: object) -> str | None:
    """Name a file in the list of tests."""
    return value.name if isinstance(value, File) else None


@pytest.mark.parametrize("number", BINDINGS)
def test_every_file_is_stated_and_no_other(number: str) -> None:
    """The files are those of the standard, in the order of the manifest."""
    expected = [name.removesuffix(".csv") for name in facts(number)["files"]]

    assert [file.name for file in BINDINGS[number].files] == expected


@pytest.mark.parametrize(("number", "file"), FILES, ids=file_id)
def test_header(number: str, file: File) -> None:
    """A file has the columns of the standard in its order; 1.2 has two editions of ``users.csv``."""
    fact = fact_of(number, file)
    newest = fact.get("headers") or fact.get("header") or list(columns_of(fact))
    first = fact.get("headers_1.2", newest)

    assert list(file.header) == newest
    assert set(file.headers) == {tuple(newest), tuple(first)}
    assert list(file.by_name) == list(columns_of(fact))


@pytest.mark.parametrize(("number", "file"), FILES, ids=file_id)
def test_what_is_required(number: str, file: File) -> None:
    """A cell must be filled where the standard says so."""
    expected = {name: NEEDS[column["required"]] for name, column in columns_of(fact_of(number, file)).items()}

    assert {column.name: column.need for column in file.columns} == expected


@pytest.mark.parametrize(("number", "file"), FILES, ids=file_id)
def test_formats(number: str, file: File) -> None:
    """A column has the format of the standard."""
    said = columns_of(fact_of(number, file))
    expected = {column.name: stated_format(file, column, said[column.name]["format"]) for column in file.columns}

    assert {column.name: column.format for column in file.columns} == expected


@pytest.mark.parametrize("file", BINDINGS["1.2"].files, ids=file_id)
def test_enumerations(file: File) -> None:
    """A column of words has those of the standard, and is open where it is open there."""
    open_columns = facts("1.2")["package"]["extensible_columns"].get(file.name, [])

    for name, fact in columns_of(fact_of("1.2", file)).items():
        column = file.by_name[name]
        if column.format in {"Enumeration", "List of Enumerations"} and column.field is not None:
            assert sorted(vocabulary(column).words) == sorted(fact["enum"]), name
            assert isinstance(vocabulary(column), OpenVocabulary) == (name in open_columns), name


def test_enumerations_1p1() -> None:
    """A column of words of 1.1 has those of the enumeration that the standard names."""
    with_words = {"Enumeration", "List of Enumerations"}
    document = json.loads(shared("spec", "oneroster-1.1.json").read_text())["enums"]

    for file in BINDINGS["1.1"].files:
        for name, fact in columns_of(fact_of("1.1", file)).items():
            column = file.by_name[name]
            if column.format in with_words and column.field is not None:
                expected = document[fact["format"].split()[-1]]["values"]
                assert sorted(vocabulary(column).words) == sorted(expected), (file.name, name)


@pytest.mark.parametrize(("number", "file"), FILES, ids=file_id)
def test_every_column_stands_for_a_member_or_is_said_not_to(number: str, file: File) -> None:
    """A column without a member is one of those that the models have no place for, or links two files."""
    is_joined = isinstance(file, JoinedFile)
    linking = {file.join.by, "title", "resourceSourcedId", "scoreScaleSourcedId"} if is_joined else set()
    own = {"sourcedId", "status", "dateLastModified"} if is_joined else set()
    homeless = {("scoreScales", "orgSourcedId"), ("userResources", "orgSourcedId"), ("userResources", "classSourcedId")}

    unplaced = {column.name for column in file.columns if column.field is None and column.name not in own}

    assert {name for name in unplaced - linking if (file.name, name) not in homeless} == set()


@pytest.mark.parametrize("number", BINDINGS)
def test_manifest(number: str) -> None:
    """A manifest has the properties of the standard in its order."""
    fact = facts(number).get("manifest") or facts(number)["manifest.csv"]
    rows = fact["rows"]
    words = {value for row in rows for value in row.get("enum", row.get("value", "").split("|")) if value}

    assert list(MANIFEST) == (fact.get("headers") or fact["header"])
    assert list(BINDINGS[number].properties) == [row["propertyName"] for row in rows if row["required"]]
    assert list(MANIFEST_OPTIONAL) == [row["propertyName"] for row in rows if not row["required"]]
    assert words == {MANIFEST_VERSION, number, *MODES, "string"}
