"""Suspicious records that are valid by themselves: each check has its message, and none fires without a reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW
from fixture_sets import good, loaded, row

from mockroster.fixtures.check import CHECKS, run_checks
from mockroster.fixtures.read.assembly import assemble
from mockroster.fixtures.read.load import read
from mockroster.roster.overlay import Overlay
from mockroster.roster.store import Roster

FAULTY = Path(__file__).parents[1] / "fixtures" / "faulty"
PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "check-fixture-files.md"

Document = dict[str, list[dict[str, Any]]]
Spoil = Callable[[Document], None]


def change(sourced_id: str, **members: Any) -> Spoil:
    """Return what changes members of a record."""
    return lambda document: row(document, sourced_id).update(members)


def add(collection: str, like: str, **members: Any) -> Spoil:
    """Return what adds a record like another one."""
    return lambda document: document[collection].append({**row(document, like), **members})


def both(*spoils: Spoil) -> Spoil:
    """Return what does one after the other."""

    def spoil(document: Document) -> None:
        for one in spoils:
            one(document)

    return spoil


PRIMARY = {"roleType": "primary", "role": "teacher", "org": "o1"}

CASES: list[tuple[str, Spoil, str]] = [
    (
        "org-cycle",
        both(change("d1", parent="o1", children=["o1"]), change("o2", parent=None)),
        "orgs[0].parent: leads back to the record itself: d1 -> o1 -> d1",
    ),
    (
        "session-cycle",
        change("y1", parent="y1"),
        "academicSessions[0].parent: leads back to the record itself: y1 -> y1",
    ),
    (
        "session-backwards",
        change("g1", endDate="2025-08-01"),
        "academicSessions[2].endDate: 2025-08-01 is not after the startDate, 2025-08-01",
    ),
    (
        "org-children",
        change("o2", parent="o1"),
        "orgs[0].children[1]: 'o2' does not have this record as its parent: it has 'o1'",
    ),
    (
        "session-children",
        change("t1", parent=None),
        "academicSessions[0].children[0]: 't1' does not have this record as its parent: it has none",
    ),
    (
        "session-outside-parent",
        change("g1", startDate="2025-07-31"),
        "academicSessions[2].startDate: 2025-07-31 is outside of the parent, 't1', "
        "which lasts from 2025-08-01 to 2026-01-31",
    ),
    (
        "class-school",
        change("k1", school="d1"),
        "classes[0].school: 'd1' is not a school but of type 'district'",
    ),
    (
        "class-without-teacher",
        change("e2", status="tobedeleted"),
        "classes[0]: no teacher is enrolled in the class 'k1'",
    ),
    (
        "two-primary-teachers",
        add("enrollments", "e2", sourcedId="e3", user="u3"),
        "classes[0]: the class 'k1' has two primary teachers at a time, 'u2' and 'u3': one of them should be",
    ),
    (
        "courses-grade",
        change("c1", grades=["09", "9"]),
        "courses[0].grades[1]: '9' is no code of a grade; did you mean '09'?",
    ),
    (
        "classes-grade",
        change("k1", grades=["kg"]),
        "classes[0].grades[0]: 'kg' is no code of a grade; did you mean 'KG'?",
    ),
    (
        "users-grade",
        change("u1", grades=["009"]),
        "users[0].grades[0]: '009' is no code of a grade; did you mean '09'?",
    ),
    ("username-twice", change("u3", username="ann"), "users[2].username: 'ann' is the username of 'u1' too"),
    (
        "primary-roles",
        change("u2", roles=[PRIMARY, {**PRIMARY, "role": "aide"}]),
        "users[1].roles: there are 2 primary roles in the org 'o1': it should be one",
    ),
    (
        "role-backwards",
        change("u2", roles=[{**PRIMARY, "beginDate": "2025-08-02", "endDate": "2025-08-01"}]),
        "users[1].roles[0].endDate: 2025-08-01 is before the beginDate, 2025-08-02",
    ),
    (
        "resource-for-others",
        change("u2", resources=["r1"]),
        "users[1].resources[0]: 'r1' is for student, and the user is none of these",
    ),
    ("primary-org", change("u2", primaryOrg="d1"), "users[1].primaryOrg: the user has no role in 'd1'"),
    (
        "agents-not-mutual",
        change("u3", agents=["u2", "u1"]),
        "users[2].agents[0]: 'u2' does not have 'u3' among its agents",
    ),
    (
        "demographics-without-user",
        lambda document: document["demographics"][0].update(sourcedId="u9"),
        "demographics[0].sourcedId: there is no user with the sourcedId 'u9', whose demographics these would be",
    ),
    (
        "enrollment-school",
        change("e1", school="o2"),
        "enrollments[0].school: 'o2' is not the school of the class, 'o1'",
    ),
    (
        "enrollment-outside-terms",
        change("e1", endDate="2026-02-01"),
        "enrollments[0].endDate: 2026-02-01 is outside of the terms of the class, from 2025-08-01 to 2026-01-31",
    ),
    (
        "enrollment-backwards",
        change("e1", endDate="2025-08-09"),
        "enrollments[0].endDate: 2025-08-09 is before the beginDate, 2025-08-10",
    ),
    (
        "enrollment-primary",
        change("e1", primary=True),
        "enrollments[0].primary: is for teachers only, and the role is 'student'",
    ),
    (
        "enrollment-role",
        change("e2", role="student", primary=None),
        "enrollments[1].role: 'student' is none of the roles of the user 'u2': teacher",
    ),
    (
        "enrolled-twice",
        add("enrollments", "e1", sourcedId="e3"),
        "enrollments[2]: the user 'u1' is enrolled in the class 'k1' already, by 'e1'",
    ),
    (
        "due-before-assigned",
        change("l1", dueDate="2025-08-31"),
        "lineItems[0].dueDate: 2025-08-31T00:00:00.000Z is before the assignDate, 2025-09-01T08:00:00.000Z",
    ),
    (
        "due-outside-period",
        change("l1", gradingPeriod="g1", dueDate="2025-12-01"),
        "lineItems[0].dueDate: 2025-12-01 is outside of the gradingPeriod, 'g1', "
        "which lasts from 2025-08-01 to 2025-11-01",
    ),
    (
        "no-grading-period",
        change("l1", gradingPeriod="t1"),
        "lineItems[0].gradingPeriod: 't1' is not a gradingPeriod but of type 'term'",
    ),
    (
        "bounds-backwards",
        change("l1", resultValueMin=200),
        "lineItems[0].resultValueMax: 100 is less than resultValueMin, 200",
    ),
    ("score-out-of-bounds", change("x1", score=-1), "results[0].score: -1 is less than the least, 0, that 'l1' gives"),
    (
        "result-not-enrolled",
        change("x1", student="u3"),
        "results[0].student: 'u3' is not enrolled in the class of the line item, 'k1'",
    ),
    (
        "test-bounds-backwards",
        change("a1", resultValueMin=50),
        "assessmentLineItems[0].resultValueMax: 40 is less than resultValueMin, 50",
    ),
    (
        "test-score-out-of-bounds",
        change("b1", score=41),
        "assessmentResults[0].score: 41 is more than the most, 40, that 'a1' gives",
    ),
]


def found(document: Document) -> dict[str, tuple[str, str]]:
    """Return the messages about a document, with severity and place."""
    return {
        str(fault).partition(": ")[2]: (fault.severity, f"{fault.file}:{fault.line}")
        for fault in loaded(document).faults
    }


@pytest.mark.parametrize(("name", "spoil", "message"), CASES, ids=[case[0] for case in CASES])
def test_check(name: str, spoil: Spoil, message: str) -> None:
    """Each check tells what it has found in these words, with its place, as error or warning."""
    document = good()
    spoil(document)
    severity = next(check.severity for check in CHECKS if check.name == name)
    number = message.partition("[")[2].partition("]")[0]

    faults = found(document)

    assert faults[message] == (severity, f"demo.yaml:{int(number) + 1}")


def test_every_check_has_a_case() -> None:
    """The cases are those of the table, in its order."""
    assert [case[0] for case in CASES] == [check.name for check in CHECKS]


@pytest.mark.parametrize("spoil", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_deleted_records_are_passed_over(spoil: Spoil) -> None:
    """Of records that are tobedeleted nothing is suspicious."""
    document = good()
    spoil(document)
    for rows in document.values():
        for record in rows:
            record["status"] = "tobedeleted"

    assert found(document) == {}


def test_times_that_follow_each_other_are_no_fault() -> None:
    """One primary teacher after another, or a student who comes back, is as it should be."""
    document = good()
    row(document, "e1")["endDate"] = "2025-10-01"
    row(document, "e2")["endDate"] = "2025-10-01"
    add("enrollments", "e1", sourcedId="e3", beginDate="2025-11-01", endDate="2025-12-01")(document)
    add("enrollments", "e2", sourcedId="e4", user="u3", beginDate="2025-10-01", endDate="2026-01-31")(document)

    assert found(document) == {}


def test_what_follows_from_another_fault_is_not_told() -> None:
    """Checks skip a record that is faulty by itself."""
    document = good()
    row(document, "t1")["endDate"] = "whenever"
    row(document, "e2")["role"] = "pupil"
    row(document, "l1")["resultValueMax"] = "ten"

    assert [message.partition(":")[0] for message in found(document)] == [
        "lineItems[0].resultValueMax",
        "academicSessions[1].endDate",
        "enrollments[1].role",
    ]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_the_faulty_sets_have_one_of_each(check: Any) -> None:
    """Every check finds something in the sets that are faulty on purpose."""
    names = set()
    for name in ("relations.yaml", "gradebook.json"):
        records = assemble([read(str(FAULTY / name), 10**7)], NOW).records
        names |= {one.check for one in run_checks(Overlay(Roster.of(records)))}

    assert check.name in names


def test_the_docs_list_every_check() -> None:
    """The page of checks has each of them, in the order of the table, with how bad it is."""
    words = {"error": "error", "violation": "warning; error with `--strict`", "warning": "warning"}
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]

    assert lines == [f"| `{check.collection}` | {check.sentence} | {words[check.severity]} |" for check in CHECKS]
