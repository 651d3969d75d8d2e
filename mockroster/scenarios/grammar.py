"""Split and write the texts of scenarios: ``name:param=value,param=value@key=value``, several separated by ``;``.

This module knows the punctuation only; ``parameters`` gives the values their types.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mockroster.errors import ConfigurationError

BLANKS = " \t\r\n"
"""The characters that may surround a name or a value without being part of it."""

_CODES = "3B|2C|7C|40|7E|25|3A|20|09|0A|0D"
"""The escapes of ``; , | @ ~ % :`` and of blanks. All are decoded; a text is written with those that it needs."""
_ESCAPED = re.compile(f"%({_CODES})", re.IGNORECASE)
_SPECIAL = re.compile(rf"[;,\t\r\n]|^ +| +$|%(?={_CODES})|@(?=[a-z]+=)", re.IGNORECASE)
_SPECIAL_IN_LIST = re.compile(rf"\||{_SPECIAL.pattern}", re.IGNORECASE)
_AIM = re.compile(r"@(?=[a-z]+=)")

Value = str | tuple[str, ...]
"""A value before its type is known; the values of a list one by one."""


@dataclass(frozen=True, slots=True)
class SplitSpec:
    """The text of one scenario, split. Values are still escaped."""

    name: str
    parameters: Mapping[str, str]
    aim: Mapping[str, str] | None
    """The keys and values after ``@``, or ``None``."""


def split_specs(text: str) -> Iterator[str]:
    """Yield the texts that are separated by ``;``, without empty ones."""
    for part in text.split(";"):
        if stripped := part.strip(BLANKS):
            yield stripped


def name_of_spec(text: str) -> str:
    """Return the name of the scenario of a text."""
    return _AIM.split(text, maxsplit=1)[0].partition(":")[0].strip(BLANKS)


def split_spec(text: str) -> SplitSpec:
    """Split the text of one scenario. Raise ``ConfigurationError`` for a pair without ``=`` and a repeated key."""
    spec, *aim = _AIM.split(text, maxsplit=1)
    name, _, rest = spec.partition(":")
    name = name.strip(BLANKS)
    return SplitSpec(name, _pairs(name, "parameter", rest), _pairs(f"{name}@", "key", aim[0]) if aim else None)


def _pairs(owner: str, kind: str, text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for part in text.split(",") if text.strip(BLANKS) else []:
        key, equals, value = part.partition("=")
        key = key.strip(BLANKS)
        if not equals:
            raise ConfigurationError(f"{owner}: {part[:80]!r} is not {kind}=value")
        if key in pairs:
            raise ConfigurationError(f"{owner}: {key[:80]} is given twice")
        pairs[key] = value.strip(BLANKS)
    return pairs


def unescape(text: str) -> str:
    """Return a value of a text, with its escapes replaced by the characters that they stand for."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "%" in text else text


def unescape_list(text: str) -> tuple[str, ...]:
    """Return the values of a list, which ``|`` separates."""
    return tuple(unescape(item.strip(BLANKS)) for item in text.split("|"))


def escape(value: Value | float) -> str:
    """Return a value with escapes where it would be read as punctuation, and only there."""
    if isinstance(value, tuple):
        return "|".join(_escape(_SPECIAL_IN_LIST, item) for item in value)
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return _escape(_SPECIAL, str(value))


def join_spec(name: str, parameters: Iterable[tuple[str, str]], aim: Iterable[tuple[str, str]]) -> str:
    """Return the text of one scenario from its escaped values."""
    text = _join(name, ":", parameters)
    return _join(text, "@", aim)


def _join(text: str, separator: str, pairs: Iterable[tuple[str, str]]) -> str:
    joined = ",".join(f"{key}={value}" for key, value in pairs)
    return f"{text}{separator}{joined}" if joined else text


def _escape(special: re.Pattern[str], text: str) -> str:
    return special.sub(lambda match: "".join(f"%{ord(character):02X}" for character in match[0]), text)
