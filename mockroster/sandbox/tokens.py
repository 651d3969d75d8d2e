"""Bearer tokens: signed, not stored.

A token contains the sandbox that issued it, the client, the scopes and the expiry. So every server with the key reads
the tokens of the others, and no token has to be stored. Only a client id or scenarios that are too long for a token are
stored in the sandbox, and the token refers to them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b, sha256
from secrets import token_bytes, token_urlsafe
from typing import NamedTuple

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from mockroster.standard.versions import SCOPES
from mockroster.state.port import SandboxState

MAX_LENGTH = 300
"""The most bytes of a token."""

_SALT = "mockroster.token.1"
"""Separates tokens from other data signed with the same key. The number is the version of ``Claims``."""

_READ = 4096
"""The size of the cache of verified tokens: to verify one costs a hundred times as much as a lookup."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BITS = {scope: 1 << position for position, scope in enumerate(SCOPES)}
_MILLISECOND = timedelta(milliseconds=1)
_ENCODER = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token; it expires by the clock of the sandbox in which it is used."""

    value: str = field(repr=False)
    creation: str
    """The creation id of the sandbox that issued it."""

    client_id: str
    scopes: frozenset[str]
    expires_at: datetime
    scenarios: tuple[str, ...] = ()
    """The scenarios that the client id requested; they apply to each request with the token."""

    reference: str | None = None
    """The key under which the sandbox stores client id and scenarios that are too long for the token."""

    def permits(self, scopes: Collection[str], now: datetime) -> bool:
        """Return whether the token is not expired and has one of the scopes, if there are any."""
        return now < self.expires_at and not (scopes and self.scopes.isdisjoint(scopes))


class Claims(NamedTuple):
    """The signed part of a token."""

    creation: str
    scopes: int
    """The sum of the bits of the scopes."""

    expires: int
    """The expiry in milliseconds since 1970."""

    nonce: str
    bearer: str | list[str]
    """The client id and the scenarios, or the reference to them."""


def fingerprint(value: str) -> str:
    """Return a short hash of the text sent as a token, used as a key for counters."""
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


class TokenSigner:
    """Signs tokens and reads signed ones. Signers with the same key read each other's.

    ``current_key`` returns the key of a store, which changes if the store loses it.
    """

    def __init__(self, key: bytes | None = None, current_key: Callable[[], bytes] | None = None) -> None:
        self._current_key = current_key
        self._use(key or token_bytes(32))

    def _use(self, key: bytes) -> None:
        self._key = key
        self._signer = Signer(key, salt=_SALT, digest_method=sha256)
        self._read = lru_cache(_READ)(self._verified)

    def _refresh(self) -> None:
        if self._current_key is not None and (key := self._current_key()) != self._key:
            self._use(key)

    def sign(self, claims: Claims) -> str:
        """Return the value of a token."""
        self._refresh()
        return self._signer.sign(base64_encode(_encode(claims))).decode()

    def read(self, value: str) -> Token | None:
        """Return the token of a value, expired or not, or ``None`` if it is not signed with this key."""
        self._refresh()
        return self._read(value) if len(value) <= MAX_LENGTH and value.isascii() else None

    def _verified(self, value: str) -> Token | None:
        try:
            claims = Claims(*json.loads(base64_decode(self._signer.unsign(value))))
        except (BadData, ValueError):
            return None
        return _token(value, claims)


@lru_cache(64)
def _bits(scopes: frozenset[str]) -> int:
    return sum([_BITS[scope] for scope in scopes])


def _encode(claims: Claims) -> bytes:
    # Not orjson: a client id may have lone surrogates.
    return _ENCODER.encode(claims).encode()


def _token(value: str, claims: Claims) -> Token:
    scopes = frozenset(scope for scope, bit in _BITS.items() if claims.scopes & bit)
    token = Token(value, claims.creation, "", scopes, _EPOCH + timedelta(milliseconds=claims.expires))
    bearer = claims.bearer
    return replace(token, reference=bearer) if isinstance(bearer, str) else _with_bearer(token, bearer)


def _with_bearer(token: Token, bearer: list[str]) -> Token:
    """Return a token with its client id and scenarios."""
    client_id, *scenarios = bearer
    return replace(token, client_id=client_id, scenarios=tuple(scenarios))


class Tokens:
    """The bearer tokens of a sandbox; a new one never makes an earlier one invalid.

    ``base`` has the tokens of the sandbox ``default``, which are valid here too.
    """

    LIFETIME = 3600
    """Seconds from issue to expiry."""

    def __init__(self, signer: TokenSigner, state: SandboxState, base: Tokens | None = None) -> None:
        self._signer = signer
        self._state = state
        self._base = base

    def issue(self, client_id: str, scopes: Iterable[str], now: datetime, scenarios: tuple[str, ...] = ()) -> Token:
        """Make a token for a client; ``now`` must be aware. The expiry is exact to the millisecond."""
        expires = (now + timedelta(seconds=self.LIFETIME) - _EPOCH) // _MILLISECOND
        granted, bearer = frozenset(scopes), [client_id, *scenarios]
        claims = Claims(self._state.creation, _bits(granted), expires, token_urlsafe(8), bearer)
        value, reference = self._signer.sign(claims), None
        if len(value) > MAX_LENGTH:
            reference = self._state.texts.keep(json.dumps(bearer))
            value = self._signer.sign(claims._replace(bearer=reference))
        return Token(value, claims.creation, client_id, granted, _EPOCH + expires * _MILLISECOND, scenarios, reference)

    def find(self, value: str) -> Token | None:
        """Return the token with that value, expired or not, or ``None`` if it is not valid in this sandbox."""
        token = self._signer.read(value)
        issuer = self._issuer(token) if token else None
        return issuer._complete(token) if issuer and token else None

    def is_token(self, value: str) -> bool:
        """Return whether a text is a token that this sandbox accepts, or would if it still had its scenarios."""
        token = self._signer.read(value)
        return token is not None and self._issuer(token) is not None

    def why_not(self, value: str) -> str:
        """Return a sentence that explains why ``find`` returns ``None``."""
        token = self._signer.read(value)
        if token is None:
            return (
                "This server has not signed such a token; it has a new key with each start, unless --token-key is set."
            )
        if self._issuer(token) is None:
            return "The token was issued by another sandbox, or by one that is gone."
        return "The scenarios of the token are no longer kept: this sandbox has issued many others since."

    def _issuer(self, token: Token) -> Tokens | None:
        if token.creation == self._state.creation:
            return self
        return self._base._issuer(token) if self._base else None

    def _complete(self, token: Token) -> Token | None:
        """Return a token with its client id and scenarios, read from the sandbox if the token refers to them."""
        if token.reference is None:
            return token
        text = self._state.texts.get(token.reference)
        return None if text is None else _with_bearer(token, json.loads(text))
