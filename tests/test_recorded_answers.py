"""A recorded answer of a server is a fixture; names of other systems lead to those of the standard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import connected, make_app
from fixture_sets import found, read_from, said

from mockroster.fixtures.read.envelope import is_envelope_member
from mockroster.roster.counts import SINGULAR

ORG = {"sourcedId": "o1", "name": "North", "type": "school"}
STATUS = [{"imsx_codeMajor": "success", "imsx_severity": "status", "imsx_codeMinor": "full success"}]


def written(folder: Path, document: Any, name: str = "answer.json") -> Path:
    """Return a file that holds a document, each of its members on a line of its own."""
    path = folder / name
    path.write_text(json.dumps(document, indent=1))
    return path


@pytest.mark.parametrize("name", ["answer.json", "answer.yaml"])
def test_members_beside_the_records(tmp_path: Path, name: str) -> None:
    """Members beside the collection in an answer are one warning, and the records are read."""
    document = {"orgs": [ORG], "statusInfoSet": STATUS, "totalCount": 1, "limit": 100, "offset": 0}
    path = written(tmp_path, document, name)

    assert said(path) == [
        f"{name}:9: warning: the answer of a server has statusInfoSet, totalCount, limit, offset beside its records; "
        "ignored"
    ]
    assert found(read_from(path), "orgs", "o1")["name"] == "North"


def test_an_answer_without_records(tmp_path: Path) -> None:
    """An answer that says what went wrong holds nothing that could be served, and is an error."""
    path = written(tmp_path, {"statusInfoSet": STATUS})

    assert said(path) == ["answer.json:2: is the answer of a server (statusInfoSet) that has no records in it"]


def test_a_refusal_of_1p2(tmp_path: Path) -> None:
    """Status information that stands in the document itself is no record either."""
    path = written(tmp_path, STATUS[0])

    (fault,) = said(path)

    assert fault.endswith("(imsx_codeMajor, imsx_severity, imsx_codeMinor) that has no records in it")


@pytest.mark.parametrize("name", ["answer.json", "answer.yaml"])
def test_a_single_record_in_its_wrapper(tmp_path: Path, name: str) -> None:
    """The answer to a single read is a record, with a warning."""
    path = written(tmp_path, {"org": ORG}, name)

    assert said(path) == [f"{name}:2: warning: org: is one record in its wrapper; read as orgs: [{{...}}]"]
    assert found(read_from(path), "orgs", "o1")["type"] == "school"


def test_a_fault_in_a_single_record(tmp_path: Path) -> None:
    """A fault in it has its line and is named as in a collection."""
    path = written(tmp_path, {"org": {**ORG, "type": "shool"}})

    assert said(path)[1].startswith("answer.json:5: orgs[0].type: 'shool' is not one of department, school")


def test_no_collection_stands_beside_records() -> None:
    """No name of a collection, or of one record, is among those that are ignored."""
    assert not [name for pair in SINGULAR.items() for name in pair if is_envelope_member(name)]


@pytest.mark.parametrize(
    ("single", "collection"), [("class", "classes"), ("category", "categories"), ("lineItem", "lineItems")]
)
def test_the_wrapper_of_each_collection(tmp_path: Path, single: str, collection: str) -> None:
    """Every collection has a wrapper for one record, the irregular ones too."""
    path = written(tmp_path, {single: {"sourcedId": "x1", "title": "X"}})

    assert said(path)[0].endswith(f"{single}: is one record in its wrapper; read as {collection}: [{{...}}]")


def test_demographics_in_their_wrapper(tmp_path: Path) -> None:
    """The wrapper of one record of demographics has the name of the collection: an object in it is the record."""
    user = {"sourcedId": "u1", "username": "u", "givenName": "U", "familyName": "V", "role": "student", "orgs": ["o1"]}
    path = written(tmp_path, {"orgs": [ORG], "users": [user], "demographics": {"sourcedId": "u1", "sex": "female"}})

    assert said(path) == []
    assert found(read_from(path), "demographics", "u1")["sex"] == "female"


def test_an_answer_merged_by_the_switchboard() -> None:
    """A test may put what it has recorded into a running server as it is."""
    api = connected(make_app(students=1))

    many = api.send("POST", "http://localhost/__admin/records", json={"orgs": [ORG], "statusInfoSet": STATUS})
    single = api.send("POST", "http://localhost/__admin/records", json={"org": {**ORG, "sourcedId": "o2"}})

    assert many.status_code < 300, many.text
    assert single.status_code < 300, single.text
    assert [api.one(f"/orgs/{name}")["name"] for name in ("o1", "o2")] == ["North", "North"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("firstName", "givenName"), ("lastName", "familyName"), ("id", "sourcedId"), ("surname", "familyName")],
)
@pytest.mark.parametrize("file", ["demo.json", "demo.yaml"])
def test_names_of_other_systems(tmp_path: Path, file: str, name: str, meant: str) -> None:
    """A member that other systems call otherwise leads to the one of the standard."""
    user = {"sourcedId": "u1", "username": "u", "givenName": "U", "familyName": "V", "role": "student", "orgs": ["o1"]}
    document = {"orgs": [ORG], "users": [{name if key == meant else key: value for key, value in user.items()}]}
    path = written(tmp_path, document, file)

    faults = said(path)

    assert any(f"users[0].{name}: is not a member of this record; did you mean {meant!r}?" in one for one in faults)
    assert not any("made of the content" in one for one in faults)


@pytest.mark.parametrize("file", ["demo.json", "demo.yaml"])
def test_a_record_without_an_id(tmp_path: Path, file: str) -> None:
    """An id that is made of the content changes with it, which a warning says."""
    path = written(tmp_path, {"orgs": [{"name": "North", "type": "school"}]}, file)

    (fault,) = said(path)

    (org,) = read_from(path).records["orgs"]
    assert fault == (
        f"{file}:3: warning: orgs[0].sourcedId: is missing: {org['sourcedId']!r} is made of the content, "
        "and changes with it"
    )
