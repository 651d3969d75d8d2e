"""The first thing that a request meets: prefixes come off its path, and odd but harmless paths are put right.

``/sandboxes/<name>`` and ``/scenarios/<spec>`` become part of ``SCRIPT_NAME``, so that every reference and link stays
below them by itself. Clients were seen to send ``/students/?limit=5`` and ``//classes``; a redirect would break signed
requests, so the path is put right instead. What was sent stays in the environment, because a signature covers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mockroster.admin.address import PREFIX
from mockroster.auth.oauth1 import BASE_URL, PATH

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SANDBOX = "mockroster.sandbox"
"""The key in a WSGI environment of the name of the sandbox that the path names."""

SCENARIOS = "mockroster.scenarios"
"""The key in a WSGI environment of the scenarios that the path names."""

_SLASHES = re.compile("/{2,}")
_PREFIX = re.compile(r"(?:/sandboxes/(?P<sandbox>[^/]+))?(?:/scenarios/(?P<spec>[^/]+))?(?=/|$)")


class Edge:
    """WSGI middleware that takes prefixes off and normalises slashes."""

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
        if path.startswith(("/sandboxes/", "/scenarios/")):
            path = _without_prefix(environ, path)
        environ["PATH_INFO"] = path.rstrip("/") or "/"
        return self.application(environ, start_response)


def _without_prefix(environ: WSGIEnvironment, path: str) -> str:
    """Take the prefixes into the environment, and return what is left of the path."""
    prefix = _PREFIX.match(path)
    if prefix is None:
        return path
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix[0]
    environ[PREFIX] = prefix[0]
    if prefix["sandbox"]:
        environ[SANDBOX] = prefix["sandbox"]
    if prefix["spec"]:
        environ[SCENARIOS] = prefix["spec"].encode("latin-1", "replace").decode("utf-8", "replace").replace("~", "/")
    return path[prefix.end() :]
