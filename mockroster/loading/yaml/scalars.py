"""What plain words of YAML are: text, unless they are numbers and truth values as JSON writes them.

So ``2026-01-15``, ``09`` and ``yes`` are text, as YAML 1.2 has it and YAML 1.1 does not. Where the standard has text, a
number is taken as it is written: ``schoolYear: 2026``, ``grades: [9, 10]``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import orjson

from mockroster.loading.json.numbers import rounded
from mockroster.standard.fields import Listed, Member, Part, Ref, Text
from mockroster.standard.versions import MODELS

_NOTHING = frozenset({"", "~", "null"})
_TRUTH = MappingProxyType(
    {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False},
)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_FIRST = frozenset("-0123456789tTfFn~")
_REFERENCE: Mapping[str, Member] = {"href": Text(), "sourcedId": Text(), "type": Text()}


class Plain(str):
    """A word that is a number or a truth value, unless the member that it stands in is text."""

    __slots__ = ()

    def value(self) -> Any:
        """Return the number or truth value; the text itself for what is more than a number can hold exactly."""
        if self in _TRUTH:
            return _TRUTH[self]
        written = self.encode()
        try:
            return str(self) if any(rounded(written)) else orjson.loads(written)
        except orjson.JSONDecodeError:
            return str(self)


def plain(word: str) -> str | None:
    """Return what a word without quotes stands for."""
    if word and word[0] not in _FIRST:
        return word
    if word in _NOTHING:
        return None
    return Plain(word) if word in _TRUTH or _NUMBER.fullmatch(word) else word


def settled(value: Any, member: Member | None = None) -> Any:
    """Return a copy of a value in which each ``Plain`` is what the member of the standard makes of it."""
    kind = type(value)
    if kind is Plain:
        return str(value) if isinstance(member, Text | Ref) else value.value()
    if kind is dict:
        return _object(value, _inside(member))
    if kind is list:
        item = member.inner if isinstance(member, Listed) else None
        return [settled(one, item) for one in value]
    return value


def record(value: Any, collection: str) -> Any:
    """Return a record of a collection, settled; so is what is no record at all."""
    return _object(value, _members(collection)) if type(value) is dict else settled(value)


def _object(value: Mapping[str, Any], members: Mapping[str, Member]) -> dict[str, Any]:
    return {name: one if type(one) is str else settled(one, members.get(name)) for name, one in value.items()}


def _inside(member: Member | None) -> Mapping[str, Member]:
    if isinstance(member, Ref):
        return _REFERENCE
    return _part(member) if isinstance(member, Part) else {}


@cache
def _part(member: Part) -> Mapping[str, Member]:
    return member.schema.members


@cache
def _members(collection: str) -> Mapping[str, Member]:
    """Return the members that the records of a collection have in any version."""
    models = MODELS.get(collection, {}).values()
    return {name: member for model in models for name, member in model.schema.members.items()}
