"""The log of a sandbox against a naive model: any sequence of writes, snapshots, restores and truncations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mockroster.errors import HistoryTruncated, WriteConflict
from mockroster.state.changes import Batch, Change, Key, difference, encode, fold, rebase
from mockroster.state.memory import MemoryStore
from mockroster.state.values import Counter, Moment

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
IDS = st.sampled_from("abcdef")
VALUES = st.none() | st.integers(0, 3)
START = {("orgs", name): encode({"sourcedId": name, "value": 0}) for name in "abc"}

Records = dict[Key, bytes]


class LogMachine(RuleBasedStateMachine):
    """Writes by any command; the model keeps all records of every revision."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.begin = Moment({}, timedelta(0), (), {})
        made = self.store.registry.create("one", b"{}", self.begin)
        assert made is not None
        self.state = self.store.sandbox(made.creation)
        self.start: Records = {key: value for key, value in START.items() if value is not None}
        self.history: list[Records] = [dict(self.start)]
        self.batches: list[Batch] = []
        self.since_generation = 0
        self.generation_content = self.state.log.checkpoint().content
        self.snapshots: dict[str, tuple[Records, int, int]] = {}
        self.clock = 0
        self.count = 0
        self.oldest = 1

    @property
    def records(self) -> Records:
        """Return the records of the present."""
        return self.history[-1]

    def batch(self, cause: str, changes: tuple[Change, ...]) -> Batch:
        """Return the next batch."""
        return Batch(len(self.history), NOW, cause, changes)

    def note(self, batch: Batch, records: Records) -> None:
        """Note in the model what a batch has made."""
        self.batches.append(batch)
        self.history.append(records)

    def note_generation(self) -> None:
        """Record that the content changed by more than the next batch."""
        self.since_generation = len(self.batches)
        self.generation_content = self.state.log.checkpoint().content

    @rule(values=st.dictionaries(IDS, VALUES, min_size=0, max_size=3))
    def write(self, values: dict[str, int | None]) -> None:
        """Write and delete records in one batch."""
        after, changes = dict(self.records), []
        for name, value in values.items():
            key = ("orgs", name)
            document = None if value is None else encode({"sourcedId": name, "value": value})
            changes.append(Change(*key, self.records.get(key), document))
            if document is None:
                after.pop(key, None)
            else:
                after[key] = document
        made = self.batch("client", tuple(changes))

        self.state.log.append(made)

        self.note(made, after)

    @precondition(lambda self: len(self.history) > 1)
    @rule(back=st.integers(1, 5))
    def write_late(self, back: int) -> None:
        """Append a batch for a revision that exists: it is refused and changes nothing."""
        late = Batch(max(len(self.history) - back, 1), NOW, "client", (Change("orgs", "a", None, b"late"),))

        with pytest.raises(WriteConflict):
            self.state.log.append(late)

    @rule(name=st.sampled_from("xy"))
    def save(self, name: str) -> None:
        """Name the present."""
        assert self.state.snapshots.save(name, NOW) == (name not in self.snapshots)
        self.snapshots[name] = (self.records, self.clock, self.count)

    @precondition(lambda self: self.snapshots)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        """Come back to a snapshot."""
        name = data.draw(st.sampled_from(sorted(self.snapshots)))
        snapshot = self.state.snapshots.get(name)
        assert snapshot is not None
        changes = difference(self.state.log.checkpoint().content, snapshot.moment.content)
        made = self.batch("restore", changes)

        self.state.log.rewind(made, snapshot.moment)

        records, self.clock, self.count = self.snapshots[name]
        self.note(made, records)
        self.note_generation()

    @rule()
    def reset(self) -> None:
        """Come back to the start."""
        made = self.batch("reset", difference(self.state.log.checkpoint().content, {}))

        self.state.log.rewind(made, self.begin)

        self.clock = self.count = 0
        self.note(made, dict(self.start))
        self.note_generation()

    @rule(values=st.dictionaries(IDS, st.integers(0, 3), max_size=3))
    def reload(self, values: dict[str, int]) -> None:
        """Begin from other files: their differences are applied, other writes stay."""
        start = dict(self.start)
        for name, value in values.items():
            document = encode({"sourcedId": name, "value": value})
            assert document is not None
            start["orgs", name] = document
        moved = tuple(
            Change(*key, self.start.get(key), document)
            for key, document in start.items()
            if self.start.get(key) != document
        )
        after = dict(self.records)
        for change in moved:
            assert change.after is not None
            after[change.key] = change.after
        changes = tuple(Change(*change.key, self.records.get(change.key), change.after) for change in moved)
        made = self.batch("reload", changes)

        self.state.log.rebase(made, moved)

        self.start = start
        self.note(made, after)
        self.note_generation()

    @rule(by=st.integers(-5, 5))
    def move_clock(self, by: int) -> None:
        """Move the clock."""
        self.clock += by

        assert self.state.advance_clock(timedelta(hours=by)).clock == timedelta(hours=self.clock)

    @rule()
    def increment(self) -> None:
        """Count."""
        self.count += 1

        assert self.state.counters.increment("k") == self.count

    @rule(back=st.integers(0, 10))
    def truncate(self, back: int) -> None:
        """Drop old batches."""
        revision = max(len(self.batches) - back, 0)

        self.state.log.truncate(revision)

        self.oldest = max(self.oldest, revision + 1)

    @invariant()
    def content_is_what_the_model_has(self) -> None:
        """Compare the content over the start with the records of the model."""
        content = self.state.log.checkpoint().content
        found = dict(self.start)
        for key, cell in content.items():
            assert cell.start == self.start.get(key)
            assert cell.start != cell.now
            if cell.now is None:
                found.pop(key, None)
            else:
                found[key] = cell.now

        assert found == self.records

    @invariant()
    def order_is_that_of_creation(self) -> None:
        """Compare the content with the fold of the batches of its generation, order included."""
        folded = fold(self.batches[self.since_generation :], self.generation_content)

        assert list(folded.items()) == list(self.state.log.checkpoint().content.items())

    @invariant()
    def head_is_what_the_model_has(self) -> None:
        """Compare revision, clock and counters with those of the model."""
        head = self.state.head()

        assert (head.revision, head.clock) == (len(self.batches), timedelta(hours=self.clock))
        assert (self.state.counters.get("k") or 0) == self.count

    @invariant()
    def log_is_what_was_appended(self) -> None:
        """Compare the log with the batches of the model, and follow it from the oldest revision to the present."""
        kept = self.state.log.read(self.oldest - 1, 10**6)

        assert kept == tuple(self.batches[self.oldest - 1 :])
        if self.oldest > 1:
            with pytest.raises(HistoryTruncated):
                self.state.log.read(self.oldest - 2, 1)
        records = dict(self.history[self.oldest - 1])
        for batch in kept:
            for change in batch.changes:
                assert records.get(change.key) == change.before
                if change.after is None:
                    records.pop(change.key, None)
                else:
                    records[change.key] = change.after
            assert records == self.history[batch.revision]


TestLogMachine = LogMachine.TestCase
TestLogMachine.settings = settings(max_examples=60, stateful_step_count=30)


def test_rebase_there_and_back() -> None:
    """A content that is expressed over another start, and over the first one again, is the same content."""
    content = fold([Batch(1, NOW, "client", (Change("orgs", "a", b"1", b"2"), Change("orgs", "n", None, b"3")))])
    there = (Change("orgs", "a", b"1", b"2"), Change("orgs", "b", b"4", None))
    back = tuple(Change(change.collection, change.sourcedId, change.after, change.before) for change in there)

    assert rebase(rebase(content, there), back) == content


def test_moment_keeps_values_of_any_kind() -> None:
    """Counters of a moment may hold any JSON value."""
    store = MemoryStore()
    values = {"n": Counter(1), "t": Counter("x"), "b": Counter(value=True), "l": Counter([1, {"a": None}])}

    made = store.registry.create("one", b"{}", Moment({}, timedelta(0), (), values))

    assert made is not None
    assert {key: store.sandbox(made.creation).counters.get(key) for key in values} == {
        key: counter.value for key, counter in values.items()
    }
