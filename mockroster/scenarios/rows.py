"""Rows as data scenarios rewrite them: records with other members, and what goes when others are gone.

Which members refer to which collection is read from the standard's own models.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from mockroster.roster.record import Record, SpoiltRecord
from mockroster.scenarios.base import Tables
from mockroster.scenarios.chance import Chance
from mockroster.standard.fields import Listed, Member, Part, Ref
from mockroster.standard.v1p1.models import RESOURCES as RESOURCES_1P1
from mockroster.standard.v1p2.models import RESOURCES as RESOURCES_1P2


def changed(record: Record, members: dict[str, Any]) -> Record:
    """Return the record with other members; one that is spoilt stays so."""
    return type(record)(record | members)


def without(record: Record, *names: str) -> Record:
    """Return the record without some members that the standard does not demand."""
    return type(record)((name, value) for name, value in record.items() if name not in names)


def spoilt(record: Record, members: Mapping[str, Any], *, lacking: Collection[str] = ()) -> SpoiltRecord:
    """Return the record as the standard does not allow it: with such members, and lacking others."""
    return SpoiltRecord((name, value) for name, value in {**record, **members}.items() if name not in lacking)


def made_up(*names: str) -> str:
    """Return a sourcedId that no record has: the same for the same names."""
    return str(uuid5(NAMESPACE_URL, "/".join(("mockroster", *names))))


def picked(records: Iterable[Record], share: float, chance: Chance) -> set[str]:
    """Return the sourcedIds of a share of the records, of one at least; hardly any other when one comes or goes."""
    names = dict.fromkeys(record["sourcedId"] for record in records)
    number = max(round(share * len(names)), 1) if share else 0
    return some(names, number, chance)


def some(names: Iterable[str], number: int, chance: Chance) -> set[str]:
    """Return so many of the names, which stand in a certain order, drawn."""
    return set(sorted(names, key=chance.of)[:number])


@dataclass(frozen=True, slots=True)
class Reference:
    """A member that refers to records: ``school``, ``terms``, or ``org`` of each of the ``roles``."""

    member: str
    collection: str
    """To whose records."""

    needed: bool
    """Whether a version of the standard demands the member."""

    inside: str | None = None
    """The member of each part of a list."""


@cache
def references(collection: str) -> tuple[Reference, ...]:
    """Return every reference that the records of a collection have; demographics refer to a user by their own id."""
    demanded = {
        name
        for resource in (*RESOURCES_1P1, *RESOURCES_1P2)
        if resource.collection == collection
        for name, field in resource.schema.members.items()
        if field.required
    }
    (resource,) = (resource for resource in RESOURCES_1P2 if resource.collection == collection)
    found = [
        Reference(name, target, name in demanded, inside)
        for name, field in resource.schema.members.items()
        for target, inside in _targets(field.inner if isinstance(field, Listed) else field)
    ]
    own = [Reference("sourcedId", "users", needed=True)] if collection == "demographics" else []
    return (*found, *own)


def _targets(field: Member) -> Iterator[tuple[str, str | None]]:
    """Yield the collection to which a member refers, and the member of the part that does."""
    if isinstance(field, Ref):
        yield _collection_of(field), None
    if isinstance(field, Part):
        yield from (
            (_collection_of(part), name) for name, part in field.schema.members.items() if isinstance(part, Ref)
        )


def _collection_of(field: Ref) -> str:
    return next(resource.collection for resource in RESOURCES_1P2 if resource.name == field.type)


Renaming = tuple[str, Mapping[str, str], str | None]
"""A member, the new sourcedIds for those that it may hold, and the member of each part that holds one."""


def renamed(record: Record, renamings: Iterable[Renaming]) -> Record:
    """Return the record with other sourcedIds in place of its own and of those that it refers to."""
    members: dict[str, Any] = {}
    for member, names, inside in renamings:
        value = record.get(member)
        if isinstance(value, str):
            members[member] = names[value]
        elif inside and value:
            members[member] = [{**part, inside: names[part[inside]]} if inside in part else part for part in value]
        elif value:
            members[member] = [names[name] for name in value]
    return changed(record, members)


def removed(tables: Tables, gone: Mapping[str, Set[str]]) -> dict[str, list[Record]]:
    """Return the collections that look different without some records.

    What the standard lets refer to nothing no longer refers to them, and what it does not is gone as well.
    """
    different: dict[str, list[Record]] = {}
    fresh = {collection: names for collection, names in gone.items() if names}
    while fresh:
        more: dict[str, set[str]] = defaultdict(set)
        for collection in tables:
            refs = [ref for ref in references(collection) if ref.collection in fresh]
            if not refs and collection not in fresh:
                continue
            records = different.get(collection, tables[collection])
            out, kept = fresh.get(collection, set()), []
            for record in records:
                if record["sourcedId"] in out:
                    continue
                left = _released(record, refs, fresh)
                if left is None:
                    more[collection].add(record["sourcedId"])
                else:
                    kept.append(left)
            different[collection] = kept
        fresh = dict(more)
    return {name: records for name, records in different.items() if not _same(records, tables[name])}


def _same(records: list[Record], others: list[Record]) -> bool:
    return len(records) == len(others) and all(one is other for one, other in zip(records, others, strict=True))


def _released(record: Record, refs: Iterable[Reference], gone: Mapping[str, Set[str]]) -> Record | None:
    """Return the record without references to what is gone, or nothing where it cannot be without them."""
    for ref in refs:
        value, names = record.get(ref.member), gone[ref.collection]
        if value is None:
            continue
        if not isinstance(value, list):
            kept = None if value in names else value
        elif ref.inside:
            kept = [part for part in value if part.get(ref.inside) not in names]
        else:
            kept = [name for name in value if name not in names]
        if kept == value:
            continue
        if not kept and ref.needed:
            return None
        record = changed(record, {ref.member: kept}) if kept else without(record, ref.member)
    return record
