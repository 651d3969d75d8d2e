"""The members that a query may name, each with its reader and its comparison.

``school`` and ``school.sourcedId`` are the id of a reference, ``userIds.type`` a member of each item of a list, and
``metadata.x`` a value that the provider has added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockroster.caching import cache_short
from mockroster.errors import nearest
from mockroster.query.comparison import (
    Comparison,
    as_boolean,
    as_date,
    as_href,
    as_metadata,
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
    """Return the member of that name, or ``None`` if the records have no such member."""
    head, _, rest = path.partition(".")
    field = resource.schema.members.get(head)
    if field is None:
        return None
    read = derivation(resource.version, resource.collection, head)
    inner = field.inner if isinstance(field, fields.Listed) else field
    accessor = _accessor(inner, rest)
    if accessor is None:
        return None
    getter, comparison = accessor
    listed = isinstance(field, fields.Listed)
    return Member(
        resource, path, _compose(read, getter, listed=listed), comparison, listed=listed or comparison is as_metadata
    )


def member_names(resource: Resource) -> Iterator[str]:
    """Yield every name that ``member`` accepts, for suggestions; metadata keys are not known."""
    return _names(resource.schema.members)


def unknown_member(resource: Resource, name: str) -> str:
    """Return ``"users have no member 'role'; did you mean 'roles.role'?"``, for a name that ``member`` does not know.

    The member of a part that has this name is suggested first, then the most similar name.
    """
    names = list(member_names(resource))
    in_part = next((known for known in names if known.rpartition(".")[2] == name), None)
    suggestion = f"; did you mean {in_part!r}?" if in_part else nearest(name, names)
    return f"{resource.collection} have no member {name[:80]!r}{suggestion}"


def _names(members: Mapping[str, fields.Member]) -> Iterator[str]:
    for name, field in members.items():
        inner = field.inner if isinstance(field, fields.Listed) else field
        if isinstance(inner, fields.Part):
            yield from (f"{name}.{part}" for part in _names(inner.schema.members))
        elif isinstance(inner, fields.Ref):
            yield from (name, f"{name}.sourcedId", f"{name}.type")
        elif not isinstance(inner, fields.Metadata):
            yield name


Getter = Callable[[Any], Any]
"""Returns the value that the rest of a dotted name selects: ``None``, one value or a list."""


def _accessor(field: fields.Member, rest: str) -> tuple[Getter | None, Comparison] | None:
    """Return the getter for the rest of a dotted name, and the comparison for its values."""
    if isinstance(field, fields.Ref):
        return _reference_accessor(field, rest)
    if isinstance(field, fields.Metadata):
        return (lambda value: _without_nulls(value.get(rest)), as_metadata) if rest else None
    if isinstance(field, fields.Part):
        return _part_accessor(field, rest)
    return None if rest else (None, _comparison(field))


def _without_nulls(value: Any) -> Any:
    """Return a metadata value; a list loses its null items."""
    return [item for item in value if item is not None] if isinstance(value, list) else value


def _reference_accessor(field: fields.Ref, rest: str) -> tuple[Getter | None, Comparison] | None:
    if rest in {"", "sourcedId"}:
        return None, as_text
    if rest == "type":
        return (lambda _: field.type), as_text
    return (field.path, as_href) if rest == "href" else None


def _part_accessor(field: fields.Part, rest: str) -> tuple[Getter, Comparison] | None:
    name, _, deeper = rest.partition(".")
    part = field.schema.members.get(name)
    if part is None:
        return None
    accessor = _accessor(part.inner if isinstance(part, fields.Listed) else part, deeper)
    if accessor is None:
        return None
    getter, comparison = accessor
    return (lambda value: _get(value.get(name), getter)), comparison


def _get(value: Any, getter: Getter | None) -> Any:
    """Apply a getter to a value; for a list, return the values found in all its items."""
    if getter is None or value is None:
        return value
    if isinstance(value, list):
        return [found for item in value for found in values_of(getter(item))]
    return getter(value)


def _comparison(field: fields.Member) -> Comparison:
    kinds: tuple[tuple[type[fields.Member], Comparison], ...] = (
        (fields.Timestamp, as_timestamp),
        (fields.Date, as_date),
        (fields.Number, as_number),
        (fields.JsonBoolean, as_boolean),
    )
    return next((comparison for kind, comparison in kinds if isinstance(field, kind)), as_text)


def _compose(read: Derivation, getter: Getter | None, *, listed: bool) -> Derivation:
    """Return a derivation that reads a member and applies the getter to it, or to each of its items."""
    if getter is None:
        return read
    if listed:
        return lambda record: [found for item in read(record) or () for found in values_of(getter(item))]
    return lambda record: _get(read(record), getter)
