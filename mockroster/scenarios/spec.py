"""Parse scenarios written as ``name:param=value,param=value@key=value``, several separated by ``;``, or as JSON.

A sandbox, a token or a header keeps the canonical text of a scenario, which has its parameters and its aim.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mockroster.caching import WeighedCache, cache_short
from mockroster.errors import ConfigurationError, nearest
from mockroster.parameters import fields_of
from mockroster.scenarios import parameters
from mockroster.scenarios.aim import KEYS, ActiveScenario, ActiveScenarios, Aim, CountedAim, aim_of_json, aim_of_text
from mockroster.scenarios.base import AIM_MEMBER, NAME_MEMBER, Provider, Scenario
from mockroster.scenarios.catalogue import scenario_class
from mockroster.scenarios.grammar import join_spec, name_of_spec, split_spec, split_specs

Item = str | Mapping[str, Any]
"""A scenario in JSON: a text, or an object with ``scenario``, its parameters and ``at``."""

_SHORT = 512
"""The most characters of a text whose scenarios are in the fast cache."""

_LONG: WeighedCache[str, tuple[ActiveScenario, ...]] = WeighedCache(16 * 1024 * 1024, 100)
"""The scenarios of longer texts."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One scenario or provider that was parsed, with its canonical text."""

    text: str
    scenario: Scenario
    aim: Aim | None


def parse_scenarios(texts: Iterable[str]) -> tuple[ActiveScenario, ...]:
    """Return the scenarios of the texts, in order, with providers replaced by their parts.

    Raise ``ConfigurationError`` for a text without a scenario, and with the nearest name for an unknown scenario,
    parameter, value or key of an aim.
    """
    return tuple(active for text in texts for active in (_parse if len(text) <= _SHORT else _parse_long)(text))


@cache_short(lambda texts: sum(map(len, texts)), longest=2 * _SHORT)
def active_scenarios(texts: tuple[str, ...]) -> ActiveScenarios:
    """Return the scenarios of the texts as ``parse_scenarios`` does; equal ones act once."""
    return ActiveScenarios.of(tuple({active.text: active for active in parse_scenarios(texts)}.values()))


def canonical(items: Iterable[Item]) -> tuple[str, ...]:
    """Return the canonical text of each scenario of texts and objects. Raise ``ConfigurationError``."""
    return tuple(spec.text for item in items for spec in _specs(item))


def counted_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts under which a sandbox counts for these scenarios, and for their aims."""
    scenarios = parse_scenarios(texts)
    aims = [counted.text for active in scenarios for counted in active.aims]
    return tuple(dict.fromkeys([*(active.text for active in scenarios), *aims]))


@cache_short(len, longest=_SHORT)
def _parse(text: str) -> tuple[ActiveScenario, ...]:
    return tuple(active for spec in _specs(text) for active in _expand(spec))


def _parse_long(text: str) -> tuple[ActiveScenario, ...]:
    scenarios = _LONG.get(text)
    if scenarios is None:
        scenarios = _parse(text)
        _LONG.put(text, scenarios, 3 * len(text))
    return scenarios


def _expand(spec: Spec) -> tuple[ActiveScenario, ...]:
    """Return a scenario, or the parts of a provider. The aim of a provider counts for all of its parts together."""
    aims = () if spec.aim is None else (CountedAim(spec.text, spec.aim),)
    if not isinstance(spec.scenario, Provider):
        return (ActiveScenario(spec.text, spec.scenario, aims),)
    parts = parse_scenarios(spec.scenario.filled_parts())
    return tuple(_aimed_part(part, spec.text, aims) for part in parts) if aims else parts


def _aimed_part(part: ActiveScenario, bundle: str, aims: tuple[CountedAim, ...]) -> ActiveScenario:
    own = tuple(replace(counted, text=f"{counted.text} of {bundle}") for counted in part.aims)
    return replace(part, text=f"{part.text} of {bundle}", aims=(*aims, *own))


def _specs(item: Item) -> tuple[Spec, ...]:
    if isinstance(item, str):
        texts = [*split_specs(item)]
        if not texts:
            raise ConfigurationError(
                f"the empty text {item[:80]!r} names no scenario; give a name such as flaky, or leave the text out"
            )
        return tuple(map(_parse_text, texts))
    return (_parse_object(item),)


def _parse_text(text: str) -> Spec:
    if re.search("[\ud800-\udfff]", text):
        raise ConfigurationError(f"{text[:80]!a} has bytes that are not UTF-8")
    scenario = _class(name_of_spec(text))
    split = split_spec(text)
    _check_parameters(scenario, split.parameters)
    values = parameters.from_text(scenario, f"{scenario.name}:", split.parameters)
    return _spec(scenario, values, None if split.aim is None else aim_of_text(scenario.name, split.aim))


def _parse_object(item: Mapping[str, Any]) -> Spec:
    members = dict(item)
    name = members.pop(NAME_MEMBER, None)
    if not isinstance(name, str):
        raise ConfigurationError(
            'a scenario is a string such as "flaky:every=3", or an object such as {"scenario": "flaky", "every": 3}'
        )
    _check_plain_name(name)
    scenario = _class(name)
    aim = aim_of_json(name, members.pop(AIM_MEMBER)) if AIM_MEMBER in members else None
    _check_parameters(scenario, members)
    return _spec(scenario, parameters.from_json(scenario, f"{name}:", scenario.plain_members(members)), aim)


def _check_plain_name(name: str) -> None:
    """Raise ``ConfigurationError`` for a text with parameters or an aim where an object has a name."""
    plain = re.split("[:@;]", name, maxsplit=1)[0]
    if plain != name:
        raise ConfigurationError(
            f"scenario: {name[:80]!r} is not a name such as {plain[:80] or 'flaky'!r}; "
            f'in an object, parameters are members, and the aim is an object "{AIM_MEMBER}"'
        )


def _class(name: str) -> type[Scenario]:
    """Return a scenario class by name. Raise ``ConfigurationError``, which explains an aim that is misspelled."""
    base, at, aim = name.partition("@")
    if at:
        key = aim.partition("=")[0].partition(",")[0]
        known = ", ".join(f"{key}=" for key in KEYS)
        raise ConfigurationError(
            f"{base[:80]}: the aim {'@' + aim[:80]!r} does not begin with one of {known}{nearest(key, KEYS)}"
        )
    return scenario_class(name)


def _check_parameters(scenario: type[Scenario], given: Iterable[str]) -> None:
    parameters.check_names(given, fields_of(scenario), f"{scenario.name} has no parameter")


def _spec(scenario: type[Scenario], values: Mapping[str, Any], aim: Mapping[str, Any] | None) -> Spec:
    text = join_spec(scenario.name, parameters.to_text(scenario, values), parameters.to_text(Aim, aim or {}))
    return Spec(text, scenario(**values), Aim(**aim) if aim else None)
