"""Helpers for the tests of OneRoster 1.2: addresses, facts, official documents, the form of errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from conftest import Api, shared
from flask import Flask
from jsonschema import FormatChecker
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from werkzeug.test import Client, TestResponse

from mockroster.standard.model import Operation, Service
from mockroster.standard.v1p2.operations import SERVICES

Json = dict[str, Any]

HOST = "http://localhost"
ROSTERING = f"{HOST}/ims/oneroster/rostering/v1p2"
GRADEBOOK = f"{HOST}/ims/oneroster/gradebook/v1p2"
RESOURCES = f"{HOST}/ims/oneroster/resources/v1p2"
V1P1 = f"{HOST}/ims/oneroster/v1p1"
SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/"

DOCUMENTS = {
    "rostering": "onerosterv1p2rostersservice_openapi3_v1p0.json",
    "gradebook": "onerosterv1p2gradebookservice_openapi3_v1p0.json",
    "resources": "onerosterv1p2resourcesservice_openapi3_v1p0.json",
}
"""The files of 1EdTech by the names of the services."""

OPERATIONS = [(service, operation) for service in SERVICES for operation in service.operations]
READS = [(service, operation) for service, operation in OPERATIONS if operation.method == "GET"]
COLLECTIONS = [(service, operation) for service, operation in READS if operation.kind == "collection"]


def name(value: object) -> str:
    """Return the id of a parameter of a test."""
    return value.name if isinstance(value, Service | Operation) else str(value)


@cache
def facts() -> Json:
    """Return the facts of OneRoster 1.2 that were gathered independently of the product."""
    document: Json = json.loads(shared("spec", "oneroster-1.2.json").read_text())
    return document


@cache
def official(service: str) -> Json:
    """Return the OpenAPI document that 1EdTech publishes for a service."""
    document: Json = json.loads(shared("spec", "openapi", DOCUMENTS[service]).read_text())
    return document


def url(service: Service, path: str) -> str:
    """Return the address of a path of a service."""
    return HOST + service.base + path


def minor(response: TestResponse, status: int) -> str:
    """Check that an answer is an error of 1.2 with that status, and return its code minor."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/json"
    body = response.get_json()
    assert list(body) == ["imsx_codeMajor", "imsx_severity", "imsx_description", "imsx_CodeMinor"]
    assert (body["imsx_codeMajor"], body["imsx_severity"]) == ("failure", "error")
    assert body["imsx_description"]
    (entry,) = body["imsx_CodeMinor"]["imsx_codeMinorField"]
    assert list(entry) == ["imsx_codeMinorFieldName", "imsx_codeMinorFieldValue"]
    assert entry["imsx_codeMinorFieldName"] == "TargetEndSystem"
    value: str = entry["imsx_codeMinorFieldValue"]
    return value


def description(response: TestResponse) -> str:
    """Return the sentence of an error."""
    text: str = response.get_json()["imsx_description"]
    return text


def active(rows: list[Json]) -> list[Json]:
    """Return the rows that are not ``tobedeleted``."""
    return [row for row in rows if row["status"] == "active"]


