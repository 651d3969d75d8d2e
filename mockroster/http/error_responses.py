"""Whatever goes wrong is answered as JSON, in the form of the version that was asked."""

from __future__ import annotations

import logging
import re

import orjson
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)

from mockroster.errors import MalformedRequest, MockrosterError, RequestError
from mockroster.http import suggestions
from mockroster.http.path_prefix import routed
from mockroster.render.answer import JSON
from mockroster.render.request_path import SLASH, route_path
from mockroster.render.status import error_information
from mockroster.standard.model import Service
from mockroster.standard.versions import VERSIONS

log = logging.getLogger("mockroster")


def answer_failures(app: Flask, services: tuple[Service, ...]) -> None:
    """Register the handlers of an application that serves these services."""

    def answer(error: HTTPException, description: str) -> Response:
        asked = (service.version for service in services if routed(request).startswith(service.base))
        return _answer(error, description, next(asked, services[0].version))

    def failed(error: HTTPException) -> Response:
        return answer(error, _description(error, services))

    def broken(error: Exception) -> Response:
        if app.testing or app.debug:
            raise error
        sandbox = g.get("sandbox")
        path = sandbox.redactor.path(request.path) if sandbox else request.path
        log.error("%s %s failed: %s", request.method, path, error, exc_info=error)
        said = str(error) if isinstance(error, MockrosterError) else "mockroster failed; its log says where"
        return answer(InternalServerError(said), said)

    app.register_error_handler(HTTPException, failed)
    app.register_error_handler(Exception, broken)


def refusal_body(status: int, description: str, target: str) -> bytes:
    """Return the body of a request that the server refuses before the application sees it."""
    version = VERSIONS.of_path(target).id
    return orjson.dumps(error_information(version, MalformedRequest(), status, description, "request"))


def _answer(error: HTTPException, description: str, version: str) -> Response:
    """Return the answer for an error: its own status and headers, status information of the version as the body."""
    status = error.code or 500
    operation = (request.endpoint or "").rpartition(".")[2]
    name = operation or f"{request.method} {request.path}"[:255]
    body = error_information(version, error, status, description, name)
    headers = [(name, value) for name, value in error.get_headers() if name.lower() != "content-type"]
    return Response(orjson.dumps(body), status=status, headers=headers, content_type=JSON)


def _description(error: HTTPException, services: tuple[Service, ...]) -> str:
    """Return a sentence that a person can act on."""
    said = error.description or error.name
    path = route_path(request.environ, request.path).replace(SLASH, "%2F")
    if isinstance(error, NotFound) and not isinstance(error, RequestError):
        return f"there is no path {path[:255]!r}{suggestions.for_path(path, services, _other_paths(current_app))}"
    if isinstance(error, NotFound):
        return said + suggestions.in_other_service(path, services)
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        instead = suggestions.for_method(request.method, path, services)
        return f"{request.method} is not allowed here; {allowed} would be{instead}"
    if said == RequestEntityTooLarge.description:
        return f"the body is larger than {current_app.config['MAX_CONTENT_LENGTH'] >> 20} MB"
    return said


def _other_paths(app: Flask) -> list[str]:
    """Return the paths of the server that are not those of the standard's services."""
    others = [rule.rule for rule in app.url_map.iter_rules() if "." not in rule.endpoint]
    return [re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule) for rule in others]
