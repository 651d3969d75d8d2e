"""A circuit breaker: after a time-out no request waits for the store again until it answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Lock, Thread

from mockroster.errors import StoreUnavailable

log = logging.getLogger("mockroster")

PAUSE = 0.25
"""Seconds between two attempts to reach the store while the circuit is open."""


class Circuit:
    """Closed while the store answers. While it is open, a thread tries until the store answers again."""

    def __init__(self, shown: str, is_reachable: Callable[[], bool], on_close: Callable[[], None]) -> None:
        """``is_reachable`` may raise in place of returning false; ``on_close`` is called once the circuit is closed."""
        self._shown = shown
        self._is_reachable = is_reachable
        self._on_close = on_close
        self._lock = Lock()
        self._reason: str | None = None
        self._ended = Event()

    def check(self) -> None:
        """Raise ``StoreUnavailable`` while the circuit is open."""
        reason = self._reason
        if reason is not None:
            raise StoreUnavailable(self._sentence(reason))

    def open(self, reason: str) -> StoreUnavailable:
        """Open the circuit, and return the error to raise."""
        with self._lock:
            is_first, self._reason = self._reason is None, reason
        if is_first and not self._ended.is_set():
            log.error("%s", self._sentence(reason))
            Thread(target=self._run, name="mockroster-store-probe", daemon=True).start()
        return StoreUnavailable(self._sentence(reason))

    def end(self) -> None:
        """Stop trying."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(PAUSE):
            if self._answers():
                with self._lock:
                    self._reason = None
                log.warning("the store %s answers again", self._shown)
                self._on_close()
                return

    def _answers(self) -> bool:
        """Return whether the store answers; an error of any kind means that it does not."""
        try:
            return self._is_reachable()
        except Exception as error:  # noqa: BLE001 # without this thread the circuit would stay open
            log.debug("the store %s does not answer: %s", self._shown, error)
            return False

    def _sentence(self, reason: str) -> str:
        return f"the store {self._shown} cannot be reached: {reason}"
