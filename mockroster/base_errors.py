"""The base exceptions and messages for invalid settings and files: one sentence, and exit code 2.

This module imports nothing, while ``errors`` imports werkzeug, which would slow the health check of an image.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

_SHOWN = 80
"""The most characters of a value in a message."""


class MockrosterError(Exception):
    """Base of every exception that mockroster raises on purpose."""


class ConfigurationError(MockrosterError):
    """A flag, a variable or a file is invalid. The message is one sentence that names a valid value."""

    exit_code = 2


def unknown(name: str, kind: str, known: Collection[str]) -> str:
    """Return ``"'x' is not a filter; known: …; did you mean 'y'?"``, where ``kind`` is ``a filter``."""
    return f"{name[:80]!r} is not {kind}; known: {', '.join(known)}{nearest(name, known)}"


def as_json(value: Any) -> str:
    """Return a value as JSON for a message, 80 characters at most."""
    import orjson

    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def quoted(value: Any) -> str:
    """Return a value of a JSON body for a message: text in single quotes as everywhere, any other value as JSON."""
    return repr(value[:_SHOWN]) if isinstance(value, str) else as_json(value)


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most similar to ``name``, or ``None`` if none is. Case is ignored."""
    from difflib import get_close_matches

    names = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name[:100].casefold(), names, n=1)
    return names[close[0]] if close else None


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name most similar to ``name``, or an empty string."""
    match = closest(name, known)
    return "" if match is None else f"; did you mean {match!r}?"
