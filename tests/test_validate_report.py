"""``mockroster validate``: the bounds of its report, ``--strict``, and deltas over their base."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from csv_sets import TINY, bundle

from mockroster.base_errors import ConfigurationError
from mockroster.cli.main import mockroster
from mockroster.cli.report import MOST_KINDS, limit_faults
from mockroster.fixtures.read.raw import Fault
from mockroster.roster.counts import SINGULAR, listed
from mockroster.standard.v1p2.models import RESOURCES


def ask(*arguments: str) -> tuple[int, list[str], str]:
    """Return exit code, the lines on stdout, and stderr of the command."""
    result = CliRunner().invoke(mockroster, ["validate", *arguments])
    return result.exit_code, result.stdout.splitlines(), result.stderr


def orgs(folder: Path, *types: str) -> str:
    """Return the path of a document with an org of each of these types."""
    path = folder / "demo.json"
    rows = [{"sourcedId": f"o{number}", "name": "North", "type": type_} for number, type_ in enumerate(types)]
    path.write_text(json.dumps({"orgs": rows}, indent=0))
    return str(path)


def fault(number: int, message: str, where: str = "orgs[{}].type") -> Fault:
    """Return the fault of a record."""
    return Fault("demo.json", number + 1, where.format(number), message)


def test_faults_of_one_kind_are_grouped(tmp_path: Path) -> None:
    """The first ten of a thousand equal mistakes are shown, the others counted, and the summary has all."""
    code, lines, _ = ask(orgs(tmp_path, *(f"shool{number}" for number in range(1000))))

    assert code == 1
    assert len(lines) == 12
    assert "orgs[9].type: 'shool9' is not one of" in lines[9]
    assert lines[10] == (
        f"{tmp_path}/demo.json: orgs[].type: and 990 more like it, the last on line 5,001; --max 0 shows all of them"
    )
    assert lines[11] == f"{tmp_path}/demo.json: 1,000 errors, no warnings in 1,000 records (1,000 orgs)"


@pytest.mark.parametrize(("most", "shown"), [(0, 25), (1, 2), (24, 25), (25, 25), (26, 25)])
def test_max(tmp_path: Path, most: int, shown: int) -> None:
    """--max says how many of a kind are shown, and 0 that all are; the line that counts the rest comes on top."""
    path = orgs(tmp_path, *["shool"] * 25)

    _, lines, _ = ask("--max", str(most), path)

    assert len(lines) == shown + 1


def test_a_negative_max(tmp_path: Path) -> None:
    """A number below 0 is a wrong flag."""
    result = CliRunner().invoke(mockroster, ["validate", "--max", "-1", orgs(tmp_path, "school")])

    assert isinstance(result.exception, ConfigurationError)
    assert str(result.exception) == "--max: '-1' is not a whole number from 0 to 1000000"


def test_kinds_differ_in_more_than_values() -> None:
    """Another member, another sentence and another file make another kind; a value, a number and a hint do not."""
    faults = [
        fault(0, "'a' is not one of b, c; did you mean 'b'?"),
        fault(1, "'d' is not one of b, c"),
        fault(2, "'a' is missing"),
        fault(3, "'a' is not one of b, c", "orgs[{}].name"),
    ]

    assert [str(one) for one in limit_faults(faults, 1)] == [
        str(faults[0]),
        "demo.json: orgs[].type: and 1 more like it, the last on line 2; --max 0 shows all of them",
        str(faults[2]),
        str(faults[3]),
    ]


def test_kinds_are_bounded_too() -> None:
    """If every fault is of a different kind, the first hundred are shown."""
    faults = [fault(number, "is not a member", f"orgs[{{}}].m{number:x}") for number in range(MOST_KINDS + 5)]

    shown = limit_faults(faults, 10)

    assert shown[:-1] == faults[:MOST_KINDS]
    assert str(shown[-1]) == "and 5 more faults of other kinds; --max 0 shows all of them"


def test_the_report_for_programs_is_bounded(tmp_path: Path) -> None:
    """JSON holds the faults that are shown, the number of the others, and the numbers of all."""
    _, lines, _ = ask("--json", "--max", "2", orgs(tmp_path, *["shool"] * 25))

    (report,) = json.loads("\n".join(lines))["sets"]
    assert (len(report["faults"]), report["hidden"], report["errors"]) == (2, 23, 25)


def test_a_hundred_thousand_columns(tmp_path: Path) -> None:
    """A header of any width gives a bounded report."""
    path = bundle(tmp_path / "set", "1.1", "bulk", {"orgs": "o1,,,North,school,,"})
    header, row = (path / "orgs.csv").read_text().splitlines()
    wide = f"{header},{','.join(f'c{number}' for number in range(100_000))}\n{row}{',x' * 100_000}\n"
    (path / "orgs.csv").write_text(wide)

    code, lines, _ = ask(str(path))

    assert code == 0
    assert len(lines) == 12
    assert lines[-1].endswith("no errors, 100,000 warnings in 1 record (1 org)")


def test_the_count_of_a_kind_is_escaped() -> None:
    """Names that a file chose are escaped in the line that counts the rest, as in all others."""
    faults = [fault(number, "is not a member", "orgs[{}].a\x1b[2J") for number in range(2)]

    assert str(limit_faults(faults, 1)[1]).startswith("demo.json: orgs[].a\\x1b[2J: and 1 more like it")


def test_a_long_name_is_cut(tmp_path: Path) -> None:
    """The name of a member may be of any length, and its line is not."""
    path = tmp_path / "demo.json"
    org = {"sourcedId": "o1", "name": "North", "type": "school", "x" * 100_000: 1}
    path.write_text(json.dumps({"orgs": [org]}))

    _, lines, _ = ask(str(path))

    assert max(map(len, lines)) < 600


Change = tuple[str, str, str]

STRICT: dict[str, tuple[Change, ...]] = {
    "filled status in bulk": (("orgs", "school,,,North", "school,active,,North"),),
    "capitals of a boolean": (("users", "true", "TRUE"),),
    "swapped columns": (("orgs", "identifier,parentSourcedId", "parentSourcedId,identifier"),),
    "metadata in the middle": (
        ("orgs", "identifier", "metadata.x,identifier"),
        ("orgs", "North,school", "North,school,"),
    ),
    "missing optional column": (("orgs", ",parentSourcedId", ""), ("orgs", "North,school,", "North,school")),
    "column of its own": (
        ("orgs", "parentSourcedId", "parentSourcedId,capacity"),
        ("orgs", "school,,\r", "school,,,5\r"),
    ),
    "character of an id": (("orgs", "school,,,North", "sch!ool,,,North"), ("users", "true,school", "true,sch!ool")),
    "line break in a cell": (("orgs", "North", '"North\n"'),),
    "quote in a cell": (("orgs", "North", 'The "North"'),),
    "nameless column": (("orgs", "parentSourcedId", "parentSourcedId,"),),
    "version of the manifest": (("manifest", "manifest.version,1.0", "manifest.version,1"),),
    "blank row": (("orgs", "school,,,North", ",,,,,,\r\nschool,,,North"),),
    "no rows": (("demographics", "", ""),),
    "comma in an item of a list": (("users", "student,ann,,Ann", 'student,ann,"{LDAP:ann,ou=x}",Ann'),),
    "quote in an item of a list": (("users", ",Lee,,,,,,,,", ',Lee,,,,,,,"09,""10""",'),),
    "blanks in a list": (("users", ",Lee,,,,,,,,", ',Lee,,,,,,,"09, 10",'),),
}
"""By fault: the replacements that bring it about."""


