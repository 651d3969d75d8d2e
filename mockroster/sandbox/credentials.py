"""The clients of a sandbox, the tokens that they were given and the nonces that they have used.

State only: what a request has to bring to be let in is decided in ``auth/``.
This module imports only our caches and its neighbour ``redaction``.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from threading import Lock

from mockroster.caching import Budget, short_key
from mockroster.sandbox.redaction import Redactor, spellings

BUDGET = Budget(1_000_000)
"""Bounds the number of tokens and nonces that all sandboxes together remember, some 450 bytes each."""

_GRAIN = 100
"""As many are added before the budget is asked."""


@dataclass(frozen=True, slots=True)
class Client:
    """An application that may ask for tokens and sign requests."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token; whether it has expired is for the clock of the sandbox in which it is used to say."""

    value: str = field(repr=False)
    client_id: str
    scopes: frozenset[str]
    expires_at: datetime
    scenarios: tuple[str, ...] = ()
    """The scenarios that its client asked for by its id; they act on each request that bears it."""


class Tokens:
    """The bearer tokens of a sandbox; a new one never makes an earlier one invalid.

    At ``LIMIT`` the expired ones go, then the oldest. A tenth is freed at a time, so that making room costs each
    token next to nothing. ``base`` holds tokens that are good here too: those of the sandbox ``default``.
    """

    LIFETIME = 3600
    """Seconds from issue to expiry."""

    LIMIT = 100_000
    """As many are remembered."""

    def __init__(self, base: Tokens | None = None) -> None:
        self._base = base
        self._by_value: dict[str, Token] = {}
        self._lock = Lock()
        self._share = BUDGET.share(self)

    def __len__(self) -> int:
        return len(self._by_value)

    def issue(self, client_id: str, scopes: Iterable[str], now: datetime, scenarios: tuple[str, ...] = ()) -> Token:
        """Make a token for a client and remember it; ``now`` must be aware."""
        expiry = now + timedelta(seconds=self.LIFETIME)
        token = Token(secrets.token_urlsafe(32), client_id, frozenset(scopes), expiry, scenarios)
        with self._lock:
            if len(self._by_value) >= self.LIMIT:
                self._make_room(now)
            self._by_value[token.value] = token
            number = len(self._by_value)
        if number % _GRAIN == 0:
            BUDGET.note(self._share, number)
        return token

    def shrink(self) -> int:
        """Forget the older half, and return how many are left."""
        with self._lock:
            kept = len(self._by_value) // 2
            self._by_value = dict(islice(self._by_value.items(), len(self._by_value) - kept, None))
            return kept

    def find(self, value: str) -> Token | None:
        """Return the token with that value, expired or not, or ``None`` when there is none."""
        token = self._by_value.get(value)
        if token is None and self._base is not None:
            return self._base.find(value)
        return token

    def _make_room(self, now: datetime) -> None:
        live = [token for token in self._by_value.values() if token.expires_at > now]
        surplus = max(0, len(live) - self.LIMIT * 9 // 10)
        self._by_value = {token.value: token for token in islice(live, surplus, None)}


class Nonces:
    """The nonces that signed requests have used, for as long as their timestamp would still be accepted.

    Source: RFC 5849, section 3.3. At ``LIMIT`` those outside the window go, then the oldest, a tenth at a time.
    """

    WINDOW = 600
    """Seconds by which a timestamp may be off, either way."""

    LIMIT = 100_000
    """As many are remembered."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, int, str], None] = {}
        self._lock = Lock()
        self._share = BUDGET.share(self)

    def __len__(self) -> int:
        return len(self._used)

    def first_use(self, client_id: str, timestamp: int, nonce: str, now: datetime) -> bool:
        """Remember a nonce and say whether it is new for that client and timestamp (seconds since 1970)."""
        key = (client_id, timestamp, short_key(nonce))
        with self._lock:
            if key in self._used:
                return False
            if len(self._used) >= self.LIMIT:
                self._make_room(now)
            self._used[key] = None
            number = len(self._used)
        if number % _GRAIN == 0:
            BUDGET.note(self._share, number)
        return True

    def shrink(self) -> int:
        """Forget the older half, and return how many are left."""
        with self._lock:
            kept = len(self._used) // 2
            self._used = dict.fromkeys(islice(self._used, len(self._used) - kept, None))
            return kept

    def _make_room(self, now: datetime) -> None:
        oldest = now.timestamp() - self.WINDOW
        current = [key for key in self._used if key[1] >= oldest]
        surplus = max(0, len(current) - self.LIMIT * 9 // 10)
        self._used = dict.fromkeys(islice(current, surplus, None))


@dataclass(slots=True)
class Credentials:
    """All that a sandbox knows of who may enter; ``required`` is ``False`` under ``--no-auth``."""

    clients: dict[str, Client]
    required: bool = True
    server_secrets: tuple[str, ...] = field(default=(), repr=False)
    """Secrets of the server as a whole, which no sandbox may show either: its clients' and the admin token."""

    tokens: Tokens = field(default_factory=Tokens)
    nonces: Nonces = field(default_factory=Nonces)

    def scenarios_of(self, authorization: str) -> tuple[str, ...]:
        """Return the scenarios that the token of an ``Authorization`` header brings along."""
        if authorization[:7].lower() != "bearer ":
            return ()
        token = self.tokens.find(authorization[7:].strip())
        return token.scenarios if token else ()

    def redactor(self) -> Redactor:
        """Return what takes these credentials out of a text."""
        values = [*self.server_secrets, *spellings(self.clients.values())]
        return Redactor(values, lambda text: self.tokens.find(text) is not None)
