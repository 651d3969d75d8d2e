"""The records of a roster as a version of the standard has them, references bare, and what gets lost by that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockroster.exporting.document import Row
from mockroster.roster.convert import hidden, shaped
from mockroster.roster.fill import AGREED
from mockroster.roster.record import Record
from mockroster.standard.model import Resource
from mockroster.standard.v1p1.models import RESOURCES, VERSION

_RESOURCES: Mapping[str, Resource] = {resource.collection: resource for resource in RESOURCES}

Lost = Counter[str]
"""How many records (``scoreScales``), or members of records (``users.pronouns``), could not be written."""


def as_1p1(tables: Mapping[str, Sequence[Record]], lost: Lost) -> dict[str, Iterator[Row]]:
    """Return the records as 1.1 has them; what it cannot express is counted in ``lost`` as they are read."""
    for collection, records in tables.items():
        if records and collection not in _RESOURCES:
            lost[collection] += len(records)
    return {name: _rows(_RESOURCES[name], records, lost) for name, records in tables.items() if name in _RESOURCES}


def _rows(resource: Resource, records: Sequence[Record], lost: Lost) -> Iterator[Row]:
    is_hidden, known = hidden(VERSION, resource.collection), resource.schema.members
    for record in records:
        if is_hidden is not None and is_hidden(record):
            lost[resource.collection] += 1
            continue
        values = shaped(VERSION, resource.collection, record)
        row = {member: values[member] for member in known if member in values}
        lost.update(f"{resource.collection}.{member}" for member in missed(resource.collection, record, row))
        yield row


def missed(collection: str, record: Record, row: Row) -> Iterator[str]:
    """Yield the members of a record that a row does not say, or says otherwise, and that are not found again."""
    told = {**row, **_user(row)} if "role" in row and "orgs" in row else row
    found = AGREED.get(collection, ())
    for member, value in record.items():
        if told.get(member) != value and member not in found:
            yield member


def _user(row: Row) -> dict[str, Any]:
    """Return what the role and the orgs of 1.1 are taken for when they are read again."""
    role = "siteAdministrator" if row["role"] == "administrator" else row["role"]
    roles = [{"roleType": "primary", "role": role, "org": org} for org in row["orgs"]]
    return {"roles": roles, "primaryOrg": row["orgs"][0]}
