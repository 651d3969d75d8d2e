"""OneRoster CSV, bulk sets of both versions: reading, and faults of headers and cells."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from csv_sets import TINY, appended, bundle, edited
from fixture_sets import found, read_from, said

from mockroster.standard.bindings import BINDINGS

ANN = "ann,,,true,school,student"
ROLE = "ann,primary,student,,,school,"

CELLS = [
    (
        "1.1",
        "users",
        "ann,,,true,",
        "ann,,,yes,",
        'users.csv:5: users[3].enabledUser: must be true or false, not "yes"',
    ),
    (
        "1.1",
        "users",
        "ann,,,true,",
        "ann,,,TRUE,",
        "users.csv:5: warning: users[3].enabledUser: 'TRUE' is taken for true: OneRoster writes it small",
    ),
    (
        "1.1",
        "users",
        "ann,,,true,",
        "ann,,,,",
        "users.csv:5: users[3].enabledUser: is blank, and OneRoster 1.1 demands it",
    ),
    (
        "1.1",
        "users",
        ANN,
        "ann,,,true,school,pupil",
        "users.csv:5: users[3].role: 'pupil' is not one of administrator, aide, guardian, parent, proctor, relative, "
        "student, teacher",
    ),
    (
        "1.1",
        "users",
        ANN,
        'ann,,,true,"school,shcool",student',
        "users.csv:5: users[3].orgSourcedIds: there is no org with the sourcedId 'shcool'; did you mean 'school'?",
    ),
    (
        "1.1",
        "users",
        "{LDAP:uid=n.okafor}",
        "LDAP:n.okafor",
        "users.csv:3: users[1].userIds: 'LDAP:n.okafor' is not a list such as {type:identifier},{…:…}",
    ),
    (
        "1.1",
        "demographics",
        "2011-03-14",
        "14/03/2011",
        "demographics.csv:2: demographics[0].birthDate: '14/03/2011' is not a date such as 2026-01-15",
    ),
    (
        "1.1",
        "demographics",
        "2011-03-14",
        "2011-03-14T00:00:00Z",
        "demographics.csv:2: demographics[0].birthDate: '2011-03-14T00:00:00Z' is not a date such as 2026-01-15: "
        "CSV has it without a time",
    ),
    (
        "1.1",
        "demographics",
        ",female,",
        ",F,",
        "demographics.csv:2: demographics[0].sex: 'F' is not one of male, female",
    ),
    (
        "1.1",
        "demographics",
        "\r\nann,",
        "\r\nanna,",
        "demographics.csv:2: demographics[0].sourcedId: there is no user with the sourcedId 'anna', "
        "whose demographics these would be",
    ),
    (
        "1.1",
        "academicSessions",
        "2026-01-01,fall,2026",
        "2026-01-01,fall,25/26",
        "academicSessions.csv:5: academicSessions[3].schoolYear: '25/26' is not a year such as '2026'",
    ),
    (
        "1.1",
        "enrollments",
        "e02,,,homeroom-09-1,school",
        "e02,,,homeroom-09-1,district",
        "enrollments.csv:3: warning: enrollments[1].schoolSourcedId: "
        "'district' is not the school of the class, 'school'",
    ),
    (
        "1.1",
        "enrollments",
        "teacher-berg,teacher,true,2026-01-01",
        "teacher-berg,teacher,true,2025-12-01",
        "enrollments.csv:11: warning: enrollments[9].beginDate: 2025-12-01 is outside of the terms of the class, "
        "from 2026-01-01 to 2026-07-01",
    ),
    (
        "1.1",
        "lineItems",
        "fall-grades,0,20",
        "fall-grades,0,lots",
        'lineItems.csv:2: lineItems[0].resultValueMax: must be a number, not "lots"',
    ),
    (
        "1.1",
        "results",
        "fully graded,18",
        'fully graded,"18,5"',
        'results.csv:2: results[0].score: must be a number, not "18,5"',
    ),
    (
        "1.1",
        "classes",
        "Lab 1",
        '"Lab\r\n1"',
        "classes.csv:4: warning: classes[2].location: has a line break, which OneRoster has no place for in CSV",
    ),
    (
        "1.1",
        "classes",
        '"3,4"',
        "3,4",
        "classes.csv:4: classes[2]: has 15 cells where the header has 14; "
        "a cell that holds a comma must stand in double quotes",
    ),
    (
        "1.1",
        "users",
        "rosa.lind@riverbend.example.org,,,,,",
        "rosa.lind@riverbend.example.org",
        "users.csv:2: users[0]: has 13 cells where the header has 18",
    ),
    (
        "1.1",
        "classResources",
        "algebra-1,workbook",
        "algebra-9,workbook",
        "classResources.csv:2: classResources[0].classSourcedId: "
        "there is no class with the sourcedId 'algebra-9' in classes.csv",
    ),
    (
        "1.1",
        "classResources",
        "algebra-1,workbook",
        "algebra-1,wokbook",
        "classResources.csv:2: classResources[0].resourceSourcedId: "
        "there is no resource with the sourcedId 'wokbook'; did you mean 'workbook'?",
    ),
    (
        "1.2",
        "roles",
        ROLE,
        "ann,primary,student,,,shcool,",
        "roles.csv:5: roles[3].orgSourcedId: there is no org with the sourcedId 'shcool'; did you mean 'school'?",
    ),
    (
        "1.2",
        "roles",
        ROLE,
        "ann,main,student,,,school,",
        "roles.csv:5: roles[3].roleType: 'main' is not one of primary, secondary",
    ),
    (
        "1.2",
        "roles",
        "a8fdf868-4496-55fd-8093-253b5ae2cd76",
        "95189ffd-8f6f-5584-a94e-1eff20ae219c",
        "roles.csv:4: roles[2].sourcedId: '95189ffd-8f6f-5584-a94e-1eff20ae219c' is that of roles[1] too",
    ),
    (
        "1.2",
        "categories",
        "Homework,40",
        "Homework,40.5",
        "categories.csv:2: categories[0].weight: '40.5' is not a whole number, as CSV has it here",
    ),
]
"""Version, file, what stands there, what is put there, and what is said of it and nothing else."""

HEADERS = [
    (
        "demographics",
        ",sex,",
        ",gender,",
        "demographics.csv:1: gender: is not a column of demographics.csv in OneRoster 1.1; did you mean 'sex'?",
    ),
    (
        "demographics",
        "sourcedId",
        "userSourcedId",
        "demographics.csv:1: userSourcedId: is not a column of demographics.csv in OneRoster 1.1; "
        "did you mean 'sourcedId'?",
    ),
    (
        "demographics",
        "stateOfBirthAbbreviation",
        "stateofBirthAbbreviation",
        "demographics.csv:1: stateofBirthAbbreviation: is not a column of demographics.csv in OneRoster 1.1; "
        "did you mean 'stateOfBirthAbbreviation'?",
    ),
    (
        "classes",
        "termSourcedIds",
        "termSourcedId",
        "classes.csv:1: termSourcedId: is not a column of classes.csv in OneRoster 1.1; did you mean 'termSourcedIds'?",
    ),
    (
        "users",
        "givenName",
        "firstName",
        "users.csv:1: firstName: is not a column of users.csv in OneRoster 1.1; did you mean 'givenName'?",
    ),
    (
        "users",
        "familyName",
        "Family Name",
        "users.csv:1: Family Name: is not a column of users.csv in OneRoster 1.1; did you mean 'familyName'?",
    ),
    (
        "classes",
        "schoolSourcedId",
        "school",
        "classes.csv:1: school: is not a column of classes.csv in OneRoster 1.1; did you mean 'schoolSourcedId'?",
    ),
    (
        "classes",
        "termSourcedIds",
        "termSourceIds",
        "classes.csv:1: termSourceIds: is not a column of classes.csv in OneRoster 1.1; did you mean 'termSourcedIds'?",
    ),
    (
        "classes",
        "title,grades",
        "grades,title",
        "classes.csv:1: warning: the order of the columns is not that of OneRoster 1.1: grades stands where title must",
    ),
    ("orgs", ",parentSourcedId", ",name", "orgs.csv:1: name: the column is there twice; only the first one is read"),
]
"""File, what stands in its header, what is put there, and the first thing that is said of it."""


@pytest.mark.parametrize(("version", "file", "old", "new", "message"), CELLS)
def test_fault_of_a_cell(tmp_path: Path, version: str, file: str, old: str, new: str, message: str) -> None:
    """A faulty cell is reported once, with file, line, row and column."""
    faulty = edited(tmp_path, version, file, old, new)

    assert said(faulty) == [f"set/{message}"]


@pytest.mark.parametrize(("file", "old", "new", "message"), HEADERS)
def test_fault_of_a_header(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    """One slip in a header is one fault, not one in each row: the column is read as the one that is meant."""
    faulty = edited(tmp_path, "1.1", file, old, new)

    assert said(faulty)[0] == f"set/{message}"
    assert all(".csv:1: " in one for one in said(faulty))


def test_columns_that_are_missing(tmp_path: Path) -> None:
    """A missing column is an error if there must be a value in it, else a warning, and no row is blamed for it."""
    faulty = without_column(tmp_path, "users", "familyName", "sms")

    assert said(faulty) == [
        "set/users.csv:1: familyName: the column is missing, and OneRoster 1.1 demands a value in it",
        "set/users.csv:1: warning: sms: the column is missing; OneRoster 1.1 demands it, "
        "even where all its cells are blank",
    ]


def without_column(folder: Path, file: str, *names: str) -> Path:
    """Return the tiny school with columns of a file left out."""

    def left_out(rows: list[list[str]]) -> list[list[str]]:
        gone = [rows[0].index(name) for name in names]
        return [[cell for number, cell in enumerate(row) if number not in gone] for row in rows]

    return rewritten(folder, left_out, only=file)


def rewritten(
    folder: Path, change: Callable[[list[list[str]]], list[list[str]]], only: str = "*", **dialect: object
) -> Path:
    """Return the tiny school in CSV 1.1 with the rows of its files changed, or written in another dialect."""
    target = folder / "set"
    shutil.copytree(TINY["1.1"], target)
    for path in target.glob(f"{only}.csv"):
        rows = [*csv.reader(io.StringIO(path.read_bytes().decode(), newline=""))]
        text = io.StringIO(newline="")
        csv.writer(text, **dialect).writerows(change(rows))  # type: ignore[arg-type]
        path.write_bytes(text.getvalue().encode())
    return target


def test_metadata_at_the_right_end(tmp_path: Path) -> None:
    """Columns of a provider's own become metadata; blank cells say nothing."""

    def with_metadata(rows: list[list[str]]) -> list[list[str]]:
        return [[*row, cell] for row, cell in zip(rows, ("metadata.ncesid", "", "0042"), strict=True)]

    school = rewritten(tmp_path, with_metadata, only="orgs")

    assert said(school) == []
    assembly = read_from(school)
    assert found(assembly, "orgs", "school")["metadata"] == {"ncesid": "0042"}
    assert "metadata" not in found(assembly, "orgs", "district")


