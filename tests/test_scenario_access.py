"""Scenarios about access: the token endpoint, tokens, scopes and signatures, seen from the client's side."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from tenants import CLIENT, GRADEBOOK, GRANT, HEADER, RESOURCES, ROSTERING, V1P1, Tenant, by_path, named, tenant
from werkzeug.test import TestResponse

from mockroster.scenarios.catalogue import scenarios
from mockroster.standard.v1p1.scopes import DEMOGRAPHICS, ROSTER, ROSTER_CORE
from mockroster.standard.v1p2.scopes import ROSTER as ROSTER_1P2
from mockroster.standard.v1p2.scopes import ROSTER_CORE as ROSTER_CORE_1P2

USERS = [f"{V1P1}/users?limit=1", f"{ROSTERING}/users?limit=1"]
READS = [*USERS, f"{GRADEBOOK}/categories", f"{RESOURCES}/resources?limit=1"]
SPECS = [
    *("auth-failure", "expired-token", "revoked-token", "wrong-scope", "token-expires-after:requests=1"),
    *("no-demographics", "token-endpoint-down", "scope-required", "credentials-in", "token-parameters-in"),
    "grant-type-optional",
    *("oauth1-only", "oauth2-only", "static-bearer", "odd-expires-in", "bare-token", "odd-scopes"),
    *("token-path", "body-hash-required"),
    *("scope-must-be-core", "all-scopes-needed", "vendor-header", "session-cookie", "credentials-expire"),
]


def challenge(response: TestResponse) -> str:
    """Return the challenge of a 401 whose body has the form of the standard."""
    assert response.status_code == 401, response.text
    assert response.content_type == "application/json"
    assert "statusInfoSet" in response.get_json() or response.get_json()["imsx_codeMajor"] == "failure"
    return response.headers["WWW-Authenticate"]


@pytest.mark.parametrize("spec", SPECS)
def test_without_it_all_is_well(app: Flask, spec: str) -> None:
    """A sandbox beside one in which a scenario is active gives tokens and answers reads without a trace of it."""
    tenant(app).admin("PUT", "/scenarios", {"active": [spec]})

    clean = tenant(app).enter()

    answers = [clean.token(), *map(clean.get, READS)]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert {named(answer) for answer in answers} == {None}


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(
    ("kind", "status", "minor"),
    [
        ("", 401, "unauthori"),
        (":kind=expired", 401, "unauthori"),
        (":kind=missing", 401, "unauthori"),
        (":kind=revoked", 401, "unauthori"),
        (":kind=wrong-secret", 401, "unauthori"),
        (":kind=wrong-scope", 403, "forbidden"),
    ],
)
def test_auth_failure(app: Flask, path: str, kind: str, status: int, minor: str) -> None:
    """No token is good enough for a read."""
    here = tenant(app).enter()
    here.spec = f"auth-failure{kind}"

    response = here.get(path)

    assert response.status_code == status
    assert named(response) == "auth-failure"
    assert minor in response.text


@pytest.mark.parametrize(
    ("kind", "error"), [("missing", ""), ("expired", 'error="invalid_token"'), ("revoked", 'error="invalid_token"')]
)
def test_auth_failure_challenge(app: Flask, kind: str, error: str) -> None:
    """A 401 says whether the token is bad or not there (RFC 6750, section 3.1)."""
    here = tenant(app, f"auth-failure:kind={kind}")

    header = challenge(here.get(USERS[0]))

    assert header.startswith('Bearer realm="mockroster"')
    assert ("error=" in header) == bool(error)
    assert error in header


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("expired", "The token has expired"),
        ("missing", "Missing credentials"),
        ("revoked", "The token was revoked"),
        ("wrong-secret", "Wrong client_secret"),
        ("wrong-scope", "The token does not have the required scope"),
    ],
)
def test_auth_failure_says_why(app: Flask, kind: str, reason: str) -> None:
    """The description of the error gives the reason."""
    here = tenant(app).enter()
    here.spec = f"auth-failure:kind={kind}"

    assert reason in here.get(USERS[0]).text


@pytest.mark.parametrize("kind", ["expired", "missing", "revoked", "wrong-scope"])
def test_auth_failure_still_gives_tokens(app: Flask, kind: str) -> None:
    """Only wrong-secret has the token endpoint refuse."""
    response = tenant(app, f"auth-failure:kind={kind}").token()

    assert response.status_code == 200
    assert named(response) is None


def test_auth_failure_wrong_secret(app: Flask) -> None:
    """The right secret is refused as a wrong one is."""
    response = tenant(app, "auth-failure:kind=wrong-secret").token()

    assert response.status_code == 401
    assert response.get_json()["error"] == "invalid_client"
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert named(response) == "auth-failure"


@pytest.mark.parametrize("spec", ["auth-failure", "oauth2-only", "static-bearer", "oauth1-only:method=HMAC-SHA1"])
def test_signatures_refused(app: Flask, spec: str) -> None:
    """A good signature is refused where signatures, or all requests, are."""
    response = tenant(app, spec).signed(f"{V1P1}/users?limit=1")

    assert response.status_code == (400 if "method" in spec else 401)
    assert named(response) == spec.partition(":")[0]


@pytest.mark.parametrize(
    "spec", ["expired-token", "revoked-token", "wrong-scope", "token-expires-after:requests=1", "token-endpoint-down"]
)
def test_signatures_untouched(app: Flask, spec: str) -> None:
    """Scenarios about tokens do not affect signed requests."""
    here = tenant(app, spec)

    answers = [here.signed(f"{V1P1}/users?limit=1") for _ in range(3)]

    assert [(answer.status_code, named(answer)) for answer in answers] == [(200, None)] * 3


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(("spec", "status"), [("expired-token", 401), ("revoked-token", 401), ("wrong-scope", 403)])
def test_no_token_is_good(app: Flask, spec: str, status: int, path: str) -> None:
    """A token is refused on every read, a new one too."""
    here = tenant(app, spec)

    answers = [here.enter().get(path) for _ in range(2)]

    assert [(answer.status_code, named(answer)) for answer in answers] == [(status, spec)] * 2
    if status == 401:
        assert 'error="invalid_token"' in challenge(answers[0])


def test_wrong_scope_wants_a_good_token_first(app: Flask) -> None:
    """A token that is none is 401, not 403."""
    here = tenant(app, "wrong-scope")
    here.bearer = "no-such-token"

    assert here.get(USERS[0]).status_code == 401


@pytest.mark.parametrize("path", USERS)
def test_token_expires_after(app: Flask, path: str) -> None:
    """A token is good for so many requests; the next one is as good, and another client's is not touched."""
    here = tenant(app, "token-expires-after:requests=2").enter()
    other = Tenant(app, here.prefix, here.spec).enter()

    first = [here.get(path) for _ in range(4)]
    second = [here.enter().get(path), other.get(path)]

    assert [answer.status_code for answer in first] == [200, 200, 401, 401]
    assert [named(answer) for answer in first] == [None, None, "token-expires-after", "token-expires-after"]
    assert [answer.status_code for answer in second] == [200, 200]


