"""Scenarios about the token endpoint: required parameters, granted scopes and responses."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson
from werkzeug.wrappers import Response

from mockroster.auth import challenge, oauth2
from mockroster.auth.access import presented
from mockroster.auth.token_request import read
from mockroster.errors import NotAuthenticated, TokenRefused
from mockroster.render.answer import JSON
from mockroster.scenarios.access.credentials import authenticate, bearer_token, refusal_for
from mockroster.scenarios.base import AccessScenario, parameter
from mockroster.scenarios.exchange import Exchange, reason
from mockroster.standard.versions import VERSIONS


def parse_grant(response: Response) -> dict[str, Any] | None:
    """Return the document of a successful token response, or ``None``."""
    if response.status_code != 200:
        return None
    document: dict[str, Any] = orjson.loads(response.get_data())
    return document


def _with_document(response: Response, document: Any) -> Response:
    response.set_data(orjson.dumps(document))
    return response


_DEMOGRAPHICS = frozenset(scope for version in VERSIONS for scope in version.edition.scopes.demographics)


@dataclass(frozen=True)
class TokenEndpointDown(AccessScenario):
    """The token endpoint fails. Tokens issued before stay valid.

    Source: row 98 of the quirks table.
    """

    name = "token-endpoint-down"
    status: int = parameter(503, "HTTP status of the failure", least=400, most=599)

    def on_token_request(self, exchange: Exchange) -> Response | None:
        """Fail."""
        error = "temporarily_unavailable" if self.status in {429, 502, 503, 504} else "server_error"
        document = {"error": error, "error_description": f"{reason(self.status)}: the token endpoint is down"}
        return Response(orjson.dumps(document), self.status, content_type=JSON)


@dataclass(frozen=True)
class NoDemographics(AccessScenario):
    """The demographics scope is never granted, and reading demographics is 403. Other scopes are unaffected.

    Source: row 39 of the quirks table.
    """

    name = "no-demographics"

    def on_token_response(self, exchange: Exchange, response: Response) -> Response | None:
        """Remove the scope from the response."""
        answer = parse_grant(response)
        scopes = answer["scope"].split() if answer else []
        kept = [scope for scope in scopes if not scope.endswith("roster-demographics.readonly")]
        if answer is None or kept == scopes:
            return None
        if not kept:
            return oauth2.refusal(TokenRefused("invalid_scope", "This client may not have the demographics scope."))
        return _with_document(response, answer | {"scope": " ".join(kept)})

    def authorize(self, exchange: Exchange) -> bool:
        """Refuse operations that require the scope."""
        scopes = exchange.operation.scopes if exchange.operation else ()
        if _DEMOGRAPHICS.isdisjoint(scopes):
            return False
        authenticate(exchange)
        raise refusal_for("wrong-scope")


@dataclass(frozen=True)
class ScopeRequired(AccessScenario):
    """A token request without scope is refused with 400, instead of granted all scopes of the client.

    Source: row 37 of the quirks table; RFC 6749, section 3.3.
    """

    name = "scope-required"
    error: str = parameter("invalid_scope", "error code of the refusal", words=("invalid_scope", "invalid_request"))

    def on_token_response(self, exchange: Exchange, response: Response) -> Response | None:
        """Refuse a successful request without scope."""
        if response.status_code != 200 or read(exchange.request).scope:
            return None
        return oauth2.refusal(TokenRefused(self.error, "scope is missing; list the requested scopes."))


@dataclass(frozen=True)
class GrantTypeOptional(AccessScenario):
    """A token request without grant_type is accepted as client_credentials, which RFC 6749 does not allow.

    So is one with HTTP Basic, a JSON Content-Type and an empty body. List this scenario before others that change the
    token response.

    Source: row 152 of the quirks table; RFC 6749, section 4.4.2.
    """

    name = "grant-type-optional"

    def on_token_response(self, exchange: Exchange, response: Response) -> Response | None:
        """Grant a token that was refused because of the missing grant type."""
        if response.status_code != 400:
            return None
        try:
            token_request = read(exchange.request)
        except TokenRefused:
            return None
        if token_request.grant_type:
            return None
        sandbox = exchange.sandbox
        return oauth2.grant(token_request, sandbox.credentials, sandbox.clock.now())


@dataclass(frozen=True)
class CredentialsIn(AccessScenario):
    """Client id and secret are accepted only in the body, or only by HTTP Basic; else 401.

    Source: row 36 of the quirks table.
    """

    name = "credentials-in"
    place: str = parameter("body", "where they are accepted", words=("body", "basic"))

    def on_token_request(self, exchange: Exchange) -> Response | None:
        """Refuse credentials in the other place. The token endpoint refuses a request without any."""
        basic = presented(exchange.request)[0] == "basic"
        if self.place == "body" and basic:
            return _invalid_client("Send client_id and client_secret in the body; HTTP Basic is not accepted.")
        if self.place == "basic" and not basic and _has_body_credentials(exchange):
            return _invalid_client("Send client id and secret by HTTP Basic; they are not accepted in the body.")
        return None


def _has_body_credentials(exchange: Exchange) -> bool:
    try:
        return bool(read(exchange.request).presented)
    except TokenRefused:
        return False


def _invalid_client(description: str) -> Response:
    return oauth2.refusal(TokenRefused("invalid_client", description))


@dataclass(frozen=True)
class TokenParametersIn(AccessScenario):
    """grant_type and scope are accepted only in the query, or only in a form body; else 400.

    Source: rows 34 and 35 of the quirks table.
    """

    name = "token-parameters-in"
    place: str = parameter("query", "where they are accepted", words=("query", "form"))

    def on_token_request(self, exchange: Exchange) -> Response | None:
        """Refuse a request with the parameters elsewhere, or without them."""
        request = exchange.request
        if self.place == "query":
            accepted, fault = "grant_type" in request.args, "grant_type and scope are accepted in the query only."
        else:
            is_form = request.mimetype == "application/x-www-form-urlencoded"
            accepted = is_form and "grant_type" not in request.args
            fault = "grant_type and scope are accepted in a body of application/x-www-form-urlencoded only."
        return None if accepted else oauth2.refusal(TokenRefused("invalid_request", fault))


@dataclass(frozen=True)
class OddExpiresIn(AccessScenario):
    """The token response has an unusual expires_in. The lifetime of the token does not change.

    Source: row 41 of the quirks table (string, null, absent); RFC 6749, section 5.1, which sets no bounds (the others).
    """

    name = "odd-expires-in"
    style: str = parameter(
        "string", "value of expires_in", words=("string", "absent", "null", "zero", "negative", "huge", "float")
    )

    def on_token_response(self, exchange: Exchange, response: Response) -> Response | None:
        """Replace or remove the member."""
        answer = parse_grant(response)
        if answer is None:
            return None
        seconds = answer.pop("expires_in")
        if self.style != "absent":
            odd = {"null": None, "zero": 0, "negative": -1, "huge": 2**53 + 1, "float": seconds + 0.5}
            answer["expires_in"] = odd.get(self.style, str(seconds))
        return _with_document(response, answer)


@dataclass(frozen=True)
class BareToken(AccessScenario):
    """The token response is the token as a JSON string, not an object.

    Source: row 41 of the quirks table.
    """

    name = "bare-token"

    def on_token_response(self, exchange: Exchange, response: Response) -> Response | None:
        """Replace the document by the token."""
        answer = parse_grant(response)
        return _with_document(response, answer["access_token"]) if answer else None


@dataclass(frozen=True)
class OddScopes(AccessScenario):
    """The token response lists the granted scopes in another spelling.

    short: roster.readonly; http: http://purl for https://purl; prefixed: with one-roster-api: before each.

    Source: row 38 of the quirks table.
    """

    name = "odd-scopes"
    style: str = parameter("short", "spelling of the scopes", words=("short", "http", "prefixed"))

    def on_token_response(self, exchange: Exchange, response: Response) -> Response | None:
        """Respell the scopes."""
        answer = parse_grant(response)
        if answer is None:
            return None
        return _with_document(response, answer | {"scope": " ".join(map(self._respell, answer["scope"].split()))})

    def _respell(self, scope: str) -> str:
        if self.style == "short":
            return scope.rpartition("/")[2]
        return f"one-roster-api:{scope}" if self.style == "prefixed" else scope.replace("https://", "http://", 1)


COOKIE = "ARRAffinity"


@dataclass(frozen=True)
class SessionCookie(AccessScenario):
    """The token response sets a session cookie, ARRAffinity. Requests with the token but without the cookie are 401.

    Source: row 40 of the quirks table.
    """

    name = "session-cookie"

    def on_token_response(self, exchange: Exchange, response: Response) -> Response | None:
        """Set the cookie."""
        answer = parse_grant(response)
        if answer is None:
            return None
        response.set_cookie(COOKIE, _session(answer["access_token"]), path="/", httponly=True)
        return response

    def authorize(self, exchange: Exchange) -> bool:
        """Check the cookie of the token."""
        token = bearer_token(exchange.request)
        if token is None:
            return False
        given = exchange.request.cookies.get(COOKIE, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), _session(token).encode()):
            description = f"The session cookie {COOKIE} of the token response is missing or wrong."
            raise NotAuthenticated(description, www_authenticate=challenge.INVALID_TOKEN)
        return False


def _session(token: str) -> str:
    return blake2b(token.encode("utf-8", "replace"), digest_size=16).hexdigest()


@dataclass(frozen=True)
class CredentialsExpire(AccessScenario):
    """Client id and secret are valid for a number of days, then 401. Move the sandbox's clock to test it.

    The days count from the first request that the scenario sees. Tokens issued before stay valid.

    Source: row 44 of the quirks table.
    """

    name = "credentials-expire"
    days: int = parameter(365, "days until they expire", least=0, most=36_500)

    def on_token_request(self, exchange: Exchange) -> Response | None:
        """Refuse the client once its credentials have expired."""
        return _invalid_client("The client's secret has expired.") if self._is_expired(exchange) else None

    def authorize(self, exchange: Exchange) -> bool:
        """Refuse a signature once the credentials have expired."""
        if self._is_expired(exchange) and presented(exchange.request)[0] == "oauth":
            raise NotAuthenticated("The client's secret has expired.", www_authenticate=challenge.OAUTH)
        return False

    def _is_expired(self, exchange: Exchange) -> bool:
        now = exchange.sandbox.clock.now()
        first = exchange.memory.update("first", lambda first: first or now.isoformat())
        return now - datetime.fromisoformat(str(first)) >= timedelta(days=self.days)
