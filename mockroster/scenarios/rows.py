"""Functions that data scenarios use to change, pick and remove records.

References between collections come from the standard's models.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from mockroster.roster.record import InvalidRecord, Record
from mockroster.scenarios.base import Tables
from mockroster.scenarios.rng import Rng
from mockroster.standard.model import Reference
from mockroster.standard.neutral import NEUTRAL


def with_members(record: Record, members: dict[str, Any]) -> Record:
    """Return a copy of the record with some members replaced. A copy of an invalid record is marked invalid too."""
    return type(record)(record | members)


def without_members(record: Record, *names: str) -> Record:
    """Return a copy of the record without some optional members."""
    return type(record)((name, value) for name, value in record.items() if name not in names)


def invalid(record: Record, members: Mapping[str, Any], *, lacking: Collection[str] = ()) -> InvalidRecord:
    """Return a copy that breaks the standard: with ``members`` replaced and required members removed."""
    return InvalidRecord((name, value) for name, value in {**record, **members}.items() if name not in lacking)


def replace_chosen(
    records: Iterable[Record], chosen: Collection[str], replace: Callable[[Record], Record]
) -> list[Record]:
    """Return the records, with those whose sourcedId is in ``chosen`` passed through ``replace``."""
    return [replace(record) if record["sourcedId"] in chosen else record for record in records]


def unknown_id(*names: str) -> str:
    """Return a sourcedId that no record has, derived from the names."""
    return str(uuid5(NAMESPACE_URL, "/".join(("mockroster", *names))))


def pick_share(records: Iterable[Record], share: float, rng: Rng) -> set[str]:
    """Return the sourcedIds of a share of the records, at least one unless the share is 0.

    Adding or removing a record changes hardly any of the other picks.
    """
    names = dict.fromkeys(record["sourcedId"] for record in records)
    number = max(round(share * len(names)), 1) if share else 0
    return pick(names, number, rng)


def pick(names: Iterable[str], number: int, rng: Rng) -> set[str]:
    """Return ``number`` of the names, or all of them if there are fewer, picked at random."""
    return set(sorted(names, key=rng.of)[:number])


Renaming = tuple[str, Mapping[str, str], str | None]
"""A member, the new sourcedIds by the old ones, and the key inside each part of the member that holds one."""


def rename_ids(record: Record, renamings: Iterable[Renaming]) -> Record:
    """Return the record with its own sourcedId and its references renamed."""
    members: dict[str, Any] = {}
    for member, names, inside in renamings:
        value = record.get(member)
        if isinstance(value, str):
            members[member] = names[value]
        elif inside and value:
            members[member] = [{**part, inside: names[part[inside]]} if inside in part else part for part in value]
        elif value:
            members[member] = [names[name] for name in value]
    return with_members(record, members)


def remove_records(tables: Tables, gone: Mapping[str, Set[str]]) -> dict[str, list[Record]]:
    """Return the collections that change when the records ``gone`` are removed.

    Optional references to removed records are dropped. Records that require such a reference are removed as well.
    """
    different: dict[str, list[Record]] = {}
    fresh = {collection: names for collection, names in gone.items() if names}
    while fresh:
        more: dict[str, set[str]] = defaultdict(set)
        for collection in tables:
            references = [ref for ref in NEUTRAL[collection].references if ref.collection in fresh]
            if not references and collection not in fresh:
                continue
            records = different.get(collection, tables[collection])
            removed, kept = fresh.get(collection, set()), []
            for record in records:
                if record["sourcedId"] in removed:
                    continue
                remaining = _drop_references(record, references, fresh)
                if remaining is None:
                    more[collection].add(record["sourcedId"])
                else:
                    kept.append(remaining)
            different[collection] = kept
        fresh = dict(more)
    return {name: records for name, records in different.items() if not _are_same(records, tables[name])}


def _are_same(records: list[Record], others: list[Record]) -> bool:
    return len(records) == len(others) and all(record is other for record, other in zip(records, others, strict=True))


def _drop_references(record: Record, references: Iterable[Reference], gone: Mapping[str, Set[str]]) -> Record | None:
    """Return the record without references to removed records, or ``None`` if a required one is lost."""
    for ref in references:
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
        record = with_members(record, {ref.member: kept}) if kept else without_members(record, ref.member)
    return record