def test_metadata_in_the_middle(tmp_path: Path) -> None:
    """Columns of a provider's own elsewhere are read too, with a warning."""

    def with_metadata(rows: list[list[str]]) -> list[list[str]]:
        return [[*row[:3], cell, *row[3:]] for row, cell in zip(rows, ("metadata.ncesid", "", "0042"), strict=True)]

    school = rewritten(tmp_path, with_metadata, only="orgs")

    assert said(school) == [
        "set/orgs.csv:1: warning: columns of metadata.* must stand at the right end, after parentSourcedId"
    ]
    assert found(read_from(school), "orgs", "school")["metadata"] == {"ncesid": "0042"}


def test_a_column_of_ones_own(tmp_path: Path) -> None:
    """A column that the standard does not have is a warning that says what it would have to be called."""
    faulty = rewritten(
        tmp_path, lambda rows: [[*row, "capacity" if row is rows[0] else "20"] for row in rows], "classes"
    )

    assert said(faulty) == [
        "set/classes.csv:1: warning: capacity: is not a column of classes.csv in OneRoster 1.1, so it is not read; "
        "a column of your own is called metadata.capacity"
    ]


def test_columns_without_a_name(tmp_path: Path) -> None:
    """Nameless columns that a spreadsheet leaves at the right end are one warning."""
    faulty = rewritten(tmp_path, lambda rows: [[*row, "", ""] for row in rows], "orgs")

    assert said(faulty) == ["set/orgs.csv:1: warning: columns without a name (2) are blank; leave them out"]


