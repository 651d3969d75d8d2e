"""The OpenAPI document of each service, made from the tables when it is first asked for."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from flask import Flask, Response

from mockroster import __version__
from mockroster.spec import fields
from mockroster.spec.model import QUERY, Operation, Resource, Service
from mockroster.web.address import root
from mockroster.web.views import JSON

Document = dict[str, Any]

_PARAMETERS: dict[str, Document] = {
    "limit": {"schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1, "default": 100}},
    "offset": {"schema": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}},
    "sort": {"schema": {"type": "string"}, "description": "a member, dotted ones too; an unknown one is a warning"},
    "orderBy": {"schema": {"type": "string", "enum": ["asc", "desc"], "default": "asc"}},
    "filter": {"schema": {"type": "string"}, "description": "such as status='active' AND role='student'"},
    "fields": {"schema": {"type": "string"}, "description": "members to answer with, commas between"},
}

_FAILURES = {
    400: "a parameter or body that cannot be read",
    401: "no token or signature, or not a good one",
    403: "the token lacks the scope",
    404: "no such record",
    413: "the body is larger than 16 MB",
    415: "the body is not JSON",
    422: "the record breaks the schema, or refers to nothing",
    429: "too many requests",
    500: "a failure that a scenario ordered",
}


def register(app: Flask, services: tuple[Service, ...]) -> None:
    """Add a route for the document of each service."""

    def view(name: str) -> Response:
        service = next(service for service in services if service.name == name)
        document = _document(service) | {"servers": [{"url": root() + service.base}]}
        return Response(orjson.dumps(document), content_type=JSON)

    names = ",".join(service.name for service in services)
    app.add_url_rule(f"/openapi/<any({names}):name>.json", "openapi", view, provide_automatic_options=False)


@cache
def _document(service: Service) -> Document:
    """Return the document of a service, without its servers. apispec is imported only when someone asks."""
    from apispec import APISpec
    from apispec.ext.marshmallow import MarshmallowPlugin

    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(service.title, __version__, "3.1.0", info={"license": _LICENCE}, plugins=[plugin])
    plugin.converter.add_attribute_function(_described)  # type: ignore[union-attr] # APISpec has just made it
    _add_components(spec, service)
    for operation in service.all_operations:
        spec.path(path=operation.path, operations={operation.method.lower(): _operation(operation)})
    return spec.to_dict()


_LICENCE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


def _name(schema: Any) -> str:
    """Return the name of a schema class among the components."""
    class_ = schema if isinstance(schema, type) else type(schema)
    return class_.__name__


def _add_components(spec: Any, service: Service) -> None:
    resources = {operation.resource.name: operation.resource for operation in service.all_operations}
    for resource in resources.values():
        spec.components.schema(_name(resource.model), schema=resource.model)
    for type_ in next(iter(resources.values())).model.referable:
        spec.components.schema(_reference_name(type_), _reference(type_))
    spec.components.schema("StatusInfoSet", _STATUS_INFO_SET)
    for name in QUERY["collection"]:
        spec.components.parameter(name, "query", _PARAMETERS[name])
    for status, description in _FAILURES.items():
        schema = {"type": "object", "properties": {"statusInfoSet": {"$ref": _schema("StatusInfoSet")}}}
        spec.components.response(str(status), {"description": description, "content": {JSON: {"schema": schema}}})
    scopes = sorted({scope for operation in service.all_operations for scope in operation.scopes})
    flow = {"tokenUrl": "/oauth2/token", "scopes": {scope: scope.rsplit("/", 1)[1] for scope in scopes}}
    spec.components.security_scheme("OAuth2", {"type": "oauth2", "flows": {"clientCredentials": flow}})


_STATUS_INFO_SET: Document = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["imsx_codeMajor", "imsx_severity"],
        "properties": {
            "imsx_codeMajor": {"type": "string", "enum": ["success", "failure"]},
            "imsx_severity": {"type": "string", "enum": ["status", "warning", "error"]},
            "imsx_messageRefIdentifier": {"type": "string"},
            "imsx_operationRefIdentifier": {"type": "string"},
            "imsx_description": {"type": "string"},
            "imsx_codeMinor": {"type": "string"},
        },
    },
}


def _schema(name: str) -> str:
    return f"#/components/schemas/{name}"


def _reference_name(type_: str) -> str:
    return f"{type_[0].upper()}{type_[1:]}Ref"


def _reference(type_: str) -> Document:
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "required": ["href", "sourcedId", "type"],
        "additionalProperties": False,
        "properties": {"href": {"type": "string", "format": "uri"}, "sourcedId": text, "type": {"const": type_}},
    }


_FORMS: dict[type[fields.Member], Document] = {
    fields.Timestamp: {"type": "string", "format": "date-time", "pattern": r"^.{23}Z$"},
    fields.Date: {"type": "string", "format": "date"},
    fields.Year: {"type": "string", "pattern": "^[0-9]{4}$"},
    fields.Vocabulary: {"type": "string"},
    fields.Text: {"type": "string", "minLength": 1},
    fields.Number: {"type": "number"},
    fields.JsonBoolean: {"type": "boolean"},
    fields.Metadata: {"type": "object", "additionalProperties": True},
}


def _described(_converter: Any, field: Any, **_kwargs: Any) -> Document:
    """Return what JSON Schema says of one of our fields."""
    if isinstance(field, fields.Ref):
        return {"$ref": _schema(_reference_name(field.type))}
    form = _FORMS.get(type(field), {})
    return form | {"maxLength": field.most} if isinstance(field, fields.Text) and field.most else form


def _operation(operation: Operation) -> Document:
    path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 255}}
        for name in operation.parameters
    ]
    described: Document = {
        "operationId": operation.name,
        "summary": operation.purpose,
        "parameters": path + list(operation.query),
        "security": [{"OAuth2": [scope]} for scope in operation.scopes],
        "responses": _successes(operation) | {str(status): str(status) for status in _statuses(operation)},
    }
    if operation.kind == "put":
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": _body(operation.resource)}}}
    return described


def _statuses(operation: Operation) -> list[int]:
    writes = {"put": [400, 413, 415, 422], "delete": [404], "single": [400, 404], "collection": [400, 404]}
    return sorted({401, 403, 429, 500, *writes[operation.kind]})


def _body(resource: Resource) -> Document:
    reference = {"$ref": _schema(_name(resource.model))}
    return {"type": "object", "required": [resource.name], "properties": {resource.name: reference}}


def _successes(operation: Operation) -> dict[str, Document]:
    if operation.kind == "delete":
        return {"204": {"description": "it is gone"}}
    if operation.kind == "put":
        return {"200": {"description": "it is replaced"}, "201": {"description": "it is created"}}
    return {"200": _read(operation)}


def _read(operation: Operation) -> Document:
    resource, many = operation.resource, operation.kind == "collection"
    wrapper = resource.collection if many else resource.name
    one = {"$ref": _schema(_name(resource.model))}
    schema = {
        "type": "object",
        "required": [wrapper],
        "properties": {
            wrapper: {"type": "array", "items": one} if many else one,
            "statusInfoSet": {"$ref": _schema("StatusInfoSet")},
        },
    }
    headers: Document = {"X-Total-Count": {"schema": {"type": "integer"}, "description": "records in all"}}
    if many:
        headers["Link"] = {"schema": {"type": "string"}, "description": "next, last, first and prev page"}
    return {"description": operation.purpose, "headers": headers, "content": {JSON: {"schema": schema}}}
