"""Comparing what a record holds with what a filter says, each kind of value as what it is.

A comparison reads the quoted text of a filter and returns the test of a stored value: whether the two hold, as
``operator.eq`` or its like says. It raises ``ValueError`` with the end of a sentence for text that such a member can
never hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockroster.clock import timestamp
from mockroster.standard.fields import read_moment, read_number

Holds = Callable[[Any, Any], bool]
Test = Callable[[Any], bool]
Comparison = Callable[[str, Holds], Test]


def as_text(text: str, holds: Holds) -> Test:
    """Compare strings, by code point."""
    return lambda value: holds(value, text)


def as_timestamp(text: str, holds: Holds) -> Test:
    """Compare moments; the text is any ISO 8601 date or date and time, a date alone being its first moment."""
    moment = read_moment(text)
    if moment is None:
        raise ValueError("is a date and time such as '2026-01-15T08:00:00.000Z' or '2026-01-15'")
    return as_text(timestamp(moment), holds)


def as_date(text: str, holds: Holds) -> Test:
    """Compare dates; against a text with a time, a stored date is its first moment."""
    moment = read_moment(text)
    if moment is None:
        raise ValueError("is a date such as '2026-01-15'")
    if len(text) == len("2026-01-15"):
        return as_text(text, holds)
    target = timestamp(moment)
    return lambda date: holds(f"{date}T00:00:00.000Z", target)


def as_number(text: str, holds: Holds) -> Test:
    """Compare numbers."""
    number = read_number(text)
    if number is None:
        raise ValueError("is a number such as '80' or '12.5'")
    return lambda value: holds(value, number)


def as_boolean(text: str, holds: Holds) -> Test:
    """Compare booleans, false before true."""
    if text.lower() not in {"true", "false"}:
        raise ValueError("is 'true' or 'false'")
    truth = text.lower() == "true"
    return lambda value: holds(value, truth)


def as_href(text: str, holds: Holds) -> Test:
    """Compare addresses; the part before the path does not count, because that is how the client came here."""
    return as_text(text[max(text.find("/ims/"), 0) :], holds)


def as_found(text: str, holds: Holds) -> Test:
    """Compare a metadata value as a number or boolean where it is one and the text spells one, else as strings."""
    number = read_number(text)

    def test(value: Any) -> bool:
        if isinstance(value, bool):
            return holds(str(value).lower(), text.lower())
        if isinstance(value, int | float) and number is not None:
            return holds(value, number)
        return holds(str(value), text)

    return test
