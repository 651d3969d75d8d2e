"""The root URL of a request, with which every reference and link begins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mockroster.auth.oauth1 import BASE_URL
from mockroster.caching import cache_short
from mockroster.errors import MalformedRequest
from mockroster.render.request_path import quote_prefix

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PREFIX = "mockroster.prefix"
"""The key in a WSGI environment of the prefix of a path that selects a sandbox or scenarios."""

_HOST = re.compile(r"[A-Za-z0-9._~-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def root(environ: WSGIEnvironment) -> str:
    """Return ``--base-url``, or scheme and Host of the request, and the prefix under which the application is mounted.

    ``X-Forwarded-*`` is not trusted. Raises ``MalformedRequest`` for an invalid Host.
    """
    return _under(environ, environ.get("SCRIPT_NAME", ""))


def server_root(environ: WSGIEnvironment) -> str:
    """Return the root URL without the prefix of a sandbox or of scenarios."""
    return _under(environ, environ.get("SCRIPT_NAME", "").removesuffix(environ.get(PREFIX, "")))


def _under(environ: WSGIEnvironment, prefix: str) -> str:
    origin = environ.get(BASE_URL)
    if origin is None:
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        origin = _origin(environ["wsgi.url_scheme"], host)
    return f"{origin}{_path(prefix)}" if prefix else origin


@cache_short(lambda _, host: len(host), longest=256)
def _origin(scheme: str, host: str) -> str:
    if not _HOST.fullmatch(host):
        raise MalformedRequest("the Host header is not a host name with a port")
    return f"{scheme}://{host}"


_path = cache_short(len)(quote_prefix)
