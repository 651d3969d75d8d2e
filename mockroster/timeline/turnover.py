"""Teachers who leave or change schools in summer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mockroster.roster.record import Record
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.people import new_staff
from mockroster.timeline.population import TEACHER, grade_of, is_active, role_of, school_of


def turn_over(occasion: Occasion, classes: Sequence[Record], leaving: float, moving: float) -> Mapping[str, str]:
    """Replace a share of the teachers of classes, let others change schools, and return the successors by sourcedId.

    Two teachers who change schools take over each other's classes; their schools have a grade in common.
    """
    grades: dict[str, set[str]] = {}
    teachers: dict[str, Record] = {}
    for class_ in classes:
        grades.setdefault(class_["school"], set()).add(grade_of(class_))
        for seat in occasion.population.members(class_["sourcedId"], TEACHER):
            user = occasion.population.get("users", seat["user"])
            if user is not None and is_active(user) and role_of(user) == TEACHER:
                teachers[seat["user"]] = user
    stream = occasion.stream_of("turnover")
    successors: dict[str, str] = {}
    waiting: list[Record] = []
    for name in sorted(teachers):
        draw = stream.random()
        if draw < leaving:
            successors[name] = new_staff(occasion, teachers[name], f"successor/{name}")["sourcedId"]
            occasion.draft.retire("users", name)
        elif draw < leaving + moving:
            other = next((candidate for candidate in waiting if _may_swap(candidate, teachers[name], grades)), None)
            if other is None:
                waiting.append(teachers[name])
            else:
                waiting.remove(other)
                _swap(occasion, other, teachers[name])
                successors |= {name: other["sourcedId"], other["sourcedId"]: name}
    return successors


def _may_swap(one: Record, other: Record, grades: Mapping[str, set[str]]) -> bool:
    first, second = school_of(one), school_of(other)
    return first != second and bool(grades.get(first, set()) & grades.get(second, set()))


def _swap(occasion: Occasion, one: Record, other: Record) -> None:
    for user, model in ((one, other), (other, one)):
        roles = [{name: role[name] for name in ("roleType", "role", "org")} for role in model["roles"]]
        profile = user["roles"][0].get("userProfile")
        if profile is not None:
            roles[0] = {**roles[0], "userProfile": profile}
        occasion.draft.change("users", user["sourcedId"], roles=roles, primaryOrg=model.get("primaryOrg"))
