"""The session of a line item: its own where it names one, and what each version shows of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from csv_sets import bundle
from fixture_sets import found, read_from, said

from mockroster.roster.convert import shaped

SESSIONS = {
    "y": ("schoolYear", "2025-08-01", "2026-08-01", ""),
    "t1": ("term", "2025-08-01", "2026-01-01", "y"),
    "t2": ("term", "2026-01-01", "2026-08-01", "y"),
    "g1": ("gradingPeriod", "2025-08-01", "2025-11-01", "t1"),
    "g2": ("gradingPeriod", "2025-11-01", "2026-01-01", "t1"),
}
"""Type, start, end and parent of each session by its sourcedId. ``t2`` has no grading periods."""


def line_item(folder: Path, terms: str, own: str, due: str) -> dict[str, Any]:
    """Return the only line item of a CSV bundle, whose class has these terms."""
    rows = (f"{name},,,{name},{type_},{start},{end},{up},2026" for name, (type_, start, end, up) in SESSIONS.items())
    path = bundle(
        folder / "set",
        "1.2",
        "bulk",
        {
            "academicSessions": "\n".join(rows),
            "orgs": "o,,,North,school,,",
            "courses": "c,,,,Algebra,,,o,,",
            "classes": f'k,,,Algebra 1,,c,,scheduled,,o,"{terms}",,,',
            "categories": "h,,,Homework,",
            "lineItems": f"l,,,Fractions,,2025-08-01,{due},k,h,{own},,,o",
        },
    )
    assert [line for line in said(path) if "warning" not in line] == []
    return found(read_from(path), "lineItems", "l")


@pytest.mark.parametrize(
    ("terms", "own", "due", "period"),
    [
        ("y", "g1", "2025-09-01", "g1"),
        ("t2", "g1", "2025-09-01", "g1"),
        ("t1", "g2", "2025-09-01", "g2"),
        ("t1", "t1", "2025-09-01", "g1"),
        ("t1,t2", "t1", "2026-03-01", "g2"),
        ("t2", "y", "2025-12-01", "g2"),
        ("y", "y", "2025-10-31", "g1"),
        ("y", "y", "2025-11-01", "g2"),
        ("y", "y", "2025-08-01", "g1"),
        ("y", "y", "2026-01-01", "g2"),
    ],
)
def test_the_grading_period_follows_from_the_own_session(
    tmp_path: Path, terms: str, own: str, due: str, period: str
) -> None:
    """A grading period named by a line item is its grading period; any other session is searched for one."""
    item = line_item(tmp_path, terms, own, due)

    assert (item["academicSession"], item["gradingPeriod"]) == (own, period)


@pytest.mark.parametrize("terms", ["y", "t1", "t2", "t1,t2"])
def test_a_session_without_grading_periods(tmp_path: Path, terms: str) -> None:
    """1.2 shows no grading period where the session has none, though the class may; 1.1 shows the session."""
    item = line_item(tmp_path, terms, "t2", "2025-09-01")

    assert "gradingPeriod" not in item
    assert shaped("v1p1", "lineItems", item)["gradingPeriod"] == "t2"  # type: ignore[arg-type]
    assert "gradingPeriod" not in shaped("v1p2", "lineItems", item)  # type: ignore[arg-type]
