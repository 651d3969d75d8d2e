"""The state of one sandbox, in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from mockroster.state.memory.core import Core, Shared
from mockroster.state.memory.counters import MemoryCounters
from mockroster.state.memory.journal import MemoryJournal
from mockroster.state.memory.log import MemoryLog
from mockroster.state.memory.runs import MemoryRuns, check_fact
from mockroster.state.memory.snapshots import MemorySnapshots
from mockroster.state.memory.texts import MemoryTexts
from mockroster.state.port import Cancel
from mockroster.state.values import Arrival, Completion, Head, Moment, Notification, NotificationKind, Registration


class MemorySandbox:
    """Head, log, journal, counters, texts, snapshots and runs of one sandbox."""

    __slots__ = ("_core", "_on_use", "counters", "journal", "log", "registration", "runs", "snapshots", "texts")

    def __init__(
        self, shared: Shared, registration: Registration, moment: Moment, on_use: Callable[[str], None]
    ) -> None:
        self.registration = registration
        self._on_use = on_use
        self._core = core = Core(shared, Head(1, 0, moment.clock, moment.scenarios))
        self.journal = MemoryJournal(core)
        self.counters = MemoryCounters(core)
        self.texts = MemoryTexts(core)
        self.snapshots = MemorySnapshots(core, self.counters)
        self.runs = MemoryRuns(core)
        self.log = MemoryLog(core, self.counters, self.snapshots)
        core.replace_content(moment.content)
        self.counters.restore(moment.counters)

    @property
    def creation(self) -> str:
        """Return the unique id of the sandbox, never used again."""
        return self.registration.creation

    def head(self) -> Head:
        """Return the present."""
        self._core.check()
        return self._core.head

    def begin(self, arrival: Arrival) -> tuple[Head, int]:
        """Record an arrival in the journal and the use of the sandbox."""
        core = self._core
        with core.lock:
            core.check()
            self._on_use(self.registration.name)
            head, sequence = core.head, self.journal.begin(arrival)
        core.publish("request", sequence)
        return head, sequence

    def complete(self, sequence: int, completion: Completion) -> None:
        """Record the end of a request in the journal, and its fact in its runs."""
        check_fact(completion.fact)
        core = self._core
        with core.lock:
            if core.is_dropped:
                return
            self.journal.complete(sequence, completion)
            if completion.runs:
                self.runs.record(completion, is_cleared=self.journal.is_cleared(sequence))
        core.publish("request", sequence)

    def set_clock(self, clock: timedelta) -> Head:
        """Set the offset of the clock from real time."""
        return self._set("clock", lambda head: replace(head, clock=clock))

    def advance_clock(self, by: timedelta) -> Head:
        """Advance the clock."""
        return self._set("clock", lambda head: replace(head, clock=head.clock + by))

    def set_scenarios(self, scenarios: tuple[str, ...], forget: Sequence[str] = ()) -> Head:
        """Set the active scenarios, and remove the counters whose keys begin with one of ``forget``."""

        def choose(head: Head) -> Head:
            for prefix in forget:
                self.counters.clear(prefix)
            return replace(head, scenarios=scenarios)

        return self._set("scenarios", choose)

    def subscribe(self, callback: Callable[[Notification], None]) -> Cancel:
        """Call a function after each change."""
        return self._core.subscribe(callback)

    def end(self) -> None:
        """Drop the state, and release its weight. The caller holds the lock."""
        self._core.is_dropped = True
        self.log.forget()
        self.journal.forget()
        self.counters.forget()
        self.texts.forget()
        self.runs.forget()
        self.snapshots.forget()

    def publish_end(self) -> None:
        """Notify the subscribers of the end. The caller holds no lock."""
        self._core.publish("dropped", self._core.head.revision)

    def _set(self, kind: NotificationKind, change: Callable[[Head], Head]) -> Head:
        with self._core.lock:
            self._core.check()
            head = self._core.head = change(self._core.head)
        self._core.publish(kind, head.revision)
        return head
