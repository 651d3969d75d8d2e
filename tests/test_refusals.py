"""Fixtures that cannot be read at all are refused in one sentence: nothing is loaded, nothing hangs or bursts."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from conftest import command, plain_environment
from csv_sets import TINY
from fixture_sets import LIMIT, read_from, said

from mockroster.errors import ConfigurationError, UnreadableFixtures
from mockroster.fixtures.read.content import Budget
from mockroster.fixtures.read.load import read
from mockroster.sandbox.bootstrap import records_of
from mockroster.settings import Settings

ORG = b'{"orgs": [{"sourcedId": "o1", "name": "North", "type": "school"}]}'
NOT_UTF8 = "is not UTF-8; save the file as UTF-8"
UTF16 = "is UTF-16 or UTF-32; save the file as UTF-8"
NOTHING = "holds no .json, .yaml, .yml or .csv file"

FILES = [
    ("demo.json", "é".encode("utf-16"), UTF16),
    ("demo.yaml", "orgs: []".encode("utf-16-le"), UTF16),
    ("demo.csv", "sourcedId".encode("utf-32"), UTF16),
    (
        "demo.yaml",
        b"orgs:\n- {sourcedId: o1, name: \x93N\x94, type: school}\n",
        f"byte 0x93 at offset 30 (line 2) {NOT_UTF8}",
    ),
    ("demo.json", ORG + b"\xc3", f"byte 0xc3 at offset {len(ORG)} (line 1) {NOT_UTF8}"),
    ("demo.json", b"\x1f\x8b\x08\0", "is packed by gzip; unpack it"),
    ("demo.json", b"PK\x03\x04....", "is a zip; give it a name that ends in .zip"),
    ("demo.txt", ORG, "the name must end in .json, .yaml, .yml, .csv or .zip"),
    ("demo.zip", b"hello", "is not a zip that can be read: File is not a zip file"),
    ("demo.json:1", b'{"orgs": ' + b"[" * 100_000, "is nested more than 110 levels deep"),
    (
        "demo.json:3",
        b'{"orgs":\n[{"metadata":\n' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}]}",
        "is nested more than 110 levels deep",
    ),
    ("demo.yaml:1", b"orgs: " + b"[" * 100_000, "is nested more than 110 levels deep"),
    ("demo.yaml:2", b"orgs:\n- " + b"- " * 5000, "is nested more than 110 levels deep"),
    ("demo.yaml:1", b"orgs: &a [*a]\n", "the alias *a stands for what it is part of"),
    (
        "demo.yaml:1",
        b'orgs: !!python/object/apply:os.system ["true"]\n',
        "the tag !!python/object/apply:os.system is not read: fixtures are plain data",
    ),
    ("demo.yaml:2", b"orgs:\n- !binary aGk=\n", "the tag !binary is not read: fixtures are plain data"),
    (
        "demo.yaml:6",
        b"a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (one + 1, one + 1, b", ".join([b"*%c" % one] * 10)) for one in b"abcdefghi"),
        "the aliases up to here repeat more than a server should hold",
    ),
]
"""Name, with the line that is told if one is; content; what is said of it."""


def refused(path: Path | str, limit: int | Budget = LIMIT) -> str:
    """Return why a path is refused, without its folder; it must be one line."""
    with pytest.raises(UnreadableFixtures) as caught:
        read(str(path), limit)
    message = str(caught.value)
    assert message.isprintable()
    return message.removeprefix(f"{Path(path).parent}/")


@pytest.mark.parametrize(("name", "content", "message"), FILES)
def test_files(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """Wrong encodings, formats and depths, tags, and aliases that explode."""
    file = tmp_path / name.partition(":")[0]
    file.write_bytes(content)

    assert refused(file) == f"{name}: {message}"


def entry(name: str, mode: int = 0o644, packing: int = ZIP_DEFLATED) -> ZipInfo:
    """Return what a zip says of a file in it."""
    info = ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = packing
    return info


ZIPS: list[tuple[dict[str | ZipInfo, bytes], str]] = [
    ({}, f": {NOTHING}"),
    ({"readme.txt": b"x"}, f": {NOTHING}"),
    ({"inner.zip": b"x"}, f": {NOTHING}"),
    ({"../orgs.json": b"[]"}, "/../orgs.json: is a path that leads out of the zip"),
    ({"a/../../orgs.json": b"[]"}, "/a/../../orgs.json: is a path that leads out of the zip"),
    ({"/etc/orgs.json": b"[]"}, "//etc/orgs.json: is a path that leads out of the zip"),
    ({"..\\orgs.json": b"[]"}, "/..\\orgs.json: is a path that leads out of the zip"),
    ({"C:\\orgs.json": b"[]"}, "/C:\\orgs.json: is a path that leads out of the zip"),
    (
        {entry("orgs.json", stat.S_IFLNK | 0o777): b"/etc/passwd"},
        "/orgs.json: is a link; put the file itself into the zip",
    ),
    (
        {entry("orgs.json", packing=ZIP_BZIP2): b"[]"},
        "/orgs.json: is packed in a way that is not read here; use plain zip (deflate)",
    ),
    (
        {"a/orgs.json": b"[]", "b/users.json": b"[]"},
        ": holds fixture files in several places (a, b); put all of them at its top",
    ),
    (
        {"orgs.json": b"[]", "b/users.json": b"[]"},
        ": holds fixture files in several places (its top, b); put all of them at its top",
    ),
    ({"orgs.json": "é".encode("latin-1")}, f"/orgs.json: byte 0xe9 at offset 0 (line 1) {NOT_UTF8}"),
    ({f"{number}.json": b"{}" for number in range(1001)}, ": holds more than 1,000 files"),
    ({"o\nr\x1bgs.txt/../../x.json": b"[]"}, "/'o\\nr\\x1bgs.txt/../../x.json': is a path that leads out of the zip"),
]


@pytest.mark.parametrize(("entries", "message"), ZIPS)
def test_zips(tmp_path: Path, entries: dict[str | ZipInfo, bytes], message: str) -> None:
    """Paths that lead out, links, foreign packings and whatever else a zip can claim."""
    assert refused(packed(tmp_path, entries)) == f"demo.zip{message}"


def packed(folder: Path, entries: dict[Any, bytes]) -> Path:
    """Return a zip."""
    file = folder / "demo.zip"
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file


def test_an_encrypted_zip(tmp_path: Path) -> None:
    """A zip with a password says so in its flags."""
    file = packed(tmp_path, {"orgs.json": b"[]"})
    content = bytearray(file.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(content)

    assert refused(file) == "demo.zip/orgs.json: is encrypted; make the zip without a password"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice(tmp_path: Path) -> None:
    """Two files of the same name are refused as ambiguous."""
    file = tmp_path / "demo.zip"
    with ZipFile(file, "w") as archive:
        archive.writestr("orgs.json", "[]")
        archive.writestr("orgs.json", "[]")

    assert refused(file) == "demo.zip: holds orgs.json twice"


def test_a_zip_bomb(tmp_path: Path) -> None:
    """A zip is unpacked up to the bound and no further."""
    file = packed(tmp_path, {"orgs.json": b" " * 20_000_000})

    assert file.stat().st_size < 50_000
    assert refused(file).startswith("demo.zip/orgs.json: with it, fixtures hold more than")


def test_a_zip_that_lies_of_its_size(tmp_path: Path) -> None:
    """A zip that claims to be smaller than it is is refused."""
    file = packed(tmp_path, {"orgs.json": b" " * 20_000_000})
    claim = (20_000_000).to_bytes(4, "little")
    file.write_bytes(file.read_bytes().replace(claim, (10).to_bytes(4, "little")))

    assert refused(file).startswith("demo.zip: is not a zip that can be read: ")


def test_zips_of_zip(tmp_path: Path) -> None:
    """A zip that zip(1) or a file manager makes of a folder has the folder in it, and what the system adds."""
    (tmp_path / "set" / "docs").mkdir(parents=True)
    for file in TINY["1.1"].iterdir():
        shutil.copy(file, tmp_path / "set")
    for name in (".DS_Store", "README.md", "docs/notes.txt"):
        (tmp_path / "set" / name).write_bytes(b"\0\xff")
    file = tmp_path / "set.zip"
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for path in sorted((tmp_path / "set").rglob("*")):
            archive.write(path, path.relative_to(tmp_path))
        archive.writestr("__MACOSX/set/._users.csv", b"\0\5\26\7")

    assert said(file) == [
        "set.zip: warning: the files are in the folder 'set' of the zip; OneRoster has them at its top"
    ]
    assert read_from(file).records == read_from(TINY["1.1"]).records


def test_over_the_bound(tmp_path: Path) -> None:
    """A file over the bound is refused, a file at the bound is not."""
    file = tmp_path / "demo.json"
    file.write_bytes(ORG)

    assert read(str(file), len(ORG)).records
    assert refused(file, len(ORG) - 1) == (
        "demo.json: with it, fixtures hold more than 6.19888e-05 MB; --fixtures-limit sets how much they may hold"
    )


def test_the_bound_is_that_of_all(tmp_path: Path) -> None:
    """All fixtures of a start share one bound."""
    paths = tuple(str(tmp_path / f"{name}.yaml") for name in ("a", "b"))
    for path in paths:
        Path(path).write_text("orgs: []\n#" + "x" * 600_000)

    assert records_of(Settings(fixtures=paths[:1], fixtures_limit=1)).size == 0
    with pytest.raises(ConfigurationError, match=r"b\.yaml: with it, fixtures hold more than 1 MB"):
        records_of(Settings(fixtures=paths, fixtures_limit=1))


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing paths, non-files and empty ones are refused, with a suggestion."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.json")
    Path("empty").mkdir()
    Path("parent/child").mkdir(parents=True)
    Path("gone.json").symlink_to("nowhere")
    Path("school.yaml").write_text("orgs: []")

    assert [refused(name) for name in ("scool.yaml", "pipe.json", "empty", "parent", "gone.json", "a\0b", "")] == [
        "scool.yaml: there is no such file or folder; did you mean 'school.yaml'?",
        "pipe.json: is a pipe or a device, not a file; - reads standard input",
        f"empty: {NOTHING}",
        f"parent: {NOTHING}; name what is in it: parent/child",
        "gone.json: is a link to nothing",
        "'a\\x00b': is not a path",
        "'': is not a path",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; pipe fixtures into it, or give a path in place of -"),
        (b"sourcedId,status\r\n1,\r\n", "is CSV, and which file it is cannot be told; pipe a zip of it"),
        (b"\xff\xfe{\0}\0", UTF16),
        (b"PK\x05\x06" + bytes(18), NOTHING),
        (b"orgs: !a b", ":1: the tag !a is not read: fixtures are plain data"),
    ],
)
def test_standard_input(run_with: Callable[[bytes], CompletedProcess[bytes]], content: bytes, message: str) -> None:
    """Faults of standard input are refused like those of files, with exit code 2."""
    done = run_with(content)

    place = "" if message.startswith(":") else ": "
    assert (done.returncode, done.stderr.decode()) == (2, f"mockroster: <stdin>{place}{message}\n")


@pytest.fixture
def run_with() -> Callable[[bytes], CompletedProcess[bytes]]:
    """Return what runs ``validate -`` over some bytes."""

    def run(content: bytes) -> CompletedProcess[bytes]:
        line = command("validate", "-")
        return subprocess.run(line, input=content, capture_output=True, env=plain_environment(), check=False)  # noqa: S603

    return run


def test_a_number_of_two_gigabytes(tmp_path: Path) -> None:
    """A number without end is refused by the bound: neither its digits nor its value are ever held."""
    file = tmp_path / "demo.json"
    with file.open("wb") as stream:
        stream.write(b'{"orgs": [{"score": 1')
        stream.truncate(2 << 30)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert refused(file).startswith("demo.json: with it, fixtures hold more than")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_nothing_is_half_loaded(tmp_path: Path) -> None:
    """One file that cannot be read refuses the whole start, whatever comes before it; lenient or not."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.yaml"
    good.write_bytes(ORG)
    bad.write_bytes(b"\xff")

    with pytest.raises(UnreadableFixtures, match=r"bad\.yaml: byte 0xff"):
        records_of(Settings(fixtures=(str(good), str(bad)), lenient=True))
