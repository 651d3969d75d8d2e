"""Checks of the codes of grades, which spreadsheets shorten: ``9`` for ``09``."""

from __future__ import annotations

from collections.abc import Iterator

from mockroster.loading.checks.suspicion import Check, Told
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record

CODES = ("IT", "PR", "PK", "TK", "KG", *(f"{number:02}" for number in range(1, 14)), "PS", "UG", "Other")
"""The codes of the Common Education Data Standards, which OneRoster recommends."""

_MEANT = {code.lstrip("0").casefold(): code for code in CODES}


def _shortened(_overlay: Overlay, record: Record) -> Iterator[Told]:
    for number, grade in enumerate(record.get("grades", ())):
        meant = _MEANT.get(grade.strip().lstrip("0").casefold())
        if meant is not None and grade != meant:
            yield f"grades[{number}]", f"{grade!r} is no code of a grade; did you mean {meant!r}?"


CHECKS = tuple(
    Check(
        f"{collection}-grade",
        collection,
        "warning",
        f"A grade of a {single} is written otherwise than its code: `9` for `09`.",
        _shortened,
    )
    for collection, single in (("courses", "course"), ("classes", "class"), ("users", "user"))
)
"""In the order in which the docs list them."""
