"""WSGI middleware that strips the prefixes of a path and normalizes its slashes, before anything else runs.

``/sandboxes/<name>`` and ``/scenarios/<spec>`` become part of ``SCRIPT_NAME``, so that references and links stay
below them. Some clients send ``/students/?limit=5`` or ``//classes``. A redirect would break signed requests, so the
path is normalized instead. The original path stays in the environment, because a signature covers it.

A WSGI path is decoded, so that ``%2F`` in an id looks like a slash between segments. If the server also passes the
raw request target, the two are distinguished; if not, every slash separates segments.
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
"""The WSGI environment key for the sandbox name in the path."""

SCENARIOS = "mockroster.scenarios"
"""The WSGI environment key for the scenarios in the path."""

ROUTED = "mockroster.routed"
"""The WSGI environment key for the path that is routed, if a scenario replaces the requested one."""

_SPLIT = "mockroster.split_path"
"""The WSGI environment key for the split path."""

_TARGETS = ("RAW_URI", "REQUEST_URI")
"""The WSGI environment keys under which servers pass the raw request target."""

_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)
_SLASHES = re.compile("/{2,}")
_PREFIXED = re.compile("/+(?:sandboxes|scenarios)/")
_PREFIX = re.compile(r"(?:/+sandboxes/(?P<sandbox>[^/]+|(?=/)))?(?:/+scenarios/(?P<spec>[^/]+|(?=/)))?(?=/|$)")
"""A name or spec is empty if a slash follows at once: the next segment must not be taken for it."""


class Prefix(NamedTuple):
    """A path, split into its prefix and the rest."""

    text: str
    sandbox: str | None
    scenarios: str | None
    """As received, each byte as a character."""

    path: str
    """The rest: without doubled or trailing slashes, but at least one slash.

    ``SLASH`` stands for each slash that was sent as ``%2F``.
    """


class PathPrefixMiddleware:
    """WSGI middleware that strips prefixes and normalizes slashes."""

    def __init__(self, application: WSGIApplication, base_url: str | None) -> None:
        self.application = application
        self.base_url = base_url

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on with a normalized path."""
        path = environ.get("PATH_INFO", "")
        environ[PATH] = environ.get("SCRIPT_NAME", "") + path
        environ[BASE_URL] = self.base_url
        prefix = prefix_of(environ)
        environ["PATH_INFO"] = prefix.path.replace(SLASH, "/")
        if SLASH in prefix.path:
            environ[ROUTE_PATH] = SLASH.join(map(decoded, prefix.path.split(SLASH)))
        if prefix.text:
            _add_prefix(environ, prefix)
        return self.application(environ, start_response)


def prefix_of(environ: WSGIEnvironment) -> Prefix:
    """Return the split path of a request. The environment keeps it, because it is needed twice."""
    prefix: Prefix | None = environ.get(_SPLIT)
    if prefix is None:
        prefix = environ[_SPLIT] = split_prefix(with_encoded_slashes(environ))
    return prefix


def with_encoded_slashes(environ: WSGIEnvironment) -> str:
    """Return the path of a request with ``SLASH`` for each slash that was sent as ``%2F``.

    This needs the raw request target. A target that does not decode to the path was rewritten by a proxy, and is
    ignored.
    """
    path: str = environ.get("PATH_INFO", "")
    target: str = next((environ[name] for name in _TARGETS if name in environ), "")
    if "%2" not in target:
        return path
    raw = target.partition("?")[0]
    if not raw.startswith("/"):  # the absolute form of a request target, RFC 9112, 3.2.2
        raw = "/" + raw.partition("://")[2].partition("/")[2]
    mount = environ.get("SCRIPT_NAME", "")
    pieces = _ENCODED_SLASH.split(raw)
    marked = SLASH.join(unquote_to_bytes(piece.encode("latin-1", "replace")).decode("latin-1") for piece in pieces)
    return marked[len(mount) :] if marked.replace(SLASH, "/") == mount + path else path


def split_prefix(path: str) -> Prefix:
    """Split a path of a WSGI environment. In a prefix ``~`` stands for a slash, also for an encoded one."""
    match = _PREFIX.match(path) if _PREFIXED.match(path) else None
    rest = path[match.end() :] if match else path
    if "//" in rest:
        rest = _SLASHES.sub("/", rest)
    rest = rest.rstrip("/") or "/"
    if match is None:
        return Prefix("", None, None, rest)
    text, sandbox, spec = (part and part.replace(SLASH, "~") for part in (match[0], *match.groups()))
    return Prefix(_SLASHES.sub("/", text or ""), sandbox, spec, rest)


def _add_prefix(environ: WSGIEnvironment, prefix: Prefix) -> None:
    """Add a prefix to the environment."""
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix.text
    environ[PREFIX] = prefix.text
    if prefix.sandbox is not None:
        environ[SANDBOX] = prefix.sandbox
    if prefix.scenarios is not None:
        environ[SCENARIOS] = decoded(prefix.scenarios).replace("~", "/")


def routed_path(request: Request) -> str:
    """Return the path by which a request is routed: its own, or the one that a scenario replaces it by."""
    path: str = request.environ.get(ROUTED, request.path)
    return path


def decoded(text: str) -> str:
    """Decode part of a path, which WSGI passes with each byte as a character (PEP 3333)."""
    return text.encode("latin-1", "replace").decode("utf-8", "replace")
