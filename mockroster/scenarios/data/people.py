"""Scenarios about users, their ids, addresses, grades and roles, and their enrollments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mockroster.roster.record import Record
from mockroster.scenarios.base import DataScenario, Tables, parameter
from mockroster.scenarios.rng import Rng
from mockroster.scenarios.rows import (
    invalid,
    pick,
    pick_share,
    remove_records,
    replace_chosen,
    unknown_id,
    with_members,
    without_members,
)

FAMILY = frozenset({"parent", "guardian", "relative"})
"""The roles of relatives of a student."""

EVERYONE = ("any", "student", "teacher")
"""The values of a ``role`` parameter."""


def has_role(user: Record, role: str) -> bool:
    """Return whether a user has a role in any org. Every user has the role ``any``."""
    return role == "any" or any(entry.get("role") == role for entry in user.get("roles", ()))


def is_student(user: Record) -> bool:
    """Return whether a user is a student in any org."""
    return any(role.get("role") == "student" for role in user.get("roles", ()))


@dataclass(frozen=True)
class OrphanEnrollments(DataScenario):
    """A share of the enrollments refers to an unknown user.

    Source: row 114 of the quirks table.
    """

    name = "orphan-enrollments"
    share: float = parameter(0.1, "share of the enrollments; at least one", least=0, most=1)
    role: str = parameter("any", "role of the enrollments", words=EVERYONE)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Replace the user of the picked enrollments."""
        enrollments = tables["enrollments"]
        chosen = pick_share((record for record in enrollments if self.role in {"any", record["role"]}), self.share, rng)
        orphaned = replace_chosen(
            enrollments, chosen, lambda record: with_members(record, {"user": unknown_id("user", record["sourcedId"])})
        )
        return {"enrollments": orphaned} if chosen else {}


@dataclass(frozen=True)
class DuplicatePeople(DataScenario):
    """A share of the students appears twice, with the same names and e-mail address and different ids.

    The duplicate has no enrollments.

    Source: row 116 of the quirks table.
    """

    name = "duplicate-people"
    share: float = parameter(0.05, "share of the students; at least one", least=0, most=1)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Add a duplicate after each picked student."""
        chosen = pick_share((record for record in tables["users"] if is_student(record)), self.share, rng)
        users = [
            row
            for record in tables["users"]
            for row in ((record, _duplicate(record)) if record["sourcedId"] in chosen else (record,))
        ]
        return {"users": users} if chosen else {}


def _duplicate(user: Record) -> Record:
    """Return the same person with other ids."""
    ids = {name: f"{user[name]}-2" for name in ("username", "identifier", "userMasterIdentifier") if name in user}
    return with_members(
        without_members(user, "userIds", "userProfiles"), {"sourcedId": unknown_id("again", user["sourcedId"]), **ids}
    )


@dataclass(frozen=True)
class SharedEmail(DataScenario):
    """A share of the users has the e-mail address of another user.

    Source: row 116 of the quirks table.
    """

    name = "shared-email"
    share: float = parameter(0.1, "share of the users with an address; at least one", least=0, most=1)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Give the picked users the address of the user before them."""
        chosen = pick_share([record for record in tables["users"] if "email" in record][1:], self.share, rng)
        users, previous = [], ""
        for user in tables["users"]:
            shown = with_members(user, {"email": previous}) if user["sourcedId"] in chosen else user
            previous = shown.get("email", previous)
            users.append(shown)
        return {"users": users} if chosen else {}


