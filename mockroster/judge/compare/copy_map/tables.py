"""Read the tables of a client: CSV, JSON and JSON lines files, alone or in a folder, and SQLite databases."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from mockroster.errors import ConfigurationError, UnreadableFixtures, nearest

Row = Mapping[str, Any]

_SQLITE = b"SQLite format 3\0"
_ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
_MARKS = (",", ";", "\t", "|")
MOST_BYTES = 4 << 30
"""The most bytes of a file."""


class Tables:
    """The tables at a path. Raises ``ConfigurationError`` if there is nothing that can be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise ConfigurationError(f"{path}: there is no such file or folder{_nearest_sibling(path)}")
        self._is_database = path.is_file() and _starts_as_database(path)

    def rows(self, name: str | None, at: str) -> tuple[str, list[Row]]:
        """Return the name of a table for messages, and its rows. ``at`` is the place in the map that names it."""
        if self._is_database:
            return name or str(self.path), self._database_rows(name, at)
        path, inner = self._file(name, at)
        rows = _rows_of_file(path, inner, at)
        return str(path), rows

    def _database_rows(self, name: str | None, at: str) -> list[Row]:
        uri = f"{self.path.absolute().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(uri, uri=True)) as database:
                known = [
                    row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table','view')")
                ]
                if name is None or name not in known:
                    message = "name a table with from" if name is None else f"{self.path} has no table {name!r}"
                    raise ConfigurationError(f"{at}: {message}; known: {', '.join(known)}{nearest(name or '', known)}")
                database.row_factory = sqlite3.Row
                quoted = name.replace('"', '""')
                return [dict(row) for row in database.execute(f'SELECT * FROM "{quoted}"')]  # noqa: S608 - a known name
        except sqlite3.Error as error:
            raise UnreadableFixtures(f"{self.path}: is no SQLite database that can be read: {error}") from None

    def _file(self, name: str | None, at: str) -> tuple[Path, str | None]:
        """Return the file of a table, and the name of the table in it if it may have several."""
        if self.path.is_file():
            return self.path, name
        names = sorted(entry.name for entry in self.path.iterdir() if entry.suffix.lower() in _ENDINGS)
        if name is None:
            if len(names) == 1:
                return self.path / names[0], None
            raise ConfigurationError(f"{at}: name a file with from; known: {', '.join(names)}")
        matching = [entry for entry in names if name in {entry, Path(entry).stem}]
        if len(matching) != 1:
            raise ConfigurationError(f"{at}: {self.path} has no file {name!r}{nearest(name, names)}")
        return self.path / matching[0], None


def _nearest_sibling(path: Path) -> str:
    try:
        return nearest(path.name, (entry.name for entry in path.parent.iterdir()))
    except OSError:
        return ""


def _starts_as_database(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        raise UnreadableFixtures(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None


def _rows_of_file(path: Path, table: str | None, at: str) -> list[Row]:
    content = _read_text(path)
    ending = path.suffix.lower()
    if ending in {".csv", ".tsv"}:
        return [*_csv_rows(path, content.decode("utf-8-sig"))]
    if ending in {".jsonl", ".ndjson"}:
        return [*_json_lines(path, content)]
    if ending == ".json":
        return _json_rows(path, content, table, at)
    raise UnreadableFixtures(f"{path}: the name must end in {', '.join(_ENDINGS)}, or the file be a SQLite database")


def _read_text(path: Path) -> bytes:
    """Return the content of a text file. Raises ``UnreadableFixtures``."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnreadableFixtures(f"{path}: has more than {MOST_BYTES:,} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFixtures(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    if not content.strip():
        raise UnreadableFixtures(f"{path}: is empty")
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFixtures(
            f"{path}:{line}: byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from None
    return content


def _csv_rows(path: Path, text: str) -> Iterator[Row]:
    first = text.partition("\n")[0]
    separator = max(_MARKS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        header = next(reader)
        line = reader.line_num
        for cells in reader:
            line = reader.line_num
            if not any(cells):
                continue
            if len(cells) != len(header):
                raise UnreadableFixtures(
                    f"{path}:{line}: has {len(cells)} cells where the header has {len(header)}; is the file cut off?"
                )
            yield dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise UnreadableFixtures(f"{path}:{line}: cannot be read as CSV after this line: {error}") from None


def _json_lines(path: Path, content: bytes) -> Iterator[Row]:
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            row = _parse_json(path, line, number)
            if not isinstance(row, dict):
                raise UnreadableFixtures(f"{path}:{number}: must be an object")
            yield row


def _json_rows(path: Path, content: bytes, table: str | None, at: str) -> list[Row]:
    document = _parse_json(path, content, 0)
    if isinstance(document, dict):
        known = [name for name, value in document.items() if isinstance(value, list)]
        if table is None and len(known) == 1:
            table = known[0]
        if table not in known:
            raise ConfigurationError(
                f"{at}: {path} has no array {table!r}; known: {', '.join(known)}{nearest(table or '', known)}"
            )
        document = document[table]
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise UnreadableFixtures(f"{path}: must be an array of objects, or an object of such arrays")
    return document


def _parse_json(path: Path, content: bytes, line: int) -> Any:
    try:
        return orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        place = line or error.lineno
        raise UnreadableFixtures(f"{path}:{place}: is not JSON: {error.msg}; is the file cut off?") from None
