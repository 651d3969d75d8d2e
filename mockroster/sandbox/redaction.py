"""What the journal must not show: credentials, wherever a client has put them."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

REDACTED = "[redacted]"

_SECRET = frozenset(
    {"client_secret", "client_assertion", "oauth_signature", "access_token", "refresh_token", "password"}
)
_IN_JSON = re.compile(
    r'("(?:' + "|".join(sorted(_SECRET)) + r')"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s",}\]]+)', re.IGNORECASE | re.DOTALL
)
_SCHEME = re.compile("(?:basic|bearer|digest|oauth|token)(?= )", re.IGNORECASE)
"""Schemes by their names: what else stands before a blank may be a secret itself."""


def header(name: str, value: str) -> str:
    """Return the value of a header; of credentials only their scheme is left."""
    if name.lower() == "cookie":
        return REDACTED
    if name.lower().endswith("authorization"):
        scheme = _SCHEME.match(value)
        return f"{scheme[0]} {REDACTED}" if scheme else REDACTED
    return value


def form(text: str) -> str:
    """Return a query or a form, the value of each secret replaced."""
    return "&".join(map(_pair, text.split("&")))


def _pair(text: str) -> str:
    name, equals, _ = text.partition("=")
    return f"{name}={REDACTED}" if equals and unquote_plus(name).strip().lower() in _SECRET else text


def body(text: str) -> str:
    """Return a body, the value of each secret replaced, whether it is JSON or a form."""
    if text.lstrip()[:1] in {"{", "["}:
        return _IN_JSON.sub(rf'\1"{REDACTED}"', text)
    return form(text)