def test_token_expires_after_ten_by_default(app: Flask) -> None:
    """Ten requests pass where nothing else is said, and a reset begins anew."""
    here = tenant(app, "token-expires-after").enter()

    statuses = [here.get(USERS[0]).status_code for _ in range(11)]
    here.admin("POST", "/reset")

    assert statuses == [200] * 10 + [401]
    assert here.get(USERS[0]).status_code == 200


@pytest.mark.parametrize("base", [V1P1, ROSTERING])
def test_no_demographics(app: Flask, base: str) -> None:
    """Demographics are 403, alone and in their collection, and everything else is as ever."""
    here = tenant(app).enter()
    someone = here.rows(f"{base}/demographics?limit=1")[0]["sourcedId"]
    here.spec = "no-demographics"

    answers = [here.get(f"{base}/demographics"), here.get(f"{base}/demographics/{someone}")]

    assert [(answer.status_code, named(answer)) for answer in answers] == [(403, "no-demographics")] * 2
    assert here.get(f"{base}/users?limit=1").status_code == 200


def test_no_demographics_scope(app: Flask) -> None:
    """The answer to a token request says that the scope was not granted."""
    here = tenant(app, "no-demographics")

    some, whole, none = (
        here.token(scope=f"{ROSTER} {DEMOGRAPHICS}"),
        here.token(),
        here.token(scope=DEMOGRAPHICS),
    )

    assert some.get_json()["scope"] == ROSTER
    assert "demographics" not in whole.get_json()["scope"]
    assert len(whole.get_json()["scope"].split()) > 10
    assert (none.status_code, none.get_json()["error"]) == (400, "invalid_scope")
    assert {named(answer) for answer in (some, whole, none)} == {"no-demographics"}
    assert named(here.token(scope=ROSTER)) is None


