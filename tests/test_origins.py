"""Origins: driving the switchboard from a browser, reading responses of the API, and pages that scenarios send."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import NOW, make_app
from flask import Flask
from tenants import CLIENT, GRANT, HEADER, ROSTERING, V1P1, Tenant, by_path, fresh_name
from werkzeug.test import Client, TestResponse

from mockroster.errors import ConfigurationError
from mockroster.http.lifecycle import Application
from mockroster.sandbox.registry import name_of

PAGE = "https://app.example"
OTHER = "https://evil.example"
ORGS = f"{V1P1}/orgs?limit=1"
PREFLIGHT = {"Origin": PAGE, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
CORS = [
    *("Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"),
    *("Access-Control-Expose-Headers", "Access-Control-Max-Age", "Access-Control-Allow-Credentials"),
]


def asked(app: Flask, path: str = "/__admin/health", method: str = "GET", **headers: str) -> TestResponse:
    """Send a request with headers, whose names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    # werkzeug would take what follows two slashes for a host.
    other = {"PATH_INFO": path} if path.startswith("//") else {}
    return Client(app, use_cookies=False).open(path, method=method, headers=named, environ_overrides=other)


def said(response: TestResponse) -> str:
    """Return the sentence of a refusal."""
    description: str = response.get_json()["statusInfoSet"][0]["imsx_description"]
    return description


def cors_of(response: TestResponse) -> dict[str, str]:
    """Return the headers by which a browser knows who may read an answer."""
    return {name: response.headers[name] for name in CORS if name in response.headers}


def exists(app: Flask, name: str) -> bool:
    """Return whether a sandbox exists."""
    assert isinstance(app, Application)
    return app.sandboxes.exists(name)


@pytest.fixture(scope="module")
def open_to_page() -> Flask:
    """Return an application whose answers a page may read."""
    return make_app(students=8, cors=(PAGE,))


# Origins.


@pytest.mark.parametrize("prefix", ["", "/sandboxes/origins", "/scenarios/flaky"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": OTHER},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "same-origin", "Origin": OTHER},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"},
    ],
)
def test_a_page_of_another_origin_is_refused(app: Flask, prefix: str, headers: dict[str, str]) -> None:
    """It can neither read nor change anything, with a kind of request that needs no preflight either."""
    read = asked(app, f"{prefix}/__admin/requests", **headers)
    reset = asked(app, f"{prefix}/__admin/reset", "POST", Content_Type="text/plain", **headers)
    absent = asked(app, f"{prefix}/__admin/nothing", **headers)

    assert [one.status_code for one in (read, reset, absent)] == [403, 403, 403]
    assert "may not drive the switchboard" in said(reset)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "HTTP://LocalHost:80"},
        {"Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "http://127.0.0.1:8080", "Host": "127.0.0.1:8080", "Sec_Fetch_Site": "same-origin"},
    ],
)
def test_programs_and_our_own_pages_pass(app: Flask, headers: dict[str, str]) -> None:
    """Requests with neither header, or with the server's own origin, pass."""
    assert asked(app, **headers).status_code == 200


def test_a_link_to_the_dashboard_is_followed(app: Flask) -> None:
    """A person who follows a link to /ui from another site arrives there; a page that embeds or posts does not."""
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}

    followed = asked(app, "/ui/requests", **link).status_code
    embedded = asked(app, "/ui/requests", **link | {"Sec_Fetch_Dest": "iframe"}).status_code
    posted = asked(app, "/ui/requests", "POST", **link).status_code

    assert followed != 403
    assert (embedded, posted) == (403, 403)


def test_the_standard_answers_any_page(app: Flask) -> None:
    """Only the switchboard is guarded: elsewhere any Origin and Host is answered."""
    token = Tenant(app).enter().bearer

    response = asked(app, ORGS, Origin=OTHER, Host="evil.example", Authorization=f"Bearer {token}")

    assert response.status_code == 200
    assert cors_of(response) == {}


def test_a_proxy_says_its_origin_by_base_url() -> None:
    """Behind a proxy that speaks https the origin is that of --base-url, and so is the name."""
    app = make_app(students=2, base_url="https://sis.example:8443/mock")

    own = asked(app, Origin="https://sis.example:8443", Host="sis.example:8443")
    other = asked(app, Origin="https://sis.example", Host="sis.example:8443")

    assert (own.status_code, other.status_code) == (200, 403)


