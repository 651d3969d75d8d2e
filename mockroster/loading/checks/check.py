"""What is suspicious though every record is right by itself.

An error is what no client can make sense of; a warning is what real systems are known to send, and what a test set has
by mistake more often than on purpose. ``docs/how-to/check-fixture-files.md`` lists the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mockroster.errors import Severity
from mockroster.loading.checks import grade_codes, grades, people, structure
from mockroster.loading.checks.suspicion import Check
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record, SpoiltRecord
from mockroster.roster.store import COLLECTIONS

CHECKS: tuple[Check, ...] = (*structure.CHECKS, *grade_codes.CHECKS, *people.CHECKS, *grades.CHECKS)
"""Everything that is looked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that a check has found."""

    check: str
    collection: str
    sourced_id: str
    member: str
    message: str
    severity: Severity


def errors_of(overlay: Overlay, collection: str, record: Record) -> Iterator[tuple[str, str]]:
    """Yield member and sentence of each error that the checks find in one record, an active one."""
    if record.get("status") == "active" and not isinstance(record, SpoiltRecord):
        for check in CHECKS:
            if check.collection == collection and check.severity == "error":
                yield from check.look(overlay, record)


def checked(overlay: Overlay) -> Iterator[Found]:
    """Yield what the checks find in active records; one that is faulty already is passed over."""
    for collection in COLLECTIONS:
        checks = [check for check in CHECKS if check.collection == collection]
        for record in overlay.tables[collection] if checks else ():
            if record.get("status") != "active" or isinstance(record, SpoiltRecord):
                continue
            for check in checks:
                for member, message in check.look(overlay, record):
                    yield Found(check.name, collection, record["sourcedId"], member, message, check.severity)
