"""Double quotes where RFC 4180 has none: in a cell that does not begin with one. This module imports nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache


def bare_quotes(text: str, separator: str) -> Iterator[int]:
    """Yield where each double quote stands in a cell that is not in quotes; nothing after a cell that never ends."""
    sound = _sound(separator)
    at = 0
    while (match := sound.match(text, at)) and match.end() < len(text):
        place = match.end()
        if place == 0 or text[place - 1] in f"{separator}\r\n":
            return
        yield place
        at = place + 1


@cache
def _sound(separator: str) -> re.Pattern[str]:
    """Return the pattern of text in which every quoted cell is whole."""
    apart = rf"{re.escape(separator)}\r\n"
    return re.compile(rf'[^"]*+(?:(?<![^{apart}])"(?:[^"]++|"")*+"(?=[{apart}]|\Z)[^"]*+)*+')
