"""Whole numbers that JSON can write and 64 bits cannot hold: what reads them takes the nearest one that fits a float.

Places are offsets of bytes.
This module imports nothing of mockroster's.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

import orjson

LEAST, MOST = -(1 << 63), (1 << 64) - 1
"""Whole numbers within these are read exactly."""

_MOST_DIGITS = len(str(LEAST))
"""Characters of the longest of these; Python refuses to convert very long ones."""

_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_MANY_DIGITS = b"0" * 19
_BLOCK = 1 << 20
_STRING_OR_WHOLE = re.compile(rb'"(?:[^"\\]++|\\.)*+"|(?<![0-9.eE+-])(?P<whole>-?[0-9]{19,}+)(?![.eE])', re.DOTALL)


MOST_VALUES = 1_000_000
"""Values of a JSON text that ``exact`` reads: each takes 60 bytes or more, however few characters it has."""

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def exact(text: bytes) -> Any:
    """Return what a JSON text says.

    Raises ``ValueError`` with what is wrong: it is no JSON, loses by being read, or has too many values.
    """
    if _most_values(text) > MOST_VALUES and (values := _values(text)) > MOST_VALUES:
        raise ValueError(f"has {values:,} values; {MOST_VALUES:,} are the most, so send it in parts")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(_no_json(text, error)) from None
    for _, digits in rounded(text):
        raise ValueError(
            f"has the number {digits[:40]}, which has more than 64 bits and would be rounded; send it as text"
        )
    return document


def _most_values(text: bytes) -> int:
    """Return a number that is no less than that of the values in a text, found quickly."""
    return text.count(b",") + text.count(b"[") + text.count(b"{") + 1


def _values(text: bytes) -> int:
    """Return how many values there are in a JSON text: objects, arrays and what is in them."""
    bare = _STRING.sub(b"0", text).translate(None, b" \t\r\n")
    return _most_values(bare) - bare.count(b"[]") - bare.count(b"{}")


_BEGINNINGS = {
    b"\x1f\x8b": "is compressed with gzip; send it as it is, without Content-Encoding",
    codecs.BOM_UTF8: "begins with a byte order mark, which JSON does not have; send it without",
    codecs.BOM_UTF16_LE: "is written in UTF-16; JSON is sent in UTF-8",
    codecs.BOM_UTF16_BE: "is written in UTF-16; JSON is sent in UTF-8",
}
"""By what a body begins with: why it is no JSON."""


def _no_json(text: bytes, error: orjson.JSONDecodeError) -> str:
    """Return why a text is no JSON, where the parser's own words would not help to see it."""
    for beginning, reason in _BEGINNINGS.items():
        if text.startswith(beginning):
            return reason
    try:
        text.decode()
    except UnicodeDecodeError as problem:
        return f"is not UTF-8: there is the byte 0x{text[problem.start]:02X} at {problem.start}; JSON is sent in UTF-8"
    return f"is not JSON: {error}"


def rounded(text: bytes) -> Iterator[tuple[int, str]]:
    """Yield place and digits of each whole number in good JSON that is not read exactly."""
    for found in _STRING_OR_WHOLE.finditer(text) if _has_many_digits(text) else ():
        if found["whole"] and (len(found["whole"]) > _MOST_DIGITS or not LEAST <= int(found["whole"]) <= MOST):
            yield found.start(), found["whole"].decode()


def _has_many_digits(text: bytes) -> bool:
    """Return whether there is a long number in a text, or in a string in it: hardly ever, and so this must be quick."""
    overlap = len(_MANY_DIGITS) - 1
    blocks = (text[at : at + _BLOCK + overlap] for at in range(0, len(text), _BLOCK))
    return any(_MANY_DIGITS in block.translate(_ALIKE) for block in blocks)
