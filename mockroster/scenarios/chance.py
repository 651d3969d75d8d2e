"""The former place of ``mockroster.scenarios.rng``, kept for one release."""

from __future__ import annotations

import warnings
from typing import Any

from mockroster.scenarios import rng


def __getattr__(name: str) -> Any:
    """Return ``Rng`` by its former name, ``Chance``."""
    if name != "Chance":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn("mockroster.scenarios.chance.Chance is now mockroster.scenarios.rng.Rng", DeprecationWarning, 2)
    return rng.Rng
