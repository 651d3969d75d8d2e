"""The supervisor of the workers: start them on shared sockets, restart those that end, and stop them all.

It reads no requests and holds no state; a worker that hangs or dies affects neither it nor the other workers.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from mockroster.errors import ConfigurationError
from mockroster.ready import Readiness
from mockroster.serving.sharing import Load, shared_loads
from mockroster.serving.worker import SIGNALS, Work, Worker, start_worker

log = logging.getLogger("mockroster")

LASTING_SECONDS = 1.0
"""A worker that ends less than this time after it was ready counts as a failure; others are replaced at once."""

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Bounds of the pause before a restart, which doubles with each failure in a row."""

MOST_FAILURES = 10
"""The failures in a row, without a worker that is ready, after which the supervisor gives up."""

STOP_SECONDS = 1.5
"""The time that the workers have to end before they are killed."""


class WorkersFailed(ConfigurationError):
    """Too many workers in a row ended soon after their start."""

    exit_code = 1


class Supervisor:
    """Keeps ``count`` workers running until SIGTERM or SIGINT."""

    def __init__(
        self, count: int, work: Work, on_ready: Callable[[Readiness], None], *, forwards_hang_up: bool
    ) -> None:
        """``on_ready`` is called once, when all workers answer. SIGHUP is forwarded, or else logged as ignored."""
        self._count = count
        self._work = work
        self._on_ready: Callable[[Readiness], None] | None = on_ready
        self._forwards_hang_up = forwards_hang_up
        # Not epoll or kqueue, whose descriptor every worker would inherit.
        self._selector = selectors.SelectSelector()
        self._lifeline = os.pipe()
        self._loads = shared_loads(count)
        self._workers: set[Worker] = set()
        self._private: list[int] = []
        """Descriptors that a worker closes."""

        self._restarts: list[float] = []
        """The times at which ended workers are replaced."""

        self._failures = 0
        self._is_stopping = False
        self._was_hung_up = False

    def run(self) -> None:
        """Supervise until a signal. Raises ``ConfigurationError`` if the first worker cannot start."""
        with self._signals():
            try:
                # Start the first worker alone, so that an error that affects all of them is reported once.
                self._start()
                while not self._is_stopping:
                    self._wait(self._seconds_to_restart())
                    self._restart_due()
            finally:
                self._stop()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Receive signals in ``_wait``; the handlers only set flags."""
        wakeup, wakeup_writer = os.pipe()
        for descriptor in (wakeup, wakeup_writer):
            os.set_blocking(descriptor, False)
        self._private += [wakeup, wakeup_writer]
        self._selector.register(wakeup, selectors.EVENT_READ)
        previous = {number: signal.signal(number, self._set_flag) for number in SIGNALS}
        signal.set_wakeup_fd(wakeup_writer, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            # Further signals during the last steps must not interrupt them.
            for number in previous:
                signal.signal(number, signal.SIG_IGN)
            for descriptor in (wakeup, wakeup_writer, *self._lifeline):
                os.close(descriptor)
            self._selector.close()

    def _set_flag(self, number: int, frame: FrameType | None) -> None:
        del frame
        if number in {signal.SIGTERM, signal.SIGINT}:
            self._is_stopping = True
        else:
            self._was_hung_up = True

    def _start(self) -> None:
        inherited = [*self._private, *(worker.descriptor for worker in self._workers)]
        slot = min({*range(self._count)} - {worker.slot for worker in self._workers})
        worker = start_worker(self._work, self._loads, slot, self._lifeline, inherited)
        self._workers.add(worker)
        self._selector.register(worker.descriptor, selectors.EVENT_READ, worker)

    def _wait(self, seconds: float | None) -> None:
        """Handle reports and ends of workers, and signals, within a number of seconds."""
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                self._handle_signal(key.fd)
            elif not key.data.receive():
                self._collect(key.data)
            elif key.data.ready_since is None and key.data.report.readiness is not None:
                self._handle_ready(key.data, key.data.report.readiness)

    def _handle_signal(self, descriptor: int) -> None:
        os.read(descriptor, 4096)
        if self._was_hung_up:
            self._was_hung_up = False
            self._hang_up()

    def _hang_up(self) -> None:
        if not self._forwards_hang_up:
            log.warning("SIGHUP is ignored; with --reload it reads the fixtures again")
            return
        for worker in self._workers:
            worker.send_signal(signal.SIGHUP)

    def _handle_ready(self, worker: Worker, readiness: Readiness) -> None:
        worker.ready_since = time.monotonic()
        for _ in range(self._count - len(self._workers) - len(self._restarts)):
            self._start()
        if self._on_ready is not None and sum(other.ready_since is not None for other in self._workers) == self._count:
            self._on_ready(readiness)
            self._on_ready = None

    def _collect(self, worker: Worker) -> None:
        """Collect a worker that has ended, and plan its replacement."""
        self._selector.unregister(worker.descriptor)
        self._workers.discard(worker)
        Load(self._loads, worker.slot).clear()
        code = worker.collect()
        if self._is_stopping:
            return
        now, error = time.monotonic(), worker.report.error
        if error is not None and self._on_ready is not None:
            raise ConfigurationError(error)
        lasted = worker.ready_since is not None and now - worker.ready_since >= LASTING_SECONDS
        self._failures = 0 if lasted else self._failures + 1
        if self._failures >= MOST_FAILURES and all(other.ready_since is None for other in self._workers):
            raise WorkersFailed(
                f"the last {self._failures} workers ended soon after their start: {_reason(code, error)}"
            )
        pause = min(FIRST_PAUSE * 2 ** (self._failures - 1), LONGEST_PAUSE) if self._failures else 0.0
        log.warning("worker %d has ended: %s; another one starts in %.1f s", worker.pid, _reason(code, error), pause)
        self._restarts.append(now + pause)

    def _seconds_to_restart(self) -> float | None:
        return max(0.0, min(self._restarts) - time.monotonic()) if self._restarts else None

    def _restart_due(self) -> None:
        now = time.monotonic()
        due = [moment for moment in self._restarts if moment <= now]
        self._restarts = [moment for moment in self._restarts if moment > now]
        for _ in due if not self._is_stopping else ():
            self._start()

    def _stop(self) -> None:
        """End all workers, the slow ones by SIGKILL."""
        self._is_stopping = True
        for worker in self._workers:
            worker.send_signal(signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        while self._workers and (left := end - time.monotonic()) > 0:
            self._wait(left)
        for worker in self._workers:
            worker.send_signal(signal.SIGKILL)
        for worker in [*self._workers]:
            self._collect(worker)


def _reason(code: int, error: str | None) -> str:
    if error is not None:
        return error
    return f"exit code {code}" if code >= 0 else f"killed by signal {-code}"
