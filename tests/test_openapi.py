"""Our own OpenAPI document: valid, whole, derived from the tables, and true of what is served."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from conftest import Api, make_app
from jsonschema.validators import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from mockroster.spec.model import Operation
from mockroster.spec.v1p1.operations import SERVICE

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
    """Members, what is required and the enumerations of a model are those of its schema."""
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
