"""Checks of line items, results and assessments."""

from __future__ import annotations

from collections.abc import Iterator

from mockroster.loading.checks.suspicion import Both, Check, Told, cited, in_order, sound
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record

_CLASS_AND_USER = Both("class", "user")
_ENDLESS = float("inf")


def _due_early(_overlay: Overlay, item: Record) -> Iterator[Told]:
    assigned, due = item["assignDate"], item["dueDate"]
    if due < assigned:
        yield "dueDate", f"{due} is before the assignDate, {assigned}"


def _outside_period(overlay: Overlay, item: Record) -> Iterator[Told]:
    period, due = sound(overlay, "academicSessions", item.get("gradingPeriod")), item["dueDate"][:10]
    if period is not None and not period["startDate"] <= due <= period["endDate"]:
        lasts = f"which lasts from {period['startDate']} to {period['endDate']}"
        yield "dueDate", f"{due} is outside of the gradingPeriod, {cited(period)}, {lasts}"


def _no_period(overlay: Overlay, item: Record) -> Iterator[Told]:
    session = sound(overlay, "academicSessions", item.get("gradingPeriod"))
    if session is not None and session["type"] != "gradingPeriod":
        yield "gradingPeriod", f"{cited(session)} is not a gradingPeriod but of type {session['type']!r}"


def _score(overlay: Overlay, result: Record) -> Iterator[Told]:
    return _beyond(sound(overlay, "lineItems", result["lineItem"]), result)


def _test_score(overlay: Overlay, result: Record) -> Iterator[Told]:
    return _beyond(sound(overlay, "assessmentLineItems", result["assessmentLineItem"]), result)


def _beyond(item: Record | None, result: Record) -> Iterator[Told]:
    score = result.get("score")
    if item is None or score is None:
        return
    least, most = _least_and_most(item)
    if not least <= score <= most:
        bound = f"less than the least, {least}," if score < least else f"more than the most, {most},"
        yield "score", f"{score} is {bound} that {cited(item)} gives"


def _least_and_most(item: Record) -> tuple[float, float]:
    return item.get("resultValueMin", -_ENDLESS), item.get("resultValueMax", _ENDLESS)


def _not_enrolled(overlay: Overlay, result: Record) -> Iterator[Told]:
    item = sound(overlay, "lineItems", result["lineItem"])
    pair = (item["class"] if item else None), result["student"]
    if item and not overlay.tables["enrollments"].having(_CLASS_AND_USER, pair):
        yield "student", f"{pair[1]!r} is not enrolled in the class of the line item, {pair[0]!r}"


CHECKS = (
    Check("due-before-assigned", "lineItems", "warning", "A line item is due before it is assigned.", _due_early),
    Check(
        "due-outside-period",
        "lineItems",
        "warning",
        "A line item is due outside of its grading period.",
        _outside_period,
    ),
    Check(
        "no-grading-period",
        "lineItems",
        "warning",
        "The grading period of a line item is a session of another type.",
        _no_period,
    ),
    Check(
        "bounds-backwards",
        "lineItems",
        "error",
        "The most that a line item gives is less than the least.",
        in_order("lineItems"),
    ),
    Check("score-out-of-bounds", "results", "warning", "A score is more than its line item gives, or less.", _score),
    Check(
        "result-not-enrolled",
        "results",
        "warning",
        "A result is that of a student who is not in the class of the line item.",
        _not_enrolled,
    ),
    Check(
        "test-bounds-backwards",
        "assessmentLineItems",
        "error",
        "The most that an assessment gives is less than the least.",
        in_order("assessmentLineItems"),
    ),
    Check(
        "test-score-out-of-bounds",
        "assessmentResults",
        "warning",
        "A score is more than its assessment gives, or less.",
        _test_score,
    ),
)
"""In the order in which the docs list them."""
