"""Students: who they are, and their user records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mockroster.generate import names
from mockroster.generate.curriculum import GRADES
from mockroster.generate.households import Household
from mockroster.generate.profiles import LEARNER, with_profiles
from mockroster.generate.schools import School
from mockroster.generate.setting import Setting
from mockroster.generate.streams import Deck
from mockroster.generate.users import phone, pronouns, roles, user_row
from mockroster.roster.record import Record

_SEXES = Deck({"female": 0.49, "male": 0.5, "other": 0.005, "unspecified": 0.005})
_PASSWORDS = ("apple", "ball", "boat", "cat", "drum", "fish", "house", "kite", "moon", "star", "tree", "whale")
_FIRST_NUMBER = 100_001
_PICTURE_LOGINS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a student belongs: the number, the school, the grade and the household."""

    number: int
    school: School
    grade: int
    household: Household


@dataclass(frozen=True, slots=True)
class Student:
    """A student of a cohort; ``joined`` and ``leaves`` are there when it is not for the whole of this school year."""

    number: int
    key: str
    sourced_id: str
    school: School
    grade: int
    household: Household
    sex: str
    joined: date | None
    leaves: date | None
    row: Record

    @property
    def is_settled(self) -> bool:
        """Return whether the student is here all year."""
        return self.joined is None and self.leaves is None


def pupils(setting: Setting, homes: Mapping[int, Household], resources: Sequence[str]) -> list[Student]:
    """Return all students, school by school and grade by grade; ``resources`` is what each may use."""
    found = []
    for school in setting.district.schools:
        for cohort in school.cohorts:
            for number in range(cohort.first, cohort.end):
                key = f"student/{number}"
                place = Place(number, school, cohort.grade, homes[number])
                found.append(_student(setting, key, setting.seed.row(key), place, resources))
    return found


def departed_student(setting: Setting, place: Place, left: date) -> Student:
    """Return a student who left the district on the day ``left`` and whose rows are ``tobedeleted``."""
    key = f"student/departed/{place.number}"
    return _student(setting, key, setting.seed.deleted_row(key), place, (), left)


def _student(
    setting: Setting, key: str, row: Record, place: Place, resources: Sequence[str], left: date | None = None
) -> Student:
    school, home = place.school, place.household
    stream = setting.seed.stream(key)
    sex = _SEXES.draw(stream)
    spanish = home.spanish and stream.chance(0.6)
    given = names.given_name(stream, sex, spanish=spanish)
    middle = names.given_name(stream, sex, spanish=spanish) if stream.chance(0.6) else None
    # The first student is here all year, so that every class of a tiny district has somebody to grade.
    moves = place.number > 0 and left is None
    joined = _joined(setting, stream.random()) if stream.chance(0.02) and moves else None
    leaves = _leaves(setting, stream.random()) if stream.chance(0.01) and moves else left
    identifier = str(_FIRST_NUMBER + place.number)
    username = f"{names.fold(given)[0]}{names.fold(home.family_name)}{identifier}"
    held = roles("student", (school.sourced_id,), joined, leaves)
    # Whoever adds a member draws for it last, so that what the others drew stays.
    user_row(
        row,
        {
            "metadata": {"busRoute": f"{1 + stream.below(40)}"} if stream.chance(0.2) else None,
            "userMasterIdentifier": f"{setting.district.host}:{identifier}",
            "username": username,
            "userIds": [{"type": "SIS", "identifier": identifier}],
            "enabledUser": stream.chance(0.995),
            "givenName": given,
            "familyName": home.family_name,
            "middleName": middle,
            "preferredFirstName": middle if stream.chance(0.08) else None,
            "preferredLastName": names.family_name(stream, spanish=home.spanish) if stream.chance(0.01) else None,
            "pronouns": pronouns(stream, sex),
            "primaryOrg": school.sourced_id,
            "identifier": identifier,
            "email": f"{username}@students.{setting.district.host}",
            "sms": phone(stream, setting.district) if place.grade > 8 and stream.chance(0.3) else None,
            "phone": phone(stream, setting.district) if stream.chance(0.3) else None,
            "agents": home.agents,
            "grades": [GRADES[place.grade]],
            "password": stream.pick(_PASSWORDS) if place.grade <= _PICTURE_LOGINS and stream.chance(0.4) else None,
            "resources": resources or None,
            "preferredMiddleName": names.given_name(stream, sex, spanish=spanish) if stream.chance(0.01) else None,
            **with_profiles(setting, stream, LEARNER, (row["sourcedId"], username), held),
        },
    )
    return Student(place.number, key, row["sourcedId"], school, place.grade, home, sex, joined, leaves, row)


def _joined(setting: Setting, share: float) -> date:
    start = setting.this_year.whole.start
    return start + timedelta(days=int(share * (setting.today - start).days))


def _leaves(setting: Setting, share: float) -> date:
    end = setting.this_year.whole.end
    return end - timedelta(days=int(share * ((end - setting.today).days - 1)))
