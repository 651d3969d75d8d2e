"""The state that all parts of the backend share: link, bounds, heads read by a request, and default sandbox."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from secrets import token_bytes, token_hex
from threading import Lock, local

from mockroster.errors import SandboxDropped, StoreUnavailable
from mockroster.state.redis import codec
from mockroster.state.redis.link import Argument, Link, Reply
from mockroster.state.redis.notices import Notices
from mockroster.state.values import DEFAULT, Head, Limits, Moment

log = logging.getLogger("mockroster")

_MOST_UNRELEASED = 1000
"""The most leases that are released after an outage; the others expire."""


class _Request(local):
    """The heads by creation id that the request of this thread has read, or ``None`` outside of a request."""

    heads: dict[str, Head] | None = None


@dataclass(slots=True)
class Core:
    """The connection of one process to a store."""

    link: Link
    limits: Limits
    notices: Notices
    prefix: str
    """The beginning of all keys."""

    default: tuple[bytes, Moment] | None = None
    """The recipe and moment of the sandbox ``default``, with which it begins again if the store has lost it."""

    token_key: bytes = field(default_factory=lambda: token_bytes(32))
    _epoch: bytes = b""
    """The id of the present content of the store; another one means that the store was emptied."""

    _unreleased: deque[tuple[str, bytes, str]] = field(default_factory=lambda: deque(maxlen=_MOST_UNRELEASED))
    """The leases that could not be released: creation id of the sandbox, key and id."""

    _request: _Request = field(default_factory=_Request)
    _lock: Lock = field(default_factory=Lock)

    def open(self) -> None:
        """Read the values that all servers of the store share; the first server writes them."""
        with self._lock:
            reply = self.link.run("open", "", self.token_key, token_hex(8))
            if self._epoch and self._epoch != reply[2]:
                log.warning("the store was emptied: all sandboxes begin again from their start")
            _, self.token_key, self._epoch = reply

    def run(self, operation: str, creation: str = "", *arguments: Argument) -> Reply:
        """Return the results of an operation; ``default`` is created again if the store has lost it."""
        try:
            return self.link.run(operation, creation, *arguments)
        except SandboxDropped:
            if not self.restore_default(creation):
                raise
            return self.link.run(operation, creation, *arguments)

    def restore_default(self, creation: str) -> bool:
        """Create ``default`` again if that is the sandbox the store has lost, and return whether it may be there."""
        if creation != DEFAULT or self.default is None:
            return False
        self.open()
        recipe, moment = self.default
        self.link.run("create", DEFAULT, DEFAULT, *self.beginning(recipe, moment))
        return True

    def beginning(self, recipe: bytes, moment: Moment) -> tuple[Argument, ...]:
        """Return the arguments that create a sandbox at a moment."""
        return (
            recipe,
            codec.microseconds(moment.clock),
            codec.dumps(moment.scenarios),
            codec.encode_content(moment.content),
            codec.encode_counters(moment.counters, self.limits.counter_weight),
        )

    def release_later(self, creation: str, key: str, id_: str) -> None:
        """Release a lease once the store answers again."""
        self._unreleased.append((creation, codec.encode_name(key), id_))

    def resume(self) -> None:
        """Do what waited for the store to answer again: release leases, and let the subscribers look."""
        while self._unreleased:
            creation, key, id_ = lease = self._unreleased.popleft()
            try:
                with suppress(SandboxDropped):
                    self.link.run("release", creation, key, id_)
            except StoreUnavailable:
                self._unreleased.append(lease)
                return
        self.notices.announce_gap()

    # Heads.

    @contextmanager
    def request(self) -> Iterator[None]:
        """Let ``head`` answer from the first reply within the context, on this thread."""
        self._request.heads = {}
        try:
            yield
        finally:
            self._request.heads = None

    def known_head(self, creation: str) -> Head | None:
        """Return the head that this request has read."""
        heads = self._request.heads
        return None if heads is None else heads.get(creation)

    def keep_head(self, creation: str, head: Head) -> Head:
        """Store a head for the rest of the request."""
        heads = self._request.heads
        if heads is not None:
            heads[creation] = head
        return head

    def forget_head(self, creation: str) -> None:
        """Remove the head, so that it is read again."""
        heads = self._request.heads
        if heads is not None:
            heads.pop(creation, None)

    def head_of(self, creation: str, reply: Sequence[bytes]) -> Head:
        """Return and keep the head of a reply."""
        if reply[5] != self._epoch:
            self.open()
        return self.keep_head(creation, codec.head_of(reply))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the state of one sandbox."""

    core: Core
    creation: str

    def run(self, operation: str, *arguments: Argument) -> Reply:
        """Return the results of an operation on this sandbox."""
        return self.core.run(operation, self.creation, *arguments)

    def key(self, part: str = "") -> str:
        """Return the key of a part."""
        return f"{self.core.prefix}s:{self.creation}" + (f":{part}" if part else "")
