"""Scenarios that refuse or accept requests against the standard."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha1, sha256
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from mockroster.auth import challenge, oauth1, oauth2
from mockroster.auth.access import authorise, presented
from mockroster.clock import real_now
from mockroster.errors import MalformedRequest, NotAuthenticated, NotPermitted, RequestError, TokenRefused
from mockroster.roster.store import GRADEBOOK
from mockroster.sandbox.tokens import fingerprint
from mockroster.scenarios.base import AccessScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.standard.versions import VERSIONS

_REASONS = {
    "expired": "The token has expired; request a new one.",
    "missing": "Missing credentials: send 'Authorization: Bearer <token>'.",
    "revoked": "The token was revoked; request a new one.",
    "wrong-secret": "Wrong client_secret.",
    "wrong-scope": "The token does not have the required scope.",
}


def bearer_token(request: Request) -> str | None:
    """Return the bearer token of a request, or ``None``: it may be signed instead."""
    scheme, value = presented(request)
    return value if scheme == "bearer" and value else None


def refusal_for(kind: str) -> RequestError:
    """Return the error for one of the kinds of ``auth-failure`` (RFC 6750, section 3.1)."""
    if kind == "wrong-scope":
        return NotPermitted(_REASONS[kind])
    header = challenge.BEARER if kind == "missing" else challenge.INVALID_TOKEN
    return NotAuthenticated(_REASONS[kind], www_authenticate=header)


def authenticate(exchange: Exchange) -> None:
    """Refuse a request without a valid token or signature, before its scopes are checked."""
    sandbox = exchange.sandbox
    authorise(exchange.request, (), sandbox.credentials, sandbox.clock.now(), real_now())


def no_endpoint(exchange: Exchange) -> Response:
    """Return the 404 response of a provider without a token endpoint."""
    return exchange.failure(
        404, f"there is nothing at {exchange.request.path[:255]!r}: this provider has no token endpoint"
    )


@dataclass(frozen=True)
class AuthFailure(AccessScenario):
    """Every request is refused, with any credentials: 401, or 403 for wrong-scope.

    With wrong-secret the token endpoint answers 401 invalid_client too.

    Source: RFC 6750, section 3.1, and RFC 6749, section 5.2; rows 31, 39 and 42 of the quirks table.
    """

    name = "auth-failure"
    kind: str = parameter("expired", "reason of the refusal", words=tuple(_REASONS))

    def on_token_request(self, exchange: Exchange) -> Response | None:
        """Refuse the client, if its secret is the reason."""
        return (
            oauth2.refusal(TokenRefused("invalid_client", _REASONS[self.kind])) if self.kind == "wrong-secret" else None
        )

    def authorize(self, exchange: Exchange) -> bool:
        """Refuse the request."""
        raise refusal_for(self.kind)


class _RefusesBearerTokens(AccessScenario):
    """Base of scenarios that refuse every bearer token. Other requests are checked as usual."""

    reason: str

    def authorize(self, exchange: Exchange) -> bool:
        """Refuse a bearer token."""
        if bearer_token(exchange.request) is not None:
            raise refusal_for(self.reason)
        return False


@dataclass(frozen=True)
class ExpiredToken(_RefusesBearerTokens):
    """Every bearer token has expired, even a new one: 401. OAuth 1.0a requests are accepted.

    Source: row 42 of the quirks table; RFC 6750, section 3.1.
    """

    name = "expired-token"
    reason = "expired"


@dataclass(frozen=True)
class RevokedToken(_RefusesBearerTokens):
    """Every bearer token is revoked, even a new one: 401. OAuth 1.0a requests are accepted.

    Source: row 31 of the quirks table; RFC 6750, section 3.1.
    """

    name = "revoked-token"
    reason = "revoked"


@dataclass(frozen=True)
class WrongScope(AccessScenario):
    """A valid token never has the required scope: 403. OAuth 1.0a requests are accepted.

    Source: row 39 of the quirks table; RFC 6750, section 3.1.
    """

    name = "wrong-scope"

    def authorize(self, exchange: Exchange) -> bool:
        """Refuse a bearer token."""
        if bearer_token(exchange.request) is None:
            return False
        authenticate(exchange)
        raise refusal_for("wrong-scope")


@dataclass(frozen=True)
class TokenExpiresAfter(AccessScenario):
    """A token expires during a sync: after a number of requests it is refused with 401. A new token works.

    Source: rows 42 and 31 of the quirks table.
    """

    name = "token-expires-after"
    requests: int = parameter(10, "requests accepted with each token", least=1, most=1_000_000)

    def authorize(self, exchange: Exchange) -> bool:
        """Count the requests of each token, and refuse those over the limit."""
        token = bearer_token(exchange.request)
        if token is None:
            return False
        if exchange.memory.increment(f"used {fingerprint(token)}") > self.requests:
            raise refusal_for("expired")
        return False


_CORE = frozenset(
    scope
    for version in VERSIONS
    for scope in version.edition.scopes.rostering
    if scope not in version.edition.scopes.rostering_nested
)
"""The scope of each version that allows top-level rostering reads and nothing else."""


@dataclass(frozen=True)
class ScopeMustBeCore(AccessScenario):
    """roster.readonly does not include roster-core.readonly: a token without roster-core.readonly gets 403.

    Source: row 139 of the quirks table.
    """

    name = "scope-must-be-core"

    def authorize(self, exchange: Exchange) -> bool:
        """Refuse a token without the core scope, where the operation lists that."""
        required = _CORE.intersection(exchange.operation.scopes if exchange.operation else ())
        _check_scopes(exchange, set(required))
        return False


@dataclass(frozen=True)
class AllScopesNeeded(AccessScenario):
    """A token needs all scopes that the standard lists for an operation, not just one of them; else 403.

    Source: row 139 of the quirks table.
    """

    name = "all-scopes-needed"

    def authorize(self, exchange: Exchange) -> bool:
        """Refuse a token without one of the scopes."""
        _check_scopes(exchange, set(exchange.operation.scopes if exchange.operation else ()))
        return False


def _check_scopes(exchange: Exchange, required: set[str]) -> None:
    """Refuse a valid token that lacks one of the scopes."""
    token = exchange.sandbox.credentials.find_token(bearer_token(exchange.request) or "")
    if token is None or required <= token.scopes:
        return
    authenticate(exchange)
    raise NotPermitted(f"The token lacks {', '.join(sorted(required - token.scopes))}, which is required.")


@dataclass(frozen=True)
class OAuth1Only(AccessScenario):
    """Only OAuth 1.0a signatures are accepted, in both versions: a bearer token is 401, the token endpoint 404.

    Source: rows 25 and 26 of the quirks table.
    """

    name = "oauth1-only"
    method: str = parameter("any", "the accepted signature method", words=("any", *oauth1.METHODS))

    def on_token_request(self, exchange: Exchange) -> Response | None:
        """Answer 404: there is no token endpoint."""
        return no_endpoint(exchange)

    def authorize(self, exchange: Exchange) -> bool:
        """Verify the signature."""
        if presented(exchange.request)[0] != "oauth":
            raise NotAuthenticated(
                "This provider accepts OAuth 1.0a signatures only.", www_authenticate=challenge.OAUTH
            )
        method = _parameter(exchange.request, "oauth_signature_method")
        if self.method not in {"any", method}:
            raise MalformedRequest(
                f"oauth_signature_method is {method[:80]!r}; this provider accepts {self.method} only."
            )
        oauth1.verify(exchange.request, exchange.sandbox.credentials, real_now())
        return True


def _parameter(request: Request, name: str) -> str:
    """Return a protocol parameter of a signed request, from its header or query, or an empty string."""
    header: str = request.environ.get("HTTP_AUTHORIZATION", "")
    match = re.search(f'{name}="?([^"&,]*)', f"{header}&{request.query_string.decode('utf-8', 'replace')}")
    return unquote(match[1]) if match else ""


@dataclass(frozen=True)
class OAuth2Only(AccessScenario):
    """Only bearer tokens are accepted: a request with an OAuth 1.0a signature is 401, in 1.1 too.

    Source: row 30 of the quirks table; the 1EdTech Security Framework, which 1.2 requires.
    """

    name = "oauth2-only"

    def authorize(self, exchange: Exchange) -> bool:
        """Refuse a signed request."""
        if presented(exchange.request)[0] == "oauth":
            raise NotAuthenticated(
                "This provider accepts bearer tokens only, no OAuth 1.0a signatures.", www_authenticate=challenge.BEARER
            )
        return False


@dataclass(frozen=True)
class StaticBearer(AccessScenario):
    """A single bearer token has all scopes and never expires; any other is 401. The token endpoint is 404.

    Source: row 30 of the quirks table.
    """

    name = "static-bearer"
    token: str = parameter("static-token", "the accepted token")

    def on_token_request(self, exchange: Exchange) -> Response | None:
        """Answer 404: there is no token endpoint."""
        return no_endpoint(exchange)

    def authorize(self, exchange: Exchange) -> bool:
        """Compare the token."""
        given = bearer_token(exchange.request)
        if given is None:
            raise refusal_for("missing")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode("utf-8", "replace")):
            raise NotAuthenticated("Wrong token.", www_authenticate=challenge.INVALID_TOKEN)
        return True


@dataclass(frozen=True)
class VendorHeader(AccessScenario):
    """Gradebook requests need the header x-vendor-authorization in addition to the token, and are 401 without it.

    Source: row 43 of the quirks table.
    """

    name = "vendor-header"
    value: str = parameter("vendor:secret", "the required value of the header: key and secret")

    def authorize(self, exchange: Exchange) -> bool:
        """Check the header of gradebook requests."""
        if exchange.operation is None or exchange.operation.resource.collection not in GRADEBOOK:
            return False
        given = exchange.request.headers.get("X-Vendor-Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.value.encode("utf-8", "replace")):
            fault = "is wrong" if given else "is missing"
            raise NotAuthenticated(f"The header x-vendor-authorization {fault}.", www_authenticate=challenge.BEARER)
        return False


@dataclass(frozen=True)
class BodyHashRequired(AccessScenario):
    """A signed PUT or POST needs ``oauth_body_hash``, the hash of its body; without it, or with a wrong one, it is 401.

    The hash is SHA-256, or SHA-1 with HMAC-SHA1, in base64. Bearer tokens and reads are accepted without.

    Source: row 28 of the quirks table; the OAuth Request Body Hash extension, which is built on RFC 5849.
    """

    name = "body-hash-required"

    def authorize(self, exchange: Exchange) -> bool:
        """Compare the hash. The signature, which covers it, is checked afterwards."""
        request = exchange.request
        if presented(request)[0] != "oauth" or request.method not in {"PUT", "POST"}:
            return False
        given = _parameter(request, "oauth_body_hash")
        hash_ = sha1 if _parameter(request, "oauth_signature_method") == "HMAC-SHA1" else sha256
        expected = b64encode(hash_(exchange.read_body()).digest()).decode()
        if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            fault = "is not the hash of the body" if given else "is missing"
            raise NotAuthenticated(f"oauth_body_hash {fault}.", www_authenticate=challenge.OAUTH)
        return False
