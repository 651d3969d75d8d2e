"""Academic sessions: copy those of a school year into the next one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from mockroster.roster.record import Record
from mockroster.timeline.occasion import Occasion
from mockroster.timeline.population import Population, is_active

_YEAR = re.compile(r"\b(?:19|20|21)\d\d\b")


def next_year(day: str) -> str:
    """Return the same day of the next year."""
    parsed = date.fromisoformat(day)
    is_leap_day = (parsed.month, parsed.day) == (2, 29)
    return parsed.replace(year=parsed.year + 1, day=28 if is_leap_day else parsed.day).isoformat()


def year_of_terms(population: Population, terms: Iterable[str]) -> list[Record]:
    """Return all sessions of the school years that terms belong to, in order of their dates."""
    roots: dict[str, Record] = {}
    for term in terms:
        session = population.get("academicSessions", term)
        seen: set[str] = set()
        while session is not None and session["sourcedId"] not in seen:
            seen.add(session["sourcedId"])
            above = population.get("academicSessions", session.get("parent", ""))
            if above is None or not is_active(above):
                roots[session["sourcedId"]] = session
                break
            session = above
    found = dict(roots)
    pending = [*roots]
    while pending:
        for child in population.active("academicSessions", "parent", pending.pop()):
            if child["sourcedId"] not in found:
                found[child["sourcedId"]] = child
                pending.append(child["sourcedId"])
    return sorted(found.values(), key=lambda each: (each["startDate"], each["sourcedId"]))


def copy_sessions(occasion: Occasion, sessions: Iterable[Record]) -> dict[str, Record]:
    """Add the sessions of the next year that do not exist, and return the next one by the sourcedId of each."""
    known = {
        (session["type"], session["startDate"], session["endDate"]): session
        for session in occasion.population.overlay.tables["academicSessions"]
        if is_active(session)
    }
    following: dict[str, Record] = {}
    new: list[Record] = []
    for session in sessions:
        dates = next_year(session["startDate"]), next_year(session["endDate"])
        copy = known.get((session["type"], *dates))
        if copy is None:
            members = {name: value for name, value in session.items() if name not in _OWN}
            members |= {"title": _advance(session["title"]), "startDate": dates[0], "endDate": dates[1]}
            if "schoolYear" in session:
                members["schoolYear"] = _advance(session["schoolYear"])
            copy = occasion.new("academicSessions", members)
            new.append(session)
        following[session["sourcedId"]] = copy
    for session in new:
        following[session["sourcedId"]] = _with_relatives(session, following)
        occasion.draft.put("academicSessions", following[session["sourcedId"]])
    return following


_OWN = frozenset({"sourcedId", "status", "dateLastModified", "parent", "children"})


def _with_relatives(session: Record, following: Mapping[str, Record]) -> Record:
    copy = Record(following[session["sourcedId"]])
    if session.get("parent") in following:
        copy["parent"] = following[session["parent"]]["sourcedId"]
    children = [following[child]["sourcedId"] for child in session.get("children", ()) if child in following]
    if children:
        copy["children"] = children
    return copy


def _advance(text: str) -> str:
    """Return a title with each year in it advanced by one."""
    return _YEAR.sub(lambda found: str(int(found[0]) + 1), text)
