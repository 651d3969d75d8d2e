"""The threads for long work: a job never waits behind another one while a thread may still be started."""

from __future__ import annotations

from functools import partial
from threading import Event

from mockroster.serving.threads import WorkerThreads


def test_no_job_waits_for_a_busy_thread() -> None:
    """Of two jobs, the first of which waits for the second, both run, however soon the one follows the other."""
    threads = WorkerThreads(2)

    for _ in range(1_000):
        second, both = Event(), Event()

        threads.submit(partial(_set_after, second, both))
        threads.submit(second.set)

        assert both.wait(20)
    threads.stop()


def test_bound() -> None:
    """No more threads start than allowed; further jobs run once one is free, in order."""
    threads = WorkerThreads(2)
    release, done, order = Event(), Event(), list[int]()

    for _ in range(2):
        threads.submit(partial(_set_after, release, Event()))
    for number in range(3):
        threads.submit(partial(order.append, number))
    threads.submit(done.set)
    waits = not done.wait(0.01)
    release.set()

    assert waits
    assert done.wait(10)
    assert sorted(order) == [0, 1, 2]
    threads.stop()


def _set_after(awaited: Event, event: Event) -> None:
    """Set an event once another one is set."""
    if awaited.wait(10):
        event.set()
