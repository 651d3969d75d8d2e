"""The plan of a server: its calendar and the rates of events, built in or read from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial

from mockroster.timeline.calendar import Calendar
from mockroster.timeline.catalogue import rates

US_K12 = "us-k12"
NONE = "none"
NAMES = (US_K12, NONE)
"""The plans that need no file."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A calendar and the numbers of events by name. Without a calendar, days pass without events."""

    name: str
    calendar: Calendar | None
    rates: Mapping[str, float] = field(default_factory=dict)


def load_plan(text: str) -> Plan:
    """Return the plan of that name, or of a YAML or JSON file. Raises ``ConfigurationError``."""
    if text == NONE:
        return Plan(NONE, None)
    plan = Plan(US_K12, Calendar(), {rate.name: rate.default for rate in rates().values()})
    if text == US_K12:
        return plan
    from mockroster.timeline.plan_file import PlanFile  # a server without one does not load the parser

    return PlanFile(text).apply(plan)


def plan_of(text: str) -> Callable[[], Plan]:
    """Return a function that returns the plan; a file is read now, the events of others are imported at the first call.

    Raises ``ConfigurationError``.
    """
    load = cache(partial(load_plan, text))
    if text not in NAMES:
        load()
    return load
