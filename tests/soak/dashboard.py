"""``make soak-dashboard``: the view Requests under a steady load, in Chromium.

Its keys must answer within 200 ms at 500 requests a second, its count must equal the journal's, and its memory must not
grow with the number of requests.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from browsers import chromium
from conftest import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATH = "/ims/oneroster/v1p1/orgs?limit=1"
KEY_SECONDS = 0.2
GROWTH = 8_000_000
"""The most bytes by which the memory of the page may grow once its list is full."""

_PRESSES = 20

_FULL = 2000
"""The number of requests after which the list of the page is full."""


@dataclass
class Load:
    """Sends requests at a rate over one connection, until there are enough."""

    url: str
    rate: int
    number: int
    sent: int = 0
    late: float = 0.0
    """Seconds by which the sending fell behind the rate."""

    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Start."""
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether some are still to be sent."""
        return self._thread.is_alive()

    def _send(self) -> None:
        parts = urlsplit(self.url)
        request = f"GET {PATH} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
        with socket.create_connection((parts.hostname, parts.port)) as connection:
            began = time.monotonic()
            while self.sent < self.number:
                connection.sendall(request)
                self._read(connection)
                self.sent += 1
                ahead = self.sent / self.rate - (time.monotonic() - began)
                self.late = max(self.late, -ahead)
                if ahead > 0:
                    time.sleep(ahead)

    @staticmethod
    def _read(connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(65536)


@dataclass(frozen=True, slots=True)
class Watched:
    """The measurements."""

    slowest: float
    """Seconds that a key took at most."""

    full: int
    """Bytes of the page's memory once its list was full."""

    most: int
    counted: int
    journal: int

    def faults(self, key_seconds: float) -> list[str]:
        """Return a sentence for each promise that was not kept."""
        sentences = {
            f"a key took {self.slowest * 1000:.0f} ms": self.slowest > key_seconds,
            f"the page counted {self.counted}, the journal {self.journal}": self.counted != self.journal,
            f"memory grew from {self.full} to {self.most} bytes": self.full > 0 and self.most - self.full > GROWTH,
        }
        return [sentence for sentence, is_broken in sentences.items() if is_broken]


def soak(browser: Browser, rate: int, number: int, key_seconds: float = KEY_SECONDS) -> list[str]:
    """Watch a number of requests, write the measurements, and return the faults."""
    with served("--students", "20", "--no-auth") as server:
        page = browser.new_page()
        page.goto(f"{server.url}/ui/requests")
        page.locator("#state[data-state=live]").wait_for()
        load = Load(server.url, rate, number)
        found = _watch(page, load)
        page.close()
        journal = json.loads(server.ask("GET", "/__admin/requests")[2])
    found = replace(found, journal=len(journal["requests"]) + journal["dropped"])
    sys.stderr.write(f"{found}; the load was {load.late:.2f} s late at most\n")
    return found.faults(key_seconds)


def _watch(page: Page, load: Load) -> Watched:
    """Press keys and measure the memory while the load runs."""
    from playwright.sync_api import TimeoutError as TooLate

    session = page.context.new_cdp_session(page)
    slowest, full, most = 0.0, 0, 0
    while load.is_running:
        began = time.monotonic()
        page.evaluate(_PRESS, _PRESSES)
        slowest = max(slowest, (time.monotonic() - began) / _PRESSES)
        time.sleep(1)
        session.send("HeapProfiler.collectGarbage")
        used: int = session.send("Runtime.getHeapUsage")["usedSize"]
        full = full or (used if load.sent > _FULL else 0)
        most = max(most, used)
    with suppress(TooLate):  # then the counts differ, which is reported
        page.locator(f"#count[data-total='{load.sent}']").wait_for(timeout=20_000)
    return Watched(slowest, full, most, int(page.locator("#count").get_attribute("data-total") or 0), 0)


_PRESS = """async (number) => {
  for (let press = 0; press < number; press += 1) {
    document.dispatchEvent(new KeyboardEvent("keydown", {key: "f", bubbles: true}));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  }
}"""


def main() -> int:
    """Run, and return 1 if there are faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--number", type=int, default=100_000)
    options = parser.parse_args()
    with chromium() as browser:
        faults = soak(browser, options.rate, options.number)
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
