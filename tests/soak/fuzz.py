"""``make soak``: send byte streams to ``mockroster serve`` and see that it minds none of them.

Each stream has a connection of its own, is sent, and ended; the server must end its side as well, within a deadline.
No response may be a 5xx (501 and 505 say that HTTP has more than we do), the log may have no traceback, and the server
must answer ``/livez`` and end with 0 afterwards. ``--only NUMBER`` sends one stream again.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from urllib.parse import urlsplit

from wire.case import LIVE
from wire.connection import Connection

from soak.streams import corpus, stream

AT_ONCE = 48
"""Connections at a time."""

DEADLINE = 15.0
"""Seconds in which the server must have ended a connection whose client did."""

STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3}) [A-Za-z' -]*\r\n")
ALLOWED = {501, 505}


class Fault(Exception):
    """The server did what it must not do."""


@dataclass
class Sending:
    """A stream on its way, and the responses to it."""

    number: int
    socket: socket.socket
    data: memoryview
    began: float
    received: bytearray = field(default_factory=bytearray)


class Log:
    """Reads the log of a server all the time and keeps its tracebacks and its end."""

    def __init__(self, descriptor: int) -> None:
        self.fault = ""
        self.tail = b""
        self._descriptor = descriptor
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for the end of the log."""
        self._thread.join(DEADLINE)

    def _read(self) -> None:
        while data := os.read(self._descriptor, 1 << 20):
            text = self.tail + data
            if b"Traceback" in text and not self.fault:
                self.fault = text[text.index(b"Traceback") - 500 :][:4000].decode("utf-8", "replace")
            self.tail = text[-4000:]


