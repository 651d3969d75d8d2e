"""Find the records that two sides have under different ids, such as a person whose sourcedId changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mockroster.judge.compare.result import Difference, Nearest
from mockroster.judge.compare.rows import Row, is_same_value
from mockroster.standard.neutral import NEUTRAL

_COMMON = 20
"""The number of records from which a value that they share says nothing about any of them."""

_LEAST = 2
"""The fewest rare values that two records must share."""

_UNTELLING = frozenset({"sourcedId", "status", "dateLastModified", "metadata"})
"""Members that say nothing about whether two records are the same."""

_Token = tuple[str, Any]


def add_nearest(
    collection: str, differences: Iterable[Difference], rows: Mapping[str, Row], others: Mapping[str, Row]
) -> None:
    """Add to each difference the record of the other side that seems to be the same.

    ``rows`` has the records of the differences, ``others`` all records of the other side.
    """
    pending = [(each, rows[each.sourcedId]) for each in differences if each.sourcedId in rows]
    wanted = {token for _, row in pending for token in _tokens(row)}
    if not wanted:
        return
    needed = [each.member for each in NEUTRAL[collection].references if each.is_required and not each.is_listed]
    holders: dict[_Token, list[str]] = {}
    for key, other in others.items():
        for token in _tokens(other):
            if token in wanted and len(found := holders.setdefault(token, [])) <= _COMMON:
                found.append(key)
    for each, row in pending:
        each.nearest = _nearest(each.sourcedId, row, holders, others, needed)


def _tokens(row: Row) -> Iterable[_Token]:
    return (
        (name, value)
        for name, value in row.items()
        if name not in _UNTELLING and isinstance(value, str | int | float) and not isinstance(value, bool)
    )


def _nearest(
    sourced_id: str,
    row: Row,
    holders: Mapping[_Token, list[str]],
    others: Mapping[str, Row],
    needed: Sequence[str],
) -> Nearest | None:
    """Return the record that shares most values, if it shares rare ones, two thirds of all, and what it belongs to."""
    shared: dict[str, int] = {}
    for token in _tokens(row):
        found = holders.get(token, ())
        for key in found if len(found) <= _COMMON else ():
            shared[key] = shared.get(key, 0) + 1
    likely = [key for key, count in shared.items() if count >= _LEAST and key != sourced_id]
    best: tuple[int, str, tuple[str, ...]] | None = None
    for key in likely:
        other = others[key]
        members = (row.keys() | other.keys()) - _UNTELLING
        equal = tuple(sorted(name for name in members if is_same_value(row.get(name), other.get(name))))
        belongs = all(row.get(name) == other.get(name) for name in needed if name != "sourcedId")
        if belongs and 3 * len(equal) >= 2 * len(members) and (best is None or len(equal) > best[0]):
            best = len(equal), key, equal
    return Nearest(best[1], best[2]) if best else None
