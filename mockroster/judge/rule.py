"""The base of the rules, and their findings.

A rule judges one client. It sees each request once, in the order of arrival, and keeps only what it needs. A rule is
found by the entry point group ``mockroster.rules``, which names a class, or a module to load all rules from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from mockroster.judge.fact import Fact
from mockroster.judge.traffic import Step

Level = Literal["must", "should", "policy"]
Outcome = Literal["pass", "fail", "skip", "omit"]

MOST_FINDINGS = 20
"""The most findings of a rule; the others are counted."""

MOST_SEQUENCES = 20
"""The most sequences of a finding."""

Numbers = Mapping[str, float]
"""The values of the thresholds of a rule, by their names."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that exercises a rule: the client runs once for each of the scenarios."""

    scenarios: tuple[str, ...] = ("",)
    """The scenarios of each run of the client, in the same sandbox."""

    days: int = 0
    """The days that pass before each run but the first."""

    events: tuple[str, ...] = ()
    """The roster event that happens before each run but the first."""

    @property
    def spec(self) -> str:
        """The plan as one text: the scenarios of the only run, or those of each run."""
        if len(self.scenarios) == 1:
            return self.scenarios[0]
        runs = " | ".join(scenario or "no scenario" for scenario in self.scenarios)
        apart = f", {self.days} day apart" if self.days else ""
        events = f", with {' and '.join(self.events)}" if self.events else ""
        return f"{len(self.scenarios)} runs{apart}{events}: {runs}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake of a client, with the requests that show it."""

    sentence: str
    facts: tuple[Fact, ...]
    """The requests concerned, the offending one first."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of a rule for one client."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    more: int = 0
    """The number of findings that are not kept."""

    reason: str = ""
    """Why the rule is skipped."""


class Rule:
    """Base of all rules. The docstring of a rule explains how it judges."""

    id: ClassVar[str]
    level: ClassVar[Level]
    sentence: ClassVar[str]
    source: ClassVar[str]
    exercise: ClassVar[Plan | None] = None
    unexercised: ClassVar[str] = "nothing that it judges has happened"
    """Why the rule is skipped if it has seen nothing."""

    needs_copy: ClassVar[bool] = False
    """Whether the rule judges the client's own copy of the records."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self._findings: list[Finding] = []
        self._more = 0
        self.is_exercised = False
        self.reason = self.unexercised

    def see(self, step: Step) -> None:
        """Process a request."""
        raise NotImplementedError

    def finish(self) -> None:
        """Judge requests that are still pending after the last one."""

    def find(self, sentence: str, *facts: Fact) -> None:
        """Add a finding; the offending request comes first."""
        if len(self._findings) < MOST_FINDINGS:
            self._findings.append(Finding(sentence, facts[:MOST_SEQUENCES]))
        else:
            self._more += 1

    def conclude(self) -> Judgement:
        """Return the outcome."""
        self.finish()
        if self._findings:
            return Judgement("fail", tuple(self._findings), self._more)
        return Judgement("pass") if self.is_exercised else Judgement("skip", reason=self.reason)


def clock_moved(earlier: Fact, later: Fact) -> bool:
    """Return whether the clock of the sandbox was moved between two requests, so that waits are not real."""
    return abs(earlier.offset - later.offset) > 0.5
