"""Checks of orgs, sessions and classes: the frame that people are put into."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from mockroster.loading.checks.suspicion import Check, Told, active, cited, in_order, sound
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record, SpoiltRecord
from mockroster.roster.store import Named


def _cycle(collection: str, overlay: Overlay, record: Record) -> Iterator[Told]:
    table = overlay.tables[collection]
    seen = [record["sourcedId"]]
    above = table.get(record.get("parent", ""))
    while above is not None and above["sourcedId"] not in seen:
        seen.append(above["sourcedId"])
        above = table.get(above.get("parent", ""))
    if above is not None and above["sourcedId"] == record["sourcedId"]:
        yield "parent", f"leads back to the record itself: {' -> '.join([*seen, seen[0]][:10])}"


def _children(collection: str, overlay: Overlay, record: Record) -> Iterator[Told]:
    for number, name in enumerate(record.get("children", ())):
        child = sound(overlay, collection, name)
        if child is not None and child.get("parent") != record["sourcedId"]:
            there = f"has {child['parent']!r}" if "parent" in child else "has none"
            yield f"children[{number}]", f"{name!r} does not have this record as its parent: it {there}"


def _outside_parent(overlay: Overlay, session: Record) -> Iterator[Told]:
    above = sound(overlay, "academicSessions", session.get("parent"))
    if above is None:
        return
    start, end = above["startDate"], above["endDate"]
    for member in ("startDate", "endDate"):
        if not start <= session[member] <= end:
            yield (
                member,
                f"{session[member]} is outside of the parent, {cited(above)}, which lasts from {start} to {end}",
            )


def _not_a_school(overlay: Overlay, class_: Record) -> Iterator[Told]:
    org = sound(overlay, "orgs", class_["school"])
    if org is not None and org["type"] != "school":
        yield "school", f"{cited(org)} is not a school but of type {org['type']!r}"


def _enrolled(overlay: Overlay, class_: Record) -> list[Record]:
    return active(overlay.tables["enrollments"].having(Named("class"), class_["sourcedId"]))


def _no_teacher(overlay: Overlay, class_: Record) -> Iterator[Told]:
    if not any(one.get("role") == "teacher" or isinstance(one, SpoiltRecord) for one in _enrolled(overlay, class_)):
        yield "", f"no teacher is enrolled in the class {cited(class_)}"


def _primary_teachers(overlay: Overlay, class_: Record) -> Iterator[Told]:
    teachers = (one for one in _enrolled(overlay, class_) if one.get("role") == "teacher" and "user" in one)
    primary = [one for one in teachers if one.get("primary") is True]
    primary.sort(key=lambda one: str(one.get("beginDate", "")))
    for first, second in pairwise(primary):
        if first["user"] != second["user"] and second.get("beginDate", "") < first.get("endDate", "~"):
            users = f"{first['user']!r} and {second['user']!r}"
            yield "", f"the class {cited(class_)} has two primary teachers at a time, {users}: one of them should be"


CHECKS = (
    Check(
        "org-cycle",
        "orgs",
        "error",
        "An org is its own parent, or that of one of its parents.",
        partial(_cycle, "orgs"),
    ),
    Check(
        "session-cycle",
        "academicSessions",
        "error",
        "A session is its own parent, or that of one of its parents.",
        partial(_cycle, "academicSessions"),
    ),
    Check(
        "session-backwards",
        "academicSessions",
        "error",
        "A session ends before it starts, or on that day.",
        in_order("academicSessions"),
    ),
    Check(
        "org-children",
        "orgs",
        "warning",
        "An org has a child that names another parent, or none.",
        partial(_children, "orgs"),
    ),
    Check(
        "session-children",
        "academicSessions",
        "warning",
        "A session has a child that names another parent, or none.",
        partial(_children, "academicSessions"),
    ),
    Check(
        "session-outside-parent",
        "academicSessions",
        "warning",
        "A session starts before its parent, or ends after it.",
        _outside_parent,
    ),
    Check("class-school", "classes", "warning", "The school of a class is an org of another type.", _not_a_school),
    Check("class-without-teacher", "classes", "warning", "No teacher is enrolled in a class.", _no_teacher),
    Check(
        "two-primary-teachers",
        "classes",
        "violation",
        "Two teachers of a class are primary at the same time.",
        _primary_teachers,
    ),
)
"""In the order in which the docs list them."""
