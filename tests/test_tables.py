"""Tables return rows one by one: frozen ones and those with writes over them behave alike."""

from __future__ import annotations

import pytest

from mockroster.roster.overlay import OverlayTable
from mockroster.roster.record import Record
from mockroster.roster.store import Named, Table, TableRows


def row(sourced_id: str, title: str = "x") -> Record:
    """Return a row."""
    return Record(sourcedId=sourced_id, title=title)


def written() -> OverlayTable:
    """Return a table in which one row was replaced, one taken out and one added."""
    table = OverlayTable(Table([row("a"), row("b", "old"), row("c")]))
    table.put(row("b", "new"))
    table.delete("a")
    table.put(row("d"))
    return table


TABLES = [Table([row("b", "new"), row("c"), row("d")]), written()]


@pytest.mark.parametrize("table", TABLES, ids=["frozen", "written"])
def test_rows(table: TableRows) -> None:
    """Length, row by position, row by id, and iteration are those of the rows in natural order."""
    names = [record["sourcedId"] for record in table]

    assert names == ["b", "c", "d"]
    assert len(table) == 3
    assert [table[position]["sourcedId"] for position in range(len(table))] == names
    assert (table.get("b") or {})["title"] == "new"
    assert table.get("a") is None


def test_a_snapshot_stays() -> None:
    """The rows that a reader holds are the same after a write."""
    table = written()

    before = table.snapshot()
    table.delete("b")

    assert [record["sourcedId"] for record in before] == ["b", "c", "d"]
    assert [record["sourcedId"] for record in table.snapshot()] == ["c", "d"]


def test_an_empty_table_is_a_table() -> None:
    """A table without rows counts none, finds none and is true."""
    table = Table([])

    assert (len(table), [*table], table.get("a"), bool(table)) == (0, [], None, True)
    assert table.index(Named("title")) == {}


def test_newest_counts_deleted_rows() -> None:
    """The newest date is that of any row that the table has had; a write does not read the rows below it."""

    def dated(sourced_id: str, date: str) -> Record:
        return Record(sourcedId=sourced_id, dateLastModified=date)

    base = CountingTable([dated("a", "2026-01-01"), dated("b", "2026-01-03")])
    table = OverlayTable(base)

    table.put(dated("c", "2026-01-02"))
    table.put(dated("d", "2026-01-05"))
    table.delete("d")
    asked = base.asked
    before = table.newest
    table.put(dated("e", "2026-01-04"))
    table.put(dated("e", "2026-01-06"))

    assert asked == 0
    assert (before, table.newest) == ("2026-01-05", "2026-01-06")
    assert OverlayTable(base).newest == "2026-01-03"


class CountingTable(Table):
    """A table that counts how often its newest date is asked for."""

    asked = 0

    @property
    def newest(self) -> str:
        """Return the newest date."""
        self.asked += 1
        return super().newest
