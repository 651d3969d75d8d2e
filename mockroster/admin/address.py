"""Under which address the server was asked: what every reference and link begins with."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import current_app, request

from mockroster.errors import MalformedRequest

PREFIX = "mockroster.prefix"
"""The key in a WSGI environment of what stands before a path and leads to a sandbox or to scenarios."""

_HOST = re.compile(r"[A-Za-z0-9._~-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def root() -> str:
    """Return ``--base-url``, or scheme and Host of the request, and the prefix under which we are mounted.

    ``X-Forwarded-*`` is not trusted. Raises ``MalformedRequest`` for a Host that is none.
    """
    return _under(request.environ.get("SCRIPT_NAME", ""))


def server_root() -> str:
    """Return what ``root`` does, without the prefix of a sandbox or of scenarios."""
    environ = request.environ
    return _under(environ.get("SCRIPT_NAME", "").removesuffix(environ.get(PREFIX, "")))


def _under(prefix: str) -> str:
    fixed: str | None = current_app.config["BASE_URL"]
    # WSGI hands a path over decoded, each byte as a character (PEP 3333).
    return (fixed or _origin()) + quote(prefix.encode("latin-1", "replace"), safe="/:;=,~!$'()*+@")


def _origin() -> str:
    environ = request.environ
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    if not _HOST.fullmatch(host):
        raise MalformedRequest("the Host header is not a host name with a port")
    return f"{environ['wsgi.url_scheme']}://{host}"
