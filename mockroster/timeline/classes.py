"""Classes: copy one, and find a teacher for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mockroster.roster.record import Record
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.people import new_staff
from mockroster.timeline.population import TEACHER, first_fitting, grade_of, rotated
from mockroster.timeline.seats import enroll

HOMEROOM = "homeroom"
TEACHER_OF_RECORD = "teacher of record"
CO_TEACHER = "co-teacher"

_NUMBER = re.compile(r"(\d+)(?!.*\d)")


def is_homeroom(class_: Record) -> bool:
    """Return whether a class is a homeroom."""
    return class_.get("classType") == HOMEROOM


def copy_class(occasion: Occasion, class_: Record, members: dict[str, object]) -> Record:
    """Add a class like another one, with a score scale of its own if that has one, and return it."""
    copy = occasion.new("classes", {name: value for name, value in class_.items() if name not in _HEAD} | members)
    occasion.draft.put("classes", copy)
    for scale in occasion.population.active("scoreScales", "class", class_["sourcedId"]):
        values = {name: value for name, value in scale.items() if name not in _HEAD}
        own = {"class": copy["sourcedId"], "course": copy["course"]}
        occasion.draft.put("scoreScales", occasion.new("scoreScales", values | own))
    return copy


_HEAD = frozenset({"sourcedId", "status", "dateLastModified"})


def next_section(occasion: Occasion, class_: Record) -> dict[str, object]:
    """Return title and code of a further section of the course of a class."""
    siblings = occasion.population.active("classes", "course", class_["course"])
    members: dict[str, object] = {}
    for name in ("title", "classCode"):
        text = class_.get(name)
        if text is not None:
            numbers = [int(match[1]) for sibling in siblings if (match := _NUMBER.search(str(sibling.get(name, ""))))]
            members[name] = _numbered(str(text), max(numbers, default=1) + 1)
    return members


def _numbered(text: str, number: int) -> str:
    """Return a text with another number in place of its last one, of the same width."""
    match = _NUMBER.search(text)
    if match is None:
        return f"{text} {number}"
    return f"{text[: match.start()]}{number:0{len(match[1])}d}{text[match.end() :]}"


def assign_teacher(occasion: Occasion, class_: Record, model: Record | None) -> None:
    """Enroll a free teacher of the school as the primary teacher of a class, or hire one like ``model``."""
    periods = frozenset(class_.get("periods", ()))
    teacher = free_staff(occasion, class_["school"], TEACHER, periods) if periods else None
    if teacher is None and model is not None:
        teacher = new_staff(occasion, model, "teacher")
    if teacher is not None:
        enroll(occasion, teacher["sourcedId"], class_, TEACHER, primary=True, position=TEACHER_OF_RECORD)


def free_staff(occasion: Occasion, school: str, role: str, periods: frozenset[str]) -> Record | None:
    """Return a member of the staff of a school without a class in some periods, or ``None``."""
    staff = rotated(occasion.population.staff(school, role), occasion.stream)
    return first_fitting(staff, lambda one: not periods & occasion.population.periods(one["sourcedId"]))


def primary_teacher(occasion: Occasion, class_: str) -> Record | None:
    """Return the primary teacher of a class, or another of its teachers, or ``None`` if it has none."""
    seats = occasion.population.members(class_, TEACHER)
    seats.sort(key=lambda seat: seat.get("primary") is not True)
    return occasion.population.get("users", seats[0]["user"]) if seats else None


def candidate_classes(occasion: Occasion, sourced_id: str) -> list[Record]:
    """Return the class that a tester aims at, or else the current classes of a few random students."""
    if sourced_id:
        return [occasion.find("classes", sourced_id)]
    found: dict[str, Record] = {}
    for student in occasion.population.students(occasion.stream):
        for class_ in rotated(occasion.population.timetable(student["sourcedId"]), occasion.stream):
            found[class_["sourcedId"]] = class_
        if len(found) >= _CANDIDATES:
            break
    return [*found.values()]


_CANDIDATES = 40


def alternatives(occasion: Occasion, class_: Record, taken: Sequence[Record]) -> list[Record]:
    """Return other classes of the grade and school in the same periods that a student could take in its place."""
    names = {other["sourcedId"] for other in taken}
    periods = class_.get("periods")
    found = occasion.population.classes_at(class_["school"], grade_of(class_))
    return [other for other in found if other["sourcedId"] not in names and other.get("periods") == periods]