def strict_set(folder: Path, changes: tuple[Change, ...]) -> Path:
    """Return a set of an org and a user, with the first occurrence of each text replaced."""
    users = "ann,,,true,school,student,ann,,Ann,Lee,,,,,,,,"
    files = {"orgs": "school,,,North,school,,", "users": users}
    if changes[0][0] == "demographics":
        files["demographics"] = ""
    path = bundle(folder / "set", "1.1", "bulk", files)
    for file, old, new in changes:
        text = (path / f"{file}.csv").read_bytes().decode()
        assert old in text
        (path / f"{file}.csv").write_bytes(text.replace(old, new, 1).encode())
    return path


@pytest.mark.parametrize("name", STRICT)
def test_strict(tmp_path: Path, name: str) -> None:
    """Violations of a MUST that can be read are warnings, and with --strict errors in the same words."""
    path = str(strict_set(tmp_path, STRICT[name]))

    code, lines, _ = ask(path)
    strict, errors, _ = ask("--strict", path)

    assert (code, strict) == (0, 1)
    assert lines[:-1] == [line for line in lines[:-1] if ": warning: " in line] != []
    assert errors[:-1] == [line.replace(": warning: ", ": ") for line in lines[:-1]]


def test_strict_says_nothing_of_a_good_set() -> None:
    """The tiny school keeps to the letter of the standard in both versions."""
    for path in TINY.values():
        code, lines, _ = ask("--strict", str(path))

        assert (code, len(lines)) == (0, 1)


