"""Compute the difference between the start of a sandbox and the current content of its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from mockroster.roster.commit import DateRule, Intent, MarkDeleted, Put, as_given, by_content
from mockroster.roster.overlay import RecordChange
from mockroster.roster.record import Record, is_same
from mockroster.roster.store import Roster, Table

Undated = Mapping[str, Set[str]]
"""The sourcedIds of records whose files do not say when they were last modified, by collection."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes that lead from one roster to another."""

    roster: Roster
    """The new roster; an unchanged record is the same object as before, with its old date."""

    intents: tuple[Intent, ...]
    """The changes: new and changed records, then deleted ones."""

    start: tuple[RecordChange, ...]
    """The records in which the two rosters differ."""


def difference(old: Roster, new: Roster, undated: Undated) -> Difference:
    """Return the difference between two rosters. An undated record differs only if its content does."""
    tables: dict[str, Table] = {}
    puts: list[Intent] = []
    for collection, table in new.tables.items():
        before = old.tables[collection]
        without_date = undated.get(collection, frozenset())
        records = [_unchanged_or_new(before, record, without_date) for record in table]
        is_unchanged = len(records) == len(before) and all(map(_is, records, before))
        tables[collection] = before if is_unchanged else Table(records)
        puts += _puts(collection, before, tables[collection], without_date)
    roster = Roster(tables)
    return Difference(roster, (*puts, *_deletions(old, roster)), tuple(_changes(old, roster)))


def date_rule(sourced_id: str, undated: Set[str]) -> DateRule:
    """Return the date rule for a record of a file."""
    return by_content if sourced_id in undated else as_given


def _unchanged_or_new(before: Table, record: Record, undated: Set[str]) -> Record:
    """Return the old record if the new one has the same content, else the new one."""
    old = before.get(record["sourcedId"])
    if old is None or not is_same(old, record):
        return record
    has_same_date = old["dateLastModified"] == record["dateLastModified"]
    return old if has_same_date or record["sourcedId"] in undated else record


def _puts(collection: str, before: Table, after: Table, undated: Set[str]) -> Iterator[Intent]:
    for record in after if after is not before else ():
        name = record["sourcedId"]
        if before.get(name) is not record:
            yield Put(collection, record, date_rule(name, undated))


def _deletions(old: Roster, new: Roster) -> Iterator[Intent]:
    for collection, table in old.tables.items():
        after = new.tables[collection]
        for record in table if after is not table else ():
            if after.get(record["sourcedId"]) is None:
                yield MarkDeleted(collection, record["sourcedId"])


def _changes(old: Roster, new: Roster) -> Iterator[RecordChange]:
    for collection, table in new.tables.items():
        before = old.tables[collection]
        if table is before:
            continue
        for name in dict.fromkeys(record["sourcedId"] for record in (*before, *table)):
            old_record, new_record = before.get(name), table.get(name)
            if old_record is not new_record:
                yield RecordChange(collection, name, old_record, new_record)


def _is(one: Record, other: Record) -> bool:
    return one is other
