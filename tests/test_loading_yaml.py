"""Fixture files of YAML: plain data only, text stays text, and every fault has its true line."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixture_sets import found, read_from, said

ORG = "{sourcedId: o1, name: North, type: school}"
KINDS = "one of department, school, district, local, state, national; did you mean 'school'?"

NO_YAML = [
    ("orgs:\n\t- {}\n", ":2: a tab cannot indent: use spaces"),
    (
        "orgs:\n- {sourcedId: o1, name: N\n- {sourcedId: o2}\n",
        ":3: ',' or '}' is missing: a bracket of line 2 is still open",
    ),
    ('orgs:\n- name: "North\n', ":2: the file ends too early: a quote of line 2 is not closed"),
    (
        "orgs:\n- name: North: High\n",
        ":2: ': ' cannot stand here: put text that holds it in quotes, or mend the indents",
    ),
    ("orgs:\n- sourcedId: o1\n  name\n  type: school\n", ":4: a colon is missing after a name"),
    (f"orgs:\n- {ORG}\n  name: North\n", ":3: this does not go on with what begins on line 1: mend indents or quotes"),
    ("orgs:\n- name: @north\n", ":2: '@' cannot begin text: put the text in quotes"),
    ('orgs:\n- name: "a\\qb"\n', ":2: not an escape of YAML: write \\\\, or use single quotes"),
    ('orgs:\n- name: "a\x07"\n', ":2: the character 0x07 cannot stand in YAML"),
    ("---\norgs: []\n---\nusers: []\n", ":3: a second document begins here: a file is one, so leave out the ---"),
    ("orgs:\n- *north\n", ":2: there is no &north before the alias *north"),
    ("orgs:\n- {<<: north}\n", ":2: << takes a mapping, or a list of mappings"),
    ("orgs:\n- {[a]: b}\n", ":2: the name of a member must be text; a value that begins with {, [ or * is not"),
    ("# nothing\n", ': holds no data: write an object of collections such as {"orgs": [...], "users": [...]}'),
    ("orgs\n", ': must be an object of collections such as {"orgs": [...], "users": [...]}, not text'),
]
"""Text, and what is said of it after the name of the file, and nothing else."""

LINES = """\
# A comment, and "quotes: of" no account
orgs:
- sourcedId: o1
  name: |
    type: shool

    more
  type: shool
-
  sourcedId: o2  # the second
  name: 'it''s'
  type: school
  parnet: o1
- {sourcedId: o3,
   name: x,

   type: shool}
"""


@pytest.mark.parametrize(("text", "message"), NO_YAML)
def test_no_yaml(tmp_path: Path, text: str, message: str) -> None:
    """A YAML syntax error, or a document that is no object, is one fault: its place, and how to correct it."""
    file = written(tmp_path, text)

    assert said(file) == [f"demo.yaml{message}"]
    assert not any(read_from(file).records.values())


def written(folder: Path, text: str) -> Path:
    """Return a file with this text."""
    file = folder / "demo.yaml"
    file.write_bytes(text.encode())
    return file


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["bare", "bom"])
def test_lines(tmp_path: Path, end: str, mark: str) -> None:
    """A fault has the line of its own member, in block and in flow style, whatever stands before it."""
    file = written(tmp_path, mark + LINES.replace("\n", end))

    assert said(file) == [
        f"demo.yaml:8: orgs[0].type: 'shool' is not {KINDS}",
        "demo.yaml:13: orgs[1].parnet: is not a member of this record; did you mean 'parent'?",
        f"demo.yaml:17: orgs[2].type: 'shool' is not {KINDS}",
    ]


def test_lines_of_members_in_members(tmp_path: Path) -> None:
    """A fault in an object in a list has the line of that item's member."""
    file = written(
        tmp_path,
        f"orgs:\n- {ORG}\nusers:\n- sourcedId: u1\n  givenName: A\n  familyName: B\n  roles:\n"
        "  - roleType: primary\n    role: student\n    org: o1\n"
        "  - roleType: secondary\n    role: pupil\n    org: o1\n",
    )

    (fault,) = said(file)

    assert fault.startswith("demo.yaml:12: users[0].roles[1].role: 'pupil' is not one of ")