def test_strict_of_a_folder_in_a_zip(tmp_path: Path) -> None:
    """Files in a folder of the zip are read, and OneRoster has them at its top."""
    path = tmp_path / "set.zip"
    with ZipFile(path, "w") as archive:
        for file in TINY["1.1"].iterdir():
            archive.write(file, f"tiny/{file.name}")

    code, lines, _ = ask(str(path))
    strict, errors, _ = ask("--strict", str(path))

    assert (code, strict) == (0, 1)
    assert lines[0].replace("warning: ", "") == errors[0]


def test_strict_leaves_plain_warnings(tmp_path: Path) -> None:
    """A warning about something that the standard does not forbid stays one."""
    path = tmp_path / "demo.json"
    org = {"sourcedId": "o1", "name": "North", "type": "school"}
    path.write_text(json.dumps({"orgs": [org], "totalCount": 1}))

    code, lines, _ = ask("--strict", str(path))

    assert code == 0
    assert " warning: " in lines[0]


ENROLLMENT = "e9,active,2026-01-10T08:00:00.000Z,algebra,school,ann,student,,,"


def delta(folder: Path, rows: str) -> Path:
    """Return a delta of enrollments in CSV 1.1."""
    return bundle(folder / "delta", "1.1", "delta", {"enrollments": rows})


def base(folder: Path, **change: Any) -> str:
    """Return the path of a roster with one class, a teacher and a student in it."""
    document = {
        "orgs": [{"sourcedId": "school", "name": "North", "type": "school"}],
        "academicSessions": [
            {"sourcedId": "t1", "title": "T", "type": "term", "startDate": "2025-08-01", "endDate": "2026-07-01",
             "schoolYear": "2026"},
        ],
        "courses": [{"sourcedId": "c1", "title": "Algebra", "org": "school"}],
        "classes": [
            {"sourcedId": "algebra", "title": "Algebra", "course": "c1", "school": "school", "terms": ["t1"]},
        ],
        "users": [
            {"sourcedId": name, "username": name, "givenName": name, "familyName": "Lee", "role": role,
             "orgs": ["school"]}
            for name, role in (("ann", "student"), ("tom", "teacher"))
        ],
        "enrollments": [
            {"sourcedId": "e1", "user": "tom", "class": "algebra", "school": "school", "role": "teacher"},
        ],
        **change,
    }  # fmt: skip
    path = folder / "base.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_a_delta_by_itself(tmp_path: Path) -> None:
    """Without its base a delta refers to records that are not there."""
    code, lines, _ = ask(str(delta(tmp_path, ENROLLMENT)))

    assert code == 1
    assert any("there is no class with the sourcedId 'algebra'" in line for line in lines)


def test_a_delta_onto_its_base(tmp_path: Path) -> None:
    """Over its base a delta is judged by what it makes of it; what it brings is counted."""
    code, lines, error = ask("--onto", base(tmp_path), str(delta(tmp_path, ENROLLMENT)))

    assert (code, error) == (0, "")
    assert lines == [f"{tmp_path}/delta: no errors, no warnings in 1 record (1 enrollment)"]


def test_a_delta_of_rows_that_link(tmp_path: Path) -> None:
    """Rows of a linking file are counted as the records that they change, each of these once."""
    time = "2026-01-10T08:00:00.000Z"
    rows = "\n".join(f"q{number},active,{time},,algebra,r{number}" for number in (1, 2))
    sent = bundle(tmp_path / "delta", "1.1", "delta", {"classResources": rows})
    resources = [{"sourcedId": f"r{number}", "vendorResourceId": "book"} for number in (1, 2)]

    code, lines, error = ask("--onto", base(tmp_path, resources=resources), str(sent))

    assert (code, error) == (0, "")
    assert lines == [f"{tmp_path}/delta: no errors, no warnings in 1 record (1 class)"]


def test_a_faulty_delta(tmp_path: Path) -> None:
    """A fault of the delta has the file and line of the delta."""
    rows = ENROLLMENT.replace("ann", "anne")

    code, lines, _ = ask("--onto", base(tmp_path), str(delta(tmp_path, rows)))

    assert code == 1
    assert lines[0] == (
        f"{tmp_path}/delta/enrollments.csv:2: enrollments[0].userSourcedId: there is no user with the sourcedId "
        "'anne'; did you mean 'ann'?"
    )


