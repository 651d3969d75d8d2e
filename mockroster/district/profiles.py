"""User profiles: the accounts that some users have with the vendors of the district."""

from __future__ import annotations

from typing import Any, NamedTuple

from mockroster.district.context import DistrictContext, Vendor
from mockroster.district.streams import Stream
from mockroster.roster.record import Record

_CREDENTIALS = ("SAML", "OIDC", "password")


class ProfileKind(NamedTuple):
    """A kind of profile, and the share of eligible users who have one."""

    name: str
    description: str
    share: float


LEARNER = ProfileKind("learner", "Student access to the portal", 0.15)
"""The profile of students."""

STAFF = ProfileKind("staff", "Staff access to the gradebook", 0.4)
"""The profile of staff in schools."""

OFFICE = ProfileKind("administrator", "Full access to the gradebook", 1.0)
"""The profile of the district office."""

FAMILY = ProfileKind("family", "Family access to the portal", 0.08)
"""The profile of parents, guardians and relatives."""

TESTING = ProfileKind("testing", "Access to online testing", 0.15)
"""A second profile, which some users with another profile have."""


def fill_roles(
    row: Record, context: DistrictContext, stream: Stream, kind: ProfileKind, roles: list[dict[str, str]]
) -> None:
    """Set ``roles`` and, for some users, ``userProfiles``; the first role may name one of the profiles."""
    row["roles"] = roles
    if not stream.chance(kind.share):
        return
    profiles = [_profile(row, stream, kind, context.vendors[0])]
    if stream.chance(TESTING.share):
        profiles.append(_profile(row, stream, TESTING, context.vendors[1]))
    if stream.chance(0.5):
        named = {"userProfile": stream.pick(profiles)["profileId"]}
        first = {name: roles[0][name] for name in ("roleType", "role", "org")} | named | roles[0]
        row["roles"] = [first, *roles[1:]]
    row["userProfiles"] = profiles


def _profile(row: Record, stream: Stream, kind: ProfileKind, vendor: Vendor) -> dict[str, Any]:
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
