"""The bodies of the pages that were asked for last: who tests asks the same again and again."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from mockroster.caching import WeighedCache

BYTES_KEPT = 32 * 1024 * 1024
"""Bytes that are kept in all, keys included."""

MOST = 1024 * 1024
"""Bytes of a body that is kept; larger ones are not asked for often."""


class Pages:
    """Keeps bodies under all that they depend on, so that none ever has to be taken out because it is wrong."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: WeighedCache[Hashable, bytes] = WeighedCache(BYTES_KEPT, BYTES_KEPT)

    @property
    def size(self) -> int:
        """How many bytes are kept, by estimate."""
        return self._kept.weight

    def get(self, key: Hashable, weigh_key: Callable[[], int], make: Callable[[], bytes]) -> bytes:
        """Return the body under a key, made if it is not there; the least recently used go."""
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        made = make()
        if len(made) <= MOST:
            self._kept.put(key, made, weigh_key() + len(made))
        return made
