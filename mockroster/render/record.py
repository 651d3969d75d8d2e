"""One record as the bytes that a version of the standard shows.

A record is validated by its version's schema before its bytes exist, and never changes after; so nothing that breaks
the schema can leave, but for what a scenario has spoilt.
"""

from __future__ import annotations

import orjson

from mockroster.errors import BrokenRecord
from mockroster.roster.convert import shaped
from mockroster.roster.record import Record, SpoiltRecord
from mockroster.spec.fields import ROOT
from mockroster.spec.model import Resource

_ROOT = b'"href":"' + ROOT.encode()


def rendered(resource: Resource, record: Record) -> bytes:
    """Return a record as JSON; references begin with a stand-in for the server's address, see ``rooted``.

    Raises ``BrokenRecord``, which names collection, record and member.
    """
    kept = record.rendered.get(resource.version)
    if kept is not None:
        return kept
    document = resource.schema.dump(shaped(resource.version, resource.collection, record))
    faults = {} if isinstance(record, SpoiltRecord) else resource.schema.validate(document)
    if faults:
        name = record.get("sourcedId")
        raise BrokenRecord(f"{resource.collection} {name!r} breaks the schema of {resource.version}: {faults}")
    record.rendered[resource.version] = kept = orjson.dumps(document)
    return kept


def selected(document: bytes, fields: tuple[str, ...]) -> bytes:
    """Return those members of a rendered record and no others, in the standard's order."""
    wanted = frozenset(fields)
    return orjson.dumps({name: value for name, value in orjson.loads(document).items() if name in wanted})


def rooted(body: bytes, root: str) -> bytes:
    """Return a body whose references begin with the address under which the server was asked."""
    return body.replace(_ROOT, b'"href":"' + root.encode())
