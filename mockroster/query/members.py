"""The members that a query may name, dotted ones too, and how each is read and compared.

``school`` and ``school.sourcedId`` are the id of a reference, ``userIds.type`` a member of each part of a list,
``metadata.x`` whatever the provider put there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockroster.caching import cache_short
from mockroster.query.comparison import (
    Comparison,
    as_boolean,
    as_date,
    as_found,
    as_href,
    as_number,
    as_text,
    as_timestamp,
)
from mockroster.roster.convert import derivation
from mockroster.roster.store import values_of
from mockroster.standard import fields
from mockroster.standard.conversion import Derivation
from mockroster.standard.model import Resource


class Member:
    """One member of the records of a resource. Two of the same name are equal, so it can be the key of an index."""

    __slots__ = ("comparison", "listed", "path", "read", "resource")

    def __init__(
        self, resource: Resource, path: str, read: Derivation, comparison: Comparison, *, listed: bool
    ) -> None:
        self.resource = resource
        self.path = path
        self.read = read
        self.comparison = comparison
        self.listed = listed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Member) and self.path == other.path and self.resource is other.resource

    def __hash__(self) -> int:
        return hash(self.path)


@cache_short(lambda _, path: len(path), longest=128, entries=4096)
def member(resource: Resource, path: str) -> Member | None:
    """Return the member of that name, or nothing where the records have none."""
    head, _, rest = path.partition(".")
    field = resource.schema.members.get(head)
    if field is None:
        return None
    read = derivation(resource.version, resource.collection, head)
    inner = field.inner if isinstance(field, fields.Listed) else field
    inside = _inside(inner, rest)
    if inside is None:
        return None
    look, comparison = inside
    listed = isinstance(field, fields.Listed)
    return Member(
        resource, path, _through(read, look, listed=listed), comparison, listed=listed or comparison is as_found
    )


def member_names(resource: Resource) -> Iterator[str]:
    """Yield every name that ``member`` knows, for suggestions; metadata keys are the provider's own."""
    return _names(resource.schema.members)


def _names(members: Mapping[str, fields.Member]) -> Iterator[str]:
    for name, field in members.items():
        inner = field.inner if isinstance(field, fields.Listed) else field
        if isinstance(inner, fields.Part):
            yield from (f"{name}.{part}" for part in _names(inner.schema.members))
        elif isinstance(inner, fields.Ref):
            yield from (name, f"{name}.sourcedId", f"{name}.type")
        elif not isinstance(inner, fields.Metadata):
            yield name


Look = Callable[[Any], Any]
"""Finds in a value what a dotted name means; nothing, one thing or a list of things."""


def _inside(field: fields.Member, rest: str) -> tuple[Look | None, Comparison] | None:
    """Return how to look at a value, and how to compare what is found there."""
    if isinstance(field, fields.Ref):
        return _inside_reference(field, rest)
    if isinstance(field, fields.Metadata):
        return (lambda value: _without_nulls(value.get(rest)), as_found) if rest else None
    if isinstance(field, fields.Part):
        return _inside_part(field, rest)
    return None if rest else (None, _comparison(field))


def _without_nulls(value: Any) -> Any:
    """Return what a provider has put into metadata, a list without the items that say nothing."""
    return [item for item in value if item is not None] if isinstance(value, list) else value


def _inside_reference(field: fields.Ref, rest: str) -> tuple[Look | None, Comparison] | None:
    if rest in {"", "sourcedId"}:
        return None, as_text
    if rest == "type":
        return (lambda _: field.type), as_text
    return (field.path, as_href) if rest == "href" else None


def _inside_part(field: fields.Part, rest: str) -> tuple[Look, Comparison] | None:
    name, _, deeper = rest.partition(".")
    part = field.schema.members.get(name)
    if part is None:
        return None
    inside = _inside(part.inner if isinstance(part, fields.Listed) else part, deeper)
    if inside is None:
        return None
    look, comparison = inside
    return (lambda value: _looked(value.get(name), look)), comparison


def _looked(value: Any, look: Look | None) -> Any:
    """Return what is found in a value, or in each item of a list that has something to find."""
    if look is None or value is None:
        return value
    return [found for item in value for found in values_of(look(item))] if isinstance(value, list) else look(value)


def _comparison(field: fields.Member) -> Comparison:
    kinds: tuple[tuple[type[fields.Member], Comparison], ...] = (
        (fields.Timestamp, as_timestamp),
        (fields.Date, as_date),
        (fields.Number, as_number),
        (fields.JsonBoolean, as_boolean),
    )
    return next((comparison for kind, comparison in kinds if isinstance(field, kind)), as_text)


def _through(read: Derivation, look: Look | None, *, listed: bool) -> Derivation:
    """Return a derivation that reads a member and looks at it, or at each of its items."""
    if look is None:
        return read
    if listed:
        return lambda record: [found for item in read(record) or () for found in values_of(look(item))]
    return lambda record: _looked(read(record), look)
