"""Scenarios about people: who is there, under which ids and addresses, and in which role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from mockroster.roster.record import Record
from mockroster.scenarios.base import DataScenario, ReplyScenario, Tables, parameter
from mockroster.scenarios.exchange import Exchange
from mockroster.scenarios.rng import Chance
from mockroster.scenarios.rows import changed, made_up, picked, removed, some, spoilt, without
from mockroster.standard.model import Operation

FAMILY = frozenset({"parent", "guardian", "relative"})
"""The roles of those who are here for a student."""

EVERYONE = ("any", "student", "teacher")
"""Whom a scenario may be about."""


def has_role(user: Record, role: str) -> bool:
    """Tell whether a user has a role anywhere; everybody is ``any``."""
    return role == "any" or any(one.get("role") == role for one in user.get("roles", ()))


def is_student(user: Record) -> bool:
    """Tell whether a user is a student anywhere."""
    return any(role.get("role") == "student" for role in user.get("roles", ()))


@dataclass(frozen=True)
class OrphanEnrollments(DataScenario):
    """A share of the enrollments refers to a user who is not in `/users`.

    Source: row 114 of the quirks table.
    """

    name = "orphan-enrollments"
    share: float = parameter(0.1, "share of the enrollments; at least one", least=0, most=1)
    role: str = parameter("any", "whose enrollments", words=EVERYONE)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Refer to nobody."""
        enrollments = tables["enrollments"]
        chosen = picked((one for one in enrollments if self.role in {"any", one["role"]}), self.share, chance)
        orphaned = [
            changed(one, {"user": made_up("user", one["sourcedId"])}) if one["sourcedId"] in chosen else one
            for one in enrollments
        ]
        return {"enrollments": orphaned} if chosen else {}


@dataclass(frozen=True)
class DuplicatePeople(DataScenario):
    """A share of the students is there twice, with the same names and e-mail and different ids.

    The second of the two has no enrollments.

    Source: row 116 of the quirks table.
    """

    name = "duplicate-people"
    share: float = parameter(0.05, "share of the students; at least one", least=0, most=1)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Put the same person behind."""
        chosen = picked((one for one in tables["users"] if is_student(one)), self.share, chance)
        users = [
            row for one in tables["users"] for row in ((one, _again(one)) if one["sourcedId"] in chosen else (one,))
        ]
        return {"users": users} if chosen else {}


def _again(user: Record) -> Record:
    """Return the person under other ids."""
    ids = {name: f"{user[name]}-2" for name in ("username", "identifier", "userMasterIdentifier") if name in user}
    return changed(without(user, "userIds", "userProfiles"), {"sourcedId": made_up("again", user["sourcedId"]), **ids})


@dataclass(frozen=True)
class SharedEmail(DataScenario):
    """A share of the people has the e-mail address of another.

    Source: row 116 of the quirks table.
    """

    name = "shared-email"
    share: float = parameter(0.1, "share of the people who have an address; at least one", least=0, most=1)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Give them the address of whoever stands before them."""
        chosen = picked([one for one in tables["users"] if "email" in one][1:], self.share, chance)
        users, before = [], ""
        for user in tables["users"]:
            shown = changed(user, {"email": before}) if user["sourcedId"] in chosen else user
            before = shown.get("email", before)
            users.append(shown)
        return {"users": users} if chosen else {}


