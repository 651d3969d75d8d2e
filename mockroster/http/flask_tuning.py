"""What Flask does for every request, without what none of ours needs: sessions, host names, bodies in pieces.

Each class overrides a method of Flask's or Werkzeug's, ``Rule._compile_builder`` among them, which is a private one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Response
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import Map, MapAdapter, PathConverter, Rule, UnicodeConverter

from mockroster.caching import cache_short
from mockroster.delivery import DELIVERY, Steps, blocking
from mockroster.render.request_path import SLASH

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Segment(UnicodeConverter):
    """One segment of a path; a slash inside it was sent as ``%2F``."""

    def to_python(self, value: str) -> str:
        """Return the segment with its slashes."""
        return value.replace(SLASH, "/")


class Segments(PathConverter):
    """One or more segments of a path."""

    def to_python(self, value: str) -> str:
        """Return the segments with their slashes."""
        return value.replace(SLASH, "/")


class Reply(Response):
    """An answer that is handed over as it is where nothing can have to be put right: a 200, whole, of known length.

    A body of ``Steps`` goes to a server that understands them, also where the status or HEAD allows no body.
    """

    def get_wsgi_response(self, environ: WSGIEnvironment) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return body, status and headers as the server shall send them."""
        body = self.response
        if isinstance(body, Steps):
            return body if DELIVERY in environ else blocking(body), self.status, self.headers.to_wsgi_list()
        is_whole = type(body) is list and not self._on_close and "Content-Length" in self.headers
        if is_whole and self.status_code == 200 and environ["REQUEST_METHOD"] != "HEAD":
            return body, self.status, self.headers.to_wsgi_list()  # type: ignore[return-value]
        return super().get_wsgi_response(environ)


class NoSession(SessionInterface):
    """Keeps nothing between requests: OneRoster has no cookies."""

    _NOTHING = NullSession()

    def open_session(self, *_args: Any) -> NullSession:
        """Return the same empty session for all."""
        return self._NOTHING


class Line(Rule):
    """A route that learns how to build its address when it is asked for one, which it never is: so we start sooner."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Any]:  # noqa: FBT001, FBT002
        learn = super()._compile_builder

        def build(line: Rule, **values: Any) -> Any:
            return learn(append_unknown)(line, **values)

        return build


class Routes(Map):
    """The routes of an application, which do not ask for host or scheme; those that were found last are remembered."""

    def __init__(self) -> None:
        converters = {"default": Segment, "string": Segment, "path": Segments}
        super().__init__(strict_slashes=False, merge_slashes=False, host_matching=False, converters=converters)
        self.found = cache_short(lambda _, path: len(path), entries=1024)(self._find)
        """Return the rule of a method and path, and what its parameters are. Raises what werkzeug's own match does."""

    def _find(self, method: str, path: str) -> tuple[Rule, Mapping[str, Any]]:
        return self.bind("").match(path, method, return_rule=True)


class Way(MapAdapter):
    """The way of one request to its route."""

    def __init__(self, routes: Routes, method: str, path: str) -> None:
        super().__init__(routes, "", "", "", "http", path, method)
        self._routes = routes

    def match(self, *_args: Any, **_kwargs: Any) -> Any:
        """Return the rule of the request, and what its parameters are. Raises what werkzeug's own does."""
        return self._routes.found(self.default_method, self.path_info)
