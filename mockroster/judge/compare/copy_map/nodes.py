"""Read a YAML or JSON file as values that know their line and their path, for messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mockroster.errors import ConfigurationError, nearest

MOST_BYTES = 1 << 20
"""The most bytes of a map."""

_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of the file."""

    file: str
    node: Any
    path: str = ""

    @property
    def at(self) -> str:
        """Return the place for messages: ``copy.yaml:7: users.members.givenName``."""
        place = f"{self.file}:{self.node.start_mark.line + 1}"
        return f"{place}: {self.path}" if self.path else place

    def fault(self, message: str) -> ConfigurationError:
        """Return an error about this value."""
        return ConfigurationError(f"{self.at}: {message}")

    @property
    def is_text(self) -> bool:
        """Return whether the value is a scalar."""
        return isinstance(self.node, yaml.ScalarNode)

    @property
    def is_mapping(self) -> bool:
        """Return whether the value is an object."""
        return isinstance(self.node, yaml.MappingNode)

    def text(self, kind: str) -> str:
        """Return a text. Raises ``ConfigurationError`` for anything else and for an empty one."""
        if not self.is_text or not self.node.value:
            raise self.fault(f"must be {kind}")
        return str(self.node.value)

    def texts(self, kind: str) -> list[str]:
        """Return the texts of a list, or of a single text."""
        if isinstance(self.node, yaml.SequenceNode):
            return [Entry(self.file, item, self.path).text(kind) for item in self.node.value]
        return [self.text(kind)]

    def flag(self) -> bool:
        """Return a truth value."""
        if self.is_text and self.node.value in {"true", "false"}:
            return bool(self.node.value == "true")
        raise self.fault("must be true or false")

    def word(self, *words: str) -> str:
        """Return one of several words."""
        text = self.text(f"one of {', '.join(words)}")
        if text not in words:
            raise self.fault(f"{text[:80]!r} is not one of {', '.join(words)}{nearest(text, words)}")
        return text

    def members(self, known: Collection[str] | None = None, kind: str = "known here") -> dict[str, Entry]:
        """Return the members of an object; with ``known``, others are an error with the nearest name."""
        if not self.is_mapping:
            raise self.fault("must be an object")
        members: dict[str, Entry] = {}
        for key, value in self.node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            entry = Entry(self.file, value, f"{self.path}.{name}" if self.path else name)
            line = Entry(self.file, key, entry.path)
            if known is not None and name not in known:
                raise line.fault(f"is not {kind}; known: {', '.join(known)}{nearest(name, known)}")
            if name in members:
                raise line.fault("is there twice")
            members[name] = entry
        return members

    def text_map(self, kind: str) -> Mapping[str, str]:
        """Return an object of texts."""
        return {name: entry.text(kind) for name, entry in self.members().items()}


def read_entry(path: Path) -> Entry:
    """Return the content of a YAML or JSON file. Raises ``ConfigurationError``."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(content) > MOST_BYTES:
        raise ConfigurationError(f"{path}: has more than {MOST_BYTES:,} bytes, which is no map")
    try:
        _check_events(path, content)
        node = yaml.compose(content, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}{_problem(error)}") from None
    if node is None:
        raise ConfigurationError(f"{path}: is empty")
    return Entry(str(path), node)


def _check_events(path: Path, content: bytes) -> None:
    """Raise ``ConfigurationError`` for aliases and for deep nesting, before the tree is built."""
    depth = 0
    for event in yaml.parse(content, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise ConfigurationError(f"{path}:{line}: is an alias; write the value itself")
        if depth > _DEEPEST:
            raise ConfigurationError(f"{path}:{line}: is nested more than {_DEEPEST} levels deep")


def _problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    return f"{line}: is not YAML: {getattr(error, 'problem', None) or 'the bytes are not UTF-8'}"
