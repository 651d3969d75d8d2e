"""The behaviour of every backend of the state, seen through two handles, which may be two processes.

A backend inherits ``StateBehaviour`` in a test module of its own, and overrides the fixture ``backend``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from patience import PATIENCE
from state_waiting import wait, wait_async

from mockroster.errors import HistoryTruncated, SandboxDropped, SandboxFull, WriteConflict
from mockroster.state.changes import Batch, Cell, Change, difference, encode, fold
from mockroster.state.port import SandboxState, Store
from mockroster.state.values import (
    DEFAULT,
    EVERYTHING,
    MAX_FACT,
    MAX_SNAPSHOTS,
    Arrival,
    Completion,
    Counter,
    JournalPage,
    Json,
    Limits,
    Moment,
    Notification,
    Run,
    RunFacts,
)

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
START = Moment({}, timedelta(hours=1), ("flaky:every=3",), {})
ARRIVAL = Arrival("GET", "/users", b"limit=5", (("HTTP_HOST", "localhost"),), "getAllUsers", NOW)
COMPLETION = Completion(200, 1.5, "answered", rows=5)
SMALL = Limits(log_weight=5000, log_changes=10, all_logs_weight=20_000, journal=5, counters=10, nonces=10, facts=3)


@dataclass
class Backend:
    """A backend under test."""

    connect: Callable[[Limits], tuple[Store, Store]]
    """Returns two handles on a new, empty store."""

    advance: Callable[[float], None]
    """Moves the clock of the store by seconds."""


def document(number: int, size: int = 20) -> bytes:
    """Return a record as JSON."""
    encoded = encode({"sourcedId": "r", "number": number, "title": "x" * size})
    assert encoded is not None
    return encoded


def batch(state: SandboxState, *changes: Change, cause: str = "client", at: datetime = NOW) -> Batch:
    """Return the next batch of a sandbox."""
    return Batch(state.head().revision + 1, at, cause, changes, "c" if cause == "client" else None)


def written(state: SandboxState, sourced_id: str, after: bytes | None, collection: str = "orgs") -> Change:
    """Write one record and return the change; the start has no records."""
    cell = state.log.checkpoint().content.get((collection, sourced_id))
    change = Change(collection, sourced_id, cell.now if cell else None, after)
    state.log.append(batch(state, change))
    return change


def pair(stores: tuple[Store, Store], name: str = "one", moment: Moment = START) -> tuple[SandboxState, SandboxState]:
    """Return a new sandbox through both handles."""
    made = stores[0].registry.create(name, b"{}", moment)
    assert made is not None
    return stores[0].sandbox(made.creation), stores[1].sandbox(made.creation)


class StateBehaviour:
    """The behaviour of the port."""

    @pytest.fixture
    def backend(self) -> Backend:
        """Return the backend under test."""
        raise NotImplementedError

    @pytest.fixture
    def stores(self, backend: Backend) -> tuple[Store, Store]:
        """Return two handles on one store with the usual bounds."""
        return backend.connect(Limits())

    @pytest.fixture
    def states(self, stores: tuple[Store, Store]) -> tuple[SandboxState, SandboxState]:
        """Return one sandbox through two handles."""
        return pair(stores)

    @pytest.fixture
    def small(self, backend: Backend) -> tuple[SandboxState, SandboxState]:
        """Return one sandbox with small bounds through two handles."""
        return pair(backend.connect(SMALL))

    # Head.

    def test_head_begins_at_the_moment_given(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A new sandbox has no revision yet, and clock and scenarios of its start."""
        _, other = states

        head = other.head()

        assert (head.revision, head.clock, head.scenarios, head.runs) == (0, timedelta(hours=1), START.scenarios, ())

    def test_clock_and_scenarios_are_shared(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A clock that is moved through both handles has moved by both."""
        one, other = states

        one.set_clock(timedelta(days=2))
        one.advance_clock(timedelta(days=-1))
        head = other.advance_clock(timedelta(seconds=1))
        one.set_scenarios(("slow:ms=5",))

        assert head.clock == timedelta(days=1, seconds=1)
        assert other.head() == replace(head, scenarios=("slow:ms=5",))

    def test_clock_moves_by_every_advance(self, states: tuple[SandboxState, SandboxState]) -> None:
        """Threads that advance the clock at once lose nothing."""
        with ThreadPoolExecutor(8) as pool:
            heads = list(pool.map(lambda number: states[number % 2].advance_clock(timedelta(hours=1)), range(80)))

        assert sorted(head.clock for head in heads) == [timedelta(hours=hours) for hours in range(2, 82)]

    # Log.

    def test_append_is_seen_by_the_other(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A batch raises the revision, is read back as it was, and is in the content."""
        one, other = states
        made = batch(one, Change("orgs", "o1", None, document(1)), Change("orgs", "o2", document(2), None))

        one.log.append(made)

        assert other.head().revision == 1
        assert other.log.read(0, 100) == (made,)
        assert other.log.checkpoint().content == {
            ("orgs", "o1"): Cell(None, document(1)),
            ("orgs", "o2"): Cell(document(2), None),
        }

    def test_append_compares(self, states: tuple[SandboxState, SandboxState]) -> None:
        """Of two batches for the same revision the second is refused whole, and told the revision."""
        one, other = states
        first, second = batch(one, Change("orgs", "o1", None, b"1")), batch(other, Change("orgs", "o2", None, b"2"))

        one.log.append(first)
        with pytest.raises(WriteConflict) as caught:
            other.log.append(second)

        assert caught.value.revision == 1
        assert one.log.read(0, 100) == (first,)
        assert one.log.checkpoint().content.keys() == {("orgs", "o1")}

    def test_append_refuses_a_gap(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A batch cannot name a revision that lies ahead."""
        with pytest.raises(WriteConflict):
            states[0].log.append(Batch(2, NOW, "client", ()))

    def test_writers_at_once_lose_nothing(self, states: tuple[SandboxState, SandboxState]) -> None:
        """Each of many writers that try again until they succeed has its batch, at a revision of its own."""

        def write(number: int) -> int:
            state = states[number % 2]
            while True:
                made = batch(state, Change("orgs", f"o{number}", None, document(number)))
                try:
                    state.log.append(made)
                except WriteConflict:
                    continue
                return made.revision

        with ThreadPoolExecutor(8) as pool:
            revisions = list(pool.map(write, range(100)))

        assert sorted(revisions) == list(range(1, 101))
        assert states[1].log.checkpoint().content.keys() == {("orgs", f"o{number}") for number in range(100)}

    def test_read_returns_whole_batches(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A limit ends the answer before the batch that exceeds it, but the first batch always comes."""
        one, other = states
        for size in (1, 2, 3):
            one.log.append(batch(one, *(Change("orgs", f"{size}-{n}", None, b"1") for n in range(size))))

        assert [made.revision for made in other.log.read(0, 3)] == [1, 2]
        assert [made.revision for made in other.log.read(0, 1)] == [1]
        assert [made.revision for made in other.log.read(2, 1)] == [3]
        assert other.log.read(3, 1) == ()
        assert other.log.read(99, 1) == ()

    def test_empty_batch_has_a_revision(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A batch without changes, such as the reset of an untouched sandbox, is a batch."""
        states[0].log.append(batch(states[0], cause="reset"))

        assert states[1].head().revision == 1
        assert len(states[1].log.read(0, 1)) == 1

    def test_content_drops_what_returns_to_the_start(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A record that is created and deleted, or changed back, leaves nothing; one created again is the last."""
        one, other = states
        for sourced_id in ("a", "b"):
            written(one, sourced_id, document(1))
        one.log.append(batch(one, Change("users", "u", document(5), document(6))))
        one.log.append(batch(one, Change("users", "u", document(6), document(5))))

        written(one, "a", None)
        written(one, "a", document(2))

        assert list(other.log.checkpoint().content.items()) == [
            (("orgs", "b"), Cell(None, document(1))),
            (("orgs", "a"), Cell(None, document(2))),
        ]

    def test_truncate_changes_neither_head_nor_content(self, states: tuple[SandboxState, SandboxState]) -> None:
        """Batches up to a revision go, later ones stay, and who asks for earlier ones is told the oldest."""
        one, other = states
        for number in range(5):
            written(one, f"o{number}", document(number))
        before = other.head(), other.log.checkpoint()

        one.log.truncate(3)

        assert (other.head(), other.log.checkpoint()) == before
        assert [made.revision for made in other.log.read(3, 100)] == [4, 5]
        with pytest.raises(HistoryTruncated) as caught:
            other.log.read(2, 100)
        assert caught.value.oldest == 4

    def test_truncate_of_everything(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A log without batches answers from the present on, and goes on with the next revision."""
        one, other = states
        written(one, "o", document(1))

        one.log.truncate(100)

        assert other.log.read(1, 1) == ()
        with pytest.raises(HistoryTruncated):
            other.log.read(0, 1)
        written(one, "o", document(2))
        assert [made.revision for made in other.log.read(1, 1)] == [2]

    def test_truncate_of_an_empty_batch(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A batch without changes is dropped like any other."""
        states[0].log.append(batch(states[0], cause="reset"))

        states[1].log.truncate(1)

        assert states[0].log.read(1, 1) == ()

    @pytest.mark.parametrize("size", [1, 2000])
    def test_log_is_bounded(self, small: tuple[SandboxState, SandboxState], size: int) -> None:
        """A log above the bound of changes or bytes drops its oldest batches; the content keeps all."""
        one, other = small
        for number in range(20):
            written(one, "o", document(number, size))

        kept = [made.revision for made in other.log.read(_oldest(other) - 1, 1000)]

        assert kept == list(range(_oldest(other), 21))
        assert len(kept) == (10 if size == 1 else 1)
        assert other.log.checkpoint().content == {("orgs", "o"): Cell(None, document(19, size))}

    def test_batch_above_the_bound_is_applied(self, small: tuple[SandboxState, SandboxState]) -> None:
        """A batch that is larger than the log may be is not kept there, but its changes are."""
        one, other = small

        one.log.append(batch(one, *(Change("orgs", f"o{n}", None, b"1") for n in range(11))))

        assert other.head().revision == 1
        assert len(other.log.checkpoint().content) == 11
        with pytest.raises(HistoryTruncated):
            other.log.read(0, 100)

    def test_logs_are_bounded_together(self, backend: Backend) -> None:
        """Above the bound over all sandboxes, the log that grew longest ago loses its oldest batches first."""
        limits = replace(SMALL, log_weight=10**6, log_changes=10**6)
        stores = backend.connect(limits)
        first, second = pair(stores, "first")[0], pair(stores, "second")[1]
        for number in range(5):
            written(first, "o", document(number, 1500))

        for number in range(5):
            written(second, "o", document(number, 1500))

        assert _oldest(first) > 1
        assert _oldest(second) == 1
        assert first.log.checkpoint().content == {("orgs", "o"): Cell(None, document(4, 1500))}

    def test_log_that_grew_last_keeps_its_batches(self, backend: Backend) -> None:
        """The log that grew longest ago is not the one that was made first."""
        stores = backend.connect(replace(SMALL, log_weight=10**6, log_changes=10**6))
        first, second, third = (pair(stores, name)[0] for name in ("first", "second", "third"))
        for state in (first, second, first):
            written(state, "o", document(1, 4200))

        written(third, "o", document(1, 4200))

        assert [_oldest(state) for state in (first, second, third)] == [1, 2, 1]

    def test_content_is_bounded(self, backend: Backend) -> None:
        """A sandbox that has taken in too much refuses what grows, and takes what shrinks."""
        one, other = pair(backend.connect(replace(SMALL, content_weight=1000)))
        written(one, "large", document(1, 2000))

        with pytest.raises(SandboxFull, match="POST /__admin/reset"):
            written(one, "more", document(2))
        written(other, "large", None)
        written(other, "more", document(2))

        assert one.log.checkpoint().content.keys() == {("orgs", "more")}
        assert one.head().revision == 3

    def test_contents_are_bounded_together(self, backend: Backend) -> None:
        """Sandboxes and snapshots that hold too much together are refused more, until one is dropped."""
        stores = backend.connect(replace(SMALL, all_contents_weight=3000))
        first, second = pair(stores, "first")[0], pair(stores, "second")[1]
        written(first, "o", document(1, 2000))
        first.snapshots.save("s", NOW)

        with pytest.raises(SandboxFull, match="all sandboxes"):
            written(second, "o", document(2))
        first.snapshots.delete("s")
        written(second, "o", document(2, 2000))
        with pytest.raises(SandboxFull, match="all sandboxes"):
            written(second, "p", document(2))
        stores[1].registry.drop("first")
        written(second, "p", document(2))

        assert second.head().revision == 2

    # Rewinding and another start.

    def test_rewind_becomes_the_moment(self, states: tuple[SandboxState, SandboxState]) -> None:
        """Content, clock, scenarios and counters become those of the moment; the revision goes on."""
        one, other = states
        written(one, "o", document(1))
        one.counters.increment("old")
        moment = Moment({("orgs", "p"): Cell(None, b"2")}, timedelta(0), ("slow",), {"new": Counter(5)})
        made = batch(one, *difference(one.log.checkpoint().content, moment.content), cause="restore")
        generation = one.head().generation

        other.log.rewind(made, moment)

        head, checkpoint = one.head(), one.log.checkpoint()
        assert head.generation == checkpoint.generation == generation + 1
        assert (head.revision, head.clock, head.scenarios) == (2, timedelta(0), ("slow",))
        assert (checkpoint.revision, checkpoint.content) == (2, moment.content)
        assert (one.counters.get("old"), one.counters.get("new")) == (None, 5)
        assert one.log.read(1, 100) == (made,)

    def test_rewind_compares(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A rewind that has not seen the last write is refused, and changes nothing."""
        one, other = states
        made = batch(one, cause="reset")
        written(other, "o", document(1))
        before = one.head()

        with pytest.raises(WriteConflict):
            one.log.rewind(made, replace(START, clock=timedelta(9)))

        assert one.head() == before

    def test_rebase_keeps_what_was_written(self, states: tuple[SandboxState, SandboxState]) -> None:
        """Over another start, writes to records that it did not touch stay, in content and snapshots."""
        one, other = states
        one.log.append(batch(one, Change("orgs", "a", b"1", b"2"), Change("orgs", "new", None, b"7")))
        one.snapshots.save("s", NOW)
        start = (Change("orgs", "a", b"1", b"3"), Change("orgs", "b", b"4", b"5"))
        made = batch(one, Change("orgs", "a", b"2", b"3"), Change("orgs", "b", b"4", b"5"), cause="reload")
        generation = one.head().generation

        one.log.rebase(made, start)

        assert other.log.checkpoint().content == {("orgs", "new"): Cell(None, b"7")}
        assert other.head().generation == generation + 1
        snapshot = other.snapshots.get("s")
        assert snapshot is not None
        assert snapshot.moment.content == {
            ("orgs", "a"): Cell(b"3", b"2"),
            ("orgs", "new"): Cell(None, b"7"),
            ("orgs", "b"): Cell(b"5", b"4"),
        }

    # Journal.

    def test_begin_and_complete(self, states: tuple[SandboxState, SandboxState]) -> None:
        """An entry is there from its arrival on, and is completed through either handle."""
        one, other = states

        head, sequence = one.begin(ARRIVAL)
        (arrived,) = other.journal.read().entries
        other.complete(sequence, COMPLETION)
        (ended,) = one.journal.read().entries

        assert head == one.head()
        assert (arrived.sequence, arrived.arrival, arrived.completion) == (1, ARRIVAL, None)
        assert (ended.sequence, ended.arrival, ended.completion) == (1, ARRIVAL, COMPLETION)
        assert ended.position > arrived.position

    def test_journal_reads_in_order(self, states: tuple[SandboxState, SandboxState]) -> None:
        """Entries come oldest first, after a sequence and up to a limit, whichever handle wrote them."""
        for number in range(6):
            states[number % 2].begin(ARRIVAL)

        read = [
            [entry.sequence for entry in states[0].journal.read(after, limit).entries]
            for after, limit in ((0, None), (4, None), (1, 2), (6, None), (99, None))
        ]

        assert read == [[1, 2, 3, 4, 5, 6], [5, 6], [2, 3], [], []]

    def test_drop_count_is_exact(self, small: tuple[SandboxState, SandboxState]) -> None:
        """The journal keeps the last ones and counts all others; the end of one that was dropped is passed over."""
        one, other = small
        first = one.begin(ARRIVAL)[1]
        with ThreadPoolExecutor(8) as pool:
            sequences = list(pool.map(lambda number: small[number % 2].begin(ARRIVAL)[1], range(100)))

        other.complete(first, COMPLETION)

        assert sorted(sequences) == list(range(2, 102))
        assert [entry.sequence for entry in other.journal.read().entries] == [97, 98, 99, 100, 101]
        assert one.journal.read().dropped == 96
        assert all(entry.completion is None for entry in one.journal.read().entries)

    def test_drop_count_is_that_of_the_entries(self, small: tuple[SandboxState, SandboxState]) -> None:
        """Entries and the drop count are as of one moment, while others write: together they are all arrivals."""
        one, other = small
        finished = Event()

        def write() -> None:
            for number in range(1000):
                small[number % 2].begin(ARRIVAL)

        def read() -> list[JournalPage]:
            pages = [other.journal.read()]
            while not finished.is_set():
                pages.append(other.journal.read())
            return pages

        with ThreadPoolExecutor(3) as pool:
            reading = pool.submit(read)
            writing = [pool.submit(write) for _ in range(2)]
            for each in writing:
                each.result()
            finished.set()
            pages = [*reading.result(), one.journal.read()]

        arrived = [page.entries[-1].sequence if page.entries else 0 for page in pages]
        assert [page.dropped + len(page.entries) for page in pages] == arrived
        assert arrived[-1] == 2000

    def test_drop_count_does_not_depend_on_what_is_read(self, small: tuple[SandboxState, SandboxState]) -> None:
        """A part of the entries comes with the drop count of all."""
        one, other = small
        for _ in range(9):
            one.begin(ARRIVAL)

        pages = [other.journal.read(after, limit) for after, limit in ((0, None), (7, None), (0, 1), (99, None))]

        assert [([entry.sequence for entry in page.entries], page.dropped) for page in pages] == [
            ([5, 6, 7, 8, 9], 4),
            ([8, 9], 4),
            ([5], 4),
            ([], 4),
        ]

    def test_clear_starts_the_drop_count_afresh(self, small: tuple[SandboxState, SandboxState]) -> None:
        """A cleared journal has dropped nothing, uses no sequence again, and passes over ends of earlier requests."""
        one, other = small
        sequences = [one.begin(ARRIVAL)[1] for _ in range(7)]

        seen = one.journal.updates(0).position
        one.complete(sequences[-1], COMPLETION)
        other.journal.clear()
        one.complete(sequences[-2], COMPLETION)
        _, sequence = one.begin(ARRIVAL)

        assert sequence == 8
        assert one.journal.updates(seen).missed
        assert [entry.sequence for entry in other.journal.read().entries] == [8]
        assert other.journal.read().dropped == 0

    def test_updates_since_a_position(self, small: tuple[SandboxState, SandboxState]) -> None:
        """A follower of the journal gets each arrival and end once, and learns which ones it missed."""
        one, other = small
        sequences = [one.begin(ARRIVAL)[1] for _ in range(3)]
        seen = other.journal.updates(0)
        one.complete(sequences[1], COMPLETION)
        ended = other.journal.updates(seen.position)
        for _ in range(4):
            one.begin(ARRIVAL)

        missed = other.journal.updates(ended.position - 1)
        nothing = other.journal.updates(missed.position)

        assert [entry.sequence for entry in seen.entries] == [1, 2, 3]
        assert [(entry.sequence, entry.completion) for entry in ended.entries] == [(2, COMPLETION)]
        assert (seen.missed, ended.missed, missed.missed, nothing.missed) == (False, False, True, False)
        assert nothing.entries == ()

    def test_journals_are_bounded_together(self, backend: Backend) -> None:
        """Above the bound over all sandboxes, the journal that grew longest ago loses entries, and counts them."""
        stores = backend.connect(replace(SMALL, all_journals_weight=10_000))
        first, second = pair(stores, "first")[0], pair(stores, "second")[1]
        for state in (first, second):
            for _ in range(4):
                state.complete(state.begin(ARRIVAL)[1], COMPLETION._replace(response_body=b"x" * 1000))

        assert first.journal.read().dropped > 0
        assert second.journal.read().dropped == 0
        assert first.journal.read().dropped + len(first.journal.read().entries) == 4

    # Counters.

    def test_increments_add_up(self, states: tuple[SandboxState, SandboxState]) -> None:
        """Threads that count at once get each number once."""
        with ThreadPoolExecutor(8) as pool:
            numbers = list(pool.map(lambda number: states[number % 2].counters.increment("k"), range(400)))

        assert sorted(numbers) == list(range(1, 401))
        assert states[0].counters.increment("k", -400) == 0

    def test_update_compares_and_sets(self, states: tuple[SandboxState, SandboxState]) -> None:
        """Threads that change one JSON value at once lose nothing."""

        def add(number: int) -> Json:
            def appended(value: Json) -> Json:
                return [*(value if isinstance(value, list) else []), number]

            return states[number % 2].counters.update("k", appended)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(100)))
        found = states[0].counters.get("k")

        assert isinstance(found, list)
        assert sorted(number for number in found if isinstance(number, int)) == list(range(100))

    def test_update_calls_again_after_another_writer(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A function whose value was overtaken is called again, with the newer value."""
        one, other = states
        seen: list[Json] = []

        def function(value: Json) -> Json:
            seen.append(value)
            if len(seen) == 1:
                other.counters.increment("k", 10)
            return (value if isinstance(value, int) else 0) + 1

        result = one.counters.update("k", function)

        assert seen == [None, 10]
        assert result == other.counters.get("k") == 11

    def test_values_are_nobodys_to_change(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A value that was handed in or out can be changed without changing the counter."""
        one, other = states
        value: Json = {"list": [1]}
        one.counters.update("k", lambda _: value)
        found = other.counters.get("k")

        for each in (value, found):
            assert isinstance(each, dict)
            each["list"] = 2

        assert one.counters.get("k") == {"list": [1]}

    def test_update_to_none_forgets(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A key whose value becomes ``None`` is gone."""
        one, other = states
        one.counters.increment("k", 5)

        assert other.counters.update("k", lambda _: None) is None
        assert one.counters.increment("k") == 1

    def test_increment_refuses_what_is_no_number(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A key that holds another value cannot be counted."""
        one, other = states
        one.counters.update("k", lambda _: "text")

        with pytest.raises(TypeError, match="'k'"):
            other.counters.increment("k")

    def test_counters_expire(self, states: tuple[SandboxState, SandboxState], backend: Backend) -> None:
        """A key lives as long as its first call said; later calls do not prolong it, and then it begins anew."""
        one, other = states
        one.counters.increment("k", expires=10)
        backend.advance(9)
        alive = other.counters.increment("k", expires=10)
        backend.advance(2)

        assert alive == 2
        assert other.counters.get("k") is None
        assert other.counters.increment("k", expires=10) == 1

    def test_first_use(self, states: tuple[SandboxState, SandboxState], backend: Backend) -> None:
        """A nonce is new once, through whichever handle, until it expires."""
        one, other = states

        first, second = one.counters.first_use("n", 10), other.counters.first_use("n", 10)
        backend.advance(11)

        assert (first, second) == (True, False)
        assert other.counters.first_use("n", 10)

    def test_first_use_is_first_once(self, states: tuple[SandboxState, SandboxState]) -> None:
        """Of many threads that use a nonce at once, one is the first."""
        barrier = Barrier(8)

        def use(number: int) -> bool:
            barrier.wait()
            return states[number % 2].counters.first_use("n", 10)

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(use, range(8))) == 1

    def test_nonces_go_oldest_first(self, small: tuple[SandboxState, SandboxState]) -> None:
        """At the bound the oldest nonces are forgotten, and the newest are not."""
        one, other = small
        for number in range(11):
            one.counters.first_use(f"n{number}", 1000)

        assert not other.counters.first_use("n10", 1000)
        assert other.counters.first_use("n0", 1000)

    def test_leases(self, states: tuple[SandboxState, SandboxState], backend: Backend) -> None:
        """A lease counts those that hold the key, ends by release, once, and by itself when its time is over."""
        one, other = states
        first, second = one.counters.acquire("k", 10), other.counters.acquire("k", 10)
        other.counters.release(first)
        other.counters.release(first)
        backend.advance(9)
        third = one.counters.acquire("k", 10)
        backend.advance(2)
        fourth = one.counters.acquire("k", 10)
        one.counters.release(second)

        assert [lease.held for lease in (first, second, third, fourth)] == [1, 2, 2, 2]
        assert other.counters.acquire("k", 10).held == 3
        assert other.counters.acquire("other", 10).held == 1

    def test_counters_are_bounded(self, small: tuple[SandboxState, SandboxState]) -> None:
        """At the bound the counters go that were not written for the longest time."""
        one, other = small
        for number in range(10):
            one.counters.increment(f"k{number}", 5)
        one.counters.increment("k0")

        one.counters.increment("new")

        assert [other.counters.get(f"k{number}") for number in (0, 1, 9)] == [6, None, 5]
        assert other.counters.get("new") == 1

    def test_expired_counters_go_first(self, small: tuple[SandboxState, SandboxState], backend: Backend) -> None:
        """At the bound those whose time is over make room, and the oldest of the others stay."""
        one, other = small
        one.counters.increment("oldest")
        for number in range(9):
            one.counters.increment(f"short{number}", expires=10)
        backend.advance(10)

        one.counters.increment("new")

        assert [other.counters.get(key) for key in ("oldest", "short0", "short8", "new")] == [1, None, None, 1]
        for number in range(8):
            one.counters.increment(f"later{number}")
        assert other.counters.get("oldest") == 1

    def test_counters_are_bounded_by_weight(self, backend: Backend) -> None:
        """Large values make each other room, the last one stays; two that have just the weight of the bound stay."""
        one, other = pair(backend.connect(replace(SMALL, counters=1000, counters_weight=1000)))
        text = "x" * 497  # with its quotes and a key of one letter 500 bytes

        for key in "ab":
            one.counters.update(key, lambda _: text)
        both = [other.counters.get(key) for key in "ab"]
        one.counters.increment("c")

        assert both == [text, text]
        assert [other.counters.get(key) for key in "abc"] == [None, text, 1]

    def test_counters_are_bounded_together(self, backend: Backend) -> None:
        """Two sandboxes that have just the bound over all stay whole; above it the one that grew longest ago loses."""
        stores = backend.connect(replace(SMALL, counters=1000, all_counters_weight=1000))
        first, second = (pair(stores, name) for name in ("a", "b"))
        for one, _ in (first, second):
            for key in "kl":
                one.counters.update(key, lambda _: "x" * 247)  # 250 bytes with its quotes and the key
        whole = [other.counters.get(key) is not None for _, other in (first, second) for key in "kl"]

        second[0].counters.increment("n")

        left = [other.counters.get(key) is not None for _, other in (first, second) for key in "kl"]
        assert whole == [True] * 4
        assert left == [False, True, True, True]

    def test_counter_keeps_its_deadline(self, states: tuple[SandboxState, SandboxState], backend: Backend) -> None:
        """A counter is over when its first time is, however often it is written until then, and not a moment later."""
        one, other = states
        one.counters.increment("k", expires=10)
        backend.advance(9)
        one.counters.increment("k", expires=10)
        before = other.counters.get("k")

        backend.advance(1)

        assert (before, other.counters.get("k")) == (2, None)
        assert one.counters.increment("k", expires=10) == 1

    def test_large_values_are_refused(self, backend: Backend) -> None:
        """A value above the bound is refused with a sentence, and the old one stays."""
        one, other = pair(backend.connect(replace(SMALL, counter_weight=100)))
        one.counters.update("k", lambda _: "short")

        with pytest.raises(SandboxFull, match="'k'"):
            other.counters.update("k", lambda _: "x" * 100)

        assert one.counters.get("k") == "short"

    def test_clear_by_prefix(self, states: tuple[SandboxState, SandboxState]) -> None:
        """Counters that begin with one of several prefixes are forgotten with the choice of scenarios."""
        one, other = states
        for key in ("a/1", "a/2", "b/1", "c/1"):
            one.counters.increment(key)

        other.set_scenarios(("slow",), forget=("a/", "b/"))

        assert [one.counters.get(key) for key in ("a/1", "a/2", "b/1", "c/1")] == [None, None, None, 1]
        one.set_scenarios((), forget=("",))
        assert other.counters.get("c/1") is None

    # Texts.

    def test_texts(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A text is found by its reference, through either handle and after a reset; the same text has the same one."""
        one, other = states

        references = [one.texts.keep(text) for text in ("a", "b" * 10_000, "a", "\ud800")]
        one.log.rewind(batch(one, cause="reset"), START)

        assert [len(reference) for reference in references] == [16] * 4
        assert references[0] == references[2]
        assert [other.texts.get(reference) for reference in references] == ["a", "b" * 10_000, "a", "\ud800"]
        assert other.texts.get("unknown") is None

    def test_texts_are_bounded(self, backend: Backend) -> None:
        """At the bound the texts go that were kept longest ago."""
        one, other = pair(backend.connect(replace(SMALL, texts=10)))
        references = [one.texts.keep(str(number)) for number in range(10)]
        one.texts.keep("0")

        one.texts.keep("new")

        assert [other.texts.get(references[number]) for number in (0, 1, 9)] == ["0", None, "9"]

    # Snapshots.

    def test_snapshot_and_restore(self, states: tuple[SandboxState, SandboxState], backend: Backend) -> None:
        """A snapshot keeps content, clock, scenarios and counters, with the time that these have left."""
        one, other = states
        written(one, "o", document(1))
        one.counters.increment("k", 3)
        one.counters.increment("short", expires=10)
        backend.advance(4)

        assert other.snapshots.save("s", NOW)
        written(one, "o", document(2))
        one.counters.increment("k")
        snapshot = one.snapshots.get("s")
        assert snapshot is not None
        changes = difference(one.log.checkpoint().content, snapshot.moment.content)
        one.log.rewind(batch(one, *changes, cause="restore"), snapshot.moment)

        assert (snapshot.name, snapshot.revision, snapshot.at) == ("s", 1, NOW)
        assert changes == (Change("orgs", "o", document(2), document(1)),)
        assert other.log.checkpoint().content == {("orgs", "o"): Cell(None, document(1))}
        assert (other.counters.get("k"), other.counters.get("short")) == (3, 1)
        backend.advance(7)
        assert other.counters.get("short") is None

    def test_snapshots_by_name(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A snapshot can be moved and deleted."""
        one, other = states
        assert one.snapshots.save("a", NOW)
        assert one.snapshots.save("b", NOW)
        written(one, "o", document(1))

        assert not other.snapshots.save("a", NOW)

        assert [(snapshot.name, snapshot.revision) for snapshot in one.snapshots.all()] == [("a", 1), ("b", 0)]
        assert one.snapshots.delete("a")
        assert not other.snapshots.delete("a")
        assert other.snapshots.get("a") is None

    def test_snapshots_are_bounded(self, states: tuple[SandboxState, SandboxState]) -> None:
        """One name too many is refused with a sentence; a name that is there can still be moved."""
        one, other = states
        for number in range(MAX_SNAPSHOTS):
            one.snapshots.save(f"s{number}", NOW)

        with pytest.raises(SandboxFull, match="20 snapshots"):
            other.snapshots.save("more", NOW)

        assert not other.snapshots.save("s0", NOW)

    # Runs.

    def test_runs(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A run keeps the facts of its requests until it ends."""
        one, other = states
        assert one.runs.start("r", NOW)
        assert not other.runs.start("r", NOW)
        head, sequence = other.begin(ARRIVAL)
        other.complete(sequence, COMPLETION._replace(fact=b"first", runs=head.runs))

        ended = one.runs.end("r", NOW + timedelta(1))
        other.complete(other.begin(ARRIVAL)[1], COMPLETION._replace(fact=b"late", runs=("r", "unknown")))
        again = one.runs.end("r", NOW + timedelta(2))

        assert head.runs == ("r",)
        assert one.head().runs == ()
        assert other.runs.read("r") == RunFacts((b"first",))
        assert ended == again == other.runs.get("r") == Run("r", NOW, NOW + timedelta(1), 1, 0)
        assert other.runs.all() == (ended,)
        assert other.runs.end("unknown", NOW) is None

    def test_facts_are_bounded(self, small: tuple[SandboxState, SandboxState]) -> None:
        """Facts above the bound of a run are counted; a fact that is too long is a mistake of the caller."""
        one, other = small
        one.runs.start("r", NOW)
        for number in range(5):
            other.complete(other.begin(ARRIVAL)[1], COMPLETION._replace(fact=b"%d" % number, runs=("r",)))

        run = one.runs.get("r")

        assert run is not None
        assert (run.facts, run.dropped) == (3, 2)
        assert one.runs.read("r") == RunFacts((b"0", b"1", b"2"), dropped=2)
        with pytest.raises(ValueError, match="200"):
            one.complete(1, COMPLETION._replace(fact=b"x" * (MAX_FACT + 1)))

    def test_run_of_everything_is_not_bounded(self, backend: Backend) -> None:
        """The run of all requests is never evicted and takes no place of another."""
        one, other = pair(backend.connect(replace(SMALL, runs=2)))
        for name in (EVERYTHING, "a", "b", "c"):
            one.runs.start(name, NOW)

        assert [run.name for run in other.runs.all()] == [EVERYTHING, "b", "c"]
        assert other.head().runs == (EVERYTHING, "b", "c")

    def test_end_after_the_journal_was_cleared(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A request that arrived before belongs to its named runs only; a fact without a request belongs to all."""
        one, other = states
        for name in (EVERYTHING, "r"):
            one.runs.start(name, NOW)
        _, sequence = one.begin(ARRIVAL)

        other.runs.delete(EVERYTHING)
        other.journal.clear()
        other.runs.start(EVERYTHING, NOW)
        one.complete(sequence, COMPLETION._replace(fact=b"early", runs=(EVERYTHING, "r")))
        one.complete(0, COMPLETION._replace(fact=b"other", runs=(EVERYTHING, "r")))
        one.complete(one.begin(ARRIVAL)[1], COMPLETION._replace(fact=b"late", runs=(EVERYTHING, "r")))

        assert other.runs.read(EVERYTHING) == RunFacts((b"other", b"late"))
        assert other.runs.read("r") == RunFacts((b"early", b"other", b"late"))

    def test_deleted_run(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A deleted run is gone with its facts, for every connection, and may begin again."""
        one, other = states
        one.runs.start("r", NOW)
        one.complete(one.begin(ARRIVAL)[1], COMPLETION._replace(fact=b"first", runs=("r",)))

        assert other.runs.delete("r")
        assert not one.runs.delete("r")
        assert one.runs.read("r") is None
        assert one.head().runs == ()
        assert one.runs.start("r", NOW)
        assert other.runs.get("r") == Run("r", NOW)

    def test_runs_are_bounded(self, backend: Backend) -> None:
        """At the bound the oldest run goes."""
        one, other = pair(backend.connect(replace(SMALL, runs=2)))
        for name in ("a", "b", "c"):
            one.runs.start(name, NOW)

        assert [run.name for run in other.runs.all()] == ["b", "c"]
        assert other.head().runs == ("b", "c")

    def test_facts_are_bounded_together(self, backend: Backend) -> None:
        """Above the bound over all sandboxes the oldest facts go, and count as dropped; a run that went has none."""
        one, other = pair(backend.connect(replace(SMALL, runs=1, facts=1000, all_facts_weight=2000)))
        one.runs.start("a", NOW)
        for name in ("a", "b"):
            one.runs.start(name, NOW)
            for _ in range(10):
                other.complete(other.begin(ARRIVAL)[1], COMPLETION._replace(fact=b"x" * 100, runs=(name,)))

        run = other.runs.get("b")

        assert run is not None
        assert run.facts == 10
        for _ in range(10):
            other.complete(other.begin(ARRIVAL)[1], COMPLETION._replace(fact=b"y" * 100, runs=("b",)))
        run = one.runs.get("b")
        assert run is not None
        assert run.facts + run.dropped == 20
        read = one.runs.read("b")
        assert read is not None
        assert read.dropped == run.dropped
        assert 10 <= run.facts == len(read.facts) < 20

    # Registry.

    def test_create_and_find(self, stores: tuple[Store, Store]) -> None:
        """A sandbox that one handle makes is found by the other; its name is taken."""
        one, other = stores

        made = one.registry.create("a", b'{"seed": 1}', START)

        assert made is not None
        assert (made.name, made.recipe) == ("a", b'{"seed": 1}')
        assert other.registry.find("a") == other.registry.use("a") == made
        assert other.registry.create("a", b"{}", START) is None
        assert other.registry.find("b") is None
        assert other.registry.use("b") is None

    def test_amend(self, stores: tuple[Store, Store]) -> None:
        """A recipe is replaced by the one handle that knows it; the other learns the new one."""
        one, other = stores
        made = one.registry.create("a", b"first", START)
        assert made is not None
        assert other.registry.find("a") == made

        outcomes = one.registry.amend("a", b"first", b"second one"), other.registry.amend("a", b"first", b"third")
        known = [store.registry.find("a") for store in stores]

        assert outcomes == ((True, b"second one"), (False, b"second one"))
        assert known == [replace(made, recipe=b"second one")] * 2
        with pytest.raises(SandboxDropped):
            one.registry.amend("b", b"", b"")

    def test_create_at_once(self, stores: tuple[Store, Store]) -> None:
        """Of many that make the same sandbox at once, one does."""
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda number: stores[number % 2].registry.create("a", b"{}", START), range(8)))

        assert [each for each in made if each is not None] == [stores[0].registry.find("a")]

    def test_start_may_have_content(self, stores: tuple[Store, Store]) -> None:
        """A sandbox begins at the moment that it is given."""
        content = {("orgs", "o"): Cell(None, document(1))}

        one, other = pair(stores, moment=Moment(content, timedelta(0), (), {"k": Counter(2)}))

        assert other.log.checkpoint().content == content
        assert one.counters.increment("k") == 3

    def test_dropped_sandbox_stays_dropped(self, stores: tuple[Store, Store]) -> None:
        """A handle of a sandbox that another handle drops raises an error, also after one of the same name is made."""
        one, other = pair(stores, "a")
        sequence = one.begin(ARRIVAL)[1]
        lease = one.counters.acquire("k", 10)
        creation = stores[0].registry.create("b", b"{}", START)

        assert stores[1].registry.drop("a")
        assert not stores[0].registry.drop("a")
        again = stores[1].registry.create("a", b"{}", START)

        assert creation is not None
        assert again is not None
        assert [made.name for made in stores[0].registry.all()] == ["b", "a"]
        for use in _uses(one):
            with pytest.raises(SandboxDropped):
                use()
        one.complete(sequence, COMPLETION)
        other.counters.release(lease)
        state = stores[0].sandbox(again.creation)
        assert (state.journal.read().entries, state.head().revision) == ((), 0)

    def test_unknown_creation(self, stores: tuple[Store, Store]) -> None:
        """There is no state for an id that no sandbox has."""
        with pytest.raises(SandboxDropped):
            stores[0].sandbox("unknown").head()

    def test_default_is_not_dropped(self, stores: tuple[Store, Store]) -> None:
        """The sandbox that is always there cannot be dropped; its creation id is the same in every store."""
        assert pair(stores, DEFAULT)[0].creation == DEFAULT
        assert pair(stores, "other")[0].creation != "other"

        with pytest.raises(ValueError, match=DEFAULT):
            stores[1].registry.drop(DEFAULT)

    def test_least_recently_used_goes(self, backend: Backend) -> None:
        """Above the bound the sandbox goes that was not used for the longest time, by ``use`` or by a request."""
        one, other = stores = backend.connect(replace(SMALL, sandboxes=3))
        pair(stores, DEFAULT)
        states = {name: pair(stores, name)[1] for name in ("a", "b", "c")}
        one.registry.use("a")
        states["b"].begin(ARRIVAL)
        one.registry.find("c")

        pair(stores, "d")

        assert [made.name for made in other.registry.all()] == [DEFAULT, "a", "b", "d"]
        with pytest.raises(SandboxDropped):
            states["c"].head()

    def test_recipes_are_bounded(self, backend: Backend) -> None:
        """Above the bound of recipes the least recently used sandboxes go, the new one never."""
        one, other = backend.connect(replace(SMALL, recipes_weight=100))
        for name in ("a", "b", "c"):
            one.registry.create(name, b"x" * 60, START)

        assert [made.name for made in other.registry.all()] == ["c"]
        other.registry.drop("c")
        for name in ("d", "e"):
            one.registry.create(name, b"x" * 50, START)
        assert [made.name for made in other.registry.all()] == ["d", "e"]

    def test_token_key_is_shared(self, stores: tuple[Store, Store], backend: Backend) -> None:
        """Both handles have the same key of 32 bytes, another store another one."""
        key = stores[0].token_key()

        assert len(key) == 32
        assert stores[1].token_key() == key
        assert backend.connect(Limits())[0].token_key() != key

    # Notifications.

    def test_notifications(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A subscriber hears of each change that either handle makes, in order, until it cancels."""
        one, other = states
        heard: list[Notification] = []
        cancel = other.subscribe(heard.append)

        one.begin(ARRIVAL)
        other.complete(1, COMPLETION)
        written(one, "o", document(1))
        one.set_clock(timedelta(0))
        one.set_scenarios(())
        one.runs.start("r", NOW)
        eventually(lambda: len(heard) >= 6)
        cancel()
        cancel()
        written(one, "o", document(2))

        assert [(each.kind, each.number) for each in heard] == [
            ("request", 1),
            ("request", 1),
            ("change", 1),
            ("clock", 1),
            ("scenarios", 1),
            ("run", 1),
        ]

    def test_subscriber_reads_what_it_hears_of(self, states: tuple[SandboxState, SandboxState]) -> None:
        """When a notification arrives, the change that it announces can be read."""
        one, other = states
        revisions: list[int] = []
        cancel = other.subscribe(lambda _: revisions.append(other.log.read(0, 10)[-1].revision))

        written(one, "o", document(1))
        eventually(lambda: revisions)
        cancel()

        assert revisions == [1]

    def test_dropping_is_notified(self, stores: tuple[Store, Store]) -> None:
        """A waiter in a sandbox that is dropped is woken up."""
        one, _ = pair(stores, "a")
        heard: list[str] = []
        one.subscribe(lambda notification: heard.append(notification.kind))

        stores[1].registry.drop("a")

        eventually(lambda: heard)
        assert heard == ["dropped"]

    def test_wait_on_a_thread(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A thread that waits goes on with the change that it waits for, and at once where it is so already."""
        one, other = states

        def look() -> int | None:
            return other.head().revision if other.head().revision >= 3 else None

        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(wait, other, look, 30)
            for number in range(3):
                written(one, "o", document(number))

            assert waiting.result(30) == 3
        assert wait(other, look, 0) == 3
        assert wait(other, lambda: None, 0) is None

    def test_wait_on_a_loop(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A hundred coroutines wait without a thread each, and all go on with the change."""
        one, other = states

        def look() -> int | None:
            return other.head().revision or None

        async def main() -> list[int | None]:
            waiting = [asyncio.create_task(wait_async(other, look, 30)) for _ in range(100)]
            await asyncio.sleep(0)
            await asyncio.to_thread(written, one, "o", document(1))
            return await asyncio.gather(*waiting)

        assert asyncio.run(main()) == [1] * 100
        assert asyncio.run(wait_async(other, lambda: None, 0)) is None

    # All together.

    def test_fold_follows_the_log(self, states: tuple[SandboxState, SandboxState]) -> None:
        """A follower that folds what it reads from time to time has the content of the store."""
        one, other = states
        content = fold(())
        revision = 0
        for number in range(30):
            written(one, f"o{number % 7}", None if number % 5 == 4 else document(number))
            if number % 4 == 0:
                batches = other.log.read(revision, 1000)
                content, revision = fold(batches, content), batches[-1].revision
        content = fold(other.log.read(revision, 1000), content)

        assert list(content.items()) == list(other.log.checkpoint().content.items())


def eventually(is_so: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Return once a condition holds; notifications of another process take their time."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)


def _oldest(state: SandboxState) -> int:
    """Return the oldest revision that a log keeps."""
    try:
        return state.log.read(0, 1)[0].revision
    except HistoryTruncated as error:
        return error.oldest


def _uses(state: SandboxState) -> Iterator[Callable[[], Any]]:
    """Yield each operation that a dropped sandbox refuses."""
    yield state.head
    yield lambda: state.begin(ARRIVAL)
    yield lambda: state.set_clock(timedelta(0))
    yield lambda: state.advance_clock(timedelta(0))
    yield lambda: state.set_scenarios(())
    yield lambda: state.subscribe(print)
    yield lambda: state.log.append(Batch(1, NOW, "client", ()))
    yield lambda: state.log.rewind(Batch(1, NOW, "reset", ()), START)
    yield lambda: state.log.rebase(Batch(1, NOW, "reload", ()), ())
    yield lambda: state.log.read(0, 1)
    yield state.log.checkpoint
    yield lambda: state.log.truncate(1)
    yield state.journal.read
    yield lambda: state.journal.updates(0)
    yield state.journal.clear
    yield lambda: state.counters.increment("k")
    yield lambda: state.counters.get("k")
    yield lambda: state.counters.update("k", lambda value: value)
    yield lambda: state.counters.first_use("k", 1)
    yield lambda: state.counters.acquire("k", 1)
    yield lambda: state.texts.keep("t")
    yield lambda: state.texts.get("t")
    yield lambda: state.snapshots.save("s", NOW)
    yield lambda: state.snapshots.get("s")
    yield state.snapshots.all
    yield lambda: state.snapshots.delete("s")
    yield lambda: state.runs.start("r", NOW)
    yield lambda: state.runs.end("r", NOW)
    yield lambda: state.runs.delete("r")
    yield lambda: state.runs.get("r")
    yield state.runs.all
    yield lambda: state.runs.read("r")
