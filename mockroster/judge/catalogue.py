"""The rules, loaded from the entry point group ``mockroster.rules``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from threading import Lock
from types import ModuleType
from typing import Any

from mockroster.errors import ConfigurationError
from mockroster.judge.rule import Rule

GROUP = "mockroster.rules"

_load_lock = Lock()
"""Held while the rules are loaded, so that concurrent first requests load them once."""


def rules() -> Mapping[str, type[Rule]]:
    """Return all rules by id, in their order. Raise ``ConfigurationError`` if two have the same id."""
    with _load_lock:
        return _load()


@cache
def _load() -> Mapping[str, type[Rule]]:
    found: dict[str, type[Rule]] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.value, point.name)):
        for rule in _classes(point.load()):
            if found.setdefault(rule.id, rule) is not rule:
                raise ConfigurationError(f"two rules are called {rule.id!r}; one is that of {point.value}")
    return dict(sorted(found.items()))


def _classes(loaded: Any) -> Iterator[type[Rule]]:
    """Yield the rules of an entry point: the class itself, or those defined in the module."""
    if not isinstance(loaded, ModuleType):
        yield loaded
        return
    for _, member in inspect.getmembers(loaded, inspect.isclass):
        if issubclass(member, Rule) and "id" in vars(member) and member.__module__ == loaded.__name__:
            yield member
