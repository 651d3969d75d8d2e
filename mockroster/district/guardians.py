"""The user records of parents, guardians and relatives."""

from __future__ import annotations

from collections.abc import Sequence

from mockroster.district import names
from mockroster.district.context import DistrictContext
from mockroster.district.households import Adult, Household
from mockroster.district.profiles import FAMILY, fill_roles
from mockroster.district.students import Student
from mockroster.district.users import fill_pronouns, roles, secondary
from mockroster.roster.record import Record

_MAIL = ("mail.example.com", "post.example.net", "home.example.org")
# One adult in this many, including the first of a district, also helps at school.
_OF_ADULTS = 50


def adult_rows(context: DistrictContext, students: Sequence[Student]) -> list[Record]:
    """Return the adults of all students' households, in the order of the first child of each."""
    rows = []
    for student in students:
        children = student.household.children
        if student.number == children[0]:
            rows += family_rows(context, [students[number] for number in children])
    return rows


def family_rows(context: DistrictContext, children: Sequence[Student]) -> list[Record]:
    """Return the adults of the household that ``children`` live in."""
    schools = tuple(dict.fromkeys([child.school.sourced_id for child in children]))
    agents = [child.row["sourcedId"] for child in children]
    home = children[0].household
    return [_adult_row(context, adult, home, schools, agents) for adult in home.adults]


def _adult_row(
    context: DistrictContext, adult: Adult, home: Household, schools: tuple[str, ...], children: list[str]
) -> Record:
    row = adult.row
    stream = context.seed.stream(adult.key)
    sex = stream.pick(("female", "male"))
    given = names.given_names(stream, sex, spanish=home.spanish and stream.chance(0.7)).draw(stream)
    family = names.family_name(stream, spanish=home.spanish) if stream.chance(0.15) else home.family_name
    username = f"{names.fold(given)}_{names.fold(family)}{adult.number}"
    role_entries = roles(adult.kind, schools)
    if row["status"] == "active" and adult.number % _OF_ADULTS == 1:
        role_entries = [*role_entries, secondary("aide", schools[0])]
    row["username"] = username
    row["enabledUser"] = stream.chance(0.97)
    row["givenName"] = given
    row["familyName"] = family
    fill_pronouns(row, stream, sex)
    fill_roles(row, context, stream, FAMILY, role_entries)
    row["primaryOrg"] = schools[0]
    row["identifier"] = f"P{adult.number:06d}"
    row["email"] = f"{username}@{stream.pick(_MAIL)}"
    number = stream.pick(context.district.phones)
    if stream.chance(0.6):
        row["sms"] = number
    if stream.chance(0.9):
        row["phone"] = number
    row["agents"] = children
    return row
