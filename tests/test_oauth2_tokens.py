"""Tokens are kept, bounded, and shared with the sandboxes that build on them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from mockroster.sandbox.credentials import Client, Credentials, Tokens

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


def test_new_token_leaves_earlier_ones_valid() -> None:
    """A client may ask again without losing what it has."""
    tokens = Tokens()

    made = [tokens.issue("c", ["s"], NOW) for _ in range(3)]

    assert [tokens.find(token.value) for token in made] == made
    assert len({token.value for token in made}) == 3


def test_expired_token_is_still_found() -> None:
    """Expiry is for the clock of the sandbox in which a token is used to judge, so it is told apart from unknown."""
    tokens = Tokens()
    old = tokens.issue("c", [], NOW)

    tokens.issue("c", [], LATER)

    assert tokens.find(old.value) == old


def test_unknown_token_is_none() -> None:
    """A value that was never issued finds nothing."""
    tokens = Tokens()

    found = tokens.find("x")

    assert found is None


def test_expired_tokens_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit, an expired token goes though a live one is older."""
    monkeypatch.setattr(Tokens, "LIMIT", 10)
    tokens = Tokens()
    live = tokens.issue("c", [], LATER)
    expired = [tokens.issue("c", [], NOW) for _ in range(9)]

    tokens.issue("c", [], LATER)

    assert tokens.find(live.value) == live
    assert [tokens.find(token.value) for token in expired] == [None] * 9


def test_oldest_tokens_go_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """When none has expired the oldest goes, and the number stays bounded."""
    monkeypatch.setattr(Tokens, "LIMIT", 10)
    tokens = Tokens()

    made = [tokens.issue("c", [], NOW) for _ in range(25)]

    assert len(tokens) <= 10
    assert tokens.find(made[0].value) is None
    assert all(tokens.find(token.value) for token in made[-9:])


def test_tokens_of_the_base_are_good_here_and_not_the_other_way_round() -> None:
    """A token of ``default`` opens a sandbox that builds on it; a sandbox's own opens only that."""
    base = Tokens()
    tokens = Tokens(base)
    shared, own = base.issue("c", [], NOW), tokens.issue("c", [], NOW)

    found = [store.find(token.value) for store in (tokens, base) for token in (shared, own)]

    assert found == [shared, own, shared, None]


def test_threads_lose_no_token() -> None:
    """Tokens that many threads ask for at once are all found again."""
    tokens = Tokens()

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: tokens.issue("c", [], NOW), range(2000)))

    assert all(tokens.find(token.value) for token in made)


def test_secrets_and_tokens_are_not_in_a_repr() -> None:
    """What ends in a log must not open a door."""
    credentials = Credentials({"c": Client("c", "s3cret")})

    token = credentials.tokens.issue("c", [], NOW)

    assert "s3cret" not in repr(credentials)
    assert token.value not in repr(token)
