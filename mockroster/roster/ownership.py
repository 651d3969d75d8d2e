"""Ownership: the records that belong to another record and are deleted with it.

The models declare it at the reference to the owner (``is_owner``). Deletion, marking as ``tobedeleted``, and updates of
parts with their owner use it. Other references do not bind a record to the lifetime of its target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.store import COLLECTIONS, Named
from mockroster.standard.neutral import NEUTRAL


class Part(NamedTuple):
    """A collection whose records belong to the record that one of their members names."""

    collection: str
    member: str


def _parts(owner: str) -> Iterator[Part]:
    for collection in COLLECTIONS:
        for reference in NEUTRAL[collection].references:
            if reference.is_owner and reference.collection == owner:
                yield Part(collection, reference.member)


OWNED: Mapping[str, tuple[Part, ...]] = {owner: parts for owner in COLLECTIONS if (parts := tuple(_parts(owner)))}
"""The owned collections by the owner's collection. A demographics record has the sourcedId of its user."""


def owned(overlay: Overlay, collection: str, sourced_id: str) -> Iterator[tuple[str, Record]]:
    """Yield the records that a record owns directly, each with its collection."""
    for part in OWNED.get(collection, ()):
        table = overlay.tables[part.collection]
        if part.member != "sourcedId":
            for record in table.having(Named(part.member), sourced_id):
                yield part.collection, record
        elif (own := table.get(sourced_id)) is not None:
            yield part.collection, own
