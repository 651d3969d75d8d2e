"""How a version of the standard sees a neutral record, where the two differ in more than form.

A member that is not listed here is read from the record under its own name. Form (a reference as an object, a boolean
as a string) is the business of the version's fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockroster.roster.record import Record
from mockroster.spec.vocabularies import ROLE, SEX

Derivation = Callable[[Record], Any]
"""Computes a member from the record; ``None`` where the record has none."""


def _role(user: Record) -> str | None:
    """Return the one role of 1.1: the primary one at the primary org; the administrators of 1.2 are one kind here."""
    roles = user.get("roles", ())
    at_home = [role for role in roles if role["org"] == user.get("primaryOrg")] or roles
    primary = [role for role in at_home if role["roleType"] == "primary"] or at_home
    if not primary:
        return None
    role: str = primary[0]["role"]
    return role if role in ROLE else "administrator"


def _orgs(user: Record) -> list[str] | None:
    """Return the orgs of all roles, the primary org first."""
    orgs = dict.fromkeys(role["org"] for role in user.get("roles", ()))
    home = user.get("primaryOrg")
    return sorted(orgs, key=lambda org: org != home) or None


def _sex(demographics: Record) -> str | None:
    """Return the sex where 1.1 has a word for it."""
    sex = demographics.get("sex")
    return sex if sex in SEX else None


DERIVED: Mapping[str, Mapping[str, Mapping[str, Derivation]]] = {
    "v1p1": {
        "users": {"role": _role, "orgs": _orgs},
        "demographics": {"sex": _sex},
    },
}
"""By version and collection: the members that are computed."""


def _without_score(result: Record) -> bool:
    return "score" not in result


HIDDEN: Mapping[str, Mapping[str, Callable[[Record], bool]]] = {"v1p1": {"results": _without_score}}
"""By version and collection: records that the version has no way to show. 1.1 demands a score of every result."""


def derivation(version: str, collection: str, member: str) -> Derivation:
    """Return how a version reads a member of a record: computed, or under its own name."""
    derived = DERIVED[version].get(collection, {}).get(member)
    return derived or (lambda record: record.get(member))


def shaped(version: str, collection: str, record: Record) -> Mapping[str, Any]:
    """Return the record with the members that the version computes."""
    derived = DERIVED[version].get(collection)
    if derived is None:
        return record
    values = {**record, **{member: derive(record) for member, derive in derived.items()}}
    return {member: value for member, value in values.items() if value is not None}


def hidden(version: str, collection: str) -> Callable[[Record], bool] | None:
    """Return the test for records that the version cannot show, or nothing where it can show them all."""
    return HIDDEN[version].get(collection)
