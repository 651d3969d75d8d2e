"""Every scenario there is: ours and those of other packages, found by the entry point group ``mockroster.scenarios``.

An entry point names a class, or a module whose scenarios are all meant. Nothing is imported before a scenario is
asked for.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from threading import Lock
from types import ModuleType
from typing import Any, get_type_hints

from mockroster.errors import ConfigurationError, nearest
from mockroster.scenarios.base import Scenario

GROUP = "mockroster.scenarios"


def scenarios() -> Mapping[str, type[Scenario]]:
    """Return every scenario class by name. Raises ``ConfigurationError`` where two have the same name."""
    with _LOADING:
        return _found()


_LOADING = Lock()
"""Held while they are looked for: a hundred first requests at once shall not do it a hundred times."""


@cache
def _found() -> Mapping[str, type[Scenario]]:
    found: dict[str, type[Scenario]] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.value, point.name)):
        for scenario in _scenarios_of(point.load()):
            if found.setdefault(scenario.name, scenario) is not scenario:
                raise ConfigurationError(f"two scenarios are called {scenario.name!r}; one is that of {point.value}")
    return dict(sorted(found.items()))


def _scenarios_of(thing: Any) -> Iterator[type[Scenario]]:
    """Yield the scenarios that an entry point means: itself, or those that a module defines."""
    if not isinstance(thing, ModuleType):
        yield thing
        return
    for _, member in inspect.getmembers(thing, inspect.isclass):
        if issubclass(member, Scenario) and "name" in vars(member) and member.__module__ == thing.__name__:
            yield member


def scenario_class(name: str) -> type[Scenario]:
    """Return a scenario class. Raises ``ConfigurationError`` with the nearest right name."""
    known = scenarios()
    if name not in known:
        raise ConfigurationError(f"there is no scenario {name[:80]!r}{nearest(name, known)}")
    return known[name]


def described(scenario: type[Scenario]) -> dict[str, Any]:
    """Return what a program is told of a scenario: name, description, kind, parameters, source."""
    text = inspect.cleandoc(scenario.__doc__ or "")
    description, _, source = text.partition("Source: ")
    return {
        "name": scenario.name,
        "description": " ".join(description.split()),
        "kind": scenario.acts_at,
        "parameters": [_parameter(scenario, row) for row in dataclasses.fields(scenario)],
        "source": " ".join(source.split()),
    }


def _parameter(scenario: type[Scenario], row: dataclasses.Field[Any]) -> dict[str, Any]:
    hint = get_type_hints(scenario)[row.name]
    described: dict[str, Any] = {
        "name": row.name,
        "type": {int: "integer", float: "number", str: "string"}.get(hint, "list"),
        "default": list(row.default) if isinstance(row.default, tuple) else row.default,
        "help": row.metadata["help"],
    }
    if row.metadata["words"]:
        described["values"] = list(row.metadata["words"])
    return described
