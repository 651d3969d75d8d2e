"""The OpenAPI document of each service, built from the standard's tables on first request."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import orjson
from flask import Flask, request
from werkzeug.wrappers import Response

from mockroster import __version__
from mockroster.http.admin.address import root
from mockroster.http.json_schema import Document, component, field_schema, reference, reference_name
from mockroster.render.answer import JSON, answer
from mockroster.scenarios.pipeline import HEADER
from mockroster.settings import MOST_RECORDS, Settings
from mockroster.standard.answers import FAILURES, HEADERS
from mockroster.standard.model import Operation, Resource, Service
from mockroster.standard.status import STATUS_INFO_SET
from mockroster.standard.versions import VERSIONS

_HEADERS: dict[str, Document] = {
    **{name: {"schema": {"type": "string"}, "description": description} for name, description in HEADERS.items()},
    HEADER: {"schema": {"type": "string"}, "description": "the scenarios that affected the response, if any"},
}
_HEADERS["X-Total-Count"]["schema"] = {"type": "integer", "minimum": 0}


def register(app: Flask, services: tuple[Service, ...], settings: Settings) -> None:
    """Add the routes of each document: below ``/openapi/``, and where clients of 1.2 discover it."""

    def view(service: Service) -> Response:
        # A scenario may serve the document, and its service, below another base.
        base, discovery, _ = request.path.partition("/discovery/")
        url = root(request.environ)
        document = _with_absolute_urls(
            _document(service, settings.page_limit),
            f"{url}{base if discovery else service.base}",
            f"{url}/oauth2/token",
        )
        return Response(orjson.dumps(document), content_type=JSON)

    def admin() -> Response:
        from mockroster.http.admin import openapi as admin_openapi  # loads the whole switchboard

        return answer(admin_openapi.document() | {"servers": [{"url": root(request.environ)}]})

    app.add_url_rule("/openapi/admin.json", endpoint("admin"), admin, provide_automatic_options=False)
    for service in services:
        discovery = (f"{service.base}/discovery/{name}.json" for name in service.documents)
        for path in (f"/openapi/{service.name}.json", *discovery):
            app.add_url_rule(path, path, partial(view, service), provide_automatic_options=False)


def endpoint(name: str) -> str:
    """Return the endpoint of the document ``/openapi/<name>.json``."""
    return "openapi.admin" if name == "admin" else f"/openapi/{name}.json"


def _with_absolute_urls(document: Document, base_url: str, token_url: str) -> Document:
    """Return the document of a service with absolute URLs."""
    components = document["components"]
    flow = components["securitySchemes"]["OAuth2"]["flows"]["clientCredentials"] | {"tokenUrl": token_url}
    schemes = {"OAuth2": {"type": "oauth2", "flows": {"clientCredentials": flow}}}
    return document | {
        "servers": [{"url": base_url}],
        "components": components | {"securitySchemes": schemes},
    }


@cache
def _document(service: Service, page_limit: int) -> Document:
    """Return the document of a service with relative URLs. apispec is imported on first use."""
    from apispec import APISpec
    from apispec.ext.marshmallow import MarshmallowPlugin

    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    licence = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    spec = APISpec(service.title, __version__, "3.1.0", info={"license": licence}, plugins=[plugin])
    plugin.converter.add_attribute_function(field_schema)  # type: ignore[union-attr] # APISpec has just made it
    _add_components(spec, service, page_limit)
    for operation in service.all_operations:
        spec.path(path=operation.path, operations={operation.method.lower(): _operation(service, operation)})
    return spec.to_dict()


def _name(schema: Any) -> str:
    """Return the component name of a schema class."""
    class_ = schema if isinstance(schema, type) else type(schema)
    return class_.__name__


def _declare_alternatives(document: Document, resource: Resource) -> None:
    """Declare that a member is required unless another one is present."""
    for name, other in resource.schema.instead.items():
        document["required"] = [required for required in document["required"] if required != name]
        document["anyOf"] = [{"required": [name]}, {"required": [other]}]


def _add_components(spec: Any, service: Service, page_limit: int) -> None:
    """Add the components that the operations of a service refer to."""
    resources = {operation.resource.name: operation.resource for operation in service.all_operations}
    for type_ in next(iter(resources.values())).model.referable:
        spec.components.schema(reference_name(type_), reference(type_))
    for resource in resources.values():
        spec.components.schema(_name(resource.model), schema=resource.model)
        _declare_alternatives(spec.components.schemas[_name(resource.model)], resource)
    errors = VERSIONS[service.version].errors
    name = errors.form.name
    spec.components.schema(name, errors.form.schema(errors.words.get(service.name, ())))
    for parameter, description in _parameters(service, page_limit).items():
        spec.components.parameter(parameter, "query", description)
    for header, description in _HEADERS.items():
        spec.components.header(header, description)
    for status, failure in FAILURES.items():
        content = {JSON: {"schema": {"$ref": component(name)}}}
        headers = _headers(*failure.headers)
        spec.components.response(status, {"description": failure.description, "headers": headers, "content": content})
    scopes = sorted({scope for operation in service.all_operations for scope in operation.scopes})
    flow = {"tokenUrl": "/oauth2/token", "scopes": {scope: scope.rsplit("/", 1)[1] for scope in scopes}}
    spec.components.security_scheme("OAuth2", {"type": "oauth2", "flows": {"clientCredentials": flow}})


def _headers(*names: str) -> Document:
    """Return references to these headers and to the one that every response may have."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, HEADER)}


