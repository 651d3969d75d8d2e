"""Corrections of people: names, guardians, usernames, duplicates, sourcedIds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from mockroster.district import names
from mockroster.errors import EventRefused
from mockroster.roster.record import Record
from mockroster.roster.store import COLLECTIONS, values_of
from mockroster.standard.neutral import NEUTRAL
from mockroster.timeline.agenda import Agenda
from mockroster.timeline.base import Event, Rate, parameter
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.people import FAMILY, add_guardian, update_guardians
from mockroster.timeline.population import first_fitting, is_active, is_student, role_of, rotated, school_of

_PER_DAY = "per 1,000 students and school day"
_PER_YEAR = "per 1,000 students and year"


@dataclass(frozen=True)
class PersonCorrected(Event):
    """A name, an e-mail or a grade of a user is corrected.

    Without `sourcedId` it is a student, a guardian or a teacher; without `member` a name or the e-mail.
    Source: assumption, 2 % of people a year.
    """

    name = "person-corrected"
    rates = (Rate("person-corrected", 0.1, _PER_DAY, "assumption, 2 % of people a year"),)
    sourcedId: str = parameter("", "sourcedId of the user")
    member: str = parameter("any", "member to change", words=("any", "givenName", "familyName", "email", "grades"))
    value: str = parameter("", "the new value")

    def happen(self, occasion: Occasion) -> None:
        """Change one member."""
        user = occasion.find("users", self.sourcedId) if self.sourcedId else self._user(occasion)
        member = self.member if self.member != "any" else occasion.stream.pick(("givenName", "familyName", "email"))
        value = self.value or self._value(occasion, user, member)
        if user.get(member) in (value, [value]):
            raise EventRefused(f"{member}: the user {user['sourcedId']!r} has the value {value[:80]!r} already")
        occasion.draft.change("users", user["sourcedId"], **{member: [value] if member == "grades" else value})

    def _user(self, occasion: Occasion) -> Record:
        student = first_fitting(occasion.population.students(occasion.stream), is_student)
        if student is None:
            raise EventRefused("there is no active student; aim at a user by sourcedId")
        if occasion.stream.chance(0.25) and student.get("agents"):
            guardian = occasion.population.get("users", occasion.stream.pick(student["agents"]))
            return guardian if guardian is not None and is_active(guardian) else student
        if occasion.stream.chance(0.1):
            return next(rotated(occasion.population.staff(school_of(student), "teacher"), occasion.stream), student)
        return student

    def _value(self, occasion: Occasion, user: Record, member: str) -> str:
        stream = occasion.stream_of("value")
        if member == "grades":
            raise EventRefused("value: give the new grade, such as 09")
        if member == "email":
            name, _, host = str(user.get("email", "@students.example.org")).partition("@")
            return f"{name.rpartition('+')[0] or name}+{stream.below(1000)}@{host}"
        old = user[member]
        draws = (
            names.family_name(stream, spanish=False)
            if member == "familyName"
            else names.given_names(stream, "unspecified", spanish=False).draw(stream)
            for _ in range(100)
        )
        return next((name for name in draws if name != old), f"{old}a")

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the corrections of the day."""
        return [cls()] * agenda.per_day(cls.name)


