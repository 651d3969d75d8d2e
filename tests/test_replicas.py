"""Several servers on one store are one server."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

import pytest
from conftest import Api, Replicas, connected
from redis_server import RedisServer
from werkzeug.test import Client, TestResponse

from mockroster.errors import ConfigurationError
from mockroster.http.lifecycle import Application
from mockroster.sandbox import registry

Category = dict[str, Any]


def category(name: str, title: str) -> Category:
    """Return the body of a PUT."""
    stamp = "2026-01-01T00:00:00.000Z"
    return {"category": {"sourcedId": name, "status": "active", "dateLastModified": stamp, "title": title}}


def admin(app: Application, method: str, path: str, document: Any = None) -> TestResponse:
    """Send a request to the switchboard."""
    return Client(app).open(f"/__admin{path}", method=method, json=document)


def clients(apps: list[Application]) -> list[Api]:
    """Return a client for each replica, all with the token of the first."""
    token = connected(apps[0]).token
    return [Api(app, token) for app in apps]


def test_write_is_read_at_once_everywhere(replicas: Replicas) -> None:
    """A write acknowledged by one of three replicas is read at the next one."""
    apis = cycle(clients(replicas(3)))
    stale = 0

    for number in range(2_000):
        title = f"title {number}"
        assert next(apis).put(f"/categories/c{number % 7}", category(f"c{number % 7}", title)).status_code in {200, 201}
        stale += next(apis).one(f"/categories/c{number % 7}")["title"] != title

    assert stale == 0


def test_rate_limit_counts_everywhere(replicas: Replicas) -> None:
    """A limit of 100 lets 100 requests through, whichever replicas they reach, also at once."""
    apps = replicas(3)
    apis = clients(apps)
    admin(apps[0], "PUT", "/scenarios", {"active": ["rate-limit:limit=100"]})

    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda number: apis[number % 3].get("/orgs").status_code, range(130)))

    assert (codes.count(200), codes.count(429)) == (100, 30)


def test_flaky_counts_everywhere(replicas: Replicas) -> None:
    """Each third request fails, whichever replica it reaches."""
    apps = replicas(3)
    apis = cycle(clients(apps))
    admin(apps[1], "PUT", "/scenarios", {"active": ["flaky:every=3"]})

    codes = [next(apis).get("/orgs").status_code for _ in range(30)]

    assert [code == 503 for code in codes] == [number % 3 == 0 for number in range(1, 31)]


def test_journal_counts_everywhere(replicas: Replicas) -> None:
    """The journal of each replica has the requests of all at once, completed, in order."""
    apps = replicas(3)
    apis = clients(apps)
    for number in range(30):
        apis[number % 3].get(f"/orgs/{number}")

    found = [admin(app, "GET", "/requests?limit=30").get_json() for app in apps]
    count = admin(apps[2], "POST", "/requests/count", {"status": 404}).get_json()["count"]

    assert count == 30
    assert found[0] == found[1] == found[2]
    paths = [request["path"].rpartition("/")[2] for request in found[0]["requests"]]
    assert paths == [str(number) for number in reversed(range(30))]


def test_snapshots_restores_and_resets_are_shared(replicas: Replicas) -> None:
    """One replica saves, another restores, a third resets, and each shows the result."""
    apps = replicas(3)
    apis = clients(apps)
    apis[0].put("/categories/c", category("c", "before"))
    assert admin(apps[1], "PUT", "/snapshots/s").status_code == 201
    apis[2].put("/categories/c", category("c", "after"))

    restored = admin(apps[0], "POST", "/snapshots/s/restore").get_json()
    titles = [api.one("/categories/c")["title"] for api in apis]
    admin(apps[1], "POST", "/reset")
    codes = [api.get("/categories/c").status_code for api in apis]

    assert restored == {"revision": 3}
    assert titles == ["before"] * 3
    assert codes == [404] * 3


def test_clock_tokens_and_sandboxes_are_shared(replicas: Replicas) -> None:
    """A clock that one replica moves expires tokens in all; sandboxes of one are found by the others."""
    apps = replicas(3)
    made = admin(apps[0], "POST", "/sandboxes", {"name": "mine", "students": 3, "seed": 5}).get_json()
    counts = [Client(app).get("/sandboxes/mine/__admin/health").get_json()["counts"] for app in apps]
    apis = clients(apps)
    before = [api.get("/orgs").status_code for api in apis]

    admin(apps[2], "PUT", "/clock", {"advance": "PT2H"})
    after = [api.get("/orgs").status_code for api in apis]
    dropped = admin(apps[1], "DELETE", "/sandboxes/mine").status_code
    gone = [admin(app, "GET", "/sandboxes").get_json()["sandboxes"] for app in apps]

    assert made["name"] == "mine"
    assert counts[0] == counts[1] == counts[2]
    assert (before, after, dropped) == ([200] * 3, [401] * 3, 204)
    assert [[row["name"] for row in rows] for rows in gone] == [["default"]] * 3


def test_dropped_sandboxes_are_forgotten_everywhere(replicas: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica that only serves the sandboxes of another does not keep those that are gone."""
    one, other = replicas(2)
    monkeypatch.setattr(registry, "MOST_KEPT", 3)

    for number in range(8):
        one.sandboxes.get(f"s{number}")
        other.sandboxes.get(f"s{number}")
        one.sandboxes.drop(f"s{number}")

    assert len(other.sandboxes._local) <= 3


