"""The conversion of neutral records, whose members are those of 1.2, to OneRoster 1.1.

``docs/reference/versions.md`` shows these rules and the data they lose.
"""

from __future__ import annotations

from typing import Any

from mockroster.standard.conversion import Conversion, Members, Shape
from mockroster.standard.vocabularies import CLASS_TYPE, ROLE


def role(user: Members) -> str | None:
    """Return the primary role at the primary org; the administrators and counselors of 1.2 are one kind in 1.1."""
    # The roles of an invalid user may lack a role or an org.
    roles = [entry for entry in user.get("roles", ()) if "role" in entry]
    at_home = [entry for entry in roles if entry.get("org") == user.get("primaryOrg")] or roles
    primary = [entry for entry in at_home if entry.get("roleType") == "primary"] or at_home
    if not primary:
        return None
    found: str = primary[0]["role"]
    return found if found in ROLE else "administrator"


def orgs(user: Members) -> list[str] | None:
    """Return the orgs of all roles, the primary org first."""
    names = dict.fromkeys(entry["org"] for entry in user.get("roles", ()) if "org" in entry)
    home = user.get("primaryOrg")
    return sorted(names, key=lambda org: org != home) or None


def class_type(class_: Members) -> str:
    """Return the type, or ``scheduled`` if there is none or 1.1 lacks it."""
    found: str = class_.get("classType", "")
    return found if found in CLASS_TYPE else "scheduled"


def letter(result: Members) -> str | None:
    """Return the letter if there is no score; 1.1 requires a score."""
    return None if "score" in result else result.get("textScore")


def username(user: Members) -> str:
    """Return the username, or else the sourcedId: 1.1 requires a username."""
    name: str = user.get("username") or user["sourcedId"]
    return name


def grading_period(line_item: Members) -> str | None:
    """Return the grading period, or else the academicSession, as CSV 1.2 calls the same column."""
    return line_item.get("gradingPeriod") or line_item.get("academicSession")


def has_no_score(result: Members) -> bool:
    """Return whether a result has neither score nor letter."""
    return not {"score", "textScore"} & result.keys()


def _to_neutral(user: dict[str, Any]) -> dict[str, Any]:
    """Return a user with roles in place of role and orgs; the first org is the primary one.

    If an invalid user lacks role or orgs, the roles lack them too.
    """
    rest = {name: value for name, value in user.items() if name not in {"role", "orgs"}}
    kind, places = user.get("role"), user.get("orgs", [])
    if kind is None and not places:
        return rest
    known = {} if kind is None else {"role": "siteAdministrator" if kind == "administrator" else kind}
    home = {"primaryOrg": places[0]} if places else {}
    at: list[dict[str, Any]] = [{"org": org} for org in places] or [{}]
    return {**rest, "roles": [{"roleType": "primary", **known, **place} for place in at], **home}


def _as_written(member: str) -> str | None:
    """Return ``orgs[0]`` for ``roles[0].org``, and ``None`` for ``primaryOrg``, which repeats it."""
    if member.startswith("roles[") and member.endswith("].org"):
        return member.replace("roles", "orgs").removesuffix(".org")
    return None if member == "primaryOrg" else member


USER = Shape(
    members={"role": role, "orgs": orgs},
    stands_for=("roles", "primaryOrg"),
    to_neutral=_to_neutral,
    as_written=_as_written,
)
"""One role and a list of orgs, in place of a role in each org."""

CONVERSION = Conversion(
    derived={
        "users": {"username": username},
        "classes": {"classType": class_type},
        "lineItems": {"gradingPeriod": grading_period},
        "results": {"textScore": letter},
    },
    hidden={"results": (has_no_score,)},
    shapes={"users": USER},
)
