"""The application: one route for each row of the standard's tables."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import Unpack

from mockroster.auth import scenario_client
from mockroster.http import index, openapi
from mockroster.http.admin import health
from mockroster.http.admin.guard import Guard
from mockroster.http.cors import Cors
from mockroster.http.direct_reads import DirectReads
from mockroster.http.error_responses import register_error_handlers
from mockroster.http.flask_tuning import Routes
from mockroster.http.lifecycle import Application
from mockroster.http.path_prefix import PathPrefixMiddleware
from mockroster.http.remote_store import RemoteStoreMiddleware
from mockroster.http.views import token, view_of
from mockroster.keywords import SettingKeywords
from mockroster.roster.store import Roster
from mockroster.sandbox.bootstrap import open_sandboxes
from mockroster.scenarios.spec import canonical
from mockroster.settings import Settings, parse_settings
from mockroster.standard.model import Service
from mockroster.standard.versions import SERVICES
from mockroster.state.port import Store
from mockroster.timeline.plan import plan_of

MOST_BODY = 16 * 1024 * 1024
"""The largest request body in bytes; a larger one is answered with 413 and not read."""


def create_app(
    settings: Settings | None = None, roster: Roster | None = None, **values: Unpack[SettingKeywords]
) -> Application:
    """Return a WSGI application that serves a generated district, fixtures, or a roster of yours.

    ``values`` are settings by name (``students=50``, ``no_auth=True``), which override ``settings`` and the defaults.
    Settings for sockets have no effect here, except that ``/__admin`` accepts only loopback host names if ``host`` is a
    loopback address. The district is generated, or the fixtures are loaded, before this returns.
    Raises ``ConfigurationError``.
    """
    return make_application(replace(settings or Settings(), **parse_settings(values)), roster)


def make_application(settings: Settings, roster: Roster | None = None, store: Store | None = None) -> Application:
    """Return the application for all settings, on a store that other applications may share."""
    scenarios = canonical(settings.scenario)
    scenario_client.read_specs_by(canonical)
    app = Application(__name__, static_folder=None)
    app.url_map = Routes()
    app.config.update(MAX_CONTENT_LENGTH=MOST_BODY, SETTINGS=settings, PLAN=plan_of(settings.calendar))
    app.sandboxes = app.extensions["mockroster"] = open_sandboxes(settings, scenarios, roster, store)
    app.guard = Guard.of(settings)
    app.operations = {}
    for service in SERVICES:
        _add_routes(app, service, settings)
    token_paths = ("/oauth2/token", "/oauth/token", "/token", *(f"{service.base}/token" for service in SERVICES))
    app.token_endpoints = frozenset(token_paths)
    for path in token_paths:
        app.add_url_rule(path, path, token, methods=["POST"], provide_automatic_options=False)
    health.register(app)
    app.url_map.mount("/__admin/", partial(_switchboard, app))
    openapi.register(app, SERVICES, settings)
    index.register(app, SERVICES, settings)
    if not settings.no_ui:
        pages = cache(partial(_dashboard, app))
        app.url_map.mount("/ui", pages)
        app.url_map.mount("/docs", pages)
    register_error_handlers(app, SERVICES, app.token_endpoints)
    app.wsgi_app = DirectReads(app, app.wsgi_app, settings)  # type: ignore[method-assign]
    if settings.cors:
        app.wsgi_app = Cors(app.wsgi_app, settings.cors, token_paths)  # type: ignore[method-assign]
    app.wsgi_app = PathPrefixMiddleware(app.wsgi_app, settings.base_url)  # type: ignore[method-assign]
    if app.sandboxes.store.is_remote:
        app.wsgi_app = RemoteStoreMiddleware(app.wsgi_app, app.sandboxes.store)  # type: ignore[method-assign]
    return app


def _add_routes(app: Application, service: Service, settings: Settings) -> None:
    """Add a route for each operation of a service."""
    for operation in service.all_operations:
        endpoint = f"{service.name}.{operation.name}"
        app.operations[endpoint] = operation
        app.add_url_rule(
            service.base + operation.path.replace("{", "<").replace("}", ">"),
            endpoint,
            view_of(operation, settings),
            methods=[operation.method],
            provide_automatic_options=False,
        )


def _switchboard(app: Application) -> Routes:
    """Return the routes of the switchboard. Its modules are a tenth of all code that a server would load at start."""
    from mockroster.http.admin import switchboard

    return switchboard.routes(app.view_functions, app.guard)


def _dashboard(app: Application) -> Routes:
    """Return the routes of the pages for people. Their modules and templates are loaded when somebody looks."""
    from mockroster.http.dashboard import routes

    return routes.routes(app.view_functions, app.guard)
