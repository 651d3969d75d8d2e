"""The OpenAPI document of each service, made from the tables when it is first asked for."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import orjson
from flask import Flask, request
from werkzeug.wrappers import Response

from mockroster import __version__
from mockroster.admin import switchboard
from mockroster.admin.address import root
from mockroster.render.answer import JSON, answer
from mockroster.spec.model import Operation, Resource, Service
from mockroster.spec.status import WARNING
from mockroster.web.json_schema import (
    STATUS_INFO_SET,
    Document,
    component,
    described,
    reference,
    reference_name,
    status_information,
)

_FAILURES = {
    "400": "a parameter that cannot be read",
    "401": "no token or signature, or not a good one",
    "403": "the token lacks the scope",
    "404": "no such record",
    "413": "the body is larger than 16 MB",
    "414": "the query is too long to be repeated in links",
    "415": "the body is not JSON",
    "422": "the body is not a record of the standard, or refers to nothing",
    "429": "too many requests",
    "500": "a failure that was ordered",
}


def register(app: Flask, services: tuple[Service, ...]) -> None:
    """Add the routes of each document: under ``/openapi/``, and where clients of 1.2 discover it."""

    def view(service: Service) -> Response:
        document = _document(service) | {"servers": [{"url": root(request.environ) + service.base}]}
        return Response(orjson.dumps(document), content_type=JSON)

    def admin() -> Response:
        return answer(switchboard.document() | {"servers": [{"url": root(request.environ)}]})

    app.add_url_rule("/openapi/admin.json", "openapi.admin", admin, provide_automatic_options=False)
    for service in services:
        discovery = (f"{service.base}/discovery/{name}.json" for name in service.documents)
        for path in (f"/openapi/{service.name}.json", *discovery):
            app.add_url_rule(path, path, partial(view, service), provide_automatic_options=False)


@cache
def _document(service: Service) -> Document:
    """Return the document of a service, without its servers. apispec is imported only when someone asks."""
    from apispec import APISpec
    from apispec.ext.marshmallow import MarshmallowPlugin

    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    licence = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    spec = APISpec(service.title, __version__, "3.1.0", info={"license": licence}, plugins=[plugin])
    plugin.converter.add_attribute_function(described)  # type: ignore[union-attr] # APISpec has just made it
    _add_components(spec, service)
    for operation in service.all_operations:
        spec.path(path=operation.path, operations={operation.method.lower(): _operation(service, operation)})
    return spec.to_dict()


def _name(schema: Any) -> str:
    """Return what a schema class is called among the components."""
    class_ = schema if isinstance(schema, type) else type(schema)
    return class_.__name__


def _add_components(spec: Any, service: Service) -> None:
    """Add what the operations of a service refer to."""
    resources = {operation.resource.name: operation.resource for operation in service.all_operations}
    for type_ in next(iter(resources.values())).model.referable:
        spec.components.schema(reference_name(type_), reference(type_))
    for resource in resources.values():
        spec.components.schema(_name(resource.model), schema=resource.model)
    name, schema = status_information(service)
    spec.components.schema(name, schema)
    for parameter, described_as in _parameters(service).items():
        spec.components.parameter(parameter, "query", described_as)
    for status, description in (_FAILURES | {"default": "any other failure"}).items():
        content = {JSON: {"schema": {"$ref": component(name)}}}
        spec.components.response(status, {"description": description, "content": content})
    scopes = sorted({scope for operation in service.all_operations for scope in operation.scopes})
    flow = {"tokenUrl": "/oauth2/token", "scopes": {scope: scope.rsplit("/", 1)[1] for scope in scopes}}
    spec.components.security_scheme("OAuth2", {"type": "oauth2", "flows": {"clientCredentials": flow}})


def _parameters(service: Service) -> dict[str, Document]:
    """Return the query parameters (section 3.4); 1.2 declares ``fields`` as an array, and reads a comma list too."""
    names: Document = {"type": "string"}
    if service.version not in WARNING:
        names = {"type": "array", "items": {"type": "string"}}
    return {
        "limit": {"schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1, "default": 100}},
        "offset": {"schema": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}},
        "sort": {"schema": {"type": "string"}, "description": "a member, dotted ones too"},
        "orderBy": {"schema": {"type": "string", "enum": ["asc", "desc"]}},
        "filter": {"schema": {"type": "string"}, "description": "such as status='active' AND title~'art'"},
        "fields": {"schema": names, "description": "the members to answer with"},
    }


def _operation(service: Service, operation: Operation) -> Document:
    path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in operation.parameters
    ]
    document: Document = {
        "operationId": operation.name,
        "summary": operation.purpose,
        "parameters": path + list(operation.query),
        "security": [{"OAuth2": [scope]} for scope in operation.scopes],
        "responses": _successes(service, operation) | {status: status for status in _statuses(operation)},
    }
    if operation.kind in {"put", "post"}:
        schema = _wrapper(operation.resource, many=operation.kind == "post")
        schema["additionalProperties"] = False
        document["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return document


def _statuses(operation: Operation) -> list[str]:
    own = {
        "put": ["413", "415", "422"],
        "post": ["404", "413", "415", "422"],
        "delete": ["404"],
        "single": ["400", "404"],
        "collection": ["400", "404", "414"],
    }
    return sorted({"401", "403", "429", "500", "default", *own[operation.kind]})


def _wrapper(resource: Resource, *, many: bool) -> Document:
    """Return the schema of records in their wrapper."""
    one: Document = {"$ref": component(_name(resource.model))}
    name = resource.collection if many else resource.name
    held: Document = {"type": "array", "items": one} if many else one
    return {"type": "object", "required": [name], "properties": {name: held}}


def _successes(service: Service, operation: Operation) -> dict[str, Document]:
    if operation.kind == "delete":
        return {"204": {"description": "it is gone"}}
    if operation.kind == "put":
        statuses = sorted({"201", str(operation.replaced)})
        return {
            status: {"description": "it is created" if status == "201" else "it is replaced"} for status in statuses
        }
    if operation.kind == "post":
        return {"201": {"description": "they are created", "content": {JSON: {"schema": _PAIRS}}}}
    return {"200": _read(service, operation)}


_PAIRS: Document = {
    "type": "object",
    "required": ["sourcedIdPairs"],
    "additionalProperties": False,
    "properties": {
        "sourcedIdPairs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["suppliedSourcedId", "allocatedSourcedId"],
                "additionalProperties": False,
                "properties": {"suppliedSourcedId": {"type": "string"}, "allocatedSourcedId": {"type": "string"}},
            },
        }
    },
}


def _read(service: Service, operation: Operation) -> Document:
    many = operation.kind == "collection"
    schema = _wrapper(operation.resource, many=many)
    if service.version in WARNING:
        schema["properties"]["statusInfoSet"] = STATUS_INFO_SET
    else:
        schema["additionalProperties"] = False
    headers: Document = {"X-Total-Count": {"schema": {"type": "integer"}, "description": "records in all"}}
    if many:
        headers["Link"] = {"schema": {"type": "string"}, "description": "next, last, first and prev page"}
    return {"description": operation.purpose, "headers": headers, "content": {JSON: {"schema": schema}}}
