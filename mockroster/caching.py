"""Caches bounded by the weight of their keys and values, each on its own and several together.

A weight is an estimate in bytes. This module imports nothing of mockroster's.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from hashlib import blake2b
from threading import Lock
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

ENTRY = 250
"""The overhead of a cache entry in bytes, beside its key and value."""

_SHORT = 64
"""The most characters of a key that is used unhashed; a digest has the same length."""

_P = ParamSpec("_P")
_R = TypeVar("_R")
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


def cache_short(
    length: Callable[..., int], *, longest: int = 512, entries: int = 1000
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Return a decorator that caches the last results of a function for short arguments.

    ``length`` measures the arguments; above ``longest`` the function is called each time. So the cache has a bounded
    weight, and a lookup costs no more than in an ``lru_cache``.
    """

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        cached = lru_cache(maxsize=entries)(function)

        @wraps(function)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            if length(*args, **kwargs) > longest:
                return function(*args, **kwargs)
            return cached(*args, **kwargs)  # type: ignore[arg-type]

        call.cache_info = cached.cache_info  # type: ignore[attr-defined]
        return call

    return decorate


def short_key(text: str) -> str:
    """Return a short text unchanged, or the digest of a long one, to bound keys that clients choose."""
    if len(text) <= _SHORT:
        return text
    return blake2b(text.encode(errors="surrogatepass"), digest_size=32).hexdigest()


class Share:
    """The part of a total that one holder has."""

    __slots__ = ("__weakref__", "holder", "weight")

    def __init__(self, holder: weakref.ref[Any]) -> None:
        self.holder = holder
        self.weight = 0


class Total:
    """The weight of several holders together; that of a holder is released when it is garbage-collected."""

    def __init__(self) -> None:
        self._weight = 0
        self._gone: deque[Share] = deque()
        """Shares of garbage-collected holders. A collection may run while the lock is held."""

        self._lock = Lock()

    @property
    def weight(self) -> int:
        """The weight of all holders together."""
        with self._lock:
            self._release_gone()
            return self._weight

    def share(self, holder: object) -> Share:
        """Return a share for a holder."""
        share = Share(weakref.ref(holder))
        weakref.finalize(holder, self._gone.append, share).atexit = False
        return share

    def note(self, share: Share, weight: int) -> None:
        """Set the weight of a share."""
        with self._lock:
            self._release_gone()
            self._set(share, weight)

    def _set(self, share: Share, weight: int) -> None:
        self._weight += weight - share.weight
        share.weight = weight

    def _release_gone(self) -> None:
        while self._gone:
            self._release(self._gone.popleft())

    def _release(self, share: Share) -> None:
        self._set(share, 0)


class Holder(Protocol):
    """A cache whose weight counts against a budget."""

    def shrink(self) -> int:
        """Evict at least half of the weight, oldest entries first, and return the remaining weight."""


class Budget(Total):
    """A bound on the total weight of several holders; the least recently updated holder shrinks first."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self._shares: OrderedDict[Share, None] = OrderedDict()
        """The shares in the order of their updates."""

    def note(self, share: Share, weight: int) -> None:
        """Set the weight of a share, and shrink holders until the total fits.

        Do not call it while the holder's own lock is held: ``shrink`` of any holder may be called from here.
        """
        with self._lock:
            self._release_gone()
            self._set(share, weight)
            self._shares[share] = None
            self._shares.move_to_end(share)
            while self._weight > self.most and self._shares:
                oldest = next(iter(self._shares))
                holder: Holder | None = oldest.holder()
                self._set(oldest, 0 if holder is None else holder.shrink())
                if not oldest.weight:
                    del self._shares[oldest]

    def _release(self, share: Share) -> None:
        super()._release(share)
        self._shares.pop(share, None)


class WeighedCache(Generic[_K, _V]):
    """A least-recently-used cache of at most ``most`` bytes and ``entries`` entries, but at least one entry."""

    __slots__ = ("__weakref__", "_budget", "_entries", "_kept", "_lock", "_most", "_share", "_weight")

    def __init__(self, most: int, entries: int, budget: Budget | None = None) -> None:
        self._most = most
        self._entries = entries
        self._kept: OrderedDict[_K, tuple[_V, int]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()
        self._budget = budget
        self._share = None if budget is None else budget.share(self)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def weight(self) -> int:
        """The estimated weight in bytes."""
        return self._weight

    def get(self, key: _K) -> _V | None:
        """Return the value under a key, or ``None``."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: _K, value: _V, weight: int) -> None:
        """Store a value, replacing an earlier one; ``weight`` includes its key."""
        weight += ENTRY
        with self._lock:
            self._weight -= self._kept.pop(key, (None, 0))[1]
            self._kept[key] = value, weight
            self._weight += weight
            while len(self._kept) > self._entries or (self._weight > self._most and len(self._kept) > 1):
                self._evict()
        if self._budget is not None and self._share is not None:
            self._budget.note(self._share, self._weight)

    def shrink(self) -> int:
        """Evict half of the weight, least recently used entries first, and return the remaining weight."""
        with self._lock:
            target = self._weight // 2
            while self._kept and self._weight > target:
                self._evict()
            return self._weight

    def _evict(self) -> None:
        self._weight -= self._kept.popitem(last=False)[1][1]