@dataclass(frozen=True)
class GuardianChanged(Event):
    """A guardian of a student is added or removed: the agents of both, and a guardian without students is deleted.

    Source: assumption.
    """

    name = "guardian-changed"
    rates = (Rate("guardian-changed", 0.1, _PER_DAY, "assumption"),)
    sourcedId: str = parameter("", "sourcedId of the student")
    how: str = parameter("either", "what is done", words=("either", "add", "remove"))

    def happen(self, occasion: Occasion) -> None:
        """Add or remove a guardian."""
        how = occasion.stream.pick(("add", "remove")) if self.how == "either" else self.how
        least = {"add": 0, "remove": 1 + (self.how == "either")}[how]
        for student in occasion.student(self.sourcedId):
            agents = self._guardians(occasion, student)
            if is_student(student) and len(agents) >= least:
                if how == "add":
                    add_guardian(occasion, student)
                else:
                    self._remove(occasion, student, occasion.stream.pick(agents))
                return
        raise EventRefused("no active student has a guardian to remove" if least else "there is no active student")

    def _guardians(self, occasion: Occasion, student: Record) -> list[Record]:
        found = [occasion.population.get("users", agent) for agent in student.get("agents", ())]
        return [user for user in found if user is not None and is_active(user) and role_of(user) in FAMILY]

    def _remove(self, occasion: Occasion, student: Record, guardian: Record) -> None:
        name = student["sourcedId"]
        occasion.draft.change("users", name, agents=[a for a in student["agents"] if a != guardian["sourcedId"]])
        others = [agent for agent in guardian.get("agents", ()) if agent != name]
        occasion.draft.change("users", guardian["sourcedId"], agents=others)
        update_guardians(occasion, student)

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the changes of the day."""
        return [cls()] * agenda.per_day(cls.name)


_DOMAIN = r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,9}"


@dataclass(frozen=True)
class UsernamesChanged(Event):
    """All users have usernames and e-mails by another scheme: given.family and the identifier, at another domain.

    It happens on request alone.
    Source: assumption.
    """

    name = "usernames-changed"
    domain: str = parameter(
        "", "domain of the e-mails; by default that of before, with new. in front", form=_DOMAIN, example="example.org"
    )

    def happen(self, occasion: Occasion) -> None:
        """Change every active user that has a username."""
        users = [user for user in occasion.population.overlay.tables["users"] if is_active(user) and "username" in user]
        if not users:
            raise EventRefused("there is no active user with a username")
        changed = [self._change(occasion, user) for user in users]
        if not any(changed):
            raise EventRefused("all users have usernames and e-mails by that scheme already")

    def _change(self, occasion: Occasion, user: Record) -> bool:
        """Change one user, and return whether anything differs."""
        number = user.get("identifier") or user["sourcedId"]
        username = f"{names.fold(user['givenName'])}.{names.fold(user['familyName'])}.{number}".lower()
        members = {"username": username}
        if "email" in user:
            host = self.domain or f"new.{user['email'].rpartition('@')[2].removeprefix('new.')}"
            members["email"] = f"{username}@{host}"
        if all(user.get(name) == value for name, value in members.items()):
            return False
        occasion.draft.change("users", user["sourcedId"], **members)
        return True


@dataclass(frozen=True)
class PeopleMerged(Event):
    """A duplicate of a student is merged: its enrollments and results go to the student, and it is deleted.

    If the student has no duplicate, of the same name, grade and school, the event makes one with one enrollment first.
    Source: assumption, and questions of vendors to 1EdTech.
    """

    name = "people-merged"
    rates = (Rate("people-merged", 0.5, _PER_YEAR, "assumption"),)
    sourcedId: str = parameter("", "sourcedId of the student who stays")

    def happen(self, occasion: Occasion) -> None:
        """Merge a duplicate into a student."""
        student = first_fitting(occasion.student(self.sourcedId), is_student)
        if student is None:
            raise EventRefused("there is no active student")
        duplicate = self._duplicate(occasion, student)
        if duplicate is None:
            duplicate = self._copy(occasion, student)
            for seat in occasion.population.enrollments(student["sourcedId"])[:1]:
                occasion.draft.put("enrollments", seat)
        else:
            self._move_seats(occasion, student["sourcedId"], duplicate["sourcedId"])
        mark = {"type": "merged", "identifier": str(duplicate.get("identifier", duplicate["sourcedId"]))}
        occasion.draft.change("users", student["sourcedId"], userIds=[*student.get("userIds", ()), mark])
        self._remove(occasion, duplicate)

    def _duplicate(self, occasion: Occasion, student: Record) -> Record | None:
        peers = occasion.population.students_at(school_of(student), str((student.get("grades") or [""])[0]))
        wanted = student["givenName"], student["familyName"]
        return first_fitting(peers, lambda one: (one["givenName"], one["familyName"]) == wanted and one is not student)

    def _copy(self, occasion: Occasion, student: Record) -> Record:
        """Add a duplicate without guardians."""
        copy = occasion.new("users", {**student})
        sourced_id = occasion.new_id("users")
        identifier = f"D{sourced_id[:8]}"
        kept = {name: value for name, value in copy.items() if name not in {"agents", "userIds", "userProfiles"}}
        kept |= {"sourcedId": sourced_id, "status": "active", "dateLastModified": occasion.at, "identifier": identifier}
        if "username" in kept:
            kept["username"] = f"{student['username']}{identifier.lower()}"
        kept["roles"] = [{k: v for k, v in role.items() if k != "userProfile"} for role in student["roles"]]
        return occasion.draft.put("users", Record(kept))

    def _remove(self, occasion: Occasion, duplicate: Record) -> None:
        if occasion.population.get("users", duplicate["sourcedId"]) is None:
            occasion.draft.put("users", Record({**duplicate, "status": "tobedeleted"}))
            return
        occasion.draft.retire("users", duplicate["sourcedId"])
        update_guardians(occasion, duplicate)

    def _move_seats(self, occasion: Occasion, student: str, duplicate: str) -> None:
        population = occasion.population
        taken = {seat["class"] for seat in population.active("enrollments", "user", student)}
        for seat in population.active("enrollments", "user", duplicate):
            if seat["class"] not in taken:
                occasion.draft.move("enrollments", seat["sourcedId"], user=student)
        items = {result["lineItem"] for result in population.active("results", "student", student)}
        for result in population.active("results", "student", duplicate):
            if result["lineItem"] not in items:
                occasion.draft.move("results", result["sourcedId"], student=student)

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the merges of the day."""
        return [cls()] * agenda.per_year(cls.name)


