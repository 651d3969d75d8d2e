"""Answer every error as JSON, in the form of the requested version."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection

import orjson
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)
from werkzeug.wrappers import Response as WerkzeugResponse

from mockroster.auth.oauth2 import refusal
from mockroster.errors import (
    MalformedRequest,
    MockrosterError,
    RequestError,
    SandboxFull,
    StoreUnavailable,
    TokenRefused,
)
from mockroster.http import suggestions
from mockroster.http.path_prefix import routed_path
from mockroster.render.answer import JSON
from mockroster.render.request_path import SLASH, route_path
from mockroster.render.status import error_information
from mockroster.standard.model import Service
from mockroster.standard.versions import VERSIONS

log = logging.getLogger("mockroster")


def register_error_handlers(app: Flask, services: tuple[Service, ...], token_endpoints: Collection[str]) -> None:
    """Register the error handlers of an application that serves these services."""

    def respond(error: HTTPException, description: str) -> WerkzeugResponse:
        if isinstance(error, (StoreUnavailable, SandboxFull)) and request.endpoint in token_endpoints:
            return refusal(TokenRefused("temporarily_unavailable", description))
        versions = (service.version for service in services if routed_path(request).startswith(service.base))
        return _error_response(error, description, next(versions, services[0].version))

    def handle_http_error(error: HTTPException) -> WerkzeugResponse:
        return respond(error, _description(error, services))

    def handle_unexpected(error: Exception) -> WerkzeugResponse:
        if app.testing or app.debug:
            raise error
        sandbox = g.get("sandbox")
        path = sandbox.redactor.path(request.path) if sandbox else request.path
        log.error("%s %s failed: %s", request.method, path, error, exc_info=error)
        description = str(error) if isinstance(error, MockrosterError) else "mockroster failed; its log says where"
        return respond(InternalServerError(description), description)

    app.register_error_handler(HTTPException, handle_http_error)
    app.register_error_handler(Exception, handle_unexpected)


def refusal_body(status: int, description: str, target: str) -> bytes:
    """Return the body for a request that the built-in server refuses before the application sees it."""
    version = VERSIONS.of_path(target).id
    return orjson.dumps(error_information(version, MalformedRequest(), status, description, "request"))


def _error_response(error: HTTPException, description: str, version: str) -> Response:
    """Return the response for an error: its status and headers, and status information of the version as the body."""
    status = error.code or 500
    operation = (request.endpoint or "").rpartition(".")[2]
    name = operation or f"{request.method} {request.path}"[:255]
    body = error_information(version, error, status, description, name)
    headers = [(name, value) for name, value in error.get_headers() if name.lower() != "content-type"]
    return Response(orjson.dumps(body), status=status, headers=headers, content_type=JSON)


def _description(error: HTTPException, services: tuple[Service, ...]) -> str:
    """Return a sentence that tells the client's developer what to change."""
    description = error.description or error.name
    path = route_path(request.environ, request.path).replace(SLASH, "%2F")
    if isinstance(error, NotFound) and not isinstance(error, RequestError):
        return f"there is no path {path[:255]!r}{suggestions.for_path(path, services, _other_paths(current_app))}"
    if isinstance(error, NotFound):
        return description + suggestions.in_other_service(path, services)
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        suggestion = suggestions.for_method(request.method, path, services)
        return f"{request.method} is not allowed here; {allowed} would be{suggestion}"
    if description == RequestEntityTooLarge.description:
        return f"the body is larger than {current_app.config['MAX_CONTENT_LENGTH'] >> 20} MB"
    return description


def _other_paths(app: Flask) -> list[str]:
    """Return the paths of the server that belong to no service of the standard."""
    rules = [(rule.rule, rule.endpoint) for rule in app.url_map.iter_rules()]
    others = [path for path, endpoint in rules if "." not in endpoint or path.startswith("/openapi/")]
    return [re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule) for rule in others]
