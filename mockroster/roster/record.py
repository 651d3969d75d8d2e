"""A record: one row of a roster, version-neutral.

A record is a ``dict`` of JSON-like values with the member names of OneRoster 1.2 (the richer shape):

- references are bare sourcedIds (``"school": "o1"``, ``"terms": ["t1", "t2"]``);
- booleans are ``bool``, numbers ``int`` or ``float``;
- dates are ``"2026-01-15"`` and timestamps ``"2026-01-15T08:00:00.000Z"``, always of that length, so that they
  compare as strings;
- missing values are left out: never ``None``, never an empty string or list.

A record never changes: a write makes a new one. So values derived from a record can be cached on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


class Record(dict[str, Any]):
    """One row; ``rendered`` caches its validated JSON bytes by their form."""

    __slots__ = ("document", "rendered")

    document: bytes
    """The record as JSON, set on first use; see ``codec``."""

    rendered: dict[str, bytes]
    """Unset before ``keep``: most records of a large district are never served."""

    def keep(self, form: str, document: bytes) -> None:
        """Cache the bytes of a form; other threads may read the cache at the same time."""
        try:
            self.rendered[form] = document
        except AttributeError:
            self.rendered = {form: document}


class InvalidRecord(Record):
    """A row that is invalid on purpose, and the only kind that is served without validation."""

    __slots__ = ()


def revised(record: Record, members: dict[str, Any]) -> Record:
    """Return a record with new values for some members; an invalid record also shows them in its documents."""
    if not isinstance(record, InvalidRecord):
        return Record(record | members)
    invalid_record = InvalidRecord(record | members)
    for form, document in getattr(record, "rendered", {}).items():
        if "?" not in form:  # only whole documents: selections of members are derived from them again
            invalid_record.keep(form, _dumped(_loaded(document) | members))
    return invalid_record


def is_same(record: Record, other: Record) -> bool:
    """Return whether two records are equal apart from ``dateLastModified``."""
    if type(record) is not type(other) or _undated(record) != _undated(other):
        return False
    return not isinstance(record, InvalidRecord) or _is_rendered_alike(record, other)


def _is_rendered_alike(record: Record, other: Record) -> bool:
    """Return whether invalid records have equal documents in every form in which both were rendered."""
    documents, others = getattr(record, "rendered", {}), getattr(other, "rendered", {})
    forms = documents.keys() & others.keys()
    return all(_undated(_loaded(documents[form])) == _undated(_loaded(others[form])) for form in forms)


def _undated(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name != "dateLastModified"}


_ADDRESS = b"\0"
"""Placeholder for the server's address in rendered bytes."""

_PLACEHOLDER = "\ue000mockroster-address\ue001".encode()
"""Placeholder for the server's address in parsed JSON, which cannot contain that byte."""


def _loaded(document: bytes) -> dict[str, Any]:
    members: dict[str, Any] = orjson.loads(document.replace(_ADDRESS, _PLACEHOLDER))
    return members


def _dumped(members: Mapping[str, Any]) -> bytes:
    return orjson.dumps(members).replace(_PLACEHOLDER, _ADDRESS)


Records = dict[str, list[Record]]
"""The rows of a whole roster by collection name (``"orgs"``, ``"users"``, …), each in its natural order."""
