"""Count how often a client has read each record, from the facts of its reads.

A fact says which rows of a list a page had, not which records. So the list is selected again from the present records:
after changes of records in between, the numbers are estimates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mockroster.errors import RequestError
from mockroster.judge.fact import Fact, Flag, operation_of
from mockroster.query import parameters, selection
from mockroster.query.result_cache import ResultCache
from mockroster.roster.overlay import Overlay
from mockroster.standard.model import Operation

MOST_LISTS = 2000
"""The most different lists that are selected again."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The number of records of one collection that were read."""

    rows: int
    """The number of records in the collection."""

    served: int
    """The number of records that were read."""

    twice: int
    """The number of records that were read more than once."""

    def document(self) -> dict[str, int]:
        """Return the numbers as JSON."""
        return {"rows": self.rows, "served": self.served, "twice": self.twice}


def coverage(facts: Iterable[Fact], overlay: Overlay, results: ResultCache) -> dict[str, Coverage]:
    """Return the coverage of each collection that was read."""
    counts: dict[str, Counter[str]] = {}
    for (_, text), pages in _pages(facts).items():
        operation = operation_of(pages[0])
        if operation is not None:
            _count(counts, operation, text, pages, overlay, results)
    return {
        name: Coverage(
            len(overlay.tables[name]),
            sum(overlay.get(name, sourced_id) is not None for sourced_id in reads),
            sum(times > 1 for sourced_id, times in reads.items() if overlay.get(name, sourced_id) is not None),
        )
        for name, reads in sorted(counts.items())
    }


def _pages(facts: Iterable[Fact]) -> dict[tuple[int, str], list[Fact]]:
    """Return the successful reads by operation and text. Those whose text did not fit are left out."""
    pages: dict[tuple[int, str], list[Fact]] = {}
    for fact in facts:
        if not fact.is_read or fact.status != 200 or fact.outcome or fact.flags & (Flag.SHORTENED | Flag.UNREADABLE):
            continue
        key = fact.operation, fact.text
        if key in pages or len(pages) < MOST_LISTS:
            pages.setdefault(key, []).append(fact)
    return pages


def _count(
    counts: dict[str, Counter[str]],
    operation: Operation,
    text: str,
    pages: Iterable[Fact],
    overlay: Overlay,
    results: ResultCache,
) -> None:
    """Count the records of some pages of a list."""
    begin, _, query = text.partition("?")
    names = operation.parameters
    values = begin.split("/") if len(names) > 1 else [begin]
    if len(values) != len(names) and names:
        return  # an id has a slash
    arguments = dict(zip(names, values, strict=False))
    reads = counts.setdefault(operation.resource.collection, Counter())
    if operation.kind == "single":
        reads[arguments["sourcedId"]] += sum(1 for _ in pages)
        return
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in query.split("&")) if name]
    try:
        records = selection.select(overlay, results, operation, arguments, parameters.read(pairs, operation)).records
    except RequestError:
        return  # a scenario accepted what the server refuses
    for page in pages:
        reads.update(record["sourcedId"] for record in records[page.start : page.start + page.rows])
