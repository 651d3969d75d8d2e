"""The journal: the redacted requests of a sandbox, for assertions."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Any
from unittest.mock import Mock

import pytest
from flask import Flask
from oauthlib.oauth1 import Client as Signer
from tenants import CLIENT, GRADEBOOK, GRANT, HEADER, ROSTERING, V1P1, Tenant, by_path, tenant
from werkzeug.test import EnvironBuilder, run_wsgi_app

from mockroster.sandbox import journal_view
from mockroster.sandbox.redaction import Redactor

ORGS = f"{V1P1}/orgs"
SECRET = "s3cr3t-and-more"


def entries(here: Tenant, query: str = "") -> list[dict[str, Any]]:
    """Return what the journal of a sandbox holds, newest first."""
    response = here.admin("GET", f"/requests{query}")
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.get_json()["requests"]
    return found


def last(here: Tenant) -> dict[str, Any]:
    """Return the newest entry."""
    return entries(here)[0]


def chunked(here: Tenant, method: str, path: str, body: bytes) -> dict[str, Any]:
    """Return a request whose body has no announced length, as a server hands it over."""
    environ: dict[str, Any] = EnvironBuilder(path=here.prefix + path, method=method, data=body).get_environ()
    del environ["CONTENT_LENGTH"]
    return environ | {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}


def send(here: Tenant, environ: dict[str, Any]) -> int:
    """Send a request as it is, and return the status of its answer."""
    return int(run_wsgi_app(here.app, environ)[1].partition(" ")[0])


@pytest.fixture
def here(app: Flask) -> Tenant:
    """Return a sandbox with a token and an empty journal."""
    mine = tenant(app).enter()
    mine.admin("DELETE", "/requests")
    return mine


# What it holds.


def test_entry(here: Tenant) -> None:
    """An entry has everything that a test may want to look at, and nothing else."""
    here.admin("PUT", "/clock", {"now": "2026-03-01T10:00:00Z"})

    here.enter().get(f"{ORGS}?limit=2&filter=type%3D'school'", headers={"X-Trace": "7", HEADER: "no-link"})

    entry = last(here)
    assert list(entry) == [
        *("sequence", "method", "path", "query", "headers", "body"),
        *("status", "ms", "operation", "client", "scenarios", "rows", "response", "outcome", "at", "notes"),
    ]
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", ORGS, 200)
    assert entry["query"] == "limit=2&filter=type%3D'school'"
    assert entry["headers"]["x-trace"] == "7"
    assert (entry["body"], entry["operation"], entry["scenarios"]) == ("", "getAllOrgs", ["no-link"])
    assert 0 < entry["ms"] < 60_000
    assert re.fullmatch(r"2026-03-01T10:0\d:\d\d\.\d{3}Z", entry["at"])


@pytest.mark.parametrize(
    ("query", "notes"),
    [
        ("limt=5", ["limt: not a parameter of this operation, and ignored; did you mean 'limit'?"]),
        ("limit=5&offset=0&sort=name&orderBy=asc&filter=name%3D'x'&fields=name", []),
        ("x=1&x=2&%20limit=5", ["x: not a parameter of this operation, and ignored"]),
        ("Limit=5", ["Limit: not a parameter of this operation, and ignored; did you mean 'limit'?"]),
    ],
)
def test_note_of_a_parameter_that_is_passed_over(here: Tenant, query: str, notes: list[str]) -> None:
    """A misspelt parameter is answered with 200, and the journal says that nobody heeded it."""
    here.enter().get(f"{ORGS}?{query}")

    entry = last(here)
    assert entry["notes"] == notes


def test_note_of_a_single_read(here: Tenant) -> None:
    """A single read obeys only ``fields``."""
    here.enter().get(f"{ORGS}/nothing?filter=name%3D'x'&fields=name")

    assert last(here)["notes"] == ["filter: not a parameter of this operation, and ignored"]


def test_body_of_a_write(here: Tenant) -> None:
    """The body is there as it was sent, whether the write succeeded or not."""
    good, bad, refused = '{"category": {"title": "Ä"}}', '{"category": {}}', '{"category": {"title": "no token"}}'

    here.send("PUT", f"{V1P1}/categories/c1", data=good.encode(), content_type="application/json")
    here.send("PUT", f"{GRADEBOOK}/categories/c1", data=bad, content_type="application/json")
    here.send("PUT", f"{V1P1}/categories/c1", data=refused, headers={"Authorization": "Bearer x"})
    here.send("PUT", f"{V1P1}/categories/c1", data="<xml/>", content_type="text/xml")
    here.send("PUT", f"{V1P1}/categories/c1", data=good.encode(), headers={HEADER: "server-error"})
    here.get(f"{ORGS}?limit=1", data="a=b")

    found = [(entry["status"], entry["body"]) for entry in entries(here)]
    assert found == [(200, "a=b"), (500, good), (415, "<xml/>"), (401, refused), (422, bad), (201, good)]


def test_headers_of_empty_responses(here: Tenant) -> None:
    """An entry has the headers that were sent: a Content-Length of 0 after a PUT, none after a DELETE."""
    path = f"{GRADEBOOK}/categories/c-empty"
    sent = []

    for method, body in (("PUT", {"category": {"title": "x", "status": "active"}}), ("DELETE", None)):
        response = here.send(method, path, json=body)
        sent.append((response.status_code, *(response.headers.get(f"Content-{name}") for name in ("Length", "Type"))))
        headers = last(here)["response"]["headers"]

        assert (headers.get("content-length"), headers.get("content-type")) == sent[-1][1:]

    assert sent == [(201, "0", None), (204, None, None)]


def test_long_body_is_cut(here: Tenant) -> None:
    """Of a long body the beginning is kept, of a long query too."""
    long = '{"category": {"title": "' + "x" * 10_000 + '"}}'

    here.send("PUT", f"{V1P1}/categories/c1", data=long, content_type="application/json")
    here.get(f"{ORGS}?limit=1&x={'y' * 10_000}")

    newest, older = entries(here)
    assert older["body"] == long[: journal_view.MOST_TEXT]
    assert len(newest["query"]) == journal_view.MOST_TEXT


def test_huge_body_is_not_read(here: Tenant) -> None:
    """A body that is too large is refused unread, and the journal does not read it either."""
    environ = EnvironBuilder(path=f"{here.prefix}{V1P1}/categories/c1", method="PUT", data=b"x").get_environ()
    environ |= {"CONTENT_LENGTH": str(17 * 1024 * 1024), "HTTP_AUTHORIZATION": f"Bearer {here.bearer}"}
    environ["wsgi.input"] = stream = Mock()

    status = send(here, environ)

    assert status == 413
    assert stream.mock_calls == []
    assert (last(here)["status"], last(here)["body"]) == (413, "")


@pytest.mark.parametrize(("spec", "status"), [("", 201), ("server-error", 500)])
def test_chunked_body(here: Tenant, spec: str, status: int) -> None:
    """A body of no announced length is kept, too."""
    body = b'{"category": {"title": "x"}}'
    environ = chunked(here, "PUT", f"{V1P1}/categories/c1", body)
    environ["HTTP_AUTHORIZATION"] = f"Bearer {here.bearer}"
    if spec:
        environ["HTTP_X_MOCKROSTER_SCENARIO"] = spec

    assert send(here, environ) == status
    assert (last(here)["status"], last(here)["body"]) == (status, body.decode())


def test_chunked_token_request(here: Tenant) -> None:
    """A token request without an announced length is answered, and its body is kept."""
    body = b"grant_type=client_credentials&client_id=mockroster&client_secret=mockroster-secret"
    environ = chunked(here, "POST", "/token", body)
    environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"

    assert send(here, environ) == 200
    assert last(here)["body"] == "grant_type=client_credentials&client_id=mockroster&client_secret=[redacted]"


def test_path_is_without_prefix(app: Flask) -> None:
    """The path is that of the standard, whatever stands before it, its slashes put right."""
    mine = tenant(app)
    for path in (f"{ORGS}/?limit=1", "//ims/oneroster/v1p1//orgs", ORGS):
        mine.get(path)
    Tenant(app, mine.prefix + by_path("no-link")).get(ORGS)

    assert [entry["path"] for entry in entries(mine)] == [ORGS] * 4


def test_token_requests_and_404s_are_there(here: Tenant) -> None:
    """Token requests have the operation ``token``; what meets no operation has none."""
    here.token()
    here.token(("mockroster", "no"))
    here.get(f"{V1P1}/nothing")
    here.get("/nothing")
    here.send("PATCH", ORGS)
    here.get("/")

    found = [(entry["method"], entry["path"], entry["status"], entry["operation"]) for entry in entries(here)]
    assert found == [
        ("GET", "/", 200, None),
        ("PATCH", ORGS, 405, None),
        ("GET", "/nothing", 404, None),
        ("GET", f"{V1P1}/nothing", 404, None),
        ("POST", "/oauth2/token", 401, "token"),
        ("POST", "/oauth2/token", 200, "token"),
    ]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/__admin/health", "/__admin/clock", "/__admin/nothing"])
def test_admin_and_health_are_not(here: Tenant, path: str) -> None:
    """Requests about the server itself are not journaled; paths that only begin alike are."""
    here.get(path)
    here.get("/livezzz")

    assert [entry["path"] for entry in entries(here)] == ["/livezzz"]


def test_ring(here: Tenant) -> None:
    """The newest thousand are held, and the others counted until the journal is cleared."""
    for number in range(1003):
        here.get(f"/nothing/{number}")

    answer = here.admin("GET", "/requests").get_json()
    cleared = here.admin("DELETE", "/requests")

    assert answer["dropped"] == 3
    assert [entry["path"] for entry in answer["requests"]] == [f"/nothing/{number}" for number in range(1002, 2, -1)]
    assert (cleared.status_code, cleared.data) == (204, b"")
    assert here.admin("GET", "/requests").get_json() == {"requests": [], "dropped": 0}


# What it must not hold.


def test_no_secret_is_kept(app: Flask) -> None:
    """No credential is found anywhere in the journal, however it was sent."""
    mine, url = tenant(app), f"http://localhost{ORGS}"
    in_basic = base64.b64encode(f"mockroster:{SECRET}".encode()).decode()
    form = {**GRANT, "client_id": "mockroster", "client_secret": SECRET}
    _, signed, _ = Signer("mockroster", client_secret=SECRET).sign(url)
    in_url, _, _ = Signer("mockroster", client_secret=SECRET, signature_type="QUERY").sign(url)
    signatures = [re.findall('oauth_signature="([^"]+)', str(signed))[0], in_url.rpartition("oauth_signature=")[2]]

    mine.token(("mockroster", SECRET))
    mine.send("POST", "/token", data=form)
    mine.send("POST", "/token", json=form)
    mine.send("POST", f"/token?client_secret={SECRET}&x=1", data=GRANT)
    mine.send("POST", "/token", data=f"client%5Fsecret={SECRET}&grant_type=client_credentials")
    mine.get(ORGS, headers=signed)
    mine.get(in_url.removeprefix("http://localhost"))
    for value in (f"Bearer {SECRET}", SECRET, f"Token {SECRET}", f"bearer  {SECRET}", f"{SECRET} x"):
        mine.get(ORGS, headers={"Authorization": value})
    mine.get(f"{ORGS}?access_token={SECRET}")
    mine.get(ORGS, headers={"Cookie": f"session={SECRET}", "X-Vendor-Authorization": f"key:{SECRET}"})

    text = mine.admin("GET", "/requests").text
    assert len(entries(mine)) == 14
    for secret in (SECRET, in_basic, *signatures):
        assert secret not in text
    assert text.count("[redacted]") >= 15


def test_what_is_left_of_credentials(here: Tenant) -> None:
    """The scheme of credentials stays, and so does the text beside them."""
    here.token()
    here.get(f"{ORGS}?limit=1&access_token=x&offset=2")

    read, asked = entries(here)
    assert read["headers"]["authorization"] == "Bearer [redacted]"
    assert read["query"] == "limit=1&access_token=[redacted]&offset=2"
    assert asked["headers"]["authorization"] == "Basic [redacted]"
    assert asked["body"] == "grant_type=client_credentials"


BODIES = [
    ('{"client_secret": "a, b} c\\" d", "x": 1}', '{"client_secret": "[redacted]", "x": 1}'),
    ('{"x": [{"password" : "p"}], "y": 1}', '{"x": [{"password" : "[redacted]"}], "y": 1}'),
    ('{"Client_Secret":5}', '{"Client_Secret":"[redacted]"}'),
    (' {"client_secret": "cut of', ' {"client_secret": "[redacted]"'),
    ('{"title": "the client_secret is here"}', '{"title": "the client_secret is here"}'),
    ("client_secret=a%20b&x=1", "client_secret=[redacted]&x=1"),
    ("CLIENT%5FSECRET=a&client_secret=", "CLIENT%5FSECRET=[redacted]&client_secret=[redacted]"),
    ("client_secret", "client_secret"),
    ("", ""),
]


@pytest.mark.parametrize(("body", "left"), BODIES)
def test_bodies(body: str, left: str) -> None:
    """A secret goes whole, with blanks, commas and quotes in it; a mere mention stays."""
    assert Redactor((), lambda _: False).text(body) == left


# Finding.


@pytest.fixture(scope="module")
def busy(app: Flask) -> Tenant:
    """Return a sandbox of which this and that was asked; no test asks it more."""
    mine = tenant(app)
    mine.enter()
    mine.get(f"{V1P1}/users?limit=1", headers={"X-Trace": "Seven of nine"})
    mine.get(f"{ROSTERING}/users?limit=2")
    mine.get(f"{V1P1}/users/nobody")
    mine.send("PUT", f"{V1P1}/categories/c1", json={"category": {"title": "x"}})
    return mine


FILTERS: Iterable[tuple[dict[str, Any], int]] = [
    ({}, 5),
    ({"method": "GET"}, 3),
    ({"method": "get"}, 3),
    ({"method": "PUT", "status": 201}, 1),
    ({"method": "PUT", "status": 200}, 0),
    ({"status": "404"}, 1),
    ({"path": "/users"}, 2),
    ({"path": "/users/*"}, 1),
    ({"path": "users"}, 0),
    ({"path": "/sers"}, 0),
    ({"path": f"{V1P1}/users"}, 1),
    ({"path": "*/users*"}, 3),
    ({"path": "/ims/*"}, 4),
    ({"path": "*/v1p?/users"}, 2),
    ({"path": "*/v1p[2]/users"}, 1),
    ({"operation": "getAllUsers"}, 2),
    ({"operation": "token"}, 1),
    ({"query": "limit=2"}, 1),
    ({"query": "limit"}, 2),
    ({"header": "x-trace"}, 1),
    ({"header": "X-Trace: Seven"}, 1),
    ({"header": "X-Trace: Eight"}, 0),
    ({"header": "Authorization: Bearer"}, 4),
    ({"header": "Authorization", "path": "/oauth2/token"}, 1),
]


@pytest.mark.parametrize(("filters", "number"), FILTERS, ids=str)
def test_find_and_count(busy: Tenant, filters: dict[str, Any], number: int) -> None:
    """The same filters find the same as query parameters and in a body, and are counted alike."""
    query = busy.browser.get(f"{busy.prefix}/__admin/requests", query_string=filters).get_json()["requests"]
    found = busy.admin("POST", "/requests/find", filters)
    counted = busy.admin("POST", "/requests/count", filters)

    assert len(query) == number
    assert found.get_json() == {"requests": query, "dropped": 0}
    assert counted.get_json() == {"count": number}


def test_newest_first(busy: Tenant) -> None:
    """The last request comes first."""
    assert [entry["method"] for entry in entries(busy)] == ["PUT", "GET", "GET", "GET", "POST"]


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"methd": "GET"}, "did you mean 'method'?"),
        ({"body": "x"}, "'body' is not a filter"),
        ({"status": [200]}, "the filter status must be a string or a number"),
        ({"path": None}, "the filter path must be a string or a number"),
    ],
)
def test_unknown_filters(busy: Tenant, filters: dict[str, Any], message: str) -> None:
    """A filter that is none is 400."""
    for path in ("/requests/find", "/requests/count"):
        response = busy.admin("POST", path, filters)

        assert response.status_code == 400
        assert message in response.get_json()["statusInfoSet"][0]["imsx_description"]


def test_unknown_filter_in_the_query(busy: Tenant) -> None:
    """A misspelt query parameter is not passed over."""
    assert busy.admin("GET", "/requests?pth=/users").status_code == 400
    assert CLIENT[0] == "mockroster"
