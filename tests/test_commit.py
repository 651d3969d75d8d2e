"""The one function through which records change: what it tells of the changes, and that it makes all or none."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from conftest import NOW
from fixture_sets import good, loaded
from hypothesis import given
from hypothesis import strategies as st

from mockroster.clock import timestamp
from mockroster.roster.commit import (
    Batch,
    MarkDeleted,
    Put,
    RecordChange,
    Remove,
    as_given,
    by_clock,
    commit,
)
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import InvalidRecord, Record, revised
from mockroster.roster.store import Named, Roster

START = Roster.of(loaded(good()).records)


def held(overlay: Overlay) -> dict[str, list[Record]]:
    """Return all records."""
    return {name: [*table.records] for name, table in overlay.tables.items()}


def category(name: str, title: str = "A") -> Record:
    """Return a category with an old date."""
    return Record(sourcedId=name, status="active", dateLastModified="2020-01-01T00:00:00.000Z", title=title)


def ids(changes: tuple[RecordChange, ...]) -> list[tuple[str, str]]:
    """Return which records changed."""
    return [(change.collection, change.sourced_id) for change in changes]


@dataclass(frozen=True)
class Break:
    """An intent that fails."""

    def carry_out(self, batch: Batch) -> None:
        """Fail."""
        raise LookupError(batch.now)


def test_changes_are_told_with_before_and_after() -> None:
    """A new record has nothing before, one that is gone nothing after; both come in the order of the intents."""
    overlay = Overlay(START)
    old = overlay.tables["categories"].get("h1")

    changes = commit(overlay, [Put("categories", category("h2"), by_clock), Remove("categories", "h1")], NOW)

    new = overlay.tables["categories"].get("h2")
    assert new is not None
    assert new["dateLastModified"] == timestamp(NOW)
    assert changes == (
        RecordChange("categories", "h2", None, new),
        RecordChange("categories", "h1", old, None),
    )


def test_a_record_that_changes_twice_is_told_once() -> None:
    """A batch makes one change of each record, from its state before to its state after."""
    overlay = Overlay(START)
    old = overlay.tables["categories"].get("h1")
    puts = [Put("categories", category("h1", title), by_clock) for title in ("B", "C")]

    (change,) = commit(overlay, puts, NOW)

    assert (change.before, change.after and change.after["title"]) == (old, "C")


def test_what_comes_back_to_what_it_was_is_no_change() -> None:
    """A record that is made and removed in one batch was never there."""
    overlay = Overlay(START)

    changes = commit(overlay, [Put("categories", category("h2"), by_clock), Remove("categories", "h2")], NOW)

    assert changes == ()
    assert held(overlay) == held(Overlay(START))


def test_all_or_none() -> None:
    """If one intent fails, the whole batch is undone, removals and additions."""
    overlay = Overlay(START)
    commit(overlay, [Put("categories", category("h2"), by_clock)], NOW)
    before = held(overlay)

    with pytest.raises(LookupError):
        commit(
            overlay,
            [
                Put("categories", category("h3"), by_clock),
                Put("categories", category("h2", "changed"), by_clock),
                Remove("users", "u1"),
                MarkDeleted("classes", "k1"),
                Break(),
            ],
            NOW,
        )

    assert held(overlay) == before


def test_consequences_are_among_the_changes() -> None:
    """Owned records and dropped references are reported as changes, too."""
    overlay = Overlay(START)

    changes = commit(overlay, [Remove("users", "u1")], NOW)

    assert ids(changes) == [
        ("users", "u1"),
        ("enrollments", "e1"),
        ("demographics", "u1"),
        ("results", "x1"),
        ("assessmentResults", "b1"),
        ("users", "u3"),
    ]


def test_a_faulty_record_is_marked_as_it_is_shown() -> None:
    """A faulty record stays faulty when it is marked, with the new status and date in its rendering."""
    overlay = Overlay(START)
    faulty = InvalidRecord(category("h2"))
    faulty.keep("v1p2", b'{"sourcedId":"h2","status":"active","title":"","parent":{"href":"\0/x"}}')
    commit(overlay, [Put("categories", faulty, as_given)], NOW)

    commit(overlay, [MarkDeleted("categories", "h2")], NOW)

    marked = overlay.tables["categories"].get("h2")
    assert isinstance(marked, InvalidRecord)
    shown = b'{"sourcedId":"h2","status":"tobedeleted","title":"","parent":{"href":"\0/x"},"dateLastModified":"%s"}'
    assert marked.rendered == {"v1p2": shown % timestamp(NOW).encode()}


def test_a_faulty_record_that_is_only_shown_otherwise_has_changed() -> None:
    """A fault may be in the rendering of a record alone; changing it is a change nevertheless."""
    overlay = Overlay(START)
    records = []
    for title in (b"1", b"2", b"2"):
        records.append(InvalidRecord(category("h2")))
        records[-1].keep("v1p2", b'{"sourcedId":"h2","title":%s}' % title)

    told = [len(commit(overlay, [Put("categories", record, as_given)], NOW)) for record in records]

    assert told == [1, 1, 0]


NAMES = st.sampled_from(["h1", "h2", "h3", "h4"])
STEPS = st.lists(st.tuples(NAMES, st.sampled_from(["A", "B", None])), max_size=12)


@given(STEPS)
def test_an_index_over_writes_is_as_looking_at_every_record(steps: list[tuple[str, str | None]]) -> None:
    """After any writes and deletes, records are found by value, in natural order."""
    overlay = Overlay(START)
    table = overlay.tables["categories"]
    for name, title in steps:
        commit(
            overlay, [Put("categories", category(name, title), by_clock) if title else Remove("categories", name)], NOW
        )

        for value in ("A", "B", "Homework"):
            assert table.having(Named("title"), value) == [row for row in table.records if row["title"] == value]


def test_a_new_base_below_what_was_written() -> None:
    """Writes lie over a new base, too; those that are equal to the new base are forgotten."""
    overlay = Overlay(START)
    commit(overlay, [Put("categories", category("h2"), as_given), Put("categories", category("h3"), as_given)], NOW)
    commit(overlay, [Remove("categories", "h1")], NOW)
    written = overlay.written
    categories = [category("h2"), category("h9")]

    overlay.rebase(
        Roster.of({**{name: table.records for name, table in START.tables.items()}, "categories": categories})
    )

    assert [row["sourcedId"] for row in overlay.tables["categories"].records] == ["h2", "h9", "h3"]
    assert 0 < overlay.written < written
    assert revised(category("h2"), {"title": "A"}) == overlay.tables["categories"].get("h2")


def test_a_new_base_is_found_by_its_values() -> None:
    """Indexes are rebuilt over a new base: a record that is equal in both is found once."""
    overlay = Overlay(START)
    written = revised(category("h2"), {"title": "Same"})
    commit(overlay, [Put("categories", written, as_given)], NOW)
    table = overlay.tables["categories"]
    before = table.having(Named("title"), "Same")

    overlay.rebase(Roster.of({**{name: one.records for name, one in START.tables.items()}, "categories": [written]}))
    commit(overlay, [Put("categories", revised(category("h9"), {"title": "Same"}), as_given)], NOW)

    assert [row["sourcedId"] for row in before] == ["h2"]
    assert [row["sourcedId"] for row in table.having(Named("title"), "Same")] == ["h2", "h9"]