# Names.


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST:8080", "localhost.", "roster.localhost:1", "127.0.0.1", "127.8.9.1:80"),
        *("[::1]:8080", "[::ffff:127.0.0.1]", "host.docker.internal:8080", "host.containers.internal"),
    ],
)
def test_names_of_this_machine(app: Flask, host: str) -> None:
    """While the server listens on loopback, its switchboard answers to each name that this machine has for it."""
    assert asked(app, Host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8080", "localhost.evil.example", "notlocalhost", "10.0.0.1", "[2001:db8::1]"),
        *("127.0.0.1.evil.example", "", "[::1", "a:b:c", "128.0.0.1", "0x7f.1"),
    ],
)
def test_a_rebound_name_is_refused(app: Flask, host: str) -> None:
    """A page whose name was rebound to 127.0.0.1 is of the same origin for its browser; its Host tells."""
    response = asked(app, "/__admin/reset", "POST", Host=host, Sec_Fetch_Site="same-origin")

    assert response.status_code == 403
    assert "--allow-host" in said(response)


def test_names_that_are_allowed() -> None:
    """A name that --allow-host gives is ours, with any port; others are not."""
    app = make_app(students=2, allow_host=("Mockroster.Test", "db8::1"))

    statuses = [asked(app, Host=host).status_code for host in ("mockroster.test:81", "[db8::1]", "x.mockroster.test")]

    assert statuses == [200, 200, 403]


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.1.2.3", "mockroster"])  # noqa: S104
def test_any_name_where_others_can_reach_the_server(address: str) -> None:
    """A server that listens beyond loopback goes by names that it cannot know."""
    app = make_app(students=2, host=address)

    assert asked(app, Host="roster.staging.example").status_code == 200
    assert asked(app, Host="roster.staging.example", Origin=OTHER).status_code == 403


# Sandboxes that are made by the way.


@pytest.fixture(scope="module")
def closed() -> Flask:
    """Return an application whose switchboard needs a token."""
    return make_app(students=8, admin_token="open-sesame")


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/", "/__admin/health", "/__admin/reset", ORGS, "/openapi/admin.json"]
)
def test_nobody_makes_a_sandbox_without_credentials(closed: Flask, path: str) -> None:
    """Behind an admin token, requests without it make no sandbox and evict none."""
    name, spec = fresh_name(), "flaky:every=7"

    direct = asked(closed, f"/sandboxes/{name}{path}", Authorization="Bearer wrong")
    by_base_path = asked(closed, by_path(spec) + path)

    assert {direct.status_code, by_base_path.status_code} <= {200, 401, 405}
    assert not exists(closed, name)
    assert not exists(closed, name_of((spec,)))


def test_a_sandbox_is_made_by_a_good_token(closed: Flask) -> None:
    """A read with a token makes the sandbox, and its journal has the read."""
    name = fresh_name()
    token = Tenant(closed).enter().bearer

    refused = asked(closed, f"/sandboxes/{name}{ORGS}")
    before = exists(closed, name)
    read = asked(closed, f"/sandboxes/{name}{ORGS}", Authorization=f"Bearer {token}")

    journal = asked(closed, f"/sandboxes/{name}/__admin/requests", Authorization="Bearer open-sesame")
    assert (refused.status_code, before) == (401, False)
    assert (read.status_code, exists(closed, name)) == (200, True)
    assert [entry["status"] for entry in journal.get_json()["requests"]] == [200]


def test_a_sandbox_is_made_by_client_signature_and_admin_token(closed: Flask) -> None:
    """A token that is issued, a signature that is right and the admin token make one too; wrong ones do not."""
    by_client, by_signature, by_admin, by_nobody = (Tenant(closed, f"/sandboxes/{fresh_name()}") for _ in range(4))

    wrong = by_nobody.token(("mockroster", "wrong")).status_code
    issued = by_client.enter().get(ORGS).status_code
    signed = by_signature.signed(ORGS).status_code
    health = asked(closed, f"{by_admin.prefix}/__admin/clock", Authorization="Bearer open-sesame").status_code

    assert (wrong, issued, signed, health) == (401, 200, 200, 200)
    made = [exists(closed, one.prefix.rpartition("/")[2]) for one in (by_client, by_signature, by_admin, by_nobody)]
    assert made == [True, True, True, False]


def test_a_base_path_is_made_by_a_good_token(closed: Flask) -> None:
    """The counters of scenarios continue from the request that made the sandbox."""
    token = Tenant(closed).enter().bearer
    prefix = by_path("flaky:every=2,status=502")

    statuses = [asked(closed, prefix + ORGS, Authorization=f"Bearer {token}").status_code for _ in range(4)]

    assert statuses == [200, 502, 200, 502]