@dataclass(frozen=True)
class NoEmail(DataScenario):
    """A share of the people has no e-mail address.

    Source: row 116 of the quirks table.
    """

    name = "no-email"
    share: float = parameter(0.2, "share of the people; at least one", least=0, most=1)
    role: str = parameter("any", "who has none", words=EVERYONE)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Take the addresses."""
        having = (one for one in tables["users"] if "email" in one and has_role(one, self.role))
        chosen = picked(having, self.share, chance)
        users = [without(one, "email") if one["sourcedId"] in chosen else one for one in tables["users"]]
        return {"users": users} if chosen else {}


@dataclass(frozen=True)
class BadGrades(DataScenario):
    """A share of the students has a grade that no list knows, several grades in one string (`09,10,11`), or none.

    Source: row 117 of the quirks table.
    """

    name = "bad-grades"
    share: float = parameter(0.2, "share of the students; at least one", least=0, most=1)
    kinds: tuple[str, ...] = parameter(
        ("unknown", "several", "missing"), "what is wrong", words=("unknown", "several", "missing")
    )

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Spoil the grades, each kind as often as another."""
        chosen = picked((one for one in tables["users"] if is_student(one)), self.share, chance)
        users = [self._graded(one, chance) if one["sourcedId"] in chosen else one for one in tables["users"]]
        return {"users": users} if chosen else {}

    def _graded(self, user: Record, chance: Chance) -> Record:
        drawn = chance.of(f"{user['sourcedId']} grades")
        kind = self.kinds[int(drawn * len(self.kinds))]
        if kind == "missing":
            return without(user, "grades")
        return changed(user, {"grades": ["09,10,11"] if kind == "several" else [_UNKNOWN[int(drawn * 1000) % 4]]})


_UNKNOWN = ("99", "Grade 9", "9th", "-1")


@dataclass(frozen=True)
class NoPrimaryTeacher(DataScenario):
    """No class has a primary teacher: `primary` is false, or missing, in every enrollment of a teacher.

    Source: row 123 of the quirks table.
    """

    name = "no-primary-teacher"
    primary: str = parameter("false", "what the enrollments say", words=("false", "missing"))

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Make nobody primary."""
        return _with_primary(tables, None if self.primary == "missing" else False)


@dataclass(frozen=True)
class ManyPrimaryTeachers(DataScenario):
    """Every teacher of a class is primary, where it has several too.

    Source: row 123 of the quirks table.
    """

    name = "many-primary-teachers"

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Make everybody primary."""
        return _with_primary(tables, True)  # noqa: FBT003


def _with_primary(tables: Tables, primary: bool | None) -> Tables:  # noqa: FBT001
    """Return the enrollments of teachers with a value of ``primary``, or without it."""
    enrollments = [
        one
        if one["role"] != "teacher" or one.get("primary") is primary
        else without(one, "primary")
        if primary is None
        else changed(one, {"primary": primary})
        for one in tables["enrollments"]
    ]
    return {"enrollments": enrollments} if enrollments != tables["enrollments"] else {}


@dataclass(frozen=True)
class MixedRoles(DataScenario):
    """Some teachers are students in a class of their school that they do not teach.

    Source: row 124 of the quirks table.
    """

    name = "mixed-roles"
    people: int = parameter(3, "how many", least=1, most=10_000)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Enroll teachers, and make students of them where a version can say both (1.2)."""
        inside: dict[str, set[str]] = defaultdict(set)
        taught: dict[str, str] = {}
        studied: dict[str, dict[str, Record]] = defaultdict(dict)
        for one in tables["enrollments"]:
            inside[one["user"]].add(one["class"])
            if one["status"] == "active" and one["role"] == "teacher":
                taught.setdefault(one["user"], one["school"])
            elif one["status"] == "active" and one["role"] == "student":
                studied[one["school"]].setdefault(one["class"], one)
        known = {one["sourcedId"] for one in tables["users"] if one["status"] == "active" and "roles" in one}
        able = [name for name, school in taught.items() if name in known and not studied[school].keys() <= inside[name]]
        new = {}
        for name in some(able, self.people, chance):
            (class_,) = some((one for one in studied[taught[name]] if one not in inside[name]), 1, chance)
            member = {"sourcedId": made_up("mixed", name, class_), "user": name}
            new[name] = changed(studied[taught[name]][class_], member)
        users = [
            _also(one, "student", new[one["sourcedId"]]["school"]) if one["sourcedId"] in new else one
            for one in tables["users"]
        ]
        return {"users": users, "enrollments": [*tables["enrollments"], *new.values()]} if new else {}


_EXTENSION = "ext:bilingualSpecialist"


def _also(user: Record, role: str, org: str) -> Record:
    """Return a user with one more role, a secondary one."""
    return changed(user, {"roles": [*user["roles"], {"roleType": "secondary", "role": role, "org": org}]})


@dataclass(frozen=True)
class ExtensionRoles(DataScenario):
    """Some teachers have, beside their own role, `ext:bilingualSpecialist`, a word of the provider's own (1.2).

    Roles that begin with `ext:` are right in 1.2; strict readers of its CSV refuse the user. 1.1 shows nothing of it.

    Source: row 124 of the quirks table, after OpenVocabulary of the 1.2 OpenAPI documents.
    """

    name = "extension-roles"
    share: float = parameter(0.05, "share of the teachers; at least one", least=0, most=1)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Give the role, as a secondary one, in the org of the first role."""
        chosen = picked((one for one in tables["users"] if has_role(one, "teacher")), self.share, chance)
        users = [
            _also(one, _EXTENSION, one["roles"][0]["org"]) if one["sourcedId"] in chosen else one
            for one in tables["users"]
        ]
        return {"users": users} if chosen else {}


