"""Scenarios that serve the operations at other paths, or at more paths than the standard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import quote

import orjson
from werkzeug.wrappers import Response

from mockroster.errors import ConfigurationError
from mockroster.render.answer import JSON
from mockroster.roster.record import Record
from mockroster.scenarios.access.credentials import authenticate
from mockroster.scenarios.base import AccessScenario, ReplyScenario, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.reads import MemberScenario
from mockroster.standard.fields import Member, Ref
from mockroster.standard.model import Operation
from mockroster.standard.versions import SERVICES, VERSIONS

_V1P1 = VERSIONS.oldest.services[0].base
_V1P2_BASES = {service.name: service.base for service in VERSIONS["1.2"].services}


@dataclass(frozen=True)
class AnyCasePaths(ReplyScenario):
    """Paths are accepted in any case: ``/lineitems`` and ``/LineItems`` are ``/lineItems``. Ids keep their case.

    Source: row 149 of the quirks table.
    """

    name = "any-case-paths"

    def route(self, path: str) -> str:
        """Return the path in the case of the standard."""
        for pattern, template in _patterns():
            match = pattern.fullmatch(path)
            if match:
                return template.format(*match.groups())
        return path


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the pattern of each path in any case, with the path of the standard as a template."""
    paths = dict.fromkeys(service.base + operation.path for service in SERVICES for operation in service.all_operations)
    return tuple(
        (re.compile(re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(path)), re.IGNORECASE), re.sub(r"{\w+}", "{}", path))
        for path in paths
    )


@dataclass(frozen=True)
class OtherRoot(ReplyScenario):
    """The services of 1.2 are served below ``/ims/oneroster/v1p2`` too.

    ``nested``: with their names, ``/ims/oneroster/v1p2/rostering/v1p2/users``; ``flat``: without,
    ``/ims/oneroster/v1p2/categories``.

    Source: rows 75 and 76 of the quirks table.
    """

    name = "other-root"
    style: str = parameter("nested", "form of the additional paths", words=("nested", "flat"))

    def route(self, path: str) -> str:
        """Map an additional path to that of the standard."""
        if not path.startswith(_ROOT):
            return path
        rest = path.removeprefix(_ROOT)
        if self.style == "nested":
            nested = f"/ims/oneroster/{rest}"
            return nested if any(nested.startswith(f"{base}/") for base in _V1P2_BASES.values()) else path
        return next((f"{base}/{rest}" for base, pattern in _flat_patterns() if pattern.fullmatch(f"/{rest}")), path)


_ROOT = "/ims/oneroster/v1p2/"


@cache
def _flat_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (service.base, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation.path))))
        for service in SERVICES
        if service.name in _V1P2_BASES
        for operation in service.all_operations
    )


@dataclass(frozen=True)
class TokenPath(AccessScenario, ReplyScenario):
    """The token endpoint has another path, which cannot be derived from the base URL. The usual ones are 404.

    Source: rows 32 and 33 of the quirks table.
    """

    name = "token-path"
    path: str = parameter("/oauth/access_token", "path of the token endpoint; in a base URL write ~ for a slash")

    def __post_init__(self) -> None:
        """Refuse a path that cannot occur in a request."""
        if not re.fullmatch(r"(?:/[^/?#:\s]+)+", self.path):
            raise ConfigurationError(f"token-path:path: {self.path[:80]!r} is not a path such as /oauth/access_token")

    def route(self, path: str) -> str:
        """Map the path to that of the token endpoint."""
        return "/oauth2/token" if path == self.path else path

    def on_token_request(self, exchange: Exchange) -> Response | None:
        """Refuse requests for the usual paths."""
        path = exchange.request.path
        return None if path == self.path else exchange.failure(404, f"there is nothing at {path[:255]!r}")


