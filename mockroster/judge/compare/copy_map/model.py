"""A map of a client's tables: the table of each collection, the column of each member, and rules for their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mockroster.standard.fields import Member


@dataclass(frozen=True, slots=True)
class Lookup:
    """Another table through which an id of the client's own leads to a sourcedId."""

    table: str
    match: str
    """The column with the client's id."""

    take: str
    """The column with the sourcedId."""

    at: str
    """The place in the map, for messages."""


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """A column that holds a member, and how its values are compared."""

    member: str
    """The member, or a dotted member of a part: ``roles.org``."""

    column: str
    """The column, or a dotted path in JSON."""

    field: Member | None
    """The field of the member; ``None`` inside ``metadata``."""

    at: str
    """The place in the map, for messages: ``copy.yaml:7: users.members.givenName``."""

    ignores_case: bool = False
    is_trimmed: bool = False
    is_day: bool = False
    """Whether only the date of a date and time counts."""

    date_format: str | None = None
    """The notation of dates, as ``datetime.strptime`` reads it."""

    separator: str | None = None
    """The text between the items of a list in a cell."""

    values: Mapping[str, str] | None = None
    """The client's word for a value of the standard."""

    lookup: Lookup | None = None


@dataclass(frozen=True, slots=True)
class Deletion:
    """The column that shows that a row is deleted."""

    column: str
    values: frozenset[str] | None
    """The values of a deleted row, in lower case; ``None`` for any value, such as a date."""

    at: str


@dataclass(frozen=True, slots=True)
class TableMap:
    """The table of a collection."""

    collection: str
    table: str | None
    """The file or table; ``None`` if the copy is a single one."""

    key: tuple[ColumnRule, ...]
    """The columns that identify a row, each with the member that it holds."""

    columns: tuple[ColumnRule, ...]
    deletion: Deletion | None
    """``None`` if deleted rows are missing."""

    where: Mapping[str, str]
    """The values by column of the rows that belong to the collection."""

    at: str


@dataclass(frozen=True, slots=True)
class CopyMap:
    """The tables of a client."""

    name: str
    tables: tuple[TableMap, ...]