def _parameters(service: Service, page_limit: int) -> dict[str, Document]:
    """Return the query parameters (section 3.4). 1.2 declares ``fields`` as an array, and also reads a comma list."""
    names: Document = {"type": "string"}
    if not VERSIONS[service.version].errors.has_warnings:
        names = {"type": "array", "items": {"type": "string"}}
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_RECORDS, "default": page_limit}
    offset = {"type": "integer", "minimum": 0, "maximum": MOST_RECORDS, "default": 0}
    return {
        "limit": {"schema": limit, "description": "the most records of the page"},
        "offset": {"schema": offset, "description": "the number of records to skip"},
        "sort": {"schema": {"type": "string"}, "description": "the member to sort by, such as familyName"},
        "orderBy": {"schema": {"type": "string", "enum": ["asc", "desc"]}, "description": "the direction of sort"},
        "filter": {"schema": {"type": "string"}, "description": "such as status='active' AND title~'art'"},
        "fields": {"schema": names, "description": "the members to return, separated by commas"},
    }


def _operation(service: Service, operation: Operation) -> Document:
    path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in operation.parameters
    ]
    document: Document = {
        "operationId": operation.name,
        "summary": operation.purpose[0].upper() + operation.purpose[1:],
        "tags": [operation.path.split("/")[1]],
        "parameters": path + list(operation.query),
        "security": [{"OAuth2": [scope]} for scope in operation.scopes],
        "responses": {status: _response(service, operation, status) for status in operation.answers},
    }
    if operation.kind in {"put", "post"}:
        schema = _wrapper(operation.resource, many=operation.kind == "post")
        schema["additionalProperties"] = False
        document["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return document


def _wrapper(resource: Resource, *, many: bool) -> Document:
    """Return the schema of a record or of records in their wrapper."""
    record: Document = {"$ref": component(_name(resource.model))}
    name = resource.collection if many else resource.name
    value: Document = {"type": "array", "items": record} if many else record
    return {"type": "object", "required": [name], "properties": {name: value}}


def _response(service: Service, operation: Operation, status: str) -> Document | str:
    """Return a response of an operation; a failure is a reference to a component."""
    answer_ = operation.answers[status]
    if answer_.body == "error":
        return status
    document: Document = {"description": answer_.description, "headers": _headers(*answer_.headers)}
    if answer_.body == "none":
        return document
    schema = _PAIRS if answer_.body == "pairs" else _read(service, operation, many=answer_.body == "collection")
    return document | {"content": {JSON: {"schema": schema}}}


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


def _read(service: Service, operation: Operation, *, many: bool) -> Document:
    """Return the schema for the body of a read, with status information if the version sends warnings."""
    schema = _wrapper(operation.resource, many=many)
    if VERSIONS[service.version].errors.has_warnings:
        schema["properties"]["statusInfoSet"] = STATUS_INFO_SET
    else:
        schema["additionalProperties"] = False
    return schema
