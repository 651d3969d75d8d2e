"""A short slice of ``soak/sandboxes.py``; ``make soak-sandboxes`` runs all of it."""

from __future__ import annotations

import pytest
from soak.sandboxes import oldest, rewrite, soak

from mockroster.errors import HistoryTruncated
from mockroster.state.values import Limits


def test_nothing_is_lost_torn_or_crossed() -> None:
    """Threads that write, snapshot, restore and reset the same sandboxes keep them whole and apart."""
    found = soak(threads=8, number=10, seconds=1.5)

    assert found.faults == []
    assert found.steps.keys() >= {"write", "read", "save", "restore", "reset"}


def test_rewrites_of_one_record_are_bounded() -> None:
    """A record that is written again and again keeps as many changes as the bound says, and all its present."""
    sandbox, _ = rewrite(3000, Limits(log_changes=1000))

    assert oldest(sandbox) == 2001
    assert len(sandbox.state.log.read(2000, 10_000)) == 1000
    assert sandbox.overlay.records("categories")[0]["title"] == "2999"
    with pytest.raises(HistoryTruncated):
        sandbox.state.log.read(1999, 1)
