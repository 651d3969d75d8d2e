"""Records as JSON, in which they are kept by the state and travel to other processes.

A faulty record carries the documents that it is shown as; each byte is a character there, because they need not be
UTF-8.
"""

from __future__ import annotations

import orjson

from mockroster.roster.record import Record, SpoiltRecord

_SHOWN = "\0shown"
"""The member of a faulty record that holds its documents by their form. No member of the standard has such a name."""


def encode(record: Record | None) -> bytes | None:
    """Return a record as JSON, ``None`` for none."""
    if record is None:
        return None
    if not isinstance(record, SpoiltRecord):
        try:
            return record.document
        except AttributeError:
            record.document = compact(orjson.dumps(record))
            return record.document
    shown = {form: document.decode("latin-1") for form, document in getattr(record, "rendered", {}).items()}
    return compact(orjson.dumps({**record, _SHOWN: shown}))


def compact(document: bytes) -> bytes:
    """Return a copy of what orjson has written, to be kept: orjson's own occupies 4 KB, however short it is."""
    return bytes(memoryview(document))


def decode(document: bytes | None) -> Record | None:
    """Return the record that ``encode`` was given."""
    if document is None:
        return None
    members = orjson.loads(document)
    shown = members.pop(_SHOWN, None)
    if shown is None:
        plain = Record(members)
        plain.document = document
        return plain
    record = SpoiltRecord(members)
    for form, text in shown.items():
        record.keep(form, text.encode("latin-1"))
    return record
