"""One occurrence of an event: the records, the time, and the random draws, keyed by seed, date and event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import count
from typing import Any

from mockroster.clock import timestamp
from mockroster.district.sessions import first_year
from mockroster.district.streams import Seed, Stream
from mockroster.errors import EventRefused
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.timeline.draft import Draft
from mockroster.timeline.population import STUDENT, Population, is_active, is_student, role_of, school_of


class Occasion:
    """The input of ``Event.happen``. The caller must hold the overlay exclusively."""

    __slots__ = ("_key", "_numbers", "_seed", "at", "day", "draft", "moment", "population", "stream")

    def __init__(self, overlay: Overlay, seed: int, at: datetime, key: str) -> None:
        """``key`` identifies the occurrence among those of the day; equal keys draw the same."""
        self.moment = at
        self.at = timestamp(at)
        self.day: date = at.date()
        self.population = Population(overlay, self.day)
        self.draft = Draft(overlay)
        self._seed = Seed(seed, self.day)
        self._key = f"timeline/{self.day}/{key}"
        self._numbers = count()
        self.stream: Stream = self._seed.stream(self._key)

    @property
    def today(self) -> str:
        """The day as in a record."""
        return self.day.isoformat()

    @property
    def school_year(self) -> int:
        """The calendar year in which the present school year began."""
        return first_year(self.day)

    def stream_of(self, part: str) -> Stream:
        """Return the stream of a part of the occurrence."""
        return self._seed.stream(f"{self._key}/{part}")

    def new_id(self, collection: str) -> str:
        """Return an unused sourcedId."""
        while True:
            found = self._seed.sourced_id(f"{self._key}/{next(self._numbers)}")
            if self.population.get(collection, found) is None:
                return found

    def new(self, collection: str, members: dict[str, Any]) -> Record:
        """Return a new active record; members that are empty are left out. It gets a sourcedId if it has none."""
        sourced_id = members.get("sourcedId") or self.new_id(collection)
        head = {"sourcedId": sourced_id, "status": "active", "dateLastModified": self.at}
        return Record(head | {name: value for name, value in members.items() if value not in (None, "", [])})

    def find(self, collection: str, sourced_id: str, parameter: str = "sourcedId") -> Record:
        """Return the active record that a parameter of the event names. Raises ``EventRefused``."""
        record = self.population.get(collection, sourced_id)
        if record is None:
            raise EventRefused(f"{parameter}: there is no record {sourced_id[:255]!r} of {collection}")
        if not is_active(record):
            raise EventRefused(f"{parameter}: the record {sourced_id[:255]!r} of {collection} is tobedeleted")
        return record

    def find_user(self, sourced_id: str, role: str) -> Record:
        """Return the active user of a role that the parameter ``sourcedId`` names. Raises ``EventRefused``."""
        user = self.find("users", sourced_id)
        if role_of(user) != role:
            raise EventRefused(f"sourcedId: {sourced_id[:255]!r} is a {role_of(user)}, not a {role}")
        return user

    def check_school(self, sourced_id: str) -> None:
        """Raise ``EventRefused`` if the parameter ``school`` names no active org. An empty one names none."""
        if sourced_id:
            self.find("orgs", sourced_id, "school")

    def student(self, sourced_id: str, school: str = "") -> Iterator[Record]:
        """Yield the student that a tester aims at, or else all students, of a school if one is given."""
        if sourced_id:
            student = self.find_user(sourced_id, STUDENT)
            if not is_student(student):
                raise EventRefused(f"sourcedId: the account of the student {sourced_id[:255]!r} is disabled")
            yield student
            return
        for student in self.population.students(self.stream):
            if school in {"", school_of(student)}:
                yield student