def test_what_a_delta_makes_of_its_base(tmp_path: Path) -> None:
    """A fault that a delta brings about in a record of the base is told where that record stands."""
    rows = "e1,tobedeleted,2026-01-10T08:00:00.000Z,algebra,school,tom,teacher,,,"

    code, lines, _ = ask("--onto", base(tmp_path), str(delta(tmp_path, rows)))

    assert code == 0
    assert lines[0].startswith(f"{tmp_path}/base.json:1: warning: classes[0]: no teacher is enrolled")
    assert lines[1].endswith("no errors, 1 warning in 1 record (1 enrollment)")


def test_faults_of_the_base(tmp_path: Path) -> None:
    """Faults of the base are not shown as those of the delta: a sentence on stderr counts them."""
    faulty = base(tmp_path, resources=[{"sourcedId": "r1", "title": "No vendorResourceId"}])

    code, lines, error = ask("--onto", faulty, str(delta(tmp_path, ENROLLMENT)))

    assert (code, len(lines)) == (0, 1)
    assert error == f"mockroster: {faulty} has an error of its own, not shown here\n"


def test_several_bases(tmp_path: Path) -> None:
    """Deltas of the days before are named in order; the second one refers to what the first brought."""
    monday = bundle(
        tmp_path / "monday", "1.1", "delta",
        {"users": "eve,active,2026-01-10T08:00:00.000Z,true,school,student,eve,,Eve,Kim,,,,,,,,"},
    )  # fmt: skip
    tuesday = delta(tmp_path, ENROLLMENT.replace("ann", "eve"))

    without, _, _ = ask("--onto", base(tmp_path), str(tuesday))
    code, _, _ = ask("--onto", base(tmp_path), "--onto", str(monday), str(tuesday))

    assert (without, code) == (1, 0)


def test_a_base_that_cannot_be_read(tmp_path: Path) -> None:
    """A base that is not there is a path that cannot be read."""
    code, lines, error = ask("--onto", str(tmp_path / "nothing.json"), str(delta(tmp_path, ENROLLMENT)))

    assert (code, lines) == (2, [])
    assert "nothing.json: there is no such file or folder" in error


def test_standard_input_as_a_base(tmp_path: Path) -> None:
    """Standard input can be read once only, so it is no base."""
    code, _, error = ask("--onto", "-", str(delta(tmp_path, ENROLLMENT)))

    assert code == 2
    assert "--onto -: a base is read more than once; name a file, a folder or a zip" in error


def test_a_sparse_file(tmp_path: Path) -> None:
    """A file that says itself that it is too large is refused without reading it."""
    path = tmp_path / "demo.json"
    with path.open("wb") as file:
        file.truncate(2 << 30)

    code, lines, error = ask("--fixtures-limit", "1024", str(path))

    assert (code, lines) == (2, [])
    assert error == (
        f"mockroster: {path}: with it, fixtures hold more than 1024 MB; --fixtures-limit sets how much they may hold\n"
    )


@pytest.mark.parametrize("out", ["demo.json", "demo.zip", "demo/"])
def test_overwriting_keeps_the_mode(tmp_path: Path, out: str) -> None:
    """A file that is written anew is as open to others as it was; one that is new follows the umask."""
    target = tmp_path / out
    path = target / "orgs.json" if out.endswith("/") else target
    arguments = ["generate", "--students", "1", "--out", f"{tmp_path}/{out}"]
    CliRunner().invoke(mockroster, arguments)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    path.chmod(0o640)

    result = CliRunner().invoke(mockroster, arguments)

    assert result.exit_code == 0, result.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("out", ["demo.json", "demo.yaml", "demo/"])
def test_documents_end_with_a_newline(tmp_path: Path, out: str) -> None:
    """Text that is written ends with a line break, and with one only."""
    CliRunner().invoke(mockroster, ["generate", "--students", "1", "--out", f"{tmp_path}/{out}"])

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert path.read_bytes().endswith(b"\n")
        assert not path.read_bytes().endswith(b"\n\n")


def test_one_record_of_each_collection() -> None:
    """One record is named as the standard names a single one."""
    assert {resource.collection: resource.name for resource in RESOURCES} == dict(SINGULAR)
    assert listed({"orgs": 1, "users": 2000, "classes": 1, "things": 1}) == "1 org, 2,000 users, 1 class, 1 things"
