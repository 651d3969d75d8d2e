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
    """A condition on a sandbox and the callback to wake its waiter."""

    state: SandboxState
    check: Callable[[], bool]
    wake: Callable[[], None]
    is_over: bool = False


@dataclass(slots=True, eq=False)
class _Group:
    """The conditions on one sandbox, which share a subscription."""

    cancel: Cancel = lambda: None
    watches: dict[_Watch, None] = field(default_factory=dict)
    is_due: bool = False


class Watcher:
    """Checks conditions in a daemon thread, which starts with the first of them.

    Only that thread subscribes and unsubscribes, because a store may take its time.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._added: list[_Watch] = []
        self._cancelled: list[_Watch] = []
        self._groups: dict[SandboxState, _Group] = {}
        """Used by the thread alone."""

        self._woken = Event()
        self._is_started = False

    def watch(self, state: SandboxState, check: Callable[[], bool], wake: Callable[[], None]) -> Cancel:
        """Call ``wake`` once ``check`` returns true, unless the watch is cancelled before.

        ``check`` runs now and after each change of the sandbox, including its end, always on the same thread. A
        check that raises also wakes.
        """
        watch = _Watch(state, check, wake)
        with self._lock:
            self._added.append(watch)
            if not self._is_started:
                self._is_started = True
                Thread(target=self._run, name="mockroster-watcher", daemon=True).start()
        self._woken.set()
        return partial(self._cancel, watch)

    def _cancel(self, watch: _Watch) -> None:
        watch.is_over = True
        with self._lock:
            self._cancelled.append(watch)
        self._woken.set()

    def _notify(self, group: _Group, _: Notification) -> None:
        if not group.is_due:
            group.is_due = True
            self._woken.set()

    def _run(self) -> None:
        while self._woken.wait():
            self._woken.clear()
            with self._lock:
                added, self._added = self._added, []
                cancelled, self._cancelled = self._cancelled, []
            for watch in added:
                self._join(watch)
            for watch in cancelled:  # after those that were added, which may need the same subscriptions
                self._leave(watch)
            for watch in self._due(added):
                self._check(watch)
            time.sleep(_PAUSE)

    def _join(self, watch: _Watch) -> None:
        """Add a condition to those of its sandbox. One that cannot be told of changes is checked once."""
        group = self._groups.get(watch.state)
        if group is None:
            group = _Group()
            try:
                group.cancel = watch.state.subscribe(partial(self._notify, group))
            except (SandboxDropped, StoreUnavailable):
                return
            except Exception:
                log.exception("a subscription to a sandbox failed")
                return
            self._groups[watch.state] = group
        group.watches[watch] = None

    def _leave(self, watch: _Watch) -> None:
        """Remove a condition, and end the subscription of a sandbox without any."""
        group = self._groups.get(watch.state)
        if group is None:
            return
        group.watches.pop(watch, None)
        if not group.watches:
            del self._groups[watch.state]
            group.cancel()

    def _due(self, added: list[_Watch]) -> list[_Watch]:
        """Return the added conditions, and those of changed sandboxes."""
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
