"""The snapshots of a sandbox, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from mockroster.errors import SandboxFull
from mockroster.state import changes
from mockroster.state.changes import Change
from mockroster.state.memory.core import Core
from mockroster.state.memory.counters import MemoryCounters
from mockroster.state.values import MAX_SNAPSHOTS, Moment, Snapshot, SnapshotSummary


class MemorySnapshots:
    """Named moments."""

    __slots__ = ("_core", "_counters", "_snapshots")

    def __init__(self, core: Core, counters: MemoryCounters) -> None:
        self._core = core
        self._counters = counters
        self._snapshots: dict[str, Snapshot] = {}

    def save(self, name: str, at: datetime) -> bool:
        """Save the present under a name, and return whether the name is new."""
        core = self._core
        with core.lock:
            core.check()
            is_new = name not in self._snapshots
            if is_new and len(self._snapshots) >= MAX_SNAPSHOTS:
                raise SandboxFull(
                    f"this sandbox has {MAX_SNAPSHOTS} snapshots, which is the most; "
                    f"delete one of {', '.join(self._snapshots)}"
                )
            core.shared.check_room()
            content, counters = MappingProxyType(dict(core.content)), MappingProxyType(self._counters.save())
            moment = Moment(content, core.head.clock, core.head.scenarios, counters)
            self._put(Snapshot(name, core.head.revision, at, moment))
            return is_new

    def get(self, name: str) -> Snapshot | None:
        """Return a snapshot by its name."""
        with self._core.lock:
            self._core.check()
            return self._snapshots.get(name)

    def all(self) -> tuple[SnapshotSummary, ...]:
        """Return the snapshots, without their moments, in the order of their names' first use."""
        with self._core.lock:
            self._core.check()
            return tuple(SnapshotSummary(each.name, each.revision, each.at) for each in self._snapshots.values())

    def delete(self, name: str) -> bool:
        """Delete a snapshot, and return whether it existed."""
        with self._core.lock:
            self._core.check()
            snapshot = self._snapshots.pop(name, None)
            self._core.shared.contents -= _weight(snapshot)
            return snapshot is not None

    def rebase(self, start: Sequence[Change]) -> None:
        """Express each snapshot as the difference from another start. The caller holds the lock."""
        for snapshot in tuple(self._snapshots.values()):
            content = MappingProxyType(changes.rebase(snapshot.moment.content, start))
            self._put(replace(snapshot, moment=replace(snapshot.moment, content=content)))

    def forget(self) -> None:
        """Release all weight."""
        self._core.shared.contents -= sum(map(_weight, self._snapshots.values()))

    def _put(self, snapshot: Snapshot) -> None:
        self._core.shared.contents += _weight(snapshot) - _weight(self._snapshots.get(snapshot.name))
        self._snapshots[snapshot.name] = snapshot


def _weight(snapshot: Snapshot | None) -> int:
    return 0 if snapshot is None else changes.weight(snapshot.moment.content)
