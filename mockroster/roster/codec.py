"""Encode records as JSON, the form in which the state stores them and sends them to other processes.

An invalid record includes its rendered documents. Each byte of these is stored as one character, because they need not
be UTF-8.
"""

from __future__ import annotations

import orjson

from mockroster.roster.record import InvalidRecord, Record

_RENDERED = "\0shown"
"""The member of an encoded invalid record that holds its rendered documents; no member of the standard has the name."""


def encode(record: Record | None) -> bytes | None:
    """Return a record as JSON, or ``None`` for ``None``."""
    if record is None:
        return None
    if not isinstance(record, InvalidRecord):
        try:
            return record.document
        except AttributeError:
            record.document = compact(orjson.dumps(record))
            return record.document
    rendered = {form: document.decode("latin-1") for form, document in getattr(record, "rendered", {}).items()}
    return compact(orjson.dumps({**record, _RENDERED: rendered}))


def compact(document: bytes) -> bytes:
    """Return a copy of bytes from orjson to store: the original occupies at least 4 KB."""
    return bytes(memoryview(document))


def decode(document: bytes | None) -> Record | None:
    """Return the record that ``encode`` has encoded."""
    if document is None:
        return None
    members = orjson.loads(document)
    rendered = members.pop(_RENDERED, None)
    if rendered is None:
        record = Record(members)
        record.document = document
        return record
    invalid_record = InvalidRecord(members)
    for form, text in rendered.items():
        invalid_record.keep(form, text.encode("latin-1"))
    return invalid_record
