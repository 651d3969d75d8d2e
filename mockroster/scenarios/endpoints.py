"""Scenarios in which endpoints are missing, are elsewhere, or answer otherwise than they should."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson
from werkzeug.wrappers import Response

from mockroster.caching import cache_short
from mockroster.errors import ConfigurationError
from mockroster.render.answer import JSON
from mockroster.scenarios.base import ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange, Ordered
from mockroster.scenarios.reads import MemberScenario
from mockroster.standard.fields import Member, Ref
from mockroster.standard.versions import SERVICES, VERSIONS

_BASES = {service.name: service.base for service in SERVICES}


@dataclass(frozen=True)
class MissingEndpoints(ReplyScenario):
    """Some endpoints do not exist: 404, or 501 where that is asked for, whatever the method.

    Source: row 72 of the quirks table.
    """

    name = "missing-endpoints"
    paths: tuple[str, ...] = parameter(
        ("/schools/*/classes", "/schools/*/courses", "/schools/*/terms"),
        "paths below the base path, as in /schools/{id}/classes; * is any one segment, ** any number of them",
    )
    status: int = parameter(404, "HTTP status of the answer: 404 or 501", least=400, most=599)

    def before(self, exchange: Exchange) -> Response | None:
        """Answer for what is missing."""
        operation = exchange.operation
        if operation is None:
            return None
        path = operation.path.format(**{name: value.replace("/", "%2F") for name, value in exchange.path.items()})
        return _absent(exchange, self.status) if any(path_pattern(one).fullmatch(path) for one in self.paths) else None


@dataclass(frozen=True)
class OnlyEndpoints(ReplyScenario):
    """Only some endpoints exist, for some methods and in one version or both; all others are 404.

    Source: rows 72 and 73 of the quirks table.
    """

    name = "only-endpoints"
    paths: tuple[str, ...] = parameter(
        ("/orgs", "/orgs/*", "/users", "/users/*", "/classes", "/classes/*", "/enrollments", "/enrollments/*"),
        "paths below the base path that exist; * is any one segment, ** any number of them",
    )
    methods: tuple[str, ...] = parameter(("GET",), "methods that exist", words=("GET", "PUT", "POST", "DELETE"))
    version: str = parameter("any", "version that exists", words=("any", *VERSIONS.numbers))

    def before(self, exchange: Exchange) -> Response | None:
        """Answer for all others."""
        operation = exchange.operation
        if operation is None:
            return None
        path = operation.path.format(**{name: value.replace("/", "%2F") for name, value in exchange.path.items()})
        if (
            operation.method in self.methods
            and self.version in {"any", VERSIONS[operation.resource.version].number}
            and any(path_pattern(one).fullmatch(path) for one in self.paths)
        ):
            return None
        return _absent(exchange)


_PLACEHOLDERS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


@cache_short(len, longest=256)
def path_pattern(glob: str) -> re.Pattern[str]:
    """Return the pattern that a path with placeholders stands for."""
    parts = re.split(r"({[^}/]*}|\*\*|\*|\?)", "/" + glob.strip("/"))
    return re.compile(
        "".join("[^/]+" if part[:1] == "{" else _PLACEHOLDERS.get(part, re.escape(part)) for part in parts)
    )


def _absent(exchange: Exchange, status: int = 404) -> Response:
    return exchange.failure(status, f"there is nothing at {exchange.request.path[:255]!r}")


@dataclass(frozen=True)
class BasePath(MemberScenario):
    """A service has another base path, and its own is 404. References and links lead to the other one.

    The token endpoint and the discovery documents that lie below the base path move with it. Several of these move
    several services. The path may not be that of the switchboard.

    Source: rows 74 and 154 of the quirks table.
    """

    name = "base-path"
    path: str = parameter("/api/oneroster/v1p1", "base path of the service; in a base URL ~ stands for a slash")
    service: str = parameter("v1p1", "the service that is moved", words=tuple(_BASES))

    def __post_init__(self) -> None:
        """Refuse a path that no request could have, and a colon: in HTTP Basic the secret may follow it."""
        if not re.fullmatch(r"(?:/[^/?#:\s]+)+", self.path):
            raise ConfigurationError(f"base-path:path: {self.path[:80]!r} is not a path such as /api/oneroster/v1p1")

    def route(self, path: str) -> str:
        """Return the path below the service's own base."""
        if path != self.path and not path.startswith(f"{self.path}/"):
            return path
        return _BASES[self.service] + path.removeprefix(self.path)

    def before(self, exchange: Exchange) -> Response | None:
        """Answer that there is nothing at the service's own base."""
        path = exchange.request.path
        is_own = path.startswith(f"{_BASES[self.service]}/") and self.route(path) == path
        return _absent(exchange) if is_own else None

    def value(self, field: Member, value: Any) -> Any:
        """Move the href of a reference."""
        if not isinstance(field, Ref) or not isinstance(value, dict) or not isinstance(value.get("href"), str):
            return value
        before, base, after = value["href"].rpartition(f"{_BASES[self.service]}/")
        return value | {"href": f"{before}{self.path}/{after}"} if base else value


@dataclass(frozen=True)
class FlatOnly(ReplyScenario):
    """There are collections and single records, and no nested endpoints: /schools/{id}/classes and its like are 404.

    Source: row 73 of the quirks table.
    """

    name = "flat-only"

    def before(self, exchange: Exchange) -> Response | None:
        """Answer for what is nested."""
        return _absent(exchange) if exchange.operation and exchange.operation.parents else None


@dataclass(frozen=True)
class UnknownParentEmpty(ReplyScenario):
    """The children of a parent that does not exist are 200 and an empty list, where 404 is due.

    Source: row 82 of the quirks table.
    """

    name = "unknown-parent-empty"

    def after(self, exchange: Exchange, response: Response) -> Response | None:
        """Answer with an empty list where the server found no parent."""
        operation = exchange.operation
        if operation is None or operation.kind != "collection" or not operation.parents:
            return None
        if response.status_code != 404 or isinstance(response, Ordered):
            return None
        empty = orjson.dumps({operation.resource.collection: []})
        return Response(empty, 200, {"X-Total-Count": "0"}, content_type=JSON)