@dataclass(frozen=True)
class IdChanged(Event):
    """A student has another sourcedId: a new user, the old one deleted, and every reference to it re-pointed.

    Source: assumption, and questions of vendors to 1EdTech.
    """

    name = "id-changed"
    rates = (Rate("id-changed", 0.5, _PER_YEAR, "assumption"),)
    sourcedId: str = parameter("", "sourcedId of the user")

    def happen(self, occasion: Occasion) -> None:
        """Copy a user, re-point all references, and delete the old record."""
        user = occasion.find("users", self.sourcedId) if self.sourcedId else next(occasion.student(""), None)
        if user is None:
            raise EventRefused("there is no active student")
        old, new = user["sourcedId"], occasion.new_id("users")
        occasion.draft.put("users", Record({**user, "sourcedId": new}))
        demographics = occasion.population.get("demographics", old)
        if demographics is not None:
            occasion.draft.put("demographics", Record({**demographics, "sourcedId": new}))
        for collection, record, member in self._referring(occasion, old):
            value = record[member]
            if isinstance(value, list):
                left = [new if sourced_id == old else sourced_id for sourced_id in values_of(value)]
                occasion.draft.move(collection, record["sourcedId"], **{member: left})
            else:
                occasion.draft.move(collection, record["sourcedId"], **{member: new})
        occasion.draft.retire("users", old)

    def _referring(self, occasion: Occasion, old: str) -> Iterator[tuple[str, Record, str]]:
        """Yield the active records that refer to a user, with the member that does."""
        for collection in COLLECTIONS:
            for reference in NEUTRAL[collection].references:
                if reference.collection == "users" and not reference.is_identity:
                    for record in occasion.population.active(collection, reference.member, old):
                        yield collection, record, reference.member

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Self]:
        """Return the changes of the day."""
        return [cls()] * agenda.per_year(cls.name)


@dataclass(frozen=True)
class RecordsTouched(Event):
    """Records have a new dateLastModified and no other change, as after a nightly job of a provider.

    Off in the plan `us-k12`; set the rate `records-touched` to a share of the users, such as 0.05.
    Source: assumption.
    """

    name = "records-touched"
    rates = (Rate("records-touched", 0.0, "share of users, enrollments and classes a school day", "assumption"),)
    share: float = parameter(0.05, "share of users, enrollments and classes", least=0.0, most=1.0)

    def happen(self, occasion: Occasion) -> None:
        """Give some records the time of the event."""
        stream = occasion.stream_of("touched")
        for collection in ("classes", "users", "enrollments"):
            for record in occasion.population.overlay.tables[collection]:
                if stream.chance(self.share) and is_active(record):
                    occasion.draft.put(collection, record)

    @classmethod
    def schedule(cls, agenda: Agenda) -> Iterable[Any]:
        """Return one occurrence, if the rate is not zero."""
        rate = min(1.0, agenda.rate(cls.name))
        return [cls(share=rate)] if agenda.school_day and rate else []
