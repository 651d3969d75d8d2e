"""The application: one route for each row of the standard's tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mockroster.auth import scenario_client
from mockroster.http import home, openapi
from mockroster.http.admin import health, switchboard
from mockroster.http.admin.guard import Guard
from mockroster.http.cors import Cors
from mockroster.http.edge import Edge
from mockroster.http.failures import answer_failures
from mockroster.http.lean import Routes
from mockroster.http.turn import Application
from mockroster.http.views import token, view_of
from mockroster.roster.store import Roster
from mockroster.sandbox.bootstrap import open_sandboxes
from mockroster.scenarios.spec import canonical
from mockroster.settings import Settings, checked
from mockroster.standard.model import Operation, Service
from mockroster.standard.versions import SERVICES

MOST_BODY = 16 * 1024 * 1024
"""Bytes of a request body; a larger one is 413, unread."""


def create_app(settings: Settings | None = None, roster: Roster | None = None, **values: Any) -> Application:
    """Return a WSGI application that serves a generated district, or fixtures, or a roster that is at hand already.

    ``values`` are settings by name (``students=50``, ``no_auth=True``), over ``settings`` or the defaults. Those that
    concern sockets mean nothing here, except that ``/__admin`` answers to names of the loopback interface only where
    ``host`` is one. The district is generated, or the fixtures are loaded, before this returns.
    Raises ``ConfigurationError``.
    """
    settings = replace(settings or Settings(), **checked(values))
    scenarios = canonical(settings.scenario)
    scenario_client.read_specs_by(canonical)
    app = Application(__name__, static_folder=None)
    app.url_map = Routes()
    app.config.update(MAX_CONTENT_LENGTH=MOST_BODY, SETTINGS=settings)
    app.sandboxes = app.extensions["mockroster"] = open_sandboxes(settings, scenarios, roster)
    app.guard = Guard.of(settings)
    app.operations = {}
    for service in SERVICES:
        _serve(app, service, settings)
    token_paths = ("/oauth2/token", "/oauth/token", "/token", *(f"{service.base}/token" for service in SERVICES))
    app.token_endpoints = frozenset(token_paths)
    for path in token_paths:
        app.add_url_rule(path, path, token, methods=["POST"], provide_automatic_options=False)
    health.register(app)
    switchboard.register(app, app.guard)
    openapi.register(app, SERVICES, settings)
    home.register(app, SERVICES)
    answer_failures(app, SERVICES)
    if settings.cors:
        app.wsgi_app = Cors(app.wsgi_app, settings.cors, token_paths)  # type: ignore[method-assign]
    app.wsgi_app = Edge(app.wsgi_app, settings.base_url)  # type: ignore[method-assign]
    return app


def _serve(app: Application, service: Service, settings: Settings) -> None:
    """Add a route for each operation of a service."""
    for operation in service.all_operations:
        endpoint = f"{service.name}.{operation.name}"
        app.operations[endpoint] = operation
        app.add_url_rule(
            service.base + _rule(operation),
            endpoint,
            view_of(operation, settings),
            methods=[operation.method],
            provide_automatic_options=False,
        )


def _rule(operation: Operation) -> str:
    """Return the path of an operation as werkzeug writes it."""
    return operation.path.replace("{", "<").replace("}", ">")
