"""The page of the numbers of records in a district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mockroster.roster.record import Record, Records
from pages.districts import MEASURED_ON, SEED
from pages.markdown import NOTE, code, table


def page(districts: Mapping[int, Records]) -> str:
    """Return the page of the numbers of records in districts of several sizes."""
    collections = next(iter(districts.values()))
    head = ("Records", *(f"{size:,} students" for size in districts))
    rows = [[code(kind), *(f"{len(district[kind]):,}" for district in districts.values())] for kind in collections]
    rows.append(["all together", *(f"{sum(map(len, district.values())):,}" for district in districts.values())])
    rows.append(["of them `tobedeleted`", *(f"{_tombstones(district):,}" for district in districts.values())])
    schools = [["schools", *(str(_count(district["orgs"], "type", "school")) for district in districts.values())]]
    roles = ("student", "teacher", "parent", "guardian", "relative", "aide", "proctor")
    people = [
        [f"users who are {role}", *(f"{_roles(district, role):,}" for district in districts.values())] for role in roles
    ]
    return (
        f"{NOTE}# Counts\n\n"
        f"Counted in the districts of seed {SEED} on {MEASURED_ON.date()} (`--now {MEASURED_ON.date()}`).\n"
        "Another day changes a few of these numbers a little: enrollments, and what is due and so has results.\n\n"
        + table(head, rows)
        + "\n"
        + table(head, schools + people)
    )


def _tombstones(district: Records) -> int:
    return sum(_count(rows, "status", "tobedeleted") for rows in district.values())


def _count(rows: Sequence[Record], member: str, value: str) -> int:
    return sum(row[member] == value for row in rows)


def _roles(district: Records, role: str) -> int:
    return sum(any(entry["role"] == role for entry in user["roles"]) for user in district["users"])
