"""Lookups of people, classes and enrollments by indexes, so that an event does not scan all records.

The readers are the keys of indexes over the tables; the overlay keeps the indexes current. Lookups sort what they find
by sourcedId, so that the order does not depend on the history of the records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from zlib import crc32

from mockroster.district.streams import Stream
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import InvalidRecord, Record
from mockroster.roster.store import Named

BUCKET = 512
"""The users for each bucket of students, half of whom are students; a random student is one of a random bucket."""

STUDENT = "student"
TEACHER = "teacher"

_STAFF = frozenset({TEACHER, "aide"})
_USER = Named("user")
_CLASS = Named("class")


def is_active(record: Record) -> bool:
    """Return whether a record is valid and not deleted."""
    return record.get("status") == "active" and not isinstance(record, InvalidRecord)


def role_of(user: Record) -> str:
    """Return the first role of a user, or an empty string."""
    roles = user.get("roles") or [{}]
    return str(roles[0].get("role", ""))


def school_of(user: Record) -> str:
    """Return the org of the first role of a user, or an empty string."""
    roles = user.get("roles") or [{}]
    return str(roles[0].get("org", ""))


def grade_of(record: Record) -> str:
    """Return the first grade of a user or a class, or an empty string."""
    grades = record.get("grades") or [""]
    return str(grades[0])


def is_student(user: Record) -> bool:
    """Return whether a user is an active student whose account is not disabled."""
    # The role excludes most users, so it is compared first: indexes ask this of every user.
    return role_of(user) == STUDENT and is_active(user) and user.get("enabledUser") is not False


@dataclass(frozen=True, slots=True)
class StudentBucket:
    """Reads the bucket of an active student."""

    number: int

    def read(self, record: Record) -> int | None:
        """Return the bucket, or ``None`` for any other user."""
        return crc32(record["sourcedId"].encode()) % self.number if is_student(record) else None


@dataclass(frozen=True, slots=True)
class PlaceOf:
    """Reads school and grade of an active student."""

    def read(self, record: Record) -> tuple[str, str] | None:
        """Return both, or ``None`` for any other user."""
        return (school_of(record), grade_of(record)) if is_student(record) else None


@dataclass(frozen=True, slots=True)
class StaffOf:
    """Reads the school and the role of an active teacher or aide."""

    def read(self, record: Record) -> tuple[str, str] | None:
        """Return both, or ``None`` for any other user."""
        role = role_of(record)
        return (school_of(record), role) if role in _STAFF and is_active(record) else None


@dataclass(frozen=True, slots=True)
class DepartedOn:
    """Reads the day on which a student was deleted."""

    def read(self, record: Record) -> str | None:
        """Return the day, or ``None`` for any other user."""
        is_departed = record.get("status") == "tobedeleted" and not isinstance(record, InvalidRecord)
        return record["dateLastModified"][:10] if is_departed and role_of(record) == STUDENT else None


@dataclass(frozen=True, slots=True)
class ClassPlace:
    """Reads school and grade of an active class."""

    def read(self, record: Record) -> tuple[str, str] | None:
        """Return both, or ``None`` for a deleted class."""
        return (record["school"], grade_of(record)) if is_active(record) else None


@dataclass(frozen=True, slots=True)
class DueOn:
    """Reads the day on which an active line item is due."""

    def read(self, record: Record) -> str | None:
        """Return the day, or ``None`` for a deleted line item."""
        return record["dueDate"][:10] if is_active(record) else None


def by_id(records: Iterable[Record]) -> list[Record]:
    """Return records sorted by sourcedId."""
    return sorted(records, key=_sourced_id)


def _sourced_id(record: Record) -> str:
    return str(record["sourcedId"])


class Population:
    """The people and classes of an overlay on a day. The caller must hold the overlay exclusively."""

    __slots__ = ("_bucket", "_windows", "day", "overlay")

    def __init__(self, overlay: Overlay, day: date) -> None:
        self.overlay = overlay
        self.day = day.isoformat()
        self._bucket = StudentBucket(max(1, len(overlay.base.tables["users"]) // BUCKET))
        self._windows: dict[str, tuple[str, str] | None] = {}

    def get(self, collection: str, sourced_id: str) -> Record | None:
        """Return one record, or ``None``."""
        return self.overlay.tables[collection].get(sourced_id)

    def active(self, collection: str, member: str, value: str) -> list[Record]:
        """Return the active records whose member equals or contains a value."""
        found = self.overlay.tables[collection].matching(Named(member), value)
        return by_id(record for record in found if is_active(record))

    def deleted(self, collection: str, member: str, value: str) -> list[Record]:
        """Return the records marked as deleted whose member equals or contains a value."""
        found = self.overlay.tables[collection].matching(Named(member), value)
        return by_id(record for record in found if record.get("status") == "tobedeleted")

    def number_of_students(self) -> int:
        """Return the number of active students."""
        users = self.overlay.tables["users"]
        return sum(len(users.matching(self._bucket, bucket)) for bucket in range(self._bucket.number))

    def number_in(self, grades: Iterable[str]) -> int:
        """Return the number of active students of some grades."""
        users, orgs = self.overlay.tables["users"], self.overlay.tables["orgs"]
        places = product([org["sourcedId"] for org in orgs], grades)
        return sum(len(users.matching(PlaceOf(), place)) for place in places)

    def students(self, stream: Stream) -> Iterator[Record]:
        """Yield all active students once, beginning at a random one."""
        first = stream.below(self._bucket.number)
        for place in range(self._bucket.number):
            bucket = (first + place) % self._bucket.number
            yield from rotated(by_id(self.overlay.tables["users"].matching(self._bucket, bucket)), stream)

    def students_at(self, school: str, grade: str) -> list[Record]:
        """Return the active students of a grade of a school."""
        return by_id(self.overlay.tables["users"].matching(PlaceOf(), (school, grade)))

    def schools(self) -> list[Record]:
        """Return the active schools."""
        return by_id(org for org in self.overlay.tables["orgs"] if is_active(org) and org["type"] == "school")

    def staff(self, school: str, role: str) -> list[Record]:
        """Return the active staff of a school in a role, ``teacher`` or ``aide``."""
        return by_id(self.overlay.tables["users"].matching(StaffOf(), (school, role)))

    def departed_on(self, day: str) -> list[Record]:
        """Return the students who were deleted on a day."""
        return by_id(self.overlay.tables["users"].matching(DepartedOn(), day))

    def classes_at(self, school: str, grade: str) -> list[Record]:
        """Return the current classes of a grade of a school."""
        found = self.overlay.tables["classes"].matching(ClassPlace(), (school, grade))
        return by_id(class_ for class_ in found if self.is_current(class_))

    def current_classes(self) -> list[Record]:
        """Return all current classes."""
        found = self.overlay.tables["classes"].matching(Named("status"), "active")
        return by_id(class_ for class_ in found if self.is_current(class_))

    def due_on(self, day: str) -> list[Record]:
        """Return the active line items that are due on a day."""
        return by_id(self.overlay.tables["lineItems"].matching(DueOn(), day))

    def window(self, class_: Record) -> tuple[str, str] | None:
        """Return the first day of the terms of a class and the day after the last, or ``None`` if a term is missing."""
        key = ",".join(class_["terms"])
        if key not in self._windows:
            terms = [self.get("academicSessions", term) for term in class_["terms"]]
            found = [term for term in terms if term is not None and is_active(term)]
            is_whole = bool(found) and len(found) == len(terms)
            begin, end = (min(t["startDate"] for t in found), max(t["endDate"] for t in found)) if found else ("", "")
            self._windows[key] = (begin, end) if is_whole else None
        return self._windows[key]

    def is_current(self, class_: Record | None) -> bool:
        """Return whether a class is active and its terms include the day."""
        if class_ is None or not is_active(class_):
            return False
        window = self.window(class_)
        return window is not None and window[0] <= self.day < window[1]

    def enrollments(self, user: str) -> list[Record]:
        """Return the active enrollments of a user in current classes."""
        found = self.overlay.tables["enrollments"].matching(_USER, user)
        return by_id(
            enrollment
            for enrollment in found
            if is_active(enrollment) and self.is_current(self.get("classes", enrollment["class"]))
        )

    def members(self, class_: str, role: str | None = None) -> list[Record]:
        """Return the active enrollments in a class."""
        found = self.overlay.tables["enrollments"].matching(_CLASS, class_)
        return by_id(enrollment for enrollment in found if is_active(enrollment) and role in {None, enrollment["role"]})

    def timetable(self, student: str) -> list[Record]:
        """Return the current classes of a student."""
        classes = [
            self.get("classes", enrollment["class"])
            for enrollment in self.enrollments(student)
            if enrollment["role"] == STUDENT
        ]
        return [class_ for class_ in classes if class_ is not None]

    def periods(self, user: str) -> set[str]:
        """Return the periods in which a user has a current class."""
        classes = [self.get("classes", enrollment["class"]) for enrollment in self.enrollments(user)]
        return {period for class_ in classes if class_ for period in class_.get("periods", ())}


def rotated(records: Sequence[Record], stream: Stream) -> Iterator[Record]:
    """Yield the records in order, beginning at a random one."""
    if records:
        first = stream.below(len(records))
        yield from records[first:]
        yield from records[:first]


def first_fitting(records: Iterable[Record], fits: Callable[[Record], bool]) -> Record | None:
    """Return the first record that fits, or ``None``."""
    return next((record for record in records if fits(record)), None)
