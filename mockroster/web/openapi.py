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
from mockroster.scenarios.acting import HEADER
from mockroster.standard.model import Operation, Resource, Service
from mockroster.standard.status import WARNING
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
    "507": "the sandbox has taken in as much as it may",
}

_HEADERS: dict[str, Document] = {
    "X-Total-Count": {"schema": {"type": "integer", "minimum": 0}, "description": "how many records there are in all"},
    "Link": {"schema": {"type": "string"}, "description": "next, last, first and prev page (RFC 8288)"},
    "WWW-Authenticate": {"schema": {"type": "string"}, "description": "which credentials are needed (RFC 6750)"},
    "Retry-After": {"schema": {"type": "string"}, "description": "seconds to wait, or the date until which to wait"},
    HEADER: {"schema": {"type": "string"}, "description": "the scenarios that had a hand in the answer, if any had"},
}

_HEADERS_OF = {"401": ("WWW-Authenticate",), "429": ("Retry-After",)}
"""The headers of failures, beside the one that every answer may have."""


def register(app: Flask, services: tuple[Service, ...]) -> None:
    """Add the routes of each document: under ``/openapi/``, and where clients of 1.2 discover it."""

    def view(service: Service) -> Response:
        # A scenario may serve the documents, and with them the service, below another base than its own.
        asked, discovery, _ = request.path.partition("/discovery/")
        url = root(request.environ)
        document = _addressed(service, f"{url}{asked if discovery else service.base}", f"{url}/oauth2/token")
        return Response(orjson.dumps(document), content_type=JSON)

    def admin() -> Response:
        return answer(switchboard.document() | {"servers": [{"url": root(request.environ)}]})

    app.add_url_rule("/openapi/admin.json", "openapi.admin", admin, provide_automatic_options=False)
    for service in services:
        discovery = (f"{service.base}/discovery/{name}.json" for name in service.documents)
        for path in (f"/openapi/{service.name}.json", *discovery):
            app.add_url_rule(path, path, partial(view, service), provide_automatic_options=False)


def _addressed(service: Service, base_url: str, token_url: str) -> Document:
    """Return the document of a service with absolute URLs."""
    document = _document(service)
    components = document["components"]
    flow = components["securitySchemes"]["OAuth2"]["flows"]["clientCredentials"] | {"tokenUrl": token_url}
    schemes = {"OAuth2": {"type": "oauth2", "flows": {"clientCredentials": flow}}}
    return document | {
        "servers": [{"url": base_url}],
        "components": components | {"securitySchemes": schemes},
    }


@cache
def _document(service: Service) -> Document:
    """Return the document of a service, its URLs still relative. apispec is imported only when someone asks."""
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


def _let_one_stand_for_another(document: Document, resource: Resource) -> None:
    """Say in a schema of members that are required unless another one is there."""
    for name, other in resource.schema.instead.items():
        document["required"] = [one for one in document["required"] if one != name]
        document["anyOf"] = [{"required": [name]}, {"required": [other]}]


def _add_components(spec: Any, service: Service) -> None:
    """Add what the operations of a service refer to."""
    resources = {operation.resource.name: operation.resource for operation in service.all_operations}
    for type_ in next(iter(resources.values())).model.referable:
        spec.components.schema(reference_name(type_), reference(type_))
    for resource in resources.values():
        spec.components.schema(_name(resource.model), schema=resource.model)
        _let_one_stand_for_another(spec.components.schemas[_name(resource.model)], resource)
    name, schema = status_information(service)
    spec.components.schema(name, schema)
    for parameter, described_as in _parameters(service).items():
        spec.components.parameter(parameter, "query", described_as)
    for header, described_as in _HEADERS.items():
        spec.components.header(header, described_as)
    for status, description in (_FAILURES | {"default": "any other failure"}).items():
        content = {JSON: {"schema": {"$ref": component(name)}}}
        headers = _headers(*_HEADERS_OF.get(status, ()))
        spec.components.response(status, {"description": description, "headers": headers, "content": content})
    scopes = sorted({scope for operation in service.all_operations for scope in operation.scopes})
    flow = {"tokenUrl": "/oauth2/token", "scopes": {scope: scope.rsplit("/", 1)[1] for scope in scopes}}
    spec.components.security_scheme("OAuth2", {"type": "oauth2", "flows": {"clientCredentials": flow}})


def _headers(*names: str) -> Document:
    """Return the headers of an answer: these, and the one that every answer may have."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, HEADER)}


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
        "put": ["413", "415", "422", "507"],
        "post": ["404", "413", "415", "422", "507"],
        "delete": ["404"],
        "single": ["404"],
        "collection": ["404", "414"],
    }
    return sorted({"400", "401", "403", "429", "500", "default", *own[operation.kind]})


def _wrapper(resource: Resource, *, many: bool) -> Document:
    """Return the schema of records in their wrapper."""
    one: Document = {"$ref": component(_name(resource.model))}
    name = resource.collection if many else resource.name
    held: Document = {"type": "array", "items": one} if many else one
    return {"type": "object", "required": [name], "properties": {name: held}}


def _successes(service: Service, operation: Operation) -> dict[str, Document]:
    headers = _headers()
    if operation.kind == "delete":
        return {"204": {"description": "it is gone", "headers": headers}}
    if operation.kind == "put":
        said = {str(operation.replaced): "it is replaced", "201": "it is created"}
        return {status: {"description": description, "headers": headers} for status, description in said.items()}
    if operation.kind == "post":
        return {"201": {"description": "they are created", "headers": headers, "content": {JSON: {"schema": _PAIRS}}}}
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
    headers = _headers("X-Total-Count", "Link") if many else _headers("X-Total-Count")
    return {"description": operation.purpose, "headers": headers, "content": {JSON: {"schema": schema}}}
