"""Periodic work happens once, however many servers share the store."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread

import pytest
from patience import PATIENCE
from states import alone

from mockroster.errors import UnknownObject
from mockroster.sandbox import ticker as module
from mockroster.sandbox.ticker import Ticker, claim

HOUR = timedelta(hours=1)


class FakeTime:
    """The real time of a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime(2026, 1, 15, 8, 59, 59, tzinfo=UTC)
        monkeypatch.setattr(module, "real_now", lambda: self.now)

    def set(self, hour: int, minute: int = 0, second: int = 0) -> None:
        """Set the time of day."""
        self.now = self.now.replace(hour=hour, minute=minute, second=second)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """Return the time, at one second to nine."""
    return FakeTime(monkeypatch)


def test_one_of_several_servers(time: FakeTime) -> None:
    """Each end of a period is claimed by the server that looks first; each of the others passes it over."""
    state, calls = alone(), list[str]()
    first, second = (Ticker("days", HOUR, lambda name=name: calls.append(name), state) for name in ("first", "second"))

    early = first.look(), second.look()
    time.set(9)
    nine = first.look(), second.look(), first.look()
    time.set(10, 0, 1)
    ten = second.look(), first.look()

    assert early == (False, False)
    assert nine == (True, False, False)
    assert ten == (True, False)
    assert calls == ["first", "second"]


def test_a_server_that_slept(time: FakeTime) -> None:
    """Of several periods that have ended only the last counts, and nothing happens if time goes back."""
    calls = list[int]()
    ticker = Ticker("days", HOUR, lambda: calls.append(1), alone())

    time.set(13, 30)
    late = ticker.look()
    time.set(10)
    back = ticker.look()

    assert (late, back) == (True, False)
    assert calls == [1]


def test_tickers_by_name(time: FakeTime) -> None:
    """Two tickers of one sandbox do not take each other's ticks."""
    state, calls = alone(), list[str]()
    for name in ("days", "weeks"):
        ticker = Ticker(name, HOUR, lambda name=name: calls.append(name), state)
        time.set(9)
        ticker.look()
        time.set(8, 59)

    assert calls == ["days", "weeks"]


def test_claims_at_the_same_moment() -> None:
    """Of many claims at once exactly one succeeds."""
    state, barrier, claimed = alone(), Barrier(8), list[bool]()

    def run() -> None:
        barrier.wait(PATIENCE)
        claimed.append(claim(state, "reload", 60))

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert sorted(claimed) == [False] * 7 + [True]


def tick_after(error: Exception) -> bool:
    """Start a ticker whose first call fails, and return whether the next one came."""
    happened, calls = Event(), list[int]()

    def act() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise error
        happened.set()

    ticker = Ticker("days", timedelta(milliseconds=20), act, alone())
    ticker.start()
    came = happened.wait(PATIENCE)
    ticker.stop()
    return came


def test_it_runs_on_after_an_error(caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected error is logged, and the next tick comes all the same."""
    came = tick_after(RuntimeError("out of order"))

    assert came
    assert "days failed" in caplog.text


def test_it_runs_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    """A refusal is logged and the next tick comes all the same, until it is stopped."""
    caplog.set_level(logging.WARNING, "mockroster")

    came = tick_after(UnknownObject("there is nobody left"))

    assert came
    assert caplog.messages[0].startswith("days is left out this time: ")
    assert "there is nobody left" in caplog.messages[0]
