"""Checks of users, demographics and enrollments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mockroster.loading.checks.suspicion import Both, Check, Told, active, cited, in_order, sound
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import Named
from mockroster.spec.vocabularies import ROLE

_CLASS_AND_USER = Both("class", "user")


def _username(overlay: Overlay, user: Record) -> Iterator[Told]:
    name = user.get("username")
    if name is None:
        return
    others = active(overlay.tables["users"].having(Named("username"), name))
    if others and others[0] is not user:
        yield "username", f"{name!r} is the username of {cited(others[0])} too"


def _primary_roles(_overlay: Overlay, user: Record) -> Iterator[Told]:
    primary = Counter(role["org"] for role in user["roles"] if role["roleType"] == "primary")
    for org in dict.fromkeys(role["org"] for role in user["roles"]):
        if primary[org] != 1:
            yield "roles", f"there are {primary[org] or 'no'} primary roles in the org {org!r}: it should be one"


def _resources(overlay: Overlay, user: Record) -> Iterator[Told]:
    for number, name in enumerate(user.get("resources", ())):
        resource = sound(overlay, "resources", name)
        wanted = resource.get("roles", ()) if resource else ()
        if wanted and not any(role["role"] in wanted or _as_1p1(role["role"]) in wanted for role in user["roles"]):
            yield f"resources[{number}]", f"{name!r} is for {', '.join(wanted)}, and the user is none of these"


def _as_1p1(role: str) -> str:
    """Return the word that 1.1, and with it every resource, has for the role of a user."""
    return role if role in ROLE or role.startswith("ext:") else "administrator"


def _primary_org(_overlay: Overlay, user: Record) -> Iterator[Told]:
    home = user.get("primaryOrg")
    if home is not None and all(role["org"] != home for role in user["roles"]):
        yield "primaryOrg", f"the user has no role in {home!r}"


def _agents(overlay: Overlay, user: Record) -> Iterator[Told]:
    for number, name in enumerate(user.get("agents", ())):
        agent = sound(overlay, "users", name)
        if agent is not None and user["sourcedId"] not in agent.get("agents", ()):
            yield f"agents[{number}]", f"{name!r} does not have {cited(user)} among its agents"


def _no_user(overlay: Overlay, demographics: Record) -> Iterator[Told]:
    if overlay.tables["users"].get(demographics["sourcedId"]) is None:
        yield (
            "sourcedId",
            f"there is no user with the sourcedId {cited(demographics)}, whose demographics these would be",
        )


def _other_school(overlay: Overlay, enrollment: Record) -> Iterator[Told]:
    class_ = sound(overlay, "classes", enrollment["class"])
    if class_ is not None and class_["school"] != enrollment["school"]:
        yield "school", f"{enrollment['school']!r} is not the school of the class, {class_['school']!r}"


def _outside_terms(overlay: Overlay, enrollment: Record) -> Iterator[Told]:
    class_ = sound(overlay, "classes", enrollment["class"])
    terms = [sound(overlay, "academicSessions", name) for name in class_["terms"]] if class_ else []
    found = [term for term in terms if term]
    if not found or len(found) < len(terms):
        return
    start, end = min(term["startDate"] for term in found), max(term["endDate"] for term in found)
    for member in ("beginDate", "endDate"):
        if member in enrollment and not start <= enrollment[member] <= end:
            yield member, f"{enrollment[member]} is outside of the terms of the class, from {start} to {end}"


def _primary_student(_overlay: Overlay, enrollment: Record) -> Iterator[Told]:
    if enrollment.get("primary") is True and enrollment["role"] != "teacher":
        yield "primary", f"is for teachers only, and the role is {enrollment['role']!r}"


def _role(overlay: Overlay, enrollment: Record) -> Iterator[Told]:
    user, role = sound(overlay, "users", enrollment["user"]), enrollment["role"]
    if user is None or role not in {"student", "teacher"}:
        return
    roles = list(dict.fromkeys(one["role"] for one in user["roles"]))
    if role not in roles and (role == "student" or roles == ["student"]):
        yield "role", f"{role!r} is none of the roles of the user {cited(user)}: {', '.join(roles)}"


def _twice(overlay: Overlay, enrollment: Record) -> Iterator[Told]:
    pair = _CLASS_AND_USER.read(enrollment)
    others = overlay.tables["enrollments"].having(_CLASS_AND_USER, pair)
    if len(others) == 1:
        return
    for other in active(others):
        if other is enrollment:
            return
        if other.get("role") == enrollment.get("role") and _overlap(other, enrollment):
            yield "", f"the user {pair[1]!r} is enrolled in the class {pair[0]!r} already, by {cited(other)}"
            return


def _overlap(one: Record, other: Record) -> bool:
    """Tell whether two enrollments are at the same time, as far as they say."""
    return bool(
        one.get("beginDate", "") < other.get("endDate", "~") and other.get("beginDate", "") < one.get("endDate", "~")
    )


CHECKS = (
    Check("username-twice", "users", "warning", "Two users have the same username.", _username),
    Check(
        "primary-roles", "users", "violation", "A user has no primary role in an org, or more than one.", _primary_roles
    ),
    Check("role-backwards", "users", "error", "A role of a user ends before it begins.", in_order("users")),
    Check(
        "resource-for-others",
        "users",
        "warning",
        "A user has a resource that is for other roles.",
        _resources,
    ),
    Check("primary-org", "users", "warning", "A user has no role in the org that is the primary one.", _primary_org),
    Check("agents-not-mutual", "users", "warning", "A user is not an agent of one of their agents.", _agents),
    Check("demographics-without-user", "demographics", "error", "Demographics are those of no user.", _no_user),
    Check(
        "enrollment-school",
        "enrollments",
        "warning",
        "An enrollment is in another school than its class.",
        _other_school,
    ),
    Check(
        "enrollment-outside-terms",
        "enrollments",
        "warning",
        "An enrollment begins before the terms of its class, or ends after them.",
        _outside_terms,
    ),
    Check(
        "enrollment-backwards",
        "enrollments",
        "error",
        "An enrollment ends before it begins.",
        in_order("enrollments"),
    ),
    Check(
        "enrollment-primary",
        "enrollments",
        "violation",
        "An enrollment is primary that is not one of a teacher.",
        _primary_student,
    ),
    Check(
        "enrollment-role",
        "enrollments",
        "warning",
        "A student in a class is not a student, or a teacher in it is nothing but a student.",
        _role,
    ),
    Check("enrolled-twice", "enrollments", "warning", "A user is in a class twice, in the same role and time.", _twice),
)
"""In the order in which the docs list them."""
