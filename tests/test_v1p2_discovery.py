"""Clients of 1.2 discover the OpenAPI document of each service, without a token, under both names that are in use."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Api, make_app
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from v1p2 import HOST, facts, minor, name
from werkzeug.test import Client

from mockroster.standard.model import Service
from mockroster.standard.v1p2.operations import SERVICES

Document = dict[str, Any]

NAMES = [
    (service, f"{service.base}/discovery/{document}.json") for service in SERVICES for document in service.documents
]


@pytest.mark.parametrize(("service", "path"), NAMES, ids=name)
def test_without_a_token(app: Flask, service: Service, path: str) -> None:
    """A document is found before there is any token, as JSON, and is the same as under ``/openapi/``."""
    anonymous = Client(app)

    found = anonymous.get(path)
    same = anonymous.get(f"/openapi/{service.name}.json")

    assert found.status_code == same.status_code == 200
    assert found.content_type == "application/json"
    assert found.data == same.data


def test_every_name_of_the_facts_is_served(app: Flask) -> None:
    """Both names of each service answer."""
    expected = [one["path"] for service in facts()["services"].values() for one in service["discovery_paths"]]

    answers = {path: Client(app).get(path).status_code for path in expected}

    assert len(answers) == 6
    assert set(answers.values()) == {200}


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_a_document_is_valid(api: Api, service: Service) -> None:
    """The discovered document is valid OpenAPI 3.1."""
    document = api.get(f"{HOST}/openapi/{service.name}.json").get_json()

    validate(document, cls=OpenAPIV31SpecValidator)

    assert document["openapi"] == "3.1.0"


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_it_names_the_server_that_was_asked(app: Flask, service: Service) -> None:
    """``servers`` is the base of the service at the address under which the client came."""
    path = f"{service.base}/discovery/{service.documents[0]}.json"

    first = Client(app).get(path, base_url="http://sis.example.org:8443").get_json()
    second = Client(app).get(path, base_url="https://127.0.0.1").get_json()

    assert first["servers"] == [{"url": f"http://sis.example.org:8443{service.base}"}]
    assert second["servers"] == [{"url": f"https://127.0.0.1{service.base}"}]
    assert token_url(first) == "http://sis.example.org:8443/oauth2/token"
    assert token_url(second) == "https://127.0.0.1/oauth2/token"
    assert first["paths"] == second["paths"]


@pytest.mark.parametrize("https", [False, True])
@pytest.mark.parametrize(
    "prefix", ["", "/sandboxes/found", "/scenarios/flaky:every=1", "/sandboxes/found/scenarios/no-link;no-total-count"]
)
@pytest.mark.parametrize(("service", "path"), NAMES, ids=name)
def test_addresses_are_those_that_were_asked(app: Flask, service: Service, path: str, prefix: str, https: bool) -> None:
    """Server and token URL are absolute, below the sandbox and the scenarios asked, with https where it was https.

    All else is that of the document at ``/openapi/``, which is valid.
    """
    origin = "https://sis.example.org" if https else "http://sis.example.org:8443"
    plain = Client(app).get(f"/openapi/{service.name}.json", base_url=origin).text

    document = Client(app).get(prefix + path, base_url=origin)

    assert document.get_json()["servers"] == [{"url": f"{origin}{prefix}{service.base}"}]
    assert token_url(document.get_json()) == f"{origin}{prefix}/oauth2/token"
    assert document.text.replace(f"{origin}{prefix}/", f"{origin}/") == plain


def token_url(document: Document) -> str:
    """Return the token URL of a document."""
    url = document["components"]["securitySchemes"]["OAuth2"]["flows"]["clientCredentials"]["tokenUrl"]
    assert isinstance(url, str)
    return url


def test_a_discovered_token_url_gives_a_token_for_the_sandbox_asked(app: Flask) -> None:
    """A client that knows nothing but the discovery document of a sandbox gets in there, and its scenarios act."""
    client = Client(app)
    rostering = SERVICES[0]
    path = f"/sandboxes/lives-here/scenarios/no-link{rostering.base}/discovery/{rostering.documents[0]}.json"
    document = client.get(HOST + path).get_json()

    granted = client.post(
        token_url(document), data={"grant_type": "client_credentials"}, auth=("mockroster", "mockroster-secret")
    )
    headers = {"Authorization": f"Bearer {granted.get_json()['access_token']}"}
    read = client.get(document["servers"][0]["url"] + "/orgs", headers=headers)

    assert (granted.status_code, read.status_code) == (200, 200)
    assert read.headers["X-Mockroster-Scenario"] == "no-link"
    assert client.get(f"{HOST}{rostering.base}/orgs", headers=headers).status_code == 401


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_a_base_url_comes_before_the_host(service: Service) -> None:
    """With ``--base-url`` the document names that, whatever the request says."""
    app = make_app(students=1, base_url="https://sis.example.org/mock")
    path = f"{service.base}/discovery/{service.documents[1]}.json"

    document = Client(app).get(path, headers={"X-Forwarded-Host": "evil.example.org"}).get_json()

    assert document["servers"] == [{"url": f"https://sis.example.org/mock{service.base}"}]
    assert token_url(document) == "https://sis.example.org/mock/oauth2/token"


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_it_says_where_tokens_are_and_which_scopes_there_are(api: Api, service: Service) -> None:
    """The only scheme is OAuth 2 client credentials, with all scopes of the service and a token URL that answers."""
    document = api.get(f"{HOST}/openapi/{service.name}.json").get_json()

    (scheme,) = document["components"]["securitySchemes"].values()

    assert scheme["type"] == "oauth2"
    assert list(scheme["flows"]) == ["clientCredentials"]
    flow = scheme["flows"]["clientCredentials"]
    assert set(flow["scopes"]) == {scope for operation in service.operations for scope in operation.scopes}
    asked = api.send("POST", flow["tokenUrl"], data={"grant_type": "client_credentials"})
    assert asked.status_code == 401
    assert asked.get_json()["error"] == "invalid_client"


@pytest.mark.parametrize("service", SERVICES, ids=name)
def test_a_name_of_another_service_is_not_there(api: Api, service: Service) -> None:
    """A document is found under its own base only, and can only be read."""
    other = next(one for one in SERVICES if one is not service)

    wrong = api.get(f"{HOST}{service.base}/discovery/{other.documents[0]}.json")
    posted = api.send("POST", f"{HOST}{service.base}/discovery/{service.documents[0]}.json")

    assert minor(wrong, 404) == "unknownobject"
    assert minor(posted, 405) == "invaliddata"
