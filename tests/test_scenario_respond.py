"""The scenario ``respond``: a response that the tester writes, on any path."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import make_app, served
from flask import Flask
from tenants import CLIENT, GRANT, HEADER, ROSTERING, V1P1, Tenant, by_path, named, tenant

from mockroster.errors import ConfigurationError
from mockroster.scenarios.body.respond import MOST_BODY, MOST_HEADERS, MOST_TEMPLATES
from mockroster.scenarios.spec import canonical, parse_scenarios

USERS = f"{V1P1}/users"


def using(app: Flask, **members: Any) -> Tenant:
    """Return a sandbox in which ``respond`` is active, without a token."""
    here = tenant(app)
    chosen = here.admin("PUT", "/scenarios", {"active": [{"scenario": "respond", **members}]})
    assert chosen.status_code == 200, chosen.text
    return here


@pytest.mark.parametrize("path", [USERS, f"{ROSTERING}/users", f"{V1P1}/nothing", "/nothing", "/api/users", "/favicon"])
def test_any_path_without_credentials(app: Flask, path: str) -> None:
    """A path is answered whether it is served or not, before credentials are checked."""
    here = using(app, status=418, body="teapot")

    answer = here.get(path)

    assert (answer.status_code, answer.text, named(answer)) == (418, "teapot", "respond")
    assert answer.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_any_method(app: Flask, method: str) -> None:
    """Any method is answered, also one that the path does not have."""
    here = using(app, status=202, headers={"X-Note": "first"})

    answer = here.send(method, f"{V1P1}/users")

    assert (answer.status_code, answer.headers["X-Note"], answer.text) == (202, "first", "")


@pytest.mark.parametrize("path", ["/", "/livez", "/readyz", "/openapi/v1p1.json", "/ui", "/docs", "/__admin/health"])
def test_never_on_our_own_paths(app: Flask, path: str) -> None:
    """The switchboard, the pages and the health checks are never replaced, also if the aim names them."""
    here = using(app, status=418, at={"path": [path, "*"]})

    assert here.get(path).status_code != 418
    assert named(here.get(path)) is None


def test_token_endpoint_by_its_path_only(app: Flask) -> None:
    """The token endpoint is answered if the aim names it."""
    everywhere, aimed = using(app, status=418), using(app, status=418, at={"path": "/oauth2/token"})

    answers = [here.send("POST", "/oauth2/token", data=GRANT, auth=CLIENT) for here in (everywhere, aimed)]

    assert [answer.status_code for answer in answers] == [200, 418]
    assert [everywhere.send(method, "/oauth2/token").status_code for method in ("GET", "HEAD")] == [405, 405]
    assert aimed.send("GET", "/oauth2/token").status_code == 418
    assert aimed.get(USERS).status_code == 401


@pytest.mark.parametrize(
    ("members", "type_", "text"),
    [
        ({"body": {"a": [1, {"b": "ü"}]}}, "application/json", '{"a":[1,{"b":"ü"}]}'),
        ({"body": [1, 2]}, "application/json", "[1,2]"),
        ({"body": "a;b,c|d@path=~%3B\r\n "}, "text/plain; charset=utf-8", "a;b,c|d@path=~%3B\r\n "),
        ({"body": "<p>", "headers": {"content-type": "text/html"}}, "text/html", "<p>"),
        ({"body": {"a": 1}, "headers": {"content-TYPE": "application/x+json"}}, "application/x+json", '{"a":1}'),
        ({"body": '{"a": 1}', "headers": ["Content-Type: application/json"]}, "application/json", '{"a": 1}'),
        ({"body": 5}, "text/plain; charset=utf-8", "5"),
    ],
)
def test_bodies(app: Flask, members: dict[str, Any], type_: str, text: str) -> None:
    """An object is JSON, a text is plain text, and a header says otherwise; nothing is lost on the way."""
    answer = using(app, **members).get(USERS)

    assert (answer.content_type, answer.text) == (type_, text)
    assert answer.headers["Content-Length"] == str(len(text.encode()))


def test_headers(app: Flask) -> None:
    """Headers are numbers or strings, several of one name too; a page that is no JSON runs no scripts."""
    headers = {"Retry-After": 7, "X-List": ["a, b", "c|d"], "Content-Type": "text/html"}
    here = using(app, status=503, headers=headers)

    answer = here.get(USERS)

    assert answer.headers["Retry-After"] == "7"
    assert answer.headers.getlist("X-List") == ["a, b", "c|d"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    text = "respond:status=503,headers=Retry-After: 7|X-List: a%2C b|X-List: c%7Cd|Content-Type: text/html"
    assert here.admin("GET", "/scenarios").get_json()["active"] == [text]


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        ("id={sourcedId}", f"{V1P1}/users/a%22b", 'id=a"b'),
        ({"user": {"sourcedId": "{sourcedId}"}}, f"{V1P1}/users/a%22b", '{"user":{"sourcedId":"a\\"b"}}'),
        ("{classSourcedId}/{sourcedId}", f"{V1P1}/classes/c1/students", "c1/{sourcedId}"),
        ("{schoolSourcedId}-{classSourcedId}", f"{V1P1}/schools/s/classes/c/students", "s-c"),
        ("{sourcedId}{x}{path}{0}{{sourcedId}}", f"{V1P1}/users/u", "u{x}{path}{0}{u}"),
        ("{sourcedId}", "/api/users/u", "{sourcedId}"),
        ("{sourcedId}", USERS, "{sourcedId}"),
    ],
)
def test_templates(app: Flask, body: Any, path: str, expected: str) -> None:
    """The parameters of the path stand in the body by their names in the standard, and nothing else does."""
    assert using(app, body=body).get(path).text == expected


def test_aims_and_other_scenarios(app: Flask) -> None:
    """It takes an aim, and others that are aimed at the path act on its answer."""
    here = tenant(app)
    respond = {"scenario": "respond", "body": {"a": [1, 2, 3]}, "at": {"path": "/graph/*", "after": 1, "times": 1}}
    here.admin("PUT", "/scenarios", {"active": [respond, "truncated-json@path=/graph/*", "server-error"]})

    answers = [here.get("/graph/users") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [404, 200, 404]
    assert named(answers[1]) == "respond, truncated-json"
    assert answers[1].text == '{"a":['


def test_doors(app: Flask) -> None:
    """Short ones are written as a spec, by any door."""
    spec = "respond:status=418,body=teapot"
    header, path = tenant(app), Tenant(app, by_path(spec))
    header.spec = spec
    token = tenant(app)
    token.bearer = token.token((f"scenario:{spec}@path=/users", "any")).get_json()["access_token"]

    for here in (header, path, token):
        assert (here.get(USERS).status_code, here.get(USERS).text) == (418, "teapot")
    assert token.get(f"{V1P1}/orgs").status_code == 200


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_header_beyond_ascii(app: Flask, encoding: str) -> None:
    """A header in UTF-8, as curl sends it, or in Latin-1, as Python does, is read as it was written."""
    here = tenant(app)
    here.spec = "respond:body=Zoé".encode(encoding).decode("latin-1")

    assert here.get(USERS).text == "Zoé"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"status": 199}, "respond:status: '199' is not a whole number of at least 200"),
        ({"headers": {"Content-Length": "5"}}, "Content-Length is set by the server"),
        ({"headers": {"transfer-encoding": "chunked"}}, "transfer-encoding is set by the server"),
        ({"headers": ["connection : close"]}, "connection is set by the server"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "has a line break"),
        ({"headers": {"X-A": "\u2013"}}, "beyond Latin-1"),
        ({"headers": {"X-A\r\nX-B": "b"}}, "is not the name of a header"),
        ({"headers": {"X:A": "b"}}, "is not the name of a header"),
        ({"headers": {"X-A": {}}}, "X-A must be a string"),
        ({"headers": {"X-A": [None]}}, "X-A must be a string"),
        ({"headers": "X-A"}, "'X-A' is not a header such as X-Note: first"),
        ({"headers": 5}, "'5' is not a header"),
        ({"headers": []}, "respond:headers: the array is empty"),
        ({"headers": None}, "respond:headers: null is not a string, or an array of strings"),
        ({"headers": {"X-A": "a" * MOST_HEADERS}}, f"more than {MOST_HEADERS} characters"),
        ({"body": "ü" * (MOST_BODY // 2 + 1)}, f"{MOST_BODY} are the most"),
        ({"body": {"a": "x" * MOST_BODY}}, f"{MOST_BODY} are the most"),
        ({"body": "{sourcedId}" * (MOST_TEMPLATES + 1)}, f"more than {MOST_TEMPLATES} templates"),
        ({"body": True}, "respond:body: true is not a string or a number"),
        ({"body": None}, "respond:body: null is not a string or a number"),
        ({"status": 204, "body": "x"}, "a response with the status 204 has no body"),
        ({"bdy": "x"}, "respond has no parameter 'bdy'; did you mean 'body'?"),
    ],
)
def test_refused(app: Flask, members: dict[str, Any], message: str) -> None:
    """A response that cannot be sent is refused with a message."""
    item = {"scenario": "respond", **members}

    answer = tenant(app).admin("PUT", "/scenarios", {"active": [item]})

    assert answer.status_code == 400
    assert message in answer.get_json()["statusInfoSet"][0]["imsx_description"]
    with pytest.raises(ConfigurationError):
        canonical([item])


def test_largest_body(app: Flask) -> None:
    """A body of 1 MB is kept and sent whole, and is parsed once."""
    body = "é%;" * (MOST_BODY // 4)
    here = using(app, body=body)
    (text,) = here.admin("GET", "/scenarios").get_json()["active"]

    assert here.get(USERS).text == body
    assert parse_scenarios([text])[0].scenario is parse_scenarios([text])[0].scenario


def test_over_sockets() -> None:
    """Our own server sends it as it was written, also without a body, and keeps the connection in order."""
    with served("--students", "1") as running:
        teapot, headers, body = running.ask("GET", "/x", **{HEADER: "respond:status=418,body=teapot"})
        none, bare, nothing = running.ask("GET", "/x", **{HEADER: "respond:status=204"})
        kept, _, _ = running.ask("HEAD", USERS, **{HEADER: "respond:status=304"})

    assert (teapot, body, headers["content-length"]) == (418, b"teapot", "6")
    assert (none, nothing, "content-type" in bare, "content-length" in bare) == (204, b"", False, False)
    assert kept == 304


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_pages_of_other_origins(app: Flask, headers: dict[str, str]) -> None:
    """The page of another origin cannot make the server say what the page likes, by a base path."""
    here = Tenant(app, by_path("respond:headers=Set-Cookie: a=b,body=x"))

    answers = [here.get("/x", headers=headers), here.get("/x")]

    assert [answer.status_code for answer in answers] == [403, 200]
    assert ["Set-Cookie" in answer.headers for answer in answers] == [False, True]


def test_pages_that_cors_invites() -> None:
    """A page that ``--cors`` names gets the response."""
    here = Tenant(make_app(students=1, cors=("http://page.example",)), by_path("respond:body=x"))

    assert here.get("/x", headers={"Origin": "http://page.example"}).text == "x"
