"""Students and their user records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from mockroster.district import names
from mockroster.district.context import DistrictContext
from mockroster.district.curriculum import GRADES
from mockroster.district.households import Household
from mockroster.district.profiles import LEARNER, fill_roles
from mockroster.district.schools import School
from mockroster.district.streams import Deck, Stream
from mockroster.district.users import fill_other_names, fill_pronouns, roles
from mockroster.roster.record import Record

_SEXES = Deck({"female": 0.49, "male": 0.5, "other": 0.005, "unspecified": 0.005})
_PASSWORDS = ("apple", "ball", "boat", "cat", "drum", "fish", "house", "kite", "moon", "star", "tree", "whale")
_BUS_ROUTES = [{"busRoute": f"{number}"} for number in range(1, 41)]
_FIRST_NUMBER = 100_001
_PICTURE_LOGINS = 2
_FIRST_WITH_PHONES = 9


class GradeGroup(NamedTuple):
    """The values that all students of a grade in a school share; ``roles`` applies to students who stay all year."""

    school: School
    grade: int
    roles: list[dict[str, str]]
    grades: list[str]
    resources: Sequence[str]


class Student(NamedTuple):
    """A student of a cohort.

    A student who is not ``is_full_year`` has ``joined``, ``leaves`` or both.
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
    is_full_year: bool
    row: Record


def all_students(context: DistrictContext, homes: Mapping[int, Household], resources: Sequence[str]) -> list[Student]:
    """Return all students, school by school and grade by grade; ``resources`` are their sourcedIds."""
    found = []
    for school in context.district.schools:
        for cohort in school.cohorts:
            group = grade_group(school, cohort.grade, resources)
            for number in range(cohort.first, cohort.end):
                key = f"student/{number}"
                found.append(_student(context, group, number, homes[number], key, context.seed.row(key)))
    return found


def departed_student(context: DistrictContext, group: GradeGroup, number: int, home: Household, left: date) -> Student:
    """Return a student who left the district on the day ``left`` and whose rows are ``tobedeleted``."""
    key = f"student/departed/{number}"
    return _student(context, group, number, home, key, context.seed.deleted_row(key), left)


def grade_group(school: School, grade: int, resources: Sequence[str]) -> GradeGroup:
    """Return the shared values of the students of a grade; ``resources`` are sourcedIds."""
    return GradeGroup(school, grade, roles("student", (school.sourced_id,)), [GRADES[grade]], resources)


def _student(
    context: DistrictContext,
    group: GradeGroup,
    number: int,
    home: Household,
    key: str,
    row: Record,
    left: date | None = None,
) -> Student:
    school, role_entries = group.school, group.roles
    stream = context.seed.stream(key)
    sex = _SEXES.draw(stream)
    given_names = names.given_names(stream, sex, spanish=home.spanish and stream.chance(0.6))
    given = given_names.draw(stream)
    # The first student stays all year, so that every class of a tiny district has a student to grade.
    moves = number > 0 and left is None
    joined = _joined(context, stream.random()) if stream.chance(0.02) and moves else None
    leaves = _leaves(context, stream.random()) if stream.chance(0.01) and moves else left
    is_full_year = joined is None and leaves is None
    if not is_full_year:
        role_entries = roles("student", (school.sourced_id,), joined, leaves)
    identifier = f"{_FIRST_NUMBER + number}"
    username = f"{names.fold(given)[0]}{names.fold(home.family_name)}{identifier}"
    if stream.chance(0.2):
        row["metadata"] = stream.pick(_BUS_ROUTES)
    row["userMasterIdentifier"] = f"{context.district.host}:{identifier}"
    row["username"] = username
    row["userIds"] = [{"type": "SIS", "identifier": identifier}]
    row["enabledUser"] = stream.chance(0.995)
    row["givenName"] = given
    row["familyName"] = home.family_name
    fill_other_names(row, stream, given_names, 0.6)
    if stream.chance(0.01):
        row["preferredLastName"] = names.family_name(stream, spanish=home.spanish)
    fill_pronouns(row, stream, sex)
    fill_roles(row, context, stream, LEARNER, role_entries)
    _fill_contact(row, context, stream, group, home)
    return Student(number, key, row["sourcedId"], school, group.grade, home, sex, joined, leaves, is_full_year, row)


def _fill_contact(row: Record, context: DistrictContext, stream: Stream, group: GradeGroup, home: Household) -> None:
    """Set the members from ``primaryOrg`` on, in the order of the standard."""
    district = context.district
    row["primaryOrg"] = group.school.sourced_id
    row["identifier"] = row["userIds"][0]["identifier"]
    row["email"] = f"{row['username']}@students.{district.host}"
    if group.grade >= _FIRST_WITH_PHONES and stream.chance(0.3):
        row["sms"] = stream.pick(district.phones)
    if stream.chance(0.3):
        row["phone"] = stream.pick(district.phones)
    row["agents"] = home.agents
    row["grades"] = group.grades
    if group.grade <= _PICTURE_LOGINS and stream.chance(0.4):
        row["password"] = stream.pick(_PASSWORDS)
    if group.resources:
        row["resources"] = group.resources


def _joined(context: DistrictContext, share: float) -> date:
    start = context.this_year.whole.start
    return start + timedelta(days=int(share * (context.today - start).days))


def _leaves(context: DistrictContext, share: float) -> date:
    end = context.this_year.whole.end
    return end - timedelta(days=int(share * ((end - context.today).days - 1)))
