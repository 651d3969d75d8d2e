"""``serve --reload``: files that change are served anew in one step; a faulty edit is reported and changes nothing."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from conftest import NOW, make_app
from patience import PATIENCE
from werkzeug.test import Client

from mockroster.errors import ConfigurationError, SandboxFull
from mockroster.roster.difference import Difference
from mockroster.sandbox.reloading import Watch
from mockroster.sandbox.sandbox import Sandbox
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
    """A changed file is served, and a line reports it."""
    world.edit("South")

    assert world.names() == ["South"]
    assert said() == ["fixtures reloaded: 1 records"]


def test_a_full_sandbox_stops_no_other(
    world: World, said: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox that cannot take the change in keeps its records, which is logged; all others have the new ones."""
    for name in ("a", "full", "z"):
        world.names(f"/sandboxes/{name}")
    renew = Sandbox.renew

    def renew_if_there_is_room(sandbox: Sandbox, change: Difference) -> None:
        if sandbox.name == "full":
            raise SandboxFull("no room")
        renew(sandbox, change)

    monkeypatch.setattr(Sandbox, "renew", renew_if_there_is_room)
    world.edit("South")

    assert [world.names(f"/sandboxes/{name}") for name in ("a", "full", "z")] == [["South"], ["North"], ["South"]]
    assert "the sandbox full keeps the records of the files before: no room" in said()


