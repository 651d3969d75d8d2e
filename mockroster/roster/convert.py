"""How a version of the standard sees a neutral record: by the rules of its conversion, and whole where it is faulty."""

from __future__ import annotations

from collections.abc import Mapping
from operator import methodcaller
from typing import Any

from mockroster.roster.record import Record, SpoiltRecord
from mockroster.standard.conversion import Derivation, Test
from mockroster.standard.versions import VERSIONS


def derivation(version: str, collection: str, member: str) -> Derivation:
    """Return how a version reads a member of a record: computed, or under its own name."""
    derived = VERSIONS[version].conversion.derived.get(collection, {}).get(member)
    return derived or methodcaller("get", member)


def derived_members(version: str, collection: str) -> Mapping[str, Derivation]:
    """Return the members that a version computes."""
    return VERSIONS[version].conversion.derived.get(collection, {})


def shaped(version: str, collection: str, record: Record) -> Mapping[str, Any]:
    """Return the record with the members that the version computes."""
    derived = VERSIONS[version].conversion.derived.get(collection)
    if derived is None:
        return record
    values = {**record, **{member: derive(record) for member, derive in derived.items()}}
    return {member: value for member, value in values.items() if value is not None}


def hidden(version: str, collection: str) -> Test | None:
    """Return the test for records that the version cannot show, or nothing where it can show them all.

    One that is served faulty is shown as it was written, whatever it lacks.
    """
    tests = VERSIONS[version].conversion.hidden.get(collection)
    if not tests:
        return None
    return lambda record: not isinstance(record, SpoiltRecord) and any(test(record) for test in tests)
