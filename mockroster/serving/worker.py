"""A worker process: forked from the supervisor, and connected to it by two pipes.

Through the first it reports that it is ready, or why it cannot start; the end of that pipe is the end of the worker.
The second one only the supervisor could write to: its end is the end of the supervisor, which no worker survives.
Fork shares the generated records between the processes. It needs POSIX, and a supervisor without threads.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread
from types import FrameType
from typing import Any, NoReturn

from mockroster.errors import ConfigurationError
from mockroster.ready import Readiness
from mockroster.serving.sharing import Load, Loads

log = logging.getLogger("mockroster")

OnReady = Callable[[Readiness], None]
Work = Callable[[OnReady, Load], None]
"""Serves until a signal; calls its first argument once it answers, and publishes its load."""

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))

_LONGEST_REPORT = 65_536
_LAST_SECONDS = 1.5
"""How long a worker may take to end by itself once its supervisor has gone."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker has told: that it is ready, or why it cannot start."""

    readiness: Readiness | None = None
    error: str | None = None


@dataclass(slots=True, eq=False)
class Worker:
    """A running worker, as the supervisor sees it."""

    pid: int
    descriptor: int
    """The pipe of its report."""

    place: int
    """Where its load is published."""

    report: Report = Report()
    ready_since: float | None = None
    _received: bytearray = field(default_factory=bytearray)

    def receive(self) -> bool:
        """Read from its pipe, and return whether the worker is alive; ``report`` is complete after one whole line."""
        try:
            piece = os.read(self.descriptor, _LONGEST_REPORT)
        except BlockingIOError:
            return True
        self._received += piece
        line, newline, _ = self._received.partition(b"\n")
        if newline and self.report == Report():
            self.report = _decode(bytes(line))
        return bool(piece) and len(self._received) <= _LONGEST_REPORT

    def send_signal(self, number: int) -> None:
        """Send a signal; the supervisor has not yet collected the process, so its id is not used again."""
        os.kill(self.pid, number)

    def collect(self) -> int:
        """Return the exit code of a worker whose pipe has ended; negative for a signal."""
        os.close(self.descriptor)
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)


def start_worker(work: Work, loads: Loads, place: int, lifeline: tuple[int, int], unwanted: list[int]) -> Worker:
    """Fork a worker, which publishes its load at a place.

    ``lifeline`` is the pipe that ends with the supervisor; ``unwanted`` are descriptors of the supervisor that are
    none of the worker's business.
    """
    ours, theirs = os.pipe()
    # No signal may arrive between the fork and the handlers of the worker: the supervisor's would swallow it.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    pid = os.fork()
    if pid == 0:
        for descriptor in (ours, lifeline[1], *unwanted):
            os.close(descriptor)
        _run_worker(partial(work, partial(_send_readiness, theirs), Load(loads, place)), theirs, lifeline[0], blocked)
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    os.close(theirs)
    os.set_blocking(ours, False)
    return Worker(pid, ours, place)


def _run_worker(work: Callable[[], None], reports: int, lifeline: int, mask: set[int | signal.Signals]) -> NoReturn:
    """Run a worker to its end; nothing of the supervisor's stack may run in it."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, _exit)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        Thread(target=_end_with, args=(lifeline,), name="mockroster-lifeline", daemon=True).start()
        work()
        code = 0
    except ConfigurationError as error:
        _send(reports, {"error": str(error)})
        code = error.exit_code
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0
    except BaseException:
        log.exception("a worker has failed")
    finally:
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)
        os._exit(code)


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    """End a worker that does not serve yet."""
    del number, frame
    sys.exit(0)


def _end_with(lifeline: int) -> None:
    """End this process when the supervisor has ended, if need be in the middle of long work."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    Event().wait(_LAST_SECONDS)
    os._exit(1)


def _send_readiness(reports: int, readiness: Readiness) -> None:
    _send(reports, {"seed": readiness.seed, "counts": readiness.counts})


def _send(reports: int, report: dict[str, Any]) -> None:
    try:
        os.write(reports, json.dumps(report).encode() + b"\n")
    except BrokenPipeError:
        log.warning("the supervisor of this worker has ended")


def _decode(line: bytes) -> Report:
    document: dict[str, Any] = json.loads(line)
    if "error" in document:
        return Report(error=document["error"])
    return Report(Readiness(document["seed"], document["counts"]))


def _flush(stream: Any) -> None:
    try:
        if stream is not None:
            stream.flush()
    except (OSError, ValueError):  # closed or full: the process ends all the same
        return
