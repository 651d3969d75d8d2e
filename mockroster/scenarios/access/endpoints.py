"""Scenarios with missing, moved or wrong endpoints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from werkzeug.wrappers import Request, Response

from mockroster.auth.oauth1 import PATH
from mockroster.caching import cache_short
from mockroster.errors import ConfigurationError
from mockroster.query import parameters
from mockroster.render.answer import JSON
from mockroster.render.request_path import encoded_path
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, InjectedError
from mockroster.scenarios.reads import MemberScenario
from mockroster.standard.fields import Member, Ref
from mockroster.standard.versions import SERVICES, VERSIONS

_BASES = {service.name: service.base for service in SERVICES}


@dataclass(frozen=True)
class MissingEndpoints(ReplyScenario):
    """Some endpoints do not exist: 404 or 501 for all methods.

    Source: row 72 of the quirks table.
    """

    name = "missing-endpoints"
    paths: tuple[str, ...] = parameter(
        ("/schools/*/classes", "/schools/*/courses", "/schools/*/terms"),
        "paths below the base path, such as /schools/{id}/classes; * matches one segment, ** any number",
    )
    status: int = parameter(404, "HTTP status of the response: 404 or 501", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Refuse requests for the missing paths."""
        operation = exchange.operation
        if operation is None:
            return None
        path = operation.path.format(**{name: value.replace("/", "%2F") for name, value in exchange.path.items()})
        return (
            _not_found(exchange, self.status)
            if any(path_pattern(pattern).fullmatch(path) for pattern in self.paths)
            else None
        )


@dataclass(frozen=True)
class OnlyEndpoints(ReplyScenario):
    """Only some endpoints exist, for some methods, in one version or both. All others are 404.

    Source: rows 72 and 73 of the quirks table.
    """

    name = "only-endpoints"
    paths: tuple[str, ...] = parameter(
        ("/orgs", "/orgs/*", "/users", "/users/*", "/classes", "/classes/*", "/enrollments", "/enrollments/*"),
        "existing paths below the base path; * matches one segment, ** any number",
    )
    methods: tuple[str, ...] = parameter(("GET",), "existing methods", words=("GET", "PUT", "POST", "DELETE"))
    version: str = parameter("any", "existing version", words=("any", *VERSIONS.numbers))

    def before(self, exchange: Exchange) -> Response | None:
        """Refuse all other requests."""
        operation = exchange.operation
        if operation is None:
            return None
        path = operation.path.format(**{name: value.replace("/", "%2F") for name, value in exchange.path.items()})
        if (
            operation.method in self.methods
            and self.version in {"any", VERSIONS[operation.resource.version].number}
            and any(path_pattern(pattern).fullmatch(path) for pattern in self.paths)
        ):
            return None
        return _not_found(exchange)


_PLACEHOLDERS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


@cache_short(len, longest=256)
def path_pattern(glob: str) -> re.Pattern[str]:
    """Return the regular expression of a path with placeholders."""
    parts = re.split(r"({[^}/]*}|\*\*|\*|\?)", "/" + glob.strip("/"))
    return re.compile(
        "".join("[^/]+" if part[:1] == "{" else _PLACEHOLDERS.get(part, re.escape(part)) for part in parts)
    )


def _not_found(exchange: Exchange, status: int = 404) -> Response:
    return exchange.failure(status, f"there is nothing at {exchange.request.path[:255]!r}")


@dataclass(frozen=True)
class BasePath(MemberScenario):
    """A service has another base path, which references and links use. The standard base path is 404.

    The token endpoint and the discovery documents below the base path move with it. Activate the scenario several times
    to move several services. The path must not be that of the switchboard.

    Source: rows 74 and 154 of the quirks table.
    """

    name = "base-path"
    path: str = parameter("/api/oneroster/v1p1", "new base path of the service; in a base URL write ~ for a slash")
    service: str = parameter("v1p1", "the service to move", words=tuple(_BASES))

    def __post_init__(self) -> None:
        """Refuse a path that cannot occur in a request, and a colon, which separates the secret in HTTP Basic."""
        if not re.fullmatch(r"(?:/[^/?#:\s]+)+", self.path):
            raise ConfigurationError(f"base-path:path: {self.path[:80]!r} is not a path such as /api/oneroster/v1p1")

    def route(self, path: str) -> str:
        """Map a path below the new base to the standard base."""
        if path != self.path and not path.startswith(f"{self.path}/"):
            return path
        return _BASES[self.service] + path.removeprefix(self.path)

    def before(self, exchange: Exchange) -> Response | None:
        """Refuse requests below the standard base."""
        path = exchange.request.path
        is_standard = path.startswith(f"{_BASES[self.service]}/") and self.route(path) == path
        return _not_found(exchange) if is_standard else None

    def value(self, field: Member, value: Any) -> Any:
        """Replace the base in the href of a reference."""
        if not isinstance(field, Ref) or not isinstance(value, dict) or not isinstance(value.get("href"), str):
            return value
        before, base, after = value["href"].rpartition(f"{_BASES[self.service]}/")
        return value | {"href": f"{before}{self.path}/{after}"} if base else value


