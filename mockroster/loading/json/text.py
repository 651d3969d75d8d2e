"""JSON as it is written in fixture files: parsed at once, looked up line by line only for what is faulty."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import orjson

from mockroster.errors import TooDeep, UnreadableFixtures
from mockroster.loading.json.faults import fault
from mockroster.loading.json.numbers import rounded
from mockroster.loading.json.places import Lines, first, items, members, nearest_place, open_at, steps
from mockroster.loading.text import DEEPEST
from mockroster.loading.written import Fault

_NAMES = re.compile(rb'"(?:[^"\\]++|\\.)*+"[ \t\r\n]*+(:?)', re.DOTALL)
"""Every string; what is found of it is the colon of those that are names."""


def parsed(name: str, content: bytes, collection: str) -> JsonText | Fault:
    """Return a document of JSON, or where it stops being one; an array is the records of ``collection``.

    Raises ``UnreadableFixtures`` where it is too deep.
    """
    try:
        root = orjson.loads(content)
        written = _member_count(root) if isinstance(root, dict | list) else 0
    except TooDeep:
        raise _too_deep(name, content) from None
    except orjson.JSONDecodeError as error:
        return _not_json(name, content, error)
    text = JsonText(name, content, root, collection)
    if sum(map(len, _NAMES.findall(content))) != written:
        text.faults += text.repeated()
    text.faults += text.rounded()
    return text


def _member_count(value: Any, depth: int = 1) -> int:
    """Return how many members all objects in a value have. Raises ``TooDeep``."""
    if depth > DEEPEST:
        raise TooDeep
    is_object = type(value) is dict
    count = len(value) if is_object else 0
    for item in value.values() if is_object else value:
        if type(item) is dict or type(item) is list:
            count += _member_count(item, depth + 1)
    return count


def _not_json(name: str, content: bytes, error: orjson.JSONDecodeError) -> Fault:
    at = len(error.doc[: error.pos].encode())
    if len(open_at(content, at, DEEPEST)) > DEEPEST:
        raise _too_deep(name, content)
    line, message = fault(content, at, error.msg)
    return Fault(name, line, "", message)


def _too_deep(name: str, content: bytes) -> UnreadableFixtures:
    line = Lines(content).at(open_at(content, len(content), DEEPEST)[-1])
    return UnreadableFixtures(f"{name}:{line}: is nested more than {DEEPEST} levels deep")


class JsonText:
    """A document of JSON, and where in it things stand."""

    def __init__(self, name: str, content: bytes, root: Any, collection: str) -> None:
        self.name = name
        self.root = root
        self.faults: list[Fault] = []
        self._is_array = isinstance(root, list)
        self._collection = collection
        self._content = content
        self._lines = Lines(content)
        self._places: dict[str, array[int]] = {}

    def line(self, collection: str, number: int, member: str = "") -> int | None:
        """Return the line of a record, or of a member in it, or of the nearest thing around it."""
        places = self._records(collection)
        if number >= len(places):
            return self.heading(collection)
        return self._lines.at(nearest_place(self._content, places[number], steps(member)))

    def heading(self, name: str) -> int | None:
        """Return the line of a member of the document itself."""
        place = self._headings.get(name)
        return None if place is None else self._lines.at(place[0])

    def repeated(self) -> Iterator[Fault]:
        """Yield a fault for each member that an object has twice: only the last one counts, and that unsaid."""
        for where, name, place in _repeated(self._content, first(self._content), self._start):
            yield Fault(self.name, self._lines.at(place), where, f"the member {name!r} is there twice")

    def rounded(self) -> Iterator[Fault]:
        """Yield a fault for each whole number that is not read exactly."""
        found = dict(rounded(self._content))
        for where, place in _scalars(self._content, first(self._content), self._start) if found else ():
            if place in found:
                message = f"{found[place][:40]} has more than 64 bits and would be rounded; write it as text, in quotes"
                yield Fault(self.name, self._lines.at(place), where, message)

    @property
    def _start(self) -> str:
        """What the document itself is called in messages."""
        return self._collection if self._is_array else ""

    def _records(self, collection: str) -> array[int]:
        """Return where each record of a collection stands, or of the document where that is an array."""
        if collection not in self._places:
            start = first(self._content)
            _, at = (0, start) if self._is_array else self._headings.get(collection, (0, start))
            is_array = self._content[at] == ord("[")
            alone = [at] if at != start else []
            self._places[collection] = array("q", items(self._content, at) if is_array else alone)
        return self._places[collection]

    @cached_property
    def _headings(self) -> dict[str, tuple[int, int]]:
        """Where name and value of each member of the document stand."""
        start = first(self._content)
        named = members(self._content, start) if self._content[start] == ord("{") else ()
        return {name: (place, value) for name, place, value in named}


def _repeated(text: bytes, at: int, where: str) -> Iterator[tuple[str, str, int]]:
    """Yield path of the object, name and place of each member that is there again."""
    if text[at] == ord("{"):
        seen: set[str] = set()
        for name, place, value in members(text, at):
            if name in seen:
                yield where, name, place
            seen.add(name)
            yield from _repeated(text, value, f"{where}.{name}" if where else name)
    elif text[at] == ord("["):
        for number, item in enumerate(items(text, at)):
            yield from _repeated(text, item, f"{where}[{number}]")


def _scalars(text: bytes, at: int, where: str) -> Iterator[tuple[str, int]]:
    """Yield path and place of each value that is neither object nor array."""
    if text[at] == ord("{"):
        for name, _, value in members(text, at):
            yield from _scalars(text, value, f"{where}.{name}" if where else name)
    elif text[at] == ord("["):
        for number, item in enumerate(items(text, at)):
            yield from _scalars(text, item, f"{where}[{number}]")
    else:
        yield where, at
