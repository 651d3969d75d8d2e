"""The backend in memory does what every backend must, and holds no more than it may."""

from __future__ import annotations

import dataclasses
import logging
import types
import typing
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from state_behaviour import ARRIVAL, COMPLETION, NOW, START, Backend, StateBehaviour, batch, document, pair

from mockroster.errors import WriteConflict
from mockroster.state import changes, values
from mockroster.state.changes import Cell, Change
from mockroster.state.memory import MemoryStore
from mockroster.state.port import Store
from mockroster.state.values import Limits


class Time:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self.now += seconds


def memory() -> Backend:
    """Return the backend; both handles are the store, because it lives in one process."""
    time = Time()

    def connect(limits: Limits) -> tuple[Store, Store]:
        store = MemoryStore(limits, time)
        return store, store

    return Backend(connect, time.advance)


class TestMemory(StateBehaviour):
    """The behaviour of the port, in memory."""

    @pytest.fixture
    def backend(self) -> Backend:
        """Return the backend in memory."""
        return memory()


PLAIN = (type(None), bool, int, float, str, bytes, datetime, timedelta)


def _is_plain(kind: Any) -> bool:
    """Return whether values of a type can be written down in any process."""
    arguments = [each for each in typing.get_args(kind) if each is not ...]
    origin = typing.get_origin(kind)
    if origin is typing.Literal or kind in PLAIN or isinstance(kind, str):
        return True
    if origin in {tuple, Mapping, typing.Union, types.UnionType, list, dict}:
        return all(map(_is_plain, arguments))
    return _has_members(kind)


def _has_members(kind: Any) -> bool:
    """Return whether a type is a dataclass or a named tuple."""
    return dataclasses.is_dataclass(kind) or hasattr(kind, "_fields")


@pytest.mark.parametrize(
    "kind",
    [each for module in (values, changes) for each in vars(module).values() if _has_members(each)],
    ids=lambda kind: kind.__name__,
)
def test_port_speaks_of_plain_values(kind: Any) -> None:
    """Values at the port are frozen, slotted, and made of types that another process can be sent."""
    hints = typing.get_type_hints(kind, vars(values) | vars(changes) | {"Json": None})

    assert issubclass(kind, tuple) or (kind.__dataclass_params__.frozen and "__slots__" in vars(kind))
    assert {name: hint for name, hint in hints.items() if not _is_plain(hint)} == {}


def test_store_gives_back_what_a_dropped_sandbox_held() -> None:
    """After all sandboxes are dropped, the store holds nothing of them."""
    store = MemoryStore()
    for number in range(5):
        state, _ = pair((store, store), f"s{number}")
        state.log.rewind(batch(state, cause="reset"), START)
        state.log.append(batch(state, Change("orgs", "o", None, document(1))))
        state.snapshots.save("s", NOW)
        state.runs.start("r", NOW)
        state.complete(state.begin(ARRIVAL)[1], COMPLETION._replace(fact=b"f", runs=("r",)))
        state.counters.increment("k")
        state.counters.first_use("n", 10)
        state.texts.keep("t")

    shared = store.registry._shared
    quotas = [shared.logs, shared.journals, shared.counters, shared.nonces, shared.texts, shared.facts]
    used, held = [quota.used for quota in quotas], shared.contents
    for number in range(5):
        store.registry.drop(f"s{number}")

    assert held > 0
    assert all(used)
    assert shared.contents == 0
    assert [quota.used for quota in quotas] == [0] * len(quotas)


def test_rewrites_of_one_record_stay_bounded() -> None:
    """However often a record is rewritten, the log holds no more than its bound, and the content one record."""
    store = MemoryStore(dataclasses.replace(Limits(), log_changes=1000))
    state, _ = pair((store, store))
    before: bytes | None = None
    for number in range(20_000):
        after = b"%d" % number
        state.log.append(changes.Batch(number + 1, NOW, "client", (Change("orgs", "o", before, after),), "c"))
        before = after

    assert state.log.checkpoint().content == {("orgs", "o"): Cell(None, b"19999")}
    assert store.registry._shared.logs.used < 200_000
    assert len(state.log.read(20_000 - 900, 1000)) == 900


def test_failing_subscriber_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """A subscriber that raises is logged; the write is done, and the others are called."""
    store = MemoryStore()
    state, _ = pair((store, store))
    heard: list[object] = []

    def fail(_: object) -> None:
        raise ValueError

    state.subscribe(fail)
    state.subscribe(heard.append)

    with caplog.at_level(logging.ERROR):
        state.begin(ARRIVAL)

    assert len(heard) == 1
    assert "a subscriber failed" in caplog.text


def test_many_threads_in_many_sandboxes() -> None:
    """Threads that write, save, come back, and drop at once lose, tear and cross nothing."""
    store = MemoryStore(dataclasses.replace(Limits(), all_logs_weight=50_000, all_journals_weight=50_000))
    states = [pair((store, store), f"s{number}")[0] for number in range(20)]

    def work(thread: int) -> int:
        done = 0
        for turn in range(150):
            number = (thread * 7 + turn) % len(states)
            state = states[number]
            state.complete(state.begin(ARRIVAL)[1], COMPLETION)
            checkpoint = state.log.checkpoint()
            assert all(cell.now is None or cell.now.startswith(b"%d " % number) for cell in checkpoint.content.values())
            cell = checkpoint.content.get(("orgs", "a"))
            value = b"%d %d" % (number, turn)
            # Both records are written in each batch, so they are always the same.
            written = [Change("orgs", name, cell.now if cell else None, value) for name in ("a", "b")]
            made = changes.Batch(checkpoint.revision + 1, NOW, "client", tuple(written))
            assert checkpoint.content.get(("orgs", "b")) == cell
            try:
                if turn % 10 == 9:
                    state.snapshots.save("s", NOW)
                    snapshot = state.snapshots.get("s")
                    assert snapshot is not None
                    back = changes.difference(checkpoint.content, snapshot.moment.content)
                    state.log.rewind(dataclasses.replace(made, changes=back, cause="restore"), snapshot.moment)
                else:
                    state.log.append(made)
            except WriteConflict:
                continue
            done += 1
        return done

    with ThreadPoolExecutor(16) as pool:
        done = sum(pool.map(work, range(16)))

    assert done == sum(state.head().revision for state in states)
    assert sum(state.journal.read().dropped + len(state.journal.read().entries) for state in states) == 16 * 150
