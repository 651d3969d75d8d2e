"""Caches that are bounded by the weight of their keys and values, each by itself and several of them together.

A weight is an estimate in bytes. It imports nothing of mockroster's.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from hashlib import blake2b
from threading import Lock
from typing import Generic, ParamSpec, Protocol, TypeVar

ENTRY = 250
"""Bytes that an entry of a cache costs beside its key and its value."""

_SHORT = 64
"""Characters of a key that is kept as it is; a digest is as long."""

_P = ParamSpec("_P")
_R = TypeVar("_R")
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


def cache_short(
    length: Callable[..., int], *, longest: int = 512, entries: int = 1000
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Return a decorator that keeps the last results of a function, for arguments that are short.

    ``length`` measures the arguments; for those over ``longest`` the function is called each time. So the cache never
    weighs more than ``entries`` of the longest ones, and looking something up costs no more than in an ``lru_cache``.
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
    """Return a text that is short, or the digest of a long one: what clients choose may be the key of many entries."""
    if len(text) <= _SHORT:
        return text
    return blake2b(text.encode(errors="surrogatepass"), digest_size=32).hexdigest()


class Holder(Protocol):
    """An object that holds what a budget pays for."""

    def shrink(self) -> int:
        """Let go of half or more of what is held, the oldest first, and return the weight that is left."""


class Share:
    """The part of a budget that one holder takes."""

    __slots__ = ("__weakref__", "holder", "weight")

    def __init__(self, holder: weakref.ref[Holder]) -> None:
        self.holder = holder
        self.weight = 0


class Budget:
    """A bound on the weight that several holders keep together; the least recently noted one gives way first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._shares: OrderedDict[Share, None] = OrderedDict()
        self._weight = 0
        self._gone: deque[Share] = deque()
        """Shares of holders that were garbage collected. A collection may come while the lock is held."""

        self._lock = Lock()

    @property
    def weight(self) -> int:
        """The weight of all holders together."""
        with self._lock:
            self._forget_gone()
            return self._weight

    def share(self, holder: Holder) -> Share:
        """Return a share for a holder; what it weighs is given back when the holder no longer exists."""
        share = Share(weakref.ref(holder))
        weakref.finalize(holder, self._gone.append, share).atexit = False
        return share

    def note(self, share: Share, weight: int) -> None:
        """Set the weight of a share, and have holders shrink until all fit.

        Do not call it while the holder's own lock is held: ``shrink`` of any holder may be called from here.
        """
        with self._lock:
            self._forget_gone()
            self._set(share, weight)
            self._shares[share] = None
            self._shares.move_to_end(share)
            while self._weight > self.most and self._shares:
                oldest = next(iter(self._shares))
                holder = oldest.holder()
                self._set(oldest, 0 if holder is None else holder.shrink())
                if not oldest.weight:
                    del self._shares[oldest]

    def _set(self, share: Share, weight: int) -> None:
        self._weight += weight - share.weight
        share.weight = weight

    def _forget_gone(self) -> None:
        while self._gone:
            share = self._gone.popleft()
            self._set(share, 0)
            self._shares.pop(share, None)


class WeighedCache(Generic[_K, _V]):
    """The values that were used last, by their keys: as many as ``most`` bytes and ``entries`` allow, one at least."""

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
        """Bytes that are kept, by estimate."""
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
        """Keep a value that weighs so much, its key included, in the place of an earlier one."""
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
        """Let go of half of what is kept, the least recently used first, and return the weight that is left."""
        with self._lock:
            target = self._weight // 2
            while self._kept and self._weight > target:
                self._evict()
            return self._weight

    def _evict(self) -> None:
        self._weight -= self._kept.popitem(last=False)[1][1]
