"""A short slice of ``soak/aims.py``; ``make soak-aims`` runs all of it."""

from __future__ import annotations

from soak.aims import pair, soak


def test_pairs_with_random_aims() -> None:
    """Under pairs of scenarios with random aims the server gives no 5xx of its own, logs no error and never hangs."""
    assert soak(pairs=25) == []


def test_pairs_are_repeatable() -> None:
    """A number means one pair, so that a failure can be repeated, and aims are among them."""
    assert [pair(number) for number in range(30)] == [pair(number) for number in range(30)]
    assert len({key for number in range(30) for text in pair(number) for key in text.partition("@")[2][:4]}) > 3
