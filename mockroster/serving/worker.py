"""A worker process: forked from the supervisor, and connected to it by two pipes.

Through the first pipe it reports that it is ready, or why it cannot start; its end of file tells the supervisor that
the worker has ended. The second pipe carries no data: its end of file tells the worker that the supervisor has ended.
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
"""The time that a worker has to end in an orderly way after its supervisor has ended."""


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a worker: its readiness, or the error that keeps it from starting."""

    readiness: Readiness | None = None
    error: str | None = None


@dataclass(slots=True, eq=False)
class Worker:
    """A running worker, as the supervisor sees it."""

    pid: int
    descriptor: int
    """The pipe of its report."""

    slot: int
    """The slot of its load."""

    report: Report = Report()
    ready_since: float | None = None
    _received: bytearray = field(default_factory=bytearray)

    def receive(self) -> bool:
        """Read from the pipe, and return whether the worker is alive; sets ``report`` after one whole line."""
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


def start_worker(work: Work, loads: Loads, slot: int, lifeline: tuple[int, int], inherited: list[int]) -> Worker:
    """Fork a worker, which publishes its load in a slot.

    ``lifeline`` is the pipe that ends with the supervisor; ``inherited`` are descriptors of the supervisor, which the
    worker closes.
    """
    receiver, sender = os.pipe()
    # Block signals until the worker has its own handlers: those of the supervisor would swallow them.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    pid = os.fork()
    if pid == 0:
        for descriptor in (receiver, lifeline[1], *inherited):
            os.close(descriptor)
        _run_worker(partial(work, partial(_send_readiness, sender), Load(loads, slot)), sender, lifeline[0], blocked)
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    os.close(sender)
    os.set_blocking(receiver, False)
    return Worker(pid, receiver, slot)


def _run_worker(work: Callable[[], None], reports: int, lifeline: int, mask: set[int | signal.Signals]) -> NoReturn:
    """Run a worker and exit, without a return to the stack of the supervisor."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, _exit)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        Thread(target=_end_with_supervisor, args=(lifeline,), name="mockroster-lifeline", daemon=True).start()
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


def _end_with_supervisor(lifeline: int) -> None:
    """End this process when the supervisor has ended, by force if its work takes too long."""
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
