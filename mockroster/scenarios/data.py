"""Scenarios in which something is missing or deleted, or its dates are wrong."""

from __future__ import annotations

import re
from calendar import isleap
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mockroster.clock import timestamp
from mockroster.roster.record import Record
from mockroster.scenarios.base import DataScenario, Tables, parameter
from mockroster.scenarios.people import FAMILY, is_student
from mockroster.scenarios.rng import Chance
from mockroster.scenarios.rows import changed, made_up, picked, removed, some, spoilt, without


@dataclass(frozen=True)
class EmptySchool(DataScenario):
    """One school has no students, classes or enrollments, and stands beside full ones; its teachers are there.

    Source: a school that is not yet rolled over; rows 119 and 54 of the quirks table.
    """

    name = "empty-school"

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Leave out what belongs to the last school, and the families whose children were all there."""
        empty = _last_school(tables)
        if empty is None:
            return {}
        users = tables["users"]
        students = {one["sourcedId"] for one in users if is_student(one) and _only_at(one, empty)}
        families = {
            one["sourcedId"]
            for one in users
            if {role.get("role") for role in one.get("roles", ())} <= FAMILY
            and students.issuperset(one.get("agents", "-"))
        }
        left = removed(
            tables,
            {
                "classes": {one["sourcedId"] for one in tables["classes"] if one["school"] == empty},
                "enrollments": {one["sourcedId"] for one in tables["enrollments"] if one["school"] == empty},
                "users": students | families,
            },
        )
        kept = left.get("users", users)
        moved = [_not_studying_at(one, empty) if is_student(one) else one for one in kept]
        return left | ({"users": moved} if moved != users else {})


def _last_school(tables: Tables) -> str | None:
    """Return the last active school that has classes, or else the last school."""
    schools = [org for org in tables["orgs"] if org["type"] == "school"]
    full = {one["school"] for one in tables["classes"]}
    best = [org for org in schools if org["status"] == "active" and org["sourcedId"] in full] or schools
    return best[-1]["sourcedId"] if best else None


def _only_at(user: Record, school: str) -> bool:
    return all(role.get("org") == school for role in user["roles"])


def _not_studying_at(user: Record, school: str) -> Record:
    """Return a student of several schools as one who does not go to this one."""
    roles = [role for role in user["roles"] if (role.get("role"), role.get("org")) != ("student", school)]
    if len(roles) == len(user["roles"]):
        return user
    elsewhere = changed(user, {"roles": roles})
    return without(elsewhere, "primaryOrg") if user.get("primaryOrg") == school else elsewhere


@dataclass(frozen=True)
class EmptyDistrict(DataScenario):
    """There are orgs and academic sessions and nothing else: every other collection is empty.

    Source: a district that is not yet rolled over; row 119 of the quirks table.
    """

    name = "empty-district"

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Empty the others."""
        kept = {"orgs", "academicSessions"}
        return {collection: [] for collection, records in tables.items() if records and collection not in kept}


@dataclass(frozen=True)
class DeletedStatus(DataScenario):
    """A share of every collection is `tobedeleted`, and all that is says that it became so within the last days.

    Source: row 122 of the quirks table.
    """

    name = "deleted-status"
    share: float = parameter(0.2, "share of each collection that is tobedeleted; at least one record", least=0, most=1)
    days: int = parameter(7, "over how many days before today dateLastModified is spread", least=1, most=36_500)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Delete as many as are wanting to the share, and give those that were deleted before dates of late."""
        different: dict[str, list[Record]] = {}
        if not self.share:
            return different
        earliest = timestamp(today - timedelta(days=self.days))
        for collection, records in tables.items():
            active = [one["sourcedId"] for one in records if one["status"] == "active"]
            wanted = max(round(self.share * len(records)), 1) if records else 0
            chosen = some(active, max(wanted - (len(records) - len(active)), 0), chance)
            shown = [
                self._deleted(one, chance, today)
                if one["sourcedId"] in chosen or (one["status"] == "tobedeleted" and one["dateLastModified"] < earliest)
                else one
                for one in records
            ]
            if any(one is not other for one, other in zip(shown, records, strict=True)):
                different[collection] = shown
        return different

    def _deleted(self, record: Record, chance: Chance, today: datetime) -> Record:
        moment = today - timedelta(days=self.days * chance.of(f"{record['sourcedId']} deleted"))
        return changed(record, {"status": "tobedeleted", "dateLastModified": timestamp(moment)})


@dataclass(frozen=True)
class NeverDeleted(DataScenario):
    """A record that is deleted is never sent as `tobedeleted`: it is just not there any more.

    Source: row 122 of the quirks table.
    """

    name = "never-deleted"

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Leave the deleted records out, and what cannot be without them."""
        return removed(
            tables,
            {
                collection: {one["sourcedId"] for one in records if one["status"] == "tobedeleted"}
                for collection, records in tables.items()
            },
        )


