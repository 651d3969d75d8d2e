"""What all user records have in common: the order of their members, roles, host names and phone numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from mockroster.generate.schools import District
from mockroster.generate.streams import Stream
from mockroster.roster.record import Record

_MEMBERS = (
    "metadata",
    "userMasterIdentifier",
    "username",
    "userIds",
    "enabledUser",
    "givenName",
    "familyName",
    "middleName",
    "preferredFirstName",
    "preferredMiddleName",
    "preferredLastName",
    "pronouns",
    "roles",
    "userProfiles",
    "primaryOrg",
    "identifier",
    "email",
    "sms",
    "phone",
    "agents",
    "grades",
    "password",
    "resources",
)
_PRONOUNS = {"female": "she/her", "male": "he/him"}


def user_row(row: Record, members: Mapping[str, Any]) -> Record:
    """Complete a user record: the members that are there, in the order of the standard."""
    for name in _MEMBERS:
        value = members.get(name)
        if value is not None:
            row[name] = value
    return row


@lru_cache(maxsize=4096)
def roles(role: str, orgs: tuple[str, ...], begin: date | None = None, end: date | None = None) -> list[dict[str, str]]:
    """Return ``role`` as the primary role at each of ``orgs``, of which none may come twice.

    Everybody who has the same roles shares one list.
    """
    dates = {}
    if begin:
        dates["beginDate"] = begin.isoformat()
    if end:
        dates["endDate"] = end.isoformat()
    return [{"roleType": "primary", "role": role, "org": org, **dates} for org in orgs]


def secondary(role: str, org: str) -> dict[str, str]:
    """Return a role that somebody has at ``org`` beside the primary one."""
    return {"roleType": "secondary", "role": role, "org": org}


def pronouns(stream: Stream, sex: str) -> str | None:
    """Return the pronouns of a person, where they are on record."""
    if sex in _PRONOUNS:
        return _PRONOUNS[sex] if stream.chance(0.1) else None
    return "they/them"


def phone(stream: Stream, district: District) -> str:
    """Return a phone number out of those that are kept for fiction: 555-0100 to 555-0199."""
    return f"({district.area_code}) 555-01{stream.below(100):02d}"
