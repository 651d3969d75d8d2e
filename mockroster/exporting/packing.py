"""Files as one zip, byte by byte while they are written; the same files give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

File = tuple[str, Iterable[bytes]]
"""The name of a file and its content in pieces."""

_PIECE = 65_536
"""Bytes that are gathered before they are passed on."""


class _Sink:
    """What a zip is written to: it holds what nobody has taken yet."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: all is held until it is taken."""

    def close(self) -> None:
        """Do nothing: what is held can still be taken."""

    def taken(self, least: int = 1) -> Iterator[bytes]:
        """Yield what is held if it is at least so much, and hold it no more."""
        if len(self._held) >= least:
            yield bytes(self._held)
            self._held.clear()


def zipped(files: Iterable[File]) -> Iterator[bytes]:
    """Yield the zip of these files in pieces."""
    sink = _Sink()
    with ZipFile(sink, "w") as archive:
        for name, pieces in files:
            with archive.open(_entry(name), "w") as entry:
                for piece in pieces:
                    entry.write(piece)
                    yield from sink.taken(_PIECE)
    yield from sink.taken()


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)  # of 1980, because the day on which it was written would make other bytes
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
