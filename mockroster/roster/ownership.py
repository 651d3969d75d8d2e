"""Which records are parts of others, so that they go where their owner goes.

``OWNED`` is the only statement of it: deleting, marking as ``tobedeleted``, and keeping parts in agreement with their
owner read it. A reference that is not listed here does not bind a record to the life of its target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import Named


class Part(NamedTuple):
    """A collection whose records belong to the record that one of their members names."""

    collection: str
    member: str


OWNED: Mapping[str, tuple[Part, ...]] = {
    "users": (
        Part("enrollments", "user"),
        Part("demographics", "sourcedId"),
        Part("results", "student"),
        Part("assessmentResults", "student"),
    ),
    "classes": (
        Part("enrollments", "class"),
        Part("lineItems", "class"),
        Part("scoreScales", "class"),
    ),
    "lineItems": (Part("results", "lineItem"),),
    "assessmentLineItems": (Part("assessmentResults", "assessmentLineItem"),),
}
"""By the owner's collection: what belongs to its records. A demographics record has the sourcedId of its user."""


def owned(overlay: Overlay, collection: str, sourced_id: str) -> Iterator[tuple[str, Record]]:
    """Yield the records that belong to a record, each with its collection; not what belongs to these in turn."""
    for part in OWNED.get(collection, ()):
        for record in overlay.tables[part.collection].having(Named(part.member), sourced_id):
            yield part.collection, record
