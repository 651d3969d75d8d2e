"""The log of ``mockroster serve`` on stderr: a line for each request and each event, as text or as JSON."""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from select import select
from threading import Event, Lock, Thread
from typing import Any

import orjson

from mockroster.clock import real_now

log = logging.getLogger("mockroster")

MOST = 500
"""The most characters of a path or a query in a log line."""

_WAITING = 10_000
"""The most lines that wait to be written."""

_GATHERED = 0.05
"""Seconds for which lines are collected before they are written together.

Measured on a busy machine with two cores, small pages at 16 connections: 1,600 requests a second without a log, 1,570
with this one, and 1,210 if each thread, which shares the interpreter with all others, writes its own line.
"""


_LAST_SECONDS = 0.5


class Lines:
    """A stream that a thread of its own writes, so that no request waits for the reader of a log.

    Otherwise a test that starts a server with ``stderr=PIPE`` and never reads would block it after some hundred
    requests. Without a reader, lines are dropped, and the log says where.
    """

    def __init__(self, descriptor: int = 2) -> None:
        self._descriptor = descriptor
        self._waiting: deque[str] = deque()
        self._is_full = False
        self._filled = Event()
        self._writing = Lock()
        Thread(target=self._write_forever, name="mockroster-log", daemon=True).start()
        atexit.register(self.close)

    def write(self, text: str) -> None:
        """Queue text of one or more whole lines."""
        if len(self._waiting) >= _WAITING:
            self._is_full = True
            return
        self._waiting.append(text)
        if not self._filled.is_set():
            self._filled.set()

    def flush(self) -> None:
        """Do nothing: logging does not wait for the writer. Streams need this method."""

    def drain(self) -> None:
        """Write the queued lines; also called when the process ends."""
        with self._writing, suppress(OSError):
            self._filled.clear()
            text = "".join(self._waiting.popleft() for _ in range(len(self._waiting)))
            rest = text.encode("utf-8", "backslashreplace")
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        if self._is_full:
            self._is_full = False
            log.warning("lines were dropped from this log: nobody was reading it")

    def close(self) -> None:
        """Write the queued lines as the process ends, but wait for a reader only ``_LAST_SECONDS``."""
        last = Thread(target=self.drain, daemon=True)
        last.start()
        last.join(_LAST_SECONDS)

    def _write_forever(self) -> None:
        while self._filled.wait():
            time.sleep(_GATHERED)
            self.drain()


@dataclass(frozen=True, slots=True)
class RequestLine:
    """The fields of a request that are logged, without credentials."""

    method: str
    path: str
    query: str
    status: int
    ms: float
    operation: str | None
    scenarios: Sequence[str]
    """The scenarios that changed the response."""

    sandbox: str | None
    """The name of the sandbox, or ``None`` if the path holds no valid name."""


class RequestLog:
    """Writes a line for each request, until ``close``."""

    def __init__(self, style: str, lines: Lines) -> None:
        """``style`` is ``text`` or ``json``."""
        self._format = _FORMATS[style]
        self._lines = lines

    def write(self, line: RequestLine) -> None:
        """Write the line of a request."""
        self._lines.write(self._format(line) + "\n")

    def close(self) -> None:
        """Write the queued lines before the process ends."""
        self._lines.close()


def _text(line: RequestLine) -> str:
    target = f"{line.path[:MOST]}?{line.query[:MOST]}" if line.query else line.path[:MOST]
    if not target.isprintable():
        target = ascii(target)[1:-1]
    operation = f" {line.operation}" if line.operation else ""
    sandbox = f" sandbox={line.sandbox}" if line.sandbox not in {None, "default"} else ""
    scenarios = f" scenarios={','.join(line.scenarios)}" if line.scenarios else ""
    return f"{_now()[11:]} {line.method} {target} {line.status} {line.ms:.1f} ms{operation}{sandbox}{scenarios}"


def _json(line: RequestLine) -> str:
    fields = {
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
    return orjson.dumps(fields).decode()


_FORMATS: dict[str, Callable[[RequestLine], str]] = {"text": _text, "json": _json}


def _now() -> str:
    """Return real time in UTC, without a zone. ``clock.timestamp`` would have to convert the zone."""
    return real_now().isoformat(timespec="milliseconds")[:23]


class JsonFormatter(logging.Formatter):
    """Formats an event as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of an event."""
        fields = {"at": _now() + "Z", "level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(fields).decode()


_FORMATTERS = {"text": logging.Formatter("mockroster: %(message)s"), "json": JsonFormatter()}


def configure(style: str) -> None:
    """Log events of this process to stderr in the given style."""
    handler = logging.StreamHandler()
    handler.setFormatter(_FORMATTERS[style])
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False


class UnreadLinesDropped:
    """A stream of a process without threads: a line that stderr cannot take at once is dropped."""

    def write(self, text: str) -> None:
        """Write whole lines, or drop them."""
        with suppress(OSError, ValueError):
            if select([], [2], [], 0)[1]:
                os.write(2, text.encode("utf-8", "backslashreplace"))

    def flush(self) -> None:
        """Do nothing: nothing is kept."""


def drop_lines_nobody_reads() -> None:
    """Never wait for the reader of the log, and start no thread for it either."""
    _write_events_to(UnreadLinesDropped())


def request_log(style: str) -> RequestLog:
    """Return a log for requests, which also writes the events of this process; it starts a thread."""
    lines = Lines()
    _write_events_to(lines)
    return RequestLog(style, lines)


def _write_events_to(stream: Any) -> None:
    for handler in log.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(stream)
