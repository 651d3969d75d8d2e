"""Scenarios that change what the sandbox shows."""

from __future__ import annotations

from dataclasses import dataclass

from mockroster.roster.record import Record
from mockroster.scenarios.base import DataScenario, Tables
from mockroster.scenarios.chance import Chance


@dataclass(frozen=True)
class EmptySchool(DataScenario):
    """One school has no students, classes or enrollments, and stands beside full ones.

    Source: a school that is not yet rolled over; rows 119 and 54 of the quirks table.
    """

    name = "empty-school"

    def change(self, tables: Tables, chance: Chance) -> Tables:
        """Leave out what belongs to the last school."""
        schools = [org["sourcedId"] for org in tables["orgs"] if org["type"] == "school"]
        if not schools:
            return {}
        empty = schools[-1]
        classes = [one for one in tables["classes"] if one["school"] != empty]
        kept = {one["sourcedId"] for one in classes}
        line_items = [one for one in tables["lineItems"] if one["class"] in kept]
        columns = {one["sourcedId"] for one in line_items}
        students = {one["sourcedId"] for one in tables["users"] if one.get("primaryOrg") == empty and is_student(one)}
        return {
            "classes": classes,
            "enrollments": [one for one in tables["enrollments"] if one["class"] in kept],
            "lineItems": line_items,
            "results": [one for one in tables["results"] if one["lineItem"] in columns],
            "scoreScales": [one for one in tables["scoreScales"] if one["class"] in kept],
            "users": [one for one in tables["users"] if one["sourcedId"] not in students],
            "demographics": [one for one in tables["demographics"] if one["sourcedId"] not in students],
        }


def is_student(user: Record) -> bool:
    """Tell whether a user is a student anywhere."""
    return any(role["role"] == "student" for role in user.get("roles", ()))
