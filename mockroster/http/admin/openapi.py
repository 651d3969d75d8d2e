"""The OpenAPI document of the switchboard, made from its routes and their models."""

from __future__ import annotations

from functools import cache
from typing import Any

from mockroster import __version__
from mockroster.http.admin.fields import FreeForm, Model
from mockroster.http.admin.route import Answer, Route
from mockroster.http.admin.switchboard import ROUTES
from mockroster.render.answer import JSON
from mockroster.standard.versions import SERVICES, VERSIONS

Document = dict[str, Any]

REFUSALS = {
    400: "a parameter or the body is invalid",
    401: "the admin token is missing or wrong",
    403: "a page of another origin sent the request, or the Host is not this server",
    404: "not found",
    409: "the request conflicts with the state of the sandbox, such as a name in use",
    410: "the changes are no longer kept",
    413: "the body is larger than 16 MB",
    415: "the type of the body is not accepted",
    422: "a record violates the standard, or refers to a record that does not exist",
    507: "the sandbox is full",
}
"""The description of each refusal, by status."""

_SCHEME = "AdminToken"


@cache
def document() -> Document:
    """Return the document without its servers. apispec is imported only when someone asks."""
    from apispec import APISpec
    from apispec.ext.marshmallow import MarshmallowPlugin

    plugin = MarshmallowPlugin(schema_name_resolver=lambda schema: _class_of(schema).__name__)
    licence = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    spec = APISpec("mockroster switchboard", __version__, "3.1.0", info={"license": licence}, plugins=[plugin])
    form = VERSIONS[SERVICES[0].version].errors.form
    spec.components.schema(form.name, form.schema(()))
    spec.components.security_scheme(_SCHEME, {"type": "http", "scheme": "bearer"})
    for status, description in REFUSALS.items():
        content = {JSON: {"schema": {"$ref": f"#/components/schemas/{form.name}"}}}
        spec.components.response(str(status), {"description": description, "content": content})
    for route in ROUTES:
        spec.path(path=route.template, operations={route.method.lower(): _operation(route)})
    return spec.to_dict()


def refusals(route: Route) -> list[int]:
    """Return the statuses with which a route refuses requests, in order."""
    common = {400, 403} if route.is_open else {400, 401, 403}
    takes_body = route.body is not None or route.uploads
    return sorted({*common, *route.refusals, *({413} if takes_body else ())})


def _class_of(schema: Any) -> type:
    return schema if isinstance(schema, type) else type(schema)


def _operation(route: Route) -> Document:
    variables = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in route.variables
    ]
    query = [{"in": "query", "schema": route.query}] if route.query else []
    operation: Document = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.template.split("/")[2]],
        "parameters": variables + query,
        "security": [] if route.is_open else [{}, {_SCHEME: []}],
        "responses": {
            **{str(status): _answer(answer) for status, answer in route.answers.items()},
            **{str(status): str(status) for status in refusals(route)},
        },
    }
    if route.body:
        content = {type_: {"schema": route.body} for type_ in route.body_types}
        operation["requestBody"] = {"required": _needs_body(route.body), "content": content}
    elif route.uploads:
        operation["requestBody"] = {"required": True, "content": {type_: {"schema": {}} for type_ in route.uploads}}
    return operation


def _needs_body(model: type[Model]) -> bool:
    """Return whether an empty object is no valid body."""
    return issubclass(model, FreeForm) or bool(model().validate({}))


def _answer(answer: Answer) -> Document:
    document: Document = {"description": answer.description}
    if answer.media_types:
        schema: Any = answer.model or {}
        document["content"] = {type_: {"schema": schema} for type_ in answer.media_types}
    return document
