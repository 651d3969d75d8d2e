"""Tokens are signed, not stored: what makes one good, and what ends it."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from states import alone, shared_credentials

from mockroster.sandbox.credentials import Client, Credentials
from mockroster.sandbox.tokens import MAX_LENGTH, Token, TokenSigner, fingerprint
from mockroster.standard.v1p1.scopes import DEMOGRAPHICS, ROSTER
from mockroster.standard.versions import SCOPES
from mockroster.state.changes import Batch
from mockroster.state.values import DEFAULT, Moment

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


def known(key: bytes | None = None, name: str = DEFAULT) -> Credentials:
    """Return credentials with one client."""
    return Credentials({"c": Client("c", "s3cret")}, signer=TokenSigner(key), state=alone(name))


def bearer_of(token: Token | None) -> tuple[str, frozenset[str], datetime, tuple[str, ...]] | None:
    """Return what a token stands for."""
    return None if token is None else (token.client_id, token.scopes, token.expires_at, token.scenarios)


def test_new_token_leaves_earlier_ones_valid() -> None:
    """A client may ask again, at the same moment, without losing what it has."""
    credentials = known()

    made = [credentials.tokens.issue("c", [ROSTER], NOW) for _ in range(3)]

    assert [credentials.find_token(token.value) for token in made] == made
    assert len({token.value for token in made}) == 3


def test_expired_token_is_still_found() -> None:
    """Expiry is for the clock of the sandbox in which a token is used to judge, so it is told apart from unknown."""
    credentials = known()
    old = credentials.tokens.issue("c", [], NOW)

    credentials.tokens.issue("c", [], LATER)

    assert credentials.find_token(old.value) == old
    assert old.expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("value", ["", "x", "x.y", "a" * 301, "\xff", "\ud800", "eyJh.bGci.OiJI"])
def test_unknown_token_is_none(value: str) -> None:
    """A value that nobody has signed finds nothing, whatever it is made of."""
    credentials = known()

    found = credentials.find_token(value)

    assert found is None
    assert "not signed" in credentials.why_not(value)


def test_forged_token_is_none() -> None:
    """A token in which any one character was changed is no token."""
    credentials = known()
    value = credentials.tokens.issue("c", [ROSTER], NOW).value

    forged = [value[:place] + ("A" if value[place] != "A" else "Q") + value[place + 1 :] for place in range(len(value))]

    assert [token for token in map(credentials.find_token, forged) if token] == []


def test_another_key_signs_other_tokens() -> None:
    """A token is good wherever the key is the same, and nowhere else."""
    one, same, other = known(b"key"), known(b"key"), known(b"other")

    token = one.tokens.issue("c", [ROSTER], NOW)

    assert same.find_token(token.value) == token
    assert other.find_token(token.value) is None
    assert known().find_token(known().tokens.issue("c", [], NOW).value) is None


def test_tokens_of_the_base_are_good_here_and_not_the_other_way_round() -> None:
    """A token of ``default`` opens a sandbox that builds on it; a sandbox's own opens only that."""
    base = known()
    here, beside = shared_credentials(base), shared_credentials(base)
    lone = Credentials({"c": Client("c", "x")}, signer=base.signer, state=alone())
    shared, own = base.tokens.issue("c", [], NOW), here.tokens.issue("c", [], NOW)

    found = {
        name: [credentials.find_token(token.value) for token in (shared, own)]
        for name, credentials in (("base", base), ("here", here), ("beside", beside), ("alone", lone))
    }

    assert found == {"base": [shared, None], "here": [shared, own], "beside": [shared, None], "alone": [None, None]}
    assert "another sandbox" in lone.why_not(shared.value)


def test_tokens_do_not_outlive_their_sandbox() -> None:
    """A sandbox of the same name that is made after it was dropped takes no token of the earlier one."""
    base = known()
    dropped, again = shared_credentials(base), shared_credentials(base)

    token = dropped.tokens.issue("c", [], NOW)

    assert dropped.find_token(token.value) == token
    assert again.find_token(token.value) is None
    assert "is gone" in again.why_not(token.value)


