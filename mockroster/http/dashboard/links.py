"""The references of a record in both directions, with names for people in place of sourcedIds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from mockroster.query.members import member
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import Record
from mockroster.roster.relations import referred
from mockroster.roster.store import InOnePart, Named
from mockroster.standard.model import Reference
from mockroster.standard.neutral import NEUTRAL, newest_model

SHOWN = 10
"""The most records that a page shows for a reference to the record; the others are a link away."""

_NAMES = ("title", "name", "username", "label", "metadata")


@dataclass(frozen=True, slots=True)
class Link:
    """A record that another one refers to, or is referred to by."""

    collection: str
    sourced_id: str
    label: str | None
    """The name of the record for people, or ``None`` if there is no such record."""

    @property
    def address(self) -> str:
        """Return the address of its page, below the prefix of the sandbox."""
        return f"/ui/data/{self.collection}/{quote(self.sourced_id, safe='')}"


@dataclass(frozen=True, slots=True)
class Referrers:
    """The records of a collection that refer to a record by one member."""

    collection: str
    member: str
    total: int
    links: Sequence[Link]
    all_address: str | None
    """The address of the list of all of them, if a filter can select them."""


def label(record: Record) -> str:
    """Return the name of a record for people: that of a person, a title, or the sourcedId."""
    if record.get("givenName") or record.get("familyName"):
        return f"{record.get('givenName', '')} {record.get('familyName', '')}".strip()
    text = next((record[name] for name in _NAMES if isinstance(record.get(name), str)), None)
    return text or str(record["sourcedId"])


def link(overlay: Overlay, collection: str, sourced_id: str) -> Link:
    """Return the link to a record."""
    record = overlay.tables[collection].get(sourced_id)
    return Link(collection, sourced_id, None if record is None else label(record))


def outgoing(overlay: Overlay, collection: str, record: Record) -> Iterator[tuple[str, Link]]:
    """Yield the references of a record, each with its dotted member."""
    references = NEUTRAL[collection].references
    for name, target, sourced_id in referred(references, record):
        yield name, link(overlay, target.collection, sourced_id)
    for reference in references:
        if reference.is_identity:
            yield "sourcedId", link(overlay, reference.collection, record["sourcedId"])


def incoming(overlay: Overlay, collection: str, sourced_id: str) -> Iterator[Referrers]:
    """Yield the records that refer to a record, by collection and member."""
    for model in NEUTRAL.values():
        for reference in model.references:
            if reference.collection != collection:
                continue
            records = _having(overlay, model.collection, reference, sourced_id)
            if records:
                yield _referrers(overlay, model.collection, reference, sourced_id, records)


def _referrers(
    overlay: Overlay, collection: str, reference: Reference, sourced_id: str, records: Sequence[Record]
) -> Referrers:
    name = _dotted(reference)
    shown = [
        Link(collection, record["sourcedId"], described(overlay, collection, record)) for record in records[:SHOWN]
    ]
    quoted = sourced_id.replace("'", "''")
    query = urlencode({"filter": f"{name}='{quoted}'"})
    can_filter = not reference.is_identity and member(newest_model(collection), name) is not None
    address = f"/ui/data/{collection}?{query}" if can_filter else None
    return Referrers(collection, name, len(records), shown, address)


def described(overlay: Overlay, collection: str, record: Record) -> str:
    """Return the name of a record, or the names of the records that it connects: ``Ann Lee, Algebra``."""
    own = label(record)
    if own != record["sourcedId"]:
        return own
    targets = [target.label for _, target in outgoing(overlay, collection, record) if target.label]
    return ", ".join(targets[:3]) or own


def _dotted(reference: Reference) -> str:
    return reference.member if reference.inside is None else f"{reference.member}.{reference.inside}"


def _having(overlay: Overlay, collection: str, reference: Reference, sourced_id: str) -> Sequence[Record]:
    table = overlay.tables[collection]
    if reference.is_identity:
        record = table.get(sourced_id)
        return [] if record is None else [record]
    value: Any = sourced_id
    reader: Any = member(newest_model(collection), _dotted(reference))
    if reader is None and reference.inside is None:
        reader = Named(reference.member)
    elif reader is None:
        reader, value = InOnePart(reference.member, (str(reference.inside),)), (sourced_id,)
    return table.having(reader, value)
