"""Find the records that two sides have under different ids, such as a person whose sourcedId changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mockroster.judge.compare.result import CollectionResult, Difference, Nearest
from mockroster.judge.compare.rows import Row, is_same_value
from mockroster.standard.neutral import NEUTRAL

_COMMON = 20
"""The most records that may share a value that still identifies a record."""

_LEAST = 2
"""The fewest rare values that two records must share."""

_NOT_DISTINCTIVE = frozenset({"sourcedId", "status", "dateLastModified", "metadata"})
"""Members whose values do not identify a record."""

_Token = tuple[str, Any]


def add_nearest(collection: str, result: CollectionResult, left: Mapping[str, Row], right: Mapping[str, Row]) -> None:
    """Add to each missing or extra record the record of the other side that seems to be the same.

    ``left`` and ``right`` have all records of the sides.
    """
    # A record of the right side that has its counterpart on the left cannot be a missing one.
    unpaired = {key: row for key, row in right.items() if key not in left}
    _add_nearest(collection, result.of_kind("missing"), left, unpaired)
    _add_nearest(collection, result.of_kind("extra"), right, left)


def _add_nearest(
    collection: str, differences: Iterable[Difference], rows: Mapping[str, Row], others: Mapping[str, Row]
) -> None:
    """Add to each difference the record of the other side that seems to be the same.

    ``rows`` has the records of the differences, ``others`` all records of the other side.
    """
    pending = [(difference, rows[difference.sourcedId]) for difference in differences if difference.sourcedId in rows]
    wanted = {token for _, row in pending for token in _tokens(row)}
    if not wanted:
        return
    references = NEUTRAL[collection].references
    needed = [reference.member for reference in references if reference.is_required and not reference.is_listed]
    holders: dict[_Token, list[str]] = {}
    for key, other in others.items():
        for token in _tokens(other):
            if token in wanted and len(keys := holders.setdefault(token, [])) <= _COMMON:
                keys.append(key)
    for difference, row in pending:
        difference.nearest = _nearest(difference.sourcedId, row, holders, others, needed)


def _tokens(row: Row) -> Iterable[_Token]:
    return (
        (name, value)
        for name, value in row.items()
        if name not in _NOT_DISTINCTIVE and isinstance(value, str | int | float) and not isinstance(value, bool)
    )


def _nearest(
    sourced_id: str,
    row: Row,
    holders: Mapping[_Token, list[str]],
    others: Mapping[str, Row],
    needed: Sequence[str],
) -> Nearest | None:
    """Return the record that shares most values: two rare ones, two thirds of all, and the required references."""
    shared: dict[str, int] = {}
    for token in _tokens(row):
        keys = holders.get(token, ())
        for key in keys if len(keys) <= _COMMON else ():
            shared[key] = shared.get(key, 0) + 1
    likely = [key for key, count in shared.items() if count >= _LEAST and key != sourced_id]
    best: tuple[int, str, tuple[str, ...]] | None = None
    for key in likely:
        other = others[key]
        members = (row.keys() | other.keys()) - _NOT_DISTINCTIVE
        equal = tuple(sorted(name for name in members if is_same_value(row.get(name), other.get(name))))
        belongs = all(row.get(name) == other.get(name) for name in needed if name != "sourcedId")
        if belongs and 3 * len(equal) >= 2 * len(members) and (best is None or len(equal) > best[0]):
            best = len(equal), key, equal
    return Nearest(best[1], best[2]) if best else None
