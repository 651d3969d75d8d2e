"""Identify the client that sent a request, authorized or not."""

from __future__ import annotations

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from mockroster.auth import oauth1
from mockroster.auth.access import presented
from mockroster.auth.token_request import read
from mockroster.errors import TokenRefused
from mockroster.sandbox.credentials import Credentials


def client_of(request: Request, credentials: Credentials) -> str | None:
    """Return the client id of the token or signature; ``None`` without credentials and for an unknown token."""
    scheme, rest = presented(request)
    if scheme == "bearer":
        token = credentials.tokens.find(rest)
        return token.client_id if token else None
    return oauth1.client_of(request) if scheme == "oauth" else None


def client_of_token_request(request: Request, credentials: Credentials) -> str | None:
    """Return the client id of a token request; among several readings of it, prefer a known client."""
    try:
        client_ids = [presented.client_id for presented in read(request).presented]
    except (TokenRefused, HTTPException):
        return None  # it cannot be read, or is too large to be
    known = (client_id for client_id in client_ids if client_id in credentials.clients)
    return next(known, client_ids[0] if client_ids else None)
