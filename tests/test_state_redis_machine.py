"""Two servers on one store in Redis, and one in memory, do the same: any sequence of operations, small bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from redis_server import RedisServer
from state_behaviour import ARRIVAL, COMPLETION, NOW, START

from mockroster.errors import HistoryTruncated, SandboxDropped, SandboxFull, WriteConflict
from mockroster.state.changes import Batch, Change, difference, encode
from mockroster.state.memory import MemoryStore
from mockroster.state.port import SandboxState, Store
from mockroster.state.redis import RedisStore
from mockroster.state.redis.address import Address
from mockroster.state.values import Json, Lease, Limits, Snapshot

IDS = st.sampled_from("abcde")
NAMES = st.sampled_from(["one", "two", "three"])
KEYS = st.sampled_from(["a/1", "a/2", "b/1", "ä"])
VALUES = st.none() | st.integers(0, 3)
EXPIRES = st.none() | st.integers(1, 5)
JSON: st.SearchStrategy[Json] = st.none() | st.integers(-3, 3) | st.text(max_size=3) | st.lists(st.integers(0, 3))

LIMITS = Limits(
    log_weight=2000,
    log_changes=12,
    all_logs_weight=3000,
    content_weight=900,
    all_contents_weight=2500,
    journal=6,
    all_journals_weight=12_000,
    counters=3,
    counters_weight=110,
    counter_weight=12,
    all_counters_weight=180,
    texts=4,
    runs=2,
    facts=3,
    all_facts_weight=200,
    sandboxes=2,
    recipes_weight=50,
)

_ERRORS = (HistoryTruncated, SandboxDropped, SandboxFull, WriteConflict, TypeError)
_numbers = count(1)


class Clock:
    """The clock of the store in memory."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Machine(RuleBasedStateMachine):
    """Does each operation in memory and at one of two servers, and compares the results."""

    server: RedisServer

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.memory: Store = MemoryStore(LIMITS, self.clock)
        self.client = self.server.client()
        self.key = f"machine{next(_numbers)}"
        # Its time stands still, but for the rule that moves it.
        time = f"return 1000000000 + tonumber(redis.call('GET', '{self.key}') or 0)"
        address = Address.parse(self.server.url())
        self.redis = [RedisStore(address, LIMITS, time=time) for _ in range(2)]
        self.turn = count()
        self.creations: dict[str, tuple[str, str]] = {}
        self.leases: list[tuple[str, Lease, Lease]] = []
        self.generations: dict[str, tuple[int, int]] = {}
        self.create("one", 10)

    def teardown(self) -> None:
        """Close the connections."""
        self.client.close()
        for store in self.redis:
            store.close()

    @property
    def other(self) -> RedisStore:
        """Return the two servers in turn."""
        return self.redis[next(self.turn) % 2]

    def states(self, name: str) -> tuple[SandboxState, SandboxState]:
        """Return a sandbox, which may have been dropped, in memory and in Redis."""
        mine, theirs = self.creations.get(name, ("unknown", "unknown"))
        try:
            return self.memory.sandbox(mine), self.other.sandbox(theirs)
        except SandboxDropped:
            with pytest.raises(SandboxDropped):
                self.other.sandbox(theirs).head()
            return self.states("one") if name != "one" else self.again()

    def again(self) -> tuple[SandboxState, SandboxState]:
        """Create the first sandbox again."""
        self.create("one", 10)
        return self.states("one")

    def same(self, name: str, operation: Callable[[SandboxState], Any]) -> Any:
        """Return the result of an operation in memory, which is that in Redis."""
        mine, theirs = self.states(name)
        return compared(lambda: operation(mine), lambda: operation(theirs))

    # The registry.

    @rule(name=NAMES, size=st.integers(1, 30))
    def create(self, name: str, size: int) -> None:
        """Create a sandbox."""
        mine = self.memory.registry.create(name, b"x" * size, START)
        theirs = self.other.registry.create(name, b"x" * size, START)

        assert (mine is None) == (theirs is None)
        if mine is not None and theirs is not None:
            self.creations[name] = mine.creation, theirs.creation
            heads = self.memory.sandbox(mine.creation).head(), self.other.sandbox(theirs.creation).head()
            self.generations[name] = heads[0].generation, heads[1].generation

    @rule(name=NAMES, operation=st.sampled_from(["find", "use"]))
    def look_up(self, name: str, operation: str) -> None:
        """Find and use a sandbox."""
        mine = getattr(self.memory.registry, operation)(name)
        theirs = getattr(self.other.registry, operation)(name)

        assert (mine and mine.recipe) == (theirs and theirs.recipe)

    @rule(name=st.sampled_from(["two", "three"]))
    def drop(self, name: str) -> None:
        """Drop a sandbox."""
        assert self.memory.registry.drop(name) == self.other.registry.drop(name)

    # Records.

    @rule(name=NAMES, values=st.dictionaries(IDS, VALUES, max_size=3), size=st.integers(0, 120), late=st.booleans())
    def append(self, name: str, values: dict[str, int | None], size: int, late: bool) -> None:
        """Write and delete records, or try to with an old revision."""
        mine, theirs = self.states(name)
        made = self.batch(mine, "client", values, size)
        if late:
            made = replace(made, revision=max(made.revision - 1, 1))

        compared(lambda: mine.log.append(made), lambda: theirs.log.append(made))

    def batch(self, state: SandboxState, cause: str, values: dict[str, int | None], size: int) -> Batch:
        """Return the next batch."""
        content, changes = state.log.checkpoint().content, []
        for sourced_id, value in values.items():
            cell = content.get(("orgs", sourced_id))
            after = None if value is None else encode({"id": sourced_id, "value": value, "text": "x" * size})
            changes.append(Change("orgs", sourced_id, cell.now if cell else None, after))
        return Batch(state.head().revision + 1, NOW, cause, tuple(changes))

    @rule(name=NAMES, snapshot=st.sampled_from(["s", "t", ""]))
    def rewind(self, name: str, snapshot: str) -> None:
        """Come back to a snapshot or to the start."""
        mine, theirs = self.states(name)
        found = mine.snapshots.get(snapshot) if snapshot else None
        moment = found.moment if found else START
        changes = difference(mine.log.checkpoint().content, moment.content)
        made = Batch(mine.head().revision + 1, NOW, "restore", changes)

        compared(lambda: mine.log.rewind(made, moment), lambda: theirs.log.rewind(made, moment))

    @rule(name=NAMES, value=st.integers(0, 3))
    def rebase(self, name: str, value: int) -> None:
        """Continue from another start."""
        mine, theirs = self.states(name)
        after = encode({"id": "a", "value": value})
        content = mine.log.checkpoint().content
        cell = content.get(("orgs", "a"))
        start = (Change("orgs", "a", cell.start if cell else None, after),)
        made = Batch(mine.head().revision + 1, NOW, "reload", (Change("orgs", "a", cell.now if cell else None, after),))

        compared(lambda: mine.log.rebase(made, start), lambda: theirs.log.rebase(made, start))

    @rule(name=NAMES, back=st.integers(0, 5))
    def truncate(self, name: str, back: int) -> None:
        """Drop old batches."""
        revision = self.states(name)[0].head().revision - back
        self.same(name, lambda state: state.log.truncate(revision))

    @rule(name=NAMES, snapshot=st.sampled_from("st"), operation=st.sampled_from(["save", "get", "delete", "all"]))
    def snapshots(self, name: str, snapshot: str, operation: str) -> None:
        """Save, read and delete snapshots."""

        def do(state: SandboxState) -> Any:
            if operation == "save":
                return state.snapshots.save(snapshot, NOW)
            if operation == "all":
                return state.snapshots.all()
            result = getattr(state.snapshots, operation)(snapshot)
            return plain(result) if isinstance(result, Snapshot) else result

        self.same(name, do)

    # The head.

    @rule(name=NAMES, hours=st.integers(-3, 3), sets=st.booleans())
    def move_clock(self, name: str, hours: int, sets: bool) -> None:
        """Set and advance the clock."""
        by = timedelta(hours=hours)
        self.same(name, lambda state: (state.set_clock(by) if sets else state.advance_clock(by)).clock)

    @rule(name=NAMES, text=st.text(max_size=3), prefix=st.sampled_from(["a/", "", "c"]))
    def choose(self, name: str, text: str, prefix: str) -> None:
        """Choose scenarios."""
        self.same(name, lambda state: state.set_scenarios((text, "slow"), [prefix]).scenarios)

    # Requests.

    @rule(name=NAMES, size=st.integers(0, 600), runs=st.sampled_from([(), ("r",), ("r", "q")]), ends=st.booleans())
    def request(self, name: str, size: int, runs: tuple[str, ...], ends: bool) -> None:
        """Let a request arrive and, mostly, end."""
        completion = COMPLETION._replace(response_body=b"\xff" * size, fact=b"\xfe" * (size % 50), runs=runs)

        def do(state: SandboxState) -> Any:
            head, sequence = state.begin(ARRIVAL)
            if ends:
                state.complete(sequence, completion)
            return sequence, head.runs

        self.same(name, do)

    @rule(name=NAMES, back=st.integers(0, 8))
    def complete_late(self, name: str, back: int) -> None:
        """End a request that may have ended, or have been dropped."""
        sequences = [entry.sequence for entry in self.same(name, lambda state: state.journal.read().entries)]
        sequence = max(sequences[-1] - back, 1) if sequences else 1
        self.same(name, lambda state: state.complete(sequence, COMPLETION))

    @rule(name=NAMES, after=st.integers(0, 20), limit=st.none() | st.integers(0, 5))
    def read_journal(self, name: str, after: int, limit: int | None) -> None:
        """Read the journal in each way."""
        self.same(name, lambda state: state.journal.read(after, limit))
        self.same(name, lambda state: state.journal.updates(after))

    @rule(name=NAMES)
    def clear_journal(self, name: str) -> None:
        """Clear the journal."""
        self.same(name, lambda state: state.journal.clear())

    @rule(name=NAMES, run=st.sampled_from("rqp"), operation=st.sampled_from(["start", "end", "get", "read", "all"]))
    def runs(self, name: str, run: str, operation: str) -> None:
        """Start, end and read runs."""
        arguments = () if operation == "all" else (run, NOW) if operation in {"start", "end"} else (run,)
        self.same(name, lambda state: getattr(state.runs, operation)(*arguments))

    # Counters.

    @rule(name=NAMES, key=KEYS, by=st.integers(-2, 2), expires=EXPIRES)
    def increment(self, name: str, key: str, by: int, expires: int | None) -> None:
        """Count."""
        self.same(name, lambda state: state.counters.increment(key, by, expires=expires))

    @rule(name=NAMES, key=KEYS, value=JSON, expires=EXPIRES)
    def update(self, name: str, key: str, value: Json, expires: int | None) -> None:
        """Replace a value."""
        self.same(
            name, lambda state: state.counters.update(key, lambda before: value and [before, value], expires=expires)
        )

    @rule(name=NAMES, key=KEYS, seconds=st.integers(1, 5))
    def use_once(self, name: str, key: str, seconds: int) -> None:
        """Use a nonce."""
        self.same(name, lambda state: state.counters.first_use(key, seconds))

    @rule(name=NAMES, key=KEYS, seconds=st.integers(1, 5))
    def acquire(self, name: str, key: str, seconds: int) -> None:
        """Acquire a lease."""
        mine, theirs = self.states(name)
        one, other = mine.counters.acquire(key, seconds), theirs.counters.acquire(key, seconds)

        assert one.held == other.held
        self.leases.append((name, one, other))

    @rule(index=st.integers(0, 5))
    def release(self, index: int) -> None:
        """Release a lease, which may have ended."""
        if index < len(self.leases):
            name, one, other = self.leases[index]
            mine, theirs = self.states(name)
            mine.counters.release(one)
            theirs.counters.release(other)

    @rule(seconds=st.integers(1, 3))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.clock.now += seconds
        self.client.incrby(self.key, seconds * 1_000_000)

    @rule(name=NAMES, text=st.text(max_size=2))
    def texts(self, name: str, text: str) -> None:
        """Keep a text and find it."""
        reference = self.same(name, lambda state: state.texts.keep(text))
        self.same(name, lambda state: state.texts.get(reference))

    # What is compared after each step.

    @invariant()
    def everything_is_the_same(self) -> None:
        """Compare registries, heads, contents, logs and counters."""
        mine, theirs = self.memory.registry.all(), self.other.registry.all()
        assert [(each.name, each.recipe) for each in mine] == [(each.name, each.recipe) for each in theirs]
        for registration in mine:
            name = registration.name
            self.same(name, lambda state, name=name: self.head(name, state))
            self.same(name, lambda state: list(state.log.checkpoint().content.items()))
            self.same(name, lambda state: state.log.read(max(state.head().revision - 3, 0), 100))
            self.same(name, lambda state: state.log.read(0, 5))
            self.same(name, lambda state: [state.counters.get(key) for key in ("a/1", "a/2", "b/1", "ä")])

    def head(self, name: str, state: SandboxState) -> Any:
        """Return a head with its generation counted from the first one."""
        head = state.head()
        first = self.generations[name][state.creation != self.creations[name][0]]
        return replace(head, generation=head.generation - first)


def compared(mine: Callable[[], Any], theirs: Callable[[], Any]) -> Any:
    """Return the result of the first function, which is that of the second; errors are compared with their texts."""
    results = []
    for operation in (mine, theirs):
        try:
            results.append(operation())
        except _ERRORS as error:
            results.append((type(error), None if isinstance(error, TypeError) else str(error)))
    assert results[0] == results[1]
    return results[0]


def plain(snapshot: Snapshot) -> Any:
    """Return a snapshot as values that compare whole, the order of its content included."""
    moment = snapshot.moment
    return replace(snapshot, moment=START), list(moment.content.items()), moment.clock, dict(moment.counters)


def test_no_difference(redis_server: RedisServer) -> None:
    """Any sequence of operations has the same results."""
    machine = type("RedisMachine", (Machine,), {"server": redis_server})
    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=40, deadline=None))
