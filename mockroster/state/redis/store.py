"""The store: sandboxes by name, in a Redis server."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from hashlib import blake2b
from importlib.metadata import version
from secrets import token_hex
from threading import Lock
from typing import Any

import redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from mockroster import __version__
from mockroster.errors import ConfigurationError, StoreUnavailable
from mockroster.state.redis import codec
from mockroster.state.redis.address import Address
from mockroster.state.redis.core import Core
from mockroster.state.redis.link import Link, client_of
from mockroster.state.redis.notices import Notices
from mockroster.state.redis.sandbox import RedisSandbox
from mockroster.state.redis.script import TIME, Scripts
from mockroster.state.values import DEFAULT, Arrival, Limits, Moment, Registration

log = logging.getLogger("mockroster")

DAY = 24 * 60 * 60

OLDEST = 7
"""The oldest version of the server, 7.0."""

FORMAT = 1
"""The version of the format of the keys."""

_KNOWN = 2000
"""The most registrations that a process remembers, so that their recipes need not be sent again."""


class RedisRegistry:
    """The sandboxes of a store by name."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._lock = Lock()
        self._known: OrderedDict[str, Registration] = OrderedDict()

    def create(self, name: str, recipe: bytes, moment: Moment) -> Registration | None:
        """Create a sandbox that begins at a moment, and return it, or ``None`` if the name is taken."""
        creation = DEFAULT if name == DEFAULT else token_hex(8)
        if name == DEFAULT:
            self._core.default = recipe, moment
        beginning = self._core.beginning(recipe, moment)
        _, is_made, *more = self._core.link.run("create", creation, codec.encode_name(name), *beginning)
        if not is_made:
            return None
        _log_evicted(more[0], self._core.limits)
        self._core.head_of(creation, more[1])
        return self._remember(Registration(name, creation, recipe))

    def use(self, name: str) -> Registration | None:
        """Return a sandbox and record its use."""
        return self._found(name, "use")

    def enter(self, name: str, arrival: Arrival) -> tuple[Registration, int] | None:
        """Do ``use`` and ``begin`` in one round trip; return the sandbox and the sequence of the request."""
        encoded, known = codec.encode_arrival(arrival), self._creation(name)
        _, *found = self._core.run("enter", "", codec.encode_name(name), known, encoded, arrival.weight)
        return (self._registration(name, found[0]), int(found[1])) if found else None

    def find(self, name: str) -> Registration | None:
        """Return a sandbox without recording a use."""
        return self._found(name, "find")

    def all(self) -> tuple[Registration, ...]:
        """Return all sandboxes, the least recently used first."""
        with self._lock:
            known = {registration.creation: registration for registration in self._known.values()}
        _, *rows = self._core.run("all", "", *known)
        return tuple(
            known.get(creation.decode()) or self._remember(Registration(name.decode(), creation.decode(), recipe))
            for name, creation, recipe in rows
        )

    def amend(self, name: str, old: bytes, new: bytes) -> tuple[bool, bytes]:
        """Replace a recipe if it is still ``old``; return whether it was, and the recipe now."""
        _, is_replaced, recipe = self._core.run("amend", "", codec.encode_name(name), old, new)
        with self._lock:
            known = self._known.get(name)
            if known is not None:
                self._known[name] = replace(known, recipe=recipe)
        if name == DEFAULT and self._core.default is not None:
            self._core.default = recipe, self._core.default[1]
        return bool(is_replaced), recipe

    def drop(self, name: str) -> bool:
        """Drop a sandbox and its state, and return whether it existed."""
        if name == DEFAULT:
            raise ValueError(f"the sandbox {DEFAULT!r} cannot be dropped")
        return bool(self._core.run("drop", "", codec.encode_name(name))[1])

    def _found(self, name: str, operation: str) -> Registration | None:
        _, *found = self._core.run(operation, "", codec.encode_name(name), self._creation(name))
        return self._registration(name, found[0]) if found else None

    def _creation(self, name: str) -> str:
        known = self._known.get(name)
        return "" if known is None else known.creation

    def _registration(self, name: str, reply: Sequence[Any]) -> Registration:
        creation, recipe, head = reply[0].decode(), reply[1], reply[2]
        self._core.head_of(creation, head)
        known = self._known.get(name)
        if known is not None and known.creation == creation:
            return known
        return self._remember(Registration(name, creation, recipe))

    def _remember(self, registration: Registration) -> Registration:
        with self._lock:
            self._known[registration.name] = registration
            self._known.move_to_end(registration.name)
            if len(self._known) > _KNOWN:
                self._known.popitem(last=False)
        return registration


