"""Our own OpenAPI document: valid, complete, derived from the tables, and true."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from conftest import Api, connected, make_app
from flask import Flask
from jsonschema.validators import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.test import Client

from mockroster.scenarios.pipeline import HEADER
from mockroster.standard.model import Operation, Service
from mockroster.standard.v1p1.operations import SERVICE
from mockroster.standard.versions import SCOPES
from mockroster.standard.versions import SERVICES as ALL_SERVICES

Json = dict[str, Any]


@pytest.fixture(scope="session")
def document(api: Api) -> Json:
    """Return the document as it is served, without a token."""
    response = api.app.test_client().get("/openapi/v1p1.json")
    assert response.status_code == 200
    assert response.content_type == "application/json"
    found: Json = response.get_json()
    return found


def described(document: Json, operation: Operation) -> Json:
    """Return what the document says of an operation."""
    found: Json = document["paths"][operation.path][operation.method.lower()]
    return found


def test_valid(document: Json) -> None:
    """It is OpenAPI 3.1."""
    OpenAPIV31SpecValidator(document).validate()

    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == SERVICE.title


def test_every_operation_is_there(document: Json) -> None:
    """It has each operation of the table and no other, by its name."""
    there = {
        (path, method.upper(), one["operationId"])
        for path, methods in document["paths"].items()
        for method, one in methods.items()
        if method in {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
    }

    assert there == {(one.path, one.method, one.name) for one in SERVICE.all_operations}


@pytest.mark.parametrize("operation", SERVICE.all_operations, ids=lambda operation: operation.name)
def test_operation(operation: Operation, document: Json) -> None:
    """Parameters, scopes and the success of an operation are those of the table."""
    said = described(document, operation)

    parameters = [
        document["components"]["parameters"][one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one
        for one in said["parameters"]
    ]
    assert [one["name"] for one in parameters if one["in"] == "path"] == list(operation.parameters)
    assert [one["name"] for one in parameters if one["in"] == "query"] == list(operation.query)
    assert {scope for one in said["security"] for scopes in one.values() for scope in scopes} == set(operation.scopes)
    assert len(said["security"]) == len(operation.scopes)
    expected = {"collection": {"200"}, "single": {"200"}, "put": {"200", "201"}, "delete": {"204"}}
    assert {status for status in said["responses"] if status.startswith("2")} == expected[operation.kind]
    assert {"401", "403", "500"} <= set(said["responses"])
    assert ("requestBody" in said) == (operation.kind == "put")


def test_scopes(document: Json) -> None:
    """The security scheme lists every scope, and the token URL that issues it."""
    flow = document["components"]["securitySchemes"]["OAuth2"]["flows"]["clientCredentials"]

    assert set(flow["scopes"]) == {scope for one in SERVICE.all_operations for scope in one.scopes}
    assert flow["tokenUrl"].endswith("/oauth2/token")


@pytest.mark.parametrize("operation", SERVICE.all_operations, ids=lambda operation: operation.name)
def test_models(operation: Operation, document: Json) -> None:
    """Members, required members and enumerations of a model are those of its schema."""
    reference = described(document, operation)
    if operation.kind == "delete":
        assert "content" not in reference["responses"]["204"]
        return
    if operation.kind == "put":
        holder = reference["requestBody"]["content"]["application/json"]["schema"]["properties"][
            operation.resource.name
        ]
    else:
        answer = reference["responses"]["200"]["content"]["application/json"]["schema"]
        many = operation.kind == "collection"
        holder = answer["properties"][operation.resource.collection if many else operation.resource.name]
        holder = holder["items"] if many else holder
    model = document["components"]["schemas"][holder["$ref"].rsplit("/", 1)[1]]

    members = operation.resource.schema.members

    assert set(model["properties"]) == set(members)
    instead = operation.resource.schema.instead
    assert set(model["required"]) == {name for name, field in members.items() if field.required} - instead.keys()
    assert model.get("anyOf", []) == [{"required": [name]} for pair in instead.items() for name in pair]
    for name, field in members.items():
        if hasattr(field, "words"):
            assert model["properties"][name]["enum"] == list(field.words)


@pytest.mark.parametrize("host", ["localhost", "sis.example.org:8443", "[::1]:80"])
def test_server_follows_host(host: str, api: Api) -> None:
    """The server URL is the address at which the document was asked for."""
    response = api.app.test_client().get("/openapi/v1p1.json", headers={"Host": host})

    assert response.get_json()["servers"] == [{"url": f"http://{host}{SERVICE.base}"}]


def test_server_of_a_fixed_base_url() -> None:
    """With --base-url the server URL begins with it."""
    response = make_app(students=1, base_url="https://a.example/x").test_client().get("/openapi/v1p1.json")

    assert response.get_json()["servers"] == [{"url": f"https://a.example/x{SERVICE.base}"}]


@pytest.mark.parametrize("path", ["/openapi/v1p9.json", "/openapi/", "/openapi/v1p1.yaml"])
def test_no_other_document(path: str, api: Api) -> None:
    """Another name is 404 as JSON."""
    response = api.app.test_client().get(path)

    assert response.status_code == 404
    assert response.content_type == "application/json"


TOP = [one for one in SERVICE.operations if one.kind == "collection" and not one.parameters]


@pytest.mark.parametrize("operation", TOP, ids=lambda operation: operation.name)
def test_every_record_is_as_described(operation: Operation, document: Json, api: Api) -> None:
    """Whole collections fit their description, formats of dates and addresses included."""
    answer = described(document, operation)["responses"]["200"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator(
        {**answer, "components": document["components"]}, format_checker=jsonschema.FormatChecker()
    )

    faults = list(validator.iter_errors(api.get(operation.path, limit=300).get_json()))

    assert faults == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/orgs?limit=x", 400),
        ("/orgs/x", 404),
        ("/orgs?filter=x='y'", 400),
        ("/orgs?sort=x", 200),
        ("/orgs?fields=x", 200),
    ],
)
def test_status_information_is_as_described(path: str, status: int, document: Json, api: Api) -> None:
    """Errors and warnings fit what the document says of their status, which demands status information."""
    operation = next(one for one in SERVICE.operations if one.name == ("getOrg" if status == 404 else "getAllOrgs"))
    said = described(document, operation)["responses"][str(status)]
    if "$ref" in said:
        said = document["components"]["responses"][said["$ref"].rsplit("/", 1)[1]]
    schema = {**said["content"]["application/json"]["schema"], "components": document["components"]}

    response = api.send("GET", path)

    assert response.status_code == status
    assert list(Draft202012Validator(schema).iter_errors(response.get_json())) == []
    broken = {**response.get_json(), "statusInfoSet": [{"imsx_codeMajor": "unknown"}]}
    assert list(Draft202012Validator(schema).iter_errors(broken))


PLAIN = {"Content-Type", "Content-Length"}
"""Headers that OpenAPI has no place for, or that are those of any answer."""


@pytest.fixture(scope="module")
def provoked() -> Api:
    """Return a client of an application whose operations are all asked in every wrong way."""
    return connected(make_app(students=5))


def provocations(operation: Operation, narrow: str) -> dict[str, dict[str, Any]]:
    """Return requests for an operation, by the status that each is to meet."""
    limit = "rate-limit:limit=0"
    sent: dict[str, dict[str, Any]] = {
        "400": {"headers": {HEADER: "flakky"}},
        "401": {"headers": {"Authorization": "Bearer nonsense"}},
        "403": {"headers": {"Authorization": f"Bearer {narrow}"}},
        "429": {"headers": {HEADER: limit}},
        "500": {"headers": {HEADER: "server-error"}},
    }
    if operation.method in {"PUT", "POST"}:
        sent["413"] = {"environ_overrides": {"CONTENT_LENGTH": str(2**25)}, "content_type": "application/json"}
        sent["415"] = {"data": "x", "content_type": "text/plain"}
        sent["422"] = {"data": "{}", "content_type": "application/json"}
    if operation.kind in {"single", "delete"} or operation.parents:
        # A POST looks at its body before its parents, and one that is good is another for each operation.
        sent |= {} if operation.kind == "post" else {"404": {}}
    return sent


@pytest.mark.parametrize(
    ("service", "operation"),
    [(service, operation) for service in ALL_SERVICES for operation in service.all_operations],
    ids=lambda value: value.name,
)
def test_every_status_and_header_is_declared(service: Service, operation: Operation, provoked: Api) -> None:
    """Each answer of an operation has a status that the document declares, and no header that it does not."""
    document = provoked.app.test_client().get(f"/openapi/{service.name}.json").get_json()
    declared = document["paths"][operation.path][operation.method.lower()]["responses"]
    path = service.base + re.sub(r"{\w+}", "nobody", operation.path)
    other = next(scope for scope in SCOPES if scope not in operation.scopes)
    narrow = token_with(provoked.app, other)

    for status, request in provocations(operation, narrow).items():
        response = provoked.send(operation.method, "http://localhost" + path, **request)

        assert str(response.status_code) == status, (status, response.text)
        headers = resolved(document, declared[status])["headers"]
        assert {name for name, _ in response.headers} - PLAIN <= headers.keys()
        assert ("WWW-Authenticate" in response.headers) == (status == "401")
        assert ("Retry-After" in response.headers) == (status == "429")


@pytest.mark.parametrize(
    ("service", "operation"),
    [(s, one) for s in ALL_SERVICES for one in s.operations if one.kind == "collection" and not one.parents],
    ids=lambda value: value.name,
)
def test_every_header_of_a_page_is_declared(service: Service, operation: Operation, provoked: Api) -> None:
    """A page has the headers that the document declares for it, and no other."""
    document = provoked.app.test_client().get(f"/openapi/{service.name}.json").get_json()
    declared = document["paths"][operation.path]["get"]["responses"]["200"]["headers"]

    response = provoked.send("GET", f"http://localhost{service.base}{operation.path}?limit=1")

    assert response.status_code == 200
    assert {name for name, _ in response.headers} - PLAIN == declared.keys() - {HEADER}


def token_with(app: Flask, scope: str) -> str:
    """Return a token that has one scope."""
    form = {"grant_type": "client_credentials", "scope": scope}
    granted = Client(app).post("/oauth2/token", data=form, auth=("mockroster", "mockroster-secret"))
    token: str = granted.get_json()["access_token"]
    return token


def resolved(document: Json, node: Json) -> Json:
    """Return what a reference in the document leads to."""
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node
