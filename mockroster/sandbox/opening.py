"""Open the store of a server: in memory, or the one that its settings name."""

from __future__ import annotations

import logging
from time import monotonic, sleep

from mockroster.errors import ConfigurationError, StoreUnavailable
from mockroster.parsing import redacted_url
from mockroster.settings import Settings
from mockroster.state.memory import MemoryStore
from mockroster.state.port import Store

log = logging.getLogger("mockroster")

_PAUSE = 0.25
"""Seconds between two attempts to reach a store."""


def open_store(settings: Settings) -> Store:
    """Return the store of a server; wait for one that cannot be reached yet, for as long as the settings say.

    Raises ``ConfigurationError`` if it cannot be used or its client is not installed.
    """
    if settings.store is None:
        return MemoryStore()
    try:
        from mockroster.state.redis import connect
    except ModuleNotFoundError as error:
        if error.name != "redis":
            raise
        raise ConfigurationError('--store: its client is not installed: pip install "mockroster[redis]"') from None
    end = monotonic() + settings.wait_for_store.total_seconds()
    is_waiting = False
    while True:
        try:
            return connect(settings.store, ttl=int(settings.store_expiry.total_seconds()))
        except StoreUnavailable as error:
            if monotonic() >= end:
                raise ConfigurationError(f"--store: {error.description}") from None
        if not is_waiting:
            is_waiting = True
            log.info("waiting for the store %s …", redacted_url(settings.store))
        sleep(_PAUSE)


def check_store(settings: Settings) -> None:
    """Wait for the store and disconnect from it: for a process that does not serve, before long work."""
    if settings.store is not None:
        open_store(settings).close()
