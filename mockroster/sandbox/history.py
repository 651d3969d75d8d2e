"""The history of a sandbox, from the log of its changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mockroster.clock import timestamp
from mockroster.errors import HistoryTruncated
from mockroster.roster.codec import decode
from mockroster.roster.record import Record
from mockroster.roster.undo import Key, UndoLog
from mockroster.sandbox.sandbox import Sandbox

_READ = 10_000
"""The most changes read from the log at a time."""


def undo_log(sandbox: Sandbox, since: int, until: int) -> UndoLog:
    """Return the undo log of the changes after one revision, up to another. Raises ``HistoryTruncated``."""
    return UndoLog.of(_changes(sandbox, since, until))


def _changes(sandbox: Sandbox, since: int, until: int) -> Iterator[tuple[Key, Record | None]]:
    while since < until:
        batches = sandbox.state.log.read(since, _READ)
        for batch in batches:
            for change in batch.changes if batch.revision <= until else ():
                yield change.key, decode(change.before)
            since = batch.revision
        if not batches:
            return


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
