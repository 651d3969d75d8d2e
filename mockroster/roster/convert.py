"""How a version of the standard sees a neutral record, where the two differ in more than form.

A member that is not listed here is read from the record under its own name. Form (a reference as an object, a boolean
as a string) is the business of the version's fields. ``docs/reference/versions.md`` shows these tables and what is
lost by them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from operator import methodcaller
from typing import Any

from mockroster.roster.record import Record, SpoiltRecord
from mockroster.standard.vocabularies import (
    CLASS_TYPE,
    ENROLLMENT_ROLE,
    ORG_TYPE,
    ROLE,
    SCORE_STATUS,
    SESSION_TYPE,
    SEX,
)

Derivation = Callable[[Record], Any]
"""Computes a member from the record; ``None`` where the record has none."""

Test = Callable[[Record], bool]


def role_1p1(user: Record) -> str | None:
    """Return the primary role at the primary org; the administrators and counselors of 1.2 are one kind in 1.1."""
    # A faulty user may have roles without a role, or without an org.
    roles = [role for role in user.get("roles", ()) if "role" in role]
    at_home = [role for role in roles if role.get("org") == user.get("primaryOrg")] or roles
    primary = [role for role in at_home if role.get("roleType") == "primary"] or at_home
    if not primary:
        return None
    role: str = primary[0]["role"]
    return role if role in ROLE else "administrator"


def orgs_1p1(user: Record) -> list[str] | None:
    """Return the orgs of all roles, the primary org first."""
    orgs = dict.fromkeys(role["org"] for role in user.get("roles", ()) if "org" in role)
    home = user.get("primaryOrg")
    return sorted(orgs, key=lambda org: org != home) or None


def sex_1p1(demographics: Record) -> str | None:
    """Return the sex, nothing where 1.1 has no word for it."""
    sex = demographics.get("sex")
    return sex if sex in SEX else None


def class_type_1p1(class_: Record) -> str:
    """Return the type, ``scheduled`` where 1.1 has no word for it, or 1.2 gave none."""
    type_: str = class_.get("classType", "")
    return type_ if type_ in CLASS_TYPE else "scheduled"


def resource_roles_1p1(resource: Record) -> list[str] | None:
    """Return those for which 1.1 has a word."""
    return [role for role in resource.get("roles", ()) if role in ROLE] or None


def letter_1p1(result: Record) -> str | None:
    """Return the letter where there is no score, which is what 1.1 asks for."""
    return None if "score" in result else result.get("textScore")


def username_1p1(user: Record) -> str:
    """Return the username, the sourcedId where there is none: 1.1 demands one."""
    name: str = user.get("username") or user["sourcedId"]
    return name


DERIVED: Mapping[str, Mapping[str, Mapping[str, Derivation]]] = {
    "v1p1": {
        "users": {"role": role_1p1, "orgs": orgs_1p1, "username": username_1p1},
        "demographics": {"sex": sex_1p1},
        "classes": {"classType": class_type_1p1},
        "resources": {"roles": resource_roles_1p1},
        "results": {"textScore": letter_1p1},
    },
    "v1p2": {},
}
"""By version and collection: the members that are computed."""


def _not_one_of(member: str, words: Collection[str]) -> Test:
    """Return the test for records whose member 1.1 has no word for."""
    return lambda record: record.get(member) not in words


def _no_result_1p1(result: Record) -> bool:
    """Tell whether a result has neither score nor letter, or a status that 1.1 does not have."""
    return not {"score", "textScore"} & result.keys() or result.get("scoreStatus") not in SCORE_STATUS


HIDDEN: Mapping[str, Mapping[str, Test]] = {
    "v1p1": {
        "results": _no_result_1p1,
        "enrollments": _not_one_of("role", ENROLLMENT_ROLE),
        "orgs": _not_one_of("type", ORG_TYPE),
        "academicSessions": _not_one_of("type", SESSION_TYPE),
    },
    "v1p2": {},
}
"""By version and collection: records that the version has no way to show."""


def derivation(version: str, collection: str, member: str) -> Derivation:
    """Return how a version reads a member of a record: computed, or under its own name."""
    derived = DERIVED[version].get(collection, {}).get(member)
    return derived or methodcaller("get", member)


def shaped(version: str, collection: str, record: Record) -> Mapping[str, Any]:
    """Return the record with the members that the version computes."""
    derived = DERIVED[version].get(collection)
    if derived is None:
        return record
    values = {**record, **{member: derive(record) for member, derive in derived.items()}}
    return {member: value for member, value in values.items() if value is not None}


def hidden(version: str, collection: str) -> Test | None:
    """Return the test for records that the version cannot show, or nothing where it can show them all.

    One that is served faulty is shown as it was written, whatever it lacks.
    """
    test = HIDDEN[version].get(collection)
    return test and (lambda record: test(record) and not isinstance(record, SpoiltRecord))
