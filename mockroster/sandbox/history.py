"""Former states of a sandbox, rebuilt from the log of its changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mockroster.clock import timestamp
from mockroster.errors import HistoryTruncated
from mockroster.roster.codec import decode
from mockroster.roster.record import Record
from mockroster.sandbox.sandbox import Sandbox

_READ = 10_000
"""The most changes read from the log at a time."""

Key = tuple[str, str]
"""A collection and a sourcedId."""

Tables = Mapping[str, Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Former:
    """The records that were written after a revision, as they were then; ``None`` for those that did not exist."""

    records: Mapping[Key, Record | None]

    def undo(self, tables: Tables) -> Tables:
        """Return tables as they were."""
        changed: dict[str, dict[str, Record | None]] = {}
        for (collection, sourced_id), record in self.records.items():
            changed.setdefault(collection, {})[sourced_id] = record
        return {name: _undone(records, changed.get(name, {})) for name, records in tables.items()}


def former(sandbox: Sandbox, since: int, until: int) -> Former:
    """Return the records before the changes after one revision, up to another. Raises ``HistoryTruncated``."""
    records: dict[Key, Record | None] = {}
    while since < until:
        batches = sandbox.state.log.read(since, _READ)
        for batch in batches:
            for change in batch.changes if batch.revision <= until else ():
                records.setdefault(change.key, decode(change.before))
            since = batch.revision
        if not batches:
            break
    return Former(records)


def revision_at(sandbox: Sandbox, time: datetime) -> int:
    """Return the last revision at or before a time of the sandbox's clock.

    Raises ``HistoryTruncated`` where the next batch after that time may have been dropped.
    """
    head = sandbox.state.head()
    if time >= sandbox.clock.now():
        return head.revision
    limit = timestamp(time)  # milliseconds, as in the answers
    since, is_whole = 0, True
    while True:
        try:
            batches = sandbox.state.log.read(since, _READ)
        except HistoryTruncated as error:
            since, is_whole = error.oldest - 1, False
            continue
        if not batches and not is_whole:
            raise HistoryTruncated(since + 1)
        if not batches:
            return since
        for batch in batches:
            is_later = timestamp(batch.at) > limit
            if is_later and not is_whole:
                raise HistoryTruncated(batch.revision)
            if is_later:
                return batch.revision - 1
            is_whole = True
        since = batches[-1].revision


def _undone(records: Sequence[Record], changed: Mapping[str, Record | None]) -> Sequence[Record]:
    if not changed:
        return records
    kept = [changed.get(record["sourcedId"], record) for record in records]
    present = {record["sourcedId"] for record in records}
    removed = [record for name, record in changed.items() if name not in present]
    return [record for record in [*kept, *removed] if record is not None]
