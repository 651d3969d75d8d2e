"""Parse scenarios written as ``name`` or ``name:param=value,param=value``. Several are separated by ``;``.

Values of a list are separated by ``|``.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, get_type_hints

from mockroster.caching import cache_short
from mockroster.errors import ConfigurationError, nearest
from mockroster.scenarios.base import Provider, Scenario
from mockroster.scenarios.catalogue import scenario_class


@dataclass(frozen=True, slots=True)
class ActiveScenario:
    """A scenario object with the text that it was parsed from."""

    text: str
    scenario: Scenario


def parse_scenarios(texts: Iterable[str]) -> tuple[ActiveScenario, ...]:
    """Return the scenarios of the texts, in order, with providers replaced by their parts.

    Raise ``ConfigurationError`` with the nearest name for an unknown scenario, parameter or value.
    """
    return tuple(active for text in texts for active in _parse(text))


def canonical(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the text of each scenario of the texts. Raise ``ConfigurationError`` as ``parse_scenarios`` does."""
    return tuple(active.text for active in parse_scenarios(texts))


@cache_short(len)
def _parse(text: str) -> tuple[ActiveScenario, ...]:
    return tuple(active for part in text.split(";") if part.strip() for active in _expand_provider(part.strip()))


def _expand_provider(text: str) -> tuple[ActiveScenario, ...]:
    """Return the scenario of a text without ``;``, or the parts of a provider."""
    active = _parse_one(text)
    return parse_scenarios(active.scenario.filled_parts()) if isinstance(active.scenario, Provider) else (active,)


def _parse_one(text: str) -> ActiveScenario:
    name, _, rest = text.partition(":")
    scenario = scenario_class(name.strip())
    given: dict[str, str] = {}
    for part in rest.split(",") if rest.strip() else []:
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals:
            raise ConfigurationError(f"{name}: {part[:80]!r} is not parameter=value")
        if key in given:
            raise ConfigurationError(f"{name}: {key} is given twice")
        given[key] = value.strip()
    return ActiveScenario(text, scenario(**_parse_parameters(scenario, given)))


def _parse_parameters(scenario: type[Scenario], given: dict[str, str]) -> dict[str, Any]:
    fields = {field.name: field for field in dataclasses.fields(scenario)}
    for name in given:
        if name not in fields:
            known = f"; it has {', '.join(fields)}" if fields else "; it has none"
            suggestion = nearest(name, fields) or known
            raise ConfigurationError(f"{scenario.name} has no parameter {name[:80]!r}{suggestion}")
    hints = get_type_hints(scenario)
    return {
        name: _parse_value(f"{scenario.name}:{name}", hints[name], fields[name], text) for name, text in given.items()
    }


def _parse_value(name: str, hint: Any, field: dataclasses.Field[Any], text: str) -> Any:
    """Return the value of a parameter, parsed and checked."""
    if hint in {int, float}:
        return _parse_number(name, hint, field, text)
    words = field.metadata["words"]
    values = tuple(part.strip() for part in text.split("|")) if hint is not str else (text,)
    for value in values:
        if words and value not in words:
            raise ConfigurationError(f"{name}: {value[:80]!r} is not one of {', '.join(words)}{nearest(value, words)}")
    return values if hint is not str else text


def _parse_number(name: str, hint: type[float], field: dataclasses.Field[Any], text: str) -> float:
    least, most = field.metadata["least"], field.metadata["most"]
    bounds = " and ".join(
        [*([f"at least {least}"] if least is not None else []), *([f"at most {most}"] if most is not None else [])]
    )
    kind = "a whole number" if hint is int else "a number"
    try:
        number = hint(text)
    except ValueError:
        number = math.nan
    too_small, too_large = least is not None and number < least, most is not None and number > most
    if not math.isfinite(number) or too_small or too_large:
        raise ConfigurationError(f"{name}: {text[:80]!r} is not {kind}{f' of {bounds}' if bounds else ''}")
    return number
