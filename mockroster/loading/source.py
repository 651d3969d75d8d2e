"""A path as a user gives it, as files with their bytes: a file, a folder, a zip or standard input.

A folder is the files in it, in the order of their names; folders in it, hidden files, zips and files of other kinds
are passed over. Everything is bounded by a ``Budget`` that all paths of one start share, and is UTF-8.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from mockroster.errors import UnreadableFixtures, nearest
from mockroster.loading.archive import unzipped
from mockroster.loading.content import ZIP_START, Budget, File, Format, fixture_file, format_of, printable

STANDARD_INPUT = "<stdin>"
"""What standard input is called in messages."""


def called(path: str) -> str:
    """Return what a path is called in messages."""
    return STANDARD_INPUT if path == "-" else printable(path)


def files(path: str, budget: Budget) -> list[File]:
    """Return the fixture files that a path stands for. Raises ``UnreadableFixtures``."""
    if path == "-":
        return _from_standard_input(budget)
    if stat.S_ISDIR(_mode(path)):
        return _in_folder(path, budget)
    if Path(path).suffix.lower() == ".zip":
        return _in_zip(called(path), _read(path, budget), budget)
    format_ = format_of(Path(path).name.lstrip("."))
    if format_ is None:
        raise UnreadableFixtures(f"{called(path)}: the name must end in .json, .yaml, .yml, .csv or .zip")
    return [fixture_file(called(path), format_, _read(path, budget))]


def text_format(text: bytes) -> Format:
    """Return whether a document without a name is JSON; YAML may begin with a brace, but not with a quote in it."""
    return "json" if re.match(rb'\s*(\{\s*["}]|\[)', text) else "yaml"


def _from_standard_input(budget: Budget) -> list[File]:
    if sys.stdin is None or sys.stdin.closed:
        raise UnreadableFixtures(f"{STANDARD_INPUT}: is closed; pipe fixtures into it, or give a path in place of -")
    content = budget.drained(STANDARD_INPUT, sys.stdin.buffer)
    if content.startswith(ZIP_START):
        return _in_zip(STANDARD_INPUT, content, budget)
    if not content.strip():
        raise UnreadableFixtures(f"{STANDARD_INPUT}: is empty; pipe fixtures into it, or give a path in place of -")
    file = fixture_file(STANDARD_INPUT, text_format(content), content)
    if is_csv(file.content):
        raise UnreadableFixtures(f"{STANDARD_INPUT}: is CSV, and which file it is cannot be told; pipe a zip of it")
    return [file]


def is_csv(text: bytes) -> bool:
    """Return whether the first line is one of column names or of the manifest."""
    return re.match(rb'"?\w[\w. ]*"?(,"?[\w. ]+"?)+\s*?(\n|$)', text) is not None


def _in_zip(name: str, content: bytes, budget: Budget) -> list[File]:
    budget.give_back(len(content))
    return unzipped(name, content, budget)


def _in_folder(path: str, budget: Budget) -> list[File]:
    names = sorted(_listed(path))
    formats = {name: format_ for name in names if (format_ := format_of(name)) is not None}
    found = {name: _joined(path, name) for name in formats}
    taken = {name: place for name, place in found.items() if not stat.S_ISDIR(_mode(place))}
    if not taken:
        raise UnreadableFixtures(_nothing_in(path, names))
    return [fixture_file(called(place), formats[name], _read(place, budget)) for name, place in taken.items()]


def _joined(folder: str, name: str) -> str:
    return os.path.join(folder, name)  # noqa: PTH118 - a Path would drop the "./" that the user wrote


def _nothing_in(path: str, names: list[str]) -> str:
    """Return the sentence for a folder without fixtures, with what in it may have been meant."""
    fault = f"{called(path)}: holds no .json, .yaml, .yml or .csv file"
    meant = [name for name in names if not name.startswith(".") and _may_be_meant(_joined(path, name))]
    shown = ", ".join(called(_joined(path, name)) for name in meant[:5])
    return f"{fault}; name what is in it: {shown}" if meant else fault


def _may_be_meant(path: str) -> bool:
    return path.lower().endswith(".zip") or os.path.isdir(path)  # noqa: PTH112 - a Path raises where it may not look


def _mode(path: str) -> int:
    try:
        return Path(path or "\0").stat().st_mode
    except FileNotFoundError:
        raise UnreadableFixtures(f"{called(path)}: {_absent(path)}") from None
    except OSError as problem:
        raise _unreadable(path, problem) from None
    except ValueError:
        raise UnreadableFixtures(f"{called(path)}: is not a path") from None


def _absent(path: str) -> str:
    place = Path(path)
    if place.is_symlink():
        return "is a link to nothing"
    try:
        return f"there is no such file or folder{nearest(place.name, islice(_names(place.parent), 1000))}"
    except OSError:
        return "there is no such file or folder"


def _listed(path: str) -> list[str]:
    try:
        return list(_names(Path(path)))
    except OSError as problem:
        raise _unreadable(path, problem) from None


def _names(folder: Path) -> Iterator[str]:
    return (place.name for place in folder.iterdir())


def _read(path: str, budget: Budget) -> bytes:
    """Return what a regular file holds; a pipe or a device may never end."""
    if not stat.S_ISREG(_mode(path)):
        raise UnreadableFixtures(f"{called(path)}: is a pipe or a device, not a file; - reads standard input")
    try:
        with Path(path).open("rb") as stream:
            budget.check(called(path), os.fstat(stream.fileno()).st_size)
            return budget.drained(called(path), stream)
    except OSError as problem:
        raise _unreadable(path, problem) from None


def _unreadable(path: str, problem: OSError) -> UnreadableFixtures:
    return UnreadableFixtures(f"{called(path)}: cannot be read: {(problem.strerror or str(problem)).lower()}")
