"""Scenarios about the token endpoint: what it demands, what it grants, how it answers."""

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
from mockroster.scenarios.access import authenticate, bearer, refused
from mockroster.scenarios.base import AccessScenario, parameter
from mockroster.scenarios.exchange import Exchange, reason
from mockroster.standard.versions import VERSIONS


def granted(response: Response) -> dict[str, Any] | None:
    """Return what a token answer grants, nothing for a refusal."""
    if response.status_code != 200:
        return None
    document: dict[str, Any] = orjson.loads(response.get_data())
    return document


def _with(response: Response, document: Any) -> Response:
    response.set_data(orjson.dumps(document))
    return response


_DEMOGRAPHICS = frozenset(scope for version in VERSIONS for scope in version.edition.scopes.demographics)


@dataclass(frozen=True)
class TokenEndpointDown(AccessScenario):
    """There is no token to be had: the token endpoint fails. Tokens that were given before stay good.

    Source: row 98 of the quirks table.
    """

    name = "token-endpoint-down"
    status: int = parameter(503, "HTTP status of the failure", least=400, most=599)

    def at_token(self, exchange: Exchange) -> Response | None:
        """Fail."""
        error = "temporarily_unavailable" if self.status in {429, 502, 503, 504} else "server_error"
        document = {"error": error, "error_description": f"{reason(self.status)}: the token endpoint is down"}
        return Response(orjson.dumps(document), self.status, content_type=JSON)


@dataclass(frozen=True)
class NoDemographics(AccessScenario):
    """The scope of demographics is never granted, though the others are, and reading demographics is 403.

    Source: row 39 of the quirks table.
    """

    name = "no-demographics"

    def issued(self, exchange: Exchange, response: Response) -> Response | None:
        """Take the scope out of the answer."""
        answer = granted(response)
        scopes = answer["scope"].split() if answer else []
        kept = [scope for scope in scopes if not scope.endswith("roster-demographics.readonly")]
        if answer is None or kept == scopes:
            return None
        if not kept:
            return oauth2.refusal(TokenRefused("invalid_scope", "This client may not have the scope of demographics."))
        return _with(response, answer | {"scope": " ".join(kept)})

    def decide(self, exchange: Exchange) -> bool:
        """Refuse what needs the scope."""
        scopes = exchange.operation.scopes if exchange.operation else ()
        if _DEMOGRAPHICS.isdisjoint(scopes):
            return False
        authenticate(exchange)
        raise refused("wrong-scope")


@dataclass(frozen=True)
class ScopeRequired(AccessScenario):
    """A token request without scope is refused with 400; the standard would let it have the client's whole set.

    Source: row 37 of the quirks table; RFC 6749, section 3.3.
    """

    name = "scope-required"
    error: str = parameter("invalid_scope", "what the refusal is called", words=("invalid_scope", "invalid_request"))

    def issued(self, exchange: Exchange, response: Response) -> Response | None:
        """Refuse what would have been granted."""
        if response.status_code != 200 or read(exchange.request).scope:
            return None
        return oauth2.refusal(TokenRefused(self.error, "scope is missing; name the scopes that you want."))


@dataclass(frozen=True)
class GrantTypeOptional(AccessScenario):
    """A token request without grant_type is answered as if it were client_credentials; RFC 6749 would refuse it.

    So is one of HTTP Basic with a JSON Content-Type and an empty body. Scenarios about the answer come after this one.

    Source: row 152 of the quirks table; RFC 6749, section 4.4.2.
    """

    name = "grant-type-optional"

    def issued(self, exchange: Exchange, response: Response) -> Response | None:
        """Grant the token that was refused for want of a grant type."""
        if response.status_code != 400:
            return None
        try:
            asked = read(exchange.request)
        except TokenRefused:
            return None
        here = exchange.sandbox
        return None if asked.grant_type else oauth2.grant(asked, here.credentials, here.clock.now())


@dataclass(frozen=True)
class CredentialsIn(AccessScenario):
    """Client id and secret are taken in one place only: in the body, or by HTTP Basic; elsewhere they are 401.

    Source: row 36 of the quirks table.
    """

    name = "credentials-in"
    place: str = parameter("body", "where they are taken", words=("body", "basic"))

    def at_token(self, exchange: Exchange) -> Response | None:
        """Refuse credentials in the other place; who brings none at all is refused by the token endpoint itself."""
        basic = presented(exchange.request)[0] == "basic"
        if self.place == "body" and basic:
            return _invalid_client("Send client_id and client_secret in the body; HTTP Basic is not taken.")
        if self.place == "basic" and not basic and _in_parameters(exchange):
            return _invalid_client("Send client id and secret by HTTP Basic; in the body they are not taken.")
        return None


def _in_parameters(exchange: Exchange) -> bool:
    try:
        return bool(read(exchange.request).presented)
    except TokenRefused:
        return False


def _invalid_client(description: str) -> Response:
    return oauth2.refusal(TokenRefused("invalid_client", description))


