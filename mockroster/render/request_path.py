"""The path of a request, which distinguishes a slash between segments from an encoded slash inside an id.

WSGI decodes the path, so that the two look alike. For requests with ``%2F`` the edge of the application keeps a second
form of the path, which is used for routing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SLASH = "\udc2f"
"""Placeholder in a route path for a slash sent as ``%2F``: decoded text never contains a lone surrogate."""

ROUTE_PATH = "mockroster.route_path"
"""The WSGI environ key of the route path, set where it differs from the decoded path."""


def route_path(environ: WSGIEnvironment, path: str) -> str:
    """Return the path for routing: the decoded ``path``, unless a slash in it was sent as ``%2F``."""
    found: str = environ.get(ROUTE_PATH, path)
    return found


def quote_prefix(prefix: str) -> str:
    """Return a path prefix of a WSGI environment percent-encoded; the punctuation of scenarios is kept."""
    # A WSGI path is decoded, with one character for each byte (PEP 3333).
    return quote(prefix.encode("latin-1", "replace"), safe="/:;=,~!$'()*+@")


def encoded_path(environ: WSGIEnvironment, path: str) -> str:
    """Return ``path`` percent-encoded, with ``%2F`` where the client sent it so."""
    return "%2F".join(map(quote, route_path(environ, path).split(SLASH)))
