"""Cross-origin requests: let browsers pass the standard's responses to pages of other origins (``--cors``).

Preflights are answered here. They reach no sandbox, so no journal, counter or scenario sees them. The switchboard is
never opened. Source: the Fetch standard of the WHATWG, section 3.2 (CORS protocol).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ANY = "*"

_METHODS = "GET, HEAD, PUT, POST, DELETE"
_REQUEST_HEADERS = "Authorization, Content-Type, X-Mockroster-Scenario, X-Mockroster-Run"
_EXPOSED = "X-Total-Count, Link, Retry-After, X-Mockroster-Scenario"
_SECONDS = "600"
"""The time for which a browser may cache the response to a preflight."""


class Cors:
    """WSGI middleware that answers preflights and lets pages of configured origins read responses."""

    def __init__(self, application: WSGIApplication, origins: tuple[str, ...], token_paths: Iterable[str]) -> None:
        """``origins`` come from ``--cors``; ``token_paths`` are the paths of the token endpoint."""
        self._application = application
        self._origins = frozenset(origins)
        tokens = "|".join(map(re.escape, sorted(token_paths)))
        self._open = re.compile(f"/ims/|/openapi/|(?:{tokens})$")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a preflight, or pass the request on. ``PATH_INFO`` has no prefixes here."""
        if not self._open.match(environ["PATH_INFO"]):
            return self._application(environ, start_response)
        origin = environ.get("HTTP_ORIGIN")
        allowed = self._allowed_origin(origin)
        if environ["REQUEST_METHOD"] == "OPTIONS" and origin and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            return _preflight(origin, allowed, start_response)
        added = _origin_headers(allowed)
        if allowed is not None:
            added.append(("Access-Control-Expose-Headers", _EXPOSED))

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, *added], exc_info)

        return self._application(environ, begin)

    def _allowed_origin(self, origin: str | None) -> str | None:
        """Return the value of ``Access-Control-Allow-Origin``, or ``None`` if the origin is not allowed."""
        if ANY in self._origins:
            return ANY
        return origin if origin is not None and origin.lower() in self._origins else None


def _origin_headers(allowed: str | None) -> list[tuple[str, str]]:
    """Return the headers that allow an origin, and ``Vary`` if the response depends on it."""
    headers = [] if allowed is None else [("Access-Control-Allow-Origin", allowed)]
    return headers if allowed == ANY else [*headers, ("Vary", "Origin")]


def _preflight(origin: str, allowed: str | None, start_response: StartResponse) -> Iterable[bytes]:
    """Answer a preflight request."""
    if allowed is None:
        sentence = f"pages of {origin[:100]!r} may not ask this server; --cors says which may\n".encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(sentence)))]
        start_response("403 Forbidden", [*headers, *_origin_headers(allowed)])
        return [sentence]
    permitted = [
        ("Access-Control-Allow-Methods", _METHODS),
        ("Access-Control-Allow-Headers", _REQUEST_HEADERS),
        ("Access-Control-Max-Age", _SECONDS),
    ]
    start_response("204 No Content", [*_origin_headers(allowed), *permitted])
    return []
