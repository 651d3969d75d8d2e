"""Whatever goes wrong is answered as JSON, in the form of the version that was asked."""

from __future__ import annotations

import logging
import re
from functools import cache

import orjson
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)

from mockroster.errors import MalformedRequest, MockrosterError, RequestError, nearest
from mockroster.render.answer import JSON
from mockroster.render.status import error_information
from mockroster.spec.model import Service

log = logging.getLogger("mockroster")


def answer_failures(app: Flask, services: tuple[Service, ...]) -> None:
    """Register the handlers of an application that serves these services."""

    def answer(error: HTTPException, description: str) -> Response:
        asked = (service.version for service in services if request.path.startswith(service.base))
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
    version = "v1p2" if "/v1p2" in target else "v1p1"
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
    if isinstance(error, NotFound):
        if not isinstance(error, RequestError):
            said = f"there is nothing at {request.path[:255]!r}"
        return said + (_elsewhere(request.path, services) or _nearest_path(request.path, services, error))
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        return f"{request.method} is not allowed here; {allowed} would be{_elsewhere(request.path, services)}"
    if said == RequestEntityTooLarge.description:
        return f"the body is larger than {current_app.config['MAX_CONTENT_LENGTH'] >> 20} MB"
    return said


def _elsewhere(path: str, services: tuple[Service, ...]) -> str:
    """Return where a path would be right: clients that come from 1.1 ask the wrong service of 1.2."""
    asked = next((service for service in services if path.startswith(f"{service.base}/")), None)
    if asked is None:
        return ""
    rest = path.removeprefix(asked.base)
    others = [service for service in services if service is not asked and service.version == asked.version]
    for service in others:
        for operation in service.all_operations:
            if _shape(operation.path).fullmatch(rest):
                return f"; {operation.path} is one of {service.title}, at {service.base}"
    return ""


@cache
def _shape(path: str) -> re.Pattern[str]:
    """Return the pattern of the paths that an operation has."""
    return re.compile(re.sub(r"{\w+}", "[^/]+", path))


def _nearest_path(path: str, services: tuple[Service, ...], error: NotFound) -> str:
    """Return the path of the standard that is most like one where there is nothing."""
    if isinstance(error, RequestError):
        return ""
    paths = sorted({service.base + operation.path for service in services for operation in service.all_operations})
    shapes = {re.sub(r"{\w+}", "x", known): known for known in paths}
    found = re.search("'(.*)'", nearest(path, shapes))
    return f"; did you mean {shapes[found[1]]}?" if found else ""