def test_no_demographics_wants_a_token_first(app: Flask) -> None:
    """A request without credentials is 401."""
    assert tenant(app, "no-demographics").get(f"{V1P1}/demographics").status_code == 401


@pytest.mark.parametrize(
    ("spec", "status", "error"),
    [
        ("token-endpoint-down", 503, "temporarily_unavailable"),
        ("token-endpoint-down:status=502", 502, "temporarily_unavailable"),
        ("token-endpoint-down:status=500", 500, "server_error"),
    ],
)
def test_token_endpoint_down(app: Flask, spec: str, status: int, error: str) -> None:
    """There is no token at any of its addresses, and tokens of before are good."""
    here = tenant(app).enter()
    here.spec = spec

    answers = [here.token(path=path) for path in ("/oauth2/token", "/oauth/token", "/token", f"{ROSTERING}/token")]

    assert [(answer.status_code, named(answer)) for answer in answers] == [(status, "token-endpoint-down")] * 4
    assert {answer.get_json()["error"] for answer in answers} == {error}
    assert [here.get(path).status_code for path in USERS] == [200, 200]


@pytest.mark.parametrize("error", ["invalid_scope", "invalid_request"])
def test_scope_required(app: Flask, error: str) -> None:
    """A token request without scope is 400; one with a scope, or with a wrong secret, is answered as ever."""
    here = tenant(app, f"scope-required:error={error}")

    without, with_, wrong = here.token(), here.token(scope=ROSTER), here.token(("mockroster", "no"))

    assert (without.status_code, without.get_json()["error"]) == (400, error)
    assert named(without) == "scope-required"
    assert (with_.status_code, named(with_)) == (200, None)
    assert (wrong.status_code, wrong.get_json()["error"]) == (401, "invalid_client")


IN_BODY = {**GRANT, "client_id": "mockroster", "client_secret": "mockroster-secret"}


@pytest.mark.parametrize(
    ("spec", "basic", "body", "as_json"),
    [
        ("credentials-in", 401, 200, 200),
        ("credentials-in:place=body", 401, 200, 200),
        ("credentials-in:place=basic", 200, 401, 401),
    ],
)
def test_credentials_in(app: Flask, spec: str, basic: int, body: int, as_json: int) -> None:
    """Credentials are taken in one place and are 401 in the other."""
    here = tenant(app, spec)

    answers = [
        here.token(),
        here.send("POST", "/token", data=IN_BODY),
        here.send("POST", "/token", json=IN_BODY),
    ]

    assert [answer.status_code for answer in answers] == [basic, body, as_json]
    for answer in answers:
        assert named(answer) == ("credentials-in" if answer.status_code == 401 else None)
        assert answer.status_code == 200 or answer.get_json()["error"] == "invalid_client"


@pytest.mark.parametrize("spec", ["token-parameters-in", "token-parameters-in:place=form"])
def test_token_parameters_in(app: Flask, spec: str) -> None:
    """grant_type is taken in the query only, or in a form only."""
    here = tenant(app, spec)

    in_query = here.send("POST", "/token?grant_type=client_credentials", auth=("mockroster", "mockroster-secret"))
    in_form = here.token()
    in_json = here.send("POST", "/token", json=IN_BODY)

    query, form = (400, 200) if "form" in spec else (200, 400)
    assert [answer.status_code for answer in (in_query, in_form, in_json)] == [query, form, 400]
    assert in_json.get_json()["error"] == "invalid_request"
    assert named(in_json) == "token-parameters-in"


