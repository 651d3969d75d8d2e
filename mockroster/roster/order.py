"""Pairs of members that must stand in order: the least before the most, the beginning before the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mockroster.roster.record import Record


class Order(NamedTuple):
    """Two members of a record, the first of which must not be more than the second."""

    first: str
    second: str
    sentence: str
    """What is wrong where it is, with both values; it is said of the second."""

    may_be_equal: bool = True


_BOUNDS = Order("resultValueMin", "resultValueMax", "{second} is less than resultValueMin, {first}")

ORDERS: Mapping[str, Order] = {
    "lineItems": _BOUNDS,
    "assessmentLineItems": _BOUNDS,
    "enrollments": Order("beginDate", "endDate", "{second} is before the beginDate, {first}"),
    "academicSessions": Order(
        "startDate", "endDate", "{second} is not after the startDate, {first}", may_be_equal=False
    ),
}
"""By collection; a record that lacks one of the two is right."""


def disordered(collection: str, record: Record) -> Iterator[tuple[str, str]]:
    """Yield the member of a record that stands the wrong way round, with what is wrong."""
    order = ORDERS.get(collection)
    if order is None or order.first not in record or order.second not in record:
        return
    first, second = record[order.first], record[order.second]
    if first > second or (first == second and not order.may_be_equal):
        yield order.second, order.sentence.format(first=first, second=second)
