"""The token endpoint: OAuth 2 client credentials."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping, Sequence
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
_STATUS = {"invalid_client": 401, "temporarily_unavailable": 503}
_PARAMETER = re.compile("[a-z_]+=")
_AIM = re.compile("@[a-z]+=")

_SHOWN = 80
"""Characters of a client's value that an error message repeats."""


def token(request: Request, credentials: Credentials, now: datetime) -> Response:
    """Respond to a token request: 200 with a new token, or 400 or 401 with an error of RFC 6749, section 5.2.

    ``scope`` in the response repeats the requested scopes as they were spelled; without any, all scopes are granted.
    With ``--no-auth`` any client gets a token.

    Sources: RFC 6749, sections 4.4, 5.1 and 5.2; observed client behaviour.
    """
    try:
        token_request = read(request)
        _check_grant_type(token_request, request)
    except TokenRefused as refused:
        return refusal(refused)
    return grant(token_request, credentials, now)


def grant(token_request: TokenRequest, credentials: Credentials, now: datetime) -> Response:
    """Respond to a token request of any grant type: 200 with a new token, or 400 or 401."""
    try:
        scenarios = _scenarios(token_request)
        client = _client(token_request, credentials) if scenarios is None else Client(scenario_client.NAME, "")
        scopes = _scopes(token_request)
    except TokenRefused as refused:
        return refusal(refused)
    granted = _ALL if scopes is SCOPES else frozenset(map(_canonical, scopes))
    issued = credentials.tokens.issue(client.id, granted, now, scenarios or ())
    body = {
        "access_token": issued.value,
        "token_type": "Bearer",
        "expires_in": credentials.tokens.LIFETIME,
        "scope": " ".join(scopes),
    }
    return _response(body, 200)


def scenarios_of(request: Request) -> tuple[str, ...]:
    """Return the known scenarios that a token request selects by its client id, if any."""
    try:
        return _scenarios(read(request)) or ()
    except TokenRefused:
        return ()


def presents_client(request: Request, credentials: Credentials) -> bool:
    """Return whether a token request presents the id and secret of a client, or selects scenarios by its id."""
    try:
        token_request = read(request)
        return _scenarios(token_request) is not None or bool(_client(token_request, credentials))
    except TokenRefused:
        return False


def _scenarios(token_request: TokenRequest) -> tuple[str, ...] | None:
    """Return the scenarios of the client id ``scenario:<spec>``, or ``None`` for any other id.

    HTTP Basic without encoding is split at the first colon, so id ``scenario`` with secret ``<spec>`` is equivalent.
    """
    for presented in token_request.presented:
        spec = scenario_client.spec_of(presented.client_id)
        if spec is not None:
            return _scenarios_of_spec(spec)
        if presented.client_id == scenario_client.NAME:
            return _scenarios_of_secret(presented.secret)
    return None


def _scenarios_of_secret(text: str) -> tuple[str, ...]:
    """Return the scenarios of HTTP Basic without encoding, where a colon and any secret may follow the spec.

    The first colon that is not between a name and its parameters ends the spec; a value has ``%3A`` for a colon.
    """
    parts = text.split(":")
    end = 1
    while end < len(parts) and _continues(parts, end):
        end += 1
    return _scenarios_of_spec(":".join(parts[:end]))


def _continues(parts: Sequence[str], index: int) -> bool:
    """Return whether a part between colons has the parameters of a name that ends the part before it."""
    _, semicolon, last = parts[index - 1].rpartition(";")
    is_name = (semicolon or index == 1) and not _AIM.search(last)
    return bool(is_name and _PARAMETER.match(parts[index]))


def _scenarios_of_spec(spec: str) -> tuple[str, ...]:
    """Return the scenarios of a spec."""
    try:
        return scenario_client.scenarios_of_spec(spec)
    except ConfigurationError as error:
        raise TokenRefused("invalid_client", scenario_client.sentence(error)) from None


def _check_grant_type(token_request: TokenRequest, request: Request) -> None:
    if not token_request.grant_type:
        found = _quoted(request.mimetype) if request.mimetype else "no Content-Type"
        raise TokenRefused(
            "invalid_request",
            f"grant_type is missing; send grant_type={GRANT_TYPE} in a body of application/x-www-form-urlencoded "
            f"(this request has {found}).",
        )
    if token_request.grant_type != GRANT_TYPE:
        found = _quoted(token_request.grant_type)
        raise TokenRefused("unsupported_grant_type", f"grant_type is {found}; this server knows {GRANT_TYPE} only.")


def _client(token_request: TokenRequest, credentials: Credentials) -> Client:
    for presented in token_request.presented:
        client = credentials.clients.get(presented.client_id)
        if client is not None and _same(client.secret, presented.secret):
            return client
    if not credentials.required:
        return Client(token_request.presented[0].client_id if token_request.presented else "anonymous", "")
    raise TokenRefused("invalid_client", _why_not(token_request.presented, credentials.clients))


def _why_not(presented: tuple[Presented, ...], clients: Mapping[str, Client]) -> str:
    if not presented:
        return "There are no client credentials; send client id and secret by HTTP Basic or in the form."
    known = next((pair for pair in presented if pair.client_id in clients), None)
    if known is None:
        return _unknown_client(presented[-1].client_id, clients)
    fault = "is not the right one" if known.secret else "is missing"
    return f"The client {_quoted(known.client_id)} is known; its client_secret {fault}."


def _unknown_client(client_id: str, clients: Mapping[str, Client]) -> str:
    if any(_same(client.secret, client_id) for client in clients.values()):
        return "The client id sent is the secret of a client; are id and secret the wrong way round?"
    return f"There is no client {_quoted(client_id)}{nearest(client_id[:_SHOWN], clients)}."


def _same(secret: str, presented: str) -> bool:
    # JSON can hold lone surrogates, which UTF-8 cannot.
    return hmac.compare_digest(secret.encode(errors="surrogatepass"), presented.encode(errors="surrogatepass"))


def _scopes(token_request: TokenRequest) -> tuple[str, ...]:
    """Return the scopes to grant, spelled as requested."""
    scopes = tuple(dict.fromkeys(token_request.scope.split()))
    for scope in scopes:
        if _canonical(scope) not in _ALL:
            raise TokenRefused(
                "invalid_scope",
                f"There is no scope {_quoted(scope)}{nearest(scope[:_SHOWN], SCOPES)}. "
                f"Known, to be separated by blanks: {' '.join(SCOPES)}",
            )
    return scopes or SCOPES


def _canonical(scope: str) -> str:
    """Return a scope in the spelling of the standard: some clients send http for https."""
    return "https" + scope[4:] if scope.startswith("http://purl.") else scope


def _quoted(text: str) -> str:
    return f"'{text[:_SHOWN]}'"


def refusal(refused: TokenRefused) -> Response:
    """Return the error response of a refused token request."""
    # Section 5.2 of RFC 6749 allows only these characters in a description.
    description = re.sub(r"[^\x20\x21\x23-\x5b\x5d-\x7e]", "?", refused.description)
    response = _response({"error": refused.error, "error_description": description}, _STATUS.get(refused.error, 400))
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = str(challenge.BASIC)
    return response


def _response(body: Mapping[str, object], status: int) -> Response:
    return Response(json.dumps(body), status, headers=_NO_STORE, content_type=JSON)
