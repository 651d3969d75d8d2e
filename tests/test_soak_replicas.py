"""A short slice of ``soak/replicas.py``; ``make soak-replicas`` runs all of it."""

from __future__ import annotations

import pytest
from soak.replicas import soak

pytestmark = pytest.mark.servers


def test_killed_servers_lose_nothing() -> None:
    """Servers of one store that are killed under load lose and tear nothing, and the others serve on."""
    found = soak(seconds=6, pause=1.5)

    assert found.faults == []
    assert found.kills >= 2
    assert found.steps.keys() >= {"write", "delete", "read", "write_many"}
