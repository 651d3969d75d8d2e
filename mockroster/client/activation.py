"""The scenarios that a test activates for a block of code."""

from __future__ import annotations

from collections.abc import Callable


class Activation:
    """The result of ``use``: as a context manager, it ends the activation with the block.

    The scenarios of before are then active again, and count from the start.
    """

    def __init__(self, restore: Callable[[], None]) -> None:
        self._restore = restore

    def __enter__(self) -> None:
        """Begin a block in which the scenarios are active."""

    def __exit__(self, *_: object) -> None:
        """Activate the scenarios of before."""
        self._restore()
