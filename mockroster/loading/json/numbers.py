"""Whole numbers that JSON can write and 64 bits cannot hold: what reads them takes the nearest one that fits a float.

Everything here takes the text to be good JSON. Places are offsets of bytes.
This module imports nothing of mockroster's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LEAST, MOST = -(1 << 63), (1 << 64) - 1
"""Whole numbers within these are read exactly."""

_MANY_DIGITS = re.compile(rb"[0-9]{19}")
_STRING_OR_WHOLE = re.compile(rb'"(?:[^"\\]++|\\.)*+"|(?<![0-9.eE+-])(?P<whole>-?[0-9]{19,}+)(?![.eE])', re.DOTALL)


def rounded(text: bytes) -> Iterator[tuple[int, str]]:
    """Yield place and digits of each whole number that is not read exactly."""
    if _MANY_DIGITS.search(text) is None:
        return
    for found in _STRING_OR_WHOLE.finditer(text):
        if found["whole"] and not LEAST <= int(found["whole"]) <= MOST:
            yield found.start(), found["whole"].decode()
