"""Compare a roster with a client's tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mockroster.judge.compare.compare import Log, Options, add_changes, compare_rows
from mockroster.judge.compare.copy_map.model import CopyMap
from mockroster.judge.compare.copy_map.rows import CopyRows, TruthRows, comparable_rows, pair_rows, shown_members
from mockroster.judge.compare.copy_map.tables import Tables
from mockroster.judge.compare.forms import ById
from mockroster.judge.compare.nearest import add_nearest
from mockroster.judge.compare.result import CollectionResult, Result
from mockroster.judge.compare.rows import DELETED, Rows
from mockroster.judge.compare.side import Side
from mockroster.roster.record import Record


class _Shaper:
    """Brings records of the log into the rows of a map; a copy in the client's own tables has no other form."""

    def __init__(self, truths: Mapping[str, TruthRows]) -> None:
        self._truths = truths

    def round_trip(self, records: ById) -> ById:
        """Return the records unchanged."""
        return records

    def rows(self, collection: str, records: Mapping[str, Record]) -> Rows:
        """Return the rows of records that are not deleted."""
        row = self._truths[collection].row
        return {name: row(record) for name, record in records.items() if record.get("status") != DELETED}


def compare_copy(truth: Side, copy_map: CopyMap, path: Path, options: Options, log: Log | None = None) -> Result:
    """Return the differences between a roster and the tables at a path. Raises ``ConfigurationError``."""
    tables = Tables(path)
    results: dict[str, CollectionResult] = {}
    truths: dict[str, TruthRows] = {}
    copies: dict[str, Rows] = {}
    for table in copy_map.tables:
        name = table.collection
        if name in options.ignored.collections:
            continue
        ignored = options.ignored.in_collection(name)
        truths[name] = TruthRows(table, ignored)
        pair = pair_rows(table, truths[name], truth.records.get(name, {}), CopyRows(table, tables, ignored))
        result = results[name] = compare_rows(pair)
        copies[name] = pair.right
        if result.of_kind("missing") or result.of_kind("extra"):
            left, right = comparable_rows(pair.left), comparable_rows(pair.right)
            add_nearest(name, result, left, right)
    compared = Result(truth.name, str(path), results)
    if log is not None:
        add_changes(compared, copies, log, _Shaper(truths))
    for _, difference in compared.named():
        difference.members = shown_members(difference.members)
    return compared
