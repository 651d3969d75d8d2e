"""Accidents: the records of a school are deleted, and restored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from mockroster.errors import EventRefused
from mockroster.roster.record import InvalidRecord, Record
from mockroster.roster.store import COLLECTIONS
from mockroster.timeline.base import Event, parameter
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.people import FAMILY
from mockroster.timeline.population import is_active, is_student, role_of, school_of


@dataclass(frozen=True)
class MassDeletion(Event):
    """All users and classes of a school are deleted by accident, with all that they own; the school itself stays.

    References of other records to them stay, too.
    It happens on request alone; `restored` brings the records back.
    Source: Clever's guide to outages of student information systems.
    """

    name = "mass-deletion"
    school: str = parameter("", "sourcedId of the school")

    def happen(self, occasion: Occasion) -> None:
        """Delete the records of a school."""
        population = occasion.population
        schools = [self.school] if self.school else [org["sourcedId"] for org in population.schools()]
        if not schools:
            raise EventRefused("there is no active school")
        school = occasion.find("orgs", occasion.stream.pick(schools), "school")["sourcedId"]
        users = [user for user in population.overlay.tables["users"] if is_active(user) and school_of(user) == school]
        classes = [class_["sourcedId"] for class_ in population.active("classes", "school", school)]
        students = [user for user in users if is_student(user)]
        staff = [user for user in users if not is_student(user) and role_of(user) not in FAMILY]
        if not students and not classes:
            raise EventRefused(f"school: {school!r} has no active students or classes")
        occasion.draft.mark("users", *(user["sourcedId"] for user in (*students, *staff)))
        occasion.draft.mark("users", *self._orphaned(occasion, students))
        occasion.draft.mark("classes", *classes)

    def _orphaned(self, occasion: Occasion, students: list[Record]) -> list[str]:
        """Return the guardians of whom no student is left."""
        agents = dict.fromkeys(agent for student in students for agent in student.get("agents", ()))
        return [
            agent
            for agent in agents
            if (guardian := occasion.population.get("users", agent)) is not None
            and is_active(guardian)
            and role_of(guardian) in FAMILY
            and all(occasion.draft.is_gone("users", child) for child in guardian.get("agents", ()))
        ]


@dataclass(frozen=True)
class Restored(Event):
    """The records that the last `mass-deletion` deleted are active again.

    Source: Clever's guide to outages of student information systems.
    """

    name = "restored"

    def happen(self, occasion: Occasion) -> None:
        """Restore the records that were deleted at one time with the classes of a school."""
        tables = occasion.population.overlay.tables
        times = Counter(class_["dateLastModified"] for class_ in self._deleted([*tables["classes"]]))
        students = {user["dateLastModified"] for user in self._deleted([*tables["users"]]) if "grades" in user}
        found = [time for time, number in times.items() if number > 1 and time in students]
        if not found:
            raise EventRefused("there is nothing to restore: no classes were deleted together with students")
        time = max(found)
        for collection in COLLECTIONS:
            for record in self._deleted([*tables[collection]]):
                if record["dateLastModified"] == time:
                    occasion.draft.change(collection, record["sourcedId"], status="active")

    def _deleted(self, records: list[Record]) -> Iterator[Record]:
        for record in records:
            if record.get("status") == "tobedeleted" and not isinstance(record, InvalidRecord):
                yield record
