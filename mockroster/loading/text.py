"""What JSON and YAML have in common once they are read: a tree of plain values that knows its lines."""

from __future__ import annotations

from typing import Any, Protocol

from mockroster.loading.written import Fault, Source
from mockroster.standard.fields import Metadata

DEEPEST = Metadata.DEEPEST + 10
"""Levels that a document may have: those that ``metadata`` may have, and those that lead to it."""


class Text(Source, Protocol):
    """A document that was read, with what reading it has shown."""

    root: Any
    faults: list[Fault]

    def heading(self, name: str) -> int | None:
        """Return the line of a member of the document itself."""
