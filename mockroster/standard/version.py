"""A version of the standard as one object, and the registry of the served versions.

The differences between versions are properties of these objects; code outside this package must not import the package
of a version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from mockroster.standard.conversion import Conversion, Derivation, Shape, Test, vocabulary_rules
from mockroster.standard.editions import Edition
from mockroster.standard.model import Resource, Service
from mockroster.standard.status import ErrorVocabulary

if TYPE_CHECKING:
    from mockroster.standard.csv import Binding


@dataclass(frozen=True, eq=False, kw_only=True)
class Version:
    """All properties of a version of the standard that differ between versions."""

    id: str
    """``v1p1``: its name in paths and scopes."""

    number: str
    """``1.1``: its name for people, in flags and in the manifest of a CSV set."""

    edition: Edition
    """Models, scopes of operations, and statuses."""

    services: tuple[Service, ...]
    scopes: tuple[str, ...]
    """Every scope that a token may have for it."""

    errors: ErrorVocabulary
    conversion: Conversion = field(default_factory=Conversion)
    """The rules that convert neutral records to the version."""

    accepts_signatures: bool = False
    """Whether an OAuth 1.0a signature may replace a token."""

    @cached_property
    def binding(self) -> Binding:
        """The files of its CSV sets, stated in the module ``csv`` of its package, which a server may never need."""
        binding: Binding = import_module(f"mockroster.standard.{self.id}.csv").BINDING
        return binding

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """Every model by its collection."""
        return {resource.collection: resource for resource in self.edition.resources.values()}


class Registry:
    """The served versions, oldest first."""

    def __init__(self, *versions: Version) -> None:
        stated = {version.id: version for version in versions}
        self._by_id = {
            version.id: replace(version, conversion=_completed(version, versions)) for version in stated.values()
        }
        self._by_number = {version.number: version for version in self}

    def __iter__(self) -> Iterator[Version]:
        return iter(self._by_id.values())

    def __getitem__(self, name: str) -> Version:
        """Return a version by its id or its number. Raises ``KeyError``."""
        return self._by_id[name] if name in self._by_id else self._by_number[name]

    @property
    def oldest(self) -> Version:
        """The version of paths that name none."""
        return next(iter(self))

    @property
    def newest(self) -> Version:
        """The default version for people."""
        return next(reversed(self._by_id.values()))

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers of all versions."""
        return tuple(self._by_number)

    def of_path(self, path: str) -> Version:
        """Return the version in a path, or the oldest if the path names none."""
        return next((version for version in reversed([*self]) if f"/{version.id}" in path), self.oldest)


def _completed(version: Version, versions: tuple[Version, ...]) -> Conversion:
    """Return the conversion of a version with the rules that follow from the enumerations of the others."""
    stated = version.conversion
    derived: dict[str, Mapping[str, Derivation]] = dict(stated.derived)
    hidden: dict[str, tuple[Test, ...]] = dict(stated.hidden)
    shapes: Mapping[str, Shape] = stated.shapes
    for collection, shape in shapes.items():
        derived[collection] = {**shape.members, **derived.get(collection, {})}
    stated = replace(stated, derived=derived)
    for collection, resource in version.resources.items():
        others = [other.resources[collection] for other in versions if collection in other.resources]
        rules = vocabulary_rules(stated, resource, others)
        derived |= rules.derived
        hidden |= rules.hidden
    return Conversion(derived=derived, hidden=hidden, shapes=shapes)
