"""The clients of a sandbox, its tokens, and the nonces that signed requests have used.

State only: ``auth/`` decides which requests are authorized.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from mockroster.sandbox.redaction import Redactor, spellings
from mockroster.sandbox.tokens import Token, Tokens, TokenSigner
from mockroster.state.port import SandboxState

WINDOW = 600
"""Seconds by which the timestamp of a signature may differ from the clock, either way."""


@dataclass(frozen=True, slots=True)
class Client:
    """An application that may ask for tokens and sign requests."""

    id: str
    secret: str = field(repr=False)


@dataclass(slots=True)
class Credentials:
    """The clients, tokens and nonces of a sandbox; ``required`` is ``False`` under ``--no-auth``."""

    clients: Mapping[str, Client]
    state: SandboxState = field(repr=False)
    required: bool = True
    signer: TokenSigner = field(default_factory=TokenSigner, repr=False)
    base: Credentials | None = field(default=None, repr=False)
    """The credentials of ``default``, if its tokens are valid here too."""

    server_secrets: tuple[str, ...] = field(default=(), repr=False)
    """Secrets of the whole server, redacted in every sandbox: those of its clients and the admin token."""

    tokens: Tokens = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare to issue tokens."""
        self.tokens = Tokens(self.signer, self.state, self.base.tokens if self.base else None)

    def find_token(self, value: str) -> Token | None:
        """Return the token with that value, expired or not, or ``None`` if it is not valid in this sandbox."""
        token = self.tokens.find(value)
        return token if token and self._knows(token) else None

    def bearer(self, authorization: str) -> Token | None:
        """Return the token in an ``Authorization`` header as ``find_token`` does."""
        return self.find_token(authorization[7:].strip()) if authorization[:7].lower() == "bearer " else None

    def scenarios_of(self, authorization: str) -> tuple[str, ...]:
        """Return the scenarios of the token in an ``Authorization`` header."""
        token = self.bearer(authorization)
        return token.scenarios if token else ()

    def redactor(self) -> Redactor:
        """Return a redactor that removes these credentials from a text."""
        values = [*self.server_secrets, *spellings(self.clients.values())]
        return Redactor(values, self.tokens.is_token)

    def why_not(self, value: str) -> str:
        """Return a sentence that explains why ``find_token`` returns ``None``."""
        token = self.tokens.find(value)
        return self.tokens.why_not(value) if token is None else f"There is no client {token.client_id[:80]!r} any more."

    def first_use(self, client_id: str, timestamp: int, nonce: str, now: datetime) -> bool:
        """Record a nonce and return whether it is new for that client and timestamp (seconds since 1970).

        It is kept as long as its timestamp is acceptable. Source: RFC 5849, section 3.3.
        """
        seconds = timestamp + WINDOW - now.timestamp() + 1
        return self.state.counters.first_use(_nonce_key(client_id, timestamp, nonce), max(seconds, 1))

    def _knows(self, token: Token) -> bool:
        """Return whether the client of a token is still accepted; a token with scenarios needs no registered client."""
        return token.client_id in self.clients or bool(token.scenarios) or not self.required


def _nonce_key(client_id: str, timestamp: int, nonce: str) -> str:
    """Return a key of fixed length for a nonce of any length."""
    text = repr((client_id, timestamp, nonce)).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).hexdigest()
