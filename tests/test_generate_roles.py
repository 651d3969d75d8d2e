"""The roles and the profiles that users of a generated district have."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache

import pytest

from mockroster.district import district
from mockroster.roster.convert import shaped
from mockroster.roster.record import Records
from mockroster.standard.vocabularies import ROLE

NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)
PROFILE_ID = re.compile(r"https://[a-z]+\.example\.com/[a-z]+/[0-9a-f-]{36}")
ROLES = {
    *ROLE,
    "counselor",
    "districtAdministrator",
    "principal",
    "siteAdministrator",
    "systemAdministrator",
} - {"administrator"}


@pytest.fixture(params=[1, 100, 1000])
def records(request: pytest.FixtureRequest) -> Records:
    """Return districts of several sizes."""
    return made(request.param)


@cache
def made(students: int) -> Records:
    """Return a district; kept, because the tests run in random order."""
    return district(42, students, NOW)


def test_everybody_has_one_primary_role_at_each_org(records: Records) -> None:
    """A user has exactly one primary role at each org, and no role twice; each role is a word of the standard."""
    for user in records["users"]:
        primary = Counter(role["org"] for role in user["roles"] if role["roleType"] == "primary")
        held = {(role["role"], role["org"]) for role in user["roles"]}

        assert primary == dict.fromkeys((role["org"] for role in user["roles"]), 1)
        assert len(held) == len(user["roles"])
        assert user["roles"][0]["roleType"] == "primary"
        assert user["roles"][0]["org"] == user["primaryOrg"]
        assert all(role["role"] in ROLES for role in user["roles"])


def test_some_have_a_second_role(records: Records) -> None:
    """Teachers counsel, counselors and principals proctor, parents help out; few, but in any district."""
    second = Counter(
        role["role"] for user in records["users"] for role in user["roles"] if role["roleType"] != "primary"
    )

    assert {*second} == {"counselor", "proctor", "aide"}
    assert second.total() <= max(10, 0.03 * len(records["users"]))


def test_some_belong_to_two_schools() -> None:
    """Teachers and parents may have a primary role at each of two schools."""
    records = made(1000)
    schools = {org["sourcedId"] for org in records["orgs"] if org["type"] == "school"}

    found = {
        user["roles"][0]["role"]
        for user in records["users"]
        if len({role["org"] for role in user["roles"] if role["roleType"] == "primary"} & schools) == 2
    }

    assert {"teacher", "parent"} <= found


def test_words_of_ours_are_unknown_to_1_1(records: Records) -> None:
    """The one role of 1.1 is a word of 1.1 for everybody."""
    assert {shaped("v1p1", "users", user)["role"] for user in records["users"]} <= {*ROLE}


def test_some_roles_say_since_when(records: Records) -> None:
    """A role that has a beginning has begun, and ends after it; most have none."""
    roles = [role for user in records["users"] for role in user["roles"]]
    dated = [role for role in roles if "beginDate" in role]

    assert 0 < len(dated) < len(roles) / 2
    assert all(role["beginDate"] <= NOW.date().isoformat() for role in dated)
    assert all(role["beginDate"] < role["endDate"] for role in dated if "endDate" in role)


def test_members_of_roles_stand_in_the_standards_order(records: Records) -> None:
    """A role's members are those of its model, in its order."""
    order = ("roleType", "role", "org", "userProfile", "beginDate", "endDate")
    for user in records["users"]:
        for role in user["roles"]:
            assert [*role] == [member for member in order if member in role]


def test_profiles_lead_to_nobody_and_belong_to_one(records: Records) -> None:
    """A profile is an address at a host kept for examples (RFC 2606), and no two profiles share one."""
    profiles = [profile for user in records["users"] for profile in user.get("userProfiles", ())]
    keys = [profile["profileId"] for profile in profiles]

    assert keys
    assert len(set(keys)) == len(keys)
    assert all(map(PROFILE_ID.fullmatch, keys))
    for profile in profiles:
        members = ("profileId", "profileType", "vendorId", "applicationId", "description", "credentials")
        assert [*profile] == [member for member in members if member in profile]
        assert {"profileId", "profileType", "vendorId"} <= profile.keys()


def test_roles_name_profiles_of_their_user() -> None:
    """A role may name a profile, which is one that the user has; some name the second."""
    named = []
    for user in made(1000)["users"]:
        keys = [profile["profileId"] for profile in user.get("userProfiles", ())]
        named += [keys.index(role["userProfile"]) for role in user["roles"] if "userProfile" in role]

    assert {*named} == {0, 1}


def test_profiles_come_in_natural_shares() -> None:
    """A part of each kind of users has profiles, everybody in the district office among them."""
    records = made(1000)
    shares = {}
    for role, low, high in (("student", 0.1, 0.2), ("teacher", 0.25, 0.55), ("parent", 0.05, 0.12)):
        users = [user for user in records["users"] if user["roles"][0]["role"] == role]
        shares[role] = sum("userProfiles" in user for user in users) / len(users)
        assert low < shares[role] < high
    for user in records["users"]:
        if user["roles"][0]["role"] in {"districtAdministrator", "systemAdministrator"}:
            assert user["userProfiles"]


def test_credentials_are_of_the_user() -> None:
    """Credentials bear the name of their user; a password is there where one signs in with it."""
    found = 0
    for user in made(1000)["users"]:
        for profile in user.get("userProfiles", ()):
            for credential in profile.get("credentials", ()):
                found += 1
                assert credential["username"] == user["username"]
                assert ("password" in credential) == (credential["type"] == "password")

    assert found


def test_vendors_are_those_of_the_resources() -> None:
    """Profiles are with vendors that the district has resources of."""
    records = made(1000)
    vendors = {row["vendorId"]: row["applicationId"] for row in records["resources"]}
    for user in records["users"]:
        for profile in user.get("userProfiles", ()):
            assert profile.get("applicationId", vendors[profile["vendorId"]]) == vendors[profile["vendorId"]]
