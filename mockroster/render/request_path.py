"""The path of a request, in which a slash that separates segments and one that is part of an id are told apart.

WSGI hands a path over decoded, so that the two look alike. The edge of the application keeps a second form for those
few requests that hold ``%2F``, by which they are routed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SLASH = "\udc2f"
"""Stands in a route path for a slash that was sent as ``%2F``: no decoded text holds half a surrogate."""

ROUTE_PATH = "mockroster.route_path"
"""The key in a WSGI environment of the route path, where it differs from the decoded one."""


def route_path(environ: WSGIEnvironment, path: str) -> str:
    """Return the path to route by: ``path``, the decoded one, unless a slash in it was sent as ``%2F``."""
    found: str = environ.get(ROUTE_PATH, path)
    return found


def encoded_path(environ: WSGIEnvironment, path: str) -> str:
    """Return ``path`` percent-encoded, with ``%2F`` where the client sent it so."""
    return "%2F".join(map(quote, route_path(environ, path).split(SLASH)))
