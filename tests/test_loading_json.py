"""Fixture files of JSON: syntax errors have a message, and every fault its true line."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixture_sets import found, read_from, said

ORG = '{"sourcedId": "o1", "name": "North", "type": "school"}'
FAULTY = '{"sourcedId": "o1", "name": "North", "type": "shool"}'
KINDS = "one of department, school, district, local, state, national; did you mean 'school'?"

NO_JSON = [
    ('{"orgs": [\n', ":1: the file ends too early: the '[' of line 1 is not closed"),
    ('{"orgs": [\n{"name": "Nor', ":2: the file ends too early: the string of line 2 is not closed"),
    (f'{{"orgs": [\n{ORG},\n]}}', ":2: a comma too many: ']' comes next"),
    (f'{{"orgs": [\n{ORG}\n{ORG}]}}', ":3: a comma is missing before '{\"sourcedId\"'"),
    ('{"orgs": [\n{"name" "North"}]}', ":2: a colon is missing before '\"North\"'"),
    ('{"orgs": [\n{"name": }]}', ":2: a value is missing before '}'"),
    ('{"orgs": [\n{"name": "North"]}', ":2: ']' comes before the '{' of line 2 is closed"),
    ("{\n'orgs': []}", ":2: names and text stand in double quotes, not in single ones"),
    ("{\norgs: []}", ':2: the name orgs must stand in double quotes: "orgs"'),
    ('{\n"orgs": [] // none\n}', ":2: JSON has no comments; a .yaml file may have them"),
    ('{"orgs": [\n{"name": True}]}', ":2: True is written true in JSON"),
    ('{"orgs": [\n{"name": North}]}', ":2: North is not a value; text stands in double quotes"),
    ('{"orgs": [\n{"name": "a\\qb"}]}', ":2: '\\q' is not an escape that JSON has; a backslash itself is written \\\\"),
    (
        '{"orgs": [\n{"name": "a\nb"}]}',
        ":2: a string is not closed on its line: '\"' is missing, or the line break in it must be written \\n",
    ),
    ('{"orgs": [\n{"name": "a\tb"}]}', ":2: the control character 0x09 in a string must be written \\u0009"),
    (
        '{"orgs": [\n{"name": "\\ud800"}]}',
        ":2: '\\ud800' is half of a character: the other half of the pair is missing",
    ),
    ('{"orgs": [\n{"score": NaN}]}', ":2: NaN is not a number that JSON has; write another, or leave the member out"),
    ('{"orgs": [\n{"score": 007}]}', ":2: '007' is not a number as JSON writes one"),
    ('{"orgs": [\n{"score": 1e400}]}', ":2: '1e400' is more than a number can be"),
    ('{"orgs": [\n{"score": ' + "9" * 2_000_000 + "}]}", ":2: a number of 2,000,000 characters is too long"),
    ('{"orgs": []}\n{"users": []}', ":2: there is more after the end of the document: '{\"users\"'"),
    ("", ': is empty: write an object of collections such as {"orgs": [...], "users": [...]}'),
    ("null", ': holds no data: write an object of collections such as {"orgs": [...], "users": [...]}'),
    ("12", ': must be an object of collections such as {"orgs": [...], "users": [...]}, not a number'),
    (
        "[]",
        ': must be an object of collections such as {"orgs": [...], "users": [...]}, not an array; '
        "that is for files called after their collection, such as users.json",
    ),
]
"""Text, and what is said of it after the name of the file, and nothing else."""

WRONG = [
    ('{\n"orgz": []}', ":2: orgz: is not a collection; did you mean 'orgs'?"),
    ('{\n"orgs": {}}', ":2: orgs: must be an array of records, not an object"),
    ('{\n"orgs": null}', ":2: orgs: must be an array of records, not null; for none, write []"),
    ('{\n"base": "generatd"}', ":2: base: 'generatd' is not one of none, generated"),
    (f'{{"orgs": [\n{ORG},\n"o2"]}}', ":3: orgs[1]: must be an object, not text"),
    (f'{{"orgs": [\n{ORG}],\n"orgs": []}}', ":3: the member 'orgs' is there twice"),
    (
        '{"orgs": [\n{"sourcedId": "o1",\n"name": "N",\n"name": "M", "type": "school"}]}',
        ":4: orgs[0]: the member 'name' is there twice",
    ),
    (
        '{"orgs": [\n{"sourcedId": 4711, "name": "N", "type": "school"}]}',
        ":2: orgs[0].sourcedId: must be a string, not 4711",
    ),
    (
        '{"orgs": [{"sourcedId": "o1", "type": "school",\n"name":\n"N", "metadata": 1}]}',
        ":3: orgs[0].metadata: must be an object, not 1",
    ),
]


@pytest.mark.parametrize(("text", "message"), NO_JSON)
def test_no_json(tmp_path: Path, text: str, message: str) -> None:
    """A syntax error is one fault: its place, and how to correct it."""
    file = written(tmp_path, text)

    assert said(file) == [f"demo.json{message}"]
    assert not any(read_from(file).records.values())


def written(folder: Path, text: str, name: str = "demo.json") -> Path:
    """Return a file with this text."""
    file = folder / name
    file.write_bytes(text.encode())
    return file


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_wrong_documents(tmp_path: Path, text: str, message: str) -> None:
    """Valid JSON that is no document of records is reported with its line."""
    file = written(tmp_path, text)

    assert f"demo.json{message}" in said(file)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["bare", "bom"])
def test_lines(tmp_path: Path, end: str, mark: str) -> None:
    """A fault has the line of its own member, with any line ends and after a byte order mark."""
    lines = [
        "{",
        '"orgs": [',
        '{"sourcedId": "o1",',
        '"name": "Brackets ]} and \\" quotes",',
        '"type":',
        '"shool"}',
        "]}",
    ]
    file = written(tmp_path, mark + end.join(lines))

    assert said(file) == [f"demo.json:5: orgs[0].type: 'shool' is not {KINDS}"]


def test_lines_of_one_long_line(tmp_path: Path) -> None:
    """A file without line breaks has one line, and its records are told apart by their numbers."""
    file = written(tmp_path, f'{{"orgs":[{ORG},{FAULTY.replace("o1", "o2")}]}}')

    assert said(file) == [f"demo.json:1: orgs[1].type: 'shool' is not {KINDS}"]


def test_a_file_of_one_collection(tmp_path: Path) -> None:
    """A file that is called after its collection may be just the array of its records."""
    file = written(tmp_path, f"[\n{ORG},\n{FAULTY.replace('o1', 'o2')}]", "orgs.json")

    assert said(file) == [f"orgs.json:3: orgs[1].type: 'shool' is not {KINDS}"]


def test_a_file_that_is_nearly_called_after_its_collection(tmp_path: Path) -> None:
    """Of an array in a file of another name the nearest right name is told; capitals count."""
    file = written(tmp_path, f"[{ORG}]", "Orgs.json")

    assert said(file) == [
        'Orgs.json: must be an object of collections such as {"orgs": [...], "users": [...]}, not an array; '
        "that is for files called after their collection, such as users.json; did you mean 'orgs'?"
    ]


def test_a_folder(tmp_path: Path) -> None:
    """A folder is one set: its files refer to each other, and other files are ignored."""
    folder = tmp_path / "demo"
    folder.mkdir()
    written(folder, f"[{ORG}]", "orgs.json")
    written(folder, "courses:\n- {sourcedId: c1, title: Art, org: o1}\n", "courses.yml")
    for name in (".DS_Store", "README.md", "._orgs.json", "Thumbs.db", "orgs.json.bak"):
        (folder / name).write_bytes(b"\0\5\26\7\xff")
    (folder / "more").mkdir()

    assert said(folder) == []
    assert found(read_from(folder), "courses", "c1")["org"] == "o1"


def test_the_same_id_in_two_files_of_a_folder(tmp_path: Path) -> None:
    """The same id twice in a folder is a fault that names both places."""
    folder = tmp_path / "demo"
    folder.mkdir()
    written(folder, f"[{ORG}]", "orgs.json")
    written(folder, f'{{"orgs": [\n{ORG}]}}', "extra.json")

    assert said(folder) == ["demo/orgs.json:1: orgs[0].sourcedId: 'o1' is that of orgs[0] (demo/extra.json:2) too"]


def test_bases_that_differ(tmp_path: Path) -> None:
    """Two files of a folder cannot lie over different things."""
    folder = tmp_path / "demo"
    folder.mkdir()
    written(folder, '{"base": "none"}', "a.json")
    written(folder, f'{{"base": "generated", "orgs": [{ORG}]}}', "b.json")

    assert said(folder)[0] == "demo/b.json:1: base: 'generated' is not what another file of {}: 'none'".format(
        f"{folder} says"
    ).replace(f"{tmp_path}/", "")


def test_numbers(tmp_path: Path) -> None:
    """Whole numbers of 64 bits and fractions in metadata are kept to the last digit."""
    numbers = '{"most": 18446744073709551615, "least": -9223372036854775808, "id": 9007199254740993, "part": 0.1}'
    file = written(tmp_path, f'{{"orgs": [{ORG[:-1]}, "metadata": {numbers}}}]}}')

    assert found(read_from(file), "orgs", "o1")["metadata"] == {
        "most": 2**64 - 1,
        "least": -(2**63),
        "id": 2**53 + 1,
        "part": 0.1,
    }


@pytest.mark.parametrize("number", ["18446744073709551616", "-9223372036854775809", "9" * 300])
def test_numbers_that_would_be_rounded(tmp_path: Path, number: str) -> None:
    """A whole number of more than 64 bits is a fault of its member, be it in an object, in an array or in neither."""
    file = written(
        tmp_path,
        f'{{"orgs": [{ORG},\n{ORG[:-1].replace("o1", "o2")}, "metadata": {{"text": "{number}",\n"n":{number},\n'
        f'"more": [{{"part": 0.{number.lstrip("-")}}}, {number}]}}}}]}}',
    )

    said_of_it = f"{number[:40]} has more than 64 bits and would be rounded; write it as text, in quotes"
    assert said(file) == [
        f"demo.json:3: orgs[1].metadata.n: {said_of_it}",
        f"demo.json:4: orgs[1].metadata.more[1]: {said_of_it}",
    ]


@pytest.mark.parametrize("before", range(-40, 5, 4))
def test_a_number_that_would_be_rounded_in_a_large_file(tmp_path: Path, before: int) -> None:
    """A number is found wherever in a file it stands, be it across the end of a block."""
    head, tail = f'{{"orgs": [{ORG[:-1]}, "metadata": {{"text": "', '"}}]}'
    middle = f'", "n": {2**64}, "more": "'
    file = written(tmp_path, head + "x" * ((1 << 20) + before - len(head)) + middle + tail)

    assert len(said(file)) == 1


def test_a_number_that_would_be_rounded_in_a_file_of_one_collection(tmp_path: Path) -> None:
    """If the document is an array, its records are named by the collection."""
    file = written(tmp_path, f'[{ORG[:-1]}, "metadata": {{"n": {2**64}}}}}]', "orgs.json")

    assert said(file)[0].startswith("orgs.json:1: orgs[0].metadata.n: 18446744073709551616 has more than 64 bits")


def test_every_character(tmp_path: Path) -> None:
    """Names in any script, astral characters and escapes are read as they are meant."""
    file = written(
        tmp_path, '{"orgs": [{"sourcedId": "o1", "type": "school", "name": "\\u00e9 é 学校 \\ud83c\\udfeb 🏫"}]}'
    )

    assert found(read_from(file), "orgs", "o1")["name"] == "é é 学校 🏫 🏫"


def test_deep_but_not_too_deep(tmp_path: Path) -> None:
    """Metadata may be nested as deep as the standard's members that hold it allow."""
    file = written(tmp_path, f'{{"orgs": [{ORG[:-1]}, "metadata": {{"x": {"[" * 60}{"]" * 60}}}}}]}}')

    assert said(file) == []
