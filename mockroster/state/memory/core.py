"""The core that all parts of the backend share: the lock of a store, the head and content of a sandbox."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock

from mockroster.errors import SandboxDropped, SandboxFull
from mockroster.state import changes
from mockroster.state.changes import Cell, Content, Key
from mockroster.state.memory.quota import Quota
from mockroster.state.port import Cancel
from mockroster.state.values import Head, Limits, Notification, NotificationKind

log = logging.getLogger("mockroster")

Subscriber = Callable[[Notification], None]


@dataclass(slots=True)
class Shared:
    """The lock and the bounds that all sandboxes of a store share.

    One lock guards the whole store. What is done under it takes microseconds, and with a single lock nothing can wait
    in a circle.
    """

    limits: Limits
    monotonic: Callable[[], float]
    lock: RLock = field(default_factory=RLock)
    logs: Quota = field(init=False)
    journals: Quota = field(init=False)
    counters: Quota = field(init=False)
    nonces: Quota = field(init=False)
    texts: Quota = field(init=False)
    facts: Quota = field(init=False)
    contents: int = 0
    """Bytes of the contents and snapshots of all sandboxes."""

    def __post_init__(self) -> None:
        """Make the bounds."""
        self.logs = Quota(self.limits.all_logs_weight)
        self.journals = Quota(self.limits.all_journals_weight)
        self.counters = Quota(self.limits.all_counters_weight)
        self.nonces = Quota(self.limits.all_nonces)
        self.texts = Quota(self.limits.all_texts_weight)
        self.facts = Quota(self.limits.all_facts_weight)

    def check_room(self) -> None:
        """Raise ``SandboxFull`` if all sandboxes together exceed the bound."""
        if self.contents >= self.limits.all_contents_weight:
            raise SandboxFull(f"all sandboxes together hold {self.contents:,} bytes; drop those that are not needed")


class Core:
    """The head of one sandbox, its content and its subscribers."""

    __slots__ = ("_subscribers", "began", "content", "content_weight", "head", "is_dropped", "lock", "shared")

    def __init__(self, shared: Shared, head: Head) -> None:
        self.shared = shared
        self.lock = shared.lock
        self.head = head
        self.began = 0
        """The revision at which the generation began."""

        self.content: dict[Key, Cell] = {}
        self.content_weight = 0
        self.is_dropped = False
        self._subscribers: dict[object, Subscriber] = {}

    def check(self) -> None:
        """Raise ``SandboxDropped`` if the sandbox was dropped."""
        if self.is_dropped:
            raise SandboxDropped("this sandbox was dropped")

    def check_room(self) -> None:
        """Raise ``SandboxFull`` if the sandbox, or all sandboxes together, are at the bound."""
        if self.content_weight >= self.shared.limits.content_weight:
            raise SandboxFull(
                f"this sandbox has taken in {self.content_weight:,} bytes; POST /__admin/reset makes it as at start"
            )
        self.shared.check_room()

    def grow(self, weight: int) -> None:
        """Record the growth of the content in bytes."""
        self.content_weight += weight
        self.shared.contents += weight

    def replace_content(self, content: Content) -> None:
        """Replace the content."""
        self.content = dict(content)
        self.grow(changes.weight(self.content) - self.content_weight)

    def subscribe(self, callback: Subscriber) -> Cancel:
        """Call a function with each notification."""
        with self.lock:
            self.check()
            key = object()
            self._subscribers = {**self._subscribers, key: callback}

        def cancel() -> None:
            with self.lock:
                self._subscribers = {other: each for other, each in self._subscribers.items() if other is not key}

        return cancel

    def publish(self, kind: NotificationKind, number: int) -> None:
        """Notify the subscribers. The caller holds no lock, so that a subscriber may read."""
        subscribers = self._subscribers  # replaced as a whole, never changed
        if not subscribers:
            return
        notification = Notification(kind, number)
        for callback in subscribers.values():
            try:
                callback(notification)
            except Exception:
                # The writer is not to blame, and its write is done.
                log.exception("a subscriber failed on %s", notification)