def test_tokens_do_not_outlive_their_client() -> None:
    """A token of a client that is no longer registered opens nothing; one that asked for scenarios never was."""
    before, after = known(b"key"), Credentials({}, signer=TokenSigner(b"key"), state=alone(DEFAULT))
    token = before.tokens.issue("c", [], NOW)
    with_scenarios = before.tokens.issue("scenario", [], NOW, ("flaky:every=3",))

    assert after.find_token(token.value) is None
    assert "'c'" in after.why_not(token.value)
    assert after.find_token(with_scenarios.value) == with_scenarios


def test_tokens_of_anybody_without_authentication() -> None:
    """Under --no-auth any client is given a token, and it is found."""
    credentials = Credentials({}, required=False, state=alone())

    token = credentials.tokens.issue("anonymous", [], NOW)

    assert credentials.find_token(token.value) == token


@given(
    client=st.text(max_size=400),
    scopes=st.frozensets(st.sampled_from(SCOPES)),
    scenarios=st.lists(st.text(max_size=400), max_size=3).map(tuple),
    now=st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_any_token_fits_and_comes_back(
    client: str, scopes: frozenset[str], scenarios: tuple[str, ...], now: datetime
) -> None:
    """A token has 300 bytes at most, fits into a header, and is read as it was issued."""
    credentials = Credentials({client: Client(client, "s")}, state=alone())

    token = credentials.tokens.issue(client, scopes, now, scenarios)

    assert len(token.value.encode()) <= MAX_LENGTH
    assert token.value.isascii()
    assert token.value.isprintable()
    assert " " not in token.value
    expires_at = now + timedelta(hours=1)
    expires_at -= timedelta(microseconds=expires_at.microsecond % 1000)
    assert bearer_of(credentials.find_token(token.value)) == (client, scopes, expires_at, scenarios)


def test_long_scenarios_survive_a_reset() -> None:
    """Scenarios that are kept in the sandbox are there after a reset, also for a sandbox that builds on it."""
    base = known()
    long = tuple(f"slow:ms={number}" for number in range(200))
    token = base.tokens.issue("scenario", [], NOW, long)
    base.state.log.rewind(Batch(1, NOW, "reset", ()), Moment({}, timedelta(0), (), {}))

    found = shared_credentials(base).find_token(token.value)

    assert found is not None
    assert found.scenarios == long


def test_scenarios_that_are_no_longer_kept() -> None:
    """A token whose scenarios made room for others is refused, and the sentence says why."""
    credentials = known()
    text = "".join(sha256(b"%d" % number).hexdigest() for number in range(300))
    token = credentials.tokens.issue("scenario", [], NOW, (text,))

    for number in range(300):
        credentials.tokens.issue("scenario", [], NOW, (f"{text}{number}",))

    assert credentials.find_token(token.value) is None
    assert "no longer kept" in credentials.why_not(token.value)


def test_threads_lose_no_token() -> None:
    """Tokens that many threads ask for at once are all found again."""
    credentials = known()

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: credentials.tokens.issue("c", [], NOW), range(500)))

    assert len({token.value for token in made}) == 500
    assert all(credentials.find_token(token.value) for token in made)


def test_secrets_and_tokens_are_not_in_a_repr() -> None:
    """Secrets and tokens do not appear in logs."""
    credentials = known(b"signing-key")

    token = credentials.tokens.issue("c", [], NOW)

    assert "s3cret" not in repr(credentials)
    assert "signing-key" not in repr(credentials) + repr(credentials.signer)
    assert token.value not in repr(token)


def test_scopes_are_bits() -> None:
    """A token with every scope is hardly longer than one with a single one."""
    credentials = known()

    every, single = (credentials.tokens.issue("c", scopes, NOW).value for scopes in (SCOPES, [DEMOGRAPHICS]))

    assert len(every) - len(single) < 16
    assert b"purl" not in urlsafe_b64decode(every.partition(".")[0].lstrip(".") + "===")


def test_fingerprint_counts_any_value() -> None:
    """Any text sent as a token has a short hash."""
    values = ["", "x", "x" * 100_000, "\xff", "\ud800"]

    hashes = list(map(fingerprint, values))

    assert len(set(hashes)) == len(values)
    assert {len(each) for each in hashes} == {24}
