"""Suggest the operations of the standard nearest to a path that nothing serves."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from mockroster.caching import cache_short
from mockroster.standard.model import Operation, Service
from mockroster.standard.versions import SERVICES

_SHOWN = 3
_LIKENESS = 0.6
_LONGEST = 500
"""Characters of a path that is compared at most: the longest one of the standard has about a hundred."""


@cache_short(lambda _, path: len(path), longest=_LONGEST)
def nearest_operations(method: str, path: str) -> list[dict[str, Any]]:
    """Return up to three operations, the nearest path first, those with the method of the request before others."""
    if len(path) > _LONGEST:
        return []
    segments = path.split("/")
    by_path: dict[str, list[tuple[Service, Operation]]] = {}
    for service in SERVICES:
        for operation in service.all_operations:
            by_path.setdefault(_filled(service.base + operation.path, segments), []).append((service, operation))
    found = []
    for near in get_close_matches(path, by_path, _SHOWN, _LIKENESS):
        found += sorted(by_path[near], key=lambda pair: pair[1].method != method)
    return [
        {"operation": operation.name, "method": operation.method, "path": service.base + operation.path}
        for service, operation in found[:_SHOWN]
    ]


def _filled(template: str, segments: list[str]) -> str:
    """Return the path of an operation with the ids of the requested path, if both have the same number of segments."""
    parts = template.split("/")
    if len(parts) != len(segments):
        return template
    pairs = zip(parts, segments, strict=True)
    return "/".join(segment if part.startswith("{") else part for part, segment in pairs)
