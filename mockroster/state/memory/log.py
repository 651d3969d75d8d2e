"""The changes of a sandbox, in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from types import MappingProxyType

from mockroster.errors import HistoryTruncated, WriteConflict
from mockroster.state import changes
from mockroster.state.changes import Batch, Change
from mockroster.state.memory.core import Core
from mockroster.state.memory.counters import MemoryCounters
from mockroster.state.memory.snapshots import MemorySnapshots
from mockroster.state.values import Checkpoint, Head, Moment


class MemoryLog:
    """The newest batches; the content of all batches is in ``core``."""

    __slots__ = ("_batches", "_changes", "_core", "_counters", "_snapshots", "_weight")

    def __init__(self, core: Core, counters: MemoryCounters, snapshots: MemorySnapshots) -> None:
        self._core = core
        self._counters = counters
        self._snapshots = snapshots
        self._batches: deque[Batch] = deque()
        self._changes = 0
        self._weight = 0

    def append(self, batch: Batch) -> None:
        """Append a batch and apply it to the content."""
        core = self._core
        with core.lock:
            self._check_next(batch)
            if batch.grows:
                core.check_room()
            core.grow(changes.apply(core.content, batch))
            head = core.head  # dataclasses.replace would cost as much as all the rest
            core.head = Head(head.generation, batch.revision, head.clock, head.scenarios, head.runs)
            self._keep(batch)
        core.publish("change", batch.revision)

    def rewind(self, batch: Batch, moment: Moment) -> None:
        """Append a batch that leads to a moment, and restore that moment."""
        core = self._core
        with core.lock:
            self._check_next(batch)
            core.replace_content(moment.content)
            self._counters.restore(moment.counters)
            core.head = replace(core.head, clock=moment.clock, scenarios=moment.scenarios)
            self._begin_generation(batch)
        core.publish("change", batch.revision)

    def rebase(self, batch: Batch, start: Sequence[Change]) -> None:
        """Append a batch, then express content and snapshots as the difference from another start."""
        core = self._core
        with core.lock:
            self._check_next(batch)
            core.replace_content(changes.rebase(changes.fold([batch], core.content), start))
            self._snapshots.rebase(start)
            self._begin_generation(batch)
        core.publish("change", batch.revision)

    def read(self, since: int, limit: int) -> tuple[Batch, ...]:
        """Return whole batches after a revision: at least one, and up to ``limit`` changes."""
        with self._core.lock:
            self._core.check()
            oldest = self._core.head.revision - len(self._batches) + 1
            if since < oldest - 1:
                raise HistoryTruncated(oldest)
            found: list[Batch] = []
            for batch in islice(self._batches, since - oldest + 1, None):
                limit -= len(batch.changes)
                if found and limit < 0:
                    break
                found.append(batch)
        return tuple(found)

    def checkpoint(self) -> Checkpoint:
        """Return the content at the present revision."""
        core = self._core
        with core.lock:
            core.check()
            content = MappingProxyType(dict(core.content))
            return Checkpoint(core.head.generation, core.head.revision, content, core.began)

    def truncate(self, revision: int) -> None:
        """Drop the batches up to a revision."""
        with self._core.lock:
            self._core.check()
            while self._batches and self._batches[0].revision <= revision:
                self._drop_oldest()

    def shed(self) -> int:
        """Drop the oldest batch and return its weight."""
        if not self._batches:
            return 0
        batch = self._batches.popleft()
        weight = batch.weight
        self._changes -= len(batch.changes)
        self._weight -= weight
        return weight

    def forget(self) -> None:
        """Release all weight."""
        self._core.shared.logs.forget(self)
        self._core.replace_content({})

    def _check_next(self, batch: Batch) -> None:
        self._core.check()
        if batch.revision != self._core.head.revision + 1:
            raise WriteConflict(self._core.head.revision)

    def _begin_generation(self, batch: Batch) -> None:
        head, self._core.began = self._core.head, batch.revision
        self._core.head = replace(head, generation=head.generation + 1, revision=batch.revision)
        self._keep(batch)

    def _keep(self, batch: Batch) -> None:
        """Add a batch, and drop the oldest ones above a bound, which may be all."""
        limits, weight = self._core.shared.limits, batch.weight
        self._batches.append(batch)
        self._changes += len(batch.changes)
        self._weight += weight
        self._core.shared.logs.charge(self, weight)
        while self._batches and (self._changes > limits.log_changes or self._weight > limits.log_weight):
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._core.shared.logs.release(self, self.shed())
