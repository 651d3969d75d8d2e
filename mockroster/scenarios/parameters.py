"""Parse the parameters of a scenario, or the keys of an aim, from text or JSON, by the fields of their class."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mockroster.errors import ConfigurationError, nearest, quoted
from mockroster.parameters import fields_of, is_in_bounds, text_error
from mockroster.scenarios.grammar import BLANKS, Value, escape, unescape, unescape_list

_SHOWN = 80
"""The most characters of a value in an error message."""


def from_text(owner: type, prefix: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of escaped texts. Raise ``ConfigurationError`` for an invalid value.

    ``prefix`` precedes the name of a parameter in messages: ``flaky:``, or ``flaky@`` for the keys of an aim.
    """
    return _parse(
        owner, prefix, given, lambda _, hint, text: unescape(text) if _is_single(hint) else unescape_list(text)
    )


def from_json(owner: type, prefix: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of JSON members, which need no escapes. Raise ``ConfigurationError`` for an invalid value."""
    return _parse(owner, prefix, given, _plain)


def to_text(owner: type, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and escaped values, in the order of the fields."""
    for name in fields_of(owner):
        if name in values:
            yield name, escape(values[name])


def check_names(given: Iterable[str], known: Iterable[str], subject: str) -> None:
    """Raise ``ConfigurationError`` for a name that is not known: ``<subject> 'x'; did you mean 'y'?``."""
    names = [*known]
    for name in given:
        if name not in names:
            listed = f"; it has {', '.join(names)}" if names else "; it has none"
            raise ConfigurationError(f"{subject} {name[:_SHOWN]!r}{nearest(name, names) or listed}")


def _parse(
    owner: type, prefix: str, given: Mapping[str, Any], read: Callable[[str, Any, Any], Value]
) -> dict[str, Any]:
    fields = fields_of(owner)
    values = {}
    for name, value in given.items():
        hint, field = fields[name]
        values[name] = _convert(prefix + name, hint, field, read(prefix + name, hint, value))
    return values


def _is_single(hint: Any) -> bool:
    return hint in {int, float, str}


def _plain(name: str, hint: Any, value: Any) -> Value:
    """Return a JSON value as text, or as one text for each value of a list."""
    items = value if isinstance(value, list) and not _is_single(hint) else [value]
    for item in items:
        if not isinstance(item, str | int | float) or isinstance(item, bool):
            expected = "a string or a number" if _is_single(hint) else "a string, or an array of strings"
            raise ConfigurationError(f"{name}: {quoted(item)} is not {expected}")
    if not items:
        raise ConfigurationError(f"{name}: the array is empty; give one value at least")
    return str(value) if _is_single(hint) else tuple(map(str, items))


def _convert(name: str, hint: Any, field: dataclasses.Field[Any], value: Value) -> Any:
    """Convert the value of a parameter to its type, and check it."""
    if isinstance(value, str) and hint in {int, float}:
        return _parse_number(name, hint, field, value)
    for item in (value,) if isinstance(value, str) else value:
        if error := text_error(field, item):
            raise ConfigurationError(f"{name}: {error}")
    return value


def _parse_number(name: str, hint: type[float], field: dataclasses.Field[Any], text: str) -> float:
    least, most = field.metadata["least"], field.metadata["most"]
    bounds = " and ".join(
        [*([f"at least {least}"] if least is not None else []), *([f"at most {most}"] if most is not None else [])]
    )
    kind = "a whole number" if hint is int else "a number"
    written = text.strip(BLANKS)
    try:
        number = hint(written) if written.isascii() and "_" not in written else math.nan
    except ValueError:
        number = math.nan
    if not is_in_bounds(field, number):
        raise ConfigurationError(f"{name}: {text[:_SHOWN]!r} is not {kind}{f' of {bounds}' if bounds else ''}")
    return number
