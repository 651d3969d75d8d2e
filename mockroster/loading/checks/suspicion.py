"""What the checks of records among each other are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mockroster.errors import Severity
from mockroster.roster.order import disordered
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record, SpoiltRecord

Told = tuple[str, str]
"""A member, or nothing for the record as a whole, and what is wrong with it."""

Look = Callable[[Overlay, Record], Iterable[Told]]
"""Returns what is wrong with a record among the others. Those that are faulty may lack any member."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked for in every active record of a collection."""

    name: str
    collection: str
    severity: Severity
    sentence: str
    """What is found, as the docs list it."""

    look: Look


@dataclass(frozen=True, slots=True)
class Both:
    """Reads two members of a record at once, as the key of an index."""

    first: str
    second: str

    def read(self, record: Record) -> Any:
        """Return the pair."""
        return record.get(self.first), record.get(self.second)


def in_order(collection: str) -> Look:
    """Return what looks whether two members of each record of a collection stand in order."""
    return lambda _overlay, record: disordered(collection, record)


def sound(overlay: Overlay, collection: str, sourced_id: str | None) -> Record | None:
    """Return a record with which nothing else is wrong: what follows from another fault need not be said."""
    record = overlay.tables[collection].get(sourced_id) if sourced_id else None
    return None if isinstance(record, SpoiltRecord) else record


def active(records: Iterable[Record]) -> list[Record]:
    """Return the records that are not ``tobedeleted``."""
    return [record for record in records if record.get("status") == "active"]


def cited(record: Record) -> str:
    """Return how a record is spoken of where another one is faulty."""
    return repr(record["sourcedId"])