@dataclass(frozen=True)
class NoRoles(DataScenario):
    """A share of the people has no role and no org.

    Source: row 124 of the quirks table.
    """

    name = "no-roles"
    share: float = parameter(0.05, "share of the people; at least one", least=0, most=1)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Take the roles; the role and orgs of 1.1 are read from them."""
        chosen = picked(tables["users"], self.share, chance)
        users = [
            spoilt(one, {}, lacking=("roles", "primaryOrg")) if one["sourcedId"] in chosen else one
            for one in tables["users"]
        ]
        return {"users": users} if chosen else {}


@dataclass(frozen=True)
class RelativeGuardians(DataScenario):
    """Parents and guardians all have the role `relative`: it does not say who the guardian is.

    Source: row 67 of the quirks table.
    """

    name = "relative-guardians"

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Call them relatives."""
        users = [
            changed(one, {"roles": [_as_relative(role) for role in one["roles"]]})
            if any(role.get("role") in FAMILY for role in one.get("roles", ()))
            else one
            for one in tables["users"]
        ]
        return {"users": users} if users != tables["users"] else {}


def _as_relative(role: Mapping[str, str]) -> Mapping[str, str]:
    return {**role, "role": "relative"} if role.get("role") in FAMILY else role


@dataclass(frozen=True)
class StudentsIncludeTeachers(ReplyScenario):
    """The students of a class come with everybody else who is enrolled in it, its teachers above all.

    Enrollments are as ever, and say who is who.

    Source: row 81 of the quirks table.
    """

    name = "students-include-teachers"

    def instead(self, exchange: Exchange, operation: Operation) -> Operation:
        """Read whoever is enrolled."""
        return _enrolled(operation) if operation.name in _STUDENTS_OF_CLASS else operation


_STUDENTS_OF_CLASS = {"getStudentsForClass", "getStudentsForClassInSchool"}


@cache
def _enrolled(operation: Operation) -> Operation:
    """Return the operation that asks for no role."""
    if operation.narrowing is None:
        return operation
    match = {name: value for name, value in operation.narrowing.match.items() if name != "role"}
    narrowing = replace(operation.narrowing, match=match)
    return replace(operation, narrowing=narrowing, rows=replace(operation.rows, where={}))


@dataclass(frozen=True)
class TeachersOnly(DataScenario):
    """Of the staff there are only teachers: no administrators, principals, aides, proctors or counselors.

    Source: row 120 of the quirks table.
    """

    name = "teachers-only"

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Leave out who is neither teacher nor student nor family; a parent who is an aide too is a parent."""
        known = FAMILY | {"teacher", "student"}
        users, others = [], set()
        for user in tables["users"]:
            roles = user.get("roles", [])
            kept = [role for role in roles if role.get("role") in known]
            if roles and not kept:
                others.add(user["sourcedId"])
            users.append(user if len(kept) in {0, len(roles)} else changed(user, {"roles": kept}))
        return {"users": users} | removed({**tables, "users": users}, {"users": others}) if users else {}
