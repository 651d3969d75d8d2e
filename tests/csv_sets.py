"""OneRoster CSV sets for the tests of their readers: the tiny school, edited, and sets made of a few lines."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from mockroster.standard.bindings import BINDINGS

FIXTURES = Path(__file__).parents[1] / "fixtures"
TINY = {version: FIXTURES / f"csv-{version}" for version in ("1.1", "1.2")}


def edited(folder: Path, version: str, file: str, old: str, new: str) -> Path:
    """Return a copy of the tiny school in CSV with a text in one of its files replaced wherever it stands."""
    target = folder / "set"
    shutil.copytree(TINY[version], target, dirs_exist_ok=True)
    path = target / f"{file}.csv"
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new).encode())
    return target


def appended(folder: Path, version: str, file: str, row: str) -> Path:
    """Return a copy of the tiny school in CSV with a row more in one of its files."""
    target = folder / "set"
    shutil.copytree(TINY[version], target, dirs_exist_ok=True)
    with (target / f"{file}.csv").open("ab") as stream:
        stream.write(f"{row}\r\n".encode())
    return target


def manifest(version: str, modes: Mapping[str, str]) -> str:
    """Return a manifest that says this of files, and ``absent`` of all others."""
    rows = {name: modes.get(name.removeprefix("file."), "absent") for name in BINDINGS[version].properties}
    rows |= {"manifest.version": "1.0", "oneroster.version": version}
    return "".join(f"{name},{value}\r\n" for name, value in {"propertyName": "value", **rows}.items())


def bundle(folder: Path, version: str, mode: str, files: Mapping[str, str], **modes: str) -> Path:
    """Return a set of files in one mode; ``files`` are rows below the header, which each file has in full.

    ``modes`` are those of files that are otherwise.
    """
    folder.mkdir()
    (folder / "manifest.csv").write_text(manifest(version, {**dict.fromkeys(files, mode), **modes}), newline="")
    for name, rows in files.items():
        header = ",".join(BINDINGS[version].by_name[name].header)
        lines = [header, *(row.strip() for row in rows.strip().splitlines())]
        (folder / f"{name}.csv").write_text("".join(f"{line}\r\n" for line in lines), newline="")
    return folder
