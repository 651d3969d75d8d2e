"""Rules of the load that a client puts on a provider."""

from __future__ import annotations

from datetime import UTC, datetime
from heapq import heappop, heappush

from mockroster.judge.fact import COPY, Fact, Flag, list_name, operation_of
from mockroster.judge.rule import Numbers, Plan, Rule
from mockroster.judge.traffic import Step

_DAY = 86_400.0
_SATURDAY = 5


class Load(Rule):
    """Count concurrent requests, and days between two reads of a whole large collection.

    Peak hours are those of weekdays by the clock of the sandbox, in UTC.
    """

    id = "V25"
    level = "policy"
    sentence = "At most 5 concurrent requests, 1 in peak hours; everything is read at most weekly"
    source = "Infinite Campus, guidelines for API consumers; Aeries"
    exercise = Plan(("", ""), days=1)
    unexercised = "fewer than two requests were sent"

    def __init__(self, numbers: Numbers) -> None:
        super().__init__(numbers)
        self._ends: list[float] = []
        self._requests = 0
        self._run_found = -1
        self._full: dict[int, tuple[int, Fact]] = {}

    def see(self, step: Step) -> None:
        """Count the requests in progress, and note reads of whole collections."""
        fact = step.fact
        if fact.operation >= COPY:
            return
        self._requests += 1
        self.is_exercised = self._requests > 1
        while self._ends and self._ends[0] <= fact.began:
            heappop(self._ends)
        heappush(self._ends, fact.ended)
        is_peak = self._is_peak(fact)
        most = int(self.numbers["concurrent-peak" if is_peak else "concurrent"])
        if len(self._ends) > most and self._run_found != step.run:
            self._run_found = step.run
            when = " in peak hours" if is_peak else ""
            self.find(f"{len(self._ends)} requests were in progress at the same time{when}", fact)
        walk = step.walk
        if walk is not None and walk.is_done and walk.last is fact and not fact.flags & Flag.NARROWED:
            self._see_full(step)

    def _see_full(self, step: Step) -> None:
        fact, operation = step.fact, operation_of(step.fact)
        if operation is None or operation.parameters or fact.total < self.numbers["rows"]:
            return
        run, before = self._full.get(fact.path, (step.run, fact))
        self._full[fact.path] = step.run, fact
        days = (fact.at - before.at) / _DAY
        if run != step.run and days < self.numbers["full-days"]:
            self.find(
                f"{list_name(fact)}: all {fact.total:,} rows were read again after {days:,.1f} days", fact, before
            )

    def _is_peak(self, fact: Fact) -> bool:
        moment = datetime.fromtimestamp(fact.at, UTC)
        hours = self.numbers["peak-from"], self.numbers["peak-to"]
        return moment.weekday() < _SATURDAY and hours[0] <= moment.hour < hours[1]