def test_a_page_of_another_origin_makes_no_sandbox() -> None:
    """Nor does a page where no credentials are asked for, unless --cors invites it; a program does."""
    app = make_app(students=2, no_auth=True, cors=(PAGE,))
    names = [fresh_name() for _ in range(3)]

    foreign = asked(app, f"/sandboxes/{names[0]}{ORGS}", Origin=OTHER)
    asked(app, f"/sandboxes/{names[1]}{ORGS}", Origin=PAGE)
    asked(app, f"/sandboxes/{names[2]}{ORGS}")

    assert foreign.status_code == 403
    assert [exists(app, name) for name in names] == [False, True, True]


@pytest.mark.parametrize("path", ["/sandboxes//ims/oneroster/v1p1/orgs", "/sandboxes//x/ims", "//sandboxes///livez"])
def test_a_blank_name_is_no_sandbox(app: Flask, path: str) -> None:
    """A segment between two slashes is not taken for the name of a sandbox."""
    response = asked(app, path)

    assert response.status_code == 400
    assert "'' is no name of a sandbox" in response.text
    assert [name for name in ("ims", "x", "livez") if exists(app, name)] == []


@pytest.mark.parametrize("prefix", ["/scenarios/", "/sandboxes/blank-spec/scenarios/"])
def test_a_blank_spec_is_no_scenario(app: Flask, prefix: str) -> None:
    """A segment between two slashes is not taken for a scenario."""
    response = asked(app, f"{prefix}/ims/oneroster/v1p1/orgs")

    assert response.status_code == 400
    assert "/scenarios/: the empty text '' names no scenario" in response.text


def test_slashes_that_clients_add_are_still_put_right(app: Flask) -> None:
    """Doubled slashes around a prefix that is whole do no harm."""
    response = asked(app, "//sandboxes/doubled//livez//")

    assert response.status_code == 200


# Pages that may read.


def test_without_cors_no_page_may_read(app: Flask) -> None:
    """Without --cors no header invites anybody, and OPTIONS is what it was."""
    preflight = asked(app, ORGS, "OPTIONS", **{name.replace("-", "_"): value for name, value in PREFLIGHT.items()})

    assert preflight.status_code == 405
    assert cors_of(preflight) == {}


@pytest.mark.parametrize("prefix", ["", "/sandboxes/preflight", "/scenarios/server-error"])
@pytest.mark.parametrize(
    "path", [ORGS, "/oauth2/token", "/token", f"{V1P1}/token", f"{ROSTERING}/discovery/x.json", "/openapi/v1p1.json"]
)
def test_preflight(open_to_page: Flask, prefix: str, path: str) -> None:
    """A preflight of the page is answered wherever the page may ask."""
    response = Client(open_to_page).open(prefix + path, method="OPTIONS", headers=PREFLIGHT)

    assert response.status_code == 204
    assert cors_of(response) == {
        "Access-Control-Allow-Origin": PAGE,
        "Access-Control-Allow-Methods": "GET, HEAD, PUT, POST, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Mockroster-Scenario, X-Mockroster-Run",
        "Access-Control-Max-Age": "600",
    }
    assert (response.headers["Vary"], response.data) == ("Origin", b"")
    assert HEADER not in response.headers
    assert not exists(open_to_page, "preflight")


def test_a_preflight_leaves_no_trace(open_to_page: Flask) -> None:
    """It is not in the journal, and no scenario counts it."""
    mine = Tenant(open_to_page, f"/sandboxes/{fresh_name()}", spec="flaky:every=2").enter()
    mine.admin("DELETE", "/requests")

    for _ in range(3):
        mine.browser.open(mine.prefix + ORGS, method="OPTIONS", headers={**PREFLIGHT, HEADER: mine.spec})
    statuses = [mine.get(ORGS).status_code for _ in range(2)]

    assert statuses == [200, 503]
    assert mine.admin("POST", "/requests/count", {}).get_json() == {"count": 2}


