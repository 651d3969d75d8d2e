"""Fixture sets for the tests of loading, made without files, and what files are read as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import NOW

from mockroster.fixtures.read.assembly import Assembly, assemble
from mockroster.fixtures.read.load import read
from mockroster.fixtures.read.raw import Fault, FixtureSet, RawRecord
from mockroster.roster.record import Record
from mockroster.roster.store import Roster

Document = Mapping[str, Sequence[Mapping[str, Any]]]

LIMIT = 10_000_000
"""Bytes that the files of a test may hold."""

GOOD: Document = {
    "orgs": [
        {"sourcedId": "d1", "name": "Hillside", "type": "district", "children": ["o1", "o2"]},
        {"sourcedId": "o1", "name": "North High", "type": "school", "parent": "d1"},
        {"sourcedId": "o2", "name": "South High", "type": "school", "parent": {"sourcedId": "d1"}, "identifier": "S2"},
    ],
    "academicSessions": [
        {
            "sourcedId": "y1",
            "title": "2025-26",
            "type": "schoolYear",
            "startDate": "2025-08-01",
            "endDate": "2026-07-31",
            "schoolYear": "2026",
            "children": ["t1"],
        },
        {
            "sourcedId": "t1",
            "title": "Autumn",
            "type": "term",
            "startDate": "2025-08-01",
            "endDate": "2026-01-31",
            "schoolYear": "2026",
            "parent": "y1",
            "children": ["g1"],
        },
        {
            "sourcedId": "g1",
            "title": "Quarter 1",
            "type": "gradingPeriod",
            "startDate": "2025-08-01",
            "endDate": "2025-11-01",
            "schoolYear": "2026",
            "parent": "t1",
        },
    ],
    "courses": [{"sourcedId": "c1", "title": "Mathematics", "org": "o1", "grades": ["09"], "resources": ["r1"]}],
    "classes": [
        {
            "sourcedId": "k1",
            "title": "Mathematics 9a",
            "classType": "scheduled",
            "course": "c1",
            "school": "o1",
            "terms": ["t1"],
        }
    ],
    "users": [
        {
            "sourcedId": "u1",
            "username": "ann",
            "givenName": "Ann",
            "familyName": "O'Hara",
            "role": "student",
            "orgs": ["o1"],
            "grades": ["09"],
            "userIds": [{"type": "LDAP", "identifier": "ann"}],
            "agents": ["u3"],
        },
        {
            "sourcedId": "u2",
            "givenName": "Tom",
            "familyName": "Okafor",
            "enabledUser": "true",
            "roles": [
                {"roleType": "primary", "role": "teacher", "org": "o1", "beginDate": "2024-08-01"},
                {"roleType": "primary", "role": "teacher", "org": {"sourcedId": "o2"}},
            ],
            "userProfiles": [
                {
                    "profileId": "https://x.example.com/1",
                    "profileType": "LMS",
                    "vendorId": "v",
                    "credentials": [{"type": "password", "username": "tom", "more": 1}],
                }
            ],
            "primaryOrg": "o1",
        },
        {
            "sourcedId": "u3",
            "username": "pat",
            "givenName": "Pat",
            "familyName": "O'Hara",
            "role": "parent",
            "orgs": ["o1"],
            "agents": ["u1"],
        },
    ],
    "enrollments": [
        {"sourcedId": "e1", "user": "u1", "class": "k1", "school": "o1", "role": "student", "beginDate": "2025-08-10"},
        {"sourcedId": "e2", "user": "u2", "class": "k1", "school": "o1", "role": "teacher", "primary": True},
    ],
    "demographics": [{"sourcedId": "u1", "birthDate": "2010-04-01", "sex": "female", "asian": "false"}],
    "resources": [{"sourcedId": "r1", "vendorResourceId": "book-1", "roles": ["student"], "importance": "primary"}],
    "categories": [{"sourcedId": "h1", "title": "Homework", "weight": 30}],
    "lineItems": [
        {
            "sourcedId": "l1",
            "title": "Fractions",
            "assignDate": "2025-09-01T08:00:00Z",
            "dueDate": "2025-09-08",
            "class": "k1",
            "category": "h1",
            "learningObjectiveSet": [{"source": "case", "learningObjectiveIds": ["q1"]}],
        }
    ],
    "results": [
        {
            "sourcedId": "x1",
            "lineItem": "l1",
            "student": "u1",
            "score": 80.5,
            "scoreStatus": "fully graded",
            "scoreDate": "2025-09-09",
            "metadata": {"note": {"by": ["Tom"]}},
        }
    ],
    "scoreScales": [
        {
            "sourcedId": "s1",
            "title": "Letters",
            "type": "letters",
            "class": "k1",
            "scoreScaleValue": [{"itemValueLHS": "A", "itemValueRHS": "1"}],
        }
    ],
    "assessmentLineItems": [{"sourcedId": "a1", "title": "Spring test", "class": "k1", "resultValueMax": 40}],
    "assessmentResults": [
        {
            "sourcedId": "b1",
            "assessmentLineItem": "a1",
            "student": "u1",
            "score": 33,
            "scoreStatus": "fully graded",
            "scoreDate": "2026-01-10",
        }
    ],
}
"""A little of everything, in both shapes, in which nothing is wrong."""


@dataclass(frozen=True)
class Numbered:
    """A file in which every record is a line, counted from 1 in each collection."""

    name: str

    def line(self, _collection: str, number: int, _member: str = "") -> int | None:
        """Return the line of a record."""
        return number + 1


def good() -> dict[str, list[dict[str, Any]]]:
    """Return a copy of the good document, to spoil."""
    return deepcopy({name: [dict(row) for row in rows] for name, rows in GOOD.items()})


def row(document: Mapping[str, Sequence[Mapping[str, Any]]], sourced_id: str) -> dict[str, Any]:
    """Return the record of that id, to spoil."""
    found = next(row for rows in document.values() for row in rows if row["sourcedId"] == sourced_id)
    assert isinstance(found, dict)
    return found


def fixture_set(document: Document, name: str = "demo.yaml") -> FixtureSet:
    """Return a document as a reader of files would."""
    source = Numbered(name)
    records = [
        RawRecord(collection, number, dict(body), source)
        for collection, rows in document.items()
        for number, body in enumerate(rows)
    ]
    return FixtureSet(name, records=records)


def loaded(*documents: Document, base: Roster | None = None) -> Assembly:
    """Return what documents come to: ``demo.yaml`` and then ``demo2.yaml`` and so on."""
    names = ("demo.yaml", *(f"demo{number}.yaml" for number in range(2, len(documents) + 1)))
    return assemble([fixture_set(*pair) for pair in zip(documents, names, strict=True)], NOW, base)


def messages(assembly: Assembly) -> list[str]:
    """Return the faults as they are printed."""
    return [str(fault) for fault in assembly.faults]


def read_from(*paths: Path) -> Assembly:
    """Return what files come to, each a set of its own, later ones over earlier ones."""
    return assemble([read(str(path), LIMIT) for path in paths], NOW)


def said(*paths: Path) -> list[str]:
    """Return the faults of files as ``validate`` prints them, without the folder of the first one."""
    folder = f"{paths[0].parent}/"
    return [_line(fault).replace(folder, "") for fault in read_from(*paths).faults]


def found(assembly: Assembly, collection: str, sourced_id: str) -> Record:
    """Return one record of those that sets come to."""
    return next(record for record in assembly.records[collection] if record["sourcedId"] == sourced_id)


def _line(fault: Fault) -> str:
    place = fault.file if fault.line is None else f"{fault.file}:{fault.line}"
    return f"{place}: warning{str(fault)[len(place) :]}" if fault.severity != "error" else str(fault)
