"""Mutations of the bytes of a good fixture file: it is loaded or refused with a message."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from time import process_time
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
import pytest
from conftest import NOW
from csv_sets import FIXTURES, TINY
from fixture_sets import LIMIT
from hypothesis import given, settings
from hypothesis import strategies as st

from mockroster.errors import UnreadableFixtures
from mockroster.fixtures.read.assembly import Assembly, assemble
from mockroster.fixtures.read.load import read
from mockroster.fixtures.read.raw import Fault

PIECES = [
    *(bytes([one]) for one in b"\"'{}[](),:;-+.\\/#&*!|>%@`?~ \t\r\n\x00\x07\x80\xff09aZ"),
    *(b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xc2\x85", b"\xed\xa0\x80", b"\xf0\x9f\x8f\xab", b"\\ud800", b"\\u0000"),
    *(b"null", b"NaN", b"true", b"1e999", b"-0.0", b"99999999999999999999", b"2026-02-30", b"-1", b"[[[[[[[["),
    *(b"&a ", b"*a", b"!!x ", b"<<: ", b"|\n", b"\n---\n", b"\n- ", b"? ", b'""', b"/*", b"\r\n\r\n", b",,,,"),
    *(b"sourcedId", b"status", b"roles", b"metadata.", b"base", b"bulk", b"delta", b"absent", b"1.2", b"tobedeleted"),
]
"""What means something in one of the formats, or should not be there in any."""

EACH = settings(max_examples=40)


@st.composite
def spoilt(draw: st.DrawFn, content: bytes) -> bytes:
    """Return content with a few places overwritten, cut out, repeated or added to."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.sampled_from([0, 0, 1, 2, 9, 80, 1000])))
        piece = draw(st.sampled_from(PIECES) | st.just(content[start:end] * 2) | st.binary(max_size=3))
        content = content[:start] + piece + content[end:]
    return content


def check(path: Path, contents: Mapping[str, bytes]) -> None:
    """Load a path, and check what comes of it: records that JSON can hold, or words; soon, and with true lines."""
    began = process_time()
    assembly, refusal = loaded(path)
    assert refusal.isprintable()
    orjson.dumps(assembly.records)
    for fault in assembly.faults:
        check_fault(fault, contents)
    assert process_time() - began < 5


def loaded(path: Path) -> tuple[Assembly, str]:
    """Return what a path comes to, nothing if it is refused, and then in which words."""
    try:
        return assemble([read(str(path), LIMIT)], NOW), ""
    except UnreadableFixtures as error:
        return Assembly({}, [], {}), str(error)


def check_fault(fault: Fault, contents: Mapping[str, bytes]) -> None:
    """Check that a fault is one line of words, about a line that is there."""
    assert str(fault).isprintable(), fault
    assert len(str(fault)) < 1000
    if fault.line is not None:
        lines = contents[fault.file.rpartition("/")[2]].decode().splitlines()
        assert 1 <= fault.line <= max(1, len(lines))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder to write to."""
    return tmp_path_factory.mktemp("spoilt")


@EACH
@given(st.data())
@pytest.mark.parametrize("name", ["tiny-school.json", "tiny-school.yaml", "edge-cases.yaml"])
def test_documents(folder: Path, name: str, data: st.DataObject) -> None:
    """JSON and YAML."""
    content = data.draw(spoilt((FIXTURES / name).read_bytes()))
    (folder / name).write_bytes(content)

    check(folder / name, {name: content})


@EACH
@given(st.data())
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_bundles(folder: Path, version: str, data: st.DataObject) -> None:
    """A CSV file of a set, its manifest too."""
    files = {path.name: path.read_bytes() for path in sorted(TINY[version].iterdir())}
    name = data.draw(st.sampled_from([*files, "manifest.csv"]))
    files[name] = data.draw(spoilt(files[name]))
    if data.draw(st.booleans()):
        files["manifest.csv"] = files["manifest.csv"].replace(b",bulk", b",delta")

    check(zipped(folder, files), files)


def zipped(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Return a zip of files."""
    path = folder / "set.zip"
    path.write_bytes(packed(files))
    return path


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return what a zip of files holds."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


@EACH
@given(st.data())
def test_zips(folder: Path, data: st.DataObject) -> None:
    """The zip itself: its directory, its sizes, its contents."""
    files = {path.name: path.read_bytes() for path in TINY["1.1"].iterdir()}
    path = folder / "spoilt.zip"
    path.write_bytes(data.draw(spoilt(packed(files))))

    check(path, files)


VALUES: list[Any] = [None, True, 0, -1, 2**64 - 1, 1.5, "", "x", "o1", "2026-02-30", [], {}, [[]], {"a": [{"b": 1}]}]


@EACH
@given(st.data())
@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_structure(folder: Path, ending: str, data: st.DataObject) -> None:
    """Good JSON whose parts are of other kinds than they should be, read as JSON and as YAML."""
    document = orjson.loads((FIXTURES / "tiny-school.json").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        spoil(document, data)
    content = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    (folder / f"demo.{ending}").write_bytes(content)

    check(folder / f"demo.{ending}", {f"demo.{ending}": content})


def spoil(document: Any, data: st.DataObject) -> None:
    """Replace a value anywhere in a document, or take it out."""
    inside, key = {"": document}, ""
    value = document
    while isinstance(value, dict | list) and value and data.draw(st.integers(0, 5)):
        inside = value
        key = data.draw(st.sampled_from([*value] if isinstance(value, dict) else range(len(value))))
        value = inside[key]
    if inside is not document and inside.__class__ is dict and data.draw(st.booleans()):
        del inside[key]
    else:
        inside[key] = deepcopy(data.draw(st.sampled_from(VALUES)))
