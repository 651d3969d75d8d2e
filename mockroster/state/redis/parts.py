"""Texts, snapshots and runs of a sandbox, in the store."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from mockroster.state.redis import codec
from mockroster.state.redis.core import Part
from mockroster.state.values import Run, RunFacts, Snapshot, SnapshotSummary


@dataclass(frozen=True, slots=True)
class RedisTexts(Part):
    """Texts by their hash."""

    def keep(self, text: str) -> str:
        """Store a text, and return its reference."""
        encoded = codec.encode_name(text)
        reference = urlsafe_b64encode(blake2b(encoded, digest_size=12).digest()).decode()
        self.run("text_keep", reference, encoded)
        return reference

    def get(self, reference: str) -> str | None:
        """Return the text of a reference."""
        _, is_there, text = self.run("text_get", codec.encode_name(reference))
        return codec.decode_name(text) if is_there else None


@dataclass(frozen=True, slots=True)
class RedisSnapshots(Part):
    """Named moments; the server copies the content."""

    def save(self, name: str, at: datetime) -> bool:
        """Save the present under a name, and return whether the name is new."""
        return bool(self.run("snapshot_save", codec.encode_name(name), at.isoformat())[1])

    def get(self, name: str) -> Snapshot | None:
        """Return a snapshot by its name."""
        encoded = codec.encode_name(name)

        def build(pipeline: Any) -> None:
            pipeline.exists(self.key())
            pipeline.hget(self.key("snapshots:all"), encoded)
            pipeline.hgetall(self.key("snapshot:content:").encode() + encoded)
            pipeline.lrange(self.key("snapshot:counters:").encode() + encoded, 0, -1)

        exists, described, cells, saved = self.core.link.read(build)
        if not exists:
            self.run("head")  # raises ``SandboxDropped``, unless it is ``default``
            return None
        if described is None:
            return None
        revision, at, clock, scenarios, number = codec.loads(described)
        moment = replace(codec.decode_moment(clock, scenarios, cells, saved), snapshot=f"{number} {name}")
        return Snapshot(name, int(revision), datetime.fromisoformat(at), moment)

    def all(self) -> tuple[SnapshotSummary, ...]:
        """Return the names of the snapshots in the order of their first use."""
        _, rows = self.run("snapshots")
        return tuple(map(_summary, rows[::2], rows[1::2]))

    def delete(self, name: str) -> bool:
        """Delete a snapshot, and return whether it existed."""
        return bool(self.run("snapshot_delete", codec.encode_name(name))[1])


@dataclass(frozen=True, slots=True)
class RedisRuns(Part):
    """Runs by name, with their facts."""

    def start(self, name: str, at: datetime) -> bool:
        """Begin a run, and return whether the name is new."""
        is_new = bool(self.run("run_start", codec.encode_name(name), at.isoformat())[1])
        self.core.forget_head(self.creation)
        return is_new

    def end(self, name: str, at: datetime) -> Run | None:
        """End a run and return it; one that has ended keeps its end."""
        _, *rows = self.run("run_end", codec.encode_name(name), at.isoformat())
        self.core.forget_head(self.creation)
        return _run(rows[0]) if rows else None

    def delete(self, name: str) -> bool:
        """Delete a run with its facts, and return whether it existed."""
        is_known = bool(self.run("run_delete", codec.encode_name(name))[1])
        self.core.forget_head(self.creation)
        return is_known

    def get(self, name: str) -> Run | None:
        """Return a run by its name."""
        _, *rows = self.run("run_get", codec.encode_name(name))
        return _run(rows[0]) if rows else None

    def all(self) -> tuple[Run, ...]:
        """Return the runs, oldest first."""
        _, *rows = self.run("runs")
        return tuple(map(_run, rows))

    def read(self, name: str) -> RunFacts | None:
        """Return the facts of a run, in the order of completion, and how many were dropped, as of one moment."""
        _, *reply = self.run("run_read", codec.encode_name(name))
        return RunFacts(tuple(reply[0]), int(reply[1])) if reply else None


def _summary(name: bytes, described: bytes) -> SnapshotSummary:
    revision, at, *_ = json.loads(described)
    return SnapshotSummary(codec.decode_name(name), int(revision), datetime.fromisoformat(at))


def _run(row: Sequence[Any]) -> Run:
    name, began, ended, facts, dropped = row
    end = datetime.fromisoformat(ended.decode()) if ended else None
    return Run(codec.decode_name(name), datetime.fromisoformat(began.decode()), end, int(facts), int(dropped))
