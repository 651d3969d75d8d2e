"""What fixture files hold, as bytes: how much may be read, which files are meant, and that they are UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import IO, Literal

from mockroster.errors import UnreadableFixtures

MEGABYTE = 1 << 20
"""What ``--fixtures-limit`` counts in."""

ZIP_START = (b"PK\x03\x04", b"PK\x05\x06")
"""How zip files begin; the second is that of an empty one."""

Format = Literal["json", "yaml", "csv"]

FORMATS: Mapping[str, Format] = MappingProxyType({".json": "json", ".yaml": "yaml", ".yml": "yaml", ".csv": "csv"})
"""What is read, by the ends of names, whatever their case."""

_BLOCK = 1 << 20
_OTHER_TEXTS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


class Budget:
    """How many bytes may still be read; all paths of one start share one."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._left = limit

    def drained(self, name: str, stream: IO[bytes]) -> bytes:
        """Return all that a stream holds, and count it. Raises ``UnreadableFixtures`` as soon as it is too much."""
        blocks: list[bytes] = []
        while block := stream.read(min(_BLOCK, self._left + 1)):
            self._left -= len(block)
            if self._left < 0:
                raise UnreadableFixtures(self._exceeded(name))
            blocks.append(block)
        return b"".join(blocks)

    def check(self, name: str, size: int) -> None:
        """Refuse at once what says itself that it is too much. Raises ``UnreadableFixtures``."""
        if size > self._left:
            raise UnreadableFixtures(self._exceeded(name))

    def give_back(self, count: int) -> None:
        """Uncount bytes that are only the wrapping of others, such as those of a zip."""
        self._left += count

    def _exceeded(self, name: str) -> str:
        megabytes = f"{self.limit / MEGABYTE:g} MB"
        return f"{name}: with it, fixtures hold more than {megabytes}; --fixtures-limit sets how much they may hold"


@dataclass(frozen=True, slots=True)
class File:
    """One fixture file."""

    name: str
    """As in messages: ``demo.zip/users.csv``."""

    format: Format
    content: bytes
    """UTF-8 without a byte order mark."""

    folder: str = ""
    """The folder of a zip in which it stands; empty at its top."""


def fixture_file(name: str, format_: Format, content: bytes) -> File:
    """Return a file of UTF-8, with or without a byte order mark. Raises ``UnreadableFixtures`` for anything else."""
    if (foreign := _foreign(content)) is not None:
        raise UnreadableFixtures(f"{name}: {foreign}")
    if (at := _first_outside_utf8(content)) is not None:
        line = content.count(b"\n", 0, at) + 1
        place = f"byte 0x{content[at]:02x} at offset {at} (line {line})"
        raise UnreadableFixtures(f"{name}: {place} is not UTF-8; save the file as UTF-8")
    return File(name, format_, content.removeprefix(codecs.BOM_UTF8))


def format_of(name: str) -> Format | None:
    """Return the format that the name of a file stands for, nothing for files that are no fixtures."""
    return None if name.startswith(".") else FORMATS.get(PurePosixPath(name).suffix.lower())


def printable(name: str) -> str:
    """Return a name so that it can be printed on one line, whatever is in it."""
    return name if name and name.isprintable() else ascii(name)


def _foreign(content: bytes) -> str | None:
    """Return what is to be done about a file that is not text of single bytes at all."""
    if content.startswith(ZIP_START):
        return "is a zip; give it a name that ends in .zip"
    if content.startswith(b"\x1f\x8b"):
        return "is packed by gzip; unpack it"
    if content.startswith(_OTHER_TEXTS) or b"\0" in content[:4]:
        return "is UTF-16 or UTF-32; save the file as UTF-8"
    return None


def _first_outside_utf8(content: bytes) -> int | None:
    """Return where the first byte stands that is not UTF-8. Block by block: text may take four times the room."""
    if content.isascii():
        return None
    view, at = memoryview(content), 0
    while at < len(content):
        try:
            at += codecs.utf_8_decode(view[at : at + _BLOCK], "strict", at + _BLOCK >= len(content))[1]
        except UnicodeDecodeError as error:
            return at + error.start
    return None
