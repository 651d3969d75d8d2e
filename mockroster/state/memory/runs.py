"""The runs of a sandbox, in memory."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import datetime

from mockroster.state.memory.core import Core
from mockroster.state.values import MAX_FACT, Completion, Run

_FIXED = 40
"""The overhead in bytes of a fact."""


class MemoryRuns:
    """Runs by name, with their facts."""

    __slots__ = ("_core", "_facts", "_runs")

    def __init__(self, core: Core) -> None:
        self._core = core
        self._runs: dict[str, Run] = {}
        self._facts: dict[str, deque[bytes]] = {}

    def start(self, name: str, at: datetime) -> bool:
        """Begin a run, and return whether the name is new."""
        with self._core.lock:
            self._core.check()
            if name in self._runs:
                return False
            self._runs[name] = Run(name, at)
            self._facts[name] = deque()
            if len(self._runs) > self._core.shared.limits.runs:
                self._drop(next(iter(self._runs)))
            self._set_head()
        self._core.publish("run", self._core.head.revision)
        return True

    def end(self, name: str, at: datetime) -> Run | None:
        """End a run and return it; one that has ended keeps its end."""
        with self._core.lock:
            self._core.check()
            run = self._runs.get(name)
            if run is None or run.ended is not None:
                return run
            run = self._runs[name] = replace(run, ended=at)
            self._set_head()
        self._core.publish("run", self._core.head.revision)
        return run

    def get(self, name: str) -> Run | None:
        """Return a run by its name."""
        with self._core.lock:
            self._core.check()
            return self._runs.get(name)

    def all(self) -> tuple[Run, ...]:
        """Return the runs, oldest first."""
        with self._core.lock:
            self._core.check()
            return tuple(self._runs.values())

    def facts(self, name: str) -> tuple[bytes, ...]:
        """Return the facts of a run, in the order of completion."""
        with self._core.lock:
            self._core.check()
            return tuple(self._facts.get(name, ()))

    def record(self, completion: Completion) -> None:
        """Store the fact of a request in each of its runs. The caller holds the lock."""
        for name in completion.runs:
            run = self._runs.get(name)
            if run is None or run.ended is not None:
                continue
            if run.facts >= self._core.shared.limits.facts:
                self._runs[name] = replace(run, dropped=run.dropped + 1)
                continue
            self._runs[name] = replace(run, facts=run.facts + 1)
            self._facts[name].append(completion.fact)
            self._core.shared.facts.charge(self, len(completion.fact) + _FIXED)

    def shed(self) -> int:
        """Drop the oldest fact of the oldest run that has any, count it as dropped, and return its weight."""
        for name, facts in self._facts.items():
            if facts:
                run = self._runs[name]
                self._runs[name] = replace(run, facts=run.facts - 1, dropped=run.dropped + 1)
                return len(facts.popleft()) + _FIXED
        return 0

    def forget(self) -> None:
        """Release all weight."""
        self._core.shared.facts.forget(self)

    def _drop(self, name: str) -> None:
        del self._runs[name]
        weight = sum(len(fact) + _FIXED for fact in self._facts.pop(name))
        self._core.shared.facts.release(self, weight)

    def _set_head(self) -> None:
        current = tuple(name for name, run in self._runs.items() if run.ended is None)
        self._core.head = replace(self._core.head, runs=current)


def check_fact(fact: bytes) -> None:
    """Raise ``ValueError`` for a fact above the bound."""
    if len(fact) > MAX_FACT:
        raise ValueError(f"a fact has {len(fact)} bytes; {MAX_FACT} are the most")
