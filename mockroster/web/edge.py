"""The first thing that a request meets: odd but harmless paths are read as what they mean.

Clients were seen to send ``/students/?limit=5`` and ``//classes``. A redirect would break signed requests, so the path
is put right instead. What was sent stays in the environment, because a signature covers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mockroster.auth.oauth1 import BASE_URL, PATH

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SLASHES = re.compile("/{2,}")


class Edge:
    """WSGI middleware that normalises doubled and trailing slashes."""

    def __init__(self, application: WSGIApplication, base_url: str | None) -> None:
        self.application = application
        self.base_url = base_url

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on with its path put right."""
        path = environ.get("PATH_INFO", "")
        environ[PATH] = environ.get("SCRIPT_NAME", "") + path
        environ[BASE_URL] = self.base_url
        if "//" in path:
            path = _SLASHES.sub("/", path)
        environ["PATH_INFO"] = path.rstrip("/") or "/"
        return self.application(environ, start_response)