class Fuzz:
    """Keeps a number of streams on their way, and counts what became of them."""

    def __init__(self, address: tuple[str, int], seed: int) -> None:
        self.statuses: Counter[int] = Counter()
        self.unanswered = 0
        self._address = address
        self._seed = seed
        self._known = corpus()
        self._selector = selectors.DefaultSelector()
        self._sending: deque[Sending] = deque()
        self._open: set[int] = set()

    def run(self, numbers: range) -> None:
        """Send the streams of these numbers. Raises ``Fault``."""
        waiting = iter(numbers)
        exhausted = False
        while self._open or not exhausted:
            while not exhausted and len(self._open) < AT_ONCE:
                number = next(waiting, None)
                if number is None:
                    exhausted = True
                else:
                    self._start(number)
            for key, events in self._selector.select(1.0):
                self._handle(key.data, events)
            self._check_deadlines()

    def _start(self, number: int) -> None:
        connection = socket.socket()
        connection.setblocking(False)
        code = connection.connect_ex(self._address)
        if code not in {0, errno.EINPROGRESS}:
            raise Fault(f"stream {number}: cannot connect: {os.strerror(code)}")
        data = memoryview(stream(self._seed, number, self._known))
        sending = Sending(number, connection, data, time.monotonic())
        self._selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, sending)
        self._sending.append(sending)
        self._open.add(number)

    def _handle(self, sending: Sending, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                data = sending.socket.recv(1 << 18)
                sending.received += data
                if not data:
                    self._end(sending)
                    return
            if events & selectors.EVENT_WRITE:
                self._write(sending)
        except ConnectionRefusedError as error:
            raise Fault(f"stream {sending.number}: {error}") from error
        except OSError:  # the server has closed already; what it said before counts
            self._end(sending)

    def _write(self, sending: Sending) -> None:
        if sending.data:
            sending.data = sending.data[sending.socket.send(sending.data) :]
        if not sending.data:
            if sending.number % 50 == 0:  # some clients go without a word
                sending.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._end(sending)
                return
            sending.socket.shutdown(socket.SHUT_WR)
            self._selector.modify(sending.socket, selectors.EVENT_READ, sending)

    def _end(self, sending: Sending) -> None:
        self._selector.unregister(sending.socket)
        sending.socket.close()
        self._open.discard(sending.number)
        found = [int(status) for status in STATUS_LINE.findall(sending.received)]
        self.statuses.update(found)
        self.unanswered += not found
        if sending.received and not sending.received.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")):
            raise Fault(f"stream {sending.number}: an answer that is none: {bytes(sending.received[:200])!r}")
        wrong = [status for status in found if status >= 500 and status not in ALLOWED]
        if wrong:
            raise Fault(f"stream {sending.number}: {wrong}: {bytes(sending.received[:2000])!r}")

    def _check_deadlines(self) -> None:
        while self._sending and self._sending[0].number not in self._open:
            self._sending.popleft()
        if self._sending and time.monotonic() - self._sending[0].began > DEADLINE:
            oldest = self._sending[0]
            raise Fault(f"stream {oldest.number}: the server holds it; so far it said {bytes(oldest.received[:500])!r}")


def main() -> int:
    """Send all streams and print what came of them; 1 if anything was wrong."""
    arguments = _arguments()
    with TemporaryDirectory() as name:
        url_file = Path(name) / "url"
        process = _started(url_file)
        assert process.stderr is not None
        log = Log(process.stderr.fileno())
        try:
            place = urlsplit(_url(url_file, process))
            fault = _send_all(arguments, (str(place.hostname), int(place.port or 0)), process, log)
            process.send_signal(signal.SIGTERM)
            code = process.wait(DEADLINE)
            log.join()
        finally:
            process.kill()
            process.wait()
    if code != 0:
        fault = fault or f"the server ended with {code}"
    fault = fault or log.fault
    print(f"soak: FAILED (seed {arguments.seed}): {fault}" if fault else "soak: no fault")
    return 1 if fault else 0


def _send_all(
    arguments: argparse.Namespace, address: tuple[str, int], process: subprocess.Popen[bytes], log: Log
) -> str:
    """Send the streams, and return a fault or an empty text."""
    fuzz = Fuzz(address, arguments.seed)
    began = time.monotonic()
    whole = range(arguments.count) if arguments.only is None else range(arguments.only, arguments.only + 1)
    try:
        for first in range(whole.start, whole.stop, arguments.step):
            fuzz.run(range(first, min(first + arguments.step, whole.stop)))
            _check_lives(address)
            if log.fault:
                return log.fault
            seconds = time.monotonic() - began
            sent = min(first + arguments.step, whole.stop) - whole.start
            print(f"{sent:>9,} streams, {sent / seconds:,.0f} a second, {_resident(process)}", flush=True)
    except Fault as error:
        return str(error)
    shown = ", ".join(f"{status}: {times:,}" for status, times in sorted(fuzz.statuses.items()))
    print(f"responses: {shown}; streams without one: {fuzz.unanswered:,}")
    return ""


def _check_lives(address: tuple[str, int]) -> None:
    with Connection(address) as connection:
        connection.send(LIVE)
        answer = connection.answer()
    if answer is None or answer.status != 200:
        raise Fault(f"/livez: {answer}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1_000_000, help="streams to send")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one stream to send again")
    parser.add_argument("--step", type=int, default=20_000, help="streams after which the server is looked at")
    return parser.parse_args()


def _started(url_file: Path) -> subprocess.Popen[bytes]:
    program = str(Path(sys.executable).with_name("mockroster"))
    flags = ["--port", "0", "--students", "24", "--no-auth", "--url-file", str(url_file)]
    return subprocess.Popen([program, "serve", *flags], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _url(url_file: Path, process: subprocess.Popen[bytes]) -> str:
    while not url_file.exists():
        if process.poll() is not None:
            raise SystemExit(f"soak: the server ended with {process.returncode}")
        time.sleep(0.01)
    return url_file.read_text().strip()


def _resident(process: subprocess.Popen[bytes]) -> str:
    file = Path(f"/proc/{process.pid}/status")
    found = re.search(r"VmRSS:\s+(\d+) kB", file.read_text()) if file.exists() else None
    return f"{int(found[1]) / 1024:.0f} MB" if found else "memory unknown"


if __name__ == "__main__":
    sys.exit(main())