@dataclass(frozen=True)
class NoEmail(DataScenario):
    """A share of the users has no e-mail address.

    Source: row 116 of the quirks table.
    """

    name = "no-email"
    share: float = parameter(0.2, "share of the users; at least one", least=0, most=1)
    role: str = parameter("any", "role of these users", words=EVERYONE)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Remove the addresses of the picked users."""
        with_address = (record for record in tables["users"] if "email" in record and has_role(record, self.role))
        chosen = pick_share(with_address, self.share, rng)
        users = replace_chosen(tables["users"], chosen, lambda user: without_members(user, "email"))
        return {"users": users} if chosen else {}


@dataclass(frozen=True)
class BadGrades(DataScenario):
    """A share of the students has an unknown grade, several grades in one string (`09,10,11`), or no grade.

    Source: row 117 of the quirks table.
    """

    name = "bad-grades"
    share: float = parameter(0.2, "share of the students; at least one", least=0, most=1)
    kinds: tuple[str, ...] = parameter(
        ("unknown", "several", "missing"), "what is wrong", words=("unknown", "several", "missing")
    )

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Replace the grades of the picked students, by each kind equally often."""
        chosen = pick_share((record for record in tables["users"] if is_student(record)), self.share, rng)
        users = replace_chosen(tables["users"], chosen, lambda user: self._with_bad_grade(user, rng))
        return {"users": users} if chosen else {}

    def _with_bad_grade(self, user: Record, rng: Rng) -> Record:
        drawn = rng.of(f"{user['sourcedId']} grades")
        kind = self.kinds[int(drawn * len(self.kinds))]
        if kind == "missing":
            return without_members(user, "grades")
        return with_members(user, {"grades": ["09,10,11"] if kind == "several" else [_UNKNOWN[int(drawn * 1000) % 4]]})


_UNKNOWN = ("99", "Grade 9", "9th", "-1")


@dataclass(frozen=True)
class NoPrimaryTeacher(DataScenario):
    """No class has a primary teacher: `primary` is false, or missing, in every enrollment of a teacher.

    Source: row 123 of the quirks table.
    """

    name = "no-primary-teacher"
    primary: str = parameter("false", "value of primary in these enrollments", words=("false", "missing"))

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Clear ``primary`` of every teacher."""
        return _with_primary(tables, None if self.primary == "missing" else False)


@dataclass(frozen=True)
class ManyPrimaryTeachers(DataScenario):
    """Every teacher of a class is primary, also in classes with several teachers.

    Source: row 123 of the quirks table.
    """

    name = "many-primary-teachers"

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Set ``primary`` of every teacher."""
        return _with_primary(tables, True)  # noqa: FBT003


def _with_primary(tables: Tables, primary: bool | None) -> Tables:  # noqa: FBT001
    """Return the enrollments with ``primary`` of all teachers set, or removed if it is ``None``."""
    enrollments = [
        record
        if record["role"] != "teacher" or record.get("primary") is primary
        else without_members(record, "primary")
        if primary is None
        else with_members(record, {"primary": primary})
        for record in tables["enrollments"]
    ]
    return {"enrollments": enrollments} if enrollments != tables["enrollments"] else {}


@dataclass(frozen=True)
class MixedRoles(DataScenario):
    """Some teachers are also students, in a class of their school that they do not teach.

    Source: row 124 of the quirks table.
    """

    name = "mixed-roles"
    people: int = parameter(3, "number of these teachers", least=1, most=10_000)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Enroll teachers as students, and add the role of a student, which only 1.2 shows."""
        inside: dict[str, set[str]] = defaultdict(set)
        taught: dict[str, str] = {}
        studied: dict[str, dict[str, Record]] = defaultdict(dict)
        for record in tables["enrollments"]:
            inside[record["user"]].add(record["class"])
            if record["status"] == "active" and record["role"] == "teacher":
                taught.setdefault(record["user"], record["school"])
            elif record["status"] == "active" and record["role"] == "student":
                studied[record["school"]].setdefault(record["class"], record)
        known = {
            record["sourcedId"] for record in tables["users"] if record["status"] == "active" and "roles" in record
        }
        able = [name for name, school in taught.items() if name in known and not studied[school].keys() <= inside[name]]
        new = {}
        for name in pick(able, self.people, rng):
            (class_,) = pick((record for record in studied[taught[name]] if record not in inside[name]), 1, rng)
            member = {"sourcedId": unknown_id("mixed", name, class_), "user": name}
            new[name] = with_members(studied[taught[name]][class_], member)
        users = replace_chosen(
            tables["users"], new, lambda user: _with_role(user, "student", new[user["sourcedId"]]["school"])
        )
        return {"users": users, "enrollments": [*tables["enrollments"], *new.values()]} if new else {}


_EXTENSION = "ext:bilingualSpecialist"


def _with_role(user: Record, role: str, org: str) -> Record:
    """Return a user with a secondary role added."""
    return with_members(user, {"roles": [*user["roles"], {"roleType": "secondary", "role": role, "org": org}]})


@dataclass(frozen=True)
class ExtensionRoles(DataScenario):
    """Some teachers have the extension role `ext:bilingualSpecialist` in addition to their own (1.2).

    `ext:` roles are valid in 1.2, but strict readers of its CSV refuse the user. 1.1 does not show them.

    Source: row 124 of the quirks table, after OpenVocabulary of the 1.2 OpenAPI documents.
    """

    name = "extension-roles"
    share: float = parameter(0.05, "share of the teachers; at least one", least=0, most=1)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Add the role as a secondary one, in the org of the first role."""
        chosen = pick_share((record for record in tables["users"] if has_role(record, "teacher")), self.share, rng)
        users = replace_chosen(
            tables["users"], chosen, lambda user: _with_role(user, _EXTENSION, user["roles"][0]["org"])
        )
        return {"users": users} if chosen else {}


