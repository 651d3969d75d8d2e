"""Which records are parts of others, so that they go where their owner goes.

The models say it, at the reference to the owner (``is_owner``): deleting, marking as ``tobedeleted``, and keeping
parts in agreement with their owner read it here. Any other reference does not bind a record to the life of its target.
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
"""By the owner's collection: what belongs to its records. A demographics record has the sourcedId of its user."""


def owned(overlay: Overlay, collection: str, sourced_id: str) -> Iterator[tuple[str, Record]]:
    """Yield the records that belong to a record, each with its collection; not what belongs to these in turn."""
    for part in OWNED.get(collection, ()):
        for record in overlay.tables[part.collection].having(Named(part.member), sourced_id):
            yield part.collection, record
