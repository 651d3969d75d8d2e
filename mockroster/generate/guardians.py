"""The user records of parents, guardians and relatives."""

from __future__ import annotations

from collections.abc import Sequence

from mockroster.generate import names
from mockroster.generate.households import Adult
from mockroster.generate.profiles import FAMILY, with_profiles
from mockroster.generate.setting import Setting
from mockroster.generate.students import Student
from mockroster.generate.users import phone, pronouns, roles, secondary, user_row
from mockroster.roster.record import Record

_MAIL = ("mail.example.com", "post.example.net", "home.example.org")
# One out of so many, the first of a district among them, helps out at school.
_OF_ADULTS = 50


def adult_rows(setting: Setting, students: Sequence[Student]) -> list[Record]:
    """Return the adults of all students' households, in the order of the first child of each."""
    rows = []
    for student in students:
        home = student.household
        if student.number == home.children[0]:
            children = [students[number] for number in home.children]
            rows += [adult_row(setting, setting.seed.row(adult.key), adult, children) for adult in home.adults]
    return rows


def adult_row(setting: Setting, row: Record, adult: Adult, children: Sequence[Student]) -> Record:
    """Complete the record of an adult of the household that ``children`` live in."""
    stream = setting.seed.stream(adult.key)
    home = children[0].household
    sex = stream.pick(("female", "male"))
    given = names.given_name(stream, sex, spanish=home.spanish and stream.chance(0.7))
    other_name = stream.chance(0.15)
    family = names.family_name(stream, spanish=home.spanish) if other_name else home.family_name
    username = f"{names.fold(given)}_{names.fold(family)}{adult.number}"
    schools = tuple(dict.fromkeys(child.school.sourced_id for child in children))
    number = phone(stream, setting.district)
    held = roles(adult.kind, schools)
    if row["status"] == "active" and adult.number % _OF_ADULTS == 1:
        held = [*held, secondary("aide", schools[0])]
    # Whoever adds a member draws for it last, so that what the others drew stays.
    return user_row(
        row,
        {
            "username": username,
            "enabledUser": stream.chance(0.97),
            "givenName": given,
            "familyName": family,
            "pronouns": pronouns(stream, sex),
            "primaryOrg": schools[0],
            "identifier": f"P{adult.number:06d}",
            "email": f"{username}@{stream.pick(_MAIL)}",
            "sms": number if stream.chance(0.6) else None,
            "phone": number if stream.chance(0.9) else None,
            "agents": [child.sourced_id for child in children],
            **with_profiles(setting, stream, FAMILY, (adult.sourced_id, username), held),
        },
    )
