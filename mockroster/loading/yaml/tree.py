"""A document of YAML built event by event: plain data, with the place of each record.

Nothing here recurses with the depth of the text, and what aliases repeat is bounded before anybody goes through it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from mockroster.errors import UnreadableFixtures, WrongYaml
from mockroster.loading.content import printable
from mockroster.loading.text import DEEPEST
from mockroster.loading.yaml.aliases import Anchors
from mockroster.loading.yaml.scalars import plain

_PREFIX = "tag:yaml.org,2002:"
_TAGS = (None, "!", f"{_PREFIX}str", f"{_PREFIX}map", f"{_PREFIX}seq")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Places:
    """Where the records of a collection stand: character, column and line of each, from 0."""

    starts: array[int] = field(default_factory=lambda: array("q"))
    columns: array[int] = field(default_factory=lambda: array("q"))
    lines: array[int] = field(default_factory=lambda: array("q"))

    def add(self, mark: yaml.Mark) -> None:
        """Take note of where the next record begins."""
        self.starts.append(mark.index)
        self.columns.append(mark.column)
        self.lines.append(mark.line)


@dataclass(slots=True)
class _Open:
    """A list or a mapping that is not complete yet."""

    value: Any
    anchor: str | None
    places: Places | None = None
    key: str | None = None
    key_line: int = 0
    is_merge: bool = False
    merged: list[dict[str, Any]] = field(default_factory=list)


class Tree:
    """What a file says: ``root``, and where its parts stand."""

    def __init__(self, name: str, collection: str) -> None:
        self.root: Any = None
        self.headings: dict[str, int] = {}
        self.places: dict[str, Places] = {}
        self.repeated: list[tuple[int, str, str]] = []
        """Line, path of the mapping and name of each member that is there again."""
        self._name = name
        self._collection = collection
        self._open: list[_Open] = []
        self._anchors = Anchors()

    def take(self, events: Iterable[yaml.Event]) -> None:
        """Build the tree. Raises ``WrongYaml``, ``UnreadableFixtures`` and ``yaml.YAMLError``."""
        documents = 0
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent:
                self._begin(event, {})
            elif kind is yaml.SequenceStartEvent:
                self._begin(event, [])
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._end()
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise WrongYaml(_line(event), "a second document begins here: a file is one, so leave out the ---")

    def _scalar(self, event: Any) -> None:
        self._check_tag(event)
        text: str = event.value
        if not text.isascii() and _SURROGATE.search(text):
            raise WrongYaml(_line(event), "an escape that stands for no character")
        is_plain = event.tag is None and event.implicit[0]
        frame = self._open[-1] if self._open else None
        if frame is not None and frame.key is None and type(frame.value) is dict:
            self._key(frame, event, is_merge=is_plain and text == "<<")
            return
        value = plain(text) if is_plain else text
        self._anchors.keep(event.anchor, value)
        self._place(event)
        self._put(value)

    def _key(self, frame: _Open, event: Any, *, is_merge: bool) -> None:
        name: str = event.value
        frame.key, frame.key_line, frame.is_merge = name, _line(event), is_merge
        self._anchors.keep(event.anchor, name)
        if name in frame.value:
            self.repeated.append((frame.key_line, self._where(), name))
        if len(self._open) == 1:
            self.headings[name] = frame.key_line

    def _begin(self, event: Any, value: Any) -> None:
        self._check_tag(event)
        self._check_is_value(event)
        self._check_depth(event, 1)
        self._place(event)
        frame = _Open(value, event.anchor)
        if type(value) is list and len(self._open) < 2:
            key = self._open[0].key if self._open else self._collection
            frame.places = self.places[key or ""] = Places()
        self._open.append(frame)

    def _end(self) -> None:
        frame = self._open.pop()
        value = frame.value
        if frame.merged:
            # Of several mappings, the first one that has a member counts; the mapping's own come before all.
            value = {name: one for part in reversed(frame.merged) for name, one in part.items()} | value
        self._anchors.keep(frame.anchor, value)
        self._put(value)

    def _alias(self, event: Any) -> None:
        self._check_is_value(event)
        if any(frame.anchor == event.anchor for frame in self._open):
            raise self._refused(event, f"the alias *{event.anchor} stands for what it is part of")
        if event.anchor not in self._anchors:
            raise WrongYaml(_line(event), f"there is no &{event.anchor} before the alias *{event.anchor}")
        try:
            value, levels = self._anchors.repeated(event.anchor)
        except OverflowError:
            raise self._refused(event, "the aliases up to here repeat more than a server should hold") from None
        self._check_depth(event, levels)
        self._place(event)
        self._put(value)

    def _put(self, value: Any) -> None:
        """Put a complete value where it belongs."""
        if not self._open:
            self.root = value
            return
        frame = self._open[-1]
        if type(frame.value) is list:
            frame.value.append(value)
            return
        if frame.is_merge:
            frame.merged += _mappings(value, frame.key_line)
        elif frame.key is not None:
            frame.value[frame.key] = value
        frame.key, frame.is_merge = None, False

    def _place(self, event: Any) -> None:
        """Take note of where a record begins."""
        if self._open and (places := self._open[-1].places) is not None:
            places.add(event.start_mark)

    def _where(self) -> str:
        """Return the path of the mapping that is being read: ``users[3].roles[0]``."""
        where = "" if type(self._open[0].value) is dict else self._collection
        for frame in self._open[:-1]:
            if type(frame.value) is list:
                where += f"[{len(frame.value)}]"
            else:
                where += f".{frame.key}" if where else f"{frame.key}"
        return where

    def _check_tag(self, event: Any) -> None:
        if event.tag not in _TAGS:
            shown = event.tag.replace(_PREFIX, "!!", 1)[:60]
            raise self._refused(event, f"the tag {printable(shown)} is not read: fixtures are plain data")

    def _check_is_value(self, event: Any) -> None:
        if self._open and type(self._open[-1].value) is dict and self._open[-1].key is None:
            raise WrongYaml(
                _line(event), "the name of a member must be text; a value that begins with {, [ or * is not"
            )

    def _check_depth(self, event: Any, levels: int) -> None:
        if len(self._open) + levels > DEEPEST:
            raise self._refused(event, f"is nested more than {DEEPEST} levels deep")

    def _refused(self, event: Any, message: str) -> UnreadableFixtures:
        return UnreadableFixtures(f"{self._name}:{_line(event)}: {message}")


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def _mappings(value: Any, line: int) -> list[dict[str, Any]]:
    """Return what ``<<`` takes in."""
    found = value if type(value) is list else [value]
    if not all(type(one) is dict for one in found):
        raise WrongYaml(line, "<< takes a mapping, or a list of mappings")
    return found
