"""The texts of a sandbox, in memory."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b

from mockroster.state.memory.core import Core
from mockroster.state.memory.expiring import ExpiringMap


class MemoryTexts:
    """Texts by their hash."""

    __slots__ = ("_core", "_texts")

    def __init__(self, core: Core) -> None:
        shared, limits = core.shared, core.shared.limits
        self._core = core
        self._texts = ExpiringMap[str | None](shared.monotonic, limits.texts, limits.texts_weight, shared.texts)

    def keep(self, text: str) -> str:
        """Store a text, and return its reference."""
        encoded = text.encode("utf-8", "surrogatepass")
        reference = urlsafe_b64encode(blake2b(encoded, digest_size=12).digest()).decode()
        with self._core.lock:
            self._core.check()
            self._texts.set(reference, text, len(encoded), None)
        return reference

    def get(self, reference: str) -> str | None:
        """Return the text of a reference."""
        with self._core.lock:
            self._core.check()
            return self._texts.get(reference, None)

    def forget(self) -> None:
        """Release all weight."""
        self._texts.clear()
