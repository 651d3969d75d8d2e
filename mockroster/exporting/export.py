"""What is written out: records, in a format, in the shape of a version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mockroster.exporting.document import DOCUMENTS, Row
from mockroster.exporting.packing import File, zipped
from mockroster.exporting.shape import Lost, as_seen
from mockroster.roster.record import Record
from mockroster.roster.store import COLLECTIONS
from mockroster.standard import versions

FORMATS = ("json", "yaml", "csv")

VERSIONS = versions.VERSIONS.numbers

DEFAULT_VERSION = versions.VERSIONS.newest.number

TYPES: Mapping[str, str] = {"json": "application/json", "yaml": "application/yaml", "csv": "application/zip"}
"""The media type of each format as one document."""


@dataclass(frozen=True, slots=True)
class Export:
    """Records to be written. What the format or the version cannot hold is counted while they are."""

    tables: Mapping[str, Sequence[Record]]
    format: str
    version: str
    lost: Lost = field(default_factory=Counter)

    def document(self) -> Iterator[bytes]:
        """Yield it as one document, in pieces: CSV as a zip."""
        if self.format == "csv":
            return zipped(self.files())
        return DOCUMENTS[self.format](self._rows())

    def files(self) -> Iterator[File]:
        """Yield it as files: one for each collection that has records, or those of a CSV bundle."""
        if self.format == "csv":
            from mockroster.exporting import bundle

            yield from bundle.files(self.tables, self.version, self.lost)
            return
        for collection, rows in self._rows().items():
            if self.tables[collection]:
                yield f"{collection}.{self.format}", DOCUMENTS[self.format]({collection: rows})

    def _rows(self) -> Mapping[str, Iterable[Row]]:
        return as_seen(versions.VERSIONS[self.version], self.tables, self.lost)


def file_names(format_: str) -> frozenset[str]:
    """Return the names that the files of a format may have."""
    if format_ == "csv":
        from mockroster.exporting import bundle

        return bundle.FILE_NAMES
    return frozenset(f"{collection}.{format_}" for collection in COLLECTIONS)
