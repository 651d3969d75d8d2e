"""YAML in flow style, ``{sourcedId: o1, name: North High}``, in which no reader can take a text for anything else.

Readers of YAML 1.1 see a boolean in ``no``, a number in ``1_0`` and a date in ``2026-01-15``; so every text that is not
plainly one is quoted, as in JSON.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from mockroster.caching import cache_short

_PLAIN = re.compile(r"(?![0-9a-f]{8}-)[^\W\d_](?:[\w .@/'&()+-]*[\w.@/'&()+-])?")
"""What stands for itself inside of brackets and braces, unless it is one of the words below.

UUIDs do not, although some could: the ids of one list look alike.
"""

_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What YAML 1.1 takes for a boolean or for nothing, however it is capitalised."""

_UNSEEN = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON lets stand in a string, and YAML takes for the end of a line or refuses."""

_LONGEST_KEY = 1000
"""YAML looks no further than 1024 characters for the colon after a key that is not marked as one."""


def flow(value: Any) -> str:
    """Return a JSON-like value as YAML, in one line."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "{" + ", ".join([f"{_key(name)}: {flow(one)}" for name, one in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, float):
        return _float(value)
    return orjson.dumps(value).decode()


@cache_short(len, longest=128, entries=2**16)
def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", orjson.dumps(text).decode())


@cache_short(len, longest=128, entries=2**12)
def _key(name: str) -> str:
    text = _text(name)
    return f"? {text}" if len(text) > _LONGEST_KEY else text


def _float(number: float) -> str:
    """Return a number with a fraction; YAML 1.1 wants a point even before an exponent."""
    text = repr(number)
    return text if "." in text else text.replace("e", ".0e")
