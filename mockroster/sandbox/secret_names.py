"""The names of credentials, in a list that all redaction uses."""

from __future__ import annotations

import re

from mockroster.caching import cache_short
from mockroster.sandbox.encodings import decoded

SECRET_NAMES = (
    "accesskey",
    "apikey",
    "assertion",
    "authkey",
    "authorization",
    "cookie",
    "functionskey",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "secret",
    "sessionid",
    "signature",
    "subscriptionkey",
    "token",
)
"""The suffixes of credential names; case, separators and trailing digits are ignored.

``client_secret``, ``clientSecret[]``, ``X-Api-Key`` and ``oauth_token2`` each end with one; ``token_type`` and
``oauth_signature_method`` do not.
"""

_WORDS = (
    "assertion",
    "authorization",
    "cookie",
    "jwt",
    "key",
    "pass",
    "pwd",
    "secret",
    "session",
    "signature",
    "token",
)
"""Each of the names contains one of these."""

_PARTS = re.compile(r"[\[\].:/]+")
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[^a-z0-9]+")


@cache_short(len, longest=64, entries=4096)
def is_secret(name: str) -> bool:
    """Return whether a name, in any encoding, is that of a credential; ``user[token]`` is, by its part ``token``."""
    return any(_is_secret(part) for part in _PARTS.split(decoded(name)))


def _is_secret(part: str) -> bool:
    letters = _NEITHER_LETTER_NOR_DIGIT.sub("", part.casefold()).rstrip("0123456789")
    return letters.endswith(SECRET_NAMES)


def mentions_secret(text: str) -> bool:
    """Return whether a decoded text may name a credential: a fast check that most texts fail."""
    folded = text.casefold()
    return any(word in folded for word in _WORDS)
