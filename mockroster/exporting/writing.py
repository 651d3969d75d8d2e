"""Writing a roster to a file, a folder or a zip: whole or not at all."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import uuid4

from mockroster.errors import ConfigurationError, nearest
from mockroster.exporting.export import Export, file_names
from mockroster.exporting.packing import File, zipped

Kind = Literal["document", "zip", "folder"]

_ENDINGS: Mapping[str, tuple[Kind, str | None]] = {
    ".json": ("document", "json"),
    ".yaml": ("document", "yaml"),
    ".yml": ("document", "yaml"),
    ".zip": ("zip", None),
}
"""What the ending of a name says: what is written, and in which format if only one will do."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an export goes."""

    path: Path
    kind: Kind
    format: str


def target(text: str, format_: str | None) -> Target:
    """Return where ``--out`` says, in the format of ``--format`` or of the ending; by default that is JSON.

    Raises ConfigurationError where the two contradict each other, or nothing can be written there.
    """
    if not text:
        raise ConfigurationError("--out: it is empty; name a file, a folder or a .zip, or give - for standard output")
    kind, own = _said(text)
    if format_ == "csv" and kind == "document":
        raise ConfigurationError(f"--format csv: it is several files; name a folder or a .zip, not {text!r}")
    if own is not None and format_ not in {None, own}:
        raise ConfigurationError(f"--format {format_}: {text!r} has the ending of another format")
    with _in_words(text):
        found = Target(Path(text).resolve(), kind, format_ or own or "json")
        _check_place(found, text)
    return found


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        said = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"--out: {name!r} cannot be written: {said}") from None


def _said(text: str) -> tuple[Kind, str | None]:
    ending = Path(text).suffix.lower()
    if text.endswith("/") or not re.fullmatch(r"\.[a-z]\w*", ending):
        return "folder", None
    if ending == ".csv":
        raise ConfigurationError(f"--out: {text!r}: CSV is several files; name a folder or a .zip, with --format csv")
    if ending not in _ENDINGS:
        raise ConfigurationError(
            f"--out: {text!r} ends in {ending}; {', '.join(_ENDINGS)} are for files and / is for a folder"
            + nearest(ending, _ENDINGS)
        )
    return _ENDINGS[ending]


def _check_place(target: Target, text: str) -> None:
    path = target.path
    if not path.parent.is_dir():
        raise ConfigurationError(f"--out: {text!r}: there is no folder {str(path.parent)!r}")
    if target.kind == "folder":
        _check_folder(target, text)
    elif path.is_dir():
        raise ConfigurationError(f"--out: {text!r} is a folder; a name that ends in {path.suffix} is for a file")
    elif path.exists() and not path.is_file():
        raise ConfigurationError(f"--out: {text!r} is there and is not a file; - stands for standard output")


def _check_folder(target: Target, text: str) -> None:
    """Refuse a folder with anything in it but what is written anew: nothing is mixed, nothing of others is lost."""
    path = target.path
    if path.exists() and not path.is_dir():
        raise ConfigurationError(f"--out: {text!r} is there and is not a folder")
    strangers = {one.name for one in path.iterdir()} - file_names(target.format) if path.is_dir() else ()
    if strangers:
        raise ConfigurationError(
            f"--out: the folder {text!r} holds {min(strangers)!r}, which is no {target.format} file of a roster; "
            "name another folder, or one that is not there yet"
        )


def write(export: Export, to: Target) -> None:
    """Write an export; what was there is replaced only once all of it is on the disk.

    Raises ConfigurationError for what the disk refuses.
    """
    with _in_words(str(to.path)):
        if to.kind == "folder":
            _write_folder(to.path, export.files())
        else:
            _write_file(to.path, zipped(export.files()) if to.kind == "zip" else export.document())


def _write_file(path: Path, pieces: Iterable[bytes]) -> None:
    part = _beside(path)
    try:
        _fill(part, pieces, _mode(path))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_folder(path: Path, files: Iterable[File]) -> None:
    is_new = not path.exists()
    path.mkdir(exist_ok=True)
    part = _beside(path / "roster")  # inside, because a folder that is mounted cannot be replaced itself
    try:
        part.mkdir()
        for name, pieces in files:
            _fill(part / name, pieces, _mode(path / name))
        _swap(path, part)
    except BaseException:
        shutil.rmtree(path if is_new else part, ignore_errors=True)
        raise


def _swap(path: Path, part: Path) -> None:
    """Move the new files in, and those away that are not among them."""
    fresh = {file.name for file in part.iterdir()}
    for name in fresh:
        (part / name).replace(path / name)
    part.rmdir()
    for file in path.iterdir():
        if file.name not in fresh:
            file.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")


def _mode(path: Path) -> int | None:
    """Return the permissions of the file that is written anew, nothing where there is none."""
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else None


def _fill(path: Path, pieces: Iterable[bytes], mode: int | None) -> None:
    """Write a new file, which nobody can read who could not read the one before."""
    with path.open("xb") as file:
        if mode is not None:
            path.chmod(mode)
        file.writelines(pieces)