@pytest.mark.parametrize(("separator", "shown"), [(";", "';'"), ("\t", "'\\t'"), ("|", "'|'")])
def test_another_separator(tmp_path: Path, separator: str, shown: str) -> None:
    """A set that a spreadsheet saved with another separator is read by it: one fault in each file, and no other."""
    faulty = rewritten(tmp_path, list, delimiter=separator)

    faults = said(faulty)

    assert len(faults) == len([*TINY["1.1"].iterdir()])
    assert {one.split(": ", 1)[1] for one in faults} == {f"cells are separated by {shown}, and OneRoster has commas"}
    assert read_from(faulty).records == read_from(TINY["1.1"]).records


@pytest.mark.parametrize(
    ("hint", "separator", "advice"),
    [
        ("sep=,", ",", ""),
        ("sep=;", ";", ", and separate cells by commas"),
        ("sep=\t", "\t", ", and separate cells by commas"),
        ('"sep=;"', ";", ", and separate cells by commas"),
        ("SEP=;", ",", ""),
        ("sep=,,,,", ",", ""),
    ],
)
def test_a_hint_for_spreadsheets(tmp_path: Path, hint: str, separator: str, advice: str) -> None:
    """A ``sep=`` line is one fault; the rows below are read, with their true lines."""
    faulty = rewritten(tmp_path, lambda rows: [*rows, ["east", "", "", "East", "shool", "", ""]], "orgs")
    text = (faulty / "orgs.csv").read_text().replace(",", separator)
    (faulty / "orgs.csv").write_text(f"{hint}\n{text}")

    assert said(faulty) == [
        f"set/orgs.csv:1: {hint.strip()!r} is for spreadsheets, and no header; remove the line{advice}",
        "set/orgs.csv:5: orgs[2].type: 'shool' is not one of department, school, district, local, state, national; "
        "did you mean 'school'?",
    ]


