"""CSV files whose rows are parts of other records: they are checked like all others, and known by their sourcedId."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from csv_sets import TINY, bundle
from fixture_sets import found, read_from, said

THEN = "2026-02-01T00:00:00.000Z"
URN = "urn:uuid:5f0c2f0e-8f7d-4a53-9d5c-3a1c51c8b2f6"

LONG = "a" * 256
NO_OBJECTIVE = "'a' should be the URN of a UUID, urn:uuid:…, as CSV has the objectives of CASE"
BARE = f"{URN.removeprefix('urn:uuid:')!r} should be {URN!r} as CSV has the objectives of CASE"
NO_SOURCE = "is not one of case, unknown, nor an extension (ext:[a-zA-Z0-9._-]+)"

FAULTS = [
    ("roles", f"q,deleted,{THEN},ann,secondary,aide,,,school,", "status: 'deleted' is not one of active, tobedeleted"),
    ("classResources", f"q,deleted,{THEN},,algebra-1,workbook", "status: 'deleted' is not one of active, tobedeleted"),
    ("roles", f"{LONG},active,{THEN},ann,secondary,aide,,,school,", "sourcedId: must have at most 255 characters"),
    (
        "userProfiles",
        "q,active,yesterday,ann,LMS,v,,,password,ann,",
        "dateLastModified: 'yesterday' is not a date and time such as 2026-01-15T08:00:00.000Z",
    ),
    (
        "roles",
        f"q,active,{THEN},ann,secondary,aide,,,school,nobody",
        "userProfileSourcedId: there is no userProfile with the sourcedId 'nobody'",
    ),
    (
        "userResources",
        f"q,active,{THEN},ann,,algebra-9,workbook",
        "classSourcedId: there is no class with the sourcedId 'algebra-9'; did you mean 'algebra-1'?",
    ),
    (
        "userResources",
        f"q,active,{THEN},ann,schol,,workbook",
        "orgSourcedId: there is no org with the sourcedId 'schol'; did you mean 'school'?",
    ),
    (
        "scoreScales",
        f"q,active,{THEN},Letters,letters,algebra,algebra,algebra-1,{{A:1}}",
        "orgSourcedId: there is no org with the sourcedId 'algebra'; it is that of one of the courses",
    ),
    (
        "roles",
        f"q,active,{THEN},ann,secondary,aide,2025-09-02,2025-09-01,school,",
        "endDate: 2025-09-01 is before the beginDate, 2025-09-02",
    ),
    (
        "lineItemLearningObjectiveIds",
        f"q,active,{THEN},algebra-test-1,ext:my state,a",
        f"source: 'ext:my state' {NO_SOURCE}",
    ),
    (
        "resultLearningObjectiveIds",
        f"q,active,{THEN},r1,/state,a,,",
        f"source: '/state' {NO_SOURCE}; CSV writes 'ext:state'",
    ),
    ("resultLearningObjectiveIds", f"q,active,{THEN},r1,CASE,a,,", f"source: 'CASE' {NO_SOURCE}"),
]
"""File, a row of it, and what is said of it."""

WARNINGS = [
    ("lineItemLearningObjectiveIds", f"q,active,{THEN},algebra-test-1,case,a", f"learningObjectiveId: {NO_OBJECTIVE}"),
    ("lineItemLearningObjectiveIds", f"q,active,{THEN},algebra-test-1,case,{URN[9:]}", f"learningObjectiveId: {BARE}"),
]


def over_tiny(folder: Path, files: Mapping[str, str], **modes: str) -> list[str]:
    """Return the messages about a delta over the tiny school."""
    delta = bundle(folder / "delta", "1.2", "delta", files, **modes)
    return [line.replace(f"{folder}/", "") for line in said(TINY["1.2"], delta)]


@pytest.mark.parametrize(("file", "row", "message"), FAULTS)
def test_a_fault_of_a_row(tmp_path: Path, file: str, row: str, message: str) -> None:
    """A faulty row is one error that names the column and the value as written."""
    faults = over_tiny(tmp_path, {file: row})

    assert len(faults) == 1
    assert faults[0].startswith(f"delta/{file}.csv:2: {file}[0].{message}")


@pytest.mark.parametrize(("file", "row", "message"), WARNINGS)
def test_a_warning_of_a_row(tmp_path: Path, file: str, row: str, message: str) -> None:
    """A deviation that most readers accept is a warning."""
    assert over_tiny(tmp_path, {file: row}) == [f"delta/{file}.csv:2: warning: {file}[0].{message}"]


def test_the_rows_that_lead_nowhere_are_all_told(tmp_path: Path) -> None:
    """Each row with a reference to nothing is told, but one that is deleted need not lead anywhere."""
    rows = "\n".join(
        f"q{number},{status},{THEN},{user},schol,,workbook"
        for number, (user, status) in enumerate([("ann", "active"), ("ben", "active"), ("dev", "tobedeleted")])
    )

    faults = over_tiny(tmp_path, {"userResources": rows})

    assert [fault.partition(": there")[0] for fault in faults] == [
        "delta/userResources.csv:2: userResources[0].orgSourcedId",
        "delta/userResources.csv:3: userResources[1].orgSourcedId",
    ]


def test_the_time_of_a_row_in_bulk_is_passed_over(tmp_path: Path) -> None:
    """In bulk the column must be blank, and what stands there counts for nothing."""
    faults = over_tiny(tmp_path, {"classResources": "q,,yesterday,,algebra-1,workbook"}, classResources="bulk")

    assert len(faults) == 1
    assert "classResources.csv:1: warning: dateLastModified: is filled in 1 row" in faults[0]


@pytest.mark.parametrize(
    ("source", "member"),
    [
        ("case", "case"),
        ("unknown", "unknown"),
        ("ext:state", "/state"),
        ("ext:myState", "/mystate"),
        ("ext:US-MN_2.1", "/usmn21"),
        ("ext:Case", "/extcase"),
        ("ext:-", "/ext"),
    ],
)
def test_a_source_of_objectives(tmp_path: Path, source: str, member: str) -> None:
    """Every source that CSV permits is read, as one that the models permit."""
    delta = bundle(
        tmp_path / "delta",
        "1.2",
        "delta",
        {
            "lineItemLearningObjectiveIds": f"q,active,{THEN},algebra-test-1,{source},{URN}",
            "resultLearningObjectiveIds": f"q,active,{THEN},r1,{source},{URN},1,",
        },
    )

    assembly = read_from(TINY["1.2"], delta)

    assert [str(fault) for fault in assembly.faults] == []
    assert found(assembly, "lineItems", "algebra-test-1")["learningObjectiveSet"][0]["source"] == member
    assert found(assembly, "results", "r1")["learningObjectiveSet"][0]["source"] == member


@pytest.mark.parametrize(
    ("version", "file", "row", "message"),
    [
        (
            "1.1",
            "users",
            'u,,,true,school,teacher,u,"{LDAP:uid=u,ou=staff}",U,U,,,,,,,,',
            "userIds: '{LDAP:uid=u,ou=staff}' holds a comma, which OneRoster has no place for in an item of a list: "
            "strict readers split it there",
        ),
        (
            "1.1",
            "users",
            'u,,,true,school,teacher,u,"{LDAP:""u""}",U,U,,,,,,,,',
            "userIds: '{LDAP:\"u\"}' holds a double quote, which OneRoster has no place for in an item of a list: "
            "strict readers split it there",
        ),
        (
            "1.1",
            "courses",
            'c,,,,Course,,"09,""10""",school,,',
            "grades: '\"10\"' holds a double quote, which OneRoster has no place for in an item of a list",
        ),
    ],
)
def test_an_item_of_a_list_with_a_separator(tmp_path: Path, version: str, file: str, row: str, message: str) -> None:
    """An item that holds a comma or a quote is read as it was meant, with a warning."""
    extra = bundle(tmp_path / "extra", version, "bulk", {file: row})

    faults = [line.partition("extra/")[2] for line in said(TINY[version], extra)]

    assert faults == [f"{file}.csv:2: warning: {file}[0].{message}"]


