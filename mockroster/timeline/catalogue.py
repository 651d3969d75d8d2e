"""The catalogue of events, loaded from the entry point group ``mockroster.events``.

Events are imported at the first use.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import re
from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any, get_type_hints

from mockroster.errors import MalformedRequest, nearest
from mockroster.plugins import load_classes
from mockroster.timeline.base import Event, Rate

GROUP = "mockroster.events"

MOST_TEXT = 1000
"""The most characters of a text: an event may write it into every record."""

_TYPES = {int: "integer", float: "number", str: "string"}


def events() -> Mapping[str, type[Event]]:
    """Return all event classes by name. Raise ``ConfigurationError`` if two have the same name."""
    with _load_lock:
        return _load()


_load_lock = Lock()
"""Held while the catalogue is loaded, so that concurrent first requests load it once."""


@cache
def _load() -> Mapping[str, type[Event]]:
    classes = (event for event, _ in load_classes(GROUP, Event, "events"))
    return {event.name: event for event in sorted(classes, key=lambda event: event.name)}


@cache
def rates() -> Mapping[str, Rate]:
    """Return the numbers that a plan may set, by name."""
    return {rate.name: rate for event in events().values() for rate in event.rates}


def parse_event(name: str, values: Mapping[str, Any]) -> Event:
    """Return an event with parameters. Raise ``MalformedRequest`` with the nearest right name or the valid values."""
    known = events()
    if name not in known:
        raise MalformedRequest(f"there is no event {name[:80]!r}{nearest(name, known)}")
    event = known[name]
    fields = {field.name: field for field in dataclasses.fields(event)}
    hints = get_type_hints(event)
    for key, value in values.items():
        if key not in fields:
            suggestion = nearest(key, fields) or f"; it has {', '.join(fields) or 'none'}"
            raise MalformedRequest(f"{name} has no parameter {key[:80]!r}{suggestion}")
        _check(f"{name}: {key}", hints[key], fields[key].metadata, value)
    return event(**values)


def _check(place: str, hint: Any, metadata: Mapping[str, Any], value: Any) -> None:
    """Raise ``MalformedRequest`` for a value of another type or out of bounds."""
    shown = repr(value)[:80]
    if hint is str:
        _check_text(place, metadata, value)
        return
    least, most = metadata["least"], metadata["most"]
    kinds = (int,) if hint is int else (int, float)
    is_number = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or (least is not None and value < least) or (most is not None and value > most):
        kind = "a whole number" if hint is int else "a number"
        raise MalformedRequest(f"{place}: {shown} is not {kind} from {least} to {most}")


def _check_text(place: str, metadata: Mapping[str, Any], value: Any) -> None:
    """Raise ``MalformedRequest`` for a value that is no text, too long, or not of the form of the parameter."""
    shown = repr(value)[:80]
    words, form = metadata["words"], metadata["form"]
    if not isinstance(value, str) or not value:
        raise MalformedRequest(f"{place}: {shown} is not a text")
    if words and value not in words:
        raise MalformedRequest(f"{place}: {shown} is not one of {', '.join(words)}{nearest(value, words)}")
    if len(value) > MOST_TEXT:
        raise MalformedRequest(f"{place}: it has {len(value)} characters; {MOST_TEXT} are the most")
    if form and not re.fullmatch(form, value):
        raise MalformedRequest(f"{place}: {shown} is not a value such as {metadata['example']}")


def describe(event: type[Event]) -> dict[str, Any]:
    """Return name, description, parameters and source of an event, ready for JSON."""
    text = inspect.cleandoc(event.__doc__ or "")
    description, _, source = text.partition("Source: ")
    hints = get_type_hints(event)
    return {
        "name": event.name,
        "description": " ".join(description.split()).replace("``", "`"),
        "parameters": [_describe_parameter(hints[field.name], field) for field in dataclasses.fields(event)],
        "source": " ".join(source.split()),
    }


def _describe_parameter(hint: Any, field: dataclasses.Field[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": field.name,
        "type": _TYPES[hint],
        "default": field.default,
        "help": field.metadata["help"],
    }
    if field.metadata["words"]:
        row["values"] = list(field.metadata["words"])
    return row
