"""Scenarios in which a request is refused, or let in, otherwise than the standard has it."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
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

_WHY = {
    "expired": "The token has expired; ask for a new one.",
    "missing": "There are no credentials; 'Authorization: Bearer <token>' is needed.",
    "revoked": "The token was revoked; ask for a new one.",
    "wrong-secret": "The client is known; its client_secret is not the right one.",
    "wrong-scope": "The token does not have the scope that this needs.",
}


def bearer(request: Request) -> str | None:
    """Return the bearer token of a request; nothing for a request without one, which may be signed."""
    scheme, value = presented(request)
    return value if scheme == "bearer" and value else None


def refused(kind: str) -> RequestError:
    """Return what refuses a request, by one of the kinds of ``auth-failure`` (RFC 6750, section 3.1)."""
    if kind == "wrong-scope":
        return NotPermitted(_WHY[kind])
    header = challenge.BEARER if kind == "missing" else challenge.INVALID_TOKEN
    return NotAuthenticated(_WHY[kind], www_authenticate=header)


def authenticate(exchange: Exchange) -> None:
    """Refuse a request without a good token or signature: that comes before the question of what it may do."""
    here = exchange.sandbox
    authorise(exchange.request, (), here.credentials, here.clock.now(), real_now())


def no_endpoint(exchange: Exchange) -> Response:
    """Return the 404 of a provider that has no token endpoint."""
    return exchange.failure(404, f"there is nothing at {exchange.request.path[:255]!r}: this provider gives no tokens")


@dataclass(frozen=True)
class AuthFailure(AccessScenario):
    """No request is let in, whatever it brings: 401, or 403 for wrong-scope.

    With wrong-secret there is no token to be had either: the token endpoint answers 401 invalid_client.

    Source: RFC 6750, section 3.1, and RFC 6749, section 5.2; rows 31, 39 and 42 of the quirks table.
    """

    name = "auth-failure"
    kind: str = parameter("expired", "why nobody is let in", words=tuple(_WHY))

    def at_token(self, exchange: Exchange) -> Response | None:
        """Refuse the client."""
        return oauth2.refusal(TokenRefused("invalid_client", _WHY[self.kind])) if self.kind == "wrong-secret" else None

    def decide(self, exchange: Exchange) -> bool:
        """Refuse."""
        raise refused(self.kind)


class _NoGoodToken(AccessScenario):
    """Base of scenarios that refuse every bearer token; a request without one is judged as ever."""

    why: str

    def decide(self, exchange: Exchange) -> bool:
        """Refuse a bearer token."""
        if bearer(exchange.request) is not None:
            raise refused(self.why)
        return False


@dataclass(frozen=True)
class ExpiredToken(_NoGoodToken):
    """Every bearer token has expired, a new one too: 401. Requests that are signed by OAuth 1.0a pass.

    Source: row 42 of the quirks table; RFC 6750, section 3.1.
    """

    name = "expired-token"
    why = "expired"


@dataclass(frozen=True)
class RevokedToken(_NoGoodToken):
    """Every bearer token was revoked, a new one too: 401. Requests that are signed by OAuth 1.0a pass.

    Source: row 31 of the quirks table; RFC 6750, section 3.1.
    """

    name = "revoked-token"
    why = "revoked"


@dataclass(frozen=True)
class WrongScope(AccessScenario):
    """A good token never has the scope that a request needs: 403. Requests that are signed by OAuth 1.0a pass.

    Source: row 39 of the quirks table; RFC 6750, section 3.1.
    """

    name = "wrong-scope"

    def decide(self, exchange: Exchange) -> bool:
        """Refuse a bearer token."""
        if bearer(exchange.request) is None:
            return False
        authenticate(exchange)
        raise refused("wrong-scope")


@dataclass(frozen=True)
class TokenExpiresAfter(AccessScenario):
    """A token dies in the middle of a walk: after so many requests it is refused with 401, and a new one is good again.

    Source: rows 42 and 31 of the quirks table.
    """

    name = "token-expires-after"
    requests: int = parameter(10, "requests for which each token is good", least=1, most=1_000_000)

    def decide(self, exchange: Exchange) -> bool:
        """Count the requests that bear each token."""
        token = bearer(exchange.request)
        if token is None:
            return False
        if exchange.memory.increment(f"used {fingerprint(token)}") > self.requests:
            raise refused("expired")
        return False


_CORE = frozenset(
    scope
    for version in VERSIONS
    for scope in version.edition.scopes.rostering
    if scope not in version.edition.scopes.rostering_nested
)
"""The scope of each version that opens top-level reads of rostering and nothing else."""


@dataclass(frozen=True)
class ScopeMustBeCore(AccessScenario):
    """roster.readonly does not open what roster-core.readonly does: a token without roster-core.readonly gets 403.

    Source: row 139 of the quirks table.
    """

    name = "scope-must-be-core"

    def decide(self, exchange: Exchange) -> bool:
        """Refuse a token that has not the core scope of a read that lists it."""
        wanted = _CORE.intersection(exchange.operation.scopes if exchange.operation else ())
        _check_scopes(exchange, set(wanted))
        return False


@dataclass(frozen=True)
class AllScopesNeeded(AccessScenario):
    """A token needs every scope that the standard lists for an operation, not any one of them; else 403.

    Source: row 139 of the quirks table.
    """

    name = "all-scopes-needed"

    def decide(self, exchange: Exchange) -> bool:
        """Refuse a token that lacks a scope."""
        _check_scopes(exchange, set(exchange.operation.scopes if exchange.operation else ()))
        return False


def _check_scopes(exchange: Exchange, wanted: set[str]) -> None:
    """Refuse a good token that lacks one of some scopes."""
    token = exchange.sandbox.credentials.find_token(bearer(exchange.request) or "")
    if token is None or wanted <= token.scopes:
        return
    authenticate(exchange)
    raise NotPermitted(f"The token lacks {', '.join(sorted(wanted - token.scopes))}, which this needs.")


@dataclass(frozen=True)
class OAuth1Only(AccessScenario):
    """The provider takes OAuth 1.0a signatures only, in both versions: a bearer token is 401, the token endpoint 404.

    Source: rows 25 and 26 of the quirks table.
    """

    name = "oauth1-only"
    method: str = parameter("any", "the one signature method that is taken", words=("any", *oauth1.METHODS))

    def at_token(self, exchange: Exchange) -> Response | None:
        """Answer that there is no such thing."""
        return no_endpoint(exchange)

    def decide(self, exchange: Exchange) -> bool:
        """Verify the signature."""
        if presented(exchange.request)[0] != "oauth":
            raise NotAuthenticated(
                "This provider takes requests that are signed by OAuth 1.0a only.", www_authenticate=challenge.OAUTH
            )
        signed = signature_method(exchange.request)
        if self.method not in {"any", signed}:
            raise MalformedRequest(
                f"oauth_signature_method is {signed[:80]!r}; this provider takes {self.method} only."
            )
        oauth1.verify(exchange.request, exchange.sandbox.credentials, real_now())
        return True


_METHOD = re.compile('oauth_signature_method="?([^"&,]*)')


def signature_method(request: Request) -> str:
    """Return by which method a request says that it is signed."""
    header: str = request.environ.get("HTTP_AUTHORIZATION", "")
    found = _METHOD.search(f"{header}&{request.query_string.decode('utf-8', 'replace')}")
    return unquote(found[1]) if found else ""


@dataclass(frozen=True)
class OAuth2Only(AccessScenario):
    """The provider takes bearer tokens only: a request that is signed by OAuth 1.0a is 401, in 1.1 too.

    Source: row 30 of the quirks table; the 1EdTech Security Framework, which 1.2 demands.
    """

    name = "oauth2-only"

    def decide(self, exchange: Exchange) -> bool:
        """Refuse a signature."""
        if presented(exchange.request)[0] == "oauth":
            raise NotAuthenticated(
                "This provider takes bearer tokens only, no OAuth 1.0a signatures.", www_authenticate=challenge.BEARER
            )
        return False


@dataclass(frozen=True)
class StaticBearer(AccessScenario):
    """One bearer token is good for everything and never expires, any other is 401. There is no token endpoint: 404.

    Source: row 30 of the quirks table.
    """

    name = "static-bearer"
    token: str = parameter("static-token", "the token that is good")

    def at_token(self, exchange: Exchange) -> Response | None:
        """Answer that there is no such thing."""
        return no_endpoint(exchange)

    def decide(self, exchange: Exchange) -> bool:
        """Compare the token."""
        given = bearer(exchange.request)
        if given is None:
            raise refused("missing")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode("utf-8", "replace")):
            raise NotAuthenticated("This is not the token.", www_authenticate=challenge.INVALID_TOKEN)
        return True


@dataclass(frozen=True)
class VendorHeader(AccessScenario):
    """Gradebook calls need the header x-vendor-authorization beside the token, and are 401 without it.

    Source: row 43 of the quirks table.
    """

    name = "vendor-header"
    value: str = parameter("vendor:secret", "key and secret that the header must hold")

    def decide(self, exchange: Exchange) -> bool:
        """Look for the header."""
        if exchange.operation is None or exchange.operation.resource.collection not in GRADEBOOK:
            return False
        given = exchange.request.headers.get("X-Vendor-Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.value.encode("utf-8", "replace")):
            fault = "is not the right one" if given else "is missing"
            raise NotAuthenticated(f"The header x-vendor-authorization {fault}.", www_authenticate=challenge.BEARER)
        return False
