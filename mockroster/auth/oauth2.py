"""The token endpoint: OAuth 2 client credentials."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from werkzeug.wrappers import Request, Response

from mockroster.auth import challenge, scenario_client
from mockroster.auth.token_request import Presented, TokenRequest, read
from mockroster.errors import ConfigurationError, TokenRefused, nearest
from mockroster.render.answer import JSON
from mockroster.sandbox.credentials import Client, Credentials
from mockroster.standard.versions import SCOPES

GRANT_TYPE = "client_credentials"

_ALL = frozenset(SCOPES)
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_STATUS = {"invalid_client": 401}
_PARAMETER = re.compile("[a-z_]+=")
_MOST_COLONS = 10

_SHOWN = 80
"""As much of a value that a client sent is repeated to it."""


def token(request: Request, credentials: Credentials, now: datetime) -> Response:
    """Answer a token request: 200 with a new token, or 400 or 401 with an error of RFC 6749, section 5.2.

    ``scope`` in the answer covers what was asked, spelled as it was asked; who asks for nothing is given everything.
    Under ``--no-auth`` any client is given a token.

    Sources: RFC 6749, sections 4.4, 5.1 and 5.2; what clients were seen to send.
    """
    try:
        asked = read(request)
        _check_grant_type(asked, request)
    except TokenRefused as refused:
        return refusal(refused)
    return grant(asked, credentials, now)


def grant(asked: TokenRequest, credentials: Credentials, now: datetime) -> Response:
    """Answer a token request whatever its grant type: 200 with a new token, or 400 or 401."""
    try:
        scenarios = _scenarios(asked)
        client = _client(asked, credentials) if scenarios is None else Client(scenario_client.NAME, "")
        scopes = _scopes(asked)
    except TokenRefused as refused:
        return refusal(refused)
    made = credentials.tokens.issue(client.id, map(_canonical, scopes), now, scenarios or ())
    answer = {
        "access_token": made.value,
        "token_type": "Bearer",
        "expires_in": credentials.tokens.LIFETIME,
        "scope": " ".join(scopes),
    }
    return _answer(answer, 200)


def scenarios_of(request: Request) -> tuple[str, ...]:
    """Return the scenarios that a token request asks for by its client id, if it asks for any that are known."""
    try:
        return _scenarios(read(request)) or ()
    except TokenRefused:
        return ()


def _scenarios(asked: TokenRequest) -> tuple[str, ...] | None:
    """Return the scenarios of the client id ``scenario:<spec>``, nothing for any other id.

    HTTP Basic that is not encoded splits at the first colon, so id ``scenario`` with secret ``<spec>`` is the same.
    """
    for one in asked.presented:
        spec = scenario_client.spec_of(one.client_id)
        if spec is not None:
            return _named(spec)
        if one.client_id == scenario_client.NAME:
            return _named_with_secret(one.secret)
    return None


def _named_with_secret(text: str) -> tuple[str, ...]:
    """Return the scenarios of HTTP Basic that is not encoded, in which a colon and any secret may follow the spec."""
    spec, secret = text, ""
    for _ in range(_MOST_COLONS):
        with suppress(TokenRefused):
            return _named(spec)
        spec, colon, secret = spec.rpartition(":")
        if not colon or _PARAMETER.match(secret):
            break
    return _named(text)


def _named(spec: str) -> tuple[str, ...]:
    """Return the scenarios of a spec."""
    try:
        return scenario_client.scenarios_of_spec(spec)
    except ConfigurationError as error:
        raise TokenRefused("invalid_client", f"{error}.") from None


def _check_grant_type(asked: TokenRequest, request: Request) -> None:
    if not asked.grant_type:
        found = _shown(request.mimetype) if request.mimetype else "no Content-Type"
        raise TokenRefused(
            "invalid_request",
            f"grant_type is missing; send grant_type={GRANT_TYPE} in a body of application/x-www-form-urlencoded "
            f"(this request has {found}).",
        )
    if asked.grant_type != GRANT_TYPE:
        raise TokenRefused(
            "unsupported_grant_type", f"grant_type is {_shown(asked.grant_type)}; this server knows {GRANT_TYPE} only."
        )


def _client(asked: TokenRequest, credentials: Credentials) -> Client:
    for presented in asked.presented:
        client = credentials.clients.get(presented.client_id)
        if client is not None and _same(client.secret, presented.secret):
            return client
    if not credentials.required:
        return Client(asked.presented[0].client_id if asked.presented else "anonymous", "")
    raise TokenRefused("invalid_client", _why_not(asked.presented, credentials.clients))


def _why_not(tried: tuple[Presented, ...], clients: Mapping[str, Client]) -> str:
    if not tried:
        return "There are no client credentials; send client id and secret by HTTP Basic or in the form."
    known = next((one for one in tried if one.client_id in clients), None)
    if known is None:
        return _unknown_client(tried[-1].client_id, clients)
    fault = "is not the right one" if known.secret else "is missing"
    return f"The client {_shown(known.client_id)} is known; its client_secret {fault}."


def _unknown_client(client_id: str, clients: Mapping[str, Client]) -> str:
    if any(_same(client.secret, client_id) for client in clients.values()):
        return "The client id sent is the secret of a client; are id and secret the wrong way round?"
    return f"There is no client {_shown(client_id)}{nearest(client_id[:_SHOWN], clients)}."


def _same(secret: str, presented: str) -> bool:
    # JSON can hold lone surrogates, which UTF-8 cannot.
    return hmac.compare_digest(secret.encode(errors="surrogatepass"), presented.encode(errors="surrogatepass"))


def _scopes(asked: TokenRequest) -> tuple[str, ...]:
    """Return the scopes to grant, spelled as they were asked for."""
    scopes = tuple(dict.fromkeys(asked.scope.split()))
    for scope in scopes:
        if _canonical(scope) not in _ALL:
            raise TokenRefused(
                "invalid_scope",
                f"There is no scope {_shown(scope)}{nearest(scope[:_SHOWN], SCOPES)}. "
                f"Known, to be separated by blanks: {' '.join(SCOPES)}",
            )
    return scopes or SCOPES


def _canonical(scope: str) -> str:
    """Return a scope as the standard spells it: clients in the field send http for https."""
    return "https" + scope[4:] if scope.startswith("http://purl.") else scope


def _shown(text: str) -> str:
    return f"'{text[:_SHOWN]}'"


def refusal(refused: TokenRefused) -> Response:
    """Return the answer that says why there is no token."""
    # Section 5.2 of RFC 6749 allows a description these characters only.
    description = re.sub(r"[^\x20\x21\x23-\x5b\x5d-\x7e]", "?", refused.description)
    response = _answer({"error": refused.error, "error_description": description}, _STATUS.get(refused.error, 400))
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = str(challenge.BASIC)
    return response


def _answer(body: Mapping[str, object], status: int) -> Response:
    return Response(json.dumps(body), status, headers=_NO_STORE, content_type=JSON)