def test_plain_words_are_text(tmp_path: Path) -> None:
    """Plain scalars of YAML 1.1 such as numbers, dates and booleans are text as written where the standard has text."""
    file = written(
        tmp_path,
        "orgs:\n- {sourcedId: 007, name: 1.10, type: school, identifier: 9007199254740993}\n"
        "academicSessions:\n"
        "- {sourcedId: 2026, title: 123456789012345678901234567890, type: term, startDate: 2025-08-01,"
        " endDate: 2026-01-01, schoolYear: 2026}\n"
        "users:\n"
        "- {sourcedId: 0x1F, username: 1_0, givenName: no, familyName: Null, role: student, orgs: [007],"
        " grades: [09, 10], enabledUser: TRUE, phone: 1e3, sms: +1}\n",
    )

    assembly = read_from(file)

    assert said(file) == []
    org, session, user = (
        found(assembly, "orgs", "007"),
        found(assembly, "academicSessions", "2026"),
        found(assembly, "users", "0x1F"),
    )
    assert (org["name"], org["identifier"]) == ("1.10", "9007199254740993")
    assert (session["title"], session["startDate"]) == ("123456789012345678901234567890", "2025-08-01")
    texts = [user[name] for name in ("username", "givenName", "familyName", "phone", "sms")]
    assert texts == ["1_0", "no", "Null", "1e3", "+1"]
    assert (user["grades"], user["enabledUser"]) == (["09", "10"], True)


def test_numbers_are_numbers_where_they_should_be(tmp_path: Path) -> None:
    """A score is a number, and a word in its place is told as one."""
    file = written(
        tmp_path, "categories:\n- {sourcedId: h1, title: 7, weight: 12.5}\n- {sourcedId: h2, title: x, weight: ten}\n"
    )

    assert said(file) == ['demo.yaml:3: categories[1].weight: must be a number, not "ten"']
    assert found(read_from(file), "categories", "h1")["weight"] == 12.5


def test_numbers_that_would_be_rounded(tmp_path: Path) -> None:
    """A whole number of more than 64 bits stays the text that it is written as; up to there it is a number."""
    metadata = "{most: 18446744073709551615, more: 18446744073709551616}"
    file = written(tmp_path, f"orgs:\n- {{sourcedId: o1, name: N, type: school, metadata: {metadata}}}\n")

    assert said(file) == []
    assert found(read_from(file), "orgs", "o1")["metadata"] == {"most": 2**64 - 1, "more": "18446744073709551616"}


def test_aliases_and_merges(tmp_path: Path) -> None:
    """Anchors, aliases and ``<<`` are read, and a fault is told at the record that has it."""
    file = written(
        tmp_path,
        f"orgs:\n- &north {ORG}\n- {{<<: *north, sourcedId: o2, name: South}}\n"
        "- {<<: *north, sourcedId: o3, nmae: East}\n",
    )

    assert said(file) == ["demo.yaml:4: orgs[2].nmae: is not a member of this record; did you mean 'name'?"]
    assert found(read_from(file), "orgs", "o2")["type"] == "school"


def test_the_same_member_twice(tmp_path: Path) -> None:
    """A member that is there twice is told with the line of the second one."""
    file = written(tmp_path, f"orgs:\n- {ORG}\n- sourcedId: o2\n  name: a\n  type: school\n  name: b\n")

    assert said(file) == ["demo.yaml:6: orgs[1]: the member 'name' is there twice"]


def test_json_is_yaml(tmp_path: Path) -> None:
    """A document of JSON in a file of YAML is read as it is."""
    file = written(tmp_path, '{"orgs": [\n\t{"sourcedId": "o1", "name": "N\\u00e9", "type": "school"}\n]}\n')

    assert said(file) == []
    assert found(read_from(file), "orgs", "o1")["name"] == "Né"