def test_blank_rows(tmp_path: Path) -> None:
    """Rows of nothing but separators, which spreadsheets leave, are one warning in each file."""
    east = ["east", "", "", "East", "", "", ""]
    school = rewritten(tmp_path, lambda rows: [rows[0], [""] * 7, rows[1], [""] * 3, *rows[2:], east], "orgs")

    assert said(school) == [
        "set/orgs.csv:2: warning: 2 rows are blank, this is the first of them; ignored",
        "set/orgs.csv:6: orgs[2].type: is blank, and OneRoster 1.1 demands it",
    ]


def test_a_blank_row_in_every_file(tmp_path: Path) -> None:
    """Blank rows at the end, as spreadsheets write them, lose nothing, in the manifest too."""
    school = rewritten(tmp_path, lambda rows: [*rows, [""] * len(rows[0])])

    faults = said(school)

    assert len(faults) == len([*TINY["1.1"].iterdir()])
    assert {one.split(": ", 1)[1] for one in faults} == {"warning: the row is blank; ignored"}
    assert read_from(school).records == read_from(TINY["1.1"]).records


@pytest.mark.parametrize("name", ["Orgs.csv", "ORGS.csv"])
def test_another_case_of_a_name(tmp_path: Path, name: str) -> None:
    """A file whose name has the wrong capitals is one fault, and read as the one that is meant."""
    school = rewritten(tmp_path, list)
    (school / "orgs.csv").rename(school / name)

    assert said(school) == [f"set/{name}: the name must be orgs.csv: capitals count"]
    assert read_from(school).records == read_from(TINY["1.1"]).records