@pytest.mark.parametrize("path", USERS)
@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_oauth1_only(app: Flask, method: str, path: str) -> None:
    """Signed requests pass in both versions, bearer tokens do not, and nobody gives any."""
    here = tenant(app).enter()
    here.spec = "oauth1-only"

    signed, borne, asked = here.signed(path, method), here.get(path), here.token()

    assert (signed.status_code, named(signed)) == (200, "oauth1-only")
    assert challenge(borne) == 'OAuth realm="mockroster"'
    assert (asked.status_code, named(asked)) == (404, "oauth1-only")


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_oauth1_only_by_one_method(app: Flask, method: str) -> None:
    """One method of signing is taken and the other is 400; a wrong signature is 401."""
    here = tenant(app, f"oauth1-only:method={method}")
    other = {"HMAC-SHA1": "HMAC-SHA256", "HMAC-SHA256": "HMAC-SHA1"}[method]

    assert here.signed(USERS[0], method).status_code == 200
    assert here.signed(USERS[0], other).status_code == 400
    assert here.signed(USERS[0], method, Authorization='OAuth oauth_signature_method="x"').status_code == 400


def test_oauth2_only(app: Flask) -> None:
    """A bearer token passes, and a signature is asked for one."""
    here = tenant(app, "oauth2-only").enter()

    assert challenge(here.signed(USERS[0])).startswith("Bearer ")
    assert [(answer.status_code, named(answer)) for answer in map(here.get, USERS)] == [(200, None)] * 2


@pytest.mark.parametrize(("spec", "token"), [("static-bearer", "static-token"), ("static-bearer:token=k-1.a", "k-1.a")])
@pytest.mark.parametrize("path", READS)
def test_static_bearer(app: Flask, spec: str, token: str, path: str) -> None:
    """The one token opens everything and never expires; any other does not, and there is no token endpoint."""
    here = tenant(app).enter()
    here.spec = spec
    issued, none = here.get(path), here.get(path, headers={"Authorization": ""})
    here.bearer = token
    here.admin("PUT", "/clock", {"advance": "P3650D"})

    good, asked = here.get(path), here.token()

    assert [answer.status_code for answer in (issued, none, good, asked)] == [401, 401, 200, 404]
    assert {named(answer) for answer in (issued, none, good, asked)} == {"static-bearer"}


@pytest.mark.parametrize(
    ("style", "value"),
    [
        ("string", "3600"),
        ("absent", ...),
        ("null", None),
        ("zero", 0),
        ("negative", -1),
        ("huge", 2**53 + 1),
        ("float", 3600.5),
    ],
)
def test_odd_expires_in(app: Flask, style: str, value: object) -> None:
    """The answer is odd, and the token in it is good."""
    here = tenant(app, f"odd-expires-in:style={style}")

    response = here.token()
    here.bearer = response.get_json()["access_token"]

    assert response.get_json().get("expires_in", ...) == value
    assert type(response.get_json().get("expires_in", ...)) is type(value)
    assert named(response) == "odd-expires-in"
    assert here.get(USERS[0]).status_code == 200


def test_bare_token(app: Flask) -> None:
    """The answer is a JSON string, and it is a good token."""
    here = tenant(app, "bare-token")

    response = here.token()
    here.bearer = json.loads(response.text)

    assert (response.status_code, named(response)) == (200, "bare-token")
    assert here.get(USERS[1]).status_code == 200


@pytest.mark.parametrize(
    ("style", "scope"),
    [
        ("short", "roster.readonly"),
        ("http", ROSTER.replace("https", "http")),
        ("prefixed", f"one-roster-api:{ROSTER}"),
    ],
)
def test_odd_scopes(app: Flask, style: str, scope: str) -> None:
    """The answer spells the scope otherwise, and the token has it."""
    here = tenant(app, f"odd-scopes:style={style}")

    response = here.token(scope=ROSTER)
    here.bearer = response.get_json()["access_token"]

    assert response.get_json()["scope"] == scope
    assert named(response) == "odd-scopes"
    assert here.get(USERS[0]).status_code == 200


@pytest.mark.parametrize(
    ("base", "core", "full"), [(V1P1, ROSTER_CORE, ROSTER), (ROSTERING, ROSTER_CORE_1P2, ROSTER_1P2)]
)
def test_scope_must_be_core(app: Flask, base: str, core: str, full: str) -> None:
    """A token with roster.readonly alone is 403 where roster-core.readonly would do, and is good elsewhere."""
    here = tenant(app, "scope-must-be-core")

    answers = [here.enter(scope=scope).get(f"{base}/users?limit=1") for scope in (full, core, f"{full} {core}")]

    assert [answer.status_code for answer in answers] == [403, 200, 200]
    assert [named(answer) for answer in answers] == ["scope-must-be-core", None, None]


