"""The rules that convert neutral records to a version of the standard.

A member without a rule is read from the record under its own name. Differences of form (a reference as an object, a
boolean as a string) are handled by the version's fields. A version declares its special rules; the rules for
enumeration values that it lacks are derived from the models of all versions (``vocabulary_rules``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockroster.standard.fields import Listed, Member, Part, Vocabulary
from mockroster.standard.model import Resource

Members = Mapping[str, Any]
"""A neutral record, or a part of one."""

Derivation = Callable[[Members], Any]
"""Computes a member from the record, or returns ``None`` if the record has no value for it."""

Test = Callable[[Members], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Members of a version that replace neutral members, such as the role and orgs of a user of 1.1."""

    members: Mapping[str, Derivation]
    """The version's own members, each computed from a neutral record."""

    stands_for: tuple[str, ...]
    """The replaced neutral members; a body with the first one is neutral, not of this shape."""

    to_neutral: Callable[[dict[str, Any]], dict[str, Any]]
    """Replaces the version's own members of a record by the neutral members."""

    as_written: Callable[[str], str | None]
    """Returns the version's name of a neutral member, or ``None`` if that would repeat another name."""

    def recognises(self, body: Members) -> bool:
        """Return whether a body is written in this shape."""
        return body.get(self.stands_for[0]) is None and bool(self.members.keys() & body.keys())


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """The rules of a version, by collection."""

    derived: Mapping[str, Mapping[str, Derivation]] = field(default_factory=dict)
    """The members that are computed."""

    hidden: Mapping[str, tuple[Test, ...]] = field(default_factory=dict)
    """Tests for records that the version cannot represent; a record is hidden if any of them is true."""

    shapes: Mapping[str, Shape] = field(default_factory=dict)
    """The shapes of records whose members differ from the neutral ones."""

    @property
    def is_plain(self) -> bool:
        """Whether every neutral record is shown unchanged."""
        return not (self.derived or self.hidden or self.shapes)


@dataclass(frozen=True, slots=True)
class Expressible:
    """Reads a member without the enumeration values that the version lacks."""

    member: str
    field: Member

    def __call__(self, record: Members) -> Any:
        """Return the remaining value, or ``None`` if nothing remains."""
        value = record.get(self.member)
        return None if value is None else _expressible(self.field, value)


@dataclass(frozen=True, slots=True)
class Inexpressible:
    """Tests whether the version lacks the enumeration value of a required member."""

    member: str
    field: Member

    def __call__(self, record: Members) -> bool:
        """Return whether no part of the member can be shown."""
        value = record.get(self.member)
        return value is None or _expressible(self.field, value) is None


def vocabulary_rules(own: Conversion, resource: Resource, others: Iterable[Resource]) -> Conversion:
    """Return rules for the enumeration values of other versions of a model that this version lacks.

    The value is removed from optional members and lists; a record is hidden if a required member has no value left.
    Members with a derivation of the version itself are skipped.
    """
    collection = resource.collection
    derived = dict(own.derived.get(collection, {}))
    hidden = [*own.hidden.get(collection, ())]
    for name, field_ in resource.schema.members.items():
        counterparts = [other.schema.members[name] for other in others if name in other.schema.members]
        if name in derived or not any(_has_more_words(counterpart, field_) for counterpart in counterparts):
            continue
        if field_.required:
            hidden.append(Inexpressible(name, field_))
        if not field_.required or isinstance(field_, Listed):
            derived[name] = Expressible(name, field_)
    return Conversion(
        derived={collection: derived} if derived else {}, hidden={collection: tuple(hidden)} if hidden else {}
    )


def _has_more_words(other: Member, field_: Member) -> bool:
    """Return whether a field allows enumeration values that another field does not."""
    if isinstance(other, Listed) and isinstance(field_, Listed):
        return _has_more_words(other.inner, field_.inner)
    if isinstance(other, Part) and isinstance(field_, Part):
        mine = field_.schema.members
        return any(
            _has_more_words(counterpart, mine[name])
            for name, counterpart in other.schema.members.items()
            if name in mine
        )
    if not isinstance(other, Vocabulary) or not isinstance(field_, Vocabulary):
        return False
    return bool(set(other.words) - set(field_.words)) or (
        other.extension is not None and other.extension != field_.extension
    )


def _expressible(field_: Member, value: Any) -> Any:
    """Return a value without enumeration values that a field does not allow, or ``None`` if nothing remains."""
    if isinstance(field_, Listed) and isinstance(value, list):
        return [kept for item in value if (kept := _expressible(field_.inner, item)) is not None] or None
    if isinstance(field_, Part) and isinstance(value, Mapping):
        return _expressible_part(field_, value)
    if not isinstance(field_, Vocabulary):
        return value
    is_word = value in field_.words or (
        field_.extension is not None and isinstance(value, str) and re.fullmatch(field_.extension, value, re.ASCII)
    )
    return value if is_word else None


def _expressible_part(field_: Part, value: Members) -> Members | None:
    kept = dict(_kept_members(field_, value))
    members = field_.schema.members
    if any(members[name].required for name in value.keys() - kept.keys()):
        return None
    return kept


def _kept_members(field_: Part, value: Members) -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        member = field_.schema.members.get(name)
        kept = inner if member is None else _expressible(member, inner)
        if kept is not None:
            yield name, kept
