"""Default values for the members that a write may leave out, computed from existing records.

A client of one version does not know the required members of the other, and some clients of 1.1 send line items
without category or grading period. So this table serves both versions (``docs/reference/writes.md`` shows it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import Named

Default = Callable[[Overlay, Record], Any]
"""Returns the default value for a member of a record, or ``None`` if there is none."""


def _class_of(overlay: Overlay, line_item: Record) -> Record:
    return overlay.tables["classes"].get(line_item.get("class", "")) or Record()


def _school(overlay: Overlay, line_item: Record) -> Any:
    """Return the school of the class."""
    return _class_of(overlay, line_item).get("school")


def _category(overlay: Overlay, line_item: Record) -> Any:
    """Return the first category that the class uses, or else the first of all."""
    known = overlay.tables["categories"]
    of_class = (
        other["category"]
        for other in overlay.tables["lineItems"].having(Named("class"), line_item.get("class"))
        if known.get(other.get("category", ""))
    )
    return next(of_class, None) or next((category["sourcedId"] for category in known), None)


def _grading_period(overlay: Overlay, line_item: Record) -> Any:
    """Return the grading period that holds the due date, or else the last: of its own academicSession, or of the class.

    A line item that names an academicSession keeps to it: to the session itself where that is a grading period, and
    otherwise to the periods in it, if there are any.
    """
    own = line_item.get("academicSession")
    terms = _class_of(overlay, line_item).get("terms", ())
    of_class = [
        session
        for session in overlay.tables["academicSessions"].having(Named("type"), "gradingPeriod")
        if session.get("parent") in terms or session["sourcedId"] in terms
    ]
    if own is None:
        return _due_in(of_class, line_item)
    within = _periods_of(overlay, own)
    return _due_in([session for session in of_class if session in within] or within, line_item)


def _periods_of(overlay: Overlay, sourced_id: str) -> list[Record]:
    """Return the grading periods that a session holds, at any depth; one that is a grading period holds itself."""
    table = overlay.tables["academicSessions"]
    session = table.get(sourced_id)
    if session is None or session.get("type") == "gradingPeriod":
        return [] if session is None else [session]
    found: dict[str, Record] = {}
    pending = [sourced_id]
    while pending:
        inner = {child["sourcedId"]: child for child in table.having(Named("parent"), pending.pop())}
        pending += [name for name in inner if name not in found]
        found |= inner
    return [child for child in found.values() if child.get("type") == "gradingPeriod"]


def _due_in(sessions: Iterable[Record], line_item: Record) -> str | None:
    """Return the session in which a line item is due, or else the last one; nothing where there is none."""
    due = line_item.get("dueDate", "")[:10]
    periods = sorted(
        (session["startDate"], session["endDate"], session["sourcedId"])
        for session in sessions
        if {"startDate", "endDate"} <= session.keys()  # an invalid record may lack them
    )
    holding = (name for start, end, name in periods if start <= due < end)
    return next(holding, None) or (periods[-1][2] if periods else None)


def _zero(_overlay: Overlay, _line_item: Record) -> Any:
    """Return 0."""
    return 0


def _hundred(_overlay: Overlay, _line_item: Record) -> Any:
    """Return 100."""
    return 100


def _sourced_id(_overlay: Overlay, record: Record) -> Any:
    """Return the sourcedId."""
    return record["sourcedId"]


def _course(overlay: Overlay, score_scale: Record) -> Any:
    """Return the course of the class."""
    return _class_of(overlay, score_scale).get("course")


def _district(overlay: Overlay, _course: Record) -> Any:
    """Return the first district, or else the first org."""
    orgs = overlay.tables["orgs"]
    first = next(iter(orgs.having(Named("type"), "district") or orgs), None)
    return first and first["sourcedId"]


def _class_of_line_item(overlay: Overlay, result: Record) -> Any:
    """Return the class of the line item."""
    line_item = overlay.tables["lineItems"].get(result.get("lineItem", ""))
    return line_item and line_item.get("class")


FILLERS: Mapping[str, Mapping[str, Default]] = {
    "lineItems": {
        "school": _school,
        "category": _category,
        "gradingPeriod": _grading_period,
        "resultValueMin": _zero,
        "resultValueMax": _hundred,
    },
    "results": {"class": _class_of_line_item},
    "scoreScales": {"course": _course},
    "orgs": {"identifier": _sourced_id},
    "courses": {"courseCode": _sourced_id, "org": _district},
}
"""The defaults of members by collection."""


AGREED: Mapping[str, tuple[str, ...]] = {"lineItems": ("school",), "results": ("class",)}
"""The members, by collection, for which the default is the only valid value."""


def filled(overlay: Overlay, collection: str, record: Record) -> Record:
    """Return the record with the defaults of its missing members."""
    values = {
        member: value
        for member, default in FILLERS.get(collection, {}).items()
        if member not in record and (value := default(overlay, record)) is not None
    }
    return Record(record | values) if values else record
