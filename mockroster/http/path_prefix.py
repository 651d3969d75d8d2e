"""The first thing that a request meets: prefixes come off its path, and odd but harmless paths are put right.

``/sandboxes/<name>`` and ``/scenarios/<spec>`` become part of ``SCRIPT_NAME``, so that every reference and link stays
below them by itself. Clients were seen to send ``/students/?limit=5`` and ``//classes``; a redirect would break signed
requests, so the path is put right instead. What was sent stays in the environment, because a signature covers it.

WSGI hands a path over decoded, so that ``%2F`` in an id looks like a slash between segments. Where the server also
gives the request target as it was sent, the two are told apart; where it does not, every slash separates segments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

from mockroster.auth.oauth1 import BASE_URL, PATH
from mockroster.http.admin.address import PREFIX
from mockroster.render.request_path import ROUTE_PATH, SLASH

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from werkzeug.wrappers import Request

SANDBOX = "mockroster.sandbox"
"""The key in a WSGI environment of the name of the sandbox that the path names."""

SCENARIOS = "mockroster.scenarios"
"""The key in a WSGI environment of the scenarios that the path names."""

ROUTED = "mockroster.routed"
"""The key in a WSGI environment of the path that is routed, where a scenario serves another than was asked."""

_TARGETS = ("RAW_URI", "REQUEST_URI")
"""The keys in a WSGI environment under which servers give the request target as it was sent."""

_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)
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
    """What is left: without doubled slashes and without one at its end, but at least a slash.

    ``SLASH`` stands for each slash that was sent as ``%2F``.
    """


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
        prefix = split_prefix(with_encoded_slashes(environ))
        environ["PATH_INFO"] = prefix.path.replace(SLASH, "/")
        if SLASH in prefix.path:
            environ[ROUTE_PATH] = SLASH.join(map(_decoded, prefix.path.split(SLASH)))
        if prefix.text:
            _enter(environ, prefix)
        return self.application(environ, start_response)


def with_encoded_slashes(environ: WSGIEnvironment) -> str:
    """Return the path of a request with ``SLASH`` for each slash that was sent as ``%2F``.

    That is known where the server gives the target as it was sent. One that does not decode to the path was rewritten
    on its way to us, and does not count.
    """
    path: str = environ.get("PATH_INFO", "")
    target: str = next((environ[name] for name in _TARGETS if name in environ), "")
    if "%2" not in target:
        return path
    sent = target.partition("?")[0]
    if not sent.startswith("/"):  # the absolute form of a request target, RFC 9112, 3.2.2
        sent = "/" + sent.partition("://")[2].partition("/")[2]
    mount = environ.get("SCRIPT_NAME", "")
    pieces = _ENCODED_SLASH.split(sent)
    marked = SLASH.join(unquote_to_bytes(piece.encode("latin-1", "replace")).decode("latin-1") for piece in pieces)
    return marked[len(mount) :] if marked.replace(SLASH, "/") == mount + path else path


def split_prefix(path: str) -> Prefix:
    """Return a path of a WSGI environment, split. In a base path ``~`` stands for a slash, also for an encoded one."""
    found = _PREFIX.match(path) if _PREFIXED.match(path) else None
    rest = path[found.end() :] if found else path
    if "//" in rest:
        rest = _SLASHES.sub("/", rest)
    rest = rest.rstrip("/") or "/"
    if found is None:
        return Prefix("", None, None, rest)
    text, sandbox, spec = (part and part.replace(SLASH, "~") for part in (found[0], *found.groups()))
    return Prefix(_SLASHES.sub("/", text or ""), sandbox, spec, rest)


def _enter(environ: WSGIEnvironment, prefix: Prefix) -> None:
    """Take a prefix into the environment."""
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix.text
    environ[PREFIX] = prefix.text
    if prefix.sandbox is not None:
        environ[SANDBOX] = prefix.sandbox
    if prefix.scenarios is not None:
        environ[SCENARIOS] = _decoded(prefix.scenarios).replace("~", "/")


def routed(request: Request) -> str:
    """Return the path by which a request finds its operation: its own, or the one that a scenario puts in its place."""
    path: str = request.environ.get(ROUTED, request.path)
    return path


def _decoded(text: str) -> str:
    """Return the text of a piece of a path, which WSGI hands over with each byte as a character (PEP 3333)."""
    return text.encode("latin-1", "replace").decode("utf-8", "replace")
