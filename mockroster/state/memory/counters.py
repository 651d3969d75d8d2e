"""Counters, nonces and leases of a sandbox, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf
from secrets import token_hex

import orjson

from mockroster.errors import SandboxFull
from mockroster.state.memory.core import Core
from mockroster.state.memory.expiring import ExpiringMap
from mockroster.state.values import Counter, Json, Lease

_Value = int | bytes
"""A whole number, or another value as JSON bytes, which callers cannot modify."""

_NUMBER = 32
"""Bytes of a whole number."""


class MemoryCounters:
    """Values by key."""

    __slots__ = ("_core", "_leases", "_uses", "_values")

    def __init__(self, core: Core) -> None:
        shared, limits = core.shared, core.shared.limits
        self._core = core
        self._values = ExpiringMap[_Value](shared.monotonic, limits.counters, limits.counters_weight, shared.counters)
        self._uses = ExpiringMap[None](shared.monotonic, limits.nonces, limits.nonces, shared.nonces)
        self._leases: dict[str, dict[str, float]] = {}

    def increment(self, key: str, by: int = 1, *, expires: float | None = None) -> int:
        """Add to a whole number, and return the sum."""
        with self._core.lock:
            self._core.check()
            value = self._values.get(key, 0)
            if not isinstance(value, int):
                raise TypeError(f"the counter {key!r} holds {value[:40]!r}, not a whole number")
            value += by
            self._values.set(key, value, len(key) + _NUMBER, expires)
        return value

    def get(self, key: str) -> Json:
        """Return the value of a key."""
        with self._core.lock:
            self._core.check()
            value = self._values.get(key, b"null")
        return _json(value)

    def update(self, key: str, function: Callable[[Json], Json], *, expires: float | None = None) -> Json:
        """Replace a value by the result of a function, which runs without the lock."""
        while True:
            with self._core.lock:
                self._core.check()
                before = self._values.get(key, b"null")
            made = function(_json(before))
            after = _stored(key, made, self._core.shared.limits.counter_weight)
            with self._core.lock:
                self._core.check()
                if self._values.get(key, b"null") != before:
                    continue
                if made is None:
                    self._values.pop(key)
                else:
                    self._values.set(key, after, len(key) + _weight(after), expires)
            return made

    def first_use(self, key: str, seconds: float) -> bool:
        """Record the use of a key for a number of seconds, and return whether it is the first."""
        with self._core.lock:
            self._core.check()
            if key in self._uses:
                return False
            self._uses.set(key, None, 1, seconds)
            return True

    def acquire(self, key: str, seconds: float) -> Lease:
        """Acquire a shared lease on a key."""
        with self._core.lock:
            self._core.check()
            now = self._core.shared.monotonic()
            if len(self._leases) >= self._core.shared.limits.counters:
                self._drop_expired_leases(now)
            held = {id_: until for id_, until in self._leases.get(key, {}).items() if until > now}
            lease = Lease(key, token_hex(8), len(held) + 1)
            self._leases[key] = {**held, lease.id: now + seconds}
            return lease

    def release(self, lease: Lease) -> None:
        """End a lease."""
        with self._core.lock:
            held = self._leases.get(lease.key, {})
            held.pop(lease.id, None)
            if not held:
                self._leases.pop(lease.key, None)

    def clear(self, prefix: str) -> None:
        """Remove the counters whose keys begin with a prefix. The caller holds the lock."""
        for key in [key for key, _, _ in self._values.items() if key.startswith(prefix)]:
            self._values.pop(key)

    def save(self) -> Mapping[str, Counter]:
        """Return all counters. The caller holds the lock."""
        return dict(self._saved())

    def restore(self, counters: Mapping[str, Counter]) -> None:
        """Restore saved counters. The caller holds the lock."""
        self._values.clear()
        for key, counter in counters.items():
            value = _stored(key, counter.value, self._core.shared.limits.counter_weight)
            self._values.set(key, value, len(key) + _weight(value), counter.expires)

    def forget(self) -> None:
        """Release all weight."""
        self._values.clear()
        self._uses.clear()

    def _drop_expired_leases(self, now: float) -> None:
        self._leases = {key: held for key, held in self._leases.items() if max(held.values()) > now}

    def _saved(self) -> Iterator[tuple[str, Counter]]:
        for key, value, seconds in self._values.items():
            yield key, Counter(_json(value), None if seconds == inf else seconds)


def _json(value: _Value) -> Json:
    if isinstance(value, int):
        return value
    decoded: Json = orjson.loads(value)
    return decoded


def _stored(key: str, value: Json, limit: int) -> _Value:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    document = bytes(memoryview(orjson.dumps(value)))  # a copy: orjson's own occupies 4 KB, however short it is
    if len(document) > limit:
        raise SandboxFull(f"the value of the counter {key!r} has {len(document):,} bytes; {limit:,} are the most")
    return document


def _weight(value: _Value) -> int:
    return _NUMBER if isinstance(value, int) else len(value)
