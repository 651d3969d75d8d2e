"""Whatever goes wrong is answered as JSON, in the form of the version that was asked."""

from __future__ import annotations

import logging
import re

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound

from mockroster.errors import MockrosterError, RequestError, nearest
from mockroster.render.status import error_information
from mockroster.spec.model import Service
from mockroster.web.views import JSON

log = logging.getLogger("mockroster")


def answer_failures(app: Flask, services: tuple[Service, ...]) -> None:
    """Register the handlers of an application that serves these services."""
    paths = sorted({service.base + operation.path for service in services for operation in service.all_operations})

    def answer(error: HTTPException, description: str) -> Response:
        asked = (service.version for service in services if request.path.startswith(service.base))
        return _answer(error, description, next(asked, services[0].version))

    def failed(error: HTTPException) -> Response:
        return answer(error, _description(error, paths))

    def broken(error: Exception) -> Response:
        if app.testing or app.debug:
            raise error
        log.error("%s %s failed: %s", request.method, request.path, error, exc_info=error)
        said = str(error) if isinstance(error, MockrosterError) else "mockroster failed; its log says where"
        return answer(InternalServerError(said), said)

    app.register_error_handler(HTTPException, failed)
    app.register_error_handler(Exception, broken)


def _answer(error: HTTPException, description: str, version: str) -> Response:
    """Return the answer for an error: its own status and headers, status information of the version as the body."""
    status = error.code or 500
    operation = (request.endpoint or "").rpartition(".")[2]
    name = operation or f"{request.method} {request.path}"[:255]
    body = error_information(version, error, status, description, name)
    headers = [(name, value) for name, value in error.get_headers() if name.lower() != "content-type"]
    return Response(orjson.dumps(body), status=status, headers=headers, content_type=JSON)


def _description(error: HTTPException, paths: list[str]) -> str:
    """Return a sentence that a person can act on."""
    if isinstance(error, RequestError) or not isinstance(error, NotFound | MethodNotAllowed):
        return error.description or error.name
    if isinstance(error, NotFound):
        return f"there is nothing at {request.path[:255]!r}{_nearest_path(request.path, paths)}"
    allowed = ", ".join(sorted(error.valid_methods or ()))
    return f"{request.method} is not allowed here; {allowed} would be"


def _nearest_path(path: str, paths: list[str]) -> str:
    """Return the path of the standard that is most like one that was asked."""
    shapes = {re.sub(r"{\w+}", "x", known): known for known in paths}
    guess = nearest(path, shapes)
    found = re.search("'(.*)'", guess)
    return f"; did you mean {shapes[found[1]]}?" if found else ""
