"""One sandbox through two servers that share a store, and what its records need to travel between them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from conftest import make_app
from states import restarted

import mockroster
from mockroster.errors import SandboxDropped, SandboxFull
from mockroster.http.app import create_app
from mockroster.http.lifecycle import Application
from mockroster.roster.codec import decode, encode
from mockroster.roster.commit import Put, Remove, by_clock, commit
from mockroster.roster.overlay import Overlay
from mockroster.roster.record import InvalidRecord, Record
from mockroster.roster.store import Roster
from mockroster.sandbox.recipe import Recipe
from mockroster.sandbox.records import CLIENT, SWITCHBOARD
from mockroster.sandbox.registry import Sandboxes
from mockroster.sandbox.sandbox import Sandbox
from mockroster.state.values import Limits

STAMP = "2026-01-01T00:00:00.000Z"


def category(name: str, title: str = "Essays") -> Record:
    """Return a category."""
    return Record(sourcedId=name, status="active", dateLastModified=STAMP, title=title)


def write(sandbox: Sandbox, *names: str, title: str = "Essays") -> None:
    """Write categories in one batch."""
    intents = [Put("categories", category(name, title), by_clock) for name in names]
    sandbox.run(CLIENT, lambda overlay, now: commit(overlay, intents, now))


def names(sandbox: Sandbox) -> list[str]:
    """Return the ids of the categories."""
    return [record["sourcedId"] for record in sandbox.overlay.records("categories")]


@pytest.fixture
def sandboxes() -> Sandboxes:
    """Return the sandboxes of a server whose ``default`` has one category."""
    app = create_app(students=1)
    return restarted(app.sandboxes.default, roster=Roster.of({"categories": [category("base")]}))


@pytest.fixture
def pair(sandboxes: Sandboxes) -> tuple[Sandbox, Sandbox]:
    """Return ``default`` as two servers have it."""
    one = sandboxes.default
    return one, Sandbox(one.name, one.start, one.credentials)


def test_what_one_writes_the_other_reads(pair: tuple[Sandbox, Sandbox]) -> None:
    """Records, clock and scenarios are the same through both, and so is which of them were written."""
    one, other = pair
    write(one, "a")
    write(other, "b")
    one.run(SWITCHBOARD, lambda overlay, now: commit(overlay, [Remove("categories", "base")], now))
    other.state.set_scenarios(("slow:ms=5",))

    assert names(one) == names(other) == ["a", "b"]
    assert one.overlay.tables["categories"].written.keys() == other.overlay.tables["categories"].written.keys()
    assert one.scenarios == ("slow:ms=5",)


def test_command_runs_again_where_another_was_first(pair: tuple[Sandbox, Sandbox]) -> None:
    """A command whose batch comes too late sees what came before it, and leaves nothing of its first attempt."""
    one, other = pair
    seen: list[list[str]] = []

    def command(overlay: Overlay, now: datetime) -> None:
        seen.append([record["sourcedId"] for record in overlay.records("categories")])
        if len(seen) == 1:
            write(other, "quicker")
        commit(overlay, [Put("categories", category(f"after-{len(seen[-1])}"), by_clock)], now)

    one.run(CLIENT, command)

    assert seen == [["base"], ["base", "quicker"]]
    assert names(one) == names(other) == ["base", "quicker", "after-2"]
    assert one.overlay.tables["categories"].deleted == {}
    assert [batch.revision for batch in one.state.log.read(0, 10)] == [1, 2]


def test_reset_by_one_is_seen_by_the_other(pair: tuple[Sandbox, Sandbox]) -> None:
    """A reset begins the records anew for both; who held on to the records before keeps them."""
    one, other = pair
    write(one, "a")
    held = other.data

    one.reset()
    write(other, "b")

    assert names(one) == names(other) == ["base", "b"]
    assert [record["sourcedId"] for record in held.overlay.records("categories")] == ["base", "a"]


def test_write_that_finds_no_room_leaves_nothing() -> None:
    """A batch that the state refuses is undone: no record, no mark, no revision."""
    app = create_app(students=1)
    sandbox = restarted(app.sandboxes.default, Limits(content_weight=200), roster=Roster.of({})).default
    write(sandbox, "a", "b", "c")

    with pytest.raises(SandboxFull):
        write(sandbox, "d", "a", title="Tests, longer than before")

    titles = {record["title"] for record in sandbox.overlay.records("categories")}
    assert (names(sandbox), titles, sandbox.state.head().revision) == (["a", "b", "c"], {"Essays"}, 1)
    assert sandbox.overlay.tables["categories"].deleted == {}


def test_sandbox_that_another_server_made() -> None:
    """Another server makes the same sandbox of the recipe: its records, clients, scenarios and seed."""
    app = make_app(students=5)
    assert isinstance(app, Application)
    here, default = app.sandboxes, app.sandboxes.default
    there = Sandboxes(here.store, Sandbox(default.name, default.start, default.credentials))
    document = {"base": "generated", "categories": [{"sourcedId": "c", "title": "Essays"}]}
    recipe = Recipe(
        default.clock.now(), seed=7, students=3, fixtures=document, scenarios=("flaky:every=3",), clients={"a": "s"}
    )
    made = here.create("world", recipe)
    assert made is not None
    write(made, "mine")

    found = there.find("world")

    assert found is not None
    assert found is not made
    assert {name: found.overlay.records(name) for name in made.overlay.tables} == {
        name: table.records for name, table in made.overlay.tables.items()
    }
    assert (found.credentials.clients, found.scenarios, found.seed) == (made.credentials.clients, made.scenarios, 7)
    assert there.create("world", recipe) is None
    there.drop("world")
    assert here.find("world") is None
    with pytest.raises(SandboxDropped):
        write(made, "late")
    assert abs(made.clock.now() - default.clock.now()) < timedelta(seconds=5)


def test_draft_that_is_kept_goes_on(sandboxes: Sandboxes) -> None:
    """Counters of a draft are those of the sandbox that it becomes; one that is not kept leaves nothing."""
    draft, other = sandboxes.draft("world", ("flaky:every=3",)), sandboxes.draft("world")
    draft.state.counters.increment("n", 2)

    is_there = sandboxes.exists("world")
    kept = sandboxes.keep(draft)

    assert not is_there
    assert (kept.scenarios, kept.state.counters.get("n")) == (("flaky:every=3",), 2)
    assert sandboxes.keep(other) is kept


def test_faulty_record_travels_with_what_it_shows() -> None:
    """A faulty record keeps its kind and its documents, whatever bytes these have; a good one its members."""
    faulty = InvalidRecord(category("x"))
    faulty.keep("v1p2", b'{"title":"\xff\0"}')

    again = decode(encode(faulty))

    assert isinstance(again, InvalidRecord)
    assert (again, again.rendered) == (faulty, faulty.rendered)
    assert decode(encode(category("x"))) == category("x")
    assert decode(encode(None)) is None


def test_nobody_else_holds_a_lock() -> None:
    """State and records guard themselves; no other module holds a lock of a sandbox."""
    folder = Path(mockroster.__file__).parent
    own = {folder / "state", folder / "roster"}
    above = [path for path in folder.rglob("*.py") if own.isdisjoint(path.parents)]

    found = [path.name for path in above if re.search(r"overlay\.lock|sandbox\.lock\b(?! is)|RLock", path.read_text())]

    assert len(above) > 300
    assert found == []
