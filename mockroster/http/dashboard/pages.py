"""Render the templates of the dashboard, with the frame and the headers of every page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import current_app, g, request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from mockroster import __version__
from mockroster.auth.oauth1 import BASE_URL
from mockroster.clock import timestamp
from mockroster.http.admin.address import PREFIX, root
from mockroster.http.admin.guard import Guard
from mockroster.render.request_path import quote_prefix
from mockroster.sandbox.credentials import Client
from mockroster.sandbox.registry import Sandboxes
from mockroster.sandbox.sandbox import Sandbox
from mockroster.settings import Settings
from mockroster.standard.versions import SERVICES

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""The ``Content-Security-Policy`` of the dashboard: no inline script or style, and no other origin."""

HTML = "text/html; charset=utf-8"

_CODE = re.compile("`+([^`]+)`+")

_SANDBOXES_SHOWN = 200
"""The most sandboxes that the chooser lists, the most recently used ones."""


@dataclass(frozen=True, slots=True)
class View:
    """One of the views of the dashboard."""

    name: str
    """The last segment of its address."""

    title: str


VIEWS = (
    View("requests", "Requests"),
    View("data", "Data"),
    View("scenarios", "Scenarios"),
    View("time", "Time"),
    View("verdict", "Verdict"),
)
"""The views, in the order of the navigation."""


def page(template: str, code: int = 200, /, **context: Any) -> Response:
    """Return a page of the sandbox of the request."""
    return render(template, code, **_frame(), **context)


def render(template: str, code: int = 200, /, *, policy: str = POLICY, **context: Any) -> Response:
    """Return a page without anything of a sandbox."""
    text = _environment().get_template(template).render(mount=mount(), prefix=prefix(), version=__version__, **context)
    response = Response(text, code, content_type=HTML)
    protect(response, policy)
    response.headers["Cache-Control"] = "no-store"
    return response


def shown(answer: Response) -> dict[str, Any]:
    """Return the JSON document of a response of the switchboard, to show it in a page."""
    document: dict[str, Any] = orjson.loads(answer.get_data())
    return document


def protect(response: Response, policy: str = POLICY) -> None:
    """Add the headers that forbid foreign scripts, frames and referrers."""
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"


def prefix() -> str:
    """Return the path below which this sandbox is served, empty for ``default`` of a server at the root."""
    return _outer() + quote_prefix(request.environ.get("SCRIPT_NAME", ""))


def mount() -> str:
    """Return the path below which the whole server is served."""
    environ = request.environ
    return _outer() + quote_prefix(environ.get("SCRIPT_NAME", "").removesuffix(environ.get(PREFIX, "")))


def _outer() -> str:
    """Return the path of ``--base-url``, which a proxy removes, if the request came by that address."""
    parts = urlsplit(request.environ.get(BASE_URL) or "")
    return quote_prefix(parts.path) if parts.netloc.lower() == request.host.lower() else ""


def first_client(sandbox: Sandbox) -> Client | None:
    """Return the client whose credentials a page shows, or ``None`` if no token is needed."""
    credentials = sandbox.credentials
    return next(iter(credentials.clients.values()), None) if credentials.required else None


def _frame() -> Mapping[str, Any]:
    """Return the variables of the frame around each view."""
    sandbox: Sandbox = g.sandbox
    sandboxes: Sandboxes = current_app.extensions["mockroster"]
    guard: Guard = current_app.guard  # type: ignore[attr-defined] # it is an Application
    url = root(request.environ)
    others = [registration.name for registration in sandboxes.store.registry.all()]
    others = [name for name in reversed(others) if name not in {sandboxes.default.name, sandbox.name}]
    client = first_client(sandbox)
    return {
        "views": VIEWS,
        "sandbox": sandbox.name,
        "default": sandboxes.default.name,
        "sandboxes": others[:_SANDBOXES_SHOWN],
        "url": url,
        "bases": {service.title: url + service.base for service in SERVICES},
        "token_url": f"{url}/oauth2/token",
        "client": client,
        "is_public_client": client is not None and (client.id, client.secret) in Settings().client,
        "active": sandbox.scenarios,
        "clock": timestamp(sandbox.clock.now()),
        "signs_in": guard.session is not None,
        "first_base": SERVICES[0].base,
    }


@cache
def _environment() -> Environment:
    """Return the templates, which escape every value."""
    environment = Environment(
        loader=PackageLoader("mockroster.http.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["coded"] = _coded
    return environment


def _coded(text: str) -> Markup:
    """Return a text of a docstring as HTML; text between backticks becomes code."""
    parts = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )
