"""The people of a generated district: who they are, how they are reached, who belongs to whom."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from mockroster.district import district
from mockroster.roster.record import Records

NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)
RACES = (
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
)


@pytest.fixture(scope="module")
def records() -> Records:
    """Return a district of a thousand students."""
    return district(11, 1000, NOW)


@pytest.mark.parametrize("member", ["username", "email", "identifier"])
def test_no_two_users_share(records: Records, member: str) -> None:
    """User names, e-mail addresses and identifiers are there for everybody, and belong to one user each."""
    values = [user[member] for user in records["users"]]

    assert len(set(values)) == len(values)


def test_user_names_and_addresses_are_plain(records: Records) -> None:
    """User names hold no ``@``; both are ASCII, also for people whose names are not."""
    for user in records["users"]:
        assert re.fullmatch(r"[a-z]+[._]?[a-z]*\d+", user["username"])
        assert user["email"].isascii()
    assert any(not user["givenName"].isascii() for user in records["users"])


def test_addresses_and_phones_reach_nobody(records: Records) -> None:
    """E-mail goes to hosts kept for examples (RFC 2606), phones ring in fiction only: 555-0100 to 555-0199."""
    hosts = {user["email"].split("@")[1] for user in records["users"]}
    numbers = [user[member] for user in records["users"] for member in ("sms", "phone") if member in user]

    assert all(re.fullmatch(r"([a-z]+\.)+example\.(com|net|org)", host) for host in hosts)
    assert all(re.fullmatch(r"\(\d{3}\) 555-01\d\d", number) for number in numbers)
    assert numbers


def test_agents_know_each_other(records: Records) -> None:
    """A student's agents are parents, guardians or relatives, and list the student as theirs; so do they all."""
    users = {user["sourcedId"]: user for user in records["users"]}
    students = [user for user in records["users"] if "grades" in user]
    adults = [user for user in records["users"] if user["roles"][0]["role"] in {"parent", "guardian", "relative"}]

    assert all(user["sourcedId"] in users[agent]["agents"] for user in students for agent in user["agents"])
    assert all(user["sourcedId"] in users[child]["agents"] for user in adults for child in user["agents"])
    assert {agent for user in students for agent in user["agents"]} == {user["sourcedId"] for user in adults}


def test_adults_have_a_role_at_each_childs_school(records: Records) -> None:
    """The schools of an adult's roles are those of the children."""
    users = {user["sourcedId"]: user for user in records["users"]}
    for user in records["users"]:
        if user["roles"][0]["role"] in {"parent", "guardian", "relative"}:
            schools = {users[child]["primaryOrg"] for child in user["agents"]}
            assert {role["org"] for role in user["roles"]} == schools


def test_siblings_share_a_name_and_their_agents(records: Records) -> None:
    """Some families have two children, who bear one family name."""
    users = {user["sourcedId"]: user for user in records["users"]}
    families = [user["agents"] for user in records["users"] if "grades" not in user and len(user.get("agents", ())) > 1]

    assert families
    for children in families:
        assert len({users[child]["familyName"] for child in children}) == 1
        assert len({tuple(users[child]["agents"]) for child in children}) == 1
        assert len({users[child]["grades"][0] for child in children}) == len(children)


def test_ages_fit_the_grades(records: Records) -> None:
    """On 1 September of the school year a student of grade g is g + 5 years old."""
    users = {user["sourcedId"]: user for user in records["users"]}
    grades = ["KG", *(f"{grade:02d}" for grade in range(1, 13))]
    for row in records["demographics"]:
        born = date.fromisoformat(row["birthDate"])
        age = 2025 - born.year - ((born.month, born.day) > (9, 1))
        assert age == grades.index(users[row["sourcedId"]]["grades"][0]) + 5


def test_demographics_agree_with_themselves(records: Records) -> None:
    """Two or more races are said to be so, a state and a city of birth are American, and codes are CEDS's."""
    for row in records["demographics"]:
        assert row["demographicRaceTwoOrMoreRaces"] == (sum(row[race] for race in RACES) > 1)
        assert ("stateOfBirthAbbreviation" in row) == (row["countryOfBirthCode"] == "US")
        assert row["publicSchoolResidenceStatus"] in {"01652", "01653", "01654", "01655", "01656"}
        assert row["sex"] in {"male", "female", "other", "unspecified"}
    assert {row["sex"] for row in records["demographics"]} >= {"male", "female"}
    assert any(row["demographicRaceTwoOrMoreRaces"] for row in records["demographics"])


def test_optional_members_come_in_natural_shares(records: Records) -> None:
    """Optional members are there for some users and not for all."""
    students = [user for user in records["users"] if "grades" in user]
    for member in ("middleName", "preferredFirstName", "pronouns", "sms", "phone", "password", "metadata"):
        assert 0 < sum(member in user for user in students) < len(students)
    assert all(user["grades"][0] in {"KG", "01", "02"} for user in students if "password" in user)
    assert 0 < sum(not user["enabledUser"] for user in records["users"]) < 100


def test_users_stand_in_natural_order(records: Records) -> None:
    """Administrators come first, then teachers, aides, proctors, students and their families; the deleted come last."""
    rank = {"teacher": 1, "aide": 2, "proctor": 3, "student": 4, "parent": 5, "guardian": 5, "relative": 5}
    active = [user for user in records["users"] if user["status"] == "active"]

    order = [rank.get(user["roles"][0]["role"], 0) for user in active]

    assert order == sorted(order)
    assert records["users"][: len(active)] == active
