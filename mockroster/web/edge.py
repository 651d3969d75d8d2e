"""The first thing that a request meets: prefixes come off its path, and odd but harmless paths are put right.

``/sandboxes/<name>`` and ``/scenarios/<spec>`` become part of ``SCRIPT_NAME``, so that every reference and link stays
below them by itself. Clients were seen to send ``/students/?limit=5`` and ``//classes``; a redirect would break signed
requests, so the path is put right instead. What was sent stays in the environment, because a signature covers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from mockroster.admin.address import PREFIX
from mockroster.auth.oauth1 import BASE_URL, PATH

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SANDBOX = "mockroster.sandbox"
"""The key in a WSGI environment of the name of the sandbox that the path names."""

SCENARIOS = "mockroster.scenarios"
"""The key in a WSGI environment of the scenarios that the path names."""

_SLASHES = re.compile("/{2,}")
_PREFIXED = re.compile("/+(?:sandboxes|scenarios)/")
_PREFIX = re.compile(r"(?:/+sandboxes/(?P<sandbox>[^/]+|(?=/)))?(?:/+scenarios/(?P<spec>[^/]+|(?=/)))?(?=/|$)")
"""A name or spec is empty where a slash follows at once: what comes next must not be taken for it."""


class Prefix(NamedTuple):
    """A path, split at what leads to a sandbox and to scenarios."""

    text: str
    sandbox: str | None
    scenarios: str | None
    """As it was sent, each byte as a character."""

    path: str
    """What is left: without doubled slashes and without one at its end, but at least a slash."""


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
        prefix = split_prefix(path)
        environ["PATH_INFO"] = prefix.path
        if prefix.text:
            _enter(environ, prefix)
        return self.application(environ, start_response)


def split_prefix(path: str) -> Prefix:
    """Return a path of a WSGI environment, split."""
    found = _PREFIX.match(path) if _PREFIXED.match(path) else None
    rest = path[found.end() :] if found else path
    if "//" in rest:
        rest = _SLASHES.sub("/", rest)
    rest = rest.rstrip("/") or "/"
    if found is None:
        return Prefix("", None, None, rest)
    return Prefix(_SLASHES.sub("/", found[0]), found["sandbox"], found["spec"], rest)


def _enter(environ: WSGIEnvironment, prefix: Prefix) -> None:
    """Take a prefix into the environment."""
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix.text
    environ[PREFIX] = prefix.text
    if prefix.sandbox is not None:
        environ[SANDBOX] = prefix.sandbox
    if prefix.scenarios is not None:
        environ[SCENARIOS] = prefix.scenarios.encode("latin-1", "replace").decode("utf-8", "replace").replace("~", "/")
