"""Find the id of the client that sent a request, whether it was let in or not."""

from __future__ import annotations

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from mockroster.auth import oauth1
from mockroster.auth.access import presented
from mockroster.auth.token_request import read
from mockroster.errors import TokenRefused
from mockroster.sandbox.credentials import Credentials


def client_of(request: Request, credentials: Credentials) -> str | None:
    """Return the client id of the token or the signature; ``None`` without any, and for an unknown token."""
    scheme, rest = presented(request)
    if scheme == "bearer":
        token = credentials.tokens.find(rest)
        return token.client_id if token else None
    return oauth1.client_of(request) if scheme == "oauth" else None


def client_of_token_request(request: Request, credentials: Credentials) -> str | None:
    """Return the client id that a token request presents; of several readings of it the one that is known."""
    try:
        found = [presented.client_id for presented in read(request).presented]
    except (TokenRefused, HTTPException):
        return None  # it cannot be read, or is too large to be
    return next((client for client in found if client in credentials.clients), found[0] if found else None)
