"""The page at ``/``, for people and for programs, and the two paths that a supervisor asks."""

from __future__ import annotations

import html
import re

import pytest
from conftest import Api, make_app

from mockroster import __version__


@pytest.mark.parametrize(
    "accept", ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html;q=0.9,application/json;q=0.1"]
)
def test_page_for_people(accept: str, api: Api) -> None:
    """A browser gets a page with the address, the client, the counts and a line to paste."""
    response = api.app.test_client().get("/", headers={"Accept": accept, "Host": "sis.test:99"})

    assert response.status_code == 200
    assert response.content_type == "text/html; charset=utf-8"
    page = html.unescape(response.text)
    for shown in (
        "http://sis.test:99/ims/oneroster/v1p1",
        "http://sis.test:99/oauth2/token",
        "curl",
        "mockroster",
        "users",
        "generated",
        "http://sis.test:99/scenarios/<spec>/",
        "http://sis.test:99/sandboxes/<name>/",
        "http://sis.test:99/__admin/health",
        "http://sis.test:99/openapi/admin.json",
    ):
        assert shown in page
    for link in re.findall(r'href="http://sis\.test:99([^"]*)"', response.text):
        assert api.app.test_client().get(link).status_code == 200, link


@pytest.mark.parametrize(
    "accept", [None, "*/*", "application/json", "text/plain", "application/json,text/html;q=0.9", ";;"]
)
def test_json_for_programs(accept: str | None, api: Api) -> None:
    """Anything else gets the same as JSON."""
    headers = {} if accept is None else {"Accept": accept}

    response = api.app.test_client().get("/", headers=headers)

    assert response.status_code == 200
    assert response.content_type == "application/json"
    document = response.get_json()
    assert document["version"] == __version__
    assert "http://localhost/ims/oneroster/v1p1" in document["bases"].values()
    assert document["token_url"] == "http://localhost/oauth2/token"
    assert document["counts"]["users"] == len(api.all("users"))


@pytest.mark.parametrize("host", ["<script>alert(1)</script>", '"><img src=x>', "a'b"])
def test_host_cannot_put_anything_into_the_page(host: str, api: Api) -> None:
    """A value in Host is refused or escaped."""
    response = api.app.test_client().get("/", headers={"Accept": "text/html", "Host": host})

    assert response.status_code == 400
    assert host not in response.text


def test_client_ids_are_escaped_and_secrets_not_shown() -> None:
    """A client id with angles is text on the page; no secret is on it."""
    app = make_app(students=1, client=(("<b>me</b>", "hush-hush"),))

    response = app.test_client().get("/", headers={"Accept": "text/html"})

    assert "<b>me</b>" not in response.text
    assert "<b>me</b>" in html.unescape(response.text)
    assert "hush-hush" not in response.text


def test_without_access_control() -> None:
    """Under --no-auth the page says that no client is needed, and data come without a token."""
    client = make_app(students=1, no_auth=True).test_client()

    assert "token" not in client.get("/").get_json()["example"].lower()
    assert client.get("/ims/oneroster/v1p1/users").status_code == 200


def test_command_to_paste(api: Api) -> None:
    """The command on the page is whole where the client is the one that every server has by default."""
    example = api.app.test_client().get("/").get_json()["example"]

    assert "-u mockroster:mockroster-secret " in example
    assert "ID:SECRET" not in example
    assert "\n" not in example


def test_command_to_paste_with_a_client_of_ones_own() -> None:
    """The secret of another client is not shown: curl asks for it, because there is only the id."""
    client = make_app(students=1, client=(("it's me", "hush-hush"),)).test_client()

    example = client.get("/").get_json()["example"]

    assert """-u 'it'"'"'s me' -d""" in example


def test_fixed_base_url_on_the_page() -> None:
    """With --base-url the page shows it."""
    client = make_app(students=1, base_url="https://sis.example.org/x").test_client()

    assert client.get("/").get_json()["token_url"] == "https://sis.example.org/x/oauth2/token"


def test_page_in_a_sandbox_with_scenarios(api: Api) -> None:
    """The page shows existing addresses: its own below the sandbox, other doors below the server."""
    facts = api.app.test_client().get("/sandboxes/mine/scenarios/flaky:every=1000/").get_json()

    assert facts["switchboard"] == "http://localhost/sandboxes/mine/scenarios/flaky:every=1000/__admin"
    assert facts["scenarios"] == "http://localhost/scenarios/<spec>"
    assert api.app.test_client().get(facts["health"]).get_json()["sandbox"].startswith("mine")


def test_page_of_fixtures() -> None:
    """With fixtures the page does not call the data generated."""
    client = make_app(fixtures=('{"orgs": []}',)).test_client()

    page = client.get("/", headers={"Accept": "text/html"}).text

    assert "with fixtures" in page
    assert "generated" not in page


def test_livez(api: Api) -> None:
    """/livez answers without a token."""
    response = api.app.test_client().get("/livez")

    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.get_json() == {"status": "up", "version": __version__}


@pytest.mark.parametrize("path", ["/", "/livez", "/readyz"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_read_only(path: str, method: str, api: Api) -> None:
    """They are for reading: anything else is 405 as JSON."""
    response = api.app.test_client().open(path, method=method)

    assert response.status_code == 405
    assert response.content_type == "application/json"
    assert "GET" in response.headers["Allow"]
