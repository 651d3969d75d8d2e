"""Fetch the records of a sandbox and their history, as one side of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from mockroster.client.switchboard import Switchboard
from mockroster.errors import ConfigurationError, Refused, UnprocessableRecord
from mockroster.fixtures.read.invalid import keep_invalid
from mockroster.fixtures.read.normalize import Normalizer
from mockroster.judge.compare.history import Event, History, history_of
from mockroster.judge.compare.side import Side, side_of_records
from mockroster.roster.record import Record
from mockroster.roster.store import COLLECTIONS
from mockroster.roster.undo import UndoLog

_PAGE = 10_000
"""The most changes of one page."""

_NEVER = 10**15 - 1
"""A revision after which there are no changes."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The records of a sandbox, now or at an earlier revision."""

    switchboard: Switchboard
    revision: int | None = None

    def side(self) -> Side:
        """Return the records.

        Raises ``Refused``, ``OSError``, ``HTTPException``, and ``ConfigurationError`` for a future revision.
        """
        address = self.switchboard.address
        side = side_of_records(address, stored_records(self.switchboard))
        if self.revision is None:
            return side
        head = self._head()
        if self.revision > head:
            raise ConfigurationError(f"{address} has no revision {self.revision}; the present one is {head}")
        events = map(_event, self._rows(self.revision))
        changes = UndoLog.of(((event.collection, event.sourcedId), event.before) for event in events)
        tables = {name: [*table.values()] for name, table in side.records.items()}
        return side_of_records(address, changes.apply(tables))

    def history(self, keys: Set[tuple[str, str]]) -> History:
        """Return the changes of some records up to the revision, as far back as they are kept."""
        if not keys:
            return {}
        upto = self.revision
        return history_of(
            _event(row)
            for row in self._rows(self._oldest())
            if (row["collection"], row["sourcedId"]) in keys and (upto is None or row["revision"] <= upto)
        )

    def _oldest(self) -> int:
        """Return the revision after which all changes are kept."""
        low, high = 0, self._head()
        while low < high:
            # The first try is 0, because most logs are whole.
            middle = (low + high) // 2 if low else 0
            try:
                self.switchboard.call("GET", f"/changes?limit=1&since={middle}")
                high = middle
            except Refused:
                low = middle + 1
        return high

    def _head(self) -> int:
        """Return the present revision."""
        return int(self.switchboard.call("GET", f"/changes?limit=1&since={_NEVER}")["revision"])

    def _rows(self, since: int) -> Iterator[Mapping[str, Any]]:
        while True:
            page = self.switchboard.call("GET", f"/changes?limit={_PAGE}&since={since}")
            yield from page["changes"]
            if "next" not in page:
                return
            since = page["next"]


def stored_records(switchboard: Switchboard) -> dict[str, list[Record]]:
    """Return the records of a sandbox as stored. Raises ``Refused``, ``OSError``, ``HTTPException``."""
    document = orjson.loads(switchboard.read("/export"))
    return {name: [Record(row) for row in document.get(name, [])] for name in COLLECTIONS}


def _event(row: Mapping[str, Any]) -> Event:
    collection = row["collection"]
    before, after = (_record(collection, row[name]) for name in ("before", "after"))
    return Event(row["revision"], row["at"], row["cause"], collection, row["sourcedId"], before, after)


def _record(collection: str, body: dict[str, Any] | None) -> Record | None:
    """Return a record of the log, which is shown as a client would see it."""
    if body is None:
        return None
    normalizer = Normalizer(datetime.now(UTC))
    try:
        return normalizer.normalize(collection, body)
    except UnprocessableRecord as error:
        return keep_invalid(normalizer, collection, body, error.faults)
