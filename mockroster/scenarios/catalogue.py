"""The catalogue of scenarios, loaded from the entry point group ``mockroster.scenarios``.

Scenarios are imported at the first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any

from mockroster.errors import ConfigurationError, nearest
from mockroster.parameters import describe_class, describe_parameters, fields_of
from mockroster.plugins import load_classes
from mockroster.scenarios.aim import Aim
from mockroster.scenarios.base import AIM_MEMBER, NAME_MEMBER, Scenario
from mockroster.scenarios.places import place_of

GROUP = "mockroster.scenarios"


def scenarios() -> Mapping[str, type[Scenario]]:
    """Return all scenario classes by name. Raise ``ConfigurationError`` if two have the same name."""
    with _load_lock:
        return _load()


_load_lock = Lock()
"""Held while the catalogue is loaded, so that concurrent first requests load it once."""


@cache
def _load() -> Mapping[str, type[Scenario]]:
    scenarios = {}
    for scenario, place in load_classes(GROUP, Scenario, "scenarios"):
        _check_parameters(scenario, place)
        scenarios[scenario.name] = scenario
    return dict(sorted(scenarios.items()))


def _check_parameters(scenario: type[Scenario], place: str) -> None:
    """Raise ``ConfigurationError`` for a parameter whose name the JSON form of a scenario needs for itself."""
    for name in fields_of(scenario):
        if name in {NAME_MEMBER, AIM_MEMBER}:
            raise ConfigurationError(f"the scenario {scenario.name!r} of {place} has a parameter {name!r}; rename it")


def scenario_class(name: str) -> type[Scenario]:
    """Return a scenario class by name. Raise ``ConfigurationError`` with the nearest name if there is none."""
    known = scenarios()
    if name not in known:
        suggestion = nearest(name, known) or "; `mockroster scenarios` lists all"
        raise ConfigurationError(f"there is no scenario {name[:80]!r}{suggestion}")
    return known[name]


def describe(scenario: type[Scenario]) -> dict[str, Any]:
    """Return name, description, kind, parameters and source of a scenario, ready for JSON."""
    description, source = describe_class(scenario)
    return {
        "name": scenario.name,
        "description": description,
        "kind": place_of(scenario),
        "parameters": describe_parameters(scenario),
        "source": source,
    }


def describe_aim() -> list[dict[str, Any]]:
    """Return the keys of an aim, which every scenario takes, ready for JSON."""
    return describe_parameters(Aim)
