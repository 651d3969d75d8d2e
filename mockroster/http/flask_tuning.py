"""Subclasses of Flask's and Werkzeug's classes that save work at start and for each request.

Each overrides a method of its base class. ``Rule._compile_builder`` is a private one: deferring it saves 60 ms at
the start of a server, which adds 195 routes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from flask import Request, Response
from werkzeug.routing import Map, MapAdapter, PathConverter, Rule, UnicodeConverter
from werkzeug.utils import cached_property

from mockroster.caching import cache_short
from mockroster.delivery import DELIVERY, Steps, blocking
from mockroster.render.request_path import SLASH

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_SMALL_BODY = 64 * 1024
"""Bytes of a body that are below ``MAX_CONTENT_LENGTH``."""

_UNCORRECTED = frozenset({200, 201})
"""The statuses of most responses, for which Werkzeug corrects no header that a view sets."""


class SegmentConverter(UnicodeConverter):
    """One segment of a path; a slash inside it was sent as ``%2F``."""

    def to_python(self, value: str) -> str:
        """Return the segment with its slashes."""
        return value.replace(SLASH, "/")


class SegmentsConverter(PathConverter):
    """One or more segments of a path."""

    def to_python(self, value: str) -> str:
        """Return the segments with their slashes."""
        return value.replace(SLASH, "/")


class FastRequest(Request):
    """A request whose body is read without a limiting stream if the server has all of it in memory."""

    @cached_property
    def stream(self) -> IO[bytes]:
        """Return the body, bounded by its length and by ``MAX_CONTENT_LENGTH``."""
        body = self.environ["wsgi.input"]
        if isinstance(body, BytesIO):
            size = body.getbuffer().nbytes
            if size <= _SMALL_BODY and self.environ.get("CONTENT_LENGTH") == str(size):
                return body
        return super().stream


class FastResponse(Response):
    """A response that skips Werkzeug's header corrections if it needs none: 200 or 201, a whole body and its length.

    A body of ``Steps`` is passed to a server that understands it, even if the status or HEAD allows no body.
    """

    def get_wsgi_response(self, environ: WSGIEnvironment) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return the body, status and headers for the server."""
        body = self.response
        if isinstance(body, Steps):
            body.on_close += self._on_close
            return body if DELIVERY in environ else blocking(body), self.status, self.headers.to_wsgi_list()
        is_whole = type(body) is list and not self._on_close and "Content-Length" in self.headers
        if is_whole and self.status_code in _UNCORRECTED and environ["REQUEST_METHOD"] != "HEAD":
            return body, self.status, self.headers.to_wsgi_list()  # type: ignore[return-value]
        return super().get_wsgi_response(environ)


class LazyRule(Rule):
    """A rule that compiles its URL builder on first use. The server builds no URLs, so it starts sooner."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Any]:  # noqa: FBT001, FBT002
        compile_builder = super()._compile_builder

        def build(rule: Rule, **values: Any) -> Any:
            return compile_builder(append_unknown)(rule, **values)

        return build


class Routes(Map):
    """The routes of an application, with a bounded cache of matches. Host and scheme are ignored.

    Routes below a prefix may be mounted: they are built when a path below it is first requested.
    """

    def __init__(self) -> None:
        converters = {"default": SegmentConverter, "string": SegmentConverter, "path": SegmentsConverter}
        super().__init__(strict_slashes=False, merge_slashes=False, host_matching=False, converters=converters)
        self._mounted: dict[str, Callable[[], Routes]] = {}
        self.lookup = cache_short(lambda _, path: len(path), entries=1024)(self._match)
        """Return the rule of a method and path, and its arguments. Raises as ``MapAdapter.match`` does."""

    def mount(self, prefix: str, build: Callable[[], Routes]) -> None:
        """Serve the paths that begin with a prefix by other routes, which ``build`` returns."""
        self._mounted[prefix] = cache(build)

    def iter_rules(self, endpoint: str | None = None) -> Iterator[Rule]:
        """Yield all rules, the mounted ones included."""
        yield from super().iter_rules(endpoint)
        for build in self._mounted.values():
            yield from build().iter_rules(endpoint)

    def _match(self, method: str, path: str) -> tuple[Rule, Mapping[str, Any]]:
        mounted = next((build for prefix, build in self._mounted.items() if path.startswith(prefix)), None)
        return (mounted() if mounted else self).bind("").match(path, method, return_rule=True)


class CachedMapAdapter(MapAdapter):
    """Matches one request to its route, through the cache of ``Routes``."""

    def __init__(self, routes: Routes, method: str, path: str) -> None:
        super().__init__(routes, "", "", "", "http", path, method)
        self._routes = routes

    def match(self, *_args: Any, **_kwargs: Any) -> Any:
        """Return the rule of the request, and its arguments. Raises as ``MapAdapter.match`` does."""
        return self._routes.lookup(self.default_method, self.path_info)
