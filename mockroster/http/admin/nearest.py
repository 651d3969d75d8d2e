"""Find the operations of the standard that come nearest to a path that nothing serves."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from mockroster.caching import cache_short
from mockroster.standard.model import Operation, Service
from mockroster.standard.versions import SERVICES

_SHOWN = 3
_LIKENESS = 0.6
_LONGEST = 500
"""Characters of a path that is compared: the longest one of the standard has about a hundred."""


@cache_short(lambda _, path: len(path), longest=_LONGEST)
def nearest_operations(method: str, path: str) -> list[dict[str, Any]]:
    """Return up to three operations, the nearest path first; those of the method that was asked before others."""
    if len(path) > _LONGEST:
        return []
    asked = path.split("/")
    by_path: dict[str, list[tuple[Service, Operation]]] = {}
    for service in SERVICES:
        for operation in service.all_operations:
            by_path.setdefault(_filled(service.base + operation.path, asked), []).append((service, operation))
    found = []
    for near in get_close_matches(path, by_path, _SHOWN, _LIKENESS):
        found += sorted(by_path[near], key=lambda pair: pair[1].method != method)
    return [
        {"operation": operation.name, "method": operation.method, "path": service.base + operation.path}
        for service, operation in found[:_SHOWN]
    ]


def _filled(stated: str, asked: list[str]) -> str:
    """Return the path of an operation with the ids of the path that was asked, where both have as many segments."""
    segments = stated.split("/")
    if len(segments) != len(asked):
        return stated
    return "/".join(its if one.startswith("{") else one for one, its in zip(segments, asked, strict=True))
