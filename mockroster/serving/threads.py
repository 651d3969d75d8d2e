"""Daemon threads for long work.

``concurrent.futures`` waits for its threads when the interpreter ends; a server must not wait on exit for a district
that is no longer needed. Hence daemon threads.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

Job = Callable[[], None]


class WorkerThreads:
    """At most ``most`` threads that run jobs in the order of submission.

    A thread starts when every other one has a job. Each connection submits one job at a time, which bounds the queue.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._started = 0
        self._free = 0
        """Threads without a job; below zero, the jobs that wait for a thread."""

        self._lock = Lock()

    @property
    def are_busy(self) -> bool:
        """Whether a job runs or waits for a thread."""
        with self._lock:
            return self._free < self._started

    def submit(self, job: Job) -> None:
        """Run a job in a thread; a job must not raise."""
        with self._lock:
            self._free -= 1
            starts = self._free < 0 and self._started < self._most
            self._free += starts
            self._started += starts
        self._jobs.put(job)
        if starts:
            Thread(target=self._work, name="mockroster-worker", daemon=True).start()

    def stop(self) -> None:
        """End every idle thread now and every busy one after its job."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            with self._lock:
                self._free += 1
