"""``/__admin``: everything that can be switched while the server runs, each route also below ``/sandboxes/<name>``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, request

from mockroster import __version__
from mockroster.http.admin import (
    changes,
    clock,
    export,
    health,
    records,
    requests,
    sandboxes,
    scenarios,
    snapshots,
    stream,
)
from mockroster.http.admin.guard import Guard

Routes = dict[tuple[str, str], Callable[..., Any]]

ROUTES: Routes = {
    ("GET", "/health"): health.overview,
    ("GET", "/scenarios"): scenarios.show,
    ("PUT", "/scenarios"): scenarios.choose,
    ("DELETE", "/scenarios"): scenarios.clear,
    ("GET", "/sandboxes"): sandboxes.show,
    ("POST", "/sandboxes"): sandboxes.make,
    ("DELETE", "/sandboxes/<name>"): sandboxes.drop,
    ("POST", "/reset"): sandboxes.reset,
    ("GET", "/requests"): requests.show,
    ("DELETE", "/requests"): requests.clear,
    ("POST", "/requests/find"): requests.find,
    ("POST", "/requests/count"): requests.count,
    ("GET", "/requests/unmatched"): requests.unmatched,
    ("GET", "/stream"): stream.show,
    ("GET", "/changes"): changes.show,
    ("GET", "/snapshots"): snapshots.show,
    ("PUT", "/snapshots/<name>"): snapshots.save,
    ("POST", "/snapshots/<name>/restore"): snapshots.restore,
    ("DELETE", "/snapshots/<name>"): snapshots.delete,
    ("GET", "/clock"): clock.show,
    ("PUT", "/clock"): clock.change,
    ("GET", "/records/<collection>"): records.show,
    ("GET", "/records/<collection>/<path:sourced_id>"): records.single,
    ("PUT", "/records/<collection>/<path:sourced_id>"): records.put,
    ("PATCH", "/records/<collection>/<path:sourced_id>"): records.change,
    ("DELETE", "/records/<collection>/<path:sourced_id>"): records.delete,
    ("POST", "/records"): records.merge,
    ("GET", "/export"): export.show,
}
"""Method and path below ``/__admin``."""


def register(app: Flask, guard: Guard) -> None:
    """Add the routes; the token of the guard is needed for all but the one that says how the server is."""

    def guarded(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def checked(**path: str) -> Any:
            if view is not health.overview:
                guard.check_token(request)
            return view(**path)

        return checked

    for (method, path), view in ROUTES.items():
        endpoint = f"__admin.{method} {path}".replace(".", " ")
        app.add_url_rule(f"/__admin{path}", endpoint, guarded(view), methods=[method], provide_automatic_options=False)


def document() -> dict[str, Any]:
    """Return the OpenAPI document of the switchboard, without its servers."""
    paths: dict[str, dict[str, Any]] = {}
    for (method, path), view in ROUTES.items():
        names = re.findall(r"<(?:path:)?(\w+)>", path)
        parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        paths.setdefault("/__admin" + re.sub(r"<(?:path:)?(\w+)>", r"{\1}", path), {})[method.lower()] = {
            "operationId": view.__module__.rpartition(".")[2] + "." + view.__name__,
            "summary": (view.__doc__ or "").partition("\n")[0],
            "parameters": parameters,
            "responses": {"default": {"description": "JSON, or nothing with a 204"}},
        }
    return {"openapi": "3.1.0", "info": {"title": "mockroster switchboard", "version": __version__}, "paths": paths}
