"""The page of how many records a district has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mockroster.roster.record import Record, Records
from pages.districts import MEASURED_ON, SEED
from pages.markdown import NOTE, code, table


def page(made: Mapping[int, Records]) -> str:
    """Return the page of how many records a district has."""
    first = next(iter(made.values()))
    head = ("Records", *(f"{size:,} students" for size in made))
    rows = [[code(kind), *(f"{len(one[kind]):,}" for one in made.values())] for kind in first]
    rows.append(["all together", *(f"{sum(map(len, one.values())):,}" for one in made.values())])
    rows.append(["of them `tobedeleted`", *(f"{_gone(one):,}" for one in made.values())])
    schools = [["schools", *(str(_count(one["orgs"], "type", "school")) for one in made.values())]]
    roles = ("student", "teacher", "parent", "guardian", "relative", "aide", "proctor")
    people = [[f"users who are {role}", *(f"{_roles(one, role):,}" for one in made.values())] for role in roles]
    return (
        f"{NOTE}# Counts\n\n"
        f"Counted in the districts of seed {SEED} on {MEASURED_ON.date()} (`--now {MEASURED_ON.date()}`).\n"
        "Another day changes a few of these numbers a little: enrollments, and what is due and so has results.\n\n"
        + table(head, rows)
        + "\n"
        + table(head, schools + people)
    )


def _gone(made: Records) -> int:
    return sum(_count(rows, "status", "tobedeleted") for rows in made.values())


def _count(rows: Sequence[Record], member: str, value: str) -> int:
    return sum(row[member] == value for row in rows)


def _roles(made: Records, role: str) -> int:
    return sum(any(one["role"] == role for one in user["roles"]) for user in made["users"])
