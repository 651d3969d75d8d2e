"""User profiles: the accounts that some users have with the vendors of the district."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mockroster.generate.setting import Setting
from mockroster.generate.streams import Stream
from mockroster.generate.vendors import Vendor

_CREDENTIALS = ("SAML", "OIDC", "password")


@dataclass(frozen=True, slots=True)
class Kind:
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


def with_profiles(
    setting: Setting, stream: Stream, kind: Kind, user: tuple[str, str], roles: list[dict[str, str]]
) -> dict[str, Any]:
    """Return the ``roles`` and, where a user has some, the ``userProfiles``, of which the first role may name one.

    ``user`` is the sourcedId and the username.
    """
    if not stream.chance(kind.share):
        return {"roles": roles}
    profiles = [_profile(stream, kind, setting.vendors[0], user)]
    if stream.chance(TESTING.share):
        profiles.append(_profile(stream, TESTING, setting.vendors[1], user))
    if stream.chance(0.5):
        named = {"userProfile": stream.pick(profiles)["profileId"]}
        roles = [{name: roles[0][name] for name in ("roleType", "role", "org")} | named | roles[0], *roles[1:]]
    return {"roles": roles, "userProfiles": profiles}


def _profile(stream: Stream, kind: Kind, vendor: Vendor, user: tuple[str, str]) -> dict[str, Any]:
    sourced_id, username = user
    profile: dict[str, Any] = {
        "profileId": f"https://{vendor.host}/{kind.name}/{sourced_id}",
        "profileType": kind.name,
        "vendorId": vendor.vendor_id,
    }
    if stream.chance(0.8):
        profile["applicationId"] = vendor.application_id
    if stream.chance(0.5):
        profile["description"] = kind.description
    if stream.chance(0.6):
        profile["credentials"] = [_credential(stream, username)]
    return profile


def _credential(stream: Stream, username: str) -> dict[str, str]:
    kind = stream.pick(_CREDENTIALS)
    password = {"password": f"welcome{1000 + stream.below(9000)}"} if kind == "password" else {}
    return {"type": kind, "username": username, **password}
