"""Notices of changes: one thread of each process receives those of the sandboxes with subscribers in this process.

Nothing is queued: a notice calls the subscribers, which read the new entries. Each subscriber gets a notification
``gap`` after a lost connection, because notices may have been lost, and once the store answers again, because a
subscriber may have tried to read while it did not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any

import redis
from redis.client import PubSub
from redis.exceptions import RedisError

from mockroster.state.port import Cancel
from mockroster.state.redis.link import ANSWER_SECONDS
from mockroster.state.values import Notification

log = logging.getLogger("mockroster")

Subscriber = Callable[[Notification], None]

SILENCE = 15.0
"""Seconds without a message after which the connection is checked."""

PAUSE = 0.25
"""Seconds between two attempts to connect."""

GAP = Notification("gap", 0)

_CLOSED_MEANWHILE = (AttributeError, TypeError, ValueError)
"""The errors of a connection that another thread closes, because it failed to use it."""


class _Channel:
    """The subscribers of one sandbox; ``confirmed`` once the server sends its notices."""

    __slots__ = ("confirmed", "subscribers")

    def __init__(self) -> None:
        self.subscribers: dict[object, Subscriber] = {}
        self.confirmed = Event()


class Notices:
    """The subscriptions of this process."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._client = client
        self._prefix = f"{prefix}n:"
        self._lock = Lock()
        self._channels: dict[str, _Channel] = {}
        self._pubsub: PubSub | None = None
        self._is_started = False
        self._ended = Event()

    def subscribe(self, creation: str, callback: Subscriber) -> Cancel:
        """Call a function with each notice of a sandbox; return once the server has confirmed, or does not answer."""
        name, key = self._prefix + creation, object()
        with self._lock:
            channel = self._channels.get(name)
            is_new = channel is None
            if channel is None:
                channel = self._channels[name] = _Channel()
            channel.subscribers = {**channel.subscribers, key: callback}
            if not self._is_started:
                self._is_started = True
                Thread(target=self._run, name="mockroster-notices", daemon=True).start()
            elif is_new:
                self._send("subscribe", name)
        channel.confirmed.wait(ANSWER_SECONDS)

        def cancel() -> None:
            with self._lock:
                channel.subscribers = {other: each for other, each in channel.subscribers.items() if other is not key}
                if not channel.subscribers and self._channels.get(name) is channel:
                    del self._channels[name]
                    self._send("unsubscribe", name)

        return cancel

    def announce_gap(self) -> None:
        """Notify all subscribers of a gap."""
        for channel in self._channels.copy().values():
            _call(channel, GAP)

    def close(self) -> None:
        """End the thread, which the confirmation of the server wakes up."""
        self._ended.set()
        with self._lock:
            self._send("unsubscribe", self._prefix)

    def _send(self, command: str, name: str) -> None:
        """Send a command; the thread that listens notices a broken connection. The caller holds the lock."""
        if self._pubsub is None:
            return
        try:
            getattr(self._pubsub, command)(name)
        except (RedisError, OSError, *_CLOSED_MEANWHILE) as error:
            log.debug("%s %s: %s", command, name, error)

    def _run(self) -> None:
        is_first = True
        while not self._ended.is_set():
            try:
                self._connect()
                self._listen(announces_gap=not is_first)
            except (RedisError, OSError) as error:
                log.debug("the connection for notices ended: %s", error)
            except _CLOSED_MEANWHILE as error:
                log.debug("the connection for notices was closed: %s", error)
            is_first = False
            self._ended.wait(PAUSE)
        if self._pubsub is not None:
            self._pubsub.close()
        self._client.close()

    def _connect(self) -> None:
        """Subscribe on a new connection to all channels, and to one without notices, so that it is never idle."""
        with self._lock:
            before, self._pubsub = self._pubsub, None
            for channel in self._channels.values():
                channel.confirmed.clear()
        if before is not None:
            before.close()
        pubsub: PubSub = self._client.pubsub()  # type: ignore[no-untyped-call]
        pubsub.subscribe(self._prefix)
        with self._lock:
            self._pubsub = pubsub
            if self._channels:
                pubsub.subscribe(*self._channels)

    def _listen(self, *, announces_gap: bool) -> None:
        """Receive messages until the connection ends, which raises an error."""
        pubsub, is_checked = self._pubsub, False
        if pubsub is None:
            return
        late = set(self._channels.copy()) if announces_gap else set()
        while not self._ended.is_set():
            message = pubsub.get_message(timeout=SILENCE)
            if message is not None:
                is_checked = False
                self._receive(message, late)
            elif is_checked:
                raise redis.ConnectionError("no answer to a ping")
            else:
                is_checked = True
                with self._lock:
                    pubsub.ping()

    def _receive(self, message: dict[str, Any], late: set[str]) -> None:
        """Handle a message; ``late`` are the channels whose notices may have been lost."""
        if message["type"] not in {"message", "subscribe"}:
            return
        name = message["channel"].decode()
        channel = self._channels.get(name)
        if channel is None:
            return
        if message["type"] == "subscribe":
            channel.confirmed.set()
            if name in late:
                late.discard(name)
                _call(channel, GAP)
            return
        kind, number = message["data"].decode().split()
        _call(channel, Notification(kind, int(number)))


def _call(channel: _Channel, notification: Notification) -> None:
    for callback in channel.subscribers.values():
        try:
            callback(notification)
        except Exception:
            log.exception("a subscriber failed on %s", notification)
