"""How long tests wait for what should come at once, and how long a promise about seconds may take.

This module imports nothing of mockroster's.
"""

from __future__ import annotations

import os

PATIENCE = 60.0
"""Seconds until a test gives up waiting. Only a fault takes as long, or a machine that does far too much."""


def at_most(seconds: float) -> float:
    """Return the seconds that a promise of so many may take: more where the cores have more to do than they can."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
