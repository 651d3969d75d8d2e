"""The staff of a district: administrators, counselors, aides, proctors, and the teachers with their posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from mockroster.district import names
from mockroster.district.context import DistrictContext
from mockroster.district.profiles import OFFICE, STAFF, fill_roles
from mockroster.district.schools import School, department_key
from mockroster.district.streams import Stream
from mockroster.district.teaching import Post, Teaching
from mockroster.district.timetable import Section
from mockroster.district.users import fill_other_names, fill_pronouns, roles, secondary
from mockroster.roster.record import Record

_FIRST_NUMBER = 1001
_OF_TEACHERS = 25
# The second role by position within each group of 25 teachers; the second teacher of a district is the first of these.
_SECOND_ROLES = {1: "counselor"}
_PROCTORING = frozenset({"counselor", "principal"})
_ON_RECORD = 0.3
_LONGEST = 12
_CERTIFICATES = [{"certificate": name} for name in ("initial", "professional", "permanent")]


class StaffMember(NamedTuple):
    """A staff member other than a teacher; ``school`` is ``None`` in the district office."""

    key: str
    sourced_id: str
    role: str
    school: School | None


def non_teachers(context: DistrictContext) -> list[StaffMember]:
    """Return all staff but the teachers: administrators first, then aides, then proctors."""
    schools = context.district.schools
    elementary = [school for school in schools if not school.level.secondary] or schools[:1]
    secondary = [school for school in schools if school.level.secondary] or schools[:1]
    found = [_member(context, role, None) for role in ("districtAdministrator", "systemAdministrator")]
    for school in schools:
        found += [_member(context, role, school) for role in ("principal", "counselor")]
    found += [_member(context, "siteAdministrator", school) for school in secondary if len(school.cohorts) > 2]
    found += [_member(context, "aide", school) for school in elementary]
    found += [_member(context, "proctor", school) for school in secondary]
    return found


def _member(context: DistrictContext, role: str, school: School | None) -> StaffMember:
    key = f"{role}/{school.key}" if school else role
    return StaffMember(key, context.seed.sourced_id(key), role, school)


def class_roles(
    members: Iterable[StaffMember], sections: Sequence[Section]
) -> dict[str, list[tuple[StaffMember, str]]]:
    """Return the staff other than teachers who are enrolled in a class, with their roles, by the class's sourcedId."""
    first: dict[str, Section] = {}
    for section in sections:
        first.setdefault(section.course.school.key, section)
    found: dict[str, list[tuple[StaffMember, str]]] = {}
    for member in members:
        role = {"principal": "administrator", "proctor": "proctor"}.get(member.role)
        if role and member.school:
            found.setdefault(first[member.school.key].sourced_id, []).append((member, role))
    return found


def staff_rows(
    context: DistrictContext, found: Sequence[StaffMember], teaching: Teaching, resources: Mapping[str, Sequence[str]]
) -> list[Record]:
    """Return the user records of the staff: administrators, teachers, aides, proctors.

    ``resources`` are the resources of staff in a class, by role.
    """
    numbered = [(member, _FIRST_NUMBER + place) for place, member in enumerate(found)]
    office = [pair for pair in numbered if pair[0].role not in {"aide", "proctor"}]
    others = [pair for pair in numbered if pair[0].role in {"aide", "proctor"}]
    rows = [_member_row(context, member, number, resources) for member, number in office]
    first = _FIRST_NUMBER + len(found)
    rows += [_teacher_row(context, post, first + post.number, resources["teacher"]) for post in teaching.posts]
    return rows + [_member_row(context, member, number, resources) for member, number in others]


def _member_row(
    context: DistrictContext, member: StaffMember, number: int, resources: Mapping[str, Sequence[str]]
) -> Record:
    org = member.school.sourced_id if member.school else context.district.sourced_id
    role_entries = roles(member.role, (org,))
    if member.role in _PROCTORING:
        role_entries = [*role_entries, secondary("proctor", org)]
    return _staff_row(context, member.key, number, role_entries, resources.get(member.role, ()))


def _teacher_row(context: DistrictContext, post: Post, number: int, resources: Sequence[str]) -> Record:
    orgs = tuple(school.sourced_id for school in post.schools)
    if post.department:
        orgs += (context.seed.sourced_id(department_key(post.schools[0], post.department)),)
    role_entries = roles("teacher", orgs)
    if second := _SECOND_ROLES.get(post.number % _OF_TEACHERS):
        role_entries = [*role_entries, secondary(second, orgs[0])]
    return _staff_row(context, post.key, number, role_entries, resources)


def _staff_row(
    context: DistrictContext, key: str, number: int, role_entries: list[dict[str, str]], resources: Sequence[str]
) -> Record:
    stream = context.seed.stream(key)
    sex = stream.pick(("female", "female", "female", "male"))
    spanish = stream.chance(0.15)
    given_names = names.given_names(stream, sex, spanish=spanish)
    given = given_names.draw(stream)
    family = names.family_name(stream, spanish=spanish)
    username = f"{names.fold(given)}.{names.fold(family)}{number}"
    district = context.district
    org = role_entries[0]["org"]
    row = context.seed.row(key)
    if stream.chance(0.3):
        row["metadata"] = stream.pick(_CERTIFICATES)
    row["userMasterIdentifier"] = f"{district.host}:E{number}"
    row["username"] = username
    # No comma and no quote: a list in CSV cannot express them.
    row["userIds"] = [{"type": "LDAP", "identifier": username}]
    row["enabledUser"] = True
    row["givenName"] = given
    row["familyName"] = family
    fill_other_names(row, stream, given_names, 0.4)
    fill_pronouns(row, stream, sex)
    kind = OFFICE if org == district.sourced_id else STAFF
    fill_roles(row, context, stream, kind, _dated(context, stream, role_entries))
    row["primaryOrg"] = org
    row["identifier"] = f"E{number}"
    row["email"] = f"{username}@{district.host}"
    if stream.chance(0.2):
        row["sms"] = stream.pick(district.phones)
    if stream.chance(0.9):
        row["phone"] = stream.pick(district.phones)
    if resources:
        row["resources"] = resources
    return row


def _dated(context: DistrictContext, stream: Stream, role_entries: list[dict[str, str]]) -> list[dict[str, str]]:
    # Only some staff records have the begin date of their role.
    if not stream.chance(_ON_RECORD):
        return role_entries
    begin = date(context.this_year.start - stream.below(_LONGEST), 8, 1).isoformat()
    return [{**role, "beginDate": begin} for role in role_entries]
