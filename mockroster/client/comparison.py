"""The result of comparing a copy with a sandbox, as tests see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockroster.judge.compare.result import Result
from mockroster.judge.compare.text import difference_lines, lines

__tracebackhide__ = True  # make pytest show the line of the test

_IN_REPR = 3
"""The differences that the representation of a comparison names, so that it fits into a failed assertion."""

_IN_TEXT = 10
"""The differences of each kind in a collection that the text names."""


class Comparison:
    """The differences between a sandbox (left) and a copy (right); true if there are none.

    At most 100 differences of each kind in a collection are listed; ``counts`` has the numbers of all.
    """

    def __init__(self, result: Result) -> None:
        self._result = result

    @property
    def equal(self) -> bool:
        """Whether there is no difference."""
        return self._result.is_equal

    @property
    def document(self) -> dict[str, Any]:
        """The whole result, as ``POST /__admin/compare`` returns it."""
        return self._result.document()

    @property
    def missing(self) -> dict[str, list[str]]:
        """The sourcedIds of records that the copy lacks, by collection."""
        return self._ids("missing")

    @property
    def extra(self) -> dict[str, list[str]]:
        """The sourcedIds of records that only the copy has, by collection."""
        return self._ids("extra")

    @property
    def duplicated(self) -> dict[str, list[str]]:
        """The sourcedIds that the copy has more than once, by collection."""
        return self._ids("duplicated")

    @property
    def stale(self) -> dict[str, list[str]]:
        """The sourcedIds of records of which the copy has an earlier state, by collection."""
        return self._ids("stale")

    @property
    def resurrected(self) -> dict[str, list[str]]:
        """The sourcedIds of records that are active in the copy and deleted in the sandbox, by collection."""
        return self._ids("resurrected")

    @property
    def differing(self) -> dict[str, dict[str, dict[str, list[Any]]]]:
        """The values of sandbox and copy by collection, sourcedId and member."""
        found = {
            name: {row["sourcedId"]: row["members"] for row in each["differing"]}
            for name, each in self.document["collections"].items()
        }
        return {name: records for name, records in found.items() if records}

    @property
    def counts(self) -> dict[str, int]:
        """The number of all differences by kind."""
        return dict(self._result.totals)

    def verify(self) -> None:
        """Raise ``AssertionError`` with the first differences if there are any."""
        if not self.equal:
            raise AssertionError(str(self))

    def _ids(self, kind: str) -> dict[str, list[str]]:
        found: Mapping[str, Any] = self.document["collections"]
        return {name: each[kind] for name, each in found.items() if each[kind]}

    def __bool__(self) -> bool:
        return self.equal

    def __str__(self) -> str:
        """Return a table of the collections and the first differences."""
        return "\n".join(lines(self._result, _IN_TEXT))

    def __repr__(self) -> str:
        """Return the first differences on one line."""
        if self.equal:
            return "<Comparison: equal>"
        first = [*difference_lines(self._result, 1)][:_IN_REPR]
        return f"<Comparison: {' | '.join(first)}>"
