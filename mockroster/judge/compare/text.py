"""Write a comparison as text: a table of the collections, then the first differences with both values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from mockroster.judge.compare.result import CAUSES, KINDS, Difference, Result

_VALUE = 80
"""The most characters of a value in a line."""


def lines(result: Result, most: int) -> Iterator[str]:
    """Yield the lines for a person, with at most ``most`` differences of each kind in a collection."""
    yield f"left:  {result.left}"
    yield f"right: {result.right}"
    for name in result.not_compared:
        yield f"{name}: not compared, because a side is in a form that has no place for them"
    yield from fault_lines(result)
    if result.is_equal:
        count = sum(compared.left for compared in result.collections.values())
        yield f"equal: no difference in {count:,} records"
        return
    yield ""
    yield from table(result)
    yield ""
    yield from difference_lines(result, most)


def fault_lines(result: Result) -> Iterator[str]:
    """Yield the faults in the files, which did not stop the comparison."""
    for side, faults in result.faults.items():
        yield from (f"fault on the {side}: {fault}" for fault in faults)


def table(result: Result) -> Iterator[str]:
    """Yield a table of the counts, with a row for each collection."""
    rows = [*counts(result)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *others = zip(row, widths, strict=True)
        yield "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])


def counts(result: Result) -> Iterator[Sequence[str]]:
    """Yield the rows of a table of counts; causes that no difference has are left out."""
    columns = (*KINDS, *(cause for cause in CAUSES if result.totals[cause]))
    yield ("collection", "left", "right", *columns)
    for name, compared in result.collections.items():
        numbers = (compared.left, compared.right, *(compared.counts[column] for column in columns))
        yield (name, *(f"{number:,}" for number in numbers))


def difference_lines(result: Result, most: int) -> Iterator[str]:
    """Yield a line for each difference up to a number of each kind, and the numbers of the others."""
    for name, compared in result.collections.items():
        for kind in KINDS:
            kept = compared.of_kind(kind)[:most]
            for difference in kept:
                yield f"{name} {format_value(difference.sourcedId)}: {describe(difference)}"
            hidden = compared.counts[kind] - len(kept)
            if hidden:
                yield f"{name}: and {hidden:,} more {kind}"


def describe(difference: Difference) -> str:
    """Return the description of a difference."""
    parts = [_STATES[difference.kind]] if difference.kind in _STATES else []
    parts += [
        f"{name} is {format_value(left)} on the left, {format_value(right)} on the right"
        for name, (left, right) in difference.members.items()
    ]
    if difference.is_resurrected and difference.since is None:
        parts.append("active on the right, deleted on the left")
    if difference.since is not None:
        parts.append(f"on the left {difference.since}")
    elif difference.is_stale:
        parts.append("the right side is older")
    if difference.nearest is not None:
        near = difference.nearest
        members = ", ".join(near.members)
        parts.append(f"the other side has {format_value(near.sourcedId)}, which is the same in {members}")
    return "; ".join(parts) + (f" ({difference.place})" if difference.place else "")


_STATES = {
    "missing": "missing on the right",
    "extra": "only on the right",
    "duplicated": "more often on one side than on the other",
}


def format_value(value: Any) -> str:
    """Return a value as JSON on one line, shortened; ``nothing`` for a missing one."""
    if value is None:
        return "nothing"
    text = orjson.dumps(value).decode()
    safe = text if text.isprintable() else "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in text)
    return safe if len(safe) <= _VALUE else f"{safe[:_VALUE]}…"