@dataclass(frozen=True)
class NoRoles(DataScenario):
    """A share of the users has no role and no org.

    Source: row 124 of the quirks table.
    """

    name = "no-roles"
    share: float = parameter(0.05, "share of the users; at least one", least=0, most=1)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Remove the roles, from which the ``role`` and ``orgs`` of 1.1 are derived."""
        chosen = pick_share(tables["users"], self.share, rng)
        users = replace_chosen(tables["users"], chosen, lambda user: invalid(user, {}, lacking=("roles", "primaryOrg")))
        return {"users": users} if chosen else {}


@dataclass(frozen=True)
class RelativeGuardians(DataScenario):
    """Parents and guardians all have the role `relative`, which does not tell the guardian.

    Source: row 67 of the quirks table.
    """

    name = "relative-guardians"

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Replace the roles of parents and guardians."""
        users = [
            with_members(user, {"roles": [_as_relative(role) for role in user["roles"]]})
            if any(role.get("role") in FAMILY for role in user.get("roles", ()))
            else user
            for user in tables["users"]
        ]
        return {"users": users} if users != tables["users"] else {}


def _as_relative(role: Mapping[str, str]) -> Mapping[str, str]:
    return {**role, "role": "relative"} if role.get("role") in FAMILY else role


@dataclass(frozen=True)
class TeachersOnly(DataScenario):
    """Teachers are the only staff: there are no administrators, principals, aides, proctors or counselors.

    Source: row 120 of the quirks table.
    """

    name = "teachers-only"

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Remove users who are no teachers, students or relatives, and the other roles of those who are."""
        known = FAMILY | {"teacher", "student"}
        users, others = [], set()
        for user in tables["users"]:
            roles = user.get("roles", [])
            kept = [role for role in roles if role.get("role") in known]
            if roles and not kept:
                others.add(user["sourcedId"])
            users.append(user if len(kept) in {0, len(roles)} else with_members(user, {"roles": kept}))
        return {"users": users} | remove_records({**tables, "users": users}, {"users": others}) if users else {}


@dataclass(frozen=True)
class UsersWithoutOrg(DataScenario):
    """A share of the users has a role and no org.

    Source: row 146 of the quirks table.
    """

    name = "users-without-org"
    share: float = parameter(0.05, "share of the users; at least one", least=0, most=1)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Remove the org of each role, from which ``orgs`` of 1.1 is derived."""
        chosen = pick_share((record for record in tables["users"] if record.get("roles")), self.share, rng)
        users = replace_chosen(tables["users"], chosen, _without_org)
        return {"users": users} if chosen else {}


def _without_org(user: Record) -> Record:
    roles = [{name: value for name, value in role.items() if name != "org"} for role in user["roles"]]
    return invalid(user, {"roles": roles}, lacking=("primaryOrg",))


@dataclass(frozen=True)
class PrivateData(DataScenario):
    """Users have passwords, phone numbers and text-message numbers in plain text. All are invented.

    Source: row 71 of the quirks table.
    """

    name = "private-data"

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Add the members to every user. The numbers are reserved for fiction."""
        users = [with_members(user, _private(user, rng)) for user in tables["users"]]
        return {"users": users} if users else {}


def _private(user: Record, rng: Rng) -> dict[str, str]:
    drawn = rng.of(f"{user['sourcedId']} private")
    number = f"+1-202-555-{100 + int(drawn * 100):04d}"
    return {"password": f"pass-{int(drawn * 10**6):06d}", "phone": number, "sms": number}
