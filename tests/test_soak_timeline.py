"""A slice of ``make soak-timeline``."""

from __future__ import annotations

import pytest
from soak import timeline


@pytest.fixture
def report() -> timeline.Report:
    """Return a report without faults."""
    return timeline.Report()


def test_entries_and_exits_are_those_of_the_plan(report: timeline.Report) -> None:
    """In 180 school days of 3,000 students both are within 10 % of the plan."""
    timeline.rates(report, 3000)

    assert report.faults == []


def test_the_grades_hold_over_two_years(report: timeline.Report) -> None:
    """After each rollover the grades have about the same size, and no enrollment of last year is active."""
    timeline.years(report, 260, 2)

    assert report.faults == []


def test_a_wrong_fact_is_a_fault(report: timeline.Report, capsys: pytest.CaptureFixture[str]) -> None:
    """A violation is printed and recorded."""
    report.expect("two and two are five", holds=False)

    assert report.faults == ["two and two are five"]
    assert "WRONG two and two are five" in capsys.readouterr().out
