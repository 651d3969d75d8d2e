"""Comparisons of stored values with the text of a filter, one function for each type of member.

A comparison parses the quoted text of a filter and returns a predicate for stored values, which applies an operator
such as ``operator.eq``. It raises ``ValueError`` for text that no member of the type can hold; the error's text
completes a sentence that begins with the name of the member.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockroster.clock import timestamp
from mockroster.standard.fields import read_moment, read_number

Operator = Callable[[Any, Any], bool]
Predicate = Callable[[Any], bool]
Comparison = Callable[[str, Operator], Predicate]


def as_text(text: str, compare: Operator) -> Predicate:
    """Compare strings, by code point."""
    return lambda value: compare(value, text)


def as_timestamp(text: str, compare: Operator) -> Predicate:
    """Compare timestamps; the text is an ISO 8601 date or date and time, and a date stands for its first moment."""
    moment = read_moment(text)
    if moment is None:
        raise ValueError("is a date and time such as '2026-01-15T08:00:00.000Z' or '2026-01-15'")
    return as_text(timestamp(moment), compare)


def as_date(text: str, compare: Operator) -> Predicate:
    """Compare dates; against a text with a time, a stored date is its first moment."""
    moment = read_moment(text)
    if moment is None:
        raise ValueError("is a date such as '2026-01-15'")
    if len(text) == len("2026-01-15"):
        return as_text(text, compare)
    target = timestamp(moment)
    return lambda date: compare(f"{date}T00:00:00.000Z", target)


def as_number(text: str, compare: Operator) -> Predicate:
    """Compare numbers."""
    number = read_number(text)
    if number is None:
        raise ValueError("is a number such as '80' or '12.5'")
    return lambda value: compare(value, number)


def as_boolean(text: str, compare: Operator) -> Predicate:
    """Compare booleans, false before true."""
    if text.lower() not in {"true", "false"}:
        raise ValueError("is 'true' or 'false'")
    expected = text.lower() == "true"
    return lambda value: compare(value, expected)


def as_href(text: str, compare: Operator) -> Predicate:
    """Compare URLs by their paths: scheme and host depend on the address that the client used."""
    return as_text(text[max(text.find("/ims/"), 0) :], compare)


def as_metadata(text: str, compare: Operator) -> Predicate:
    """Compare a metadata value as a number or boolean where it is one and the text spells one, else as strings."""
    number = read_number(text)

    def test(value: Any) -> bool:
        if isinstance(value, bool):
            return compare(str(value).lower(), text.lower())
        if isinstance(value, int | float) and number is not None:
            return compare(value, number)
        return compare(str(value), text)

    return test
