"""The frozen tables of a roster, shared by every sandbox that starts from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mockroster.garbage import paused_collection
from mockroster.roster.record import Record, Records
from mockroster.standard.versions import MODELS

GRADEBOOK = ("categories", "lineItems", "results", "scoreScales", "assessmentLineItems", "assessmentResults")
"""The collections of the gradebook, the only ones that clients may write."""

_ORDER = (
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "enrollments",
    "demographics",
    "resources",
    *GRADEBOOK,
)

COLLECTIONS = tuple(dict.fromkeys((*_ORDER, *MODELS)))
"""Every collection of every version: those in the order in which records are loaded and written, then new ones."""


class Reader(Hashable, Protocol):
    """Reads one member of a record. Equal readers return equal values, so a reader can be the key of an index."""

    def read(self, record: Record) -> Any:
        """Return the value, a list of values, or ``None``."""


@dataclass(frozen=True, slots=True)
class Named:
    """Reads a neutral member under its own name."""

    name: str

    def read(self, record: Record) -> Any:
        """Return the value."""
        return record.get(self.name)


@dataclass(frozen=True, slots=True)
class InOnePart:
    """Reads several neutral members of each part of a list, as a tuple a part: role and org of each of the ``roles``.

    So a record matches by the values of a single part, not by those of several parts together.
    """

    member: str
    names: tuple[str, ...]

    def read(self, record: Record) -> list[tuple[Any, ...]]:
        """Return a tuple for each part."""
        return [tuple(part.get(name) for name in self.names) for part in record.get(self.member, ())]


def values_of(value: Any) -> tuple[Any, ...]:
    """Return a member's value as a tuple: the items of a list, or an empty tuple for ``None``."""
    if isinstance(value, list):
        return tuple(value)
    return () if value is None else (value,)


class TableRows(ABC):
    """The rows of one collection in natural order.

    A table may create its rows on demand. So callers use its length, a row by position or sourcedId, the rows of an
    index, or an iteration, but not a list of all rows.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def records(self) -> list[Record]:
        """All rows as a list, for the hooks of scenarios. A write replaces the list and never changes it."""

    @abstractmethod
    def get(self, sourced_id: str) -> Record | None:
        """Return one row, or ``None``."""

    def snapshot(self) -> Sequence[Record]:
        """Return the current rows, unaffected by later writes."""
        return self.records

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __getitem__(self, position: int) -> Record:
        return self.records[position]

    def __bool__(self) -> bool:
        """Return true: an empty table is a table."""
        return True


class Table(TableRows):
    """The records of one collection, in natural order. They never change."""

    __slots__ = ("_indexes", "_newest", "_positions", "_records")

    def __init__(self, records: list[Record]) -> None:
        self._records = records
        self._positions = {record["sourcedId"]: position for position, record in enumerate(records)}
        self._indexes: dict[Reader, Mapping[Any, list[Record]]] = {}
        self._newest: str | None = None

    @property
    def newest(self) -> str:
        """The newest ``dateLastModified``, empty for an empty table."""
        if self._newest is None:
            self._newest = max(map(modified, self._records), default="")
        return self._newest

    @property
    def records(self) -> list[Record]:
        """All rows as a list, which must not be changed."""
        return self._records

    def position(self, sourced_id: str) -> int | None:
        """Return the position of a record in the natural order."""
        return self._positions.get(sourced_id)

    def get(self, sourced_id: str) -> Record | None:
        """Return one row, or ``None``."""
        position = self._positions.get(sourced_id)
        return None if position is None else self._records[position]

    def index(self, reader: Reader) -> Mapping[Any, list[Record]]:
        """Return the records by the value of a member; the index is built on first use."""
        index = self._indexes.get(reader)
        if index is None:
            with paused_collection():
                index = self._indexes[reader] = _indexed(self._records, reader.read)
        return index


def _indexed(records: list[Record], read: Callable[[Record], Any]) -> Mapping[Any, list[Record]]:
    index: defaultdict[Any, list[Record]] = defaultdict(list)
    for record in records:
        found = read(record)
        if not isinstance(found, list):
            if found is not None:
                index[found].append(record)
            continue
        # A list may hold a value twice: a user with two roles in a school is still one of its users.
        for value in dict.fromkeys(found):
            index[value].append(record)
    return dict(index)


def modified(record: Record) -> str:
    """Return when a record was last modified, empty if it does not say so: invalid records may not."""
    value = record.get("dateLastModified")
    return value if isinstance(value, str) else ""


class Roster:
    """All tables of a district or of a fixture set."""

    __slots__ = ("size", "tables")

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = tables
        self.size = sum(len(table) for table in tables.values())
        """The number of all records."""

    @classmethod
    def of(cls, records: Records) -> Roster:
        """Return the roster of these records."""
        return cls({collection: Table(records.get(collection, [])) for collection in COLLECTIONS})

    def counts(self) -> dict[str, int]:
        """Return the number of records of each collection that is not empty."""
        return {name: len(table) for name, table in self.tables.items() if len(table)}
