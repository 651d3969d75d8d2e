"""Scenarios with missing or deleted records and old dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mockroster.clock import timestamp
from mockroster.roster.record import Record
from mockroster.scenarios.base import DataScenario, Tables, parameter
from mockroster.scenarios.data.people import FAMILY, is_student
from mockroster.scenarios.rng import Rng
from mockroster.scenarios.rows import (
    pick,
    remove_records,
    with_members,
    without_members,
)


@dataclass(frozen=True)
class EmptySchool(DataScenario):
    """One school has teachers but no students, classes or enrollments. The other schools are complete.

    Source: a school before the yearly rollover; rows 119 and 54 of the quirks table.
    """

    name = "empty-school"

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Remove the records of the last school, and the families whose children all attend it."""
        empty = _last_school(tables)
        if empty is None:
            return {}
        users = tables["users"]
        students = {user["sourcedId"] for user in users if is_student(user) and _only_at(user, empty)}
        families = {
            user["sourcedId"]
            for user in users
            if {role.get("role") for role in user.get("roles", ())} <= FAMILY
            and students.issuperset(user.get("agents", "-"))
        }
        remaining = remove_records(
            tables,
            {
                "classes": {record["sourcedId"] for record in tables["classes"] if record["school"] == empty},
                "enrollments": {record["sourcedId"] for record in tables["enrollments"] if record["school"] == empty},
                "users": students | families,
            },
        )
        kept = remaining.get("users", users)
        moved = [_not_studying_at(user, empty) if is_student(user) else user for user in kept]
        return remaining | ({"users": moved} if moved != users else {})


def _last_school(tables: Tables) -> str | None:
    """Return the sourcedId of the last active school that has classes, or else of the last school."""
    schools = [org for org in tables["orgs"] if org["type"] == "school"]
    full = {record["school"] for record in tables["classes"]}
    best = [org for org in schools if org["status"] == "active" and org["sourcedId"] in full] or schools
    return best[-1]["sourcedId"] if best else None


def _only_at(user: Record, school: str) -> bool:
    return all(role.get("org") == school for role in user["roles"])


def _not_studying_at(user: Record, school: str) -> Record:
    """Return a student of several schools without the role at this school."""
    roles = [role for role in user["roles"] if (role.get("role"), role.get("org")) != ("student", school)]
    if len(roles) == len(user["roles"]):
        return user
    elsewhere = with_members(user, {"roles": roles})
    return without_members(elsewhere, "primaryOrg") if user.get("primaryOrg") == school else elsewhere


@dataclass(frozen=True)
class EmptyDistrict(DataScenario):
    """Only orgs and academic sessions have records. Every other collection is empty.

    Source: a district before the yearly rollover; row 119 of the quirks table.
    """

    name = "empty-district"

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Empty the other collections."""
        kept = {"orgs", "academicSessions"}
        return {collection: [] for collection, records in tables.items() if records and collection not in kept}


@dataclass(frozen=True)
class DeletedStatus(DataScenario):
    """A share of every collection is `tobedeleted`, with a `dateLastModified` within the last days.

    Source: row 122 of the quirks table.
    """

    name = "deleted-status"
    share: float = parameter(0.2, "share of each collection that is tobedeleted; at least one record", least=0, most=1)
    days: int = parameter(7, "number of days before today over which dateLastModified is spread", least=1, most=36_500)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Mark records until the share is reached, and give records deleted earlier a recent date."""
        different: dict[str, list[Record]] = {}
        if not self.share:
            return different
        earliest = timestamp(today - timedelta(days=self.days))
        for collection, records in tables.items():
            active = [record["sourcedId"] for record in records if record["status"] == "active"]
            wanted = max(round(self.share * len(records)), 1) if records else 0
            chosen = pick(active, max(wanted - (len(records) - len(active)), 0), rng)
            shown = [
                self._deleted(record, rng, today)
                if record["sourcedId"] in chosen
                or (record["status"] == "tobedeleted" and record["dateLastModified"] < earliest)
                else record
                for record in records
            ]
            if any(record is not other for record, other in zip(shown, records, strict=True)):
                different[collection] = shown
        return different

    def _deleted(self, record: Record, rng: Rng, today: datetime) -> Record:
        moment = today - timedelta(days=self.days * rng.of(f"{record['sourcedId']} deleted"))
        return with_members(record, {"status": "tobedeleted", "dateLastModified": timestamp(moment)})


@dataclass(frozen=True)
class NeverDeleted(DataScenario):
    """A deleted record is removed at once and never returned as `tobedeleted`.

    Source: row 122 of the quirks table.
    """

    name = "never-deleted"

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Remove the deleted records, and those that require them."""
        return remove_records(
            tables,
            {
                collection: {record["sourcedId"] for record in records if record["status"] == "tobedeleted"}
                for collection, records in tables.items()
            },
        )


@dataclass(frozen=True)
class StaleDates(DataScenario):
    """Every `dateLastModified` is at least `days` days old, also after a change: a delta sync misses every change.

    Source: row 91 of the quirks table, which lists it as an idea.
    """

    name = "stale-dates"
    days: int = parameter(365, "days before today of the newest dateLastModified", least=1, most=36_500)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Move newer dates back."""
        different: Mapping[str, list[Record]] = {
            collection: [self.restamp(record, today) for record in records] for collection, records in tables.items()
        }
        return {collection: records for collection, records in different.items() if records != tables[collection]}

    def restamp(self, record: Record, today: datetime) -> Record:
        """Move a newer date back, also that of a written record."""
        newest = timestamp(today - timedelta(days=self.days))
        return with_members(record, {"dateLastModified": newest}) if record["dateLastModified"] > newest else record
