"""What a flag, a variable or a file that will not do is answered with: one sentence, and exit code 2.

Imports nothing, while ``errors`` needs werkzeug: the health check of an image, which asks every few seconds, must not
wait for that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable


class MockrosterError(Exception):
    """Base of every exception that mockroster raises on purpose."""


class ConfigurationError(MockrosterError):
    """A flag, a variable or a file is wrong. The message is one sentence that says what would be right."""

    exit_code = 2


def unknown(name: str, what: str, known: Collection[str]) -> str:
    """Return ``"'x' is not a filter; known: …; did you mean 'y'?"``, where ``what`` is ``a filter``."""
    return f"{name[:80]!r} is not {what}; known: {', '.join(known)}{nearest(name, known)}"


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``name``, or None when none is near; capitals do not count."""
    from difflib import get_close_matches

    names = {one.casefold(): one for one in known}
    close = get_close_matches(name[:100].casefold(), names, n=1)
    return names[close[0]] if close else None


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name most like ``name``, or nothing when none is near."""
    found = closest(name, known)
    return "" if found is None else f"; did you mean {found!r}?"
