"""Students: who they are, and their user records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from mockroster.district import names
from mockroster.district.curriculum import GRADES
from mockroster.district.households import Household
from mockroster.district.profiles import LEARNER, fill_roles
from mockroster.district.schools import School
from mockroster.district.context import Setting
from mockroster.district.streams import Deck
from mockroster.district.users import fill_other_names, fill_pronouns, roles
from mockroster.roster.record import Record

_SEXES = Deck({"female": 0.49, "male": 0.5, "other": 0.005, "unspecified": 0.005})
_PASSWORDS = ("apple", "ball", "boat", "cat", "drum", "fish", "house", "kite", "moon", "star", "tree", "whale")
_BUS_ROUTES = [{"busRoute": f"{number}"} for number in range(1, 41)]
_FIRST_NUMBER = 100_001
_PICTURE_LOGINS = 2
_FIRST_WITH_PHONES = 9


class Place(NamedTuple):
    """What the students of a grade of a school have in common; ``roles`` are those of who is here all year."""

    school: School
    grade: int
    roles: list[dict[str, str]]
    grades: list[str]
    resources: Sequence[str]


class Student(NamedTuple):
    """A student of a cohort.

    Who ``is_settled`` is here all year; of the others ``joined`` or ``leaves`` are there.
    """

    number: int
    key: str
    sourced_id: str
    school: School
    grade: int
    household: Household
    sex: str
    joined: date | None
    leaves: date | None
    is_settled: bool
    row: Record


def pupils(setting: Setting, homes: Mapping[int, Household], resources: Sequence[str]) -> list[Student]:
    """Return all students, school by school and grade by grade; ``resources`` is what each may use."""
    found = []
    for school in setting.district.schools:
        for cohort in school.cohorts:
            place = place_of(school, cohort.grade, resources)
            for number in range(cohort.first, cohort.end):
                key = f"student/{number}"
                found.append(_student(setting, place, number, homes[number], key, setting.seed.row(key)))
    return found


def departed_student(setting: Setting, place: Place, number: int, home: Household, left: date) -> Student:
    """Return a student who left the district on the day ``left`` and whose rows are ``tobedeleted``."""
    key = f"student/departed/{number}"
    return _student(setting, place, number, home, key, setting.seed.deleted_row(key), left)


def place_of(school: School, grade: int, resources: Sequence[str]) -> Place:
    """Return what the students of a grade have in common; ``resources`` is what each may use."""
    return Place(school, grade, roles("student", (school.sourced_id,)), [GRADES[grade]], resources)


def _student(
    setting: Setting, place: Place, number: int, home: Household, key: str, row: Record, left: date | None = None
) -> Student:
    school, grade, held, grades, resources = place
    district = setting.district
    stream = setting.seed.stream(key)
    sex = _SEXES.draw(stream)
    given_names = names.given_names(stream, sex, spanish=home.spanish and stream.chance(0.6))
    given = given_names.draw(stream)
    # The first student is here all year, so that every class of a tiny district has somebody to grade.
    moves = number > 0 and left is None
    joined = _joined(setting, stream.random()) if stream.chance(0.02) and moves else None
    leaves = _leaves(setting, stream.random()) if stream.chance(0.01) and moves else left
    is_settled = joined is None and leaves is None
    if not is_settled:
        held = roles("student", (school.sourced_id,), joined, leaves)
    identifier = f"{_FIRST_NUMBER + number}"
    username = f"{names.fold(given)[0]}{names.fold(home.family_name)}{identifier}"
    if stream.chance(0.2):
        row["metadata"] = stream.pick(_BUS_ROUTES)
    row["userMasterIdentifier"] = f"{district.host}:{identifier}"
    row["username"] = username
    row["userIds"] = [{"type": "SIS", "identifier": identifier}]
    row["enabledUser"] = stream.chance(0.995)
    row["givenName"] = given
    row["familyName"] = home.family_name
    fill_other_names(row, stream, given_names, 0.6)
    if stream.chance(0.01):
        row["preferredLastName"] = names.family_name(stream, spanish=home.spanish)
    fill_pronouns(row, stream, sex)
    fill_roles(row, setting, stream, LEARNER, held)
    row["primaryOrg"] = school.sourced_id
    row["identifier"] = identifier
    row["email"] = f"{username}@students.{district.host}"
    if grade >= _FIRST_WITH_PHONES and stream.chance(0.3):
        row["sms"] = stream.pick(district.phones)
    if stream.chance(0.3):
        row["phone"] = stream.pick(district.phones)
    row["agents"] = home.agents
    row["grades"] = grades
    if grade <= _PICTURE_LOGINS and stream.chance(0.4):
        row["password"] = stream.pick(_PASSWORDS)
    if resources:
        row["resources"] = resources
    return Student(number, key, row["sourcedId"], school, grade, home, sex, joined, leaves, is_settled, row)


def _joined(setting: Setting, share: float) -> date:
    start = setting.this_year.whole.start
    return start + timedelta(days=int(share * (setting.today - start).days))


def _leaves(setting: Setting, share: float) -> date:
    end = setting.this_year.whole.end
    return end - timedelta(days=int(share * ((end - setting.today).days - 1)))
