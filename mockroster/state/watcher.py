"""Wait for conditions on sandboxes without a thread for each: one thread checks them all.

A check runs when it is added, and after each change of its sandbox. A writer only sets a flag, however many conditions
there are, and changes in quick succession are checked once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock, Thread

from mockroster.errors import SandboxDropped, StoreUnavailable
from mockroster.state.port import Cancel, SandboxState
from mockroster.state.values import Notification

log = logging.getLogger("mockroster")

_PAUSE = 0.01
"""Seconds between two rounds of checks, which limit the time that they take from requests."""


@dataclass(slots=True, eq=False)
class _Watch:
    """A condition and the callback to wake its waiter."""

    check: Callable[[], bool]
    wake: Callable[[], None]
    group: _Group | None = None
    is_over: bool = False


@dataclass(slots=True, eq=False)
class _Group:
    """The conditions on one sandbox, which share a subscription."""

    cancel: Cancel = lambda: None
    watches: dict[_Watch, None] = field(default_factory=dict)
    is_due: bool = False


class Watcher:
    """Checks conditions in a daemon thread, which starts with the first of them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._groups: dict[SandboxState, _Group] = {}
        self._added: list[tuple[_Watch, SandboxState]] = []
        self._woken = Event()
        self._is_started = False

    def watch(self, state: SandboxState, check: Callable[[], bool], wake: Callable[[], None]) -> Cancel:
        """Call ``wake`` once ``check`` returns true, unless the watch is cancelled before.

        ``check`` runs now and after each change of the sandbox, including its end, always on the same thread. A
        check that raises also wakes.
        """
        watch = _Watch(check, wake)
        with self._lock:
            self._added.append((watch, state))
            if not self._is_started:
                self._is_started = True
                Thread(target=self._run, name="mockroster-watcher", daemon=True).start()
        self._woken.set()
        return partial(self._remove, state, watch)

    def _join(self, watch: _Watch, state: SandboxState) -> None:
        """Add a condition to those of its sandbox. One that cannot be told of changes is checked once.

        It subscribes without the lock, because a store may take its time to confirm that.
        """
        with self._lock:
            group = self._groups.get(state)
            if group is not None:
                self._add(watch, group)
                return
        group = _Group()
        try:
            group.cancel = state.subscribe(partial(self._notify, group))
        except (SandboxDropped, StoreUnavailable):
            return
        with self._lock:
            if self._add(watch, group):
                self._groups[state] = group
                return
        group.cancel()

    @staticmethod
    def _add(watch: _Watch, group: _Group) -> bool:
        """Add a condition to a group, unless it was cancelled, and return whether it was added."""
        if not watch.is_over:
            group.watches[watch] = None
            watch.group = group
        return not watch.is_over

    def _notify(self, group: _Group, _: Notification) -> None:
        if not group.is_due:
            group.is_due = True
            self._woken.set()

    def _remove(self, state: SandboxState, watch: _Watch) -> None:
        with self._lock:
            watch.is_over = True
            group, watch.group = watch.group, None
            if group is None:
                return
            del group.watches[watch]
            if not group.watches:
                del self._groups[state]
                group.cancel()

    def _run(self) -> None:
        while self._woken.wait():
            self._woken.clear()
            with self._lock:
                added, self._added = self._added, []
            for watch, state in added:
                self._join(watch, state)
            for watch in self._due([watch for watch, _ in added]):
                self._check(watch)
            time.sleep(_PAUSE)

    def _due(self, added: list[_Watch]) -> list[_Watch]:
        """Return the added conditions, and those of changed sandboxes."""
        with self._lock:
            due = dict.fromkeys(added)
            for group in self._groups.values():
                if group.is_due:
                    group.is_due = False
                    due |= group.watches
        return [*due]

    def _check(self, watch: _Watch) -> None:
        if watch.is_over:
            return
        try:
            if not watch.check():
                return
        except Exception:
            log.exception("a condition on a sandbox failed")
        watch.is_over = True  # the waiter cancels the watch when it continues
        watch.wake()


WATCHER = Watcher()
"""The watcher of this process."""
