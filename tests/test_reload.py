"""``serve --reload``: files that change are served anew in one step; a faulty edit is reported and changes nothing."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import make_app
from werkzeug.test import Client

from mockroster.errors import ConfigurationError
from mockroster.sandbox.reloading import Watch
from mockroster.settings import Settings

V1P1 = "/ims/oneroster/v1p1"
ORGS = "orgs:\n- {{sourcedId: o1, name: {name}, type: {kind}}}\n"


class World:
    """A server over one file, and the watch that looks after it when it is told to."""

    def __init__(self, file: Path, *more: str, **settings: Any) -> None:
        self.file = file
        self.write("North")
        fixtures = (str(file), *more)
        self.app = make_app(fixtures=fixtures, no_auth=True, **settings)
        self.client = Client(self.app)
        sandboxes = self.app.extensions["mockroster"]
        self.watch = Watch(Settings(fixtures=fixtures, reload=True, **settings), sandboxes)
        self._time = 0

    def write(self, name: str, kind: str = "school") -> None:
        """Write the file."""
        self.file.write_text(ORGS.format(name=name, kind=kind))

    def edit(self, name: str, kind: str = "school") -> None:
        """Write the file so that it can be seen, however coarse the clock of the disk is, and look until it is."""
        self.write(name, kind)
        self._time += 1
        os.utime(self.file, (self._time, self._time))
        self.look()

    def look(self) -> None:
        """Look twice: a change is taken over when the next look finds nothing new."""
        self.watch.look()
        self.watch.look()

    def names(self, base: str = "") -> list[str]:
        """Return the names of the orgs that are served."""
        rows = self.client.get(f"{base}{V1P1}/orgs").get_json()["orgs"]
        return [row["name"] for row in rows]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a server over a file with one org."""
    return World(tmp_path / "demo.yaml")


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return what gives the lines that were logged."""
    caplog.set_level(logging.WARNING, "mockroster")
    return lambda: [record.getMessage() for record in caplog.records]


def test_a_change_is_served(world: World, said: Callable[[], list[str]]) -> None:
    """What is in the file now is served, and a line says so."""
    world.edit("South")

    assert world.names() == ["South"]
    assert said() == ["fixtures reloaded: 1 records"]


def test_folders_below_are_not_watched(tmp_path: Path, said: Callable[[], list[str]]) -> None:
    """Of a folder the files in it are watched, those that are read; not what else may lie below."""
    (tmp_path / "demo" / "below").mkdir(parents=True)
    world = World(tmp_path / "demo" / "demo.yaml", str(tmp_path / "demo"))

    (tmp_path / "demo" / "below" / "other.yaml").write_text("orgs: []")
    world.look()
    unmoved = said()
    (tmp_path / "demo" / "more.yaml").write_text("courses: []")
    world.look()

    assert unmoved == []
    assert said() == ["fixtures reloaded: 1 records"]


def test_nothing_is_done_without_a_change(world: World, said: Callable[[], list[str]]) -> None:
    """As long as the files are as they were, the records are the same, with what was written over them."""
    world.client.delete(f"{V1P1}/orgs/o1")
    before = world.app.extensions["mockroster"].default.held

    world.look()

    assert world.app.extensions["mockroster"].default.held is before
    assert said() == []


def test_a_file_that_is_being_written_is_left_alone(world: World) -> None:
    """A change is only taken over once a second look finds the file as the first one did."""
    world.write("South")
    os.utime(world.file, (1, 1))
    world.watch.look()
    before = world.names()
    world.write("South High")
    os.utime(world.file, (2, 2))
    world.watch.look()

    assert before == world.names() == ["North"]
    world.watch.look()
    assert world.names() == ["South High"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda file: file.write_text(ORGS.format(name="x", kind="shool")), ":2: orgs[0].type: 'shool' is not one of "),
        (lambda file: file.write_text("orgs: ["), ":1: "),
        (lambda file: file.write_bytes(b"\xff"), ": byte 0xff at offset 0 (line 1) is not UTF-8"),
        (lambda file: file.unlink(), ": there is no such file or folder"),
        (lambda file: file.write_text("orgs: !x []"), ":1: the tag !x is not read"),
    ],
    ids=["fault", "syntax", "encoding", "gone", "refused"],
)
def test_a_faulty_edit(world: World, said: Callable[[], list[str]], spoil: Callable[[Path], Any], message: str) -> None:
    """A faulty edit is reported once, and the records stay; mended, the file is served."""
    spoil(world.file)
    world.look()
    world.look()

    assert world.names() == ["North"]
    assert len(said()) == 1
    assert said()[0].startswith("not reloaded, the records stay as they were: ")
    assert f"{world.file}{message}" in said()[0]
    world.edit("South")
    assert world.names() == ["South"]


def test_lenient(tmp_path: Path, said: Callable[[], list[str]]) -> None:
    """A lenient server takes a faulty edit over, and warns of it."""
    world = World(tmp_path / "demo.yaml", lenient=True)

    world.edit("South", "shool")

    assert world.names() == ["South"]
    assert [line.split(":")[0] for line in said()] == ["error", "fixtures reloaded"]


def test_every_sandbox_that_starts_from_them(world: World) -> None:
    """Sandboxes and the bases of scenarios have the new records too; one with records of its own keeps these."""
    own = {"name": "own", "fixtures": {"orgs": [{"sourcedId": "o1", "name": "Own", "type": "school"}]}}
    assert world.client.post("/__admin/sandboxes", json=own).status_code == 201
    bases = ("", "/sandboxes/other", "/scenarios/no-link", "/sandboxes/own")
    before = [world.names(base) for base in bases]

    world.edit("South")

    assert before == [["North"], ["North"], ["North"], ["Own"]]
    assert [world.names(base) for base in bases] == [["South"], ["South"], ["South"], ["Own"]]


def test_what_was_written_is_gone_and_the_rest_stays(world: World) -> None:
    """Own writes go with the old records; clock, scenarios and journal stay; a reset makes the new records."""
    admin = "/__admin"
    world.client.put(f"{admin}/clock", json={"now": "2030-01-01T00:00:00Z"})
    world.client.put(f"{admin}/records/orgs/o2", json={"name": "Mine", "type": "school"})
    asked = world.client.get(f"{admin}/requests").get_json()["requests"]

    world.edit("South")

    assert world.names() == ["South"]
    health = world.client.get(f"{admin}/health").get_json()
    assert health["clock"].startswith("2030-01-01")
    assert len(world.client.get(f"{admin}/requests").get_json()["requests"]) == len(asked) + 1
    world.client.post(f"{admin}/reset")
    assert world.names() == ["South"]


def test_a_folder(tmp_path: Path) -> None:
    """A file that comes into a folder, and one that goes, is a change."""
    folder = tmp_path / "set"
    folder.mkdir()
    world = World(folder / "demo.yaml")
    world.watch = Watch(Settings(fixtures=(str(folder),), reload=True), world.app.extensions["mockroster"])
    more = folder / "more.yaml"

    more.write_text(ORGS.format(name="South", kind="school").replace("o1", "o2"))
    world.look()
    with_it = world.names()
    more.unlink()
    world.look()

    assert (with_it, world.names()) == (["North", "South"], ["North"])


def test_a_document_beside_a_file(tmp_path: Path) -> None:
    """A document in the settings is read again with the files, though it is not watched."""
    world = World(tmp_path / "demo.yaml", '{"orgs": [{"sourcedId": "o2", "name": "Inline", "type": "school"}]}')

    world.edit("South")

    assert world.names() == ["South", "Inline"]


@pytest.mark.parametrize(
    ("fixtures", "message"),
    [
        ((), "--reload has nothing to watch without --fixtures"),
        (("a.yaml", "-"), "--reload cannot read standard input again; give --fixtures files in place of -"),
    ],
)
def test_nothing_to_watch(fixtures: tuple[str, ...], message: str) -> None:
    """What cannot be watched, or not be read a second time, is refused at the start."""
    with pytest.raises(ConfigurationError) as caught:
        Settings(fixtures=fixtures, reload=True)

    assert str(caught.value) == message
