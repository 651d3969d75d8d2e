"""The routes of the dashboard and of the API explorer; each is also served below ``/sandboxes/<name>``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response

from mockroster.delivery import long_work
from mockroster.errors import NotAuthenticated
from mockroster.http.admin.guard import Guard
from mockroster.http.dashboard import (
    access_token,
    assets,
    data,
    explorer,
    pages,
    requests,
    scenarios,
    sign_in,
    time_view,
    verdict_view,
)
from mockroster.http.flask_tuning import LazyRule, Routes

View = Callable[..., Response]


def routes(views: dict[str, Callable[..., Any]], guard: Guard) -> Routes:
    """Return the routes, and add their views."""
    table = Routes()

    def add(path: str, view: View, method: str = "GET") -> None:
        endpoint = f"__ui {method} {path}".replace(".", " ")
        views[endpoint] = view
        table.add(LazyRule(path, endpoint=endpoint, methods=[method]))

    add("/ui", _page(guard, requests.show))
    add("/ui/requests", _page(guard, requests.show))
    add("/ui/data", _page(guard, data.collections))
    add("/ui/data/<collection>", _page(guard, data.listing))
    add("/ui/data/<collection>/<path:sourced_id>", _page(guard, data.single))
    add("/ui/scenarios", _page(guard, scenarios.show))
    add("/ui/time", _page(guard, time_view.show))
    add("/ui/verdict", _page(guard, verdict_view.show))
    add("/ui/<path:rest>", _page(guard, _missing))
    add("/ui/static/<name>", assets.show)
    add("/ui/sign-in", partial(sign_in.sign_in, guard), "POST")
    add("/ui/sign-out", partial(sign_in.sign_out, guard), "POST")
    add("/ui/token", _guarded(guard, access_token.issue), "POST")
    add("/docs", explorer.show)
    add("/docs/<name>", explorer.show)
    add("/docs/openapi/<name>.json", explorer.document)
    add("/docs/assets/<name>", explorer.asset)
    return table


def _page(guard: Guard, view: View) -> View:
    """Return a view that shows the sign-in to a person who has not signed in, and errors as a page."""

    @long_work
    @wraps(view)
    def shown(**variables: str) -> Response:
        try:
            guard.check_token(request)
        except NotAuthenticated:
            return sign_in.form()
        try:
            return view(**variables)
        except HTTPException as error:
            return pages.page("error.html", error.code or 500, problem=error.description or error.name, view="")

    return shown


def _guarded(guard: Guard, view: View) -> View:
    """Return a view for scripts, which refuses a request without the token or its cookie."""

    def guarded() -> Response:
        guard.check_token(request)
        return view()

    return guarded


def _missing(rest: str) -> Response:
    raise NotFound(f"There is no page /ui/{rest[:80]}")
