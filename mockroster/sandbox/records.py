"""The records of a sandbox: an overlay that follows the log of its changes.

Commits are appended to the log; batches that other servers appended are applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mockroster.errors import HistoryTruncated
from mockroster.garbage import paused_collection
from mockroster.roster.codec import decode, encode
from mockroster.roster.commit import Intent, commit
from mockroster.roster.overlay import Overlay, RecordChange
from mockroster.roster.record import Record
from mockroster.roster.store import Roster
from mockroster.state.changes import Batch, Change, Key
from mockroster.state.port import SandboxState
from mockroster.state.values import Head

WRITERS = frozenset({"client", "switchboard"})
"""The causes of changes that data scenarios do not modify."""

_READ = 10_000
"""The most changes read from the log at a time."""


@dataclass(frozen=True, slots=True)
class Author:
    """The cause of a change: ``client`` with its id, ``switchboard``, ``event:<name>`` or ``reload``."""

    cause: str
    client: str | None = None


SWITCHBOARD = Author("switchboard")
CLIENT = Author("client")
"""A client without credentials."""


class LoggedOverlay(Overlay):
    """The records of one generation of a sandbox."""

    __slots__ = ("_began", "_former", "_loaded_at", "_start", "_state", "author", "generation", "log_revision")

    def __init__(self, base: Roster, state: SandboxState) -> None:
        super().__init__(base)
        with paused_collection():
            self._load(state)

    def _load(self, state: SandboxState) -> None:
        checkpoint = state.log.checkpoint()
        self._state = state
        self._start: Sequence[Change] | None = None
        self.author = SWITCHBOARD
        """The author of the next commit."""

        self._began = checkpoint.began
        self._loaded_at = checkpoint.revision
        self._former: dict[Key, bytes] | None = None
        """The records that the log says were deleted before this overlay was loaded, read when they are needed."""

        self.generation = checkpoint.generation
        self.log_revision = checkpoint.revision
        """The revision of the log that the records include."""

        for (collection, sourced_id), cell in checkpoint.content.items():
            self._fold(Change(collection, sourced_id, cell.start, cell.now), cell.cause)

    @property
    def has_deleted(self) -> bool:
        """Return whether records may have been deleted, also before they were loaded."""
        return self._loaded_at > 0 or super().has_deleted

    def deleted(self, collection: str, sourced_id: str) -> Record | None:
        """Return a deleted record in its last state, or ``None``; the log has those deleted before this was loaded."""
        found = super().deleted(collection, sourced_id)
        if found is not None:
            return found
        if self._former is None:
            self._former = self._deleted_before()
        return decode(self._former.get((collection, sourced_id)))

    def _deleted_before(self) -> dict[Key, bytes]:
        """Return the records that batches of the log have deleted, as far as the log goes back."""
        former: dict[Key, bytes] = {}
        since = 0
        while since < self._loaded_at:
            try:
                batches = self._state.log.read(since, _READ)
            except HistoryTruncated as error:
                since = error.oldest - 1
                continue
            if not batches:
                break
            for change in (change for batch in batches for change in batch.changes):
                if change.after is None and change.before is not None:
                    former[change.key] = change.before
            since = batches[-1].revision
        return former

    @property
    def batch_number(self) -> int:
        """Return the number of batches since a reset or restore, which is the same on every server."""
        return self.log_revision - self._began

    def is_at(self, head: Head) -> bool:
        """Return whether the records are current for ``head``."""
        return self.log_revision == head.revision and self.generation == head.generation

    def follow(self) -> bool:
        """Apply the batches that others have appended; the caller has exclusive use of the overlay.

        Return ``False`` if a new generation began or changes are no longer kept: then make a new overlay.
        """
        head = self._state.head()
        if head.generation != self.generation:
            # A request on another thread may have read a later head than this one.
            return head.generation < self.generation
        while self.log_revision < head.revision:
            try:
                batches = self._state.log.read(self.log_revision, _READ)
            except HistoryTruncated:
                return False
            for batch in batches:
                for change in batch.changes:
                    self._fold(change, batch.cause)
                self.log_revision = batch.revision
        return True

    def committed(self, changes: Sequence[RecordChange], now: datetime) -> None:
        """Append the changes of a commit to the log. Raises ``WriteConflict`` and ``SandboxFull``."""
        if not changes and self._start is None:
            return
        author = self.author
        logged = [
            Change(change.collection, change.sourced_id, encode(change.before), encode(change.after))
            for change in changes
        ]
        batch = Batch(self.log_revision + 1, now, author.cause, tuple(logged), author.client)
        if self._start is None:
            self._state.log.append(batch)
        else:
            self._state.log.rebase(batch, self._start)
        self.log_revision = batch.revision
        is_written = author.cause in WRITERS
        for change in changes:
            self.tables[change.collection].mark(change.sourced_id, is_written=is_written)

    def renew(self, intents: Iterable[Intent], base: Roster, start: Sequence[Change], now: datetime) -> None:
        """Carry out intents and continue from another base; ``start`` is the difference between the two bases."""
        self._start = start
        try:
            commit(self, intents, now)
        finally:
            self._start = None
        self.rebase(base)
        self.generation = self._state.head().generation
        self._began = self.log_revision

    def _fold(self, change: Change, cause: str) -> None:
        record = decode(change.after)
        if record is None:
            self.delete(change.collection, change.sourcedId)
        else:
            self.put(change.collection, record)
        self.tables[change.collection].mark(change.sourcedId, is_written=cause in WRITERS)