def test_the_watch_goes_on_after_an_error(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error is logged, and the files are looked at again."""
    looks, looked_again = count(), Event()

    def look() -> None:
        if next(looks) == 0:
            raise RuntimeError("out of order")
        looked_again.set()
        Event().wait()  # the thread looks no more

    monkeypatch.setattr(world.watch, "look", look)
    world.watch.start()
    world.watch.wake()

    assert looked_again.wait(PATIENCE)
    assert "out of order" in caplog.text


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
    """If the files are unchanged, the records stay, with the writes over them."""
    world.client.delete(f"{V1P1}/orgs/o1")
    before = world.app.extensions["mockroster"].default.data

    world.look()

    assert world.app.extensions["mockroster"].default.data is before
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


def test_what_was_written_to_other_records_stays(world: World) -> None:
    """Own writes to other records stay, and so do clock, scenarios and journal; a reset goes to the newest files."""
    admin = "/__admin"
    world.client.put(f"{admin}/clock", json={"now": "2030-01-01T00:00:00Z"})
    world.client.put(f"{admin}/records/orgs/o2", json={"name": "Mine", "type": "school"})
    asked = world.client.get(f"{admin}/requests").get_json()["requests"]

    world.edit("South")

    assert world.names() == ["South", "Mine"]
    health = world.client.get(f"{admin}/health").get_json()
    assert health["clock"].startswith("2030-01-01")
    assert len(world.client.get(f"{admin}/requests").get_json()["requests"]) == len(asked) + 1
    world.client.post(f"{admin}/reset")
    assert world.names() == ["South"]


TWO = """\
orgs:
- {sourcedId: o1, name: North, type: school}
- {sourcedId: o2, name: South, type: school, dateLastModified: 2024-05-06T00:00:00Z}
"""
PEOPLE = """\
academicSessions:
- {sourcedId: t, title: T, type: term, startDate: 2026-01-01, endDate: 2026-07-01, schoolYear: "2026"}
courses:
- {sourcedId: c, title: C, org: o1}
classes:
- {sourcedId: k, title: K, classType: scheduled, course: c, school: o1, terms: [t]}
users:
- {sourcedId: a, username: a, givenName: A, familyName: A, role: student, orgs: [o1]}
- {sourcedId: b, username: b, givenName: B, familyName: B, role: student, orgs: [o1]}
enrollments:
- {sourcedId: ea, user: a, class: k, school: o1, role: student}
- {sourcedId: eb, user: b, class: k, school: o1, role: student}
"""


class School(World):
    """A server over a file with two orgs, a class and two students, whose clock stands later than its start."""

    def __init__(self, file: Path, **settings: Any) -> None:
        super().__init__(file, now=NOW, **settings)
        self.replace(TWO + PEOPLE)
        self.clock("2026-03-01T10:00:00Z")

    def replace(self, text: str) -> None:
        """Write another text into the file, and look until it is seen."""
        self.file.write_text(text)
        self._time += 1
        os.utime(self.file, (self._time, self._time))
        self.look()

    def clock(self, now: str, base: str = "") -> None:
        """Set the clock of a sandbox."""
        assert self.client.put(f"{base}/__admin/clock", json={"now": now}).status_code == 200

    def record(self, path: str, base: str = "") -> dict[str, Any]:
        """Return a record as it is stored."""
        found: dict[str, Any] = self.client.get(f"{base}/__admin/records/{path}").get_json()
        return found

    def all(self) -> dict[str, list[dict[str, Any]]]:
        """Return all records as they are stored."""
        names = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
        return {name: self.record(name)[name] for name in names}


@pytest.fixture
def school(tmp_path: Path) -> School:
    """Return a server over a small school."""
    return School(tmp_path / "demo.yaml")


def test_a_comment_stamps_nothing(school: School) -> None:
    """A change of comments only stamps no record, though none has a date."""
    before = school.all()

    school.replace(f"# Now with a comment.\n{TWO}{PEOPLE}")

    assert school.all() == before


def test_only_what_differs_is_stamped(school: School) -> None:
    """A record that the file changes has the time of the clock, and no other."""
    before = school.all()

    school.replace((TWO + PEOPLE).replace("givenName: B", "givenName: Ben"))

    after = school.all()
    changed = [row["sourcedId"] for name in after for row in after[name] if row not in before[name]]
    assert changed == ["b"]
    assert school.record("users/b")["dateLastModified"].startswith("2026-03-01T10:00:0")


@pytest.mark.parametrize("date", ["2024-05-06T00:00:00Z", "2025-05-06T00:00:00Z"])
def test_a_date_that_the_file_gives_is_kept(school: School, date: str) -> None:
    """A date in the file is used, whether it was changed with the record or not."""
    school.replace((TWO + PEOPLE).replace("name: South", "name: Hill").replace("2024-05-06T00:00:00Z", date))

    shown = school.record("orgs/o2")
    assert (shown["name"], shown["dateLastModified"]) == ("Hill", date.replace("Z", ".000Z"))


def test_what_left_the_file_is_marked_with_what_it_owns(school: School) -> None:
    """A record that is no longer there becomes tobedeleted, and so does what a test gave it; a delta finds both."""
    own = {"user": "b", "class": "k", "school": "o1", "role": "proctor"}
    assert school.client.put("/__admin/records/enrollments/mine", json=own).status_code == 201

    lines = [line for line in PEOPLE.splitlines() if "sourcedId: b," not in line and "sourcedId: eb," not in line]
    school.replace(TWO + "\n".join(lines))

    marked = ["users/b", "enrollments/eb", "enrollments/mine"]
    found = [school.record(path) for path in marked]
    assert {row["status"] for row in found} == {"tobedeleted"}
    assert all(row["dateLastModified"].startswith("2026-03-01T10:00:0") for row in found)
    assert school.record("enrollments/ea")["status"] == "active"
    school.client.post("/__admin/reset")
    assert [school.client.get(f"/__admin/records/{path}").status_code for path in marked] == [404] * 3


def test_what_comes_back_is_active(school: School) -> None:
    """A record that left the file and is in it again is active, and stamped when it came back."""
    school.replace(TWO)
    school.clock("2026-04-01T10:00:00Z")

    school.replace(TWO + PEOPLE)

    user = school.record("users/b")
    assert (user["status"], user["dateLastModified"][:13]) == ("active", "2026-04-01T10")
    assert school.record("orgs/o1")["dateLastModified"].startswith("2026-01-15T08")


def test_what_was_tobedeleted_before_it_left_stays_so(school: School) -> None:
    """A record that was tobedeleted in the file keeps its date when it leaves."""
    gone = TWO.replace("name: South,", "name: South, status: tobedeleted,")
    school.replace(gone + PEOPLE)
    before = school.record("orgs/o2")

    school.replace(gone.rpartition("- ")[0] + PEOPLE)

    assert school.record("orgs/o2") == before
    assert before["status"] == "tobedeleted"


def test_a_write_to_a_record_that_the_file_changes_is_gone(school: School) -> None:
    """Of a record that was written and that the file changes too, the file's word is the last."""
    school.client.patch("/__admin/records/users/a", json={"givenName": "Mine"})
    school.client.patch("/__admin/records/users/b", json={"givenName": "Mine"})
    school.client.delete("/__admin/records/enrollments/eb")

    school.replace((TWO + PEOPLE).replace("givenName: B", "givenName: Ben"))

    assert [school.record(f"users/{name}")["givenName"] for name in ("a", "b")] == ["Mine", "Ben"]
    assert school.client.get("/__admin/records/enrollments/eb").status_code == 404


def test_every_sandbox_stamps_by_its_own_clock(school: School) -> None:
    """Changed records are dated by the clock of each sandbox."""
    school.clock("2028-01-01T00:00:00Z", "/sandboxes/other")

    school.replace((TWO + PEOPLE).replace("givenName: B", "givenName: Ben"))

    dates = [school.record("users/b", base)["dateLastModified"][:10] for base in ("", "/sandboxes/other")]
    assert dates == ["2026-03-01", "2028-01-01"]


def test_a_reload_without_a_moved_clock_costs_no_room(school: School) -> None:
    """Without a moved clock, the records of the files are not stored again as writes."""
    school.client.post("/__admin/reset")
    overlay = school.app.extensions["mockroster"].default.overlay

    school.replace((TWO + PEOPLE).replace("dateLastModified: 2024-05-06", "dateLastModified: 2024-05-07"))

    assert overlay.tables["orgs"].get("o2")["dateLastModified"].startswith("2024-05-07")
    assert overlay.written == 0


def test_the_generated_district_below_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of a district below the file do not change with it, not even on another day."""
    school = School(tmp_path / "demo.yaml", students=1)
    school.replace(f"base: generated\n{TWO}")
    before = {row["sourcedId"]: row for row in school.record("users")["users"]}
    monkeypatch.setattr("mockroster.clock.real_now", lambda: datetime.now(UTC) + timedelta(days=40))

    school.replace(f"base: generated\n{TWO.replace('North', 'Hill')}")

    assert len(before) > 1
    assert {row["sourcedId"]: row for row in school.record("users")["users"]} == before
    assert school.record("orgs/o1")["name"] == "Hill"


def test_a_faulty_record_of_a_lenient_server_that_stays_as_it_is(tmp_path: Path) -> None:
    """A faulty record that is unchanged is no change; a different fault is."""
    school = School(tmp_path / "demo.yaml", lenient=True)
    school.replace((TWO + PEOPLE).replace("name: North, type: school", "name: North, type: shool"))
    before = school.record("orgs/o1")
    school.clock("2026-05-01T10:00:00Z")

    school.replace((TWO + PEOPLE).replace("name: North, type: school", "name: North, type: shool") + "# more\n")
    same = school.record("orgs/o1")
    school.replace((TWO + PEOPLE).replace("name: North, type: school", "name: North, type: schol"))

    assert same == before
    assert before["type"] == "shool"
    assert school.record("orgs/o1")["type"] == "schol"


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

    statuses = [row["status"] for row in world.client.get(f"{V1P1}/orgs").get_json()["orgs"]]
    assert (with_it, statuses) == (["North", "South"], ["active", "tobedeleted"])


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
    """A source that cannot be watched, or not be read twice, is refused at the start."""
    with pytest.raises(ConfigurationError) as caught:
        Settings(fixtures=fixtures, reload=True)

    assert str(caught.value) == message
