"""Under which address the server was asked: what every reference and link begins with."""

from __future__ import annotations

import re

from flask import current_app, request

from mockroster.errors import MalformedRequest

_HOST = re.compile(r"[A-Za-z0-9._~-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def root() -> str:
    """Return ``--base-url``, or scheme and Host of the request, and the prefix under which we are mounted.

    ``X-Forwarded-*`` is not trusted. Raises ``MalformedRequest`` for a Host that is none.
    """
    fixed: str | None = current_app.config["BASE_URL"]
    prefix: str = request.environ.get("SCRIPT_NAME", "")
    return (fixed or _origin()) + prefix


def _origin() -> str:
    environ = request.environ
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    if not _HOST.fullmatch(host):
        raise MalformedRequest("the Host header is not a host name with a port")
    return f"{environ['wsgi.url_scheme']}://{host}"