@pytest.mark.parametrize(
    ("base", "core", "full"), [(V1P1, ROSTER_CORE, ROSTER), (ROSTERING, ROSTER_CORE_1P2, ROSTER_1P2)]
)
def test_all_scopes_needed(app: Flask, base: str, core: str, full: str) -> None:
    """A token needs both scopes of a read that lists two."""
    here = tenant(app, "all-scopes-needed")

    answers = [here.enter(scope=scope).get(f"{base}/users?limit=1") for scope in (full, core, f"{full} {core}")]

    assert [answer.status_code for answer in answers] == [403, 403, 200]
    assert [named(answer) for answer in answers] == ["all-scopes-needed", "all-scopes-needed", None]


@pytest.mark.parametrize("path", [f"{V1P1}/lineItems?limit=1", f"{GRADEBOOK}/results?limit=1"])
@pytest.mark.parametrize(
    ("spec", "value"), [("vendor-header", "vendor:secret"), ("vendor-header:value=key:s3cret", "key:s3cret")]
)
def test_vendor_header(app: Flask, spec: str, value: str, path: str) -> None:
    """Gradebook calls need the header; the others do not."""
    here = tenant(app, spec).enter()

    without, wrong, right = (
        here.get(path),
        here.get(path, headers={"x-vendor-authorization": "no"}),
        here.get(path, headers={"x-vendor-authorization": value}),
    )

    assert [answer.status_code for answer in (without, wrong, right)] == [401, 401, 200]
    assert [named(answer) for answer in (without, wrong, right)] == ["vendor-header", "vendor-header", None]
    assert [here.get(path).status_code for path in USERS] == [200, 200]


@pytest.mark.parametrize("path", READS)
def test_session_cookie(app: Flask, path: str) -> None:
    """The cookie of the token answer must be sent beside the token, that of another token will not do."""
    here = tenant(app, "session-cookie")
    answers = [here.token(), here.token()]
    mine, other = (answer.headers["Set-Cookie"].partition(";")[0] for answer in answers)
    here.bearer = answers[0].get_json()["access_token"]

    statuses = [here.get(path, headers=headers).status_code for headers in ({}, {"Cookie": other}, {"Cookie": mine})]

    assert statuses == [401, 401, 200]
    assert named(answers[0]) == "session-cookie"


def test_credentials_expire(app: Flask) -> None:
    """After so many days of the sandbox's clock there is no new token, and signatures are refused."""
    here = tenant(app, "credentials-expire:days=30")
    before = [here.token().status_code, here.signed(USERS[0]).status_code]

    here.admin("PUT", "/clock", {"advance": "P31D"})
    after = [here.token(), here.signed(USERS[0])]

    assert before == [200, 200]
    assert [(answer.status_code, named(answer)) for answer in after] == [(401, "credentials-expire")] * 2


Ask = Callable[[Tenant], TestResponse]

BY_PATH: list[tuple[str, Ask, int]] = [
    ("auth-failure:kind=missing", lambda here: here.get(USERS[0]), 401),
    ("expired-token", lambda here: here.enter().get(USERS[1]), 401),
    ("revoked-token", lambda here: here.enter().get(USERS[1]), 401),
    ("wrong-scope", lambda here: here.enter().get(USERS[1]), 403),
    ("token-expires-after:requests=1", lambda here: [here.enter().get(USERS[0]), here.get(USERS[1])][1], 401),
    ("no-demographics", lambda here: here.enter().get(f"{ROSTERING}/demographics"), 403),
    ("token-endpoint-down:status=504", lambda here: here.token(), 504),
    ("scope-required", lambda here: here.token(), 400),
    ("grant-type-optional", lambda here: here.send("POST", "/oauth2/token", auth=CLIENT), 200),
    ("credentials-in:place=body", lambda here: here.token(), 401),
    ("token-parameters-in:place=query", lambda here: here.token(), 400),
    ("oauth1-only:method=HMAC-SHA256", lambda here: here.signed(USERS[1]), 200),
    ("oauth2-only", lambda here: here.signed(USERS[0]), 401),
    ("static-bearer:token=abc", lambda here: here.get(USERS[1], headers={"Authorization": "Bearer abc"}), 200),
    ("odd-expires-in:style=absent", lambda here: here.token(), 200),
    ("bare-token", lambda here: here.token(), 200),
    ("odd-scopes:style=http", lambda here: here.token(), 200),
    ("scope-must-be-core", lambda here: here.enter(scope=ROSTER).get(USERS[0]), 403),
    ("all-scopes-needed", lambda here: here.enter(scope=ROSTER).get(USERS[0]), 403),
    ("vendor-header:value=a:b", lambda here: here.enter().get(f"{GRADEBOOK}/categories"), 401),
    ("session-cookie", lambda here: here.token(), 200),
    ("credentials-expire:days=0", lambda here: here.token(), 401),
    ("token-path", lambda here: here.token(), 404),
    (
        "body-hash-required",
        lambda here: here.send("PUT", f"{V1P1}/categories/c", headers={"Authorization": "OAuth x"}),
        401,
    ),
]