def test_districts_are_bounded_everywhere(replicas: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica that only serves districts of another keeps no more of them than that one."""
    one, other = replicas(2)
    monkeypatch.setattr(registry, "MOST_RECORDS", 500)

    for number in range(4):
        admin(one, "POST", "/sandboxes", {"name": f"s{number}", "seed": number, "students": 12})
        other.sandboxes.get(f"s{number}")

    assert len(other.sandboxes._local) == len(one.sandboxes._local)


def test_records_are_the_same_bytes(replicas: Replicas) -> None:
    """Every replica generates the same records, as of the time of the first."""
    bodies = {api.get("/users?limit=100").data for api in clients(replicas(3))}

    assert len(bodies) == 1
    assert json.loads(bodies.pop())["users"]


def test_other_seed_is_refused(replicas: Replicas, redis_server: RedisServer) -> None:
    """A server with another seed on the store of others does not start, and says why."""
    url = redis_server.url()
    replicas(1, url)

    with pytest.raises(ConfigurationError, match="another --seed: theirs is 42, this one's 7"):
        replicas(1, url, seed=7)

    replicas(1, url)


def test_allocated_ids_do_not_depend_on_the_replica(replicas: Replicas, redis_server: RedisServer) -> None:
    """Replicas allocate the ids that one server alone would, and never those of deleted records."""
    url = redis_server.url()
    apps = replicas(2, url)
    allocated: list[list[str]] = []
    for count in (2, 1):
        # A third replica knows the records by their content alone.
        used = [*apps, *replicas(1, url)] if count == 2 else apps[:1]
        admin(apps[0], "POST", "/reset")
        allocated.append([_post_result(used[number % len(used)], number) for number in range(6)])

    assert allocated[0] == allocated[1]
    assert len({*allocated[0]}) == 6


def _post_result(app: Application, number: int) -> str:
    """Post a result in bulk, delete the record again every second time, and return the allocated id."""
    api = connected(app)
    line_item = api.all("lineItems")[0]
    body = {"results": [_result("mine", api.all("users")[0]["sourcedId"])]}
    path = f"/ims/oneroster/gradebook/v1p2/lineItems/{line_item['sourcedId']}/results"
    response = Client(app).post(path, json=body, headers={"Authorization": f"Bearer {api.token}"})
    assert response.status_code == 201, response.text
    (pair,) = response.get_json()["sourcedIdPairs"]
    if number % 2:
        path = f"/ims/oneroster/gradebook/v1p2/results/{pair['allocatedSourcedId']}"
        deleted = Client(app).delete(path, headers={"Authorization": f"Bearer {api.token}"})
        assert deleted.status_code == 204
    identifier: str = pair["allocatedSourcedId"]
    return identifier


def _result(sourced_id: str, student: str) -> dict[str, Any]:
    return {
        "sourcedId": sourced_id,
        "status": "active",
        "student": {"href": "https://example.org", "sourcedId": student, "type": "user"},
        "scoreStatus": "submitted",
        "scoreDate": "2026-01-15",
    }


def test_export_has_records_that_are_deleted_but_needed(replicas: Replicas, redis_server: RedisServer) -> None:
    """A category that a line item needs is in every export after its deletion, also after a restore or a late join."""
    url = redis_server.url()
    (app,) = replicas(1, url)
    api = connected(app)
    api.put("/categories/own", category("own", "deleted later"))
    line_item = api.all("lineItems")[0]
    line_item["category"]["sourcedId"] = "own"
    assert api.put(f"/lineItems/{line_item['sourcedId']}", {"lineItem": line_item}).status_code in {200, 201}
    assert api.delete("/categories/own").status_code == 204
    admin(app, "PUT", "/snapshots/s")
    admin(app, "POST", "/snapshots/s/restore")
    (late,) = replicas(1, url)

    exports = [admin(each, "GET", "/export?format=json").get_json()["categories"] for each in (app, late)]

    assert exports[0] == exports[1]
    assert [row["status"] for row in exports[0] if row["sourcedId"] == "own"] == ["tobedeleted"]
