"""Authorize requests by a bearer token with the required scope, or by a signature."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

from werkzeug.wrappers import Request

from mockroster.auth import challenge, oauth1
from mockroster.clock import timestamp
from mockroster.errors import NotAuthenticated, NotPermitted
from mockroster.sandbox.credentials import Credentials

_SIGNED_QUERY = re.compile(rb"(?:^|&)oauth_")


def authorise(
    request: Request, scopes: Collection[str], credentials: Credentials, clock_now: datetime, real_now: datetime
) -> str | None:
    """Authorize a request and return the id of its client; any one of ``scopes`` is enough, and they may be empty.

    Tokens expire by ``clock_now``, the sandbox's clock; signatures are checked against ``real_now``. A valid signature
    has every scope. With ``--no-auth`` every request is authorized, and the client is ``None``.

    Raises ``NotAuthenticated`` (with its challenge), ``NotPermitted``, and for a signature ``MalformedRequest``.
    Sources: RFC 6750, sections 2.1 and 3.1; RFC 5849, section 3.2.
    """
    if not credentials.required:
        return None
    scheme, rest = presented(request)
    if scheme == "bearer":
        return _check_token(rest, scopes, credentials, clock_now)
    if scheme == "oauth":
        return oauth1.verify(request, credentials, real_now)
    raise _no_credentials(request, scheme, rest)


def authorise_by_token(
    request: Request, scopes: Collection[str], credentials: Credentials, clock_now: datetime, real_now: datetime
) -> str | None:
    """Authorize a request as ``authorise`` does, but refuse signatures (1EdTech Security Framework)."""
    if credentials.required and presented(request)[0] == "oauth":
        raise _bad_token("OneRoster 1.2 has no OAuth 1.0a signatures. Ask for a token at /oauth2/token.")
    return authorise(request, scopes, credentials, clock_now, real_now)


def presented(request: Request) -> tuple[str, str]:
    """Return the scheme of the credentials, in lower case, and the credentials; a signature may be in the query."""
    header: str = request.environ.get("HTTP_AUTHORIZATION", "")
    # Not request.authorization: parsing it costs more than the rest of the check.
    scheme, *rest = header.split(None, 1)[:2] or [""]
    if not scheme and _SIGNED_QUERY.search(request.query_string):
        return "oauth", ""
    return scheme.lower(), rest[0].strip() if rest else ""


def _check_token(value: str, scopes: Collection[str], credentials: Credentials, now: datetime) -> str:
    token = credentials.find_token(value)
    if token is None:
        raise _bad_token(f"{credentials.why_not(value)} Ask for a new one.")
    if token.expires_at <= now:
        raise _bad_token(
            f"The token expired at {timestamp(token.expires_at)}; by the clock of this server it is {timestamp(now)}. "
            "Ask for a new one."
        )
    if scopes and token.scopes.isdisjoint(scopes):
        raise NotPermitted(
            f"The token has the scopes {_listed(token.scopes)}; this needs one of {_listed(scopes)}. "
            "Ask for a token with that scope."
        )
    return token.client_id


def _bad_token(description: str) -> NotAuthenticated:
    return NotAuthenticated(description, www_authenticate=challenge.INVALID_TOKEN)


def _no_credentials(request: Request, scheme: str, rest: str) -> NotAuthenticated:
    if not scheme:
        found = "no Authorization header"
    elif not rest:  # then what looks like a scheme may well be a token: do not repeat it
        found = "an Authorization header without a scheme"
    else:
        found = f"an Authorization header of the scheme {scheme[:20]!r}"
    return NotAuthenticated(
        f"There is {found}; 'Authorization: Bearer <token>' is needed. For a token, POST "
        f"grant_type=client_credentials with client id and secret to {request.script_root}/oauth2/token.",
        www_authenticate=challenge.BEARER,
    )


def _listed(scopes: Collection[str]) -> str:
    return ", ".join(sorted(scopes)) or "(none)"
