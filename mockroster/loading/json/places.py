"""Where things stand in JSON that has been parsed: only what is faulty is looked up, so only then is it gone through.

Everything here takes the text to be good JSON. Places are offsets of bytes.
This module imports nothing of mockroster's.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

import orjson

_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_FLAT = re.compile(rb'[^"{}\[\]]*+(?:"(?:[^"\\]++|\\.)*+"[^"{}\[\]]*+)*+', re.DOTALL)
"""What has no bracket outside of strings."""

_PLAIN = re.compile(rb"[^\s,:\]}]++")
_STEP = re.compile(r"\[(\d{1,9})\]|([^.\[\]]+)")

_BLOCK = 1 << 16


class Lines:
    """The line of any place in a text."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def at(self, place: int) -> int:
        """Return the line of an offset, from 1."""
        block = place // _BLOCK
        return 1 + self._before[block] + self._text.count(b"\n", block * _BLOCK, place)

    @cached_property
    def _before(self) -> list[int]:
        """The line breaks before each block."""
        counts = [0]
        for start in range(0, len(self._text), _BLOCK):
            counts.append(counts[-1] + self._text.count(b"\n", start, start + _BLOCK))
        return counts


def steps(member: str) -> list[str | int]:
    """Return the way to a member: ``roles[0].org`` is ``["roles", 0, "org"]``."""
    return [name or int(number) for number, name in _STEP.findall(member)]


def first(text: bytes, at: int = 0) -> int:
    """Return where the next thing stands that is not space."""
    return _end(_SPACE, text, at)


def members(text: bytes, at: int) -> Iterator[tuple[str, int, int]]:
    """Yield the name of each member of an object, and where name and value stand; repeated names as they come."""
    at = first(text, at + 1)
    while text[at] != ord("}"):
        end = _end(_STRING, text, at)
        value = first(text, first(text, end) + 1)
        yield orjson.loads(text[at:end]), at, value
        at = _next(text, value)


def items(text: bytes, at: int) -> Iterator[int]:
    """Yield where each item of an array stands."""
    at = first(text, at + 1)
    while text[at] != ord("]"):
        yield at
        at = _next(text, at)


def nearest_place(text: bytes, at: int, way: list[str | int]) -> int:
    """Return where a member of the value at a place stands, or else the nearest thing around it."""
    shown = at
    for step in way:
        found = _item(text, at, step) if isinstance(step, int) else _member(text, at, step)
        if found is None:
            break
        shown, at = found
    return shown


def open_at(text: bytes, end: int, most: int) -> list[int]:
    """Return where everything begins that is still open at ``end``: brackets, and a string if one is.

    Up to there the text must be good, but it need not go on. Stops as soon as more than ``most`` brackets are open.
    """
    opened: list[int] = []
    at = _end(_FLAT, text, 0, end)
    while at < end and len(opened) <= most:
        if text[at] in b'{["':
            opened.append(at)
        elif opened:
            opened.pop()
        if text[at] == ord('"'):
            break
        at = _end(_FLAT, text, at + 1, end)
    return opened


def _item(text: bytes, at: int, number: int) -> tuple[int, int] | None:
    found = next(islice(items(text, at), number, None), None) if text[at] == ord("[") else None
    return None if found is None else (found, found)


def _member(text: bytes, at: int, name: str) -> tuple[int, int] | None:
    """Return where name and value of a member stand; of several, the last one is what the object holds."""
    named = list(members(text, at)) if text[at] == ord("{") else []
    return next(((place, value) for one, place, value in reversed(named) if one == name), None)


def _next(text: bytes, at: int) -> int:
    """Return where the thing after a value stands, which may be the bracket that closes what it is in."""
    after = first(text, _end_of_value(text, at))
    return first(text, after + 1) if text[after] == ord(",") else after


def _end_of_value(text: bytes, at: int) -> int:
    if text[at] == ord('"'):
        return _end(_STRING, text, at)
    if text[at] not in b"{[":
        return _end(_PLAIN, text, at)
    depth = 0
    while True:
        depth += 1 if text[at] in b"{[" else -1
        if depth == 0:
            return at + 1
        at = _end(_FLAT, text, at + 1)


def _end(pattern: re.Pattern[bytes], text: bytes, at: int, end: int = sys.maxsize) -> int:
    found = pattern.match(text, at, end)
    return at if found is None else found.end()
