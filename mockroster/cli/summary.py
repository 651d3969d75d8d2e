"""Summarize a written export: the numbers of records, the omitted values, and the command that serves it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator

from mockroster.fixtures.write.downgrade import LossCounts
from mockroster.fixtures.write.export import Export
from mockroster.roster.counts import listed


def summary(export: Export, out: str) -> str:
    """Return the lines for a person; ``out`` is the destination as given."""
    return "\n".join(_lines(export, out))


def _lines(export: Export, out: str) -> Iterator[str]:
    counts = _written_counts(export)
    yield f"mockroster: wrote {sum(counts.values()):,} records to {out} ({export.format}, {export.version})"
    yield f"  {listed(counts) or 'no records'}"
    if export.lost:
        holder = "CSV" if export.format == "csv" else "OneRoster"
        yield f"  what {holder} {export.version} has no place for is not in it:"
        yield from (f"    {line}" for line in _lost(export.lost))
    yield f"  serve it: mockroster serve --fixtures {shlex.quote(out)}"


def _written_counts(export: Export) -> dict[str, int]:
    """Return the number of records of each collection that were written, for those with any."""
    dropped = Counter[str]()
    for name, count in export.lost.items():
        dropped[name.partition(" ")[0]] += count
    written = {name: len(records) - dropped[name] for name, records in export.tables.items()}
    return {name: count for name, count in written.items() if count}


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
