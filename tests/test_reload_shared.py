"""Servers of one store share periodic work: reloading fixtures and letting days pass happen once."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from conftest import NOW, Replicas, Served
from redis_server import RedisServer
from test_replica_faults import put, replica, until
from werkzeug.test import Client

from mockroster.http.lifecycle import Application
from mockroster.sandbox.reloading import Watch

pytestmark = pytest.mark.servers

V1P1 = "/ims/oneroster/v1p1"
TWO = "orgs:\n- {{sourcedId: o1, name: {0}, type: school}}\n- {{sourcedId: o2, name: Old, type: school}}\n"
ONE = "orgs:\n- {{sourcedId: o1, name: {0}, type: school}}\n"


class World:
    """Servers in this process over one file, and the watch of each."""

    def __init__(self, file: Path, make: Replicas, redis_server: RedisServer, number: int = 2) -> None:
        self.file = file
        file.write_text(TWO.format("North"))
        self._make, self._url = make, redis_server.url()
        self.apps: list[Application] = []
        self.watches: list[Watch] = []
        self._time = 0
        for _ in range(number):
            self.join()

    def join(self) -> Client:
        """Start another server."""
        (app,) = self._make(1, self._url, fixtures=(str(self.file),), reload=True, no_auth=True, now=NOW)
        self.apps.append(app)
        self.watches.append(Watch(app.config["SETTINGS"], app.sandboxes))
        return Client(app)

    def edit(self, text: str) -> None:
        """Write the file so that it can be seen."""
        self.file.write_text(text)
        self._time += 1
        os.utime(self.file, (self._time, self._time))

    def look(self, *places: int) -> None:
        """Let servers look until they find nothing new."""
        for place in places:
            self.watches[place].look()
            self.watches[place].look()

    def rows(self, place: int, base: str = "") -> dict[str, tuple[str, str]]:
        """Return name and status of each org that a server shows."""
        document = Client(self.apps[place]).get(f"{base}{V1P1}/orgs").get_json()
        return {row["sourcedId"]: (row["name"], row["status"]) for row in document["orgs"]}

    def changes(self, base: str = "") -> list[tuple[str, list[str]]]:
        """Return cause and ids of the batches in the log."""
        found: dict[int, tuple[str, list[str]]] = {}
        for change in Client(self.apps[0]).get(f"{base}/__admin/changes").get_json()["changes"]:
            found.setdefault(change["revision"], (change["cause"], []))[1].append(change["sourcedId"])
        return [*found.values()]


@pytest.fixture
def world(tmp_path: Path, replicas: Replicas, redis_server: RedisServer) -> World:
    """Return two servers over a file with two orgs."""
    return World(tmp_path / "demo.yaml", replicas, redis_server)


def test_one_server_writes_the_difference(world: World) -> None:
    """The first server writes one batch; the others serve the same, in every sandbox, also an unknown one."""
    Client(world.apps[1]).get(f"/sandboxes/mine{V1P1}/orgs")

    world.edit(ONE.format("South"))
    world.look(0, 1)

    served = {"o1": ("South", "active"), "o2": ("Old", "tobedeleted")}
    assert [world.rows(place, base) for place in (0, 1) for base in ("", "/sandboxes/mine")] == [served] * 4
    assert world.changes() == world.changes("/sandboxes/mine") == [("reload", ["o1", "o2"])]


def test_back_and_forth(world: World) -> None:
    """The same edit, undone and done again, is written each time, by whichever server."""
    for number, name in enumerate(("South", "North", "South")):
        world.edit(TWO.format(name))
        world.look(*((0, 1) if number % 2 else (1, 0)))

    assert [world.rows(place)["o1"][0] for place in (0, 1)] == ["South", "South"]
    assert world.changes() == [("reload", ["o1"])] * 3


def test_writes_stay_and_a_reset_goes_to_the_newest_files(world: World) -> None:
    """Writes to other records stay; a reset by any server starts from the new files."""
    body = json.dumps({"name": "Written"})
    Client(world.apps[0]).patch("/__admin/records/orgs/o2", data=body, content_type="application/json")

    world.edit(TWO.format("South"))
    world.look(1, 0)
    kept = [world.rows(place)["o2"][0] for place in (0, 1)]
    Client(world.apps[0]).post("/__admin/reset")

    assert kept == ["Written", "Written"]
    assert [world.rows(place) for place in (0, 1)] == [{"o1": ("South", "active"), "o2": ("Old", "active")}] * 2


def test_a_server_that_joins_after_a_reload(world: World) -> None:
    """It reads the newest files, which are what the others have agreed on, and is one of them."""
    world.edit(TWO.format("South"))
    world.look(0, 1)

    world.join()

    assert world.rows(2) == world.rows(0)


def test_a_server_whose_files_are_behind(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It says so, does not turn the others back, and follows as soon as its files are there."""
    world.edit(TWO.format("South"))
    world.look(0)
    world.edit(TWO.format("East"))
    late = world.watches[1]
    late._stamps = lambda: frozenset({("late", 1, 1)})  # type: ignore[method-assign]
    world.edit(TWO.format("East"))

    world.look(1)
    behind = "not those that the other servers" in caplog.text
    world.edit(TWO.format("South"))
    late._stamps = lambda: frozenset({("late", 2, 2)})  # type: ignore[method-assign]
    world.look(1)

    del tmp_path
    assert behind
    assert [world.rows(place)["o1"][0] for place in (0, 1)] == ["South", "South"]
    assert world.changes() == [("reload", ["o1"])]


def test_workers(tmp_path: Path, redis_server: RedisServer) -> None:
    """The supervisor passes SIGHUP on; a worker that starts afterwards serves the new files too."""
    file = tmp_path / "orgs.yaml"
    file.write_text(TWO.format("Before"))
    flags = ("--fixtures", str(file), "--reload", "--workers", "2")

    with replica(redis_server.url(), *flags) as server:
        file.write_text(TWO.format("After"))
        server.process.send_signal(signal.SIGHUP)
        until(lambda: all(b"After" in server.ask("GET", f"{V1P1}/orgs/o1")[2] for _ in range(10)))
        task = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        before = task.read_text().split()
        os.kill(int(before[0]), signal.SIGKILL)
        until(lambda: len(set(task.read_text().split()) - {before[0]}) == 2)
        assert put(server, "c1", "Mine") in {201, 422}
        names = {json.loads(server.ask("GET", f"{V1P1}/orgs/o1")[2])["org"]["name"] for _ in range(20)}
        _, _, changes = server.ask("GET", "/__admin/changes")
        _, _, err = server.end()

    assert names == {"After"}
    assert [change["cause"] for change in json.loads(changes)["changes"]].count("reload") == 1
    assert "fixtures reloaded" in err
    assert "Traceback" not in err


def test_days(redis_server: RedisServer) -> None:
    """With ``--day-every`` a day passes once in each period, however many servers there are."""
    url, flags = redis_server.url(), ("--day-every", "1s")

    with replica(url, *flags) as one, replica(url, *flags) as other:
        first, began = _today(one), time.monotonic()
        until(lambda: _today(one) >= first + timedelta(days=3))
        passed, took = (_today(other) - first).days, time.monotonic() - began

    assert 3 <= passed <= took + 2


def _today(server: Served) -> date:
    now: str = json.loads(server.ask("GET", "/__admin/clock")[2])["now"]
    return datetime.fromisoformat(now).date()
