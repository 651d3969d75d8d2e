"""What is said of an export that was written: how much of what is in it, what is not, and how to serve it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator

from mockroster.fixtures.write.downgrade import LossCounts
from mockroster.fixtures.write.export import Export
from mockroster.roster.counts import listed


def summary(export: Export, out: str) -> str:
    """Return the lines for a person; ``out`` is where it was written, as it was given."""
    return "\n".join(_lines(export, out))


def _lines(export: Export, out: str) -> Iterator[str]:
    counts = _written(export)
    yield f"mockroster: wrote {sum(counts.values()):,} records to {out} ({export.format}, {export.version})"
    yield f"  {listed(counts) or 'no records'}"
    if export.lost:
        holder = "CSV" if export.format == "csv" else "OneRoster"
        yield f"  what {holder} {export.version} has no place for is not in it:"
        yield from (f"    {what}" for what in _lost(export.lost))
    yield f"  serve it: mockroster serve --fixtures {shlex.quote(out)}"


def _written(export: Export) -> dict[str, int]:
    """Return how many records of each collection were written, for those with any."""
    gone = Counter[str]()
    for name, count in export.lost.items():
        gone[name.partition(" ")[0]] += count
    left = {name: len(records) - gone[name] for name, records in export.tables.items()}
    return {name: count for name, count in left.items() if count}


def _lost(lost: LossCounts) -> Iterator[str]:
    """Yield a line for the records that were left out, and one for the members of each collection."""
    records: dict[str, int] = {}
    members: dict[str, dict[str, int]] = {}
    for name, count in lost.items():
        collection, dot, member = name.partition(".")
        if dot and " " not in collection:
            members.setdefault(collection, {})[member] = count
        else:
            records[name] = count
    if records:
        yield listed(records)
    for collection, counts in members.items():
        yield f"of {collection}: " + ", ".join(f"{member} ({count:,})" for member, count in counts.items())
