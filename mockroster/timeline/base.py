"""The base class of events.

An event is a frozen dataclass with a ``name``. Its fields, made by ``parameter``, are the parameters that a tester may
set. Its docstring is the description in the catalogue; the last paragraph cites the source (``Source: …``).
One object serves all sandboxes and threads, and keeps no state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from mockroster.parameters import parameter as parameter

if TYPE_CHECKING:
    from mockroster.timeline.agenda import Agenda
    from mockroster.timeline.occasion import Occasion


@dataclass(frozen=True, slots=True)
class Rate:
    """A number of the plan: how often an event happens, or how much it changes."""

    name: str
    default: float
    unit: str
    """The unit, as in ``per 1,000 students and school day``."""

    source: str
    """The statistics that the default rests on, or ``assumption``."""


@dataclass(frozen=True)
class Event:
    """Base of all events. A class without a ``name`` is not in the catalogue."""

    name: ClassVar[str]
    rates: ClassVar[tuple[Rate, ...]] = ()
    """The numbers of the plan that ``schedule`` reads."""

    def happen(self, occasion: Occasion) -> None:
        """Put the changes of one occurrence into ``occasion.draft``; they become one batch.

        Raise ``EventRefused`` with a sentence if no record fits.
        """
        raise NotImplementedError

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:  # noqa: ARG003
        """Return the occurrences on the day of the agenda; by default there are none."""
        return ()
