"""The requests of a sandbox, in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mockroster.state.redis import codec
from mockroster.state.redis.core import Part
from mockroster.state.values import Entry, JournalPage, Updates


@dataclass(frozen=True, slots=True)
class RedisJournal(Part):
    """A ring of the last requests."""

    def read(self, after: int = 0, limit: int | None = None) -> JournalPage:
        """Return the entries with a higher sequence, oldest first, and how many were dropped, as of one moment."""
        _, rows, dropped = self.run("journal_read", after, "" if limit is None else limit)
        return JournalPage(_entries(rows), int(dropped))

    def updates(self, position: int) -> Updates:
        """Return the entries that arrived or ended after a position, and whether some of them were dropped."""
        _, rows, last, missed = self.run("journal_updates", max(position, 0))
        entries = sorted(_entries(rows), key=lambda entry: entry.sequence)
        return Updates(tuple(entries), int(last), bool(missed))

    def clear(self) -> None:
        """Remove all entries and reset the count of dropped ones."""
        self.run("journal_clear")


def _entries(rows: Sequence[bytes]) -> tuple[Entry, ...]:
    """Return the entries of a reply: sequence and value in turn."""
    return tuple(map(codec.decode_entry, rows[::2], rows[1::2]))
