"""Parse durations: ISO 8601, or a number with a unit."""

from __future__ import annotations

import re
from datetime import timedelta

_ISO = re.compile(
    r"(?P<sign>-?)P(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8}(?:\.\d{1,6})?)S)?)?"
)
_SHORT = re.compile(r"(?P<number>\d{1,8}(?:\.\d{1,6})?)(?P<unit>ms|s|m|h|d)")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """Return a duration of ISO 8601 (``P1D``, ``PT90M``) or a short one (``500ms``, ``5s``, ``2m``, ``1h``, ``1d``).

    Raises ``ValueError`` with the forms that are valid.
    """
    short = _SHORT.fullmatch(text)
    if short is not None:
        return timedelta(**{_UNITS[short["unit"]]: float(short["number"])})
    found = _ISO.fullmatch(text)
    parts = {
        name: float(part) for name, part in (found.groupdict() if found else {}).items() if part and name != "sign"
    }
    if found is None or not parts:
        raise ValueError("a duration such as P1D, PT90M or 5s")
    return timedelta(**parts) * (-1 if found["sign"] else 1)


def short(span: timedelta) -> str:
    """Return a duration in the largest unit that holds it exactly: ``7d``, ``90m``, ``5s``, ``250ms``."""
    if not span:
        return "0s"
    for unit, name in reversed(_UNITS.items()):
        count, rest = divmod(span, timedelta(**{name: 1}))
        if not rest:
            return f"{count}{unit}"
    return f"{span.total_seconds() * 1000:g}ms"