@dataclass(frozen=True)
class FlatOnly(ReplyScenario):
    """Only flat endpoints exist, for collections and single records. Nested ones such as /schools/{id}/classes are 404.

    Source: row 73 of the quirks table.
    """

    name = "flat-only"

    def before(self, exchange: Exchange) -> Response | None:
        """Refuse requests for nested endpoints."""
        return _not_found(exchange) if exchange.operation and exchange.operation.parents else None


@dataclass(frozen=True)
class UnknownParentEmpty(ReplyScenario):
    """The children of an unknown parent are 200 with an empty list instead of 404.

    Source: row 82 of the quirks table.
    """

    name = "unknown-parent-empty"

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Replace the 404 by an empty list."""
        operation = exchange.operation
        if operation is None or operation.kind != "collection" or not operation.parents:
            return None
        if response.status_code != 404 or isinstance(response, InjectedError):
            return None
        empty = orjson.dumps({operation.resource.collection: []})
        return Response(empty, 200, {"X-Total-Count": "0"}, content_type=JSON)


MARKER = "redirected"
"""The query parameter that marks a request as already redirected."""


@dataclass(frozen=True)
class Redirects(ReplyScenario):
    """Every request is first redirected to the same path with an additional query parameter.

    A client that does not follow redirects, or loses method, body or Authorization, fails.

    Source: rows 83 and 108 of the quirks table.
    """

    name = "redirects"
    status: str = parameter("307", "HTTP status of the redirect", words=("301", "302", "307", "308"))

    def before(self, exchange: Exchange) -> Response | None:
        """Redirect requests without the marker, before anything else."""
        request = exchange.request
        pairs = parameters.split(request.query_string)
        if any(name == MARKER for name, _ in pairs):
            return None
        path = quote(request.root_path) + encoded_path(request.environ, request.path)
        target = f"{path}?{urlencode([*pairs, (MARKER, '1')])}"
        return Response("", int(self.status), {"Location": target})

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Remove the marker from links, so that the next page is redirected too."""
        links = response.headers.get("Link")
        if links is None:
            return None
        response.headers["Link"] = links.replace(f"{MARKER}=1&", "").replace(f"&{MARKER}=1", "")
        return response


@dataclass(frozen=True)
class AcceptRequired(ReplyScenario):
    """A request must list a media type in Accept: without it, or with ``*/*`` only, it is 406 or 400.

    Source: row 142 of the quirks table.
    """

    name = "accept-required"
    type: str = parameter("application/json", "the required media type")
    status: str = parameter("406", "HTTP status of the refusal", words=("406", "400"))

    def before(self, exchange: Exchange) -> Response | None:
        """Refuse a request that does not list the type."""
        accept = exchange.request.headers.get("Accept", "")
        listed = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
        if self.type.lower() in listed:
            return None
        return exchange.failure(int(self.status), f"Accept must list {self.type}")


@dataclass(frozen=True)
class TrailingSlash(ReplyScenario):
    """A trailing slash in the path is needed, refused, or added by a redirect; the server accepts both otherwise.

    ``needed``: a path without one is 404; ``refused``: a path with one is 404; ``redirect``: a path without one is
    redirected with 308, which breaks OAuth 1.0a signatures.

    Source: row 83 of the quirks table.
    """

    name = "trailing-slash"
    style: str = parameter("redirect", "what happens to paths", words=("needed", "refused", "redirect"))

    def before(self, exchange: Exchange) -> Response | None:
        """Refuse or redirect the request."""
        request = exchange.request
        has_slash = _original_path(request).endswith("/")
        if has_slash == (self.style != "refused"):
            return None
        if self.style != "redirect":
            return _not_found(exchange)
        path = quote(request.root_path) + encoded_path(request.environ, request.path)
        query = request.query_string.decode("latin-1")
        return Response("", 308, {"Location": f"{path}/?{query}" if query else f"{path}/"})


@dataclass(frozen=True)
class DoubledSlashRefused(ReplyScenario):
    """A path with a doubled slash, such as ``//classes``, is 404; the server accepts it otherwise.

    Source: row 21 of the quirks table.
    """

    name = "doubled-slash-refused"

    def before(self, exchange: Exchange) -> Response | None:
        """Refuse the path."""
        return _not_found(exchange) if "//" in _original_path(exchange.request) else None


def _original_path(request: Request) -> str:
    """Return the decoded path as the client sent it."""
    path: str = request.environ.get(PATH, request.path)
    return path
