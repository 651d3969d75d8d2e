"""The records of a roster as a version of the standard has them, references bare, and what gets lost by that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mockroster.exporting.document import Row
from mockroster.roster.convert import hidden, shaped
from mockroster.roster.fill import AGREED
from mockroster.roster.record import Record
from mockroster.standard.model import Resource
from mockroster.standard.neutral import is_told_whole
from mockroster.standard.version import Version

Lost = Counter[str]
"""How many records (``scoreScales``), or members of records (``users.pronouns``), could not be written."""


def as_seen(version: Version, tables: Mapping[str, Sequence[Record]], lost: Lost) -> Mapping[str, Iterable[Row]]:
    """Return the records as a version has them; what it cannot express is counted in ``lost`` as they are read."""
    if is_told_whole(version):
        return tables
    known = version.resources
    for collection, records in tables.items():
        if records and collection not in known:
            lost[collection] += len(records)
    return {name: _rows(version, known[name], records, lost) for name, records in tables.items() if name in known}


def _rows(version: Version, resource: Resource, records: Sequence[Record], lost: Lost) -> Iterator[Row]:
    is_hidden, known = hidden(version.id, resource.collection), resource.schema.members
    for record in records:
        if is_hidden is not None and is_hidden(record):
            lost[resource.collection] += 1
            continue
        values = shaped(version.id, resource.collection, record)
        row = {member: values[member] for member in known if member in values}
        lost.update(f"{resource.collection}.{member}" for member in missed(version, resource.collection, record, row))
        yield row


def missed(version: Version, collection: str, record: Record, row: Row) -> Iterator[str]:
    """Yield the members of a record that a row does not say, or says otherwise, and that are not found again."""
    shape = version.conversion.shapes.get(collection)
    # The members of another shape are read as neutral ones when the row is loaded.
    told = {**row, **shape.to_neutral({**row})} if shape and shape.members.keys() <= row.keys() else row
    found = AGREED.get(collection, ())
    for member, value in record.items():
        if told.get(member) != value and member not in found:
            yield member
