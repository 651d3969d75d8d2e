"""The bodies of the pages that were asked for last: who tests asks the same again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

BYTES_KEPT = 32 * 1024 * 1024
"""Bytes that are kept in all."""

MOST = 1024 * 1024
"""Bytes of a body that is kept; larger ones are not asked for often."""


class Pages:
    """Keeps bodies under all that they depend on, so that none ever has to be taken out because it is wrong."""

    __slots__ = ("_kept", "_lock", "_size")

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._size

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return the body under a key, made if it is not there; those that were not asked for longest go."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        made = make()
        if len(made) <= MOST:
            with self._lock:
                self._size += len(made) - len(self._kept.pop(key, b""))
                self._kept[key] = made
                while self._size > BYTES_KEPT:
                    self._size -= len(self._kept.popitem(last=False)[1])
        return made
