"""Enrollments: put a person into a class, and take one out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockroster.roster.record import Record
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.population import STUDENT


def enroll(
    occasion: Occasion, user: str, class_: Record, role: str = STUDENT, *, primary: bool = False, position: str = ""
) -> Record:
    """Add an enrollment that begins today, or with the class, and return it."""
    begin, end = occasion.population.window(class_) or ("", "")
    dates = max(begin, occasion.today) if begin else "", end
    metadata = {"position": position} if position else None
    return enroll_within(occasion, dates, user, class_, {"role": role, "primary": primary, "metadata": metadata})


def enroll_within(
    occasion: Occasion, dates: tuple[str, str], user: str, class_: Record, values: Mapping[str, Any]
) -> Record:
    """Add an enrollment with a first day and the day after the last, and return it."""
    begin, end = dates
    members = {
        "metadata": values.get("metadata"),
        "user": user,
        "class": class_["sourcedId"],
        "school": class_["school"],
        "role": values["role"],
        "primary": values.get("primary", False),
        "beginDate": begin,
        "endDate": end,
    }
    return occasion.draft.put("enrollments", occasion.new("enrollments", members))


def withdraw(occasion: Occasion, enrollment: Record) -> None:
    """Delete an enrollment of a student, and the student's results in the class."""
    occasion.draft.retire("enrollments", enrollment["sourcedId"])
    results = occasion.population.active("results", "student", enrollment["user"])
    of_class = [result["sourcedId"] for result in results if _class_of(occasion, result) == enrollment["class"]]
    occasion.draft.retire("results", *of_class)


def take_seats(occasion: Occasion, student: str, timetable: list[Record]) -> None:
    """Enroll a student in the classes of a timetable."""
    for class_ in timetable:
        enroll(occasion, student, class_)


def _class_of(occasion: Occasion, result: Record) -> str:
    if "class" in result:
        return str(result["class"])
    item = occasion.population.get("lineItems", result["lineItem"])
    return str(item["class"]) if item else ""
