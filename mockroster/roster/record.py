"""A record: one row of a roster, version-neutral.

A record is a ``dict`` of JSON-like values with the member names of OneRoster 1.2 (the richer shape):

- references are bare sourcedIds (``"school": "o1"``, ``"terms": ["t1", "t2"]``);
- booleans are ``bool``, numbers ``int`` or ``float``;
- dates are ``"2026-01-15"`` and timestamps ``"2026-01-15T08:00:00.000Z"``, always of that length, so that they
  compare as strings;
- what is not there is left out: never ``None``, never an empty string or list.

A record never changes: a write makes a new one. So whatever is derived from a record may be kept on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


class Record(dict[str, Any]):
    """One row; ``rendered`` keeps its validated JSON bytes, once it is asked for, by the form that they have."""

    __slots__ = ("document", "rendered")

    document: bytes
    """The record as JSON, once somebody has asked for it; see ``codec``."""

    rendered: dict[str, bytes]
    """Not there before ``keep``: of a large district most records are never shown."""

    def keep(self, form: str, document: bytes) -> None:
        """Keep the bytes of a form; others may be reading what is kept."""
        try:
            self.rendered[form] = document
        except AttributeError:
            self.rendered = {form: document}


class SpoiltRecord(Record):
    """A row that a scenario has made wrong on purpose: the only kind that leaves unvalidated."""

    __slots__ = ()


def revised(record: Record, members: dict[str, Any]) -> Record:
    """Return a record with other values for some members; one that is served faulty shows these too."""
    if not isinstance(record, SpoiltRecord):
        return Record(record | members)
    faulty = SpoiltRecord(record | members)
    for form, document in getattr(record, "rendered", {}).items():
        if "?" not in form:  # only whole documents: selections of members are made from them again
            faulty.keep(form, _dumped(_loaded(document) | members))
    return faulty


def is_same(one: Record, other: Record) -> bool:
    """Return whether two records differ in nothing but ``dateLastModified``."""
    if type(one) is not type(other) or _undated(one) != _undated(other):
        return False
    return not isinstance(one, SpoiltRecord) or _is_shown_alike(one, other)


def _is_shown_alike(one: Record, other: Record) -> bool:
    """Return whether faulty records are shown alike, in the forms in which both were rendered."""
    shown, others = getattr(one, "rendered", {}), getattr(other, "rendered", {})
    forms = shown.keys() & others.keys()
    return all(_undated(_loaded(shown[form])) == _undated(_loaded(others[form])) for form in forms)


def _undated(members: Mapping[str, Any]) -> dict[str, Any]:
    found = {**members}
    found.pop("dateLastModified", None)
    return found


_NUL = b"\0"
"""Stands for the server's address in rendered bytes."""

_STAND_IN = "\ue000mockroster-address\ue001".encode()
"""Stands for it where JSON is parsed, which has no such byte."""


def _loaded(document: bytes) -> dict[str, Any]:
    members: dict[str, Any] = orjson.loads(document.replace(_NUL, _STAND_IN))
    return members


def _dumped(members: Mapping[str, Any]) -> bytes:
    return orjson.dumps(members).replace(_STAND_IN, _NUL)


Records = dict[str, list[Record]]
"""The rows of a whole roster by collection name (``"orgs"``, ``"users"``, …), each in its natural order."""
