"""What ``mockroster serve`` writes on stderr: a line for each request and each event, as text or as JSON."""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from logging.config import dictConfig
from threading import Event, Lock, Thread
from typing import Any

import orjson

from mockroster.clock import real_now

log = logging.getLogger("mockroster")

MOST = 500
"""Characters of a path or a query that are written."""

_WAITING = 10_000
"""Lines that wait to be written, at most."""

_GATHERED = 0.05
"""Seconds in which lines are gathered before they are written together.

Measured on a busy machine with two cores, small pages at 16 connections: 1,600 requests a second without a log and
1,570 so, 1,210 where each thread, which shares the interpreter with all others, writes its line itself."""


_LAST_SECONDS = 0.5


class Lines:
    """A stream of lines that are written by a thread of its own, so that no request waits for the reader of a log.

    A test that starts a server with ``stderr=PIPE`` and never reads would else stop the server after some hundred
    requests. Lines that nobody takes are dropped in the end, and the log says where.
    """

    def __init__(self, descriptor: int = 2) -> None:
        self._descriptor = descriptor
        self._waiting: deque[str] = deque()
        self._is_full = False
        self._filled = Event()
        self._writing = Lock()
        Thread(target=self._write_for_ever, name="mockroster-log", daemon=True).start()
        atexit.register(self._end)

    def write(self, text: str) -> None:
        """Take text in, one whole line or more."""
        if len(self._waiting) >= _WAITING:
            self._is_full = True
            return
        self._waiting.append(text)
        if not self._filled.is_set():
            self._filled.set()

    def flush(self) -> None:
        """Do nothing: who logs does not wait. The method is there because a stream has one."""

    def drain(self) -> None:
        """Write what waits; called also when the process ends."""
        with self._writing, suppress(OSError):
            self._filled.clear()
            text = "".join(self._waiting.popleft() for _ in range(len(self._waiting)))
            rest = text.encode("utf-8", "backslashreplace")
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        if self._is_full:
            self._is_full = False
            log.warning("lines are missing in this log: nobody was reading it")

    def _end(self) -> None:
        """Write what waits as the process ends, but wait for a reader only ``_LAST_SECONDS``."""
        last = Thread(target=self.drain, daemon=True)
        last.start()
        last.join(_LAST_SECONDS)

    def _write_for_ever(self) -> None:
        while self._filled.wait():
            time.sleep(_GATHERED)
            self.drain()


@dataclass(frozen=True, slots=True)
class RequestLine:
    """The facts of a request that are logged; without credentials."""

    method: str
    path: str
    query: str
    status: int
    ms: float
    operation: str | None
    scenarios: Sequence[str]
    """The scenarios that touched the response."""

    sandbox: str | None
    """The name of the sandbox; ``None`` where the path names none that can exist."""


class RequestLog:
    """Writes a line for each request."""

    def __init__(self, style: str, lines: Lines) -> None:
        """``style`` is ``text`` or ``json``."""
        self._format = _FORMATS[style]
        self._lines = lines

    def write(self, line: RequestLine) -> None:
        """Write a line."""
        self._lines.write(self._format(line) + "\n")


def _text(line: RequestLine) -> str:
    target = f"{line.path[:MOST]}?{line.query[:MOST]}" if line.query else line.path[:MOST]
    if not target.isprintable():
        target = ascii(target)[1:-1]
    operation = f" {line.operation}" if line.operation else ""
    elsewhere = f" sandbox={line.sandbox}" if line.sandbox not in {None, "default"} else ""
    scenarios = f" scenarios={','.join(line.scenarios)}" if line.scenarios else ""
    return f"{_now()[11:]} {line.method} {target} {line.status} {line.ms:.1f} ms{operation}{elsewhere}{scenarios}"


def _json(line: RequestLine) -> str:
    facts = {
        "at": _now() + "Z",
        "level": "info",
        "method": line.method,
        "path": line.path[:MOST],
        "query": line.query[:MOST],
        "status": line.status,
        "ms": round(line.ms, 3),
        "sandbox": line.sandbox,
        "operation": line.operation,
        "scenarios": line.scenarios,
    }
    return orjson.dumps(facts).decode()


_FORMATS: dict[str, Callable[[RequestLine], str]] = {"text": _text, "json": _json}


def _now() -> str:
    """Return real time in UTC, without the sign for it; ``clock.timestamp`` would have to find out the zone."""
    return real_now().isoformat(timespec="milliseconds")[:23]


class _JsonFormatter(logging.Formatter):
    """Writes an event as a JSON object on a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        facts = {"at": _now() + "Z", "level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            facts["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(facts).decode()


_FORMATTERS: dict[str, dict[str, Any]] = {
    "text": {"format": "mockroster: %(message)s"},
    "json": {"()": _JsonFormatter},
}


def configuration(style: str) -> dict[str, Any]:
    """Return how events are logged, as ``logging.config`` wants it."""
    stderr = {"class": "logging.StreamHandler", "formatter": "chosen", "stream": "ext://sys.stderr"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": _FORMATTERS[style]},
        "handlers": {"stderr": stderr},
        "loggers": {
            "mockroster": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        },
    }


def configure(style: str) -> None:
    """Log events in this style, from now on and in this process."""
    dictConfig(configuration(style))


def request_log(style: str) -> RequestLog:
    """Return a log of requests that takes the events of this process in too; it starts a thread."""
    lines = Lines()
    for handler in log.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(lines)
    return RequestLog(style, lines)
