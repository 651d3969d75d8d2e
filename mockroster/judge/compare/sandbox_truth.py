"""The records of a sandbox and their history, as the left side of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from mockroster.clock import timestamp
from mockroster.errors import HistoryTruncated, MalformedRequest
from mockroster.judge.compare.history import Event, History, history_of
from mockroster.judge.compare.side import Side, side_of_records
from mockroster.roster.codec import decode
from mockroster.roster.overlay import Overlay
from mockroster.roster.relations import with_tombstones
from mockroster.roster.undo import Key
from mockroster.sandbox.history import undo_log
from mockroster.sandbox.sandbox import Sandbox

_READ = 10_000
"""The most changes read from the log at a time."""


@dataclass(frozen=True, slots=True)
class SandboxTruth:
    """The records of a sandbox at a revision."""

    sandbox: Sandbox
    revision: int
    side: Side

    @classmethod
    def now(cls, sandbox: Sandbox, shown: Overlay) -> SandboxTruth:
        """Return the present records as ``shown``, the sandbox's overlay or a view of it."""
        with sandbox.overlay.exclusive():
            head = sandbox.state.head().revision
            return cls(sandbox, head, side_of_records(sandbox.name, with_tombstones(shown)))

    @classmethod
    def at(cls, sandbox: Sandbox, revision: int) -> SandboxTruth:
        """Return the records at an earlier revision. Raises ``MalformedRequest`` and ``HistoryTruncated``."""
        with sandbox.overlay.exclusive():
            head = sandbox.state.head().revision
            if revision > head:
                raise MalformedRequest(f"revision: {revision} is after the present one, {head}")
            tables = undo_log(sandbox, revision, head).apply(with_tombstones(sandbox.overlay))
        return cls(sandbox, revision, side_of_records(sandbox.name, tables))

    def history(self, keys: Set[Key]) -> History:
        """Return the changes of some records up to the revision, as far back as they are kept."""
        try:
            return history_of(self._events_of(keys, 0))
        except HistoryTruncated as error:
            return history_of(self._events_of(keys, error.oldest - 1))

    def events(self) -> Iterator[Event]:
        """Yield the changes of all records that are kept, oldest first."""
        try:
            yield from self._events(0)
        except HistoryTruncated as error:
            yield from self._events(error.oldest - 1)

    def _events_of(self, keys: Set[Key], since: int) -> Iterator[Event]:
        events = self._events(since, keys)
        return (event for event in events if event.revision <= self.revision)

    def _events(self, since: int, keys: Set[Key] | None = None) -> Iterator[Event]:
        """Yield changes after a revision, of some records or of all, oldest first. Raises ``HistoryTruncated``."""
        while batches := self.sandbox.state.log.read(since, _READ):
            for batch in batches:
                for change in batch.changes:
                    if keys is None or change.key in keys:
                        before, after = decode(change.before), decode(change.after)
                        yield Event(batch.revision, timestamp(batch.at), batch.cause, *change.key, before, after)
            since = batches[-1].revision
