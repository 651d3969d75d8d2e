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

from typing import Any


class Record(dict[str, Any]):
    """One row; ``rendered`` keeps its validated JSON bytes, once it is asked for, by the form that they have."""

    __slots__ = ("rendered",)

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


Records = dict[str, list[Record]]
"""The rows of a whole roster by collection name (``"orgs"``, ``"users"``, …), each in its natural order."""
