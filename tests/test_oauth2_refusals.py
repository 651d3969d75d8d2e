"""The token endpoint refuses in the words of RFC 6749, whatever the bytes, and never repeats a secret."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from states import alone
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from mockroster.auth.oauth2 import token
from mockroster.sandbox.credentials import Client, Credentials
from mockroster.standard.v1p1.scopes import ROSTER
from mockroster.standard.versions import SCOPES

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
GRANT = "grant_type=client_credentials"
OWN = "client_id=mockroster&client_secret=mockroster-secret"


def ask(data: str | bytes, content_type: str = FORM, query: str = "", authorization: str = "") -> Response:
    """Send a token request to a server with the default client."""
    credentials = Credentials({"mockroster": Client("mockroster", "mockroster-secret")}, state=alone())
    environ = EnvironBuilder(path="/oauth2/token", method="POST", data=data).get_environ()
    environ["CONTENT_TYPE"] = content_type
    environ["QUERY_STRING"] = query
    if authorization:
        environ["HTTP_AUTHORIZATION"] = authorization
    return token(EnvironBuilder.request_class(environ), credentials, NOW)


def error(response: Response) -> tuple[int, str, str]:
    """Return status, error and description of a refusal."""
    body: dict[str, Any] = json.loads(response.get_data())
    return response.status_code, body["error"], body["error_description"]


def basic(pair: str) -> str:
    """Return the Authorization header of HTTP Basic for ``id:secret``."""
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize("grant_type", ["password", "authorization_code", "Client_Credentials", "x" * 5000])
def test_other_grant_types_are_not_supported(grant_type: str) -> None:
    """Only client credentials are known, and the description says so."""
    status, code, description = error(ask(f"grant_type={grant_type}&{OWN}"))

    assert (status, code) == (400, "unsupported_grant_type")
    assert "client_credentials" in description
    assert len(description) < 300


@pytest.mark.parametrize("data", ["", OWN, f"grant_type=&{OWN}", "\x00", "{}"])
def test_missing_grant_type_is_an_invalid_request(data: str) -> None:
    """The description names the parameter and what it should be."""
    status, code, description = error(ask(data))

    assert (status, code) == (400, "invalid_request")
    assert "grant_type=client_credentials" in description


@pytest.mark.parametrize(
    ("data", "query", "name"),
    [
        (f"{GRANT}&grant_type=password&{OWN}", "", "grant_type"),
        (f"{GRANT}&{OWN}", "grant_type=password", "grant_type"),
        (f"{GRANT}&{OWN}&client_id=other", "", "client_id"),
        (f"{GRANT}&{OWN}&client_secret=other", "", "client_secret"),
        (f"{GRANT}&{OWN}&scope={ROSTER}", "scope=x", "scope"),
    ],
)
def test_parameter_twice_with_different_values_is_an_invalid_request(data: str, query: str, name: str) -> None:
    """The description names the parameter."""
    status, code, description = error(ask(data, query=query))

    assert (status, code) == (400, "invalid_request")
    assert name in description


def test_json_member_twice_with_different_values_is_an_invalid_request() -> None:
    """A repeated member of a JSON body is seen, though parsers usually drop the first."""
    status, code, _ = error(ask('{"grant_type": "password", "grant_type": "client_credentials"}', JSON))

    assert (status, code) == (400, "invalid_request")


def test_other_client_in_basic_and_form_is_an_invalid_request() -> None:
    """Two different clients in one request are refused."""
    status, code, description = error(
        ask(f"{GRANT}&client_id=other", authorization=basic("mockroster:mockroster-secret"))
    )

    assert (status, code) == (400, "invalid_request")
    assert "client_id" in description


@pytest.mark.parametrize(
    "data",
    [
        "{",
        "[]",
        '["grant_type"]',
        "7",
        '"grant_type"',
        "null",
        "grant_type=client_credentials",
        b"\xff\xfe\xfd",
        "[" * 60_000,
        '{"a": ' * 10_000,
        "1" * 10_000,
        '{"grant_type": 7}',
        '{"grant_type": ["client_credentials"]}',
        '{"grant_type": "client_credentials", "client_id": {}}',
        '{"grant_type": "client_credentials", "client_secret": true}',
        '{"grant_type": "client_credentials", "scope": ["a", "b"]}',
    ],
)
def test_json_that_cannot_be_read_is_an_invalid_request(data: str | bytes) -> None:
    """Unreadable JSON, anything but an object, and values that are no strings are refused."""
    status, code, _ = error(ask(data, JSON))

    assert (status, code) == (400, "invalid_request")


def test_huge_body_is_an_invalid_request() -> None:
    """A body that cannot be a token request is not read."""
    status, code, _ = error(ask(f"{GRANT}&{OWN}&x=" + "x" * 100_000))

    assert (status, code) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("data", "authorization", "said"),
    [
        (GRANT, "", "no client credentials"),
        (GRANT, "Bearer abc", "no client credentials"),
        (f"{GRANT}&client_id=mockroster", "", "missing"),
        (f"{GRANT}&client_id=mockroster&client_secret=nope", "", "not the right one"),
        (f"{GRANT}&client_id=mockrostre&client_secret=x", "", "did you mean 'mockroster'"),
        (f"{GRANT}&client_id=mockroster-secret&client_secret=mockroster", "", "wrong way round"),
        (GRANT, basic("mockroster:nope"), "not the right one"),
        (GRANT, basic("mockrostre:nope"), "did you mean 'mockroster'"),
        (GRANT, "Basic !!!", "not base64"),
        (GRANT, "Basic ünï", "not base64"),
        (GRANT, "Basic", "no colon"),
        (GRANT, basic("mockroster"), "no colon"),
        (GRANT, basic("mockroster:\x00"), "not the right one"),
    ],
)
def test_bad_client_is_refused_with_a_challenge(data: str, authorization: str, said: str) -> None:
    """401, invalid_client, a description, and the header that RFC 6749 requires."""
    response = ask(data, authorization=authorization)

    status, code, description = error(response)
    assert (status, code) == (401, "invalid_client")
    assert said in description
    assert response.headers["WWW-Authenticate"] == 'Basic realm="mockroster"'
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("authorization", ["", basic("mockroster:hunter2"), basic("nobody:hunter2")])
def test_secret_is_never_repeated(authorization: str) -> None:
    """Neither the secret that was sent nor the right one stands in an answer."""
    data = GRANT if authorization else f"{GRANT}&client_id=mockroster&client_secret=hunter2"

    text = ask(data, authorization=authorization).get_data(as_text=True)

    assert "hunter2" not in text
    assert "mockroster-secret" not in text


def test_unknown_scope_is_refused_with_the_nearest_and_the_known() -> None:
    """One unknown scope is enough; the description lists the known ones."""
    status, code, description = error(ask(f"{GRANT}&{OWN}&scope={ROSTER}+{ROSTER}s"))

    assert (status, code) == (400, "invalid_scope")
    assert f"did you mean '{ROSTER}'" in description
    assert all(scope in description for scope in SCOPES)


def test_lone_surrogates_in_json_are_only_a_wrong_secret() -> None:
    """A string that UTF-8 cannot hold is compared all the same."""
    data = '{"grant_type": "client_credentials", "client_id": "mockroster", "client_secret": "\\ud800"}'

    status, code, _ = error(ask(data, JSON))

    assert (status, code) == (401, "invalid_client")


def test_description_keeps_to_the_characters_that_are_allowed() -> None:
    """RFC 6749, section 5.2, leaves out double quotes, backslashes and all that is not ASCII."""
    _, _, description = error(ask('grant_type="a\\b"\nü'))

    assert "'?a?b???'" in description


NAMES = st.sampled_from(["grant_type", "scope", "client_id", "client_secret"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.just("client_credentials"),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)
HEADER = st.text(st.characters(max_codepoint=255))


@given(
    data=st.binary() | st.text().map(str.encode) | VALUES.map(lambda value: json.dumps(value).encode()),
    content_type=st.sampled_from(["", FORM, JSON, "multipart/form-data; boundary=x"]) | HEADER,
    query=HEADER | st.just(GRANT),
    authorization=HEADER | st.binary().map(lambda raw: "Basic " + base64.b64encode(raw).decode()),
)
def test_whatever_the_bytes_the_answer_is_one_of_the_documented(
    data: bytes, content_type: str, query: str, authorization: str
) -> None:
    """Any bytes get a 200, or a 400 or 401 of RFC 6749."""
    response = ask(data, content_type, query, authorization)

    if response.status_code != 200:
        status, code, _ = error(response)
        assert (status == 401) == (code == "invalid_client")
        assert code in {"invalid_client", "invalid_request", "unsupported_grant_type", "invalid_scope"}