@pytest.mark.parametrize("origin", [OTHER, "null", "https://app.example:8443", "http://app.example"])
def test_another_page_is_not_invited(open_to_page: Flask, origin: str) -> None:
    """A preflight of another origin is refused with a sentence, and an answer does not name it."""
    preflight = Client(open_to_page).open(ORGS, method="OPTIONS", headers={**PREFLIGHT, "Origin": origin})
    read = asked(open_to_page, ORGS, Origin=origin)

    assert (preflight.status_code, cors_of(preflight), cors_of(read)) == (403, {}, {})
    assert "--cors" in preflight.text
    assert (preflight.headers["Vary"], read.headers["Vary"]) == ("Origin", "Origin")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (ORGS, 200),
        (f"{V1P1}/orgs/nobody", 404),
        (f"{V1P1}/nothing", 404),
        (f"{ORGS}&filter=x", 400),
        (f"{by_path('server-error')}{ORGS}", 500),
        (f"{by_path('rate-limit:limit=1,per=60')}{ORGS}", 200),
        (f"{by_path('no-such')}{ORGS}", 400),
        ("/openapi/v1p1.json", 200),
    ],
)
def test_answers_name_the_page(open_to_page: Flask, path: str, status: int) -> None:
    """The page may read every answer of the standard, errors too, and the headers that say how to go on."""
    token = Tenant(open_to_page).enter().bearer

    response = asked(open_to_page, path, Origin=PAGE, Authorization=f"Bearer {token}")

    assert response.status_code == status
    assert cors_of(response) == {
        "Access-Control-Allow-Origin": PAGE,
        "Access-Control-Expose-Headers": "X-Total-Count, Link, Retry-After, X-Mockroster-Scenario",
    }


def test_a_token_for_a_page(open_to_page: Flask) -> None:
    """The token endpoint answers the page, also where it refuses."""
    for auth, status in ((CLIENT, 200), (("mockroster", "wrong"), 401)):
        response = Client(open_to_page).post("/oauth2/token", data=GRANT, auth=auth, headers={"Origin": PAGE})

        assert response.status_code == status
        assert cors_of(response)["Access-Control-Allow-Origin"] == PAGE


def test_the_switchboard_is_never_opened() -> None:
    """Not even a server that every page may ask lets one near the switchboard."""
    app = make_app(students=2, cors=("*",))

    preflight = Client(app).open("/__admin/reset", method="OPTIONS", headers=PREFLIGHT)
    reset = asked(app, "/__admin/reset", "POST", Origin=PAGE)
    read = asked(app, ORGS, Origin=PAGE)

    assert [one.status_code for one in (preflight, reset)] == [403, 403]
    assert cors_of(preflight) == cors_of(reset) == {}
    assert cors_of(read)["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("given", ["HTTPS://App.Example", "https://app.example:443"])
def test_origins_are_compared_as_browsers_write_them(given: str) -> None:
    """Case and the port that a scheme has anyway do not count."""
    app = make_app(students=2, cors=(given, "http://localhost:3000"))

    named = [cors_of(asked(app, ORGS, Origin=one)) for one in (PAGE, "http://localhost:3000", "http://localhost")]

    assert [bool(one) for one in named] == [True, True, False]


# Pages that a scenario orders.


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ("wrong-content-type:style=html", f"{V1P1}/nothing%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
        ("wrong-content-type:style=none", f"{V1P1}/nothing%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
        ("wrong-content-type:style=html", ORGS),
        ("html-error", ORGS),
    ],
)
def test_html_that_is_ordered_runs_nothing(app: Flask, spec: str, path: str) -> None:
    """A page that a scenario orders may hold what the request said, and has a policy under which nothing runs."""
    response = Tenant(app, by_path(spec)).enter().get(path)

    assert response.headers[HEADER]
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


def test_json_needs_no_policy(app: Flask) -> None:
    """A response that no browser renders as a page is unchanged."""
    touched = Tenant(app, by_path("server-error")).enter().get(ORGS)
    untouched = Tenant(app).enter().get(ORGS)

    assert "Content-Security-Policy" not in touched.headers
    assert "Content-Security-Policy" not in untouched.headers


def test_settings_that_will_not_do() -> None:
    """An origin with a path and a host with a port are refused with what would be right."""
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"cors": ("https://app.example/x",)}, "http://localhost:3000"),
        ({"cors": ("app.example",)}, "http://localhost:3000"),
        ({"cors": ("null",)}, "http://localhost:3000"),
        ({"cors": ("https://u@app.example",)}, "http://localhost:3000"),
        ({"cors": ("https://app.example:x",)}, "http://localhost:3000"),
        ({"allow_host": ("http://a.example",)}, "without scheme and port"),
        ({"allow_host": ("a.example:80",)}, "without scheme and port"),
    ]
    for values, right in wrong:
        with pytest.raises(ConfigurationError, match=right):
            make_app(students=2, now=NOW, **values)