@dataclass(frozen=True)
class TenantPath(MemberScenario):
    """All services are below a segment for the tenant, which contains a percent-encoded character.

    ``GET /applications`` lists the tenants; its ``oneroster_application_id`` is already encoded, so that a client which
    encodes it again gets a 404. It has no paging headers. The standard base paths are 404. References and links have
    the segment. The names of the members of that list are invented, except the id.

    Source: rows 46 and 151 of the quirks table.
    """

    name = "tenant-path"
    tenant: str = parameter("MoYPlyQWmG0=", "the tenant's segment, not encoded")

    def __post_init__(self) -> None:
        """Refuse a segment that cannot occur in a path."""
        if not re.fullmatch(r"[^/?#:\s]+", self.tenant) or self.tenant in {"applications", "ims", "oauth2"}:
            raise ConfigurationError(f"tenant-path:tenant: {self.tenant[:80]!r} is not a segment such as MoYPlyQWmG0=")

    def route(self, path: str) -> str:
        """Map a path below the tenant to that of the standard, and the list of tenants to a path of a service."""
        if path == "/applications":
            return f"{_V1P1}/applications"
        return path.removeprefix(f"/{self.tenant}") if path.startswith(f"/{self.tenant}/ims/") else path

    def before(self, exchange: Exchange) -> Response | None:
        """Answer with the list of tenants, and refuse requests without the segment."""
        path = exchange.request.path
        if path == "/applications" and exchange.request.method == "GET":
            authenticate(exchange)
            application = {"oneroster_application_id": self._encoded(), "name": exchange.sandbox.name}
            return Response(orjson.dumps({"applications": [application]}), 200, content_type=JSON)
        if path.startswith(f"/{self.tenant}/") and path != "/applications":
            return None
        return exchange.failure(404, f"there is nothing at {path[:255]!r}")

    def value(self, field: Member, value: Any) -> Any:
        """Add the segment to the href of a reference."""
        if not isinstance(field, Ref) or not isinstance(value, dict) or not isinstance(value.get("href"), str):
            return value
        before, root, after = value["href"].partition("/ims/oneroster/")
        return value | {"href": f"{before}/{self._encoded()}{root}{after}"} if root else value

    def _encoded(self) -> str:
        return quote(self.tenant, safe="")


@dataclass(frozen=True)
class VendorEndpoints(ReplyScenario):
    """There are collections that the standard does not have, in both versions.

    ``/administrators``, ``/guardians`` and ``/relatives`` are users by role, ``/districts`` are orgs;
    ``/studentEnrollments`` and ``/teacherEnrollments`` are enrollments by role, also below ``/schools/{id}``;
    ``/user/{id}`` is one user.

    Source: row 77 of the quirks table.
    """

    name = "vendor-endpoints"

    def route(self, path: str) -> str:
        """Map a path to the collection that has its rows."""
        before, _, last = path.rpartition("/")
        if last in _VENDOR:
            return f"{before}/{_VENDOR[last][0]}"
        base, word, singular = before.rpartition("/user")
        return f"{base}/users/{last}" if word and not singular else path

    def replace_operation(self, exchange: Exchange, operation: Operation) -> Operation:
        """Read the rows with the role or type."""
        collection, member, value = _VENDOR.get(exchange.request.path.rpartition("/")[2], ("", "", ""))
        if collection != operation.resource.collection:
            return operation
        edition = VERSIONS[operation.resource.version].edition
        if value == "administrator" and edition.role != member:
            return operation
        return _narrowed(operation, edition.role if collection == "users" else member, value)

    def order(self, exchange: Exchange, records: list[Record]) -> list[Record]:
        """Select the administrators of 1.2, which has several kinds of them."""
        has_one_kind = VERSIONS[exchange.version].edition.role == _VENDOR["administrators"][1]
        if exchange.request.path.rpartition("/")[2] != "administrators" or has_one_kind:
            return records
        return [record for record in records if any(map(_is_administrator, record.get("roles", ())))]


_VENDOR = {
    "administrators": ("users", "role", "administrator"),
    "guardians": ("users", "role", "guardian"),
    "relatives": ("users", "role", "relative"),
    "districts": ("orgs", "type", "district"),
    "studentEnrollments": ("enrollments", "role", "student"),
    "teacherEnrollments": ("enrollments", "role", "teacher"),
}
"""The collection, member and value by the last segment of the path."""


def _is_administrator(role: Mapping[str, str]) -> bool:
    return role.get("role", "").endswith("dministrator")


@cache
def _narrowed(operation: Operation, member: str, value: str) -> Operation:
    return replace(operation, rows=replace(operation.rows, where={member: value}))
