"""Rows as data scenarios rewrite them: records with other members, and what goes when others are gone.

Which members refer to which collection is read from the standard's own models.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from mockroster.roster.record import InvalidRecord, Record
from mockroster.scenarios.base import Tables
from mockroster.scenarios.chance import Chance
from mockroster.standard.model import Reference
from mockroster.standard.neutral import NEUTRAL


def changed(record: Record, members: dict[str, Any]) -> Record:
    """Return the record with other members; one that is spoilt stays so."""
    return type(record)(record | members)


def without(record: Record, *names: str) -> Record:
    """Return the record without some members that the standard does not demand."""
    return type(record)((name, value) for name, value in record.items() if name not in names)


def spoilt(record: Record, members: Mapping[str, Any], *, lacking: Collection[str] = ()) -> InvalidRecord:
    """Return the record as the standard does not allow it: with such members, and lacking others."""
    return InvalidRecord((name, value) for name, value in {**record, **members}.items() if name not in lacking)


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
            refs = [ref for ref in NEUTRAL[collection].references if ref.collection in fresh]
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
        if not kept and ref.is_required:
            return None
        record = changed(record, {ref.member: kept}) if kept else without(record, ref.member)
    return record
