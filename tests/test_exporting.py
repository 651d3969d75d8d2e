"""Writing rosters out: documents that any reader reads alike, files that are whole or not there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
import pytest
import yaml
from conftest import NOW
from hypothesis import given
from hypothesis import strategies as st

from mockroster.district import district
from mockroster.errors import ConfigurationError
from mockroster.fixtures.write.document import DOCUMENTS, json_document, yaml_document
from mockroster.fixtures.write.export import Export
from mockroster.fixtures.write.output import target, write
from mockroster.fixtures.write.yaml_writer import flow_yaml
from mockroster.roster.record import Record, Records
from mockroster.roster.store import COLLECTIONS
from mockroster.standard.v1p1.models import RESOURCES

ORGS: Records = {
    "orgs": [
        Record(sourcedId="o1", name="North High", type="school", identifier="007"),
        Record(sourcedId="o2", name="No", type="school", metadata={"opened": "1999-01-01", "rooms": 12}),
    ],
    "users": [],
    "courses": [Record(sourcedId="c1", title="Maths: an introduction", courseCode="1e3")],
}

PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=20) | st.from_regex(
    r"[-+]?[0-9_]+[.:e]?[0-9]*|0[xob][0-9]+|(?i:yes|no|on|off|null|true|~|y|n)"
)
VALUES = st.recursive(
    PLAIN | TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
)


TYPED = ["no", "Yes", "~", "2026-01-15", "12:30:00", "1_000", "0x1F", "1e3", ".5", ".inf", "=", "<<"]
MARKS = [*"|>\\", "{a", "a]", "*a", "&a", "!a", "%a", "@a", "`a", "O'Hara", "'a", '"a']
BLANKS = ["", " a", "a ", "a: b", "a #b", "- a", "? a", "a, b", "a\nb", "a\tb"]
UNSEEN = ["a\u2028b", "\x85", "\ufeffa", "\x7f", "小明", "ليلى", "Zoe\u0308", "\U00020bb7", "k" * 2000]


@pytest.fixture(scope="module")
def records() -> Records:
    """Return a small district with records in every collection."""
    made = district(7, 24, NOW)
    assert all(made[collection] for collection in COLLECTIONS)
    return made


def written(tables: Mapping[str, Sequence[Record]], format_: str = "json", version: str = "1.2") -> bytes:
    """Return an export as one document."""
    return b"".join(Export(tables, format_, version).document())


def test_json_is_a_record_a_line() -> None:
    """Each record has a line of its own; a collection without records is not there."""
    lines = b"".join(json_document(ORGS)).decode().splitlines()

    assert lines == [
        "{",
        '"orgs": [',
        '{"sourcedId":"o1","name":"North High","type":"school","identifier":"007"},',
        '{"sourcedId":"o2","name":"No","type":"school","metadata":{"opened":"1999-01-01","rooms":12}}',
        "],",
        '"courses": [',
        '{"sourcedId":"c1","title":"Maths: an introduction","courseCode":"1e3"}',
        "]",
        "}",
    ]


def test_yaml_is_a_record_a_line() -> None:
    """Words stand for themselves; what could be taken for something else is quoted."""
    lines = b"".join(yaml_document(ORGS)).decode().splitlines()

    assert lines == [
        "orgs:",
        '- {sourcedId: "o1", name: North High, type: school, identifier: "007"}'.replace('"o1"', "o1"),
        '- {sourcedId: o2, name: "No", type: school, metadata: {opened: "1999-01-01", rooms: 12}}',
        "courses:",
        '- {sourcedId: c1, title: "Maths: an introduction", courseCode: "1e3"}',
    ]


@pytest.mark.parametrize("format_", ["json", "yaml"])
def test_nothing_is_a_document_too(format_: str) -> None:
    """A roster without records is an empty document."""
    text = written({name: [] for name in COLLECTIONS}, format_)

    assert yaml.safe_load(text) == {}


@pytest.mark.parametrize("format_", ["json", "yaml"])
def test_nothing_is_lost(records: Records, format_: str) -> None:
    """JSON and YAML hold all members of all fourteen collections."""
    read = yaml.load(written(records, format_), Loader=yaml.CSafeLoader)

    assert read == records


@pytest.mark.parametrize("format_", ["json", "yaml"])
def test_pieces_are_small(format_: str) -> None:
    """A large roster is never one text in memory."""
    many = {"orgs": [Record(sourcedId=f"o{number}", name="x" * 100) for number in range(5000)]}

    pieces = list(DOCUMENTS[format_](many))

    assert max(map(len, pieces)) < 100_000
    assert len(yaml.load(b"".join(pieces), Loader=yaml.CSafeLoader)["orgs"]) == 5000


@given(VALUES)
def test_yaml_is_read_as_it_was(value: Any) -> None:
    """Any JSON value is read back unchanged by a reader of YAML 1.1, which infers types."""
    text = f"- {flow_yaml(value)}\n"

    assert yaml.safe_load(text) == [value]
    assert "\n" not in text[:-1]


@pytest.mark.parametrize("text", [*TYPED, *MARKS, *BLANKS, *UNSEEN])
def test_texts_that_look_like_something_else(text: str) -> None:
    """Such a text stays a text, as a value and as the name of a member."""
    assert yaml.safe_load(flow_yaml({text: [text]})) == {text: [text]}
    assert yaml.load(flow_yaml({text: [text]}), Loader=yaml.CSafeLoader) == {text: [text]}


def test_shape_of_1p1(records: Records) -> None:
    """In 1.1 shape there is no collection and no member that 1.1 does not have, and a user has a role and orgs."""
    document = json.loads(written(records, version="1.1"))

    known = {resource.collection: set(resource.schema.members) for resource in RESOURCES}
    assert set(document) == set(known)
    for collection, rows in document.items():
        assert {member for row in rows for member in row} <= known[collection]
    user = document["users"][0]
    assert (user["role"], user["orgs"]) == ("administrator", [records["users"][0]["primaryOrg"]])


def test_what_1p1_loses_is_counted(records: Records) -> None:
    """Records and members that 1.1 has no place for are counted, and those that are found again are not."""
    export = Export(records, "json", "1.1")

    document = json.loads(b"".join(export.document()))

    assert export.lost["scoreScales"] == len(records["scoreScales"])
    assert export.lost["results"] == len(records["results"]) - len(document["results"])
    assert export.lost["users.pronouns"] == sum("pronouns" in user for user in records["users"])
    assert "users.primaryOrg" not in export.lost
    assert "lineItems.school" not in export.lost


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_one_role_in_one_org_is_not_lost(version: str) -> None:
    """A user whose only role 1.1 can say loses nothing."""
    role = {"roleType": "primary", "role": "siteAdministrator", "org": "o1"}
    export = Export({"users": [Record(sourcedId="u", roles=[role], primaryOrg="o1")]}, "json", version)

    _ = list(export.document())

    assert not export.lost


def test_files(tmp_path: Path, records: Records) -> None:
    """By its ending a target is a document, a zip or a folder, and each holds the same."""
    for name in ("a.json", "a.yaml", "a.YML", "a.zip", "folder", "csv-1.1/"):
        write(Export(records, target(str(tmp_path / name), None).format, "1.2"), target(str(tmp_path / name), None))

    read: list[dict[str, Any]] = [
        yaml.load((tmp_path / name).read_bytes(), Loader=yaml.CSafeLoader) for name in ("a.json", "a.yaml", "a.YML")
    ]
    with ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == [f"{collection}.json" for collection in COLLECTIONS]
        read.append(_merged(orjson.loads(archive.read(name)) for name in archive.namelist()))
    read += [
        _merged(orjson.loads(file.read_bytes()) for file in (tmp_path / folder).iterdir())
        for folder in ("folder", "csv-1.1")
    ]
    assert all(document == records for document in read)
    assert len(list(tmp_path.iterdir())) == 6


def _merged(documents: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return {name: rows for document in documents for name, rows in document.items()}


def test_the_same_bytes(tmp_path: Path, records: Records) -> None:
    """A zip is the same, byte for byte, whenever it is written."""
    for name in ("a.zip", "b.zip"):
        write(Export(records, "yaml", "1.2"), target(str(tmp_path / name), "yaml"))

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize("format_", ["json", "yaml", "csv"])
def test_files_in_a_zip_bear_no_date(tmp_path: Path, records: Records, format_: str) -> None:
    """Each entry is of the first day that a zip can say, and readable by all: when it was written would change it."""
    write(Export(records, format_, "1.2"), target(str(tmp_path / "a.zip"), format_))

    with ZipFile(tmp_path / "a.zip") as archive:
        entries = archive.infolist()

    assert len(entries) > 10
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o644}
    assert {entry.compress_type for entry in entries} == {ZIP_DEFLATED}


@pytest.mark.parametrize(
    ("name", "format_", "said"),
    [
        (
            "x.jsn",
            None,
            "ends in .jsn; .json, .yaml, .yml, .zip are for files and / is for a folder; did you mean '.json'?",
        ),
        ("x.csv", None, "CSV is several files; name a folder or a .zip, with --format csv"),
        ("x.json", "csv", "--format csv: it is several files; name a folder or a .zip, not"),
        ("x.json", "yaml", "has the ending of another format"),
        ("x.yml", "json", "has the ending of another format"),
        ("no/x.json", None, "there is no folder"),
        ("no/folder/", None, "there is no folder"),
        ("folder.json", None, "is a folder; a name that ends in .json is for a file"),
        ("file", None, "is there and is not a folder"),
        ("mixed", None, "holds 'notes.txt', which is no json file of a roster"),
        ("y" * 300 + ".json", None, "File name too long"),
    ],
)
def test_targets_that_will_not_do(tmp_path: Path, name: str, format_: str | None, said: str) -> None:
    """Contradicting options and unwritable targets are refused with a message before anything is written."""
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed" / "notes.txt").touch()
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError) as refused:
        target(str(tmp_path / name), format_)

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_no_target() -> None:
    """An empty name is none."""
    with pytest.raises(ConfigurationError, match="it is empty"):
        target("", None)


class _Broken(list[Record]):
    """Records that end in a failure."""

    def __iter__(self) -> Iterator[Record]:
        yield from super().__iter__()
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("name", ["a.json", "a.zip", "a"])
def test_whole_or_not_at_all(tmp_path: Path, name: str) -> None:
    """A failed write leaves the existing target unchanged, and no other files."""
    to = target(str(tmp_path / name), None)
    write(Export(ORGS, "json", "1.2"), to)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    with pytest.raises(ConfigurationError, match="cannot be written: No space left on device"):
        write(Export({"orgs": _Broken(ORGS["courses"]), **ORGS, "users": _Broken(ORGS["orgs"])}, "json", "1.2"), to)

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["a.json", "a.zip", "a"])
def test_nothing_is_left_of_what_failed(tmp_path: Path, name: str) -> None:
    """A failed write to a new target leaves nothing."""
    to = target(str(tmp_path / name), None)

    with pytest.raises(ConfigurationError):
        write(Export({"users": _Broken(ORGS["orgs"])}, "json", "1.2"), to)

    assert list(tmp_path.iterdir()) == []


def test_folder_is_replaced(tmp_path: Path) -> None:
    """A folder that was written before has the new files after, and none of the old ones."""
    to = target(str(tmp_path / "a"), None)
    write(Export(ORGS, "json", "1.2"), to)

    write(Export({"orgs": ORGS["orgs"][:1]}, "json", "1.2"), to)

    (file,) = (tmp_path / "a").iterdir()
    assert orjson.loads(file.read_bytes()) == {"orgs": ORGS["orgs"][:1]}


def test_link_is_followed(tmp_path: Path) -> None:
    """A name that is a link stays one."""
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")

    write(Export(ORGS, "json", "1.2"), target(str(tmp_path / "link.json"), None))

    assert (tmp_path / "link.json").is_symlink()
    assert orjson.loads((tmp_path / "real.json").read_bytes())["orgs"] == ORGS["orgs"]


def test_a_row_keeps_its_id_when_others_go() -> None:
    """The id of a row that links records is made of what it says, not of its place: a later export keeps it."""
    roles = [{"roleType": "primary", "role": "teacher", "org": org} for org in ("o1", "o2", "o2")]
    user = Record(sourcedId="u1", username="u", givenName="A", familyName="B", enabledUser=True)
    before = {**ORGS, "users": [Record(user | {"roles": roles})]}
    after = {**ORGS, "users": [Record(user | {"roles": roles[1:]})]}

    ids = [role_ids(records) for records in (before, after)]

    assert len(set(ids[0])) == 3
    assert ids[1] == ids[0][1:]


def role_ids(records: Records) -> list[str]:
    """Return the sourcedIds of roles.csv."""
    files = dict(Export(records, "csv", "1.2").files())
    return [row.partition(",")[0] for row in b"".join(files["roles.csv"]).decode().splitlines()[1:]]
