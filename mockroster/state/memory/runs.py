"""The runs of a sandbox, in memory."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import datetime

from mockroster.state.memory.core import Core
from mockroster.state.values import EVERYTHING, MAX_FACT, Completion, Run, RunFacts

_FIXED = 40
"""The overhead in bytes of a fact."""

_PART = 12
"""Facts are charged once their weight is above a 4096th part of the bound."""


class _Recorded:
    """A run with its facts. Each request changes it, so it is no frozen dataclass."""

    __slots__ = ("began", "dropped", "ended", "facts", "name")

    def __init__(self, name: str, began: datetime) -> None:
        self.name = name
        self.began = began
        self.ended: datetime | None = None
        self.facts: deque[bytes] = deque()
        self.dropped = 0

    def run(self) -> Run:
        """Return the value of the port."""
        return Run(self.name, self.began, self.ended, len(self.facts), self.dropped)


class MemoryRuns:
    """Runs by name, with their facts."""

    __slots__ = ("_core", "_is_charged", "_runs", "_uncharged")

    def __init__(self, core: Core) -> None:
        self._core = core
        self._runs: dict[str, _Recorded] = {}
        self._is_charged = False
        self._uncharged = 0
        """The weight of the last facts, which is charged together: to charge each costs as much as to keep it."""

    def start(self, name: str, at: datetime) -> bool:
        """Begin a run, and return whether the name is new."""
        with self._core.lock:
            self._core.check()
            if name in self._runs:
                return False
            self._runs[name] = _Recorded(name, at)
            bounded = [other for other in self._runs if other != EVERYTHING]
            if len(bounded) > self._core.shared.limits.runs:
                self._drop(bounded[0])
            self._set_head()
        self._core.publish("run", self._core.head.revision)
        return True

    def end(self, name: str, at: datetime) -> Run | None:
        """End a run and return it; one that has ended keeps its end."""
        with self._core.lock:
            self._core.check()
            recorded = self._runs.get(name)
            if recorded is None or recorded.ended is not None:
                return None if recorded is None else recorded.run()
            recorded.ended = at
            self._set_head()
            run = recorded.run()
        self._core.publish("run", self._core.head.revision)
        return run

    def delete(self, name: str) -> bool:
        """Delete a run with its facts, and return whether it existed."""
        with self._core.lock:
            self._core.check()
            if name not in self._runs:
                return False
            self._drop(name)
            self._set_head()
        self._core.publish("run", self._core.head.revision)
        return True

    def get(self, name: str) -> Run | None:
        """Return a run by its name."""
        with self._core.lock:
            self._core.check()
            recorded = self._runs.get(name)
            return None if recorded is None else recorded.run()

    def all(self) -> tuple[Run, ...]:
        """Return the runs, oldest first."""
        with self._core.lock:
            self._core.check()
            return tuple([recorded.run() for recorded in self._runs.values()])

    def read(self, name: str) -> RunFacts | None:
        """Return the facts of a run, in the order of completion, and how many were dropped, as of one moment."""
        with self._core.lock:
            self._core.check()
            recorded = self._runs.get(name)
            return None if recorded is None else RunFacts(tuple(recorded.facts), recorded.dropped)

    def record(self, completion: Completion, *, is_cleared: bool) -> None:
        """Store the fact of a request in each of its runs. The caller holds the lock.

        ``is_cleared`` excludes it from ``EVERYTHING``, which began afresh after the arrival.
        """
        shared = self._core.shared
        for name in completion.runs:
            recorded = self._runs.get(name)
            if recorded is None or recorded.ended is not None or (is_cleared and name == EVERYTHING):
                continue
            if len(recorded.facts) >= shared.limits.facts:
                recorded.dropped += 1
                continue
            recorded.facts.append(completion.fact)
            self._uncharged += len(completion.fact) + _FIXED
            if self._uncharged > shared.limits.all_facts_weight >> _PART or not self._is_charged:
                self._charge()

    def shed(self) -> int:
        """Drop the oldest fact of the oldest run that has any, count it as dropped, and return its weight."""
        for recorded in self._runs.values():
            if recorded.facts:
                recorded.dropped += 1
                return len(recorded.facts.popleft()) + _FIXED
        return 0

    def forget(self) -> None:
        """Release all weight."""
        self._uncharged = 0
        self._core.shared.facts.forget(self)

    def _charge(self) -> None:
        weight, self._uncharged, self._is_charged = self._uncharged, 0, True
        self._core.shared.facts.charge(self, weight)

    def _drop(self, name: str) -> None:
        self._charge()
        weight = sum(len(fact) + _FIXED for fact in self._runs.pop(name).facts)
        self._core.shared.facts.release(self, weight)

    def _set_head(self) -> None:
        current = tuple(name for name, recorded in self._runs.items() if recorded.ended is None)
        self._core.head = replace(self._core.head, runs=current)


def check_fact(fact: bytes) -> None:
    """Raise ``ValueError`` for a fact above the bound."""
    if len(fact) > MAX_FACT:
        raise ValueError(f"a fact has {len(fact)} bytes; {MAX_FACT} are the most")
