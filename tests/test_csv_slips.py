"""OneRoster CSV as spreadsheets and vendors save it: one slip is one fault, and the intended value is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import NOW
from csv_sets import bundle
from fixture_sets import found, read_from, said

from mockroster.clock import timestamp
from mockroster.fixtures.read.csv.names import nearest_column
from mockroster.fixtures.read.csv.quotes import bare_quotes
from mockroster.standard.bindings import BINDINGS

SCHOOL = "s1,,,North High,school,001,"


def orgs(folder: Path, header: str, *rows: str, mode: str = "bulk") -> Path:
    """Return a set of one file, whose header and rows are these."""
    path = bundle(folder / "set", "1.1", mode, {"orgs": SCHOOL})
    (path / "orgs.csv").write_bytes("".join(f"{row}\r\n" for row in (header, *rows)).encode())
    return path


HEADER = ",".join(BINDINGS["1.1"].by_name["orgs"].header)


def column(version: str, file: str, name: str) -> str | None:
    """Return the column of a file for which a name is taken where all of them are missing."""
    return nearest_column(name, BINDINGS[version].by_name[file], BINDINGS[version].by_name[file].header)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("classes", "orgSourcedId"),
        ("classes", "sessionSourcedIds"),
        ("courses", "schoolSourcedId"),
        ("enrollments", "courseSourcedId"),
        ("lineItems", "academicSessionSourcedId"),
        ("users", "metadata"),
        ("users", "capacity"),
        ("results", "resultSourcedId"),
    ],
)
def test_names_that_are_not_near(file: str, name: str) -> None:
    """Names of references that only end alike are not near, and neither is a word of its own."""
    assert column("1.1", file, name) is None


@pytest.mark.parametrize(
    ("version", "file", "name", "meant"),
    [
        ("1.1", "users", "orgSourcedId", "orgSourcedIds"),
        ("1.1", "users", "given_name", "givenName"),
        ("1.1", "users", "lastName", "familyName"),
        ("1.1", "users", "id", "sourcedId"),
        ("1.1", "users", "givename", "givenName"),
        ("1.2", "users", "preferredFirstName", "preferredGivenName"),
        ("1.1", "classes", "terms", "termSourcedIds"),
        ("1.1", "classes", "SCHOOLSOURCEDID", "schoolSourcedId"),
    ],
)
def test_names_that_are_near(version: str, file: str, name: str, meant: str) -> None:
    """Near are other ways to write a name, the member that a column stands for, and words of other systems."""
    assert column(version, file, name) == meant


def test_reference_columns_of_other_names(tmp_path: Path) -> None:
    """Columns of references whose names are not near are not taken for one another, and no value is swapped."""
    path = bundle(tmp_path / "set", "1.1", "bulk", {"classes": "k1,,,Algebra,,c1,,scheduled,,s1,t1,,,"})
    text = (path / "classes.csv").read_text()
    text = text.replace("schoolSourcedId", "orgSourcedId").replace("termSourcedIds", "sessionSourcedIds")
    (path / "classes.csv").write_text(text)

    faults = [fault for fault in said(path) if "classes.csv:1" in fault]

    assert faults == [
        "set/classes.csv:1: warning: orgSourcedId: is not a column of classes.csv in OneRoster 1.1, so it is not read; "
        "a column of your own is called metadata.orgSourcedId",
        "set/classes.csv:1: warning: sessionSourcedIds: is not a column of classes.csv in OneRoster 1.1, so it is not "
        "read; a column of your own is called metadata.sessionSourcedIds",
        "set/classes.csv:1: schoolSourcedId: the column is missing, and OneRoster 1.1 demands a value in it",
        "set/classes.csv:1: termSourcedIds: the column is missing, and OneRoster 1.1 demands a value in it",
    ]


def test_a_name_that_is_spelled_right_comes_first(tmp_path: Path) -> None:
    """Of two names that could mean a column, the one that differs in capitals only is it, wherever it stands."""
    header = HEADER.replace("name", "names").replace("type", "NAME").replace("identifier", "type")
    path = orgs(tmp_path, header, "s1,,,First,North High,school,")

    assert found(read_from(path), "orgs", "s1")["name"] == "North High"


def test_a_column_of_the_other_version(tmp_path: Path) -> None:
    """A column that the file has in another version of OneRoster is said to be of that one."""
    path = orgs(tmp_path, HEADER, SCHOOL)
    users = bundle(tmp_path / "other", "1.1", "bulk", {"categories": "h1,,,Homework"})
    (users / "categories.csv").write_text("sourcedId,status,dateLastModified,title,weight\r\nh1,,,Homework,30\r\n")

    faults = said(path) + said(users)

    assert faults == [
        "other/categories.csv:1: warning: weight: is not a column of categories.csv in OneRoster 1.1, so it is not "
        "read; only 1.2 has it"
    ]


def test_a_file_saved_under_the_name_of_another(tmp_path: Path) -> None:
    """A file with the columns of another one is one fault, and its rows are not read as something that they are not."""
    path = bundle(tmp_path / "set", "1.2", "bulk", {"userProfiles": "", "orgs": SCHOOL})
    roles = BINDINGS["1.2"].by_name["roles"].header
    (path / "userProfiles.csv").write_text(f"{','.join(roles)}\r\nr1,,,u1,primary,student,,,s1,\r\n")

    assert said(path) == [
        "set/userProfiles.csv:1: the columns are those of roles.csv, so it is not read; call it by its own name"
    ]


def test_dates_in_a_bulk_file(tmp_path: Path) -> None:
    """Columns that must be blank in bulk are one warning; what means nothing in them is passed over."""
    rows = ("s1,active,2024-05-05,North High,school,001,", "s2,Active,last week,South High,school,002,")
    path = orgs(tmp_path, HEADER, *rows, "s3,tobedeleted,2024-05-05 08:00:00,East High,school,003,")

    assembly = read_from(path)

    assert said(path) == [
        "set/orgs.csv:1: warning: status and dateLastModified: are filled in 3 rows; in a bulk file they must be blank"
    ]
    dates = [row["dateLastModified"] for row in assembly.records["orgs"]]
    assert dates == [timestamp(NOW), timestamp(NOW), "2024-05-05T08:00:00.000Z"]
    assert [row["status"] for row in assembly.records["orgs"]] == ["active", "active", "tobedeleted"]


def test_times_of_a_delta_file(tmp_path: Path) -> None:
    """A time in another form is one warning in a file, and means UTC; one with a zone keeps its moment."""
    rows = ("s1,active,2026-01-10 08:00:00,North High,school,001,", "s2,active,2026-01-10T08:00:00,South,school,002,")
    path = orgs(tmp_path, HEADER, *rows, "s3,active,2026-01-10T08:00:00+02:00,East High,school,003,", mode="delta")

    assembly = read_from(path)

    assert said(path) == [
        "set/orgs.csv:2: warning: orgs[0].dateLastModified: is not written as 2026-01-15T08:00:00.000Z; "
        "a time without a zone is taken for UTC (3 rows)"
    ]
    assert [row["dateLastModified"] for row in assembly.records["orgs"]] == [
        "2026-01-10T08:00:00.000Z",
        "2026-01-10T08:00:00.000Z",
        "2026-01-10T06:00:00.000Z",
    ]


def test_a_date_without_a_time_in_a_delta_file(tmp_path: Path) -> None:
    """A delta needs the moment: a date alone is an error in each row."""
    path = orgs(tmp_path, HEADER, "s1,active,2026-01-10,North High,school,001,", mode="delta")

    assert said(path) == [
        "set/orgs.csv:2: orgs[0].dateLastModified: '2026-01-10' is not a date and time such as 2026-01-15T08:00:00.000Z"
    ]


@pytest.mark.parametrize("more", ["", ",", ",,"])
def test_commas_at_the_end_of_a_header(tmp_path: Path, more: str) -> None:
    """Blank columns at the end are one warning, whether the rows have these cells or not."""
    path = orgs(tmp_path, f"{HEADER},,", f"{SCHOOL}{more}", f"s2,,,South,school,002,{more}")

    assert said(path) == ["set/orgs.csv:1: warning: columns without a name (2) are blank; leave them out"]
    assert [row["name"] for row in read_from(path).records["orgs"]] == ["North High", "South"]


def test_blank_cells_beyond_the_header(tmp_path: Path) -> None:
    """Blank cells that only rows have are one warning too."""
    path = orgs(tmp_path, HEADER, f"{SCHOOL},,,", "s2,,,South,school,002,", "s3,,,East,school,003,,")

    assert said(path) == [
        "set/orgs.csv:1: warning: blank cells stand beyond the header in 2 rows; leave them out "
        "(or quote a cell with a comma)"
    ]


def test_a_nameless_column_with_data(tmp_path: Path) -> None:
    """Cells below a header cell without a name are data that nobody reads: one error, wherever the column stands."""
    header = HEADER.replace("type", ",type")
    path = orgs(tmp_path, header, "s1,,,North High,x,school,001,", "s2,,,South,,school,002,")

    assert said(path) == ["set/orgs.csv:1: columns without a name (1) are filled in 1 row, and are not read; name them"]


def test_a_filled_cell_beyond_the_header(tmp_path: Path) -> None:
    """A row with more filled cells than the header has columns was cut at a comma, and is an error."""
    path = orgs(tmp_path, HEADER, "s1,,,North High, Senior,school,001,d1")

    assert said(path)[0] == (
        "set/orgs.csv:2: orgs[0]: has 8 cells where the header has 7; a cell that holds a comma "
        "must stand in double quotes"
    )


def test_commas_at_the_end_of_a_manifest(tmp_path: Path) -> None:
    """The manifest is forgiven the same."""
    path = orgs(tmp_path, HEADER, SCHOOL)
    text = (path / "manifest.csv").read_text()
    (path / "manifest.csv").write_text("".join(f"{line},,\n" for line in text.splitlines()))

    assert said(path) == ["set/manifest.csv:1: warning: columns without a name (2) are blank; leave them out"]


@pytest.mark.parametrize(
    ("line", "place", "meant"),
    [
        ("manifest.version,1", "manifest[0].manifest.version: '1'", "1.0"),
        ("oneroster.version,1.1.0", "manifest[1].oneroster.version: '1.1.0'", "1.1"),
        ("oneroster.version,v1.1", "manifest[1].oneroster.version: 'v1.1'", "1.1"),
        ("file.orgs,Bulk", "manifest[11].file.orgs: 'Bulk'", "bulk"),
    ],
)
def test_values_of_a_manifest_that_were_altered(tmp_path: Path, line: str, place: str, meant: str) -> None:
    """A number without its zero, an edition and a capital are warnings, and mean what they did before."""
    path = orgs(tmp_path, HEADER, SCHOOL)
    name = line.partition(",")[0]
    lines = (path / "manifest.csv").read_text().splitlines()
    number = next(number for number, one in enumerate(lines) if one.startswith(f"{name},"))
    lines[number] = line
    (path / "manifest.csv").write_text("\n".join(lines))

    assert said(path) == [f"set/manifest.csv:{number + 1}: warning: {place} is taken for {meant!r}; write it so"]


def test_a_file_without_rows(tmp_path: Path) -> None:
    """A header and no row is a warning: nothing is lost."""
    path = bundle(tmp_path / "set", "1.1", "bulk", {"orgs": SCHOOL, "resources": ""})

    assert said(path) == [
        "set/resources.csv:1: warning: there are no rows below the header; leave the file out and call it absent"
    ]


def test_quotes_in_cells_without_quotes(tmp_path: Path) -> None:
    """A quote in a cell that is not quoted is read as it stands, with a warning for its line."""
    path = orgs(tmp_path, HEADER, 's1,,,The "Big" School,school,001,', '"s2",,,"The ""Small"", one",school,002,')

    assert said(path) == [
        "set/orgs.csv:2: warning: a double quote stands in a cell that is not in double quotes; "
        "quote the cell, and double it"
    ]
    assert found(read_from(path), "orgs", "s1")["name"] == 'The "Big" School'


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('a,b"c\n', [3]),
        ('"a","b""c"\n', []),
        ('"a, b"\n"c"', []),
        ('5",6"\n', [1, 4]),
        ('"never closed', []),
        ('"a"b,c"', []),
        ("", []),
    ],
)
def test_bare_quotes(text: str, places: list[int]) -> None:
    """Quotes that open, close or are doubled in a quoted cell are in their place; what cannot be read has no others."""
    assert [*bare_quotes(text.encode(), ",")] == places
