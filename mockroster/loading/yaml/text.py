"""YAML as it is written in fixture files: plain data, looked up line by line only for what is faulty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from mockroster.errors import UnreadableFixtures, WrongYaml
from mockroster.loading.envelope import collection_of
from mockroster.loading.json.places import steps
from mockroster.loading.text import DEEPEST
from mockroster.loading.written import Fault
from mockroster.loading.yaml.faults import fault
from mockroster.loading.yaml.scalars import record, settled
from mockroster.loading.yaml.tree import Places, Tree

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: ten times as fast."""


def parsed(name: str, content: bytes, collection: str) -> YamlText | Fault:
    """Return a document of YAML, or where it stops being one; a list is the records of ``collection``.

    Raises ``UnreadableFixtures`` for tags, for aliases that repeat too much, and where it is too deep.
    """
    text = content.decode()
    tree = Tree(name, collection)
    try:
        tree.take(yaml.parse(text, Loader=LOADER))
    except WrongYaml as error:
        return Fault(name, error.line, "", error.message)
    except yaml.YAMLError as error:
        line, message = fault(text, error)
        if "maximum nesting depth" in message:  # libyaml has a bound of its own, and may come upon it first
            raise UnreadableFixtures(f"{name}:{line}: is nested more than {DEEPEST} levels deep") from None
        return Fault(name, line, "", message)
    return YamlText(name, text, tree, collection)


class YamlText:
    """A document of YAML, and where in it things stand."""

    def __init__(self, name: str, text: str, tree: Tree, collection: str) -> None:
        self.name = name
        self.root = _records(tree.root, collection)
        self.faults = [
            Fault(name, line, where, f"the member {member!r} is there twice") for line, where, member in tree.repeated
        ]
        tree.root = None
        self._text = text
        self._tree = tree

    def line(self, collection: str, number: int, member: str = "") -> int | None:
        """Return the line of a record, or of a member in it, or of the nearest thing around it."""
        places = self._tree.places.get(collection)
        if places is None or number >= len(places.lines):
            return self.heading(collection)
        return 1 + places.lines[number] + self._lines_into(places, number, member)

    def heading(self, name: str) -> int | None:
        """Return the line of a member of the document itself."""
        return self._tree.headings.get(name)

    def _lines_into(self, places: Places, number: int, member: str) -> int:
        """Return how many lines after the beginning of its record a member stands.

        The text of the record alone is parsed again, at the column where it stood.
        """
        end = places.starts[number + 1] if number + 1 < len(places.starts) else len(self._text)
        text = " " * places.columns[number] + self._text[places.starts[number] : end]
        return _nearest(_events(text), steps(member)) if member else 0


def _records(root: Any, collection: str) -> Any:
    if isinstance(root, list):
        return [record(one, collection) for one in root]
    if not isinstance(root, dict):
        return settled(root)
    return {
        name: [record(one, name) for one in value] if isinstance(value, list) else _alone(name, value)
        for name, value in root.items()
    }


def _alone(name: str, value: Any) -> Any:
    """Return a value that is no list: a record in a wrapper, or anything else."""
    collection = collection_of(name, value)
    return record(value, collection) if collection else settled(value)


def _events(text: str) -> Iterator[Any]:
    """Yield the events of a text from the first value on; what follows the value may be cut off anywhere."""
    try:
        for event in yaml.parse(text, Loader=LOADER):
            if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
                yield event
    except yaml.YAMLError:
        return


def _nearest(events: Iterator[Any], way: list[str | int]) -> int:
    """Return the line, from 0, of the member that a way leads to, or of the last thing on the way that is there."""
    line = 0
    event = next(events, None)
    for step in way:
        if isinstance(step, int):
            event = _item(events, event, step)
            line = event.start_mark.line if event else line
        else:
            name = _name(events, event, step)
            line = name.start_mark.line if name else line
            event = next(events, None) if name else None
        if event is None:
            break
    return line


def _item(events: Iterator[Any], start: Any, number: int) -> Any:
    """Return the event with which an item of a list begins, or nothing."""
    if not isinstance(start, yaml.SequenceStartEvent):
        return None
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            return None
        if number == 0:
            return event
        number -= 1
        _pass_over(events, event)
    return None


def _name(events: Iterator[Any], start: Any, name: str) -> Any:
    """Return the event of the name of a member, or nothing."""
    if not isinstance(start, yaml.MappingStartEvent):
        return None
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            return None
        if isinstance(event, yaml.ScalarEvent) and event.value == name:
            return event
        _pass_over(events, next(events, None))
    return None


def _pass_over(events: Iterator[Any], event: Any) -> None:
    """Read on to the end of the value that an event begins."""
    depth = 0
    while event is not None:
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth <= 0:
            return
        event = next(events, None)
