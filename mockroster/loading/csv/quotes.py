"""Double quotes where RFC 4180 has none: in a cell that does not begin with one. This module imports nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache


def bare_quotes(content: bytes, separator: str) -> Iterator[int]:
    """Yield where each double quote stands in a cell that is not in quotes; nothing after a cell that never ends.

    The bytes are searched as they are: a text of the same length would take several times their room.
    """
    if b'"' not in content:
        return
    sound = _sound(separator.encode())
    apart = f"{separator}\r\n".encode()
    at = 0
    while (match := sound.match(content, at)) and match.end() < len(content):
        place = match.end()
        if place == 0 or content[place - 1] in apart:
            return
        yield place
        at = place + 1


@cache
def _sound(separator: bytes) -> re.Pattern[bytes]:
    """Return the pattern of text in which every quoted cell is whole."""
    apart = re.escape(separator) + rb"\r\n"
    return re.compile(rb'[^"]*+(?:(?<![^' + apart + rb'])"(?:[^"]++|"")*+"(?=[' + apart + rb']|\Z)[^"]*+)*+')
