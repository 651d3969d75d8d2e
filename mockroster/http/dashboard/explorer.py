"""The API explorer at ``/docs``: Swagger UI, from its package, over the OpenAPI documents of this server."""

from __future__ import annotations

from importlib.resources import files

from flask import current_app, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from mockroster.errors import nearest
from mockroster.http import openapi
from mockroster.http.dashboard import pages
from mockroster.standard.versions import SERVICES

DOCUMENTS = {service.name: service.title for service in SERVICES} | {"admin": "Switchboard"}
"""The title of each OpenAPI document, by its name in ``/openapi/<name>.json``."""

_ASSETS = {"swagger-ui-bundle.js": "text/javascript; charset=utf-8", "swagger-ui.css": "text/css; charset=utf-8"}
"""The files of the package that the page loads."""

POLICY = pages.POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""Swagger UI sets styles of elements; a script still comes from this server only."""


def show(name: str = SERVICES[0].name) -> Response:
    """Return the explorer of one document."""
    if name not in DOCUMENTS:
        raise NotFound(f"There is no document {name[:80]!r}{nearest(name[:80], DOCUMENTS)}")
    return pages.render("docs.html", policy=POLICY, documents=DOCUMENTS, name=name)


def document(name: str) -> Response:
    """Return an OpenAPI document for the explorer: a request for ``/openapi`` would be in the journal."""
    if name not in DOCUMENTS:
        raise NotFound
    response: Response = current_app.ensure_sync(current_app.view_functions[openapi.endpoint(name)])()
    return response


def asset(name: str) -> Response:
    """Return a file of Swagger UI."""
    if name not in _ASSETS:
        raise NotFound
    content = files("flask_swagger_ui").joinpath("dist", name).read_bytes()
    response = Response(content, content_type=_ASSETS[name])
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    pages.protect(response, POLICY)
    return response.make_conditional(request.environ)
