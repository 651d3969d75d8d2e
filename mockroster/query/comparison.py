"""Comparing what a record holds with what a filter says, each kind of value as what it is.

A comparison reads the quoted text of a filter and returns a function that takes a stored value and gives the pair to
compare. It raises ``ValueError`` with the end of a sentence for text that such a member can never hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockroster.clock import timestamp
from mockroster.spec.fields import read_moment, read_number

Pairing = Callable[[Any], tuple[Any, Any]]
Comparison = Callable[[str], Pairing]


def as_text(text: str) -> Pairing:
    """Compare strings, by code point."""
    return lambda value: (value, text)


def as_timestamp(text: str) -> Pairing:
    """Compare moments; the text is any ISO 8601 date or date and time, a date alone being its first moment."""
    moment = read_moment(text)
    if moment is None:
        raise ValueError("is a date and time such as '2026-01-15T08:00:00.000Z' or '2026-01-15'")
    return as_text(timestamp(moment))


def as_date(text: str) -> Pairing:
    """Compare dates; against a text with a time, a stored date is its first moment."""
    moment = read_moment(text)
    if moment is None:
        raise ValueError("is a date such as '2026-01-15'")
    if len(text) == len("2026-01-15"):
        return as_text(text)
    target = timestamp(moment)
    return lambda date: (f"{date}T00:00:00.000Z", target)


def as_number(text: str) -> Pairing:
    """Compare numbers."""
    number = read_number(text)
    if number is None:
        raise ValueError("is a number such as '80' or '12.5'")
    return lambda value: (value, number)


def as_boolean(text: str) -> Pairing:
    """Compare booleans, false before true."""
    if text.lower() not in {"true", "false"}:
        raise ValueError("is 'true' or 'false'")
    truth = text.lower() == "true"
    return lambda value: (value, truth)


def as_href(text: str) -> Pairing:
    """Compare addresses; the part before the path does not count, because that is how the client came here."""
    return as_text(text[max(text.find("/ims/"), 0) :])


def as_found(text: str) -> Pairing:
    """Compare a metadata value as a number or boolean where it is one and the text spells one, else as strings."""
    number = read_number(text)

    def pair(value: Any) -> tuple[Any, Any]:
        if isinstance(value, bool):
            return str(value).lower(), text.lower()
        if isinstance(value, int | float) and number is not None:
            return value, number
        return str(value), text

    return pair