def _log_evicted(evicted: Sequence[bytes], limits: Limits) -> None:
    bounds = {
        b"sandboxes": f"{limits.sandboxes} sandboxes",
        b"recipes": f"{limits.recipes_weight:,} bytes of fixtures that sandboxes were given",
    }
    for name, bound in zip(evicted[::2], evicted[1::2], strict=True):
        log.warning("there are more than %s: %s, the least recently used, is gone", bounds[bound], name.decode())


class RedisStore:
    """A store that several processes share. ``close`` ends its connections."""

    is_remote = True

    def __init__(self, address: Address, limits: Limits | None = None, ttl: int = 7 * DAY, time: str = TIME) -> None:
        """``time`` is Lua that returns the time of the store in microseconds."""
        prefix, limits = f"{address.prefix}mockroster:{_digest()}:", limits or Limits()
        scripts = Scripts(prefix, limits, ttl, time)
        link = Link(address, scripts, lambda: self._core.resume())  # noqa: PLW0108 # the core needs the link first
        self._core = Core(link, limits, Notices(client_of(address), prefix), prefix)
        self.registry = RedisRegistry(self._core)
        self._core.open()

    def sandbox(self, creation: str) -> RedisSandbox:
        """Return the state of a sandbox. Its operations raise ``SandboxDropped`` if there is none."""
        return RedisSandbox(self._core, creation)

    def token_key(self) -> bytes:
        """Return the secret that signs tokens."""
        return self._core.token_key

    def request(self) -> AbstractContextManager[None]:
        """Return a context in which, on this thread, each head is read once."""
        return self._core.request()

    def check(self) -> None:
        """Raise ``StoreUnavailable`` if the store does not answer."""
        self._core.link.check()

    def close(self) -> None:
        """Close all connections."""
        self._core.notices.close()
        self._core.link.close()


def connect(url: str, limits: Limits | None = None, ttl: int = 7 * DAY) -> RedisStore:
    """Return the store at a URL such as ``redis://127.0.0.1:6379/0?prefix=ci-``; its keys live ``ttl`` seconds unused.

    Raises ``ConfigurationError`` for an invalid URL or a server that is not suitable, and ``StoreUnavailable`` if it
    does not answer.
    """
    address = Address.parse(url)
    client = client_of(address)
    try:
        _check_server(client, address)
        _announce(client, address, ttl)
    except (AuthenticationError, ResponseError) as error:
        raise ConfigurationError(f"--store {address.shown}: {error}") from None
    except (RedisError, OSError) as error:
        raise StoreUnavailable(f"the store {address.shown} cannot be reached: {error}") from None
    finally:
        client.close()
    return RedisStore(address, limits, ttl)


def _check_server(client: redis.Redis, address: Address) -> None:
    """Raise ``ConfigurationError`` if the server is too old, or a cluster."""
    facts: dict[str, Any] = client.info("server", "cluster")
    if facts.get("cluster_enabled"):
        raise ConfigurationError(
            f"--store {address.shown}: this is a cluster; a server that is none is needed, because an operation "
            "touches several keys at once"
        )
    number = str(facts.get("redis_version", "0"))
    if int(number.partition(".")[0]) < OLDEST:
        raise ConfigurationError(f"--store {address.shown}: its version is {number}; {OLDEST}.0 or later is needed")


def _announce(client: redis.Redis, address: Address, ttl: int) -> None:
    """Record this version among those that use the prefix; log the others if this one is new."""
    key, label = f"{address.prefix}mockroster", _label()
    is_new = client.hsetnx(key, _digest(), label)
    labels = client.hvals(key)
    client.expire(key, ttl)
    others = sorted({raw.decode() if isinstance(raw, bytes) else raw for raw in labels} - {label})
    if is_new and others:
        log.warning("the store has state of %s; %s begins with its own beside it", ", ".join(others), label)


def _label() -> str:
    return f"mockroster {__version__} with Faker {version('Faker')}"


def _digest() -> str:
    """Return the digest of the versions that determine records and keys; servers with another one share no state."""
    return blake2b(f"{FORMAT} {_label()}".encode(), digest_size=4).hexdigest()
