"""Counters, nonces and leases of a sandbox, in the store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex

from mockroster.errors import SandboxDropped, StoreUnavailable
from mockroster.state.redis import codec
from mockroster.state.redis.core import Part
from mockroster.state.redis.link import ValueChanged
from mockroster.state.values import Json, Lease


@dataclass(frozen=True, slots=True)
class RedisCounters(Part):
    """Values by key."""

    def increment(self, key: str, by: int = 1, *, expires: float | None = None) -> int:
        """Add to a whole number, and return the sum."""
        return int(self.run("increment", codec.encode_name(key), by, codec.expiry(expires))[1])

    def get(self, key: str) -> Json:
        """Return the value of a key."""
        return _json(self._raw(key))

    def update(self, key: str, function: Callable[[Json], Json], *, expires: float | None = None) -> Json:
        """Replace a value by the result of a function; the function is called again if the value has changed."""
        before = self._raw(key)
        while True:
            made = function(_json(before))
            after = b"" if made is None else codec.encode_value(key, made, self.core.limits.counter_weight)
            try:
                self.run("counter_set", codec.encode_name(key), before, after, codec.expiry(expires))
            except ValueChanged as error:
                before = error.value
                continue
            return made

    def first_use(self, key: str, seconds: float) -> bool:
        """Record the use of a key for a number of seconds, and return whether it is the first."""
        return bool(self.run("first_use", codec.encode_name(key), codec.expiry(seconds))[1])

    def acquire(self, key: str, seconds: float) -> Lease:
        """Acquire a shared lease on a key."""
        id_ = token_hex(8)
        try:
            _, held = self.run("acquire", codec.encode_name(key), id_, codec.expiry(seconds))
        except StoreUnavailable:
            self.core.release_later(self.creation, key, id_)  # it may have been done
            raise
        return Lease(key, id_, held)

    def release(self, lease: Lease) -> None:
        """End a lease, now or once the store answers again."""
        try:
            with suppress(SandboxDropped):
                self.run("release", codec.encode_name(lease.key), lease.id)
        except StoreUnavailable:
            self.core.release_later(self.creation, lease.key, lease.id)
            raise

    def _raw(self, key: str) -> bytes:
        value: bytes = self.run("counter_get", codec.encode_name(key))[1]
        return value


def _json(value: bytes) -> Json:
    decoded: Json = codec.loads(value) if value else None
    return decoded
