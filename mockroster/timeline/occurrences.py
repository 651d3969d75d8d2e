"""The occurrences of events on a day by a plan, and how one is carried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from mockroster.district.streams import Seed
from mockroster.errors import EventRefused
from mockroster.roster.commit import Batch, Intent, commit
from mockroster.roster.overlay import Overlay, RecordChange
from mockroster.timeline.agenda import Agenda
from mockroster.timeline.base import Event
from mockroster.timeline.catalogue import events
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.plan import Plan
from mockroster.timeline.population import Population

_OPENS = time(8, tzinfo=UTC)
_MILLISECONDS = 8 * 60 * 60 * 1000
_LAST = timedelta(milliseconds=_MILLISECONDS - 1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence of an event; ``key`` identifies it among those of its day."""

    event: Event
    at: datetime
    key: str

    def happen(self, overlay: Overlay, seed: int) -> tuple[RecordChange, ...]:
        """Commit the changes as one batch and return them. Raises ``EventRefused``.

        The caller must hold the overlay exclusively.
        """
        return commit(overlay, self._intents(overlay, seed), self.at)

    def happen_within(self, batch: Batch, seed: int) -> tuple[RecordChange, ...]:
        """Carry out the changes as a part of a batch and return them. Raises ``EventRefused``."""
        return batch.part(self._intents(batch.overlay, seed))

    def _intents(self, overlay: Overlay, seed: int) -> list[Intent]:
        occasion = Occasion(overlay, seed, self.at, self.key)
        self.event.happen(occasion)
        return occasion.draft.intents()


@dataclass(slots=True)
class Series:
    """Occurrences of an event that happen one after another in one commit: all of them, or none."""

    occurrences: Sequence[Occurrence]
    seed: int
    changes: list[tuple[RecordChange, ...]] = field(default_factory=list)
    """The changes of each occurrence that has happened."""

    def carry_out(self, batch: Batch) -> None:
        """Let each occurrence happen. Raises ``EventRefused``, which says how many could."""
        self.changes.clear()
        for occurrence in self.occurrences:
            try:
                self.changes.append(occurrence.happen_within(batch, self.seed))
            except EventRefused as error:
                raise EventRefused(f"{error.description}{self._possible()}") from None

    def _possible(self) -> str:
        possible, count = len(self.changes), len(self.occurrences)
        return f" ({possible} of {count} could happen, so none did)" if possible else ""


def occurrences(overlay: Overlay, seed: int, day: date, plan: Plan) -> list[Occurrence]:
    """Return the occurrences of a day in order of time, between 08:00 and 16:00 UTC.

    The draws of an event depend on no other event, so that a changed rate affects one event only. The caller must hold
    the overlay exclusively.
    """
    if plan.calendar is None:
        return []
    agenda = Agenda(Population(overlay, day), seed, day, plan.calendar, plan.rates)
    found = (occurrence for event in events().values() for occurrence in _of_event(event, agenda, Seed(seed, day)))
    return sorted(found, key=lambda each: (each.at, each.key))


def _of_event(event: type[Event], agenda: Agenda, seed: Seed) -> Iterator[Occurrence]:
    opening = datetime.combine(agenda.day, _OPENS)
    for number, planned in enumerate(event.schedule(agenda)):
        key = f"{event.name}/{number}"
        share = seed.stream(f"timeline/{agenda.day}/{key}/time").random()
        at = opening + min(_LAST, timedelta(milliseconds=int(share * _MILLISECONDS)))
        yield Occurrence(planned, at, key)