@pytest.mark.parametrize(("spec", "ask", "status"), BY_PATH, ids=[spec for spec, _, _ in BY_PATH])
def test_by_base_path(app: Flask, spec: str, ask: Ask, status: int) -> None:
    """A client that can change nothing but its base URL gets the same."""
    response = ask(Tenant(app, by_path(spec)))

    assert response.status_code == status
    assert named(response) == spec.partition(":")[0]


def test_every_access_scenario_is_here(app: Flask) -> None:
    """The catalogue has no access scenario that this file forgot."""
    rows: list[dict[str, Any]] = tenant(app).admin("GET", "/scenarios").get_json()["scenarios"]

    known = {row["name"] for row in rows if scenarios()[row["name"]].stage == "access"}

    assert known == {spec.partition(":")[0] for spec in SPECS} == {spec.partition(":")[0] for spec, _, _ in BY_PATH}
    assert HEADER == "X-Mockroster-Scenario"


# A grant type that may be left out.

WITHOUT_GRANT_TYPE: list[dict[str, Any]] = [
    {"content_type": "application/json"},
    {"json": {"client_id": "mockroster", "client_secret": "mockroster-secret"}},
    {"data": {"scope": ROSTER}},
    {},
]


@pytest.mark.parametrize("request_", WITHOUT_GRANT_TYPE, ids=["empty JSON", "JSON", "form", "nothing"])
def test_grant_type_optional(app: Flask, request_: dict[str, Any]) -> None:
    """A token request without grant_type is refused, and with the scenario it is given a token that is good."""
    auth = None if "json" in request_ else ("mockroster", "mockroster-secret")

    plain = tenant(app).send("POST", "/oauth2/token", auth=auth, **request_)
    here = tenant(app, "grant-type-optional")
    granted = here.send("POST", "/oauth2/token", auth=auth, **request_)

    assert (plain.status_code, plain.get_json()["error"]) == (400, "invalid_request")
    assert (granted.status_code, named(granted)) == (200, "grant-type-optional")
    here.bearer = granted.get_json()["access_token"]
    assert here.get(USERS[0]).status_code == 200


@pytest.mark.parametrize(
    ("form", "auth", "error"),
    [
        ({"grant_type": "password"}, ("mockroster", "mockroster-secret"), "unsupported_grant_type"),
        ({}, ("mockroster", "wrong"), "invalid_client"),
        ({}, None, "invalid_client"),
        ({"scope": "nothing"}, ("mockroster", "mockroster-secret"), "invalid_scope"),
    ],
)
def test_grant_type_optional_refuses_all_else(
    app: Flask, form: dict[str, str], auth: tuple[str, str] | None, error: str
) -> None:
    """Another grant type, wrong credentials and unknown scopes are refused as ever."""
    response = tenant(app, "grant-type-optional").send("POST", "/oauth2/token", data=form, auth=auth)

    assert response.status_code in {400, 401}
    assert response.get_json()["error"] == error


def test_scenarios_about_the_answer_follow_grant_type_optional(app: Flask) -> None:
    """A scenario that changes token responses also changes one granted without grant_type."""
    here = tenant(app, "grant-type-optional;odd-expires-in:style=zero")

    response = here.send("POST", "/oauth2/token", auth=("mockroster", "mockroster-secret"))

    assert response.get_json()["expires_in"] == 0
