"""Where to go instead: what is said to a client that asked for a path, or by a method, that is not there."""

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
"""By what is said: the paths of other servers that people try here."""

_KINDS = {"orgs": "schools", "academicSessions": "terms"}
"""Collections, and the kind of their records that nested paths go through."""

_IN_AN_ID = " A slash that is part of an id is sent as %2F."

_BY_WORD = {word: sentence for sentence, words in _WORDS.items() for word in words}


def for_path(path: str, services: Services, others: Iterable[str]) -> str:
    """Return what to add to "there is no such path": the path that is right, or most like it; empty if none is near.

    ``path`` has its encoded slashes as ``%2F``; ``others`` are the paths of the server that belong to no service.
    """
    word = _BY_WORD.get(path.strip("/").casefold())
    if word:
        return word
    if path == "/__admin":
        return "; what is below it are routes such as /__admin/health, /__admin/scenarios and /__admin/requests"
    base = next((service for service in services if path == service.base), None)
    if base is not None:
        return f"; it is the base path of {base.title}, and {base.base}{base.operations[0].path} is one of its paths"
    return (
        in_other_service(path, services)
        or _below_other_base(path, services)
        or _by_other_name(path, services)
        or _most_alike(path, services, others)
    )


def for_method(method: str, path: str, services: Services) -> str:
    """Return what to add to "this method is not allowed here"."""
    asked = _service_of(path, services)
    if asked is None or method not in _WRITES:
        return ""
    found = in_other_service(path, services)
    if found:
        return found
    operation = _operation_at(path.removeprefix(asked.base), asked)
    if operation is None:
        return ""
    return (
        f". OneRoster has no {method} of {operation.resource.collection}; a test writes them with "
        f"PUT /__admin/records/{operation.resource.collection}/{{sourcedId}}"
    )


def in_other_service(path: str, services: Services) -> str:
    """Return which service of the same version has a path: clients that come from 1.1 ask the wrong one of 1.2."""
    asked = _service_of(path, services)
    if asked is None:
        return ""
    rest = path.removeprefix(asked.base)
    for service in services:
        if service is not asked and service.version == asked.version:
            operation = _operation_at(rest, service)
            if operation is not None:
                return f"; {operation.path} is one of {service.title}, at {service.base}"
    return ""


def _below_other_base(path: str, services: Services) -> str:
    """Return the path of an operation that stands below a base that is none, of the version that the path names."""
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
    """Return the nested path of a kind of org or session for one below the general name: ``/orgs/{id}/classes``."""
    asked = _service_of(path, services)
    if asked is None:
        return ""
    rest = path.removeprefix(asked.base)
    for name, other in _KINDS.items():
        operation = _operation_at(rest.replace(f"/{name}/", f"/{other}/", 1), asked) if f"/{name}/" in rest else None
        if operation is not None:
            return f"; did you mean {asked.base}{operation.path}?"
    return ""


def _most_alike(path: str, services: Services, others: Iterable[str]) -> str:
    asked = _service_of(path, services)
    known = {**dict(_filled(path, [asked] if asked else services)), **{other: other for other in others}}
    found = closest(path, known)
    if found is None:
        return ""
    is_longer = asked is not None and path.count("/") > known[found].count("/")
    return f"; did you mean {known[found]}?{_IN_AN_ID if is_longer else ''}"


def _filled(path: str, services: Services) -> Iterator[tuple[str, str]]:
    """Yield each path of the standard with the ids of the path that was sent, with the path as it is stated."""
    sent = path.split("/")
    for service in services:
        for operation in service.all_operations:
            stated = service.base + operation.path
            segments = stated.split("/")
            if len(segments) == len(sent):
                segments = [its if one.startswith("{") else one for one, its in zip(segments, sent, strict=True)]
            yield "/".join(segments), stated


def _service_of(path: str, services: Services) -> Service | None:
    return next((service for service in services if path.startswith(f"{service.base}/")), None)


def _operation_at(rest: str, service: Service) -> Operation | None:
    """Return an operation of a service that has a path below its base."""
    return next((one for one in service.all_operations if _shape(one.path).fullmatch(rest)), None)


@cache
def _shape(path: str) -> re.Pattern[str]:
    """Return the pattern of the paths that an operation has."""
    return re.compile(re.sub(r"{\w+}", "[^/]+", path))
