"""Scenarios about classes, their courses and terms."""

from __future__ import annotations

import re
from calendar import isleap
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mockroster.roster.record import Record
from mockroster.scenarios.base import DataScenario, Tables, parameter
from mockroster.scenarios.rng import Rng
from mockroster.scenarios.rows import (
    invalid,
    pick_share,
    replace_chosen,
    unknown_id,
    with_members,
    without_members,
)


@dataclass(frozen=True)
class ClassWithoutTerm(DataScenario):
    """A share of the classes has no terms, unknown terms, or the parents (semesters, years) of its terms.

    Source: row 118 of the quirks table.
    """

    name = "class-without-term"
    terms: str = parameter("missing", "what replaces the terms", words=("missing", "unknown", "other-kind"))
    share: float = parameter(0.2, "share of the classes; at least one", least=0, most=1)

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Remove or replace the terms of the picked classes."""
        chosen = pick_share(tables["classes"], self.share, rng)
        parents = {record["sourcedId"]: record["parent"] for record in tables["academicSessions"] if "parent" in record}
        classes = replace_chosen(tables["classes"], chosen, lambda class_: self._replace_terms(class_, parents))
        return {"classes": classes} if chosen else {}

    def _replace_terms(self, class_: Record, parents: Mapping[str, str]) -> Record:
        terms = class_.get("terms", ())
        if self.terms == "missing":
            return invalid(class_, {}, lacking=("terms",))
        if self.terms == "unknown":
            return with_members(class_, {"terms": [unknown_id("term", class_["sourcedId"])]})
        return with_members(class_, {"terms": list(dict.fromkeys(parents.get(name, name) for name in terms))})


@dataclass(frozen=True)
class NoClassCode(DataScenario):
    """Classes have no class code and no periods, or empty ones.

    Source: row 126 of the quirks table.
    """

    name = "no-class-code"
    how: str = parameter("missing", "whether the members are missing or empty", words=("missing", "empty"))

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Remove or empty class code and periods of every class."""
        classes = tables["classes"]
        if self.how == "missing":
            changed = [without_members(class_, "classCode", "periods") for class_ in classes]
        else:
            changed = [invalid(class_, {"classCode": "", "periods": []}) for class_ in classes]
        return {"classes": changed} if changed else {}


@dataclass(frozen=True)
class CourseOrg(DataScenario):
    """Courses belong to the district, or to no org at all, instead of to a school.

    Source: row 128 of the quirks table.
    """

    name = "course-org"
    org: str = parameter("district", "org of the courses", words=("district", "none"))

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Replace or remove the org of every course."""
        district = next((record["sourcedId"] for record in tables["orgs"] if record["type"] == "district"), None)
        courses = tables["courses"]
        if self.org == "none":
            return {"courses": [invalid(course, {}, lacking=("org",)) for course in courses]} if courses else {}
        if district is None:
            return {}
        return {"courses": [with_members(course, {"org": district}) for course in courses]} if courses else {}


@dataclass(frozen=True)
class FutureTerms(DataScenario):
    """The terms of the current classes are in the future, as before a rollover. No class has started or has results.

    Source: row 119 of the quirks table.
    """

    name = "future-terms"

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Move the current classes and their academic sessions by whole years."""
        day = today.date().isoformat()
        moved = _current_sessions(tables, day)
        sessions = [record for record in tables["academicSessions"] if record["sourcedId"] in moved]
        years = _years_until_after(min((record["startDate"] for record in sessions), default=""), day)
        if not years:
            return {}
        classes = {record["sourcedId"] for record in tables["classes"] if not moved.isdisjoint(record.get("terms", ()))}
        line_items = {record["sourcedId"] for record in tables["lineItems"] if record["class"] in classes}
        return {
            "academicSessions": replace_chosen(
                tables["academicSessions"], moved, lambda session: _move_session(session, years)
            ),
            "enrollments": [
                _move_dates(enrollment, years, "beginDate", "endDate") if enrollment["class"] in classes else enrollment
                for enrollment in tables["enrollments"]
            ],
            "lineItems": [
                _move_dates(line_item, years, "assignDate", "dueDate") if line_item["class"] in classes else line_item
                for line_item in tables["lineItems"]
            ],
            "results": [result for result in tables["results"] if result["lineItem"] not in line_items],
        }


def _current_sessions(tables: Tables, day: str) -> set[str]:
    """Return the terms of every class that has not ended, with all related sessions."""
    related: dict[str, set[str]] = defaultdict(set)
    ends = {}
    for session in tables["academicSessions"]:
        ends[session["sourcedId"]] = session["endDate"]
        for other in (*session.get("children", ()), *filter(None, [session.get("parent")])):
            related[session["sourcedId"]].add(other)
            related[other].add(session["sourcedId"])
    open_ = {name for name, end in ends.items() if end > day}
    sessions: set[str] = set()
    pending = [
        name
        for record in tables["classes"]
        if not open_.isdisjoint(record.get("terms", ()))
        for name in record["terms"]
    ]
    while pending:
        name = pending.pop()
        if name not in sessions:
            sessions.add(name)
            pending += related[name]
    return sessions


def _years_until_after(start: str, day: str) -> int:
    """Return the number of years by which to move a date so that it is after ``day``."""
    if not start or start > day:
        return 0
    years = int(day[:4]) - int(start[:4])
    return years if _move_date(start, years) > day else years + 1


def _move_date(text: str, years: int) -> str:
    """Return a date or timestamp moved by years. 29 February becomes the 28th in other than leap years."""
    year, rest = int(text[:4]) + years, text[4:]
    return f"{year:04d}{'-02-28' + rest[6:] if rest.startswith('-02-29') and not isleap(year) else rest}"


def _move_dates(record: Record, years: int, *names: str) -> Record:
    return with_members(record, {name: _move_date(record[name], years) for name in names if name in record})


def _move_session(session: Record, years: int) -> Record:
    """Return a session moved by years, with the years in its title."""
    title = re.sub(r"\b20\d\d\b", lambda year: str(int(year[0]) + years), session["title"])
    members = {"title": title, "schoolYear": f"{int(session['schoolYear']) + years:04d}"}
    return with_members(_move_dates(session, years, "startDate", "endDate"), members)


@dataclass(frozen=True)
class OddPeriods(DataScenario):
    """Classes have unusual periods: two of them, the same one twice, or several in one string (``1,2``).

    Source: row 125 of the quirks table.
    """

    name = "odd-periods"
    style: str = parameter("several", "the periods", words=("several", "repeated", "merged"))

    def change(self, tables: Tables, rng: Rng, today: datetime) -> Tables:
        """Replace the periods of every class."""
        classes = tables["classes"]
        return {"classes": [with_members(class_, {"periods": self._periods(class_)}) for class_ in classes]}

    def _periods(self, class_: Record) -> list[str]:
        first = next(iter(class_.get("periods", ())), "1")
        second = str(int(first) + 1) if first.isdecimal() else f"{first}-2"
        return {"several": [first, second], "repeated": [first, first], "merged": [f"{first},{second}"]}[self.style]
