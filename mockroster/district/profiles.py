"""User profiles: the accounts that some users have with the vendors of the district."""

from __future__ import annotations

from typing import Any, NamedTuple

from mockroster.district.context import Setting
from mockroster.district.streams import Stream
from mockroster.district.vendors import Vendor
from mockroster.roster.record import Record

_CREDENTIALS = ("SAML", "OIDC", "password")


class Kind(NamedTuple):
    """A kind of profile, and the share of those that may have it who do."""

    name: str
    description: str
    share: float


LEARNER = Kind("learner", "Student access to the portal", 0.15)
"""What students have."""

STAFF = Kind("staff", "Staff access to the gradebook", 0.4)
"""What people who work in schools have."""

OFFICE = Kind("administrator", "Full access to the gradebook", 1.0)
"""What everybody in the district office has."""

FAMILY = Kind("family", "Family access to the portal", 0.08)
"""What parents, guardians and relatives have."""

TESTING = Kind("testing", "Access to online testing", 0.15)
"""What some of those have who have one of the others."""


def fill_roles(row: Record, setting: Setting, stream: Stream, kind: Kind, roles: list[dict[str, str]]) -> None:
    """Give a user ``roles`` and, where there are some, ``userProfiles``, of which the first role may name one."""
    row["roles"] = roles
    if not stream.chance(kind.share):
        return
    profiles = [_profile(row, stream, kind, setting.vendors[0])]
    if stream.chance(TESTING.share):
        profiles.append(_profile(row, stream, TESTING, setting.vendors[1]))
    if stream.chance(0.5):
        named = {"userProfile": stream.pick(profiles)["profileId"]}
        first = {name: roles[0][name] for name in ("roleType", "role", "org")} | named | roles[0]
        row["roles"] = [first, *roles[1:]]
    row["userProfiles"] = profiles


def _profile(row: Record, stream: Stream, kind: Kind, vendor: Vendor) -> dict[str, Any]:
    profile: dict[str, Any] = {
        "profileId": f"https://{vendor.host}/{kind.name}/{row['sourcedId']}",
        "profileType": kind.name,
        "vendorId": vendor.vendor_id,
    }
    if stream.chance(0.8):
        profile["applicationId"] = vendor.application_id
    if stream.chance(0.5):
        profile["description"] = kind.description
    if stream.chance(0.6):
        profile["credentials"] = [_credential(stream, row["username"])]
    return profile


def _credential(stream: Stream, username: str) -> dict[str, str]:
    kind = stream.pick(_CREDENTIALS)
    password = {"password": f"welcome{1000 + stream.below(9000)}"} if kind == "password" else {}
    return {"type": kind, "username": username, **password}
