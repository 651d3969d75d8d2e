"""Suggest the right path or method to a client whose request matches no route."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from mockroster.errors import closest
from mockroster.standard.model import Operation, Service
from mockroster.standard.versions import SERVICES

Services = Sequence[Service]

_WRITES = frozenset({"PUT", "POST", "PATCH", "DELETE"})

_WORDS: Mapping[str, tuple[str, ...]] = {
    "; /livez says whether the server is up, /readyz whether it has its data": (
        "health",
        "healthz",
        "healthcheck",
        "heartbeat",
        "live",
        "ping",
        "ready",
        "status",
    ),
    f"; OpenAPI documents are at /openapi/{', '.join(f'{service.name}.json' for service in SERVICES)} and admin.json": (
        "api-docs",
        "docs",
        "openapi",
        "openapi.json",
        "redoc",
        "swagger",
        "swagger.json",
        "swagger-ui",
    ),
}
"""The paths of other servers that people try here, by the sentence that answers them."""

_KINDS = {"orgs": "schools", "academicSessions": "terms"}
"""Collections, each with the kind of its records that appears in nested paths."""

_PREFIXES = {"scenario": "scenarios", "scenarios": "scenarios", "sandbox": "sandboxes", "sandboxes": "sandboxes"}
"""The prefixes of paths, by the words that clients use for them."""

_SWITCHBOARD = "/__admin/"

_IN_AN_ID = " A slash that is part of an id is sent as %2F."

_BY_WORD = {word: sentence for sentence, words in _WORDS.items() for word in words}


def for_path(path: str, services: Services, others: Iterable[str]) -> str:
    """Return an addition to "there is no such path" with the right or nearest path; empty if none is near.

    ``path`` has its encoded slashes as ``%2F``; ``others`` are the paths of the server that belong to no service.
    """
    sentence = _BY_WORD.get(path.strip("/").casefold())
    if sentence:
        return sentence
    if path == "/__admin":
        return "; what is below it are routes such as /__admin/health, /__admin/scenarios and /__admin/requests"
    base = next((service for service in services if path == service.base), None)
    if base is not None:
        return f"; it is the base path of {base.title}, and {base.base}{base.operations[0].path} is one of its paths"
    return (
        in_other_service(path, services)
        or _at_wrong_place(path, services)
        or _below_other_base(path, services)
        or _by_other_name(path, services)
        or _nearest_route(path, others)
        or _nearest_path(path, services, others)
    )


def for_method(method: str, path: str, services: Services) -> str:
    """Return an addition to "this method is not allowed here" with the right way to write; may be empty."""
    requested = _service_of(path, services)
    if requested is None or method not in _WRITES:
        return ""
    other_service = in_other_service(path, services)
    if other_service:
        return other_service
    operation = _operation_at(path.removeprefix(requested.base), requested)
    if operation is None:
        return ""
    return (
        f". OneRoster has no {method} of {operation.resource.collection}; a test writes them with "
        f"PUT /__admin/records/{operation.resource.collection}/{{sourcedId}}"
    )


def in_other_service(path: str, services: Services) -> str:
    """Return the other service of the same version that has the path: clients of 1.1 confuse those of 1.2."""
    requested = _service_of(path, services)
    if requested is None:
        return ""
    rest = path.removeprefix(requested.base)
    for service in services:
        if service is not requested and service.version == requested.version:
            operation = _operation_at(rest, service)
            if operation is not None:
                return f"; {operation.path} is one of {service.title}, at {service.base}"
    return ""


def _at_wrong_place(path: str, services: Services) -> str:
    """Return the path in which a prefix of the server is before the base path, and in the plural."""
    requested = _service_of(path, services)
    base = requested.base if requested else ""
    word, _, rest = path.removeprefix(f"{base}/").partition("/")
    name, _, further = rest.partition("/")
    plural = _PREFIXES.get(word.casefold())
    if plural and name:
        return f"; did you mean /{plural}/{name}{base}/{further}?"
    return f"; did you mean /__admin/{rest}?" if base and word == "__admin" else ""


def _below_other_base(path: str, services: Services) -> str:
    """Return the path of an operation that is requested below a wrong base, preferring the version in the path."""
    if _service_of(path, services) is not None:
        return ""
    segments = path.split("/")
    preferred = sorted(services, key=lambda service: service.version not in segments)
    for start in range(1, len(segments)):
        rest = "/" + "/".join(segments[start:])
        for service in preferred:
            operation = _operation_at(rest, service)
            if operation is not None:
                return f"; did you mean {service.base}{operation.path}?"
    return ""


def _by_other_name(path: str, services: Services) -> str:
    """Return the nested path for a kind of org or session if the general name is used: ``/orgs/{id}/classes``."""
    requested = _service_of(path, services)
    if requested is None:
        return ""
    rest = path.removeprefix(requested.base)
    for name, other in _KINDS.items():
        operation = (
            _operation_at(rest.replace(f"/{name}/", f"/{other}/", 1), requested) if f"/{name}/" in rest else None
        )
        if operation is not None:
            return f"; did you mean {requested.base}{operation.path}?"
    return ""


def _nearest_route(path: str, others: Iterable[str]) -> str:
    """Return the nearest route of the switchboard; the common beginning of all does not count as similar."""
    if not path.startswith(_SWITCHBOARD):
        return ""
    routes = {other.removeprefix(_SWITCHBOARD): other for other in others if other.startswith(_SWITCHBOARD)}
    nearest = closest(path.removeprefix(_SWITCHBOARD), routes)
    return f"; did you mean {routes[nearest]}?" if nearest else "; /openapi/admin.json lists the routes"


def _nearest_path(path: str, services: Services, others: Iterable[str]) -> str:
    requested = _service_of(path, services)
    known = {
        **dict(_paths_with_ids(path, [requested] if requested else services)),
        **{other: other for other in others},
    }
    nearest = closest(path, known)
    if nearest is None:
        return ""
    is_longer = requested is not None and path.count("/") > known[nearest].count("/")
    return f"; did you mean {known[nearest]}?{_IN_AN_ID if is_longer else ''}"


def _paths_with_ids(path: str, services: Services) -> Iterator[tuple[str, str]]:
    """Yield each path of the standard with the ids of the requested path, and the path as the standard states it."""
    requested = path.split("/")
    for service in services:
        for operation in service.all_operations:
            stated = service.base + operation.path
            segments = stated.split("/")
            if len(segments) == len(requested):
                segments = [
                    value if segment.startswith("{") else segment
                    for segment, value in zip(segments, requested, strict=True)
                ]
            yield "/".join(segments), stated


def _service_of(path: str, services: Services) -> Service | None:
    return next((service for service in services if path.startswith(f"{service.base}/")), None)


def _operation_at(rest: str, service: Service) -> Operation | None:
    """Return the operation of a service with this path below its base, if any."""
    return next(
        (operation for operation in service.all_operations if _path_pattern(operation.path).fullmatch(rest)), None
    )


@cache
def _path_pattern(path: str) -> re.Pattern[str]:
    """Return the pattern for the paths of an operation."""
    return re.compile(re.sub(r"{\w+}", "[^/]+", path))
