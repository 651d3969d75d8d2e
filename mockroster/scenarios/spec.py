"""How a scenario is written: ``name``, or ``name:param=value,param=value``; several are joined by ``;``.

A list inside a value is joined by ``|``. The same text always means the same.
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
class Chosen:
    """A scenario as somebody chose it: the text, and the object that it stands for."""

    text: str
    scenario: Scenario


def chosen(texts: Iterable[str]) -> tuple[Chosen, ...]:
    """Return the scenarios that some texts stand for, in order.

    Raises ``ConfigurationError`` with the nearest right name for one that is not known.
    """
    return tuple(one for text in texts for one in _read(text))


def canonical(texts: Iterable[str]) -> tuple[str, ...]:
    """Return each scenario of some texts by itself, checked. Raises ``ConfigurationError`` as ``chosen`` does."""
    return tuple(one.text for one in chosen(texts))


@cache_short(len)
def _read(text: str) -> tuple[Chosen, ...]:
    return tuple(one for part in text.split(";") if part.strip() for one in _parts(part.strip()))


def _parts(text: str) -> tuple[Chosen, ...]:
    """Return the scenario of one text, or the parts of a provider."""
    one = _one(text)
    return chosen(one.scenario.filled_parts()) if isinstance(one.scenario, Provider) else (one,)


def _one(text: str) -> Chosen:
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
    return Chosen(text, scenario(**_values(scenario, given)))


def _values(scenario: type[Scenario], given: dict[str, str]) -> dict[str, Any]:
    rows = {row.name: row for row in dataclasses.fields(scenario)}
    for name in given:
        if name not in rows:
            known = f"; it has {', '.join(rows)}" if rows else "; it has none"
            suggestion = nearest(name, rows) or known
            raise ConfigurationError(f"{scenario.name} has no parameter {name[:80]!r}{suggestion}")
    hints = get_type_hints(scenario)
    return {name: _value(f"{scenario.name}:{name}", hints[name], rows[name], text) for name, text in given.items()}


def _value(name: str, hint: Any, row: dataclasses.Field[Any], text: str) -> Any:
    """Return the value that a text stands for."""
    if hint in {int, float}:
        return _number(name, hint, row, text)
    words = row.metadata["words"]
    values = tuple(part.strip() for part in text.split("|")) if hint is not str else (text,)
    for value in values:
        if words and value not in words:
            raise ConfigurationError(f"{name}: {value[:80]!r} is not one of {', '.join(words)}{nearest(value, words)}")
    return values if hint is not str else text


def _number(name: str, hint: type[float], row: dataclasses.Field[Any], text: str) -> float:
    least, most = row.metadata["least"], row.metadata["most"]
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
