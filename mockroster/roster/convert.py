"""Convert neutral records to a version of the standard; invalid records are shown unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from operator import methodcaller
from typing import Any

from mockroster.roster.record import InvalidRecord, Record
from mockroster.standard.conversion import Derivation, Test
from mockroster.standard.versions import VERSIONS


def derivation(version: str, collection: str, member: str) -> Derivation:
    """Return the function that reads a member of a record for a version."""
    derived = VERSIONS[version].conversion.derived.get(collection, {}).get(member)
    return derived or methodcaller("get", member)


def derived_members(version: str, collection: str) -> Mapping[str, Derivation]:
    """Return the members that a version computes, with their derivations."""
    return VERSIONS[version].conversion.derived.get(collection, {})


def shaped(version: str, collection: str, record: Record) -> Mapping[str, Any]:
    """Return the record with the members computed by the version."""
    derived = VERSIONS[version].conversion.derived.get(collection)
    if derived is None:
        return record
    values = {**record, **{member: derive(record) for member, derive in derived.items()}}
    return {member: value for member, value in values.items() if value is not None}


def hidden(version: str, collection: str) -> Test | None:
    """Return the test for records that the version cannot represent, or ``None`` if it represents all.

    An invalid record is never hidden: it is served as it was written.
    """
    tests = VERSIONS[version].conversion.hidden.get(collection)
    if not tests:
        return None
    return lambda record: not isinstance(record, InvalidRecord) and any(test(record) for test in tests)
