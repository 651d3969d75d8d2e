"""The catalogue of events, loaded from the entry point group ``mockroster.events``.

Events are imported at the first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field
from functools import cache
from threading import Lock
from typing import Any

from mockroster.errors import MalformedRequest, nearest, quoted
from mockroster.parameters import describe_class, describe_parameters, fields_of, is_in_bounds, text_error
from mockroster.plugins import load_classes
from mockroster.timeline.base import Event, Rate

GROUP = "mockroster.events"

MOST_TEXT = 1000
"""The most characters of a text: an event may write it into every record."""


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
        suggestion = nearest(name, known) or "; `mockroster events` lists all"
        raise MalformedRequest(f"there is no event {name[:80]!r}{suggestion}")
    event = known[name]
    fields = fields_of(event)
    for key, value in values.items():
        if key not in fields:
            suggestion = nearest(key, fields) or f"; it has {', '.join(fields) or 'none'}"
            raise MalformedRequest(f"{name} has no parameter {key[:80]!r}{suggestion}")
        _check(f"{name}: {key}", *fields[key], value)
    return event(**values)


def _check(place: str, hint: Any, field: Field[Any], value: Any) -> None:
    """Raise ``MalformedRequest`` for a value of another type or out of bounds."""
    if hint is str:
        _check_text(place, field, value)
        return
    types = (int,) if hint is int else (int, float)
    if not isinstance(value, types) or isinstance(value, bool) or not is_in_bounds(field, value):
        kind = "a whole number" if hint is int else "a number"
        least, most = field.metadata["least"], field.metadata["most"]
        raise MalformedRequest(f"{place}: {quoted(value)} is not {kind} from {least} to {most}")


def _check_text(place: str, field: Field[Any], value: Any) -> None:
    """Raise ``MalformedRequest`` for a value that is no text, too long, or not of the form of the parameter."""
    if not isinstance(value, str) or not value:
        raise MalformedRequest(f"{place}: {quoted(value)} is not a text")
    if len(value) > MOST_TEXT:
        raise MalformedRequest(f"{place}: it has {len(value)} characters; {MOST_TEXT} are the most")
    if error := text_error(field, value):
        raise MalformedRequest(f"{place}: {error}")


def describe(event: type[Event]) -> dict[str, Any]:
    """Return name, description, parameters and source of an event, ready for JSON."""
    description, source = describe_class(event)
    return {
        "name": event.name,
        "description": description,
        "parameters": describe_parameters(event),
        "source": source,
    }
