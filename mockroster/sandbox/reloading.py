"""Watch fixture files and reload them when they change, unless they have errors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR
from threading import Event, Thread

from mockroster.clock import Clock
from mockroster.errors import ConfigurationError, StoreUnavailable
from mockroster.roster.store import Roster
from mockroster.sandbox.bootstrap import assembly_of
from mockroster.sandbox.registry import Sandboxes
from mockroster.sandbox.shared_start import SharedFixtures
from mockroster.settings import Settings, is_document

log = logging.getLogger("mockroster")

PAUSE = 0.5
"""Seconds between two checks of the files."""

Stamp = tuple[str, int, int]
"""Path, time of the last change in ns, and size of a file."""


class Watch:
    """Checks fixture files for changes, and reloads them once they are stable."""

    def __init__(self, settings: Settings, sandboxes: Sandboxes) -> None:
        self._settings = settings
        self._sandboxes = sandboxes
        self._started = sandboxes.default.start.clock.now()
        self._shared = SharedFixtures(sandboxes.store) if sandboxes.store.is_remote else None
        self._loaded = self._last = self._stamps()
        self._woken = Event()

    def start(self) -> None:
        """Check every ``PAUSE`` seconds, in a daemon thread."""
        Thread(target=self._run, name="reload", daemon=True).start()

    def look(self) -> None:
        """Reload the files if they have changed since they were loaded, but not since the last check.

        So a file is not read before it is written completely. In every sandbox that starts from the files, the
        differences apply in one step; a record that is no longer in them becomes ``tobedeleted``. Everything else
        stays: writes to other records, clock, scenarios and journal. Servers that share a store all look; the first one
        that finds a change writes the differences, and the others only take over the records to start from.
        """
        stamps = self._stamps()
        is_steady, self._last = stamps == self._last, stamps
        if stamps == self._loaded or not is_steady:
            return
        before, self._loaded = self._loaded, stamps
        try:
            self._reload()
        except ConfigurationError as error:
            log.warning("not reloaded, the records stay as they were: %s", error)
        except StoreUnavailable:  # the store has logged it
            self._loaded = before

    def _reload(self) -> None:
        """Read the files and serve them. Raises ``ConfigurationError`` and ``StoreUnavailable``."""
        if self._shared is None:
            assembly = assembly_of(self._settings, self._sandboxes.default.start.clock.now(), Clock(self._started))
            roster, claimed = Roster.of(assembly.records), "first"
        else:
            # As of one time, so that all servers make the same records.
            moment = self._shared.moment
            assembly = assembly_of(self._settings, moment, Clock(moment))
            roster = Roster.of(assembly.records)
            claimed = self._shared.claim(roster)
        if claimed == "other":
            log.warning("not reloaded: these fixtures are not those that the other servers of the store have loaded")
            return
        if claimed == "first":
            self._sandboxes.renew(roster, assembly.undated)
        else:
            self._sandboxes.adopt(roster)
        log.warning("fixtures reloaded: %s records", f"{roster.size:,}")

    def wake(self) -> None:
        """Check now."""
        self._woken.set()

    def _run(self) -> None:
        while True:
            self._woken.wait(PAUSE)
            self._woken.clear()
            try:
                self.look()
            except Exception:  # the next change of the files is looked at all the same
                log.exception("not reloaded")

    def _stamps(self) -> frozenset[Stamp]:
        paths = [Path(text) for text in self._settings.fixtures if text != "-" and not is_document(text)]
        return frozenset(stamp for path in paths for stamp in _stamps_below(path))


def _stamps_below(path: Path) -> Iterator[Stamp]:
    """Yield the stamps of a file, or of the files in a folder; skip files that disappear meanwhile."""
    files = [path]
    with suppress(OSError):
        files += path.iterdir() if path.is_dir() else ()
    for file in files:
        with suppress(OSError):
            found = file.stat()
            if not S_ISDIR(found.st_mode):
                yield str(file), found.st_mtime_ns, found.st_size