def test_another_case_beside_the_right_one(tmp_path: Path) -> None:
    """Of two files that differ only in capitals the one is read whose name is right."""
    with ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("Orgs.csv", "sourcedId\n")
        for path in TINY["1.1"].iterdir():
            archive.write(path, path.name)

    faults = said(tmp_path / "set.zip")

    assert faults == ["set.zip/Orgs.csv: set.zip/orgs.csv has the same name; only that one is read"]


def test_another_case_of_the_manifest(tmp_path: Path) -> None:
    """The manifest may be slightly wrong, too; nothing is reported for a missing one."""
    school = rewritten(tmp_path, list)
    (school / "manifest.csv").rename(school / "Manifest.csv")

    assert said(school) == ["set/Manifest.csv: the name must be manifest.csv: capitals count"]


@pytest.mark.parametrize(
    "dialect",
    [{"lineterminator": "\n"}, {"lineterminator": "\r"}, {"quoting": csv.QUOTE_ALL}],
    ids=["lf", "cr", "quoted"],
)
def test_other_ways_to_write_it(tmp_path: Path, dialect: dict[str, object]) -> None:
    """Line ends of any system and quotes round every cell are no fault."""
    same = rewritten(tmp_path, list, **dialect)

    assert said(same) == []
    assert read_from(same).records == read_from(TINY["1.1"]).records


def test_byte_order_mark(tmp_path: Path) -> None:
    """Files that begin with a byte order mark, the manifest too, are read as without."""
    marked = rewritten(tmp_path, list)
    for path in marked.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert said(marked) == []
    assert read_from(marked).records == read_from(TINY["1.1"]).records


def test_lines_after_a_cell_of_several_lines(tmp_path: Path) -> None:
    """The line is that of the file, whatever stands in quotes before it; blank lines count and are no rows."""
    school = edited(tmp_path, "1.1", "orgs", "Riverbend District", '"Riverbend\r\n\r\nDistrict"')
    with (school / "orgs.csv").open("ab") as stream:
        stream.write(b"\r\n\r\nannex,,,Annex,shool,,district\r\n")

    assert said(school)[1].startswith("set/orgs.csv:8: orgs[2].type: 'shool' is not one of ")


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    """The line is the one on which it is opened, and the rows before it are read."""
    faulty = appended(tmp_path, "1.1", "results", 'r7,,,algebra-test-1,ann,"fully graded,77,2025-10-03,')

    assert said(faulty) == [
        "set/results.csv:8: results[6]: a double quote is opened here and never closed; "
        "the rest of the file is not read"
    ]
    assert len(read_from(faulty).records["results"]) == 6


def test_a_quote_in_the_middle(tmp_path: Path) -> None:
    """A double quote that is not written twice is told with what to do about it."""
    faulty = edited(tmp_path, "1.1", "results", "Show your working.", '"Show "all" of it."')

    assert said(faulty)[0] == (
        "set/results.csv:3: results[1]: cannot be read as CSV (',' expected after '\"'); "
        "a double quote inside of a cell is written twice; the rest of the file is not read"
    )


def test_ids_beyond_the_standard(tmp_path: Path) -> None:
    """An id with other characters than the standard's is a warning, and the id is kept as it is."""
    school = appended(tmp_path, "1.1", "orgs", "öst 1,,,East,school,,")

    assert said(school) == [
        "set/orgs.csv:4: warning: orgs[2].sourcedId: 'öst 1' holds 'ö'; "
        "an id of OneRoster has letters, digits and . - _ / @ only"
    ]
    assert found(read_from(school), "orgs", "öst 1")


def test_a_warning_hides_no_error(tmp_path: Path) -> None:
    """A warning about a cell does not hide an error of the same cell."""
    school = appended(tmp_path, "1.1", "orgs", "öst,,,East,school,,\r\nöst,,,East,school,,")

    assert "set/orgs.csv:5: orgs[3].sourcedId: 'öst' is that of orgs[2] (set/orgs.csv:4) too" in said(school)


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    """Ids of 64 bits and more, and leading zeros, are texts."""
    school = appended(tmp_path, "1.1", "orgs", "9007199254740993,,,0012,school,18446744073709551616,")

    org = found(read_from(school), "orgs", "9007199254740993")

    assert (org["name"], org["identifier"]) == ("0012", "18446744073709551616")