@dataclass(frozen=True)
class TokenParametersIn(AccessScenario):
    """grant_type and scope are taken in one place only: in the query, or in a form body; elsewhere they are 400.

    Source: rows 34 and 35 of the quirks table.
    """

    name = "token-parameters-in"
    place: str = parameter("query", "where they are taken", words=("query", "form"))

    def at_token(self, exchange: Exchange) -> Response | None:
        """Refuse a request that has them elsewhere, or not at all."""
        request = exchange.request
        if self.place == "query":
            taken, fault = "grant_type" in request.args, "grant_type and scope are taken in the query only."
        else:
            is_form = request.mimetype == "application/x-www-form-urlencoded"
            taken = is_form and "grant_type" not in request.args
            fault = "grant_type and scope are taken in a body of application/x-www-form-urlencoded only."
        return None if taken else oauth2.refusal(TokenRefused("invalid_request", fault))


@dataclass(frozen=True)
class OddExpiresIn(AccessScenario):
    """The token answer has an odd expires_in; the token itself lives as long as ever.

    Source: row 41 of the quirks table (string, null, absent); RFC 6749, section 5.1, which recommends it and bounds
    it by nothing (the others).
    """

    name = "odd-expires-in"
    style: str = parameter(
        "string", "what it is", words=("string", "absent", "null", "zero", "negative", "huge", "float")
    )

    def issued(self, exchange: Exchange, response: Response) -> Response | None:
        """Rewrite the answer."""
        answer = granted(response)
        if answer is None:
            return None
        seconds = answer.pop("expires_in")
        if self.style != "absent":
            odd = {"null": None, "zero": 0, "negative": -1, "huge": 2**53 + 1, "float": seconds + 0.5}
            answer["expires_in"] = odd.get(self.style, str(seconds))
        return _with(response, answer)


@dataclass(frozen=True)
class BareToken(AccessScenario):
    """The token answer is the token as a bare JSON string, not an object.

    Source: row 41 of the quirks table.
    """

    name = "bare-token"

    def issued(self, exchange: Exchange, response: Response) -> Response | None:
        """Leave the token only."""
        answer = granted(response)
        return _with(response, answer["access_token"]) if answer else None


@dataclass(frozen=True)
class OddScopes(AccessScenario):
    """The token answer spells the scopes otherwise than they were asked for; the token has them all the same.

    short is roster.readonly, http is http://purl for https://purl, prefixed has one-roster-api: before it.

    Source: row 38 of the quirks table.
    """

    name = "odd-scopes"
    style: str = parameter("short", "how they are spelled", words=("short", "http", "prefixed"))

    def issued(self, exchange: Exchange, response: Response) -> Response | None:
        """Spell them so."""
        answer = granted(response)
        if answer is None:
            return None
        return _with(response, answer | {"scope": " ".join(map(self._spelled, answer["scope"].split()))})

    def _spelled(self, scope: str) -> str:
        if self.style == "short":
            return scope.rpartition("/")[2]
        return f"one-roster-api:{scope}" if self.style == "prefixed" else scope.replace("https://", "http://", 1)


COOKIE = "ARRAffinity"


@dataclass(frozen=True)
class SessionCookie(AccessScenario):
    """The token comes with a session cookie, ARRAffinity, that must be sent on every call beside it; 401 without it.

    Source: row 40 of the quirks table.
    """

    name = "session-cookie"

    def issued(self, exchange: Exchange, response: Response) -> Response | None:
        """Set the cookie."""
        answer = granted(response)
        if answer is None:
            return None
        response.set_cookie(COOKIE, _session(answer["access_token"]), path="/", httponly=True)
        return response

    def decide(self, exchange: Exchange) -> bool:
        """Look for the cookie that belongs to the token."""
        token = bearer(exchange.request)
        if token is None:
            return False
        given = exchange.request.cookies.get(COOKIE, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), _session(token).encode()):
            description = f"The session cookie {COOKIE} that came with the token is missing or another one."
            raise NotAuthenticated(description, www_authenticate=challenge.INVALID_TOKEN)
        return False


def _session(token: str) -> str:
    return blake2b(token.encode("utf-8", "replace"), digest_size=16).hexdigest()


@dataclass(frozen=True)
class CredentialsExpire(AccessScenario):
    """Client id and secret are good for so many days, then 401; move the clock of the sandbox to get there.

    The days count from the first request that the scenario sees. Tokens that were given before stay good.

    Source: row 44 of the quirks table.
    """

    name = "credentials-expire"
    days: int = parameter(365, "days for which they are good", least=0, most=36_500)

    def at_token(self, exchange: Exchange) -> Response | None:
        """Refuse the client when it is time."""
        return _invalid_client("The client's secret has expired.") if self._is_over(exchange) else None

    def decide(self, exchange: Exchange) -> bool:
        """Refuse a signature when it is time."""
        if self._is_over(exchange) and presented(exchange.request)[0] == "oauth":
            raise NotAuthenticated("The client's secret has expired.", www_authenticate=challenge.OAUTH)
        return False

    def _is_over(self, exchange: Exchange) -> bool:
        now = exchange.sandbox.clock.now()
        first = exchange.memory.update("first", lambda first: first or now.isoformat())
        return now - datetime.fromisoformat(str(first)) >= timedelta(days=self.days)