def spread(rows: list[Any], number: int) -> list[Any]:
    """Return so many rows, from the first to the last."""
    return rows[:: max(len(rows) // number, 1)][:number]


def paths(api: Api, operation: Operation, number: int = 5) -> list[str]:
    """Return the path of an operation for several existing records, read through 1.2."""
    return list(dict.fromkeys(islice(_paths(api, operation), number)))


def _paths(api: Api, operation: Operation) -> Iterator[str]:
    if not operation.parameters:
        yield operation.path
    elif operation.kind in {"single", "put", "delete"}:
        segment = operation.path.split("/")[1]
        base = next(base for base in SERVICES if any(one.path == f"/{segment}" for one in base.operations))
        for row in spread(whole(api, url(base, f"/{segment}")), 5):
            yield operation.path.format(sourcedId=row["sourcedId"])
    else:
        for known in _parents(api, operation.parameters):
            yield operation.path.format(**known)


def _parents(api: Api, parameters: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Yield values for the parameters of a nested path, of records that belong together."""
    alone = {
        "schoolSourcedId": "/schools",
        "courseSourcedId": "/courses",
        "termSourcedId": "/terms",
        "studentSourcedId": "/students",
        "teacherSourcedId": "/teachers",
        "userSourcedId": "/users",
    }
    if len(parameters) == 1 and parameters[0] in alone:
        for row in spread(active(whole(api, ROSTERING + alone[parameters[0]])), 8):
            yield {parameters[0]: row["sourcedId"]}
        return
    items = active(whole(api, f"{GRADEBOOK}/lineItems"))
    classes = {row["sourcedId"]: row for row in whole(api, f"{ROSTERING}/classes")}
    results = {row["lineItem"]["sourcedId"]: row for row in active(whole(api, f"{GRADEBOOK}/results"))}
    for item in spread([item for item in items if item["sourcedId"] in results], 8):
        class_ = classes[item["class"]["sourcedId"]]
        yield {
            "classSourcedId": class_["sourcedId"],
            "schoolSourcedId": class_["school"]["sourcedId"],
            "lineItemSourcedId": item["sourcedId"],
            "studentSourcedId": results[item["sourcedId"]]["student"]["sourcedId"],
            "academicSessionSourcedId": class_["terms"][0]["sourcedId"],
        }


def whole(api: Api, address: str) -> list[Json]:
    """Return a whole collection, read once for each client."""
    kept = api._all
    if address not in kept:
        kept[address] = api.rows(address)
    return kept[address]


def fullest(api: Api, service: Service, operation: Operation) -> str:
    """Return the address of a collection read, below the parent that has most, of several."""
    return max((url(service, path) for path in paths(api, operation, 8)), key=lambda address: len(whole(api, address)))


def with_scopes(app: Flask, *scopes: str) -> Api:
    """Return a client whose token has these scopes of 1.2 only, given by their last part."""
    form = {"grant_type": "client_credentials", "scope": " ".join(SCOPE + scope for scope in scopes)}
    response = Client(app).post("/oauth2/token", data=form, auth=("mockroster", "mockroster-secret"))
    assert response.status_code == 200, response.text
    return Api(app, response.get_json()["access_token"])


def without_token(app: Flask) -> Api:
    """Return a client whose token was never issued."""
    return Api(app, "nobody-issued-this")


_FORMATS = FormatChecker()
_FORMATS.checkers |= oas30_format_checker.checkers


@_FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    parts = urlsplit(str(value))
    return bool(parts.scheme and (parts.netloc or parts.path))


@cache
def validator(service: str, schema: str) -> OAS30Validator:
    """Return the validator of a schema of an official document, given by its place in the document."""
    return OAS30Validator({"$ref": schema, "components": official(service)["components"]}, format_checker=_FORMATS)


def declared(service: Service, operation: Operation, status: int) -> str | None:
    """Return which schema the official document declares for an answer; nothing where it declares no body."""
    responses = official(service.name)["paths"][operation.path][operation.method.lower()]["responses"]
    response = responses.get(str(status)) or responses["default"]
    content = response.get("content")
    reference: str | None = content and content["application/json"]["schema"]["$ref"]
    return reference


def assert_official(service: Service, operation: Operation, response: TestResponse) -> None:
    """Check that an answer is what the official document declares for its status."""
    schema = declared(service, operation, response.status_code)
    if schema is None:
        assert response.data == b""
        assert "Content-Type" not in response.headers
        return
    assert response.content_type == "application/json"
    assert_valid(service.name, schema, response.get_json())


def assert_valid(service: str, schema: str, document: object) -> None:
    """Check that a document is valid against a schema of an official document."""
    faults = [f"{fault.json_path}: {fault.message[:200]}" for fault in validator(service, schema).iter_errors(document)]
    assert faults[:5] == []