def test_rows_that_say_the_same_in_bulk(tmp_path: Path) -> None:
    """Two rows that link the same resource are one item; a fault of a later item is told at its own row."""
    path = bundle(
        tmp_path / "set",
        "1.1",
        "bulk",
        {
            "orgs": "o,,,North,school,,",
            "courses": "c,,,,Algebra,,,o,,",
            "resources": "r,,,book,,,,,",
            "courseResources": "q1,,,,c,r\nq2,,,,c,r\nq3,,,,c,s",
        },
    )

    assert found(read_from(path), "courses", "c")["resources"] == ["r", "s"]
    assert said(path)[0].endswith(
        "courseResources.csv:4: courseResources[2].resourceSourcedId: there is no resource with the sourcedId 's'"
    )


BULK = {
    "orgs": "o,,,North,school,,",
    "courses": "c,,,,Algebra,,,o,,",
    "resources": "r,,,book,,,,,\ns,,,film,,,,,",
}
"""A course without resources, and two resources."""

MARKED = f"q1,tobedeleted,{THEN},,c,r\nq2,,,,c,s"
"""Two rows of a bulk file, the first of which should not be there."""


def test_a_deleted_row_in_bulk_is_no_part(tmp_path: Path) -> None:
    """In bulk a row that is tobedeleted makes up nothing; the others do."""
    path = bundle(tmp_path / "set", "1.1", "bulk", {**BULK, "courseResources": MARKED})

    assert found(read_from(path), "courses", "c")["resources"] == ["s"]


def test_a_deleted_row_in_bulk_is_unknown_to_a_later_delta(tmp_path: Path) -> None:
    """Its sourcedId is that of no part: a delta row that deletes it is about any part that says the same."""
    first = bundle(tmp_path / "set", "1.1", "bulk", {**BULK, "courseResources": MARKED})
    added = bundle(tmp_path / "added", "1.1", "delta", {"courseResources": f"q3,active,{THEN},,c,r"})
    deleted = bundle(tmp_path / "deleted", "1.1", "delta", {"courseResources": f"q1,tobedeleted,{THEN},,c,r"})

    assert found(read_from(first, deleted), "courses", "c")["resources"] == ["s"]
    assert found(read_from(first, added), "courses", "c")["resources"] == ["s", "r"]
    assert found(read_from(first, added, deleted), "courses", "c")["resources"] == ["s"]


def test_a_fault_after_a_deleted_row_in_bulk_stands_at_its_own_row(tmp_path: Path) -> None:
    """Rows that make up nothing are not counted where the row of a part is looked for."""
    rows = MARKED.replace("c,s", "c,nothing")
    path = bundle(tmp_path / "set", "1.1", "bulk", {**BULK, "courseResources": rows})

    assert [line.partition("set/")[2] for line in said(path) if "no resource" in line] == [
        "courseResources.csv:3: courseResources[1].resourceSourcedId: there is no resource with the sourcedId 'nothing'"
    ]
