"""Fixture files in a zip, none of whose claims is believed."""

from __future__ import annotations

import stat
import zlib
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from mockroster.errors import UnreadableFixtures
from mockroster.loading.content import Budget, File, Format, fixture_file, format_of, printable

MOST_ENTRIES = 1000
"""Entries that a zip may have: a complete bundle has some twenty."""

_ENTRY = b"PK\x01\x02"
"""What each entry of the directory begins with: counted before the directory is read."""

_NOT_A_ZIP = (BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, OverflowError)
"""What ``zipfile`` is known to raise for what is not, or no longer, a zip."""


def unzipped(name: str, content: bytes, budget: Budget) -> list[File]:
    """Return the fixture files of a zip in the order of their names, and count what they hold.

    All of them stand at its top, or all in one folder. Raises ``UnreadableFixtures``.
    """
    if content.count(_ENTRY) > MOST_ENTRIES:
        raise UnreadableFixtures(f"{name}: holds more than {MOST_ENTRIES:,} files")
    try:
        with ZipFile(BytesIO(content)) as archive:
            wanted = _wanted(name, archive.infolist())
            return [_file(name, archive, entry, format_, budget) for entry, format_ in wanted]
    except _NOT_A_ZIP as problem:
        raise UnreadableFixtures(f"{name}: is not a zip that can be read: {_said(problem)}") from None


def _said(problem: Exception) -> str:
    return printable(str(problem))[:200] or type(problem).__name__


def _wanted(name: str, entries: list[ZipInfo]) -> list[tuple[ZipInfo, Format]]:
    """Return the entries that are fixture files. Refuses a zip in which anything is out of place."""
    for entry in entries:
        if (fault := _fault(entry)) is not None:
            raise UnreadableFixtures(f"{name}/{printable(entry.filename)}: {fault}")
    ordered = sorted(entries, key=lambda entry: entry.filename)
    wanted = [(entry, format_) for entry in ordered if (format_ := _format(entry.filename)) is not None]
    if not wanted:
        raise UnreadableFixtures(f"{name}: holds no .json, .yaml, .yml or .csv file")
    _check_places(name, [PurePosixPath(entry.filename) for entry, _ in wanted])
    return wanted


def _check_places(name: str, places: list[PurePosixPath]) -> None:
    twice = next((one for one, next_ in pairwise(places) if one == next_), None)
    if twice is not None:
        raise UnreadableFixtures(f"{name}: holds {printable(str(twice))} twice")
    folders = sorted({str(place.parent) for place in places})
    if len(folders) > 1:
        shown = ", ".join("its top" if folder == "." else printable(folder) for folder in folders[:5])
        raise UnreadableFixtures(f"{name}: holds fixture files in several places ({shown}); put all of them at its top")


def _fault(entry: ZipInfo) -> str | None:
    """Return why an entry must not be in a zip of fixtures."""
    parts = entry.filename.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or parts[0].endswith(":"):
        return "is a path that leads out of the zip"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link; put the file itself into the zip"
    if entry.flag_bits & 1:
        return "is encrypted; make the zip without a password"
    return None


def _format(path: str) -> Format | None:
    *folders, name = path.split("/")
    hidden = any(folder.startswith(".") or folder == "__MACOSX" for folder in folders)
    return None if hidden else format_of(name)


def _file(name: str, archive: ZipFile, entry: ZipInfo, format_: Format, budget: Budget) -> File:
    place = f"{name}/{printable(entry.filename)}"
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise UnreadableFixtures(f"{place}: is packed in a way that is not read here; use plain zip (deflate)")
    budget.check(place, entry.file_size)
    with archive.open(entry) as stream:
        file = fixture_file(place, format_, budget.drained(place, stream))
    return replace(file, folder=printable(entry.filename).rpartition("/")[0])
