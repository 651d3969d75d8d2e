"""The state of one sandbox, in the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from mockroster.errors import SandboxDropped
from mockroster.state.port import Cancel
from mockroster.state.redis import codec
from mockroster.state.redis.core import Core
from mockroster.state.redis.counters import RedisCounters
from mockroster.state.redis.journal import RedisJournal
from mockroster.state.redis.log import RedisLog
from mockroster.state.redis.parts import RedisRuns, RedisSnapshots, RedisTexts
from mockroster.state.values import MAX_FACT, Arrival, Completion, Head, Notification


class RedisSandbox:
    """Head, log, journal, counters, texts, snapshots and runs of one sandbox."""

    __slots__ = ("_core", "counters", "creation", "journal", "log", "runs", "snapshots", "texts")

    def __init__(self, core: Core, creation: str) -> None:
        self._core = core
        self.creation = creation
        self.log = RedisLog(core, creation)
        self.journal = RedisJournal(core, creation)
        self.counters = RedisCounters(core, creation)
        self.texts = RedisTexts(core, creation)
        self.snapshots = RedisSnapshots(core, creation)
        self.runs = RedisRuns(core, creation)

    def head(self) -> Head:
        """Return the current head; within a request, the head that the request has read first."""
        known = self._core.known_head(self.creation)
        if known is not None:
            return known
        return self._core.head_of(self.creation, self._core.run("head", self.creation)[1])

    def begin(self, arrival: Arrival) -> tuple[Head, int]:
        """Record an arrival in the journal and the use of the sandbox."""
        _, head, sequence = self._core.run("begin", self.creation, codec.encode_arrival(arrival), arrival.weight)
        return self._core.head_of(self.creation, head), int(sequence)

    def complete(self, sequence: int, completion: Completion) -> None:
        """Record the end of a request in the journal, and its fact in its runs."""
        fact = completion.fact
        if len(fact) > MAX_FACT:
            raise ValueError(f"a fact has {len(fact)} bytes; {MAX_FACT} are the most")
        encoded, weight = codec.encode_completion(completion), completion.weight
        runs = map(codec.encode_name, completion.runs)
        with suppress(SandboxDropped):
            self._core.link.run("complete", self.creation, sequence, encoded, weight, fact, *runs)

    def set_clock(self, clock: timedelta) -> Head:
        """Set the offset of the clock from real time."""
        return self._set("set_clock", codec.microseconds(clock))

    def advance_clock(self, by: timedelta) -> Head:
        """Advance the clock."""
        return self._set("advance_clock", codec.microseconds(by))

    def set_scenarios(self, scenarios: tuple[str, ...], forget: Sequence[str] = ()) -> Head:
        """Set the active scenarios, and remove the counters whose keys begin with one of ``forget``."""
        return self._set("set_scenarios", codec.dumps(scenarios), *map(codec.encode_name, forget))

    def subscribe(self, callback: Callable[[Notification], None]) -> Cancel:
        """Call a function after each change, on the thread that receives the notices of the store."""
        self._core.run("head", self.creation)  # raises an error if there is no sandbox, or no store
        return self._core.notices.subscribe(self.creation, callback)

    def _set(self, operation: str, *arguments: bytes | int) -> Head:
        _, head = self._core.run(operation, self.creation, *arguments)
        return self._core.head_of(self.creation, head)
