"""Pairs of members that must be in order: minimum and maximum, beginning and end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mockroster.roster.record import Record


class Order(NamedTuple):
    """Two members of a record, the first of which must not be greater than the second."""

    first: str
    second: str
    sentence: str
    """The error message for the second member, with both values."""

    may_be_equal: bool = True


_BOUNDS = Order("resultValueMin", "resultValueMax", "{second} is less than resultValueMin, {first}")
_INTERVAL = Order("beginDate", "endDate", "{second} is before the beginDate, {first}")

ORDERS: Mapping[str, Order] = {
    "lineItems": _BOUNDS,
    "assessmentLineItems": _BOUNDS,
    "enrollments": _INTERVAL,
    "academicSessions": Order(
        "startDate", "endDate", "{second} is not after the startDate, {first}", may_be_equal=False
    ),
}
"""The orders by collection; a record that lacks one of the two members is valid."""

_OF_PARTS: Mapping[str, tuple[str, Order]] = {"users": ("roles", _INTERVAL)}
"""Members whose parts have such a pair, by collection."""


def disordered(collection: str, record: Record) -> Iterator[tuple[str, str]]:
    """Yield the members of a record that are out of order, each with an error message."""
    if collection in ORDERS:
        yield from _disorder(ORDERS[collection], record)
    if collection in _OF_PARTS:
        name, order = _OF_PARTS[collection]
        for number, part in enumerate(record.get(name, ())):
            for member, message in _disorder(order, part):
                yield f"{name}[{number}].{member}", message


def _disorder(order: Order, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    first, second = values.get(order.first), values.get(order.second)
    if first is None or second is None:
        return
    if first > second or (first == second and not order.may_be_equal):
        yield order.second, order.sentence.format(first=first, second=second)