def test_blank_cells_of_bulk(tmp_path: Path) -> None:
    """In a bulk file status and time are blank; where they are filled they count, with a warning."""
    school = edited(tmp_path, "1.1", "orgs", "district,,,", "district,tobedeleted,2025-08-01T00:00:00.000Z,")

    assert said(school) == [
        "set/orgs.csv:1: warning: status and dateLastModified: are filled in 1 row; in a bulk file they must be blank",
    ]
    assert found(read_from(school), "orgs", "district")["status"] == "tobedeleted"


def test_blanks_in_lists(tmp_path: Path) -> None:
    """Blanks after the commas of a list are left off, with a warning."""
    school = edited(tmp_path, "1.1", "classes", '"fall,spring",,', '"fall, spring",,')

    assert said(school) == [
        "set/classes.csv:2: warning: classes[0].termSourcedIds: 'fall, spring' has blanks around its items; "
        "they are left off"
    ]
    assert found(read_from(school), "classes", "homeroom-09-1")["terms"] == ["fall", "spring"]


def test_children_follow_from_parents() -> None:
    """CSV has no column for children: they are those that name the record as their parent."""
    assembly = read_from(TINY["1.1"])

    assert found(assembly, "orgs", "district")["children"] == ["school"]
    assert found(assembly, "academicSessions", "year")["children"] == ["fall", "spring"]


def test_parts_of_1_2(tmp_path: Path) -> None:
    """Rows of the files that 1.2 has for parts become members of the records to which they belong."""
    parts = bundle(
        tmp_path / "parts",
        "1.2",
        "bulk",
        {
            "orgs": "o1,,,North,school,,",
            "users": "tom,,,true,tom,,Tom,Berg,,,,,,,,,,,,,o1,",
            "roles": "q1,,,tom,primary,teacher,2025-08-01,,o1,p1\nq2,,,tom,secondary,proctor,,,o1,",
            "userProfiles": "p1,,,tom,LMS,vendor,app,,password,berg,",
            "resources": "r1,,,book,,,,,",
            "userResources": "x1,,,tom,o1,,r1",
        },
    )

    assert said(parts) == []
    user = found(read_from(parts), "users", "tom")
    assert [(role["roleType"], role["role"]) for role in user["roles"]] == [
        ("primary", "teacher"),
        ("secondary", "proctor"),
    ]
    assert user["roles"][0]["userProfile"] == user["userProfiles"][0]["profileId"] == "urn:sourcedId:p1"
    assert user["userProfiles"][0]["credentials"] == [{"type": "password", "username": "berg"}]
    assert user["resources"] == ["r1"]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """Line breaks and control characters in a name are shown escaped: a fault is one line, and no terminal obeys it."""
    faulty = rewritten(tmp_path, lambda rows: [[*row, "a\x1b[2J\nb" if row is rows[0] else ""] for row in rows], "orgs")

    assert said(faulty) == [
        "set/orgs.csv:1: warning: a\\x1b[2J\\nb: is not a column of orgs.csv in OneRoster 1.1, so it is not read; "
        "a column of your own is called metadata.a\\x1b[2J\\nb"
    ]


def test_order_of_columns_that_only_some_readers_know(tmp_path: Path) -> None:
    """A header with a column that the binding withdrew is compared with the header that had it."""
    file = BINDINGS["1.2"].by_name["users"]
    header = next(one for one in file.headers if "resourceSourcedIds" in one)
    swapped = [*header[:-2], header[-1], header[-2]]
    path = edited(tmp_path, "1.2", "users", ",".join(file.header), ",".join(swapped))
    users = path / "users.csv"
    width = file.header.index("userMasterIdentifier") + 1
    head, *rows = users.read_text().splitlines()
    moved = [row.split(",") for row in rows]
    users.write_text("\n".join([head, *(",".join([*row[:width], "", *row[width:]]) for row in moved)]) + "\n")

    told = [line for line in said(path) if "the order of the columns" in line]

    assert told == [
        "set/users.csv:1: warning: the order of the columns is not that of OneRoster 1.2: "
        "pronouns stands where primaryOrgSourcedId must"
    ]
