"""The changes of a sandbox, in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from mockroster.errors import MockrosterError, SandboxDropped
from mockroster.state.changes import Batch, Change
from mockroster.state.redis import codec
from mockroster.state.redis.core import Part
from mockroster.state.redis.link import Argument, ValueChanged
from mockroster.state.values import Checkpoint, Moment


@dataclass(frozen=True, slots=True)
class RedisLog(Part):
    """The newest batches as a stream, and the content of all batches as a hash."""

    def append(self, batch: Batch) -> None:
        """Append a batch and apply it to the content."""
        blob, at = codec.encode_batch(batch)
        self._add(batch, "append", *_weighed(batch, blob), at, batch.cause, int(batch.grows))
        head = self.core.known_head(self.creation)
        if head is not None:
            self.core.keep_head(self.creation, replace(head, revision=batch.revision))

    def rewind(self, batch: Batch, moment: Moment) -> None:
        """Append a batch that leads to a moment, and restore that moment."""
        arguments = (
            *_weighed(batch, b"" if self._is_too_large(batch) else codec.encode_batch(batch)[0]),
            codec.microseconds(moment.clock),
            codec.dumps(moment.scenarios),
            codec.encode_counters(moment.counters, self.core.limits.counter_weight),
        )
        if moment.snapshot is None or not self._rewind_by_copy(batch, moment.snapshot, *arguments):
            self._add(batch, "rewind", *arguments, codec.encode_content(moment.content))
        self.core.forget_head(self.creation)

    def _rewind_by_copy(self, batch: Batch, snapshot: str, *arguments: Argument) -> bool:
        """Let the server copy a snapshot, and return whether it was still there."""
        try:
            self._add(batch, "rewind", *arguments, "", *codec.snapshot_of(snapshot))
        except ValueChanged:
            return False
        return True

    def _is_too_large(self, batch: Batch) -> bool:
        """Return whether a batch exceeds the log by itself, so that it need not be sent."""
        limits = self.core.limits
        return len(batch.changes) > limits.log_changes or batch.weight > limits.log_weight

    def rebase(self, batch: Batch, start: Sequence[Change]) -> None:
        """Append a batch, then express content and snapshots as the difference from another start."""
        blob, at = codec.encode_batch(batch)
        self._add(batch, "rebase", *_weighed(batch, blob), at, batch.cause, codec.encode_changes(start))
        self.core.forget_head(self.creation)

    def read(self, since: int, limit: int) -> tuple[Batch, ...]:
        """Return whole batches after a revision: at least one, and up to ``limit`` changes."""
        _, blobs = self.run("log_read", since, limit)
        return tuple(map(codec.decode_batch, blobs))

    def checkpoint(self) -> Checkpoint:
        """Return the content at the present revision."""
        generation, revision, began, cells = self._present()
        if generation is None:
            if not self.core.restore_default(self.creation):
                raise SandboxDropped("this sandbox was dropped")
            generation, revision, began, cells = self._present()
        content = MappingProxyType(codec.decode_cells(cells))
        return Checkpoint(int(generation), int(revision), content, int(began))

    def truncate(self, revision: int) -> None:
        """Drop the batches up to a revision."""
        self.run("log_truncate", revision)

    def _present(self) -> tuple[Any, Any, Any, dict[bytes, bytes]]:
        """Return generation, revision, the revision at which the generation began, and cells, all of one moment."""

        def build(pipeline: Any) -> None:
            pipeline.hmget(self.key(), "gen", "rev", "began")
            pipeline.hgetall(self.key("content"))

        numbers, cells = self.core.link.read(build)
        return *numbers, cells

    def _add(self, batch: Batch, operation: str, *arguments: Argument) -> None:
        try:
            self.run(operation, batch.revision, *arguments)
        except MockrosterError:
            self.core.forget_head(self.creation)
            raise


def _weighed(batch: Batch, blob: bytes) -> tuple[Argument, ...]:
    """Return the batch as arguments: its bytes, the number of changes, and its weight."""
    return blob, len(batch.changes), batch.weight
