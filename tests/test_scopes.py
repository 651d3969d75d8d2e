"""A request passes with a good token that has one of the scopes, or with a good signature, and not otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import Client as Signer
from states import alone
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from mockroster.auth.access import authorise
from mockroster.errors import MalformedRequest, NotAuthenticated, NotPermitted
from mockroster.sandbox.credentials import Client, Credentials
from mockroster.standard.v1p1.scopes import DEMOGRAPHICS, ROSTER, ROSTER_CORE

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
URL = "http://localhost/users"


def known(*, required: bool = True) -> Credentials:
    """Return credentials with the client ``c``."""
    return Credentials({"c": Client("c", "hunter2")}, required=required, state=alone())


def arrive(authorization: str | None = None, query: str = "") -> Request:
    """Return a GET of ``URL`` with that header."""
    environ = EnvironBuilder(path="/users", base_url="http://localhost/").get_environ()
    if authorization is not None:
        environ["HTTP_AUTHORIZATION"] = authorization
    return Request(environ | {"QUERY_STRING": query})


def challenges(error: NotAuthenticated) -> list[str]:
    """Return the WWW-Authenticate headers of an error."""
    return [value for name, value in error.get_headers() if name == "WWW-Authenticate"]


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer   "])
def test_scheme_is_compared_without_regard_to_case(scheme: str) -> None:
    """``Bearer`` may be written in any case."""
    credentials = known()
    token = credentials.tokens.issue("c", [ROSTER], NOW)

    authorise(arrive(scheme + token.value), [ROSTER], credentials, NOW, NOW)


@pytest.mark.parametrize("held", [[ROSTER], [ROSTER_CORE], [ROSTER_CORE, DEMOGRAPHICS]])
def test_any_one_of_the_scopes_is_enough(held: list[str]) -> None:
    """Some clients hold only the one, others only the other."""
    credentials = known()
    token = credentials.tokens.issue("c", held, NOW)

    authorise(arrive(f"Bearer {token.value}"), (ROSTER_CORE, ROSTER), credentials, NOW, NOW)


def test_no_scopes_ask_for_none() -> None:
    """An operation without scopes needs a token, whatever it holds."""
    credentials = known()
    token = credentials.tokens.issue("c", [], NOW)

    authorise(arrive(f"Bearer {token.value}"), (), credentials, NOW, NOW)


def test_lacking_scope_is_not_permitted() -> None:
    """The description names the scopes that would do and those that the token has."""
    credentials = known()
    token = credentials.tokens.issue("c", [ROSTER, ROSTER_CORE], NOW)

    with pytest.raises(NotPermitted) as caught:
        authorise(arrive(f"Bearer {token.value}"), [DEMOGRAPHICS], credentials, NOW, NOW)

    description = str(caught.value.description)
    assert all(scope in description for scope in (ROSTER, ROSTER_CORE, DEMOGRAPHICS))
    assert token.value not in description


@pytest.mark.parametrize("value", ["nonsense", "", "a b", "\xff"])
def test_unknown_token_is_refused(value: str) -> None:
    """The challenge says that the token is invalid (RFC 6750, section 3.1)."""
    with pytest.raises(NotAuthenticated) as caught:
        authorise(arrive(f"Bearer {value}"), [ROSTER], known(), NOW, NOW)

    assert challenges(caught.value) == ['Bearer realm="mockroster", error="invalid_token"']


def test_token_expires_by_the_clock_of_the_sandbox() -> None:
    """At its last second a token is good, an hour after issue it is not, and the description has both times."""
    credentials = known()
    request = arrive(f"Bearer {credentials.tokens.issue('c', [ROSTER], NOW).value}")
    expiry = NOW + timedelta(hours=1)
    authorise(request, [ROSTER], credentials, expiry - timedelta(seconds=1), NOW)

    with pytest.raises(NotAuthenticated) as caught:
        authorise(request, [ROSTER], credentials, expiry, NOW)

    assert "expired at 2026-01-15T09:00:00.000Z" in str(caught.value.description)
    assert challenges(caught.value) == ['Bearer realm="mockroster", error="invalid_token"']


@pytest.mark.parametrize("authorization", [None, "", "Basic YTpi", "Token s3cret", "s3cret"])
def test_without_credentials_the_way_to_a_token_is_told(authorization: str | None) -> None:
    """The challenge has no error code, the description names the token endpoint, and no secret is repeated."""
    with pytest.raises(NotAuthenticated) as caught:
        authorise(arrive(authorization, "filter=name='oauth_'"), [ROSTER], known(), NOW, NOW)

    description = str(caught.value.description)
    assert "/oauth2/token" in description
    assert "s3cret" not in description
    assert challenges(caught.value) == ['Bearer realm="mockroster"']


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "OAuth x"])
def test_everything_passes_when_nothing_is_required(authorization: str | None) -> None:
    """Under --no-auth nobody looks at the header."""
    authorise(arrive(authorization), [DEMOGRAPHICS], known(required=False), NOW, NOW)


@pytest.mark.parametrize("place", ["AUTH_HEADER", "QUERY"])
def test_good_signature_has_every_scope_by_real_time(place: str) -> None:
    """A signature passes for any scope, and a sandbox's clock set elsewhere does not matter."""
    signer = Signer("c", client_secret="hunter2", signature_type=place, timestamp=str(int(NOW.timestamp())))
    signed, headers, _ = signer.sign(URL)

    authorise(
        arrive(headers.get("Authorization"), signed.partition("?")[2]),
        [DEMOGRAPHICS],
        known(),
        NOW + timedelta(days=365),
        NOW,
    )


def test_bad_signature_is_refused() -> None:
    """A wrong secret raises what OAuth 1.0a raises."""
    signer = Signer("c", client_secret="wrong", timestamp=str(int(NOW.timestamp())))
    header = signer.sign(URL)[1]["Authorization"].replace("OAuth", "oauth")

    with pytest.raises(NotAuthenticated) as caught:
        authorise(arrive(header), [ROSTER], known(), NOW, NOW)

    assert challenges(caught.value) == ['OAuth realm="mockroster"']


@given(authorization=st.text(st.characters(max_codepoint=255)), query=st.text(st.characters(max_codepoint=255)))
def test_whatever_the_header_only_the_documented_errors_are_raised(authorization: str, query: str) -> None:
    """Any text gets a 400 of OAuth 1.0a or a 401."""
    with pytest.raises((MalformedRequest, NotAuthenticated)):
        authorise(arrive(authorization, query), [ROSTER], known(), NOW, NOW)
