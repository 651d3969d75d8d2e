"""The token endpoint gives a token to every client in the field, however it asks."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from states import alone
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from mockroster.auth.oauth2 import token
from mockroster.sandbox.credentials import Client, Credentials
from mockroster.standard.v1p1.scopes import DEMOGRAPHICS, GRADEBOOK, ROSTER, ROSTER_CORE
from mockroster.standard.versions import SCOPES

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"
GRANT = "grant_type=client_credentials"
OWN = "client_id=mockroster&client_secret=mockroster-secret"


def known(*clients: tuple[str, str], required: bool = True) -> Credentials:
    """Return credentials with these clients, or with the default one."""
    pairs = list(clients) or [("mockroster", "mockroster-secret")]
    return Credentials({pair[0]: Client(*pair) for pair in pairs}, required=required, state=alone())


def ask(data: str, credentials: Credentials, query: str = "", **headers: str) -> Response:
    """Send a token request; header names are written with underscores."""
    builder = EnvironBuilder(
        path="/oauth2/token",
        method="POST",
        query_string=query,
        data=data.encode(),
        headers=[(name.replace("_", "-"), value) for name, value in headers.items()],
    )
    return token(builder.get_request(), credentials, NOW)


def basic(pair: str, encoding: str = "utf-8") -> str:
    """Return the Authorization header of HTTP Basic for ``id:secret``."""
    return "Basic " + base64.b64encode(pair.encode(encoding)).decode()


def body(response: Response) -> dict[str, Any]:
    """Return the parsed body of an answer that must be 200."""
    assert response.status_code == 200, response.get_data()
    document: dict[str, Any] = json.loads(response.get_data())
    return document


def test_answer_is_that_of_rfc_6749() -> None:
    """The answer has the four members of section 5.1, with integer seconds, and must not be stored."""
    credentials = known()

    response = ask(f"{GRANT}&{OWN}&scope={ROSTER}", credentials, Content_Type=FORM)

    answer = body(response)
    assert answer == {
        "access_token": answer["access_token"],
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": ROSTER,
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"
    assert response.mimetype == "application/json"


def test_token_is_remembered_with_client_scopes_and_expiry() -> None:
    """A token from the response is found again and is valid for an hour."""
    credentials = known()

    answer = body(ask(f"{GRANT}&{OWN}&scope={ROSTER}", credentials, Content_Type=FORM))

    found = credentials.tokens.find(answer["access_token"])
    assert found is not None
    assert (found.client_id, found.scopes) == ("mockroster", frozenset({ROSTER}))
    assert found.expires_at == NOW + timedelta(hours=1)


OWN_BASIC = basic("mockroster:mockroster-secret")
OWN_JSON = json.dumps(
    {"grant_type": "client_credentials", "client_id": "mockroster", "client_secret": "mockroster-secret"}
)


@pytest.mark.parametrize(
    ("data", "query", "headers"),
    [
        pytest.param(GRANT, "", {"Authorization": OWN_BASIC, "Content_Type": FORM}, id="basic"),
        pytest.param(GRANT, "", {"Authorization": "bASIC" + OWN_BASIC[5:]}, id="scheme in another case"),
        pytest.param(f"{GRANT}&{OWN}", "", {"Content_Type": FORM}, id="form"),
        pytest.param(f"{GRANT}&{OWN}", "", {"Content_Type": f"{FORM}; charset=UTF-8"}, id="form with charset"),
        pytest.param(f"{GRANT}&{OWN}", "", {}, id="no content type"),
        pytest.param(f"{GRANT}&{OWN}", "", {"Content_Type": "text/plain"}, id="odd content type"),
        pytest.param(f"{GRANT}&{OWN}", "", {"Content_Type": ";;=/"}, id="broken content type"),
        pytest.param(OWN_JSON, "", {"Content_Type": "application/json"}, id="json"),
        pytest.param(
            '{"scope": null}', GRANT, {"Content_Type": "text/json+json", "Authorization": OWN_BASIC}, id="null"
        ),
        pytest.param("", GRANT, {"Authorization": OWN_BASIC}, id="query"),
        pytest.param(OWN, GRANT, {"Content_Type": FORM}, id="query and form"),
        pytest.param("", GRANT, {"Authorization": OWN_BASIC, "Content_Type": "application/json"}, id="empty json"),
        pytest.param(f"{GRANT}&{OWN}", GRANT, {"Content_Type": FORM}, id="the same twice"),
        pytest.param(f"{GRANT}&client_id=mockroster", "", {"Authorization": OWN_BASIC}, id="basic and the same id"),
        pytest.param(f"{GRANT}&{OWN}", "", {"Authorization": "Bearer stale"}, id="stale bearer beside the form"),
    ],
)
def test_every_form_of_request_is_answered(data: str, query: str, headers: dict[str, str]) -> None:
    """Basic, form, JSON and query all lead to a token with every scope."""
    credentials = known()

    response = ask(data, credentials, query, **headers)

    assert body(response)["scope"] == " ".join(SCOPES)


@pytest.mark.parametrize("secret", ["a+b%/=&:c d", "ünï-€", "100%25", "plus+plus", "%zz"])
@pytest.mark.parametrize("client_id", ["me@school.org", "a b", "ä"])
def test_basic_is_tried_as_sent_and_then_decoded(client_id: str, secret: str) -> None:
    """Id and secret may be url-encoded inside Basic, in either way, or not at all."""
    credentials = known((client_id, secret))
    raw = basic(f"{client_id}:{secret}")
    plus = basic(f"{quote_plus(client_id)}:{quote_plus(secret)}")
    percent = basic(f"{quote(client_id, safe='')}:{quote(secret, safe='')}")

    statuses = [ask(GRANT, credentials, Authorization=header).status_code for header in (raw, plus, percent)]

    assert statuses == [200, 200, 200]


def test_basic_in_latin_1_is_read() -> None:
    """Bytes that are not UTF-8 are taken for Latin-1, which is what older clients send."""
    credentials = known(("jürgen", "füße"))

    response = ask(GRANT, credentials, Authorization=basic("jürgen:füße", "latin-1"))

    assert response.status_code == 200


def test_unencoded_basic_splits_at_the_first_colon() -> None:
    """A colon in the secret belongs to the secret."""
    credentials = known(("nightly", "flaky:every=3"))

    response = ask(GRANT, credentials, Authorization=basic("nightly:flaky:every=3"))

    assert response.status_code == 200


def test_encoded_basic_can_have_a_colon_in_the_id() -> None:
    """An id with a colon comes through when it is url-encoded."""
    credentials = known(("nightly:flaky", "any"))

    response = ask(GRANT, credentials, Authorization=basic("nightly%3Aflaky:any"))

    assert response.status_code == 200


@pytest.mark.parametrize("scope", ["", "&scope=", "&scope=%20+%20"])
def test_no_scope_is_every_scope(scope: str) -> None:
    """Without a scope, or with a blank one, a client gets its whole set."""
    credentials = known()

    answer = body(ask(f"{GRANT}&{OWN}{scope}", credentials, Content_Type=FORM))

    assert answer["scope"].split() == list(SCOPES)


@pytest.mark.parametrize("separator", ["+", "%20", "++", "%0A", "%09"])
def test_several_scopes_are_separated_by_blanks(separator: str) -> None:
    """Scopes come back in the order in which they were asked, once each."""
    credentials = known()
    scope = separator.join([ROSTER_CORE, DEMOGRAPHICS, GRADEBOOK, ROSTER_CORE])

    answer = body(ask(f"{GRANT}&{OWN}&scope={scope}", credentials, Content_Type=FORM))

    assert answer["scope"] == f"{ROSTER_CORE} {DEMOGRAPHICS} {GRADEBOOK}"


def test_http_scope_is_granted_and_echoed_as_asked() -> None:
    """``http://purl…`` counts as ``https://purl…``, and the answer spells it as the client did."""
    credentials = known()
    asked = ROSTER.replace("https:", "http:")

    answer = body(ask(f"{GRANT}&{OWN}&scope={asked}", credentials, Content_Type=FORM))

    found = credentials.tokens.find(answer["access_token"])
    assert answer["scope"] == asked
    assert found is not None
    assert found.scopes == {ROSTER}


def test_scope_in_the_query_counts() -> None:
    """Scope may be in the query string like grant_type."""
    credentials = known()

    answer = body(ask(OWN, credentials, f"{GRANT}&scope={ROSTER}", Content_Type=FORM))

    assert answer["scope"] == ROSTER


def test_any_client_is_given_a_token_when_none_is_required() -> None:
    """Under --no-auth a client that insists on a token gets one, whoever it is."""
    credentials = known(required=False)

    statuses = [ask(data, credentials).status_code for data in (GRANT, f"{GRANT}&client_id=x&client_secret=y")]

    assert statuses == [200, 200]