@dataclass(frozen=True)
class FutureTerms(DataScenario):
    """The terms of the current classes lie in the future, as before a rollover: no class has begun or has results.

    Source: row 119 of the quirks table.
    """

    name = "future-terms"

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Move the current classes, with the sessions that belong to theirs, by whole years."""
        day = today.date().isoformat()
        moved = _sessions_of_now(tables, day)
        sessions = [one for one in tables["academicSessions"] if one["sourcedId"] in moved]
        years = _years_until_after(min((one["startDate"] for one in sessions), default=""), day)
        if not years:
            return {}
        classes = {one["sourcedId"] for one in tables["classes"] if not moved.isdisjoint(one.get("terms", ()))}
        columns = {one["sourcedId"] for one in tables["lineItems"] if one["class"] in classes}
        return {
            "academicSessions": [
                _next(one, years) if one["sourcedId"] in moved else one for one in tables["academicSessions"]
            ],
            "enrollments": [
                _later(one, years, "beginDate", "endDate") if one["class"] in classes else one
                for one in tables["enrollments"]
            ],
            "lineItems": [
                _later(one, years, "assignDate", "dueDate") if one["class"] in classes else one
                for one in tables["lineItems"]
            ],
            "results": [one for one in tables["results"] if one["lineItem"] not in columns],
        }


def _sessions_of_now(tables: Tables, day: str) -> set[str]:
    """Return the terms of every class that is not over, and all sessions above, below and beside them."""
    near: dict[str, set[str]] = defaultdict(set)
    ends = {}
    for session in tables["academicSessions"]:
        ends[session["sourcedId"]] = session["endDate"]
        for other in (*session.get("children", ()), *filter(None, [session.get("parent")])):
            near[session["sourcedId"]].add(other)
            near[other].add(session["sourcedId"])
    open_ = {name for name, end in ends.items() if end > day}
    found: set[str] = set()
    ahead = [name for one in tables["classes"] if not open_.isdisjoint(one.get("terms", ())) for name in one["terms"]]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += near[name]
    return found


def _years_until_after(start: str, day: str) -> int:
    """Return by how many years a date has to move to lie after a day."""
    if not start or start > day:
        return 0
    years = int(day[:4]) - int(start[:4])
    return years if _shifted(start, years) > day else years + 1


def _shifted(text: str, years: int) -> str:
    """Return a date or timestamp as many years later; 29 February becomes the 28th where there is none."""
    year, rest = int(text[:4]) + years, text[4:]
    return f"{year:04d}{'-02-28' + rest[6:] if rest.startswith('-02-29') and not isleap(year) else rest}"


def _later(record: Record, years: int, *names: str) -> Record:
    return changed(record, {name: _shifted(record[name], years) for name in names if name in record})


def _next(session: Record, years: int) -> Record:
    """Return a session as many years later, in its name too."""
    title = re.sub(r"\b20\d\d\b", lambda year: str(int(year[0]) + years), session["title"])
    members = {"title": title, "schoolYear": f"{int(session['schoolYear']) + years:04d}"}
    return changed(_later(session, years, "startDate", "endDate"), members)


@dataclass(frozen=True)
class StaleDates(DataScenario):
    """No `dateLastModified` is younger than so many days, whatever has changed since: a delta misses every change.

    Source: row 91 of the quirks table, which calls it an idea.
    """

    name = "stale-dates"
    days: int = parameter(365, "days before today that the youngest dateLastModified lies", least=1, most=36_500)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Put younger dates back."""
        different: Mapping[str, list[Record]] = {
            collection: [self.restamp(one, today) for one in records] for collection, records in tables.items()
        }
        return {collection: records for collection, records in different.items() if records != tables[collection]}

    def restamp(self, record: Record, today: datetime) -> Record:
        """Put a younger date back, also that of a write."""
        youngest = timestamp(today - timedelta(days=self.days))
        return changed(record, {"dateLastModified": youngest}) if record["dateLastModified"] > youngest else record


@dataclass(frozen=True)
class ClassWithoutTerm(DataScenario):
    """A share of the classes has no terms, or terms that do not exist, or the semesters or years above its terms.

    Source: row 118 of the quirks table.
    """

    name = "class-without-term"
    terms: str = parameter("missing", "what stands in place of the terms", words=("missing", "unknown", "other-kind"))
    share: float = parameter(0.2, "share of the classes; at least one", least=0, most=1)

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Take the terms of some classes, or give them others."""
        chosen = picked(tables["classes"], self.share, chance)
        parents = {one["sourcedId"]: one["parent"] for one in tables["academicSessions"] if "parent" in one}
        classes = [self._without(one, parents) if one["sourcedId"] in chosen else one for one in tables["classes"]]
        return {"classes": classes} if chosen else {}

    def _without(self, class_: Record, parents: Mapping[str, str]) -> Record:
        terms = class_.get("terms", ())
        if self.terms == "missing":
            return spoilt(class_, {}, lacking=("terms",))
        if self.terms == "unknown":
            return changed(class_, {"terms": [made_up("term", class_["sourcedId"])]})
        return changed(class_, {"terms": list(dict.fromkeys(parents.get(name, name) for name in terms))})


@dataclass(frozen=True)
class NoClassCode(DataScenario):
    """Classes have neither a class code nor periods, or both are there and empty.

    Source: row 126 of the quirks table.
    """

    name = "no-class-code"
    how: str = parameter("missing", "whether the members are missing or empty", words=("missing", "empty"))

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Take code and periods of every class."""
        classes = tables["classes"]
        if self.how == "missing":
            return {"classes": [without(one, "classCode", "periods") for one in classes]} if classes else {}
        return {"classes": [spoilt(one, {"classCode": "", "periods": []}) for one in classes]} if classes else {}


@dataclass(frozen=True)
class CourseOrg(DataScenario):
    """Courses belong to the district, which all schools share, or to no org at all.

    Source: row 128 of the quirks table.
    """

    name = "course-org"
    org: str = parameter("district", "to what the courses belong", words=("district", "none"))

    def change(self, tables: Tables, chance: Chance, today: datetime) -> Tables:
        """Take the courses out of the schools."""
        district = next((one["sourcedId"] for one in tables["orgs"] if one["type"] == "district"), None)
        courses = tables["courses"]
        if self.org == "none":
            return {"courses": [spoilt(one, {}, lacking=("org",)) for one in courses]} if courses else {}
        return {"courses": [changed(one, {"org": district}) for one in courses]} if courses and district else {}
